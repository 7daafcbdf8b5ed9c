/* What could keep sluice from working here, looked for.  See doctor.h. */
#include "ctl/doctor.h"

#include "admin/control.h"
#include "ctl/ca_folder.h"
#include "intercept/facilities.h"

#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ANSWER_MS 3000
#define DAY_SECONDS 86400
#define CA_WARN_DAYS 90
#define BUNDLE_WARN_DAYS 400
#define DISK_WARN_BYTES (1ull << 30)
#define DISK_FAIL_BYTES (64ull << 20)
#define SYSTEM_BUNDLE "/etc/ssl/certs/ca-certificates.crt"

void
doctor_say(struct doctor *d, enum finding_level level, const char *remedy, const char *format, ...)
{
	struct finding *f = &d->findings[d->count];
	va_list args;

	if (d->count == FINDINGS_MAX)
		return;
	d->count++;
	*f = (struct finding){.level = level, .check = d->check};
	snprintf(f->remedy, sizeof f->remedy, "%s", remedy);
	va_start(args, format);
	vsnprintf(f->text, sizeof f->text, format, args);
	va_end(args);
}

static void
check_configuration(struct doctor *d)
{
	if (policy_file_load(d->ctl, d->ctl->conf_path, &d->file) == EX_OK)
		doctor_say(d, FINDING_OK, "", "%s: %zu rules", d->ctl->conf_path, d->file.policy->rule_count);
	else
		doctor_say(d, FINDING_FAIL, "correct what is named above; sluiced -t tells more", "%s has mistakes",
			d->ctl->conf_path);
}

/* What the daemon says of its fetcher. */
static void
note_fetcher(struct doctor *d, const json_t *status)
{
	const json_t *fetches = json_object_get(status, "fetches");
	json_t *process;
	size_t i;

	json_array_foreach(json_object_get(status, "processes"), i, process)
	{
		const char *role = json_string_value(json_object_get(process, "role"));
		const char *state = json_string_value(json_object_get(process, "state"));

		if (role && state && strcmp(role, "fetcher") == 0)
			d->fetcher_runs = strcmp(state, "ready") == 0;
	}
	d->fetched = json_integer_value(json_object_get(fetches, "ok"));
	d->fetch_failures = json_integer_value(json_object_get(fetches, "failed"));
}

static void
check_fetcher(struct doctor *d)
{
	if (!d->daemon_answers)
		doctor_say(d, FINDING_OK, "", "it runs with the daemon");
	else if (d->fetcher_runs)
		doctor_say(d, FINDING_OK, "", "it runs: %lld answers, %lld failures", (long long)d->fetched,
			(long long)d->fetch_failures);
	else
		doctor_say(d, FINDING_WARN, "see the daemon's log; the package libcurl4 has to be there",
			"it does not run: missing issuers, revocation lists and filter lists are not fetched");
}

static void
check_daemon(struct doctor *d)
{
	json_t *request = json_pack("{s:s}", "command", "status");
	struct control_answer a = {0};
	char path[PATH_MAX];

	if (request && settings_path(path, sizeof path, d->file.settings.conf->run_dir, CONTROL_SOCKET_NAME)) {
		a = control_ask(path, request, ANSWER_MS, NULL, NULL);
		d->daemon_answers = a.failure == CONTROL_OK;
		if (d->daemon_answers)
			note_fetcher(d, a.result);
		if (d->daemon_answers)
			doctor_say(d, FINDING_OK, "", "it answers at %s", path);
		else
			doctor_say(
				d, FINDING_WARN, a.remedy ? a.remedy : "", "%s", a.error ? a.error : "memory is out");
	}
	control_answer_release(&a);
	json_decref(request);
}

static void
check_user(struct doctor *d)
{
	const char *user = d->file.settings.conf->user;

	if (getpwnam(user))
		doctor_say(d, FINDING_OK, "", "%s is there", user);
	else
		doctor_say(d, FINDING_FAIL, "make it with adduser --system, or name another with the setting `user`",
			"there is no user %s", user);
}

static void
check_ca(struct doctor *d)
{
	struct ca_folder folder;
	int64_t left;

	if (!ca_folder_open(&folder, d->file.settings.conf->state_dir, d->ctl->now_ns)) {
		doctor_say(d, FINDING_WARN, "start sluiced once, or run: sluicectl ca init, as root",
			"there is no CA that can be read below %s", d->file.settings.conf->state_dir);
		return;
	}
	left = (folder.exported[0].ca->not_after - (int64_t)(d->ctl->now_ns / 1000000000u)) / DAY_SECONDS;
	if (left > CA_WARN_DAYS)
		doctor_say(d, FINDING_OK, "", "valid for %lld days", (long long)left);
	else
		doctor_say(d, left > 0 ? FINDING_WARN : FINDING_FAIL, "replace it in two steps: sluicectl help ca",
			"it ends in %lld days", (long long)left);
	ca_folder_close(&folder);
}

static void
check_trust(struct doctor *d)
{
	const struct conf *conf = d->file.settings.conf;
	struct stat st;
	long long days;

	if (!conf->tls.trust_system) {
		doctor_say(d, conf->tls.trust.count ? FINDING_OK : FINDING_FAIL, "write: tls { trust system }",
			"%zu files of the operator's own", conf->tls.trust.count);
		return;
	}
	if (stat(SYSTEM_BUNDLE, &st) < 0) {
		doctor_say(d, FINDING_FAIL, "install the package ca-certificates", "%s: %s", SYSTEM_BUNDLE,
			strerror(errno));
		return;
	}
	days = ((long long)(d->ctl->now_ns / 1000000000u) - (long long)st.st_mtim.tv_sec) / DAY_SECONDS;
	doctor_say(d, days > BUNDLE_WARN_DAYS ? FINDING_WARN : FINDING_OK,
		days > BUNDLE_WARN_DAYS ? "update the package ca-certificates" : "", "%s is %lld days old",
		SYSTEM_BUNDLE, days);
}

static void
check_disk(struct doctor *d)
{
	const char *const folders[] = {d->file.settings.conf->log_dir, d->file.settings.conf->state_dir};

	for (size_t i = 0; i < 2; i++) {
		struct statvfs fs;
		unsigned long long free_bytes;

		if (statvfs(folders[i], &fs) < 0) {
			doctor_say(d, FINDING_WARN, "sluiced makes it when it starts", "%s: %s", folders[i],
				strerror(errno));
			continue;
		}
		free_bytes = (unsigned long long)fs.f_bavail * fs.f_frsize;
		doctor_say(d,
			free_bytes < DISK_FAIL_BYTES   ? FINDING_FAIL
			: free_bytes < DISK_WARN_BYTES ? FINDING_WARN
						       : FINDING_OK,
			free_bytes < DISK_WARN_BYTES ? "free some, or rotate more often" : "", "%s has %llu MiB left",
			folders[i], free_bytes >> 20);
	}
}

static void
check_kernel(struct doctor *d)
{
	struct facility facilities[FACILITIES_MAX];
	size_t count = facilities_probe(facilities);
	bool all = true;

	for (size_t i = 0; i < count; i++) {
		const struct facility *f = &facilities[i];

		if (f->error == -EPERM) {
			doctor_say(d, FINDING_WARN, "run it as root", "nf_tables may not be asked by this user");
			return;
		}
		if (f->error == 0)
			continue;
		all = false;
		doctor_say(d, FINDING_FAIL, f->remedy, "%s, needed for %s: %s", f->name, f->use, strerror(-f->error));
	}
	if (all)
		doctor_say(d, FINDING_OK, "", "nf_tables has all %zu facilities", count);
}

static void
check_interfaces(struct doctor *d)
{
	const struct conf *conf = d->file.settings.conf;

	if (conf->gateway.interface.count == 0)
		doctor_say(d, FINDING_OK, "", "none are named: what comes in anywhere is intercepted");
	for (size_t i = 0; i < conf->gateway.interface.count; i++) {
		const char *name = conf->gateway.interface.items[i];

		if (if_nametoindex(name))
			doctor_say(d, FINDING_OK, "", "%s is there", name);
		else
			doctor_say(d, FINDING_WARN, "correct gateway { interface }, or bring it up",
				"there is no %s now", name);
	}
}

/* What one number in /proc/sys says; -1 where it cannot be read. */
static long
read_sysctl(const char *path)
{
	FILE *file = fopen(path, "re");
	long value = -1;

	if (file && fscanf(file, "%ld", &value) != 1)
		value = -1;
	if (file)
		fclose(file);
	return value;
}

static void
check_forwarding(struct doctor *d)
{
	static const struct {
		const char *path;
		const char *what;
		const char *remedy;
	} rows[] = {
		{"/proc/sys/net/ipv4/ip_forward", "IPv4",
			"sysctl net.ipv4.ip_forward=1, where this is the clients' gateway"},
		{"/proc/sys/net/ipv6/conf/all/forwarding", "IPv6",
			"sysctl net.ipv6.conf.all.forwarding=1, where this is the clients' gateway"},
	};

	for (size_t i = 0; i < 2; i++) {
		bool on = read_sysctl(rows[i].path) == 1;

		doctor_say(d, on ? FINDING_OK : FINDING_WARN, on ? "" : rows[i].remedy, "%s is %sforwarded",
			rows[i].what, on ? "" : "not ");
	}
}

/* Whether the port can be had, while no daemon of ours has it. */
static void
check_port(struct doctor *d, uint16_t port, const char *setting)
{
	struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_addr = in6addr_any, .sin6_port = htons(port)};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&at, sizeof at) == 0)
		doctor_say(d, FINDING_OK, "", "%u (%s) is free", port, setting);
	else
		doctor_say(d, FINDING_FAIL, "end what has it, or change the setting", "%u (%s): %s", port, setting,
			strerror(errno));
	close(fd);
}

static void
check_ports(struct doctor *d)
{
	const struct conf *conf = d->file.settings.conf;

	if (d->daemon_answers) {
		doctor_say(d, FINDING_OK, "", "the daemon has them");
		return;
	}
	check_port(d, conf->gateway.redirect_port, "redirect_port");
	check_port(d, conf->gateway.tproxy_port, "tproxy_port");
	for (size_t i = 0; i < conf->admin.listen.count; i++)
		check_port(d, conf->admin.listen.items[i].port, "admin { listen }");
}

static void
check_confinement(struct doctor *d)
{
#ifdef SYS_landlock_create_ruleset
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
#else
	long version = -1;
#endif

	if (access("/proc/sys/kernel/seccomp/actions_avail", R_OK) == 0)
		doctor_say(d, FINDING_OK, "", "seccomp is there");
	else
		doctor_say(d, FINDING_WARN, "use a kernel with CONFIG_SECCOMP_FILTER",
			"no seccomp: a worker that was taken over could do more");
	if (version > 0)
		doctor_say(d, FINDING_OK, "", "landlock %ld is there", version);
	else
		doctor_say(d, FINDING_WARN, "boot with lsm=landlock,..., or a kernel that has it",
			"no landlock: a worker that was taken over could see more files");
}

const struct doctor_check doctor_checks[] = {
	{"configuration", false, check_configuration},
	{"daemon", true, check_daemon},
	{"fetcher", true, check_fetcher},
	{"user", true, check_user},
	{"CA", true, check_ca},
	{"trust", true, check_trust},
	{"disk", true, check_disk},
	{"kernel", false, check_kernel},
	{"interfaces", true, check_interfaces},
	{"forwarding", false, check_forwarding},
	{"ports", true, check_ports},
	{"confinement", false, check_confinement},
};
const size_t doctor_check_count = sizeof doctor_checks / sizeof doctor_checks[0];

void
doctor_run(struct doctor *d, struct ctl *ctl)
{
	*d = (struct doctor){.ctl = ctl};
	for (size_t i = 0; i < doctor_check_count; i++) {
		d->check = doctor_checks[i].name;
		if (!doctor_checks[i].needs_conf || d->file.settings.conf)
			doctor_checks[i].run(d);
	}
}

void
doctor_release(struct doctor *d)
{
	policy_file_release(&d->file);
}

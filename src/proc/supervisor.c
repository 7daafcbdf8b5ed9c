/* The supervisor's life.  See supervisor.h. */
#include "proc/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "ipc/channel.h"
#include "proc/alarm_checks.h"
#include "proc/check.h"
#include "proc/clock_alarm.h"
#include "proc/confine.h"
#include "proc/notify.h"
#include "proc/options.h"
#include "proc/override_keeper.h"
#include "proc/pins.h"
#include "proc/report.h"
#include "proc/signer_keeper.h"
#include "proc/steer.h"
#include "proc/unsent.h"
#include "proc/worker_keeper.h"

#define AREA "supervisor"
/* The kernel forgets our ports after three of these. */
#define KEEPALIVE_NS 500000000u
/* What a worker gets beyond the configured time to finish, before it is killed. */
#define KILL_NS 2000000000u
/* How often a stop looks whether the clients have everything. */
#define UNSENT_NS 100000000u

void
supervisor_stop(struct supervisor *s, int status)
{
	uint32_t grace = (uint32_t)(s->configuration.conf->limits.drain_ns / 1000000000u);

	if (s->is_stopping)
		return;
	s->is_stopping = true;
	s->exit_status = status;
	notify_service_manager("STOPPING=1");
	/* First new connections are no longer steered to us; then what is under way may end. */
	loop_timer_disarm(&s->keepalive);
	steer_quiesce(s);
	if (s->worker.pid == 0 ||
		ipc_send(s->worker.channel, IPC_STOP, 0, slice_make(&grace, sizeof grace), NULL, 0) < 0) {
		loop_stop(s->loop);
		return;
	}
	loop_timer_arm(&s->restart_worker, s->configuration.conf->limits.drain_ns + KILL_NS);
}

/* ---- rotation ---- */

static int
open_log(const char *path)
{
	/* Readable, so that the writer can see whether a crash has cut the last line. */
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);

	if (fd < 0)
		diag(DIAG_ERROR, "record",
			"%s cannot be opened: %s; does its folder exist, and may this user write there?", path,
			strerror(errno));
	return fd;
}

bool
supervisor_rotate(struct supervisor *s)
{
	int fd = open_log(s->configuration.conf->record.path);

	if (fd < 0)
		return false;
	close(s->log_fd);
	s->log_fd = fd;
	return s->worker.pid == 0 || worker_keeper_send_log(s) == 0;
}

/* ---- events ---- */

void
supervisor_keep_alive(struct supervisor *s)
{
	loop_timer_arm(&s->keepalive, KEEPALIVE_NS);
}

static void
on_keepalive(struct loop_timer *timer)
{
	struct supervisor *s = LIST_ENTRY(timer, struct supervisor, keepalive);

	if (s->rules_stand)
		steer_keepalive(s);
	loop_timer_arm(timer, KEEPALIVE_NS);
}

/* The worker is gone; what it wrote may still be on its way. */
static void
on_unsent(struct loop_timer *timer)
{
	struct supervisor *s = LIST_ENTRY(timer, struct supervisor, unsent);

	if (s->rules_stand && clock_monotonic_ns() < s->drained_by &&
		unsent_on_port(s->configuration.conf->gateway.redirect_port))
		loop_timer_arm(timer, UNSENT_NS);
	else
		loop_stop(s->loop);
}

void
supervisor_drained(struct supervisor *s)
{
	s->drained_by = clock_monotonic_ns() + s->configuration.conf->limits.drain_ns;
	on_unsent(&s->unsent);
}

/* What a process of ours used up in its life. */
static void
add_usage(struct supervisor *s, pid_t pid, const struct rusage *used)
{
	struct child *const children[] = {&s->worker, &s->signer, &s->fetches.child, &s->admin.child};

	for (size_t i = 0; i < sizeof children / sizeof children[0]; i++)
		if (children[i]->pid == pid)
			children[i]->past_cpu_ns +=
				((uint64_t)used->ru_utime.tv_sec + (uint64_t)used->ru_stime.tv_sec) * 1000000000u +
				((uint64_t)used->ru_utime.tv_usec + (uint64_t)used->ru_stime.tv_usec) * 1000u;
}

static void
reap(struct supervisor *s)
{
	struct rusage used;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, WNOHANG, &used)) > 0) {
		add_usage(s, pid, &used);
		if (pid == s->worker.pid)
			worker_keeper_ended(s, status);
		else if (pid == s->signer.pid)
			signer_keeper_ended(s, status);
		else if (pid == s->fetches.child.pid)
			fetches_ended(&s->fetches, status);
		else if (pid == s->admin.child.pid)
			admin_keeper_ended(s, status);
		else
			list_updates_ended(&s->lists, pid, status);
	}
}

static void
on_signal(struct loop_fd *signals, uint32_t events)
{
	struct supervisor *s = LIST_ENTRY(signals, struct supervisor, signals);
	struct signalfd_siginfo info;

	(void)events;
	while (read(signals->fd, &info, sizeof info) == sizeof info) {
		switch (info.ssi_signo) {
		case SIGCHLD:
			reap(s);
			break;
		case SIGHUP:
			supervisor_reload(s, NULL);
			break;
		case SIGUSR1:
			supervisor_rotate(s);
			issuance_rotation_reopen(&s->issuance);
			break;
		default:
			supervisor_stop(s, EX_OK);
		}
	}
}

/* ---- start and end ---- */

static bool
open_listeners(struct supervisor *s)
{
	const struct conf *conf = s->configuration.conf;
	struct problems problems = {0};
	bool done = true;

	for (unsigned thread = 0; done && thread < s->thread_count; thread++)
		done = steer_open_listeners(conf, thread, s->listeners, &s->listener_count, &problems);
	report_problems("listen", &problems);
	return done;
}

static bool
make_directories(const struct conf *conf)
{
	const struct {
		const char *path;
		mode_t mode;
	} directories[] = {{conf->state_dir, 0700}, {conf->log_dir, 0750}, {conf->run_dir, 0755}};

	for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++)
		if (mkdir(directories[i].path, directories[i].mode) < 0 && errno != EEXIST) {
			diag(DIAG_ERROR, AREA, "%s cannot be made: %s; make it, or name another in the configuration",
				directories[i].path, strerror(errno));
			return false;
		}
	return true;
}

static bool
open_control(struct supervisor *s)
{
	struct control_options options = {
		.commands = supervisor_commands,
		.command_count = supervisor_command_count,
		.context = s,
		.owner = getuid(),
		.group = (gid_t)-1,
	};
	char path[4096];
	int fd;

	snprintf(path, sizeof path, "%s/%s", s->configuration.conf->run_dir, CONTROL_SOCKET_NAME);
	fd = control_listen(path, options.group);
	if (fd < 0) {
		diag(DIAG_ERROR, AREA, "%s: %s%s", path, strerror(errno),
			errno == EADDRINUSE ? "; a daemon with this run_dir runs already" : "");
		return false;
	}
	s->control = control_server_new(s->loop, fd, &options);
	return s->control != NULL;
}

static bool
watch_signals(struct supervisor *s)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return false;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return false;
	loop_fd_init(&s->signals, s->loop, fd, on_signal);
	loop_fd_want(&s->signals, EPOLLIN);
	return true;
}

static bool
supervisor_open(struct supervisor *s)
{
	const struct conf *conf = s->configuration.conf;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	s->started = clock_monotonic_ns();
	s->started_real = clock_realtime_ns();
	s->thread_count = conf->gateway.threads ? conf->gateway.threads : cores > 0 ? (unsigned)cores : 1;
	if (s->thread_count > 16)
		s->thread_count = 16;
	s->loop = loop_new();
	s->buffer = malloc(IPC_PAYLOAD_MAX);
	s->issuers = buffer_make(IPC_PAYLOAD_MAX);
	if (s->loop == NULL || s->buffer == NULL)
		return false;
	worker_keeper_init(s);
	signer_keeper_init(s);
	loop_timer_init(&s->keepalive, s->loop, on_keepalive);
	loop_timer_init(&s->unsent, s->loop, on_unsent);
	user_files_init(&s->users, s->loop, worker_keeper_send_users);
	group_files_init(&s->groups, s, s->loop);
	group_files_watch(&s->groups, &s->configuration);
	list_updates_init(&s->lists, s, s->loop);
	issuance_rotation_init(&s->issuance, s);
	alarm_checks_init(s);
	pins_load(s);
	if (!clock_alarm_init(s) || !override_keeper_init(s) || !fetches_init(&s->fetches, s) ||
		!make_directories(conf) || !watch_signals(s) || !open_control(s))
		return false;
	s->log_fd = open_log(conf->record.path);
	/* The netlink socket of the rules comes before the listeners: at a sudden end the kernel closes the newest
	 * first, and rules without listeners would refuse what should pass. */
	if (s->log_fd < 0 || !steer_prepare(s))
		return false;
	s->exit_status = EX_UNAVAILABLE;
	return open_listeners(s) && admin_keeper_open(s);
}

static void
supervisor_close(struct supervisor *s)
{
	char path[4096];

	child_signal(&s->signer, SIGTERM);
	if (s->signer.pid > 0)
		waitpid(s->signer.pid, NULL, 0);
	if (s->worker.pid > 0) {
		child_signal(&s->worker, SIGKILL);
		waitpid(s->worker.pid, NULL, 0);
	}
	clock_watch_release(&s->clock);
	list_updates_release(&s->lists);
	fetches_release(&s->fetches);
	admin_keeper_release(s);
	steer_stop(s);
	for (unsigned i = 0; i < s->listener_count; i++)
		close(s->listeners[i].fd);
	if (s->control) {
		snprintf(path, sizeof path, "%s/%s", s->configuration.conf->run_dir, CONTROL_SOCKET_NAME);
		unlink(path);
	}
	control_server_free(s->control);
	if (s->log_fd >= 0)
		close(s->log_fd);
	buffer_release(&s->issuers);
	worker_counts_release(&s->counts);
	json_decref(s->pins);
	free(s->overrides);
	free(s->buffer);
	gathered_release(&s->reload);
	gathered_release(&s->configuration);
	loop_free(s->loop);
}

int
supervisor_main(int argc, char **argv)
{
	struct supervisor s = {.log_fd = -1};
	struct problems problems = {0};
	struct options options;
	int status;

	if (options_parse(&options, argc, argv, &status))
		return status;
	if (options.only_tests)
		return check_configuration(options.config);
	s.config_path = options.config;
	if (!gather_configuration(options.config, &s.configuration, &problems)) {
		report_problems("conf", &problems);
		return EX_CONFIG;
	}
	report_problems("conf", &problems);
	if (s.configuration.conf->log.syslog)
		diag_open_syslog("sluiced");
	diag_set_level(s.configuration.conf->log.level);
	if (!options.foreground && daemon(0, 0) < 0) {
		diag(DIAG_ERROR, AREA, "cannot go to the background: %s", strerror(errno));
		return EX_OSERR;
	}
	s.exit_status = EX_OSERR;
	if (confine(ROLE_SUPERVISOR, NULL) && supervisor_open(&s)) {
		s.exit_status = EX_OK;
		signer_keeper_begin(&s);
		fetches_begin(&s.fetches);
		admin_keeper_begin(&s);
		list_updates_configure(&s.lists);
		if (loop_run(s.loop) < 0)
			s.exit_status = EX_OSERR;
	}
	supervisor_close(&s);
	return s.exit_status;
}

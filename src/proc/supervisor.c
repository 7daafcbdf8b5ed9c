/* The supervisor's life.  See supervisor.h. */
#include "config.h"

#include "proc/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
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
#include "proc/confine.h"
#include "proc/notify.h"
#include "proc/options.h"
#include "proc/override_keeper.h"
#include "proc/pins.h"
#include "proc/queries.h"
#include "proc/reload.h"
#include "proc/report.h"
#include "proc/steer.h"
#include "proc/unsent.h"

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

/* ---- the signer ---- */

static void
start_signer(struct supervisor *s)
{
	const struct conf *conf = s->configuration.conf;
	char level[8], folder[4096];
	const char *const arguments[] = {conf->user ? conf->user : "", folder, conf->tls.ca_name, level, NULL};
	int error;

	snprintf(folder, sizeof folder, "%s/ca", conf->state_dir);
	snprintf(level, sizeof level, "%d", (int)conf->log.level);
	error = child_start(&s->signer, arguments);
	if (error) {
		diag(DIAG_ERROR, AREA, "the signer cannot be started: %s", strerror(-error));
		loop_timer_arm(&s->restart_signer, 1000000000u);
		return;
	}
	loop_fd_init(&s->signer_channel, s->loop, s->signer.channel, s->signer_channel.on_event);
	loop_fd_want(&s->signer_channel, EPOLLIN);
}

/* A channel between the signer and each thread of the worker. */
static bool
connect_worker_to_signer(struct supervisor *s)
{
	int ends[2], workers[IPC_FDS_MAX];
	unsigned made = 0;
	bool done = true;

	while (done && made < s->thread_count) {
		done = ipc_pair(ends) == 0;
		if (!done)
			break;
		workers[made++] = ends[0];
		done = ipc_send(s->signer.channel, IPC_CHANNEL, 0, SLICE_EMPTY, &ends[1], 1) == 0;
		close(ends[1]);
	}
	if (done)
		done = ipc_send(s->worker.channel, IPC_SIGNER, 0, SLICE_EMPTY, workers, made) == 0;
	for (unsigned i = 0; i < made; i++)
		close(workers[i]);
	if (!done)
		diag(DIAG_ERROR, AREA, "worker and signer cannot be connected: %s", strerror(errno));
	return done;
}

/* ---- the worker ---- */

static bool
send_users(struct user_files *users, int bundle)
{
	struct supervisor *s = LIST_ENTRY(users, struct supervisor, users);
	int error = s->worker.pid ? ipc_send(s->worker.channel, IPC_USERS, 0, SLICE_EMPTY, &bundle, 1) : -ECHILD;

	close(bundle);
	if (error)
		diag(DIAG_ERROR, AREA, "the files of users cannot be handed to the worker: %s", strerror(-error));
	return error == 0;
}

static bool
send_listeners(struct supervisor *s)
{
	for (unsigned thread = 0; thread < s->thread_count; thread++) {
		struct ipc_listener rows[IPC_FDS_MAX];
		int fds[IPC_FDS_MAX];
		unsigned count = 0;

		for (unsigned i = 0; i < s->listener_count && count < IPC_FDS_MAX; i++)
			if (s->listeners[i].thread == thread) {
				snprintf(rows[count].way, sizeof rows[count].way, "%s", s->listeners[i].way->name);
				fds[count++] = s->listeners[i].fd;
			}
		if (ipc_send(s->worker.channel, IPC_LISTENERS, thread, slice_make(rows, count * sizeof rows[0]), fds,
			    count) < 0)
			return false;
	}
	return true;
}

static int
send_log(struct supervisor *s)
{
	static const char *const formats[] = {
		[CONF_RECORD_ECS] = "ecs",
		[CONF_RECORD_SQUID] = "squid",
		[CONF_RECORD_COMBINED] = "combined",
	};

	return ipc_send(
		s->worker.channel, IPC_LOG, 0, slice_of(formats[s->configuration.conf->record.format]), &s->log_fd, 1);
}

static int
send_clock(struct supervisor *s)
{
	uint8_t is_good = s->clock.state == CLOCK_GOOD;

	return ipc_send(s->worker.channel, IPC_CLOCK, 0, slice_make(&is_good, sizeof is_good), NULL, 0);
}

static void
start_worker(struct supervisor *s)
{
	const struct conf *conf = s->configuration.conf;
	char threads[16], level[8];
	const char *const arguments[] = {conf->user ? conf->user : "", threads, level, NULL};
	bool done;
	int error;

	s->worker_is_ready = false;
	snprintf(threads, sizeof threads, "%u", s->thread_count);
	snprintf(level, sizeof level, "%d", (int)conf->log.level);
	error = child_start(&s->worker, arguments);
	if (error) {
		diag(DIAG_ERROR, AREA, "the worker cannot be started: %s", strerror(-error));
		loop_timer_arm(&s->restart_worker, 1000000000u);
		return;
	}
	loop_fd_init(&s->worker_channel, s->loop, s->worker.channel, s->worker_channel.on_event);
	loop_fd_want(&s->worker_channel, EPOLLIN);
	done = send_log(s) == 0;
	if (done)
		user_files_watch(&s->users, conf);
	if (!done || send_clock(s) < 0 || !connect_worker_to_signer(s) || !reload_send(s, &s->configuration) ||
		pins_send(s) < 0 || override_keeper_send(s) < 0 || !send_listeners(s))
		child_signal(&s->worker, SIGKILL); /* it is started again, with a pause */
	fetches_connect_worker(&s->fetches);
}

void
supervisor_keep_alive(struct supervisor *s)
{
	loop_timer_arm(&s->keepalive, KEEPALIVE_NS);
}

static void
worker_became_ready(struct supervisor *s)
{
	s->worker_is_ready = s->was_ready = true;
	if (s->reloads.taken_at == 0)
		s->reloads.taken_at = clock_realtime_ns();
	/* From now on the kernel's rules want to be refreshed: nothing may wait for a compilation any more. */
	s->configuration.lists_are_compiled = true;
	if (s->rules && !s->rules_stand && !steer_start(s)) {
		supervisor_stop(s, EX_CONFIG);
		return;
	}
	if (s->rules_stand)
		supervisor_keep_alive(s);
	alarm_checks_begin(s);
	notify_service_manager("READY=1");
	diag(DIAG_INFO, AREA, "ready: %u thread%s, %s", s->thread_count, s->thread_count == 1 ? "" : "s",
		s->rules_stand ? "kernel rules installed" : "no kernel rules of ours");
}

/* ---- the clock ---- */

static void
raise_clock_alarm(struct supervisor *s)
{
	const char *what =
		s->configuration.conf->gateway.on_failure == CONF_ON_FAILURE_CLOSED ? "refused" : "passed unread";

	if (s->clock.state == CLOCK_BEFORE_BUILD)
		alarms_raise(&s->alarms, ALARM_CLOCK, 2, clock_realtime_ns(), "set the clock",
			"the machine's date is before this program was made: TLS is %s until it is set", what);
	else
		alarms_raise(&s->alarms, ALARM_CLOCK, 1, clock_realtime_ns(),
			"set the clock right, or say that it is: sluicectl clock accept",
			"the machine's date was changed by %+.1f days: TLS is %s until it is set back or accepted",
			(double)s->clock.guard.step / 86400, what);
}

/* Leaves are made and origins are judged by a date that may be relied on, or not at all. */
static void
on_clock_change(struct clock_watch *clock)
{
	struct supervisor *s = LIST_ENTRY(clock, struct supervisor, clock);

	if (clock->state != CLOCK_GOOD)
		raise_clock_alarm(s);
	else {
		alarms_end(&s->alarms, ALARM_CLOCK);
		/* What it made of the date before, the issuer for bad origins, is made anew. */
		child_signal(&s->signer, SIGKILL);
	}
	if (s->worker.pid && send_clock(s) < 0)
		child_signal(&s->worker, SIGKILL); /* a new one is told at its start */
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
	return s->worker.pid == 0 || send_log(s) == 0;
}

/* ---- events ---- */

static void
on_worker_message(struct loop_fd *channel, uint32_t events)
{
	struct supervisor *s = LIST_ENTRY(channel, struct supervisor, worker_channel);
	struct ipc_message m;
	int result;

	(void)events;
	while (loop_fd_is_watched(channel) && (result = ipc_receive(channel->fd, &m, s->buffer)) != -EAGAIN) {
		if (result == 1)
			ipc_message_close_fds(&m);
		if (result != 1 || (m.type == IPC_OVERRIDE && !override_keeper_event(s, m.payload))) {
			loop_fd_forget(channel); /* SIGCHLD tells the rest; a worker that talks nonsense is ended */
			child_signal(&s->worker, SIGKILL);
			return;
		}
		if (m.type == IPC_READY)
			worker_became_ready(s);
		else if (m.type == IPC_CONFIGURED)
			reload_answered(s, &m);
		else if (m.type == IPC_REPLY)
			queries_replied(s, &m);
	}
}

static void
on_signer_message(struct loop_fd *channel, uint32_t events)
{
	struct supervisor *s = LIST_ENTRY(channel, struct supervisor, signer_channel);
	struct ipc_message m;
	int result;

	(void)events;
	while (loop_fd_is_watched(channel) && (result = ipc_receive(channel->fd, &m, s->buffer)) != -EAGAIN) {
		if (result != 1) {
			loop_fd_forget(channel);
			child_signal(&s->signer, SIGKILL);
			return;
		}
		ipc_message_close_fds(&m);
		if (m.type == IPC_ISSUANCE_LOG_TAKEN)
			issuance_rotation_taken(&s->issuance, m.payload.ptr[0] == 1);
		if (m.type != IPC_CA)
			continue;
		buffer_clear(&s->issuers);
		buffer_append(&s->issuers, m.payload);
		s->ca_written = reload_ca_written(s);
		/* At the start the worker waits for the signer; later it only lost its channel.  It knows the issuers
		 * before their leaves come. */
		if (s->worker.pid == 0)
			start_worker(s);
		else if (!reload_send(s, &s->configuration) || !connect_worker_to_signer(s))
			child_signal(&s->worker, SIGKILL); /* a new one gets everything anew */
	}
}

static void
on_restart_worker(struct loop_timer *timer)
{
	struct supervisor *s = LIST_ENTRY(timer, struct supervisor, restart_worker);

	if (!s->is_stopping)
		start_worker(s);
	else
		child_signal(&s->worker, SIGKILL);
}

static void
on_restart_signer(struct loop_timer *timer)
{
	start_signer(LIST_ENTRY(timer, struct supervisor, restart_signer));
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

/* Codes that were used just before the worker ended count. */
static void
take_last_uses(struct supervisor *s)
{
	struct ipc_message m;

	while (loop_fd_is_watched(&s->worker_channel) && ipc_receive(s->worker_channel.fd, &m, s->buffer) == 1) {
		ipc_message_close_fds(&m);
		if (m.type == IPC_OVERRIDE)
			override_keeper_event(s, m.payload);
	}
}

static void
worker_ended(struct supervisor *s, int status)
{
	uint64_t delay;

	take_last_uses(s);
	loop_fd_forget(&s->worker_channel);
	s->worker_is_ready = false;
	user_files_pause(&s->users);
	group_files_pause(&s->groups);
	queries_forget(s);
	worker_counts_end(&s->counts);
	if (s->is_stopping) {
		s->worker.pid = 0;
		s->drained_by = clock_monotonic_ns() + s->configuration.conf->limits.drain_ns;
		on_unsent(&s->unsent);
		return;
	}
	delay = child_ended(&s->worker, status);
	reload_worker_ended(s);
	loop_timer_arm(&s->restart_worker, delay);
}

static void
signer_ended(struct supervisor *s, int status)
{
	uint64_t delay = child_ended(&s->signer, status);

	loop_fd_forget(&s->signer_channel);
	issuance_rotation_signer_ended(&s->issuance);
	if (s->is_stopping)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EX_CONFIG && buffer_len(&s->issuers) == 0) {
		supervisor_stop(s, EX_CONFIG); /* it said why */
		return;
	}
	loop_timer_arm(&s->restart_signer, delay);
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
			worker_ended(s, status);
		else if (pid == s->signer.pid)
			signer_ended(s, status);
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
	child_init(&s->worker, ROLE_WORKER);
	child_init(&s->signer, ROLE_SIGNER);
	s->worker_channel.on_event = on_worker_message;
	s->signer_channel.on_event = on_signer_message;
	loop_timer_init(&s->restart_worker, s->loop, on_restart_worker);
	loop_timer_init(&s->restart_signer, s->loop, on_restart_signer);
	loop_timer_init(&s->keepalive, s->loop, on_keepalive);
	loop_timer_init(&s->unsent, s->loop, on_unsent);
	user_files_init(&s->users, s->loop, send_users);
	group_files_init(&s->groups, s, s->loop);
	group_files_watch(&s->groups, &s->configuration);
	list_updates_init(&s->lists, s, s->loop);
	issuance_rotation_init(&s->issuance, s);
	alarm_checks_init(s);
	pins_load(s);
	if (!clock_watch_init(&s->clock, s->loop, BUILD_EPOCH, on_clock_change)) {
		diag(DIAG_ERROR, AREA, "the clock cannot be watched: %s", strerror(errno));
		return false;
	}
	if (s->clock.state != CLOCK_GOOD)
		raise_clock_alarm(s);
	if (!override_keeper_init(s) || !fetches_init(&s->fetches, s) || !make_directories(conf) || !watch_signals(s) ||
		!open_control(s))
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
		start_signer(&s);
		fetches_begin(&s.fetches);
		admin_keeper_begin(&s);
		list_updates_configure(&s.lists);
		if (loop_run(s.loop) < 0)
			s.exit_status = EX_OSERR;
	}
	supervisor_close(&s);
	return s.exit_status;
}

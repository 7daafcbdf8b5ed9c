/* The supervisor's side of the worker.  See worker_keeper.h. */
#include "proc/worker_keeper.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "ipc/channel.h"
#include "proc/alarm_checks.h"
#include "proc/notify.h"
#include "proc/override_keeper.h"
#include "proc/pins.h"
#include "proc/queries.h"
#include "proc/reload.h"
#include "proc/steer.h"

#define AREA "supervisor"
#define RETRY_NS 1000000000u

/* ---- what it is given ---- */

bool
worker_keeper_send_users(struct user_files *users, int bundle)
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

int
worker_keeper_send_log(struct supervisor *s)
{
	static const char *const formats[] = {
		[CONF_RECORD_ECS] = "ecs",
		[CONF_RECORD_SQUID] = "squid",
		[CONF_RECORD_COMBINED] = "combined",
	};

	return ipc_send(
		s->worker.channel, IPC_LOG, 0, slice_of(formats[s->configuration.conf->record.format]), &s->log_fd, 1);
}

int
worker_keeper_send_clock(struct supervisor *s)
{
	uint8_t is_good = s->clock.state == CLOCK_GOOD;

	return ipc_send(s->worker.channel, IPC_CLOCK, 0, slice_make(&is_good, sizeof is_good), NULL, 0);
}

bool
worker_keeper_connect_signer(struct supervisor *s)
{
	return child_connect(&s->worker, IPC_SIGNER, &s->signer, s->thread_count);
}

/* ---- its life ---- */

void
worker_keeper_begin(struct supervisor *s)
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
		loop_timer_arm(&s->restart_worker, RETRY_NS);
		return;
	}
	loop_fd_init(&s->worker_channel, s->loop, s->worker.channel, s->worker_channel.on_event);
	loop_fd_want(&s->worker_channel, EPOLLIN);
	done = worker_keeper_send_log(s) == 0;
	if (done)
		user_files_watch(&s->users, conf);
	if (!done || worker_keeper_send_clock(s) < 0 || !worker_keeper_connect_signer(s) ||
		!reload_send(s, &s->configuration) || pins_send(s) < 0 || override_keeper_send(s) < 0 ||
		!send_listeners(s))
		child_signal(&s->worker, SIGKILL); /* it is started again, with a pause */
	fetches_connect_worker(&s->fetches);
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

void
worker_keeper_ended(struct supervisor *s, int status)
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
		supervisor_drained(s);
		return;
	}
	delay = child_ended(&s->worker, status);
	reload_worker_ended(s);
	loop_timer_arm(&s->restart_worker, delay);
}

static void
on_restart_worker(struct loop_timer *timer)
{
	struct supervisor *s = LIST_ENTRY(timer, struct supervisor, restart_worker);

	if (!s->is_stopping)
		worker_keeper_begin(s);
	else
		child_signal(&s->worker, SIGKILL);
}

void
worker_keeper_init(struct supervisor *s)
{
	child_init(&s->worker, ROLE_WORKER);
	s->worker_channel.on_event = on_worker_message;
	loop_timer_init(&s->restart_worker, s->loop, on_restart_worker);
}

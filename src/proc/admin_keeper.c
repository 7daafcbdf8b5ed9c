/* The supervisor's side of the admin process.  See admin_keeper.h. */
#include "proc/admin_keeper.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "admin/web_server.h"
#include "ipc/bundle.h"
#include "proc/health.h"
#include "proc/metrics.h"
#include "proc/queries.h"
#include "proc/report.h"
#include "proc/supervisor.h"

#define AREA "supervisor"
#define PATIENCE_NS 2000000000u
#define TEXT_MAX (1u << 20)
#define RETRY_NS UINT64_C(1000000000)

/* ---- answers ---- */

static void
send_answer(struct supervisor *s, uint32_t id, uint16_t status, struct slice text)
{
	struct admin_answer head = {.status = status};
	struct bundle_writer w;
	int fd;

	bundle_begin(&w);
	bundle_add(&w, SLICE("text"), text);
	fd = bundle_seal(&w);
	/* What does not reach it, it says itself. */
	if (fd < 0)
		return;
	ipc_send(s->admin.child.channel, IPC_ADMIN_ANSWER, id, slice_make(&head, sizeof head), &fd, 1);
	close(fd);
}

/* worker: its answer; NULL where there is none. */
static void
answer(struct admin_question *q, const json_t *worker)
{
	struct supervisor *s = q->supervisor;
	struct buffer text = buffer_make(TEXT_MAX);
	uint16_t status = 200;

	if (!q->is_open)
		return;
	q->is_open = false;
	loop_timer_disarm(&q->patience);
	if (q == &s->admin.questions[ADMIN_HEALTH])
		status = health_write(s, worker != NULL, &text) ? 200 : 503;
	else if (!metrics_write(s, worker, &text)) {
		status = 500;
		buffer_clear(&text);
		buffer_append_cstr(&text, "there is more to tell than fits\n");
	}
	send_answer(s, q->id, status, buffer_slice(&text));
	buffer_release(&text);
}

static void
on_worker_reply(void *context, const json_t *status)
{
	struct admin_question *q = context;

	q->worker_is_asked = false;
	answer(q, status);
}

static void
on_patience_ends(struct loop_timer *timer)
{
	answer(LIST_ENTRY(timer, struct admin_question, patience), NULL);
}

static void
take_question(struct supervisor *s, enum admin_subject subject, uint32_t id)
{
	struct admin_question *q = &s->admin.questions[subject];

	q->id = id;
	q->is_open = true;
	/* One that has not answered the last time is not asked twice. */
	if (!q->worker_is_asked) {
		q->worker_is_asked = queries_ask_status(s, on_worker_reply, q);
		if (q->worker_is_asked) {
			loop_timer_arm(&q->patience, PATIENCE_NS);
			return;
		}
	}
	answer(q, NULL);
}

static void
on_message(struct loop_fd *channel, uint32_t events)
{
	struct supervisor *s = LIST_ENTRY(channel, struct supervisor, admin.channel);
	struct ipc_message m;
	int result;

	(void)events;
	while (loop_fd_is_watched(channel) && (result = ipc_receive(channel->fd, &m, s->buffer)) != -EAGAIN) {
		if (result == 1)
			ipc_message_close_fds(&m);
		if (result != 1 || m.type != IPC_ADMIN_ASK || (uint8_t)m.payload.ptr[0] >= ADMIN_SUBJECTS) {
			loop_fd_forget(channel); /* SIGCHLD tells the rest; one that talks nonsense is ended */
			child_signal(&s->admin.child, SIGKILL);
			return;
		}
		take_question(s, (enum admin_subject)m.payload.ptr[0], m.id);
	}
}

/* ---- the process ---- */

static bool
send_networks(struct supervisor *s)
{
	const struct conf_prefixes *allow = &s->configuration.conf->admin.allow;

	return ipc_send(s->admin.child.channel, IPC_ADMIN_NETWORKS, 0,
		       slice_make(allow->items, allow->count * sizeof allow->items[0]), NULL, 0) == 0;
}

void
admin_keeper_begin(struct supervisor *s)
{
	struct admin_keeper *keeper = &s->admin;
	const struct conf *conf = s->configuration.conf;
	char level[8];
	const char *const arguments[] = {conf->user ? conf->user : "", level, NULL};
	int error;

	if (keeper->listener_count == 0)
		return;
	snprintf(level, sizeof level, "%d", (int)conf->log.level);
	error = child_start(&keeper->child, arguments);
	if (error) {
		diag(DIAG_ERROR, AREA, "the admin process cannot be started: %s", strerror(-error));
		loop_timer_arm(&keeper->restart, RETRY_NS);
		return;
	}
	loop_fd_init(&keeper->channel, s->loop, keeper->child.channel, on_message);
	loop_fd_want(&keeper->channel, EPOLLIN);
	if (!send_networks(s) || ipc_send(keeper->child.channel, IPC_ADMIN_LISTENERS, 0, SLICE_EMPTY, keeper->listeners,
					 keeper->listener_count) < 0)
		child_signal(&keeper->child, SIGKILL); /* it is started again, with a pause */
}

static void
on_restart(struct loop_timer *timer)
{
	admin_keeper_begin(LIST_ENTRY(timer, struct supervisor, admin.restart));
}

void
admin_keeper_reconfigure(struct supervisor *s)
{
	if (s->admin.child.pid && !send_networks(s))
		child_signal(&s->admin.child, SIGKILL);
}

static void
disconnect(struct admin_keeper *keeper)
{
	if (loop_fd_is_watched(&keeper->channel))
		loop_fd_forget(&keeper->channel);
	for (int i = 0; i < ADMIN_SUBJECTS; i++) {
		keeper->questions[i].is_open = false;
		loop_timer_disarm(&keeper->questions[i].patience);
	}
}

void
admin_keeper_ended(struct supervisor *s, int status)
{
	uint64_t delay = child_ended(&s->admin.child, status);

	disconnect(&s->admin);
	if (!s->is_stopping)
		loop_timer_arm(&s->admin.restart, delay);
}

/* ---- the port ---- */

bool
admin_keeper_open(struct supervisor *s)
{
	const struct conf *conf = s->configuration.conf;
	struct admin_keeper *keeper = &s->admin;
	struct problems problems = {0};
	bool done = true;

	*keeper = (struct admin_keeper){0};
	child_init(&keeper->child, ROLE_ADMIN);
	loop_timer_init(&keeper->restart, s->loop, on_restart);
	for (int i = 0; i < ADMIN_SUBJECTS; i++) {
		keeper->questions[i].supervisor = s;
		loop_timer_init(&keeper->questions[i].patience, s->loop, on_patience_ends);
	}
	for (size_t i = 0; done && i < conf->admin.listen.count; i++) {
		int fd = web_listen(&conf->admin.listen.items[i], &problems);

		done = fd >= 0;
		if (done)
			keeper->listeners[keeper->listener_count++] = fd;
	}
	report_problems("admin", &problems);
	if (!done && conf->admin.listen_is_default) {
		diag(DIAG_WARNING, "admin", "no metrics are served; all else is");
		done = true;
	}
	return done;
}

void
admin_keeper_release(struct supervisor *s)
{
	struct admin_keeper *keeper = &s->admin;

	if (s->loop == NULL || keeper->child.role != ROLE_ADMIN)
		return; /* never opened */
	child_signal(&keeper->child, SIGTERM);
	if (keeper->child.pid > 0)
		waitpid(keeper->child.pid, NULL, 0);
	disconnect(keeper);
	loop_timer_disarm(&keeper->restart);
	if (keeper->child.channel >= 0)
		close(keeper->child.channel);
	for (unsigned i = 0; i < keeper->listener_count; i++)
		close(keeper->listeners[i]);
	keeper->listener_count = 0;
}

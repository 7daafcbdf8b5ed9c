/* The supervisor's side of the fetcher.  See fetches.h. */
#include "proc/fetches.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fetch/server.h"
#include "ipc/bundle.h"
#include "ipc/channel.h"
#include "proc/report.h"
#include "proc/supervisor.h"

#define AREA "supervisor"
#define RESOLV_CONF "/etc/resolv.conf"
#define HOSTS "/etc/hosts"
/* How often the two files are looked at, and how soon a start that failed is tried again. */
#define WATCH_NS UINT64_C(10000000000)
#define RETRY_NS UINT64_C(1000000000)

/* ---- filter lists ---- */

static void
tell(struct list_fetch *fetch, const struct list_fetched *result)
{
	list_fetch_cancel(fetch);
	fetch->on_done(fetch, result);
}

static void
tell_unavailable(struct list_fetch *fetch)
{
	struct list_fetched result = {
		.status = FETCH_UNAVAILABLE, .fd = -1, .error = SLICE("the fetcher is not running")};

	tell(fetch, &result);
}

/* Sends what was not sent; who cannot be served is told so. */
static void
on_fail(struct loop_task *task)
{
	struct fetches *f = LIST_ENTRY(task, struct fetches, fail);
	struct list_node told;

	list_init(&told);
	LIST_FOR_EACH(node, following, &f->jobs)
	{
		struct list_fetch *fetch = LIST_ENTRY(node, struct list_fetch, node);

		if (fetch->is_sent)
			continue;
		list_remove(node);
		list_push_back(&told, node);
	}
	while (!list_is_empty(&told)) /* a callback may cancel others, or start again */
		tell_unavailable(LIST_ENTRY(told.next, struct list_fetch, node));
}

static bool
send_question(struct fetches *f, const struct list_fetch *fetch)
{
	struct fetch_question question = {
		.kind = FETCH_LIST,
		.target = slice_of(fetch->url),
		.etag = slice_of(fetch->etag),
		.last_modified = slice_of(fetch->last_modified),
	};
	struct buffer payload = buffer_make(FETCH_QUESTION_MAX);
	bool done = f->is_ready && fetch_question_encode(&question, &payload) &&
		    ipc_send(f->child.channel, IPC_FETCH, fetch->id, buffer_slice(&payload), NULL, 0) == 0;

	buffer_release(&payload);
	return done;
}

void
list_fetch_init(struct list_fetch *fetch, void (*on_done)(struct list_fetch *, const struct list_fetched *))
{
	*fetch = (struct list_fetch){.on_done = on_done};
	list_init(&fetch->node);
}

void
fetches_start(struct fetches *f, struct list_fetch *fetch)
{
	list_remove(&fetch->node);
	fetch->id = ++f->next_id;
	fetch->progress = (struct fetch_progress){0};
	list_push_back(&f->jobs, &fetch->node);
	fetch->is_sent = send_question(f, fetch);
	if (!fetch->is_sent)
		loop_defer(f->loop, &f->fail);
}

void
list_fetch_cancel(struct list_fetch *fetch)
{
	list_remove(&fetch->node);
}

static bool
take_answer(struct fetches *f, struct ipc_message *m)
{
	struct fetch_answer answer;
	struct list_fetched result;

	if (!fetch_answer_decode(m->payload, &answer))
		return false;
	result = (struct list_fetched){answer.status, -1, answer.etag, answer.last_modified, answer.error};
	LIST_FOR_EACH(node, following, &f->jobs)
	{
		struct list_fetch *fetch = LIST_ENTRY(node, struct list_fetch, node);

		if (fetch->id != m->id)
			continue;
		if (result.status == FETCH_OK) {
			if (m->fd_count != 1)
				return false;
			result.fd = m->fds[0];
			m->fds[0] = -1;
		}
		tell(fetch, &result);
		break;
	}
	return true;
}

static void
take_progress(struct fetches *f, const struct ipc_message *m)
{
	LIST_FOR_EACH(node, following, &f->jobs)
	{
		struct list_fetch *fetch = LIST_ENTRY(node, struct list_fetch, node);

		if (fetch->id == m->id)
			memcpy(&fetch->progress, m->payload.ptr, sizeof fetch->progress);
	}
}

/* ---- settings ---- */

static int64_t
changed_at(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec + (int64_t)st.st_ino
				    : 0;
}

static int64_t
files_changed(void)
{
	return changed_at(RESOLV_CONF) ^ (changed_at(HOSTS) << 1);
}

static bool
send_settings(struct fetches *f)
{
	struct problems problems = {0};
	int fd = gather_fetcher_bundle(&f->supervisor->configuration, RESOLV_CONF, HOSTS, &problems);
	int error = fd < 0 ? fd : ipc_send(f->child.channel, IPC_FETCH_SETTINGS, 0, SLICE_EMPTY, &fd, 1);

	report_problems("fetcher", &problems);
	if (fd >= 0)
		close(fd);
	if (error)
		diag(DIAG_ERROR, AREA, "the fetcher cannot be given its settings: %s", strerror(-error));
	f->files_changed = files_changed();
	return error == 0;
}

void
fetches_reconfigure(struct fetches *f)
{
	if (f->is_ready && !send_settings(f))
		child_signal(&f->child, SIGKILL);
}

static void
on_watch(struct loop_timer *timer)
{
	struct fetches *f = LIST_ENTRY(timer, struct fetches, watch);

	if (f->is_ready && files_changed() != f->files_changed)
		fetches_reconfigure(f);
	loop_timer_arm(timer, WATCH_NS);
}

/* ---- the process ---- */

static void
on_message(struct loop_fd *channel, uint32_t events)
{
	struct fetches *f = LIST_ENTRY(channel, struct fetches, channel);
	struct ipc_message m;
	bool done = true;
	int result = 0;

	(void)events;
	while (done && loop_fd_is_watched(channel) && (result = ipc_receive(channel->fd, &m, f->buffer)) == 1) {
		if (m.type == IPC_FETCHED)
			done = take_answer(f, &m);
		else if (m.type == IPC_FETCH_PROGRESS && m.payload.len == sizeof(struct fetch_progress))
			take_progress(f, &m);
		else if (m.type == IPC_FETCH_COUNTS && m.payload.len == sizeof f->counts)
			memcpy(&f->counts, m.payload.ptr, sizeof f->counts);
		else
			done = false;
		ipc_message_close_fds(&m);
	}
	if (!done || result != -EAGAIN) {
		loop_fd_forget(channel); /* SIGCHLD tells the rest; one that talks nonsense is ended */
		child_signal(&f->child, SIGKILL);
	}
}

void
fetches_connect_worker(struct fetches *f)
{
	const struct supervisor *s = f->supervisor;

	if (f->is_ready && s->worker.pid != 0)
		child_connect(&s->worker, IPC_FETCHER, &f->child, s->thread_count + 1);
}

void
fetches_begin(struct fetches *f)
{
	const struct conf *conf = f->supervisor->configuration.conf;
	char level[8];
	const char *const arguments[] = {conf->user ? conf->user : "", level, NULL};
	int error;

	snprintf(level, sizeof level, "%d", (int)conf->log.level);
	error = child_start(&f->child, arguments);
	if (error) {
		diag(DIAG_ERROR, AREA, "the fetcher cannot be started: %s", strerror(-error));
		loop_timer_arm(&f->restart, RETRY_NS);
		return;
	}
	loop_fd_init(&f->channel, f->loop, f->child.channel, on_message);
	loop_fd_want(&f->channel, EPOLLIN);
	f->is_ready = send_settings(f);
	fetches_connect_worker(f);
	loop_timer_arm(&f->watch, WATCH_NS);
}

static void
on_restart(struct loop_timer *timer)
{
	fetches_begin(LIST_ENTRY(timer, struct fetches, restart));
}

static void
fetches_disconnect(struct fetches *f)
{
	if (loop_fd_is_watched(&f->channel))
		loop_fd_forget(&f->channel);
	f->is_ready = false;
#define ADD(name, help) f->past.name += f->counts.name;
	FETCH_COUNTS(ADD)
#undef ADD
	f->counts = (struct fetch_counts){0};
	loop_timer_disarm(&f->watch);
	LIST_FOR_EACH(node, following, &f->jobs)
	LIST_ENTRY(node, struct list_fetch, node)->is_sent = false;
	loop_defer(f->loop, &f->fail);
}

void
fetches_ended(struct fetches *f, int status)
{
	fetches_disconnect(f);
	if (f->supervisor->is_stopping)
		f->child.pid = 0;
	else
		loop_timer_arm(&f->restart, child_ended(&f->child, status));
}

bool
fetches_init(struct fetches *f, struct supervisor *s)
{
	*f = (struct fetches){.supervisor = s, .loop = s->loop};
	child_init(&f->child, ROLE_FETCHER);
	list_init(&f->jobs);
	loop_timer_init(&f->restart, f->loop, on_restart);
	loop_timer_init(&f->watch, f->loop, on_watch);
	loop_task_init(&f->fail, on_fail);
	f->buffer = malloc(IPC_PAYLOAD_MAX);
	return f->buffer != NULL;
}

void
fetches_release(struct fetches *f)
{
	if (f->buffer == NULL)
		return;
	child_signal(&f->child, SIGTERM);
	if (f->child.pid > 0)
		waitpid(f->child.pid, NULL, 0);
	f->child.pid = 0;
	fetches_disconnect(f);
	on_fail(&f->fail);
	loop_task_cancel(&f->fail);
	loop_timer_disarm(&f->restart);
	if (f->child.channel >= 0)
		close(f->child.channel);
	free(f->buffer);
	f->buffer = NULL;
}

/* A thread's line to the fetcher.  See fetcher.h. */
#include "proxy/fetcher.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "ipc/channel.h"

/* A callback may ask anew or cancel others: one at a time is taken off the list. */
static void
on_fail(struct loop_task *task)
{
	struct fetcher *f = LIST_ENTRY(task, struct fetcher, fail);
	struct fetch_answer answer = {.status = FETCH_UNAVAILABLE, .error = SLICE("the fetcher is not running")};
	struct list_node told;

	list_init(&told);
	while (!list_is_empty(&f->unsent)) {
		struct list_node *node = f->unsent.next;

		list_remove(node);
		list_push_back(&told, node);
	}
	while (!list_is_empty(&told)) {
		struct fetch_job *job = LIST_ENTRY(told.next, struct fetch_job, node);
		int fd = -1;

		list_remove(&job->node);
		job->on_answer(job, &answer, &fd);
	}
}

static void
fetcher_disconnect(struct fetcher *f)
{
	int fd = f->channel.fd;

	if (!loop_fd_is_watched(&f->channel))
		return;
	loop_fd_forget(&f->channel);
	close(fd);
	while (!list_is_empty(&f->jobs)) {
		struct list_node *node = f->jobs.next;

		list_remove(node);
		list_push_back(&f->unsent, node);
	}
	loop_defer(f->loop, &f->fail);
}

/* False where the fetcher is not itself any more. */
static bool
take_answer(struct fetcher *f, struct ipc_message *message)
{
	struct fetch_answer answer;
	int none = -1;

	if (message->type != IPC_FETCHED || !fetch_answer_decode(message->payload, &answer))
		return false;
	LIST_FOR_EACH(node, following, &f->jobs)
	{
		struct fetch_job *job = LIST_ENTRY(node, struct fetch_job, node);

		if (job->id != message->id)
			continue;
		list_remove(&job->node);
		job->on_answer(job, &answer, message->fd_count ? &message->fds[0] : &none);
		break;
	}
	return true;
}

static void
on_event(struct loop_fd *channel, uint32_t events)
{
	struct fetcher *f = LIST_ENTRY(channel, struct fetcher, channel);
	struct ipc_message message;

	(void)events;
	while (loop_fd_is_watched(&f->channel)) {
		int result = ipc_receive(f->channel.fd, &message, f->buffer);
		bool done;

		if (result == -EAGAIN)
			return;
		done = result == 1 && take_answer(f, &message);
		ipc_message_close_fds(&message);
		if (!done)
			fetcher_disconnect(f);
	}
}

bool
fetcher_init(struct fetcher *f, struct loop *loop)
{
	*f = (struct fetcher){.loop = loop};
	list_init(&f->jobs);
	list_init(&f->unsent);
	loop_task_init(&f->fail, on_fail);
	f->buffer = malloc(IPC_PAYLOAD_MAX);
	return f->buffer != NULL;
}

void
fetcher_connect(struct fetcher *f, int fd)
{
	fetcher_disconnect(f);
	loop_fd_init(&f->channel, f->loop, fd, on_event);
	loop_fd_want(&f->channel, EPOLLIN);
}

void
fetcher_release(struct fetcher *f)
{
	if (f->buffer == NULL)
		return;
	fetcher_disconnect(f);
	loop_task_cancel(&f->fail);
	while (!list_is_empty(&f->unsent))
		list_remove(f->unsent.next);
	free(f->buffer);
	f->buffer = NULL;
}

void
fetch_job_init(struct fetch_job *job, void (*on_answer)(struct fetch_job *, const struct fetch_answer *, int *fd))
{
	*job = (struct fetch_job){.on_answer = on_answer};
	list_init(&job->node);
}

void
fetcher_submit(struct fetcher *f, struct fetch_job *job, enum fetch_kind kind, struct slice target)
{
	struct fetch_question question = {.kind = kind, .target = target};
	struct buffer payload = buffer_make(FETCH_QUESTION_MAX);
	bool is_sent;

	list_remove(&job->node);
	job->id = ++f->next_id;
	/* A fetcher that does not keep up is as good as none. */
	is_sent = loop_fd_is_watched(&f->channel) && fetch_question_encode(&question, &payload) &&
		  ipc_send(f->channel.fd, IPC_FETCH, job->id, buffer_slice(&payload), NULL, 0) == 0;
	buffer_release(&payload);
	list_push_back(is_sent ? &f->jobs : &f->unsent, &job->node);
	if (!is_sent)
		loop_defer(f->loop, &f->fail);
}

void
fetch_job_cancel(struct fetch_job *job)
{
	list_remove(&job->node);
}

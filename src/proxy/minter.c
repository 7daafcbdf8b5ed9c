/* A thread's line to the signer.  See minter.h. */
#include "proxy/minter.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/diag.h"
#include "ipc/channel.h"

static void
minter_disconnect(struct minter *m)
{
	int fd = m->channel.fd;

	if (!loop_fd_is_watched(&m->channel))
		return;
	loop_fd_forget(&m->channel);
	close(fd);
	LIST_FOR_EACH(node, following, &m->jobs)
	LIST_ENTRY(node, struct mint_job, node)->is_sent = false;
}

/* Sends what waits, as far as the channel takes it. */
static void
minter_flush(struct minter *m)
{
	bool is_full = false;

	if (!loop_fd_is_watched(&m->channel))
		return;
	LIST_FOR_EACH(node, following, &m->jobs)
	{
		struct mint_job *job = LIST_ENTRY(node, struct mint_job, node);
		int error;

		if (job->is_sent)
			continue;
		error = ipc_send(m->channel.fd, IPC_MINT, job->id, buffer_slice(&job->request), NULL, 0);
		if (error == -EAGAIN || error == -ENOBUFS) {
			is_full = true;
			break;
		}
		if (error) {
			minter_disconnect(m);
			return;
		}
		job->is_sent = true;
	}
	loop_fd_want(&m->channel, EPOLLIN | (is_full ? EPOLLOUT : 0u));
}

static void
minter_answer(struct minter *m, const struct ipc_message *message)
{
	LIST_FOR_EACH(node, following, &m->jobs)
	{
		struct mint_job *job = LIST_ENTRY(node, struct mint_job, node);

		if (job->id != message->id)
			continue;
		mint_job_cancel(job);
		job->on_reply(job, message->payload);
		return;
	}
}

static void
minter_on_event(struct loop_fd *channel, uint32_t events)
{
	struct minter *m = LIST_ENTRY(channel, struct minter, channel);
	struct ipc_message message;
	int result;

	if (events & EPOLLOUT)
		minter_flush(m);
	while (loop_fd_is_watched(&m->channel)) {
		result = ipc_receive(m->channel.fd, &message, m->buffer);
		if (result == -EAGAIN)
			return;
		if (result <= 0 || message.type != IPC_MINTED) {
			if (result == 1)
				ipc_message_close_fds(&message);
			minter_disconnect(m);
			return;
		}
		minter_answer(m, &message);
	}
}

bool
minter_init(struct minter *m, struct loop *loop)
{
	*m = (struct minter){.loop = loop};
	list_init(&m->jobs);
	m->buffer = malloc(IPC_PAYLOAD_MAX);
	return m->buffer != NULL;
}

void
minter_connect(struct minter *m, int fd)
{
	minter_disconnect(m);
	loop_fd_init(&m->channel, m->loop, fd, minter_on_event);
	loop_fd_want(&m->channel, EPOLLIN);
	minter_flush(m);
}

void
minter_release(struct minter *m)
{
	minter_disconnect(m);
	LIST_FOR_EACH(node, following, &m->jobs)
	mint_job_cancel(LIST_ENTRY(node, struct mint_job, node));
	free(m->buffer);
	m->buffer = NULL;
}

void
mint_job_init(struct mint_job *job, void (*on_reply)(struct mint_job *, struct slice))
{
	*job = (struct mint_job){.on_reply = on_reply, .request = buffer_make(IPC_PAYLOAD_MAX)};
	list_init(&job->node);
}

void
minter_submit(struct minter *m, struct mint_job *job)
{
	job->id = ++m->next_id;
	job->is_sent = false;
	list_push_back(&m->jobs, &job->node);
	minter_flush(m);
}

void
mint_job_cancel(struct mint_job *job)
{
	list_remove(&job->node);
	buffer_release(&job->request);
}

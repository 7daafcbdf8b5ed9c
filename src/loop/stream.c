/* The plain byte stream, and what every kind shares: interest and closing.  See stream.h. */
#include "loop/stream.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>

#define DISCARD_MAX 65536 /* bytes at a time */
#define DISCARDS_MAX 16

_Static_assert(STREAM_AGAIN == -EAGAIN, "STREAM_AGAIN is -EAGAIN");

static ssize_t
plain_read(struct stream *s, void *to, size_t n)
{
	ssize_t got = recv(s->io.fd, to, n, 0);

	if (got < 0)
		return -errno;
	s->bytes_in += (uint64_t)got;
	return got;
}

static ssize_t
plain_writev(struct stream *s, const struct iovec *iov, int count)
{
	struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = (size_t)count};
	ssize_t put = count == 1 ? send(s->io.fd, iov->iov_base, iov->iov_len, MSG_NOSIGNAL)
				 : sendmsg(s->io.fd, &message, MSG_NOSIGNAL);

	if (put < 0)
		return -errno;
	s->bytes_out += (uint64_t)put;
	return put;
}

static int
plain_shutdown(struct stream *s)
{
	return shutdown(s->io.fd, SHUT_WR) < 0 ? -errno : 0;
}

static const struct stream_ops plain_ops = {
	.name = "plain",
	.read = plain_read,
	.writev = plain_writev,
	.shutdown = plain_shutdown,
};

/* The one place where epoll interest is computed. */
static void
stream_update_interest(struct stream *s)
{
	uint32_t events = 0;

	if (s->want_read && !s->blocked_on_write)
		events |= EPOLLIN;
	if (s->want_write || (s->want_read && s->blocked_on_write))
		events |= EPOLLOUT;
	loop_fd_want(&s->io, events);
	if (s->want_read && s->ops->has_pending && s->ops->has_pending(s))
		loop_defer(s->io.loop, &s->again);
}

static void
stream_on_event(struct loop_fd *io, uint32_t events)
{
	struct stream *s = LIST_ENTRY(io, struct stream, io);
	bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
	bool retry_read = s->blocked_on_write && (events & EPOLLOUT);

	/* An error is learnt by the read or write that it concerns. */
	if (s->want_write && ((events & EPOLLOUT) || (broken && !s->want_read))) {
		s->events->on_writable(s->owner);
		if (!stream_is_open(s) || io->loop == NULL)
			return;
	}
	if (s->want_read && ((events & (EPOLLIN | EPOLLRDHUP)) || broken || retry_read)) {
		s->blocked_on_write = false;
		s->events->on_readable(s->owner);
	}
}

static void
stream_on_again(struct loop_task *task)
{
	struct stream *s = LIST_ENTRY(task, struct stream, again);

	if (s->want_read)
		s->events->on_readable(s->owner);
}

void
stream_init_plain(struct stream *s, struct loop *loop, int fd)
{
	*s = (struct stream){.ops = &plain_ops};
	loop_fd_init(&s->io, loop, fd, stream_on_event);
	loop_task_init(&s->again, stream_on_again);
}

void
stream_set_owner(struct stream *s, const struct stream_events *events, void *owner)
{
	s->events = events;
	s->owner = owner;
}

int
stream_shutdown(struct stream *s)
{
	return s->ops->shutdown(s);
}

void
stream_want_read(struct stream *s, bool want)
{
	s->want_read = want;
	stream_update_interest(s);
}

void
stream_want_write(struct stream *s, bool want)
{
	s->want_write = want;
	stream_update_interest(s);
}

void
stream_trim(struct stream *s)
{
	if (s->ops->trim)
		s->ops->trim(s);
}

void
stream_discard(struct stream *s)
{
	assert(s->ops == &plain_ops);
	/* tcp(7): with MSG_TRUNC bytes are dropped, and none is copied. */
	for (unsigned n = 0; n < DISCARDS_MAX; n++)
		if (recv(s->io.fd, NULL, DISCARD_MAX, MSG_TRUNC | MSG_DONTWAIT) < (ssize_t)DISCARD_MAX)
			return;
}

int
stream_detach(struct stream *s)
{
	int fd = s->io.fd;

	assert(s->ops == &plain_ops);
	loop_task_cancel(&s->again);
	loop_fd_forget(&s->io);
	s->ops = NULL;
	return fd;
}

void
stream_close(struct stream *s, bool reset)
{
	struct linger abort_close = {.l_onoff = 1, .l_linger = 0};

	if (!stream_is_open(s))
		return;
	if (s->ops->release)
		s->ops->release(s);
	loop_task_cancel(&s->again);
	s->ops = NULL;
	if (reset)
		setsockopt(s->io.fd, SOL_SOCKET, SO_LINGER, &abort_close, sizeof abort_close);
	loop_fd_close(&s->io);
}

/* A byte stream over a connected socket: plain here, TLS in tls/tls_stream.h.  Below it a socket, above it HTTP or a
 * tunnel; readers and writers do not know which.  It owns its descriptor.  One loop thread.
 *
 * Nothing is buffered here.  A reader asks for readability with stream_want_read() and is called until it stops
 * wanting.  A handler reads until STREAM_AGAIN, or calls stream_want_read() once more before it returns: bytes that a
 * TLS stream holds above the socket are announced only then. */
#ifndef SLUICE_LOOP_STREAM_H
#define SLUICE_LOOP_STREAM_H

#include <sys/types.h>
#include <sys/uio.h>

#include "loop/loop.h"

/* Answers of read and write below zero: negative errno values, and of these two the meaning is ours. */
enum {
	STREAM_AGAIN = -11,     /* -EAGAIN: nothing now; on_readable or on_writable will tell */
	STREAM_TRUNCATED = -86, /* end of the TCP stream without close_notify: RFC 8446 section 6.1 */
};

struct stream;

struct stream_ops {
	const char *name; /* "plain", "tls" */
	/* Up to n bytes; 0 is the orderly end; STREAM_AGAIN; STREAM_TRUNCATED; another negative errno. */
	ssize_t (*read)(struct stream *s, void *to, size_t n);
	/* Bytes taken (may be fewer than given); STREAM_AGAIN; another negative errno. */
	ssize_t (*writev)(struct stream *s, const struct iovec *iov, int count);
	/* Ends our direction (close_notify, FIN); the other stays open.  0 or negative errno. */
	int (*shutdown)(struct stream *s);
	/* True when bytes lie above the socket, so that epoll would not announce them. */
	bool (*has_pending)(const struct stream *s);
	/* Gives back memory that an idle connection does not need. */
	void (*trim)(struct stream *s);
	/* Frees what the kind itself holds; the socket is closed by stream_close(). */
	void (*release)(struct stream *s);
};

struct stream_events {
	void (*on_readable)(void *owner);
	void (*on_writable)(void *owner);
};

struct stream {
	const struct stream_ops *ops;
	const struct stream_events *events;
	void *owner;
	struct loop_fd io;
	struct loop_task again; /* calls on_readable for bytes that epoll cannot see */
	bool want_read;
	bool want_write;
	bool blocked_on_write; /* TLS: a read needs the socket writable */
	uint64_t bytes_in;     /* application bytes */
	uint64_t bytes_out;
};

/* Takes a connected (or connecting) non-blocking socket. */
void stream_init_plain(struct stream *s, struct loop *loop, int fd);
/* The owner may change during a stream's life, as its connection passes from step to step. */
void stream_set_owner(struct stream *s, const struct stream_events *events, void *owner);
static inline ssize_t
stream_read(struct stream *s, void *to, size_t n)
{
	return s->ops->read(s, to, n);
}
static inline ssize_t
stream_writev(struct stream *s, const struct iovec *iov, int count)
{
	return s->ops->writev(s, iov, count);
}
static inline ssize_t
stream_write(struct stream *s, const void *from, size_t n)
{
	struct iovec iov = {(void *)(uintptr_t)from, n};

	return s->ops->writev(s, &iov, 1);
}
int stream_shutdown(struct stream *s);
void stream_want_read(struct stream *s, bool want);
void stream_want_write(struct stream *s, bool want);
void stream_trim(struct stream *s);
static inline bool
stream_is_open(const struct stream *s)
{
	return s->ops != NULL;
}
/* Throws away what has come and was not read: at the close of a socket that holds such bytes the kernel sends RST, by
 * which the peer may lose what it was told last.  Plain only; bounded. */
void stream_discard(struct stream *s);
/* Gives the socket away unclosed, for a tunnel that splices it in the kernel; the stream is closed afterwards.  Plain
 * only. */
int stream_detach(struct stream *s);
/* Closes the socket; with `reset` the peer gets RST, so that it cannot take a truncated message for a whole one.
 * Harmless on a stream that was never opened or is closed. */
void stream_close(struct stream *s, bool reset);

#endif

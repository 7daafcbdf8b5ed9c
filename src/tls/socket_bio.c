/* See socket_bio.h. */
#include "tls/socket_bio.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* A ticket takes a few hundred bytes. */
#define HELD_MAX 4096

static BIO_METHOD *method;
static pthread_once_t method_once = PTHREAD_ONCE_INIT;

static int
on_read(BIO *bio, char *to, size_t n, size_t *got)
{
	struct socket_bio *s = BIO_get_data(bio);
	ssize_t r;

	BIO_clear_retry_flags(bio);
	*got = 0;
	if (s->is_deaf) {
		BIO_set_retry_read(bio);
		return 0;
	}
	r = recv(s->fd, to, n, 0);
	if (r > 0) {
		*got = (size_t)r;
		return 1;
	}
	if (r == 0)
		BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
	else if (errno == EAGAIN || errno == EINTR)
		BIO_set_retry_read(bio);
	else
		s->error = -errno;
	return 0;
}

/* False where it has to be sent at once. */
static bool
hold(struct socket_bio *s, const char *from, size_t n)
{
	char *held;

	if (!s->is_holding || n > HELD_MAX - s->held_len)
		return false;
	held = realloc(s->held, s->held_len + n);
	if (held == NULL)
		return false;
	memcpy(held + s->held_len, from, n);
	s->held = held;
	s->held_len += n;
	return true;
}

/* What was held and these bytes, in one call.  How many of these were sent, 0 for none of them yet, or -1. */
static ssize_t
send_with_held(struct socket_bio *s, const char *from, size_t n)
{
	struct iovec iov[] = {{s->held, s->held_len}, {(void *)(uintptr_t)from, n}};
	struct msghdr message = {.msg_iov = iov, .msg_iovlen = 2};
	ssize_t w = sendmsg(s->fd, &message, MSG_NOSIGNAL);

	if (w < 0)
		return -1;
	if ((size_t)w < s->held_len) {
		s->held_len -= (size_t)w;
		memmove(s->held, s->held + w, s->held_len);
		return 0;
	}
	w -= (ssize_t)s->held_len;
	socket_bio_release(s);
	return w;
}

static int
on_write(BIO *bio, const char *from, size_t n, size_t *put)
{
	struct socket_bio *s = BIO_get_data(bio);
	ssize_t w;

	BIO_clear_retry_flags(bio);
	if (hold(s, from, n)) {
		*put = n;
		return 1;
	}
	w = s->held_len > 0 ? send_with_held(s, from, n) : send(s->fd, from, n, MSG_NOSIGNAL);
	*put = w > 0 ? (size_t)w : 0;
	if (w > 0)
		return 1;
	if (w == 0 || errno == EAGAIN || errno == EINTR)
		BIO_set_retry_write(bio);
	else
		s->error = -errno;
	return 0;
}

static long
on_control(BIO *bio, int command, long larg, void *parg)
{
	(void)larg, (void)parg;
	switch (command) {
	case BIO_CTRL_FLUSH:
		return 1;
	case BIO_CTRL_EOF:
		return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
	default:
		return 0;
	}
}

static void
method_init(void)
{
	method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sluice socket");
	if (method == NULL || BIO_meth_set_read_ex(method, on_read) != 1 ||
		BIO_meth_set_write_ex(method, on_write) != 1 || BIO_meth_set_ctrl(method, on_control) != 1) {
		BIO_meth_free(method);
		method = NULL;
	}
}

BIO *
socket_bio_new(struct socket_bio *socket)
{
	BIO *bio;

	pthread_once(&method_once, method_init);
	bio = method ? BIO_new(method) : NULL;
	if (bio == NULL)
		return NULL;
	BIO_set_data(bio, socket);
	BIO_set_init(bio, 1);
	return bio;
}

void
socket_bio_release(struct socket_bio *socket)
{
	free(socket->held);
	socket->held = NULL;
	socket->held_len = 0;
}

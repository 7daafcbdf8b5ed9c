/* A relay in the kernel.  See splice.h. */
#include "loop/splice.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIPE_BYTES (1024 * 1024)
/* A fast flow gives the others their turn after this many bytes. */
#define TURN_BYTES (4u * 1024 * 1024)

struct pipe_pool {
	unsigned spare_max;
	unsigned spare;
	int pipes[][2];
};

struct pipe_pool *
pipe_pool_new(unsigned spare)
{
	struct pipe_pool *pool = calloc(1, sizeof *pool + spare * sizeof pool->pipes[0]);

	if (pool)
		pool->spare_max = spare;
	return pool;
}

void
pipe_pool_free(struct pipe_pool *pool)
{
	if (pool == NULL)
		return;
	while (pool->spare > 0) {
		pool->spare--;
		close(pool->pipes[pool->spare][0]);
		close(pool->pipes[pool->spare][1]);
	}
	free(pool);
}

static int
pipe_take(struct pipe_pool *pool, int ends[2])
{
	if (pool->spare > 0) {
		pool->spare--;
		ends[0] = pool->pipes[pool->spare][0];
		ends[1] = pool->pipes[pool->spare][1];
		return 0;
	}
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
		int error = -errno;

		ends[0] = ends[1] = -1;
		return error;
	}
	/* Refused above fs.pipe-user-pages-soft: 64 KiB serve as well, with more calls. */
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
	return 0;
}

/* Only an empty pipe may serve another flow. */
static void
pipe_give_back(struct pipe_pool *pool, int ends[2], bool is_empty)
{
	if (ends[0] < 0)
		return;
	if (is_empty && pool->spare < pool->spare_max) {
		pool->pipes[pool->spare][0] = ends[0];
		pool->pipes[pool->spare][1] = ends[1];
		pool->spare++;
	} else {
		close(ends[0]);
		close(ends[1]);
	}
	ends[0] = ends[1] = -1;
}

static void
relay_close(struct splice_relay *relay, bool reset)
{
	struct linger abort_close = {.l_onoff = 1, .l_linger = 0};

	for (int i = 0; i < 2; i++) {
		int fd = relay->side[i].fd;

		pipe_give_back(relay->pool, relay->direction[i].pipe, relay->direction[i].in_pipe == 0);
		loop_fd_forget(&relay->side[i]);
		if (reset)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort_close, sizeof abort_close);
		close(fd);
	}
	loop_timer_disarm(&relay->idle);
}

/* Fills the pipe.  1 when something came, 0 when nothing more is to be had now, negative errno. */
static int
direction_fill(struct splice_direction *d)
{
	ssize_t n;

	if (d->saw_end || d->in_pipe > 0)
		return 0;
	if (d->pipe[0] < 0) {
		int error = pipe_take(d->relay->pool, d->pipe);

		if (error)
			return error;
	}
	n = splice(d->from->fd, NULL, d->pipe[1], NULL, PIPE_BYTES, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (n > 0) {
		d->in_pipe = (size_t)n;
		return 1;
	}
	if (n == 0)
		d->saw_end = true;
	return n < 0 && errno != EAGAIN && errno != EINTR ? -errno : 0;
}

static int
direction_drain(struct splice_direction *d)
{
	while (d->in_pipe > 0) {
		ssize_t n = splice(d->pipe[0], NULL, d->to->fd, NULL, d->in_pipe, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		d->in_pipe -= (size_t)n;
		d->bytes += (uint64_t)n;
	}
	return 0;
}

static int
direction_pump(struct splice_direction *d)
{
	uint64_t before = d->bytes;
	int filled, error;

	do {
		filled = direction_fill(d);
		if (filled < 0)
			return filled;
		error = direction_drain(d);
		if (error)
			return error;
	} while (filled && d->in_pipe == 0 && d->bytes - before < TURN_BYTES);
	if (d->in_pipe == 0)
		pipe_give_back(d->relay->pool, d->pipe, true);
	if (d->saw_end && d->in_pipe == 0 && !d->passed_end) {
		/* ENOTCONN: the receiver is gone already; its own direction will say so. */
		shutdown(d->to->fd, SHUT_WR);
		d->passed_end = true;
	}
	return 0;
}

static void
relay_update_interest(struct splice_relay *relay)
{
	for (int i = 0; i < 2; i++) {
		struct splice_direction *out = &relay->direction[i];
		struct splice_direction *in = &relay->direction[!i];

		loop_fd_want(&relay->side[i],
			(!out->saw_end && out->in_pipe == 0 ? EPOLLIN : 0u) | (in->in_pipe > 0 ? EPOLLOUT : 0u));
	}
}

static void
relay_run(struct splice_relay *relay)
{
	for (int i = 0; i < 2; i++) {
		int error = direction_pump(&relay->direction[i]);

		if (error) {
			relay_close(relay, true);
			relay->on_done(relay, error);
			return;
		}
	}
	if (relay->direction[0].passed_end && relay->direction[1].passed_end) {
		relay_close(relay, false);
		relay->on_done(relay, 0);
		return;
	}
	relay_update_interest(relay);
	loop_timer_arm(&relay->idle, relay->idle_ns);
}

static void
relay_on_client(struct loop_fd *side, uint32_t events)
{
	(void)events;
	relay_run(LIST_ENTRY(side, struct splice_relay, side[0]));
}

static void
relay_on_origin(struct loop_fd *side, uint32_t events)
{
	(void)events;
	relay_run(LIST_ENTRY(side, struct splice_relay, side[1]));
}

static void
relay_on_idle(struct loop_timer *timer)
{
	struct splice_relay *relay = LIST_ENTRY(timer, struct splice_relay, idle);

	relay_close(relay, true);
	relay->on_done(relay, -ETIMEDOUT);
}

void
splice_relay_start(struct splice_relay *relay, struct loop *loop, struct pipe_pool *pool, int client, int origin,
	uint64_t idle_ns, void (*on_done)(struct splice_relay *, int))
{
	*relay = (struct splice_relay){.pool = pool, .idle_ns = idle_ns, .on_done = on_done};
	loop_fd_init(&relay->side[0], loop, client, relay_on_client);
	loop_fd_init(&relay->side[1], loop, origin, relay_on_origin);
	for (int i = 0; i < 2; i++)
		relay->direction[i] = (struct splice_direction){
			.relay = relay, .from = &relay->side[i], .to = &relay->side[!i], .pipe = {-1, -1}};
	loop_timer_init(&relay->idle, loop, relay_on_idle);
	loop_timer_arm(&relay->idle, idle_ns);
	relay_update_interest(relay);
}

void
splice_relay_abort(struct splice_relay *relay)
{
	relay_close(relay, true);
}

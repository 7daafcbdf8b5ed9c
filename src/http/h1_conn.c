/* The life of an HTTP/1 connection.  See h1_conn.h. */
#include "http/h1_conn.h"

#include <stdlib.h>

#include "http/scratch.h"

/* How long a peer has to read our last words, and how much it may send meanwhile. */
#define LINGER_NS 2000000000u
#define FLUSH_NS 30000000000u
#define DISCARD_MAX (1u << 20)
/* What an exchange's owner may put into its arena beside the heads. */
#define ARENA_SPARE 262144

_Static_assert(sizeof(struct h1_conn) < 1024, "an idle connection holds less than 1 KiB");

void
h1_defer(struct h1_conn *c)
{
	if (!c->is_freed)
		loop_defer(c->timer.loop, &c->task);
}

static void
dispose(struct h1_conn *c)
{
	buffer_release(&c->in);
	buffer_release(&c->out);
	arena_release(&c->stream.arena);
	free(c);
}

void
h1_enter(struct h1_conn *c)
{
	c->depth++;
}

/* Every handler but those of data is called from here, when nothing of ours is half done. */
static void
tell_owners(struct h1_conn *c)
{
	if (c->stream_error && !c->error_told && c->is_open && c->stream.handlers && !c->is_freed) {
		c->error_told = true;
		c->stream.handlers->on_error(c->stream.owner, &c->stream, c->stream_error);
	}
	if (c->tells_idle && !c->is_closed && !c->is_closing && !c->is_freed) {
		c->tells_idle = false;
		if (c->base.handlers->on_idle)
			c->base.handlers->on_idle(c->base.owner);
	}
	if (c->tells_close && !c->is_freed) {
		c->tells_close = false;
		c->base.handlers->on_closed(c->base.owner, c->close_error);
	}
}

void
h1_leave(struct h1_conn *c)
{
	if (c->depth == 1)
		tell_owners(c);
	if (--c->depth == 0 && c->is_freed && !c->is_open)
		dispose(c);
}

void
h1_close_now(struct h1_conn *c, enum http_error error, bool reset)
{
	if (c->is_closed)
		return;
	c->is_closed = true;
	c->base.is_usable = false;
	if (c->close_error == HTTP_OK)
		c->close_error = error;
	c->tells_close = true;
	/* What was sent so far is the peer's; the end tells it that more was to come. */
	if (!c->write_failed)
		h1_output_flush(c);
	loop_timer_disarm(&c->timer);
	stream_close(c->base.io, reset);
	h1_defer(c);
}

void
h1_close_gently(struct h1_conn *c)
{
	if (c->is_closed || c->is_closing)
		return;
	c->is_closing = true;
	c->base.is_usable = false;
	c->input = H1_INPUT_DISCARD;
	loop_timer_arm(&c->timer, FLUSH_NS);
	h1_defer(c);
}

/* What of a failure the peer is still to be told: a client that sent a malformed body and has no answer yet. */
static bool
can_be_answered(const struct h1_conn *c, enum http_error error)
{
	return c->base.is_server && !c->head_sent && !c->write_failed && http_error_status(error) < 500;
}

void
h1_fail(struct h1_conn *c, enum http_error error)
{
	if (c->is_closed || c->stream_error)
		return;
	c->base.is_usable = false;
	c->keep_alive = false;
	if (c->is_open) {
		c->stream_error = error;
		if (c->stream.body_state == HTTP_BODY_OPEN)
			c->stream.body_state = HTTP_BODY_FAILED;
	}
	c->close_error = error;
	if (can_be_answered(c, error)) {
		h1_output_refusal(c, error);
		h1_close_gently(c);
	} else {
		h1_close_now(c, error, c->base.is_server && c->head_sent && !c->out_done);
	}
}

/* Flush, shut down, wait for the peer's end. */
static void
closing_step(struct h1_conn *c)
{
	if (!c->is_closing || c->is_closed || buffer_len(&c->out))
		return;
	if (!c->is_shut) {
		c->is_shut = true;
		stream_shutdown(c->base.io);
		loop_timer_arm(&c->timer, LINGER_NS);
	}
	if (c->input_ended)
		h1_close_now(c, HTTP_OK, false);
}

/* ---- reading ---- */

void
h1_update_reading(struct h1_conn *c)
{
	bool want = !c->input_ended;

	if (c->is_closed || c->is_freed)
		return;
	if (c->in.data && buffer_len(&c->in) == 0)
		buffer_release(&c->in);
	if (c->input == H1_INPUT_BODY || c->input == H1_INPUT_DONE)
		want = want && buffer_len(&c->in) < c->base.limits->buffer_max;
	/* Said again even when it is wanted already: bytes may lie above the socket. */
	if (want || c->base.io->want_read)
		stream_want_read(c->base.io, want);
}

static void
input_end(struct h1_conn *c, ssize_t how)
{
	c->input_ended = true;
	if (how == STREAM_TRUNCATED)
		c->end_error = HTTP_ERR_TRUNCATED;
	else if (how < 0)
		c->end_error = HTTP_ERR_RESET;
	/* The client is gone: nobody reads an answer any more. */
	if (how < 0 && how != STREAM_TRUNCATED && c->base.is_server && c->is_open)
		h1_fail(c, HTTP_ERR_RESET);
}

static void
input_read(struct h1_conn *c)
{
	bool is_direct = buffer_len(&c->in) > 0;
	char *to = scratch_block();
	size_t room = SCRATCH_SIZE;
	ssize_t got, ended;

	if (is_direct) {
		room = buffer_room(&c->in) < SCRATCH_SIZE / 4 ? buffer_room(&c->in) : SCRATCH_SIZE / 4;
		to = room ? buffer_reserve(&c->in, room) : NULL;
		if (to == NULL) {
			h1_fail(c, HTTP_ERR_INTERNAL);
			return;
		}
	}
	got = scratch_read(c->base.io, to, room, &ended);
	if (got > 0 && is_direct)
		buffer_commit(&c->in, (size_t)got);
	else if (got > 0)
		c->view = slice_make(to, (size_t)got);
	else
		ended = got;
	if (ended != STREAM_AGAIN)
		input_end(c, ended);
}

/* What nobody took is kept. */
static void
input_keep(struct h1_conn *c)
{
	struct slice rest = c->view;

	c->view = SLICE_EMPTY;
	if (rest.len && c->input != H1_INPUT_DISCARD && !c->is_closed && !c->is_freed && !buffer_append(&c->in, rest))
		h1_fail(c, HTTP_ERR_INTERNAL);
}

static void
input_discard(struct h1_conn *c)
{
	ssize_t ended, got = scratch_read(c->base.io, scratch_block(), SCRATCH_SIZE, &ended);

	if (got > 0)
		c->discarded += (size_t)got;
	else
		ended = got;
	if (ended != STREAM_AGAIN)
		c->input_ended = true;
	if (c->discarded > DISCARD_MAX)
		h1_close_now(c, HTTP_OK, false);
	closing_step(c);
}

static void
h1_on_readable(void *owner)
{
	struct h1_conn *c = owner;

	h1_enter(c);
	if (c->input == H1_INPUT_DISCARD) {
		input_discard(c);
	} else {
		input_read(c);
		h1_input_advance(c);
		input_keep(c);
	}
	h1_update_reading(c);
	h1_leave(c);
}

static void
h1_on_writable(void *owner)
{
	struct h1_conn *c = owner;

	h1_enter(c);
	c->is_blocked = false;
	if (!h1_output_flush(c)) {
		h1_fail(c, HTTP_ERR_RESET);
	} else if (!c->is_blocked) {
		stream_want_write(c->base.io, false);
		if (c->owner_waits && c->is_open && c->stream.handlers && !c->stream_error) {
			c->owner_waits = false;
			c->stream.handlers->on_writable(c->stream.owner, &c->stream);
		}
	}
	if (!c->is_freed)
		closing_step(c);
	h1_leave(c);
}

static const struct stream_events h1_events = {
	.on_readable = h1_on_readable,
	.on_writable = h1_on_writable,
};

/* ---- the end of the turn ---- */

/* A tunnel whose end was sent: the peer learns it by ours. */
static void
tunnel_shutdown(struct h1_conn *c)
{
	if (c->out_kind != HTTP_BODY_TUNNEL || !c->out_done || c->is_shut || buffer_len(&c->out) || !c->is_open)
		return;
	c->is_shut = true;
	stream_shutdown(c->base.io);
}

static void
h1_on_task(struct loop_task *task)
{
	struct h1_conn *c = LIST_ENTRY(task, struct h1_conn, task);

	h1_enter(c);
	if (!c->is_closed && (c->write_failed || !h1_output_flush(c)))
		h1_fail(c, HTTP_ERR_RESET);
	if (!c->is_closed) {
		tunnel_shutdown(c);
		closing_step(c);
		h1_input_advance(c);
		h1_update_reading(c);
	}
	h1_leave(c);
}

static void
h1_on_timer(struct loop_timer *timer)
{
	struct h1_conn *c = LIST_ENTRY(timer, struct h1_conn, timer);

	h1_enter(c);
	if (c->is_closing) {
		h1_close_now(c, HTTP_OK, false);
	} else if (c->head_begun) {
		h1_head_is_late(c);
	} else if (!c->is_open && buffer_len(&c->out) == 0 && buffer_len(&c->in) == 0) {
		buffer_release(&c->out);
		buffer_release(&c->in);
		arena_release(&c->stream.arena);
		stream_trim(c->base.io);
	}
	h1_leave(c);
}

/* ---- what the session calls ---- */

static struct http_stream *
h1_conn_open(struct http_conn *base, const struct http_stream_handlers *handlers, void *owner)
{
	struct h1_conn *c = (struct h1_conn *)base;

	if (c->base.is_server || !c->base.is_usable || c->is_open || c->is_closed || c->input != H1_INPUT_HEAD)
		return NULL;
	h1_exchange_begin(c);
	c->stream.handlers = handlers;
	c->stream.owner = owner;
	c->keep_alive = true;
	return &c->stream;
}

static void
h1_conn_drain(struct http_conn *base)
{
	struct h1_conn *c = (struct h1_conn *)base;

	c->is_draining = true;
	c->base.is_usable = false;
	if (c->is_open || c->is_closed)
		return;
	if (c->base.is_server)
		h1_close_gently(c);
	else
		h1_close_now(c, HTTP_OK, false);
}

static bool
h1_conn_is_quiet(const struct http_conn *base)
{
	const struct h1_conn *c = (const struct h1_conn *)base;

	return !c->is_open && !c->is_closed && !c->is_closing && !c->is_draining && !c->write_failed &&
	       !c->input_ended && c->input == H1_INPUT_HEAD && h1_input_slice(c).len == 0 && buffer_len(&c->out) == 0;
}

/* HTTP/1 needs no word of it: a client simply asks. */
static void
h1_conn_offer_websocket(struct http_conn *base)
{
	(void)base;
}

static void
h1_conn_free(struct http_conn *base, enum http_error error)
{
	struct h1_conn *c = (struct h1_conn *)base;

	if (c->is_freed)
		return;
	if (!c->is_closed && !c->write_failed)
		h1_output_flush(c);
	h1_enter(c);
	c->is_freed = true;
	c->base.is_usable = false;
	loop_task_cancel(&c->task);
	loop_timer_disarm(&c->timer);
	if (!c->is_closed)
		stream_close(c->base.io, error != HTTP_OK);
	c->is_closed = true;
	h1_leave(c);
}

static const struct http_conn_ops h1_conn_ops = {
	.name = "http/1.1",
	.open = h1_conn_open,
	.drain = h1_conn_drain,
	.is_quiet = h1_conn_is_quiet,
	.offer_websocket = h1_conn_offer_websocket,
	.free = h1_conn_free,
};

struct http_conn *
http1_conn_new(struct stream *io, bool is_server, struct slice scheme, const struct http_limits *limits,
	const struct http_conn_handlers *handlers, void *owner)
{
	struct h1_conn *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->base = (struct http_conn){
		.ops = &h1_conn_ops,
		.handlers = handlers,
		.owner = owner,
		.io = io,
		.scheme = scheme,
		.limits = limits,
		.is_server = is_server,
		.is_usable = !is_server,
		.allows_websocket = true,
	};
	c->stream.ops = &h1_stream_ops;
	c->stream.conn = &c->base;
	c->stream.arena =
		arena_make(4 * limits->head_max + limits->field_max * sizeof(struct http_field) * 8 + ARENA_SPARE);
	c->view = SLICE_EMPTY;
	c->in = buffer_make(limits->head_max + limits->buffer_max + SCRATCH_SIZE);
	c->out = buffer_make(2 * limits->head_max + 2 * limits->buffer_max + SCRATCH_SIZE);
	loop_task_init(&c->task, h1_on_task);
	loop_timer_init(&c->timer, io->io.loop, h1_on_timer);
	stream_set_owner(io, &h1_events, c);
	h1_update_reading(c);
	/* Bytes may have come before we owned the stream. */
	return &c->base;
}

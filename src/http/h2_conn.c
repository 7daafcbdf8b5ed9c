/* The life of an HTTP/2 connection.  See h2_conn.h. */
#include "http/h2_conn.h"

#include <stdlib.h>

#include "http/scratch.h"

#define IDLE_NS 1000000000u
/* Between "open no more" and the last stream that is served: a round trip of a slow client. */
#define DRAIN_NS 500000000u
/* How long GOAWAY may take to leave. */
#define CLOSE_NS 2000000000u
/* How long a client may take for the rest of its last answers, which nobody but this connection waits for any more: a
 * window that stays shut would hold them for ever (SEC-148). */
#define LINGER_NS 60000000000u
/* Rounds of filling and writing in one turn, so that one connection does not hold up the others. */
#define FLUSH_ROUNDS 4

static void
enter(struct h2_conn *c)
{
	c->depth++;
}

static void
dispose(struct h2_conn *c)
{
	nghttp2_session_del(c->session);
	LIST_FOR_EACH(node, following, &c->streams)
	{
		list_remove(node);
		list_push_front(&c->spare, node);
	}
	h2_streams_trim(c);
	buffer_release(&c->out);
	free(c);
}

void
h2_conn_release(struct h2_conn *c)
{
	if (c->depth == 0 && c->is_freed && c->base.streams_open == 0)
		dispose(c);
}

static void
tell_owner(struct h2_conn *c)
{
	if (c->has_streams && list_is_empty(&c->streams) && !c->is_closed && !c->is_freed) {
		c->has_streams = false;
		loop_timer_arm(&c->timer, IDLE_NS);
		if (c->base.handlers->on_idle)
			c->base.handlers->on_idle(c->base.owner);
	}
	if (c->tells_close && !c->is_freed) {
		c->tells_close = false;
		c->base.handlers->on_closed(c->base.owner, c->close_error);
	}
}

static void
leave(struct h2_conn *c)
{
	if (c->depth == 1)
		tell_owner(c);
	c->depth--;
	h2_conn_release(c);
}

void
h2_defer(struct h2_conn *c)
{
	if (!c->is_closed && !c->is_freed)
		loop_defer(c->timer.loop, &c->task);
}

/* ---- ends ---- */

static void
streams_die(struct h2_conn *c, enum http_error error)
{
	bool again = true;

	/* A handler may close any stream, so the walk starts over after each. */
	while (again) {
		again = false;
		LIST_FOR_EACH(node, following, &c->streams)
		{
			struct h2_stream *s = LIST_ENTRY(node, struct h2_stream, node);

			s->is_gone = true;
			if (s->has_owner && !s->is_dead) {
				h2_stream_die(s, error);
				again = true;
				break;
			}
		}
	}
}

static void
close_now(struct h2_conn *c, enum http_error error)
{
	if (c->is_closed)
		return;
	c->is_closed = true;
	c->base.is_usable = false;
	if (c->close_error == HTTP_OK)
		c->close_error = error;
	c->tells_close = true;
	loop_timer_disarm(&c->timer);
	loop_timer_disarm(&c->head_timer);
	loop_task_cancel(&c->task);
	if (error == HTTP_OK || c->is_closing)
		stream_shutdown(c->base.io); /* TLS has a last word, too */
	stream_close(c->base.io, false);
	streams_die(c, c->close_error ? c->close_error : HTTP_ERR_TRUNCATED);
}

void
h2_conn_fail(struct h2_conn *c, enum http_error error)
{
	if (c->is_closing || c->is_closed || c->is_freed)
		return;
	c->is_closing = true;
	c->base.is_usable = false;
	c->close_error = error;
	nghttp2_session_terminate_session(c->session, http_error_to_h2(error));
	loop_timer_arm(&c->timer, CLOSE_NS);
	h2_defer(c);
}

void
h2_conn_linger(struct h2_conn *c)
{
	if (c->base.streams_open == 0 && !list_is_empty(&c->streams) && !c->is_closing && !c->is_closed &&
		!c->is_freed && !c->owes_goaway && !h2_frames_in_section(&c->frames))
		loop_timer_arm(&c->timer, LINGER_NS);
}

bool
h2_count(struct h2_conn *c, enum h2_event event)
{
	if (h2_limits_take(&c->limits, event, loop_now(c->timer.loop)))
		return true;
	h2_conn_fail(c, HTTP_ERR_FLOOD);
	return false;
}

/* ---- writing ---- */

/* Moves frames from nghttp2 into `out`; false where nghttp2 failed.  Streams may end by it, and their owners may free
 * the connection when they hear of that. */
static bool
output_fill(struct h2_conn *c)
{
	while (buffer_len(&c->out) < H2_OUT_MAX && !c->is_freed) {
		const uint8_t *bytes;
		ssize_t n = nghttp2_session_mem_send(c->session, &bytes);

		if (n < 0)
			return false;
		if (n == 0)
			break;
		if (!buffer_append(&c->out, slice_make(bytes, (size_t)n)))
			return false;
	}
	return true;
}

/* Fills and writes once; false where the connection can no longer be written. */
static bool
output_flush(struct h2_conn *c)
{
	struct slice bytes;
	ssize_t put;

	if (!output_fill(c))
		return false;
	bytes = buffer_slice(&c->out);
	if (bytes.len == 0 || c->is_blocked || c->is_freed)
		return true;
	put = stream_write(c->base.io, bytes.ptr, bytes.len);
	if (put < 0 && put != STREAM_AGAIN)
		return false;
	if (put > 0)
		buffer_consume(&c->out, (size_t)put);
	if (buffer_len(&c->out)) {
		c->is_blocked = true;
		stream_want_write(c->base.io, true);
	}
	return true;
}

/* Nothing is left to say or to hear. */
static bool
is_finished(const struct h2_conn *c)
{
	if (buffer_len(&c->out))
		return false;
	if (c->is_closing)
		return !nghttp2_session_want_write(c->session);
	if (c->is_draining && list_is_empty(&c->streams) && (c->said_goaway || !c->base.is_server))
		return true;
	return !nghttp2_session_want_read(c->session) && !nghttp2_session_want_write(c->session);
}

static void
output_run(struct h2_conn *c)
{
	for (int round = 0; round < FLUSH_ROUNDS && !c->is_closed && !c->is_freed; round++) {
		if (!output_flush(c) && !c->is_freed) {
			close_now(c, HTTP_ERR_RESET);
			return;
		}
		h2_streams_tell_writable(c);
		if (c->is_blocked || (buffer_len(&c->out) == 0 && !nghttp2_session_want_write(c->session)))
			break;
	}
	if (c->is_closed || c->is_freed)
		return;
	if (is_finished(c))
		close_now(c, c->close_error);
	else if (!c->is_blocked && (buffer_len(&c->out) || nghttp2_session_want_write(c->session)))
		h2_defer(c);
	if (buffer_len(&c->out) == 0 && c->out.capacity > H2_OUT_MAX)
		buffer_release(&c->out); /* the rest goes when the connection falls idle */
}

static void
h2_on_writable(void *owner)
{
	struct h2_conn *c = owner;

	enter(c);
	c->is_blocked = false;
	output_run(c);
	if (!c->is_blocked && !c->is_closed && !c->is_freed)
		stream_want_write(c->base.io, false);
	leave(c);
}

static void
h2_on_task(struct loop_task *task)
{
	struct h2_conn *c = LIST_ENTRY(task, struct h2_conn, task);

	enter(c);
	output_run(c);
	leave(c);
}

/* ---- reading ---- */

static void
input_end(struct h2_conn *c, ssize_t how)
{
	bool is_clean = list_is_empty(&c->streams);

	if (how < 0 && how != STREAM_TRUNCATED)
		close_now(c, HTTP_ERR_RESET);
	else
		close_now(c, is_clean ? HTTP_OK : HTTP_ERR_TRUNCATED);
}

/* A header section that does not come to its end holds up all streams (SEC-145).  Its time is wall clock, and it costs
 * nothing where the section is whole when it is read. */
static void
watch_heads(struct h2_conn *c, struct slice bytes)
{
	uint32_t sections;

	if (!c->base.is_server || c->base.limits->head_ns == 0)
		return;
	sections = c->frames.sections;
	h2_frames_feed(&c->frames, bytes);
	if (c->head_timer.deadline && c->frames.sections != sections)
		loop_timer_disarm(&c->head_timer);
	if (h2_frames_in_section(&c->frames) && c->head_timer.deadline == 0)
		loop_timer_arm(&c->head_timer, c->base.limits->head_ns);
}

static void
h2_on_head_timer(struct loop_timer *timer)
{
	struct h2_conn *c = LIST_ENTRY(timer, struct h2_conn, head_timer);

	enter(c);
	h2_conn_fail(c, HTTP_ERR_SLOW);
	leave(c);
}

static void
h2_on_readable(void *owner)
{
	struct h2_conn *c = owner;
	char *block = scratch_block();
	ssize_t ended, got, used;

	enter(c);
	got = scratch_read(c->base.io, block, SCRATCH_SIZE, &ended);
	if (got <= 0)
		ended = got;
	if (got > 0) {
		watch_heads(c, slice_make(block, (size_t)got));
		used = nghttp2_session_mem_recv(c->session, (const uint8_t *)block, (size_t)got);
		/* Above flow-control, framing or the preface: nghttp2 says GOAWAY itself where it can. */
		if (used < 0 && !c->is_freed)
			h2_conn_fail(c, used == NGHTTP2_ERR_FLOODED ? HTTP_ERR_FLOOD : HTTP_ERR_PROTOCOL);
		h2_defer(c);
	}
	if (ended != STREAM_AGAIN && !c->is_freed) {
		/* What was answered goes out while it can. */
		if (!c->is_closed)
			output_run(c);
		if (!c->is_freed)
			input_end(c, ended);
	} else if (!c->is_closed && !c->is_freed) {
		stream_want_read(c->base.io, true);
	}
	leave(c);
}

static const struct stream_events h2_events = {
	.on_readable = h2_on_readable,
	.on_writable = h2_on_writable,
};

static void
h2_on_timer(struct loop_timer *timer)
{
	struct h2_conn *c = LIST_ENTRY(timer, struct h2_conn, timer);

	enter(c);
	if (c->is_closing) {
		close_now(c, c->close_error);
	} else if (c->owes_goaway) {
		c->owes_goaway = false;
		c->said_goaway = true;
		nghttp2_submit_goaway(c->session, NGHTTP2_FLAG_NONE,
			nghttp2_session_get_last_proc_stream_id(c->session), NGHTTP2_NO_ERROR, NULL, 0);
		h2_defer(c);
		h2_conn_linger(c);
	} else if (list_is_empty(&c->streams)) {
		h2_streams_trim(c);
		if (buffer_len(&c->out) == 0)
			buffer_release(&c->out);
		stream_trim(c->base.io);
	} else if (c->base.streams_open == 0 && !h2_frames_in_section(&c->frames)) {
		h2_conn_fail(c, HTTP_ERR_TIMEOUT);
	}
	leave(c);
}

/* ---- what the session calls ---- */

static struct http_stream *
h2_conn_open(struct http_conn *base, const struct http_stream_handlers *handlers, void *owner)
{
	struct h2_conn *c = (struct h2_conn *)base;
	uint32_t most = nghttp2_session_get_remote_settings(c->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
	struct h2_stream *s;

	if (c->base.is_server || !c->base.is_usable || c->base.streams_open >= most ||
		c->base.streams_open >= c->base.limits->streams_max ||
		!nghttp2_session_check_request_allowed(c->session))
		return NULL;
	s = h2_stream_new(c);
	if (s == NULL)
		return NULL;
	s->has_owner = true;
	s->base.handlers = handlers;
	s->base.owner = owner;
	c->base.streams_open++;
	c->base.streams_total++;
	return &s->base;
}

static void
h2_conn_drain(struct http_conn *base)
{
	struct h2_conn *c = (struct h2_conn *)base;

	if (c->is_closing || c->is_draining)
		return;
	c->is_draining = true;
	c->base.is_usable = false;
	if (c->base.is_server) {
		c->owes_goaway = true;
		nghttp2_submit_shutdown_notice(c->session);
		loop_timer_arm(&c->timer, DRAIN_NS);
	} else {
		nghttp2_submit_goaway(c->session, NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, NULL, 0);
	}
	h2_defer(c);
}

static bool
h2_conn_is_quiet(const struct http_conn *base)
{
	const struct h2_conn *c = (const struct h2_conn *)base;

	return list_is_empty(&c->streams) && !c->is_closed && !c->is_closing && !c->is_draining && !c->is_blocked &&
	       nghttp2_session_check_request_allowed(c->session);
}

static void
h2_conn_offer_websocket(struct http_conn *base)
{
	struct h2_conn *c = (struct h2_conn *)base;
	const nghttp2_settings_entry entry = {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1};

	if (!c->base.is_server || c->base.allows_websocket || c->is_closing || c->is_closed || c->is_freed)
		return;
	if (nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, &entry, 1) == 0)
		c->base.allows_websocket = true;
	h2_defer(c);
}

static void
h2_conn_free(struct http_conn *base, enum http_error error)
{
	struct h2_conn *c = (struct h2_conn *)base;

	if (c->is_freed)
		return;
	/* A word why, where it can still be said. */
	if (!c->is_closed && !c->is_closing && c->depth == 0) {
		nghttp2_session_terminate_session(c->session, http_error_to_h2(error));
		output_flush(c);
	}
	enter(c);
	c->is_freed = true;
	c->base.is_usable = false;
	loop_task_cancel(&c->task);
	loop_timer_disarm(&c->timer);
	loop_timer_disarm(&c->head_timer);
	if (!c->is_closed)
		stream_close(c->base.io, error != HTTP_OK);
	c->is_closed = true;
	LIST_FOR_EACH(node, following, &c->streams)
	{
		LIST_ENTRY(node, struct h2_stream, node)->is_gone = true;
	}
	leave(c);
}

static const struct http_conn_ops h2_conn_ops = {
	.name = "h2",
	.open = h2_conn_open,
	.drain = h2_conn_drain,
	.is_quiet = h2_conn_is_quiet,
	.offer_websocket = h2_conn_offer_websocket,
	.free = h2_conn_free,
};

struct http_conn *
http2_conn_new(struct stream *io, bool is_server, struct slice scheme, const struct http_limits *limits,
	const struct http_conn_handlers *handlers, void *owner)
{
	struct h2_conn *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->base = (struct http_conn){
		.ops = &h2_conn_ops,
		.handlers = handlers,
		.owner = owner,
		.io = io,
		.scheme = scheme,
		.limits = limits,
		.is_server = is_server,
		.is_http2 = true,
		.is_usable = !is_server,
	};
	list_init(&c->streams);
	list_init(&c->writable);
	list_init(&c->spare);
	c->window = (uint32_t)(limits->buffer_max < H2_WINDOW_MIN ? H2_WINDOW_MIN : limits->buffer_max);
	c->out = buffer_make(H2_OUT_MAX + H2_OUT_SPARE);
	h2_limits_init(&c->limits, loop_now(io->io.loop));
	loop_task_init(&c->task, h2_on_task);
	loop_timer_init(&c->timer, io->io.loop, h2_on_timer);
	loop_timer_init(&c->head_timer, io->io.loop, h2_on_head_timer);
	h2_frames_init(&c->frames, is_server);
	if (h2_session_new(c) == NULL) {
		free(c);
		return NULL;
	}
	stream_set_owner(io, &h2_events, c);
	stream_want_read(io, true);
	h2_defer(c); /* our SETTINGS */
	return &c->base;
}

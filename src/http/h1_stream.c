/* The exchange on an HTTP/1 connection as its owner sees it.  Nothing here calls a handler: what the owner has to be
 * told of is told by the connection's task.  See h1_conn.h. */
#include "http/h1_conn.h"

static bool
is_dead(const struct h1_conn *c)
{
	return c->is_freed || c->is_closed || c->write_failed || c->stream_error != HTTP_OK;
}

/* What could not be written ends the exchange; its owner knows by the answer, and by on_error. */
static int
answer(struct h1_conn *c, bool ok)
{
	h1_defer(c);
	if (ok)
		return 0;
	c->write_failed = true;
	return -1;
}

static int
h1_stream_send_head(struct http_stream *s, const struct http_message *head, bool end)
{
	struct h1_conn *c = h1_conn_of(s);

	return is_dead(c) ? -1 : answer(c, h1_output_head(c, head, end));
}

static ssize_t
h1_stream_send_body(struct http_stream *s, struct slice bytes)
{
	struct h1_conn *c = h1_conn_of(s);
	ssize_t taken;

	if (is_dead(c))
		return -1;
	taken = h1_output_body(c, bytes);
	return answer(c, taken >= 0) ? -1 : taken;
}

static int
h1_stream_send_end(struct http_stream *s, const struct http_message *trailers)
{
	struct h1_conn *c = h1_conn_of(s);

	return is_dead(c) ? -1 : answer(c, h1_output_end(c, trailers));
}

static struct slice
h1_stream_body_peek(struct http_stream *s)
{
	struct h1_conn *c = h1_conn_of(s);

	return c->is_freed ? SLICE_EMPTY : h1_body_slice(c);
}

static void
h1_stream_body_consume(struct http_stream *s, size_t n)
{
	struct h1_conn *c = h1_conn_of(s);

	if (c->is_freed || n == 0)
		return;
	h1_body_drop(c, n);
	/* During a read the reader looks after it. */
	if (c->depth == 0)
		h1_update_reading(c);
}

static void
h1_stream_become_tunnel(struct http_stream *s)
{
	struct h1_conn *c = h1_conn_of(s);

	if (is_dead(c))
		return;
	c->keep_alive = false;
	c->base.is_usable = false;
	c->out_kind = HTTP_BODY_TUNNEL;
	c->out_done = false;
	c->head_sent = true;
	if (c->body_kind != HTTP_BODY_TUNNEL || c->input != H1_INPUT_BODY) {
		c->body_kind = HTTP_BODY_TUNNEL;
		c->input = H1_INPUT_BODY;
		s->body_state = HTTP_BODY_OPEN;
	}
	/* What came behind the head is the tunnel's. */
	h1_defer(c);
}

/* A response that was begun must not look complete to the client: it gets a reset. */
static bool
leaves_half_a_message(const struct h1_conn *c)
{
	return c->base.is_server && c->head_sent && !c->out_done;
}

static void
h1_stream_reset(struct http_stream *s, enum http_error error)
{
	struct h1_conn *c = h1_conn_of(s);

	if (c->is_freed || c->is_closed)
		return;
	if (c->stream_error == HTTP_OK) {
		c->stream_error = error ? error : HTTP_ERR_CANCEL;
		c->error_told = true; /* who resets knows */
	}
	if (s->body_state == HTTP_BODY_OPEN)
		s->body_state = HTTP_BODY_FAILED;
	if (c->base.is_server && c->out_done)
		h1_close_gently(c);
	else
		h1_close_now(c, error, leaves_half_a_message(c));
}

/* The connection is free for the next exchange. */
static void
exchange_end(struct h1_conn *c)
{
	c->input = H1_INPUT_HEAD;
	c->scan = (struct h1_scan){0};
	c->body_news = c->owner_waits = c->head_sent = false;
	c->tells_idle = true;
	loop_timer_arm(&c->timer, H1_IDLE_NS);
	h1_defer(c);
}

static void
h1_stream_close(struct http_stream *s)
{
	struct h1_conn *c = h1_conn_of(s);
	bool was_tunnel = c->body_kind == HTTP_BODY_TUNNEL;
	bool is_whole = c->input == H1_INPUT_DONE && c->out_done && c->stream_error == HTTP_OK && !c->write_failed;

	c->is_open = false;
	c->base.streams_open = 0;
	s->handlers = NULL;
	arena_reset(&s->arena);
	if (c->is_freed) {
		h1_enter(c);
		h1_leave(c);
		return;
	}
	if (c->is_closed || c->is_closing)
		return;
	if (!c->base.is_server &&
		(!is_whole || !c->keep_alive || c->input_ended || h1_input_slice(c).len || was_tunnel))
		h1_close_now(c, is_whole ? HTTP_OK : HTTP_ERR_CANCEL, false);
	else if (is_whole && c->keep_alive)
		exchange_end(c);
	else if (c->out_done && !c->write_failed)
		h1_close_gently(c);
	else
		h1_close_now(c, HTTP_ERR_CANCEL, leaves_half_a_message(c));
}

const struct http_stream_ops h1_stream_ops = {
	.send_head = h1_stream_send_head,
	.send_body = h1_stream_send_body,
	.send_end = h1_stream_send_end,
	.body_peek = h1_stream_body_peek,
	.body_consume = h1_stream_body_consume,
	.become_tunnel = h1_stream_become_tunnel,
	.reset = h1_stream_reset,
	.close = h1_stream_close,
};

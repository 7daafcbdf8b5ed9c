/* An HTTP/2 stream as its owner sees it, and nghttp2's source for its DATA frames.  What is sent waits in the stream's
 * own buffer for the peer's window; what the sink has not consumed waits in another and is not asked of the peer again.
 * See h2_conn.h. */
#include <stdlib.h>

#include "http/h2_conn.h"

/* With the peer's windows shut, a connection holds this much and then a little for each stream (SEC-148). */
#define HELD_MAX (1u << 20)
#define HELD_STREAM_MIN 16384
#define ARENA_SPARE 262144

/* ---- memory ---- */

struct h2_stream *
h2_stream_new(struct h2_conn *c)
{
	const struct http_limits *limits = c->base.limits;
	struct h2_stream *s;

	if (c->spare_count) {
		s = LIST_ENTRY(c->spare.next, struct h2_stream, node);
		list_remove(&s->node);
		c->spare_count--;
	} else {
		s = calloc(1, sizeof *s);
		if (s == NULL)
			return NULL;
		s->base.ops = &h2_stream_ops;
		s->base.conn = &c->base;
		s->base.arena = arena_make(
			4 * limits->head_max + limits->field_max * sizeof(struct http_field) * 8 + ARENA_SPARE);
		s->in = buffer_make(c->window + 1);
		s->out = buffer_make(limits->buffer_max);
		list_init(&s->node);
		list_init(&s->writable);
	}
	s->view = SLICE_EMPTY;
	list_push_back(&c->streams, &s->node);
	c->has_streams = true;
	return s;
}

static void
stream_free(struct h2_stream *s)
{
	list_remove(&s->node);
	buffer_release(&s->in);
	buffer_release(&s->out);
	arena_release(&s->base.arena);
	free(s);
}

/* Back to the spare ones, as new but for its memory. */
static void
stream_recycle(struct h2_stream *s)
{
	struct h2_conn *c = h2_conn_of(&s->base);
	struct h2_stream fresh = {.base = {.ops = s->base.ops, .conn = s->base.conn, .arena = s->base.arena}};

	list_remove(&s->node);
	list_remove(&s->writable);
	c->held -= buffer_len(&s->out);
	buffer_release(&s->in);
	buffer_release(&s->out);
	fresh.in = s->in;
	fresh.out = s->out;
	arena_reset(&fresh.base.arena);
	*s = fresh;
	list_init(&s->node);
	list_init(&s->writable);
	if (c->spare_count < H2_SPARE_STREAMS) {
		list_push_front(&c->spare, &s->node);
		c->spare_count++;
	} else {
		stream_free(s);
	}
}

void
h2_streams_trim(struct h2_conn *c)
{
	while (!list_is_empty(&c->spare))
		stream_free(LIST_ENTRY(c->spare.next, struct h2_stream, node));
	c->spare_count = 0;
}

/* ---- the end of a stream ---- */

void
h2_stream_die(struct h2_stream *s, enum http_error error)
{
	if (s->is_dead)
		return;
	s->is_dead = true;
	if (s->base.body_state == HTTP_BODY_OPEN)
		s->base.body_state = HTTP_BODY_FAILED;
	if (s->has_owner && s->base.handlers && !h2_conn_of(&s->base)->is_freed)
		s->base.handlers->on_error(s->base.owner, &s->base, error);
}

void
h2_stream_gone(struct h2_stream *s, enum http_error error)
{
	struct h2_conn *c = h2_conn_of(&s->base);
	bool is_whole = s->input_ended && s->out_ended && error == HTTP_OK;
	/* A server may answer in full and then want no more of the request (RFC 9113 section 8.1). */
	bool is_answered = !c->base.is_server && s->input_ended && error == HTTP_OK;

	s->is_gone = true;
	if (!is_whole && c->base.is_server && !h2_count(c, H2_EVENT_ABORT))
		error = HTTP_ERR_FLOOD;
	h2_defer(c);
	if (!s->has_owner)
		stream_recycle(s);
	else if (!is_whole && !is_answered)
		h2_stream_die(s, error ? error : HTTP_ERR_CANCEL);
}

/* ---- input ---- */

static struct slice
input_slice(const struct h2_stream *s)
{
	return s->view.len ? s->view : buffer_slice(&s->in);
}

/* Gives the peer its window back: the connection's, and the stream's while that lives. */
static void
window_return(struct h2_stream *s, size_t n)
{
	struct h2_conn *c = h2_conn_of(&s->base);

	if (c->is_closed || n == 0)
		return;
	if (s->is_gone || s->input_ended)
		nghttp2_session_consume_connection(c->session, n);
	else
		nghttp2_session_consume(c->session, (int32_t)s->base.id, n);
	h2_defer(c);
}

static void
input_check_end(struct h2_stream *s)
{
	if (s->input_ended && input_slice(s).len == 0 && s->base.body_state == HTTP_BODY_OPEN)
		s->base.body_state = HTTP_BODY_ENDED;
}

void
h2_stream_input(struct h2_stream *s, struct slice bytes)
{
	struct h2_conn *c = h2_conn_of(&s->base);

	if (!s->has_owner || s->is_dead) {
		window_return(s, bytes.len);
		return;
	}
	if (buffer_len(&s->in) == 0)
		s->view = bytes;
	else if (!buffer_append(&s->in, bytes))
		h2_conn_fail(c, HTTP_ERR_FLOOD); /* more than its window */
	input_check_end(s);
	c->depth++;
	s->base.handlers->on_body(s->base.owner, &s->base);
	c->depth--;
	/* A stream is not freed while nghttp2 knows it, so it is still here. */
	if (s->view.len && s->has_owner && !s->is_dead && !buffer_append(&s->in, s->view))
		h2_conn_fail(c, HTTP_ERR_INTERNAL);
	s->view = SLICE_EMPTY;
}

static struct slice
h2_stream_body_peek(struct http_stream *base)
{
	return input_slice(h2_stream_of(base));
}

static void
h2_stream_body_consume(struct http_stream *base, size_t n)
{
	struct h2_stream *s = h2_stream_of(base);

	if (s->view.len) {
		s->view = slice_sub(s->view, n, s->view.len);
	} else {
		buffer_consume(&s->in, n);
		if (buffer_len(&s->in) == 0)
			buffer_release(&s->in);
	}
	base->body_in += n;
	window_return(s, n);
	input_check_end(s);
}

/* ---- output ---- */

static bool
is_writable(const struct h2_stream *s)
{
	const struct h2_conn *c = h2_conn_of((struct http_stream *)(uintptr_t)&s->base);

	return !c->is_closed && !c->is_freed && !s->is_dead && !(s->is_gone && !s->input_ended);
}

static size_t
output_room(const struct h2_conn *c, const struct h2_stream *s)
{
	size_t room = buffer_room(&s->out);
	size_t held = buffer_len(&s->out);

	if (c->held < HELD_MAX)
		return room;
	return held < HELD_STREAM_MIN && room ? HELD_STREAM_MIN - held : 0;
}

static void
submit_reset(struct h2_conn *c, struct h2_stream *s, uint32_t code)
{
	if (s->is_gone || c->is_closed)
		return;
	if (s->base.id == 0) {
		s->is_gone = true; /* nothing of it was sent */
		return;
	}
	nghttp2_submit_rst_stream(c->session, NGHTTP2_FLAG_NONE, (int32_t)s->base.id, code);
	h2_defer(c);
}

/* Memory is out: the peer is told, and by its end the owner. */
static int
output_fail(struct h2_conn *c, struct h2_stream *s)
{
	submit_reset(c, s, NGHTTP2_INTERNAL_ERROR);
	return -1;
}

/* There is something to send again. */
static void
output_wake(struct h2_conn *c, struct h2_stream *s)
{
	if (s->is_deferred && !s->is_gone) {
		s->is_deferred = false;
		nghttp2_session_resume_data(c->session, (int32_t)s->base.id);
	}
	h2_defer(c);
}

static int
h2_stream_send_head(struct http_stream *base, const struct http_message *head, bool end)
{
	struct h2_stream *s = h2_stream_of(base);
	struct h2_conn *c = h2_conn_of(base);
	bool is_interim = !head->is_request && head->status < 200;

	if (!is_writable(s) || s->head_sent || (s->is_gone && c->base.is_server))
		return -1;
	/* HTTP/2 has no 101 (RFC 9113 section 8.6). */
	if ((!head->is_request && head->status == 101) || h2_head_submit(c, s, head, end) != 0)
		return -1;
	h2_defer(c);
	if (is_interim)
		return 0;
	s->head_sent = true;
	s->out_ended = end;
	if (head->is_request)
		s->method = head->method;
	return 0;
}

static ssize_t
h2_stream_send_body(struct http_stream *base, struct slice bytes)
{
	struct h2_stream *s = h2_stream_of(base);
	struct h2_conn *c = h2_conn_of(base);
	size_t room;

	if (!is_writable(s) || !s->head_sent || s->out_ended)
		return -1;
	/* The answer to HEAD has no body; and a request that was answered in full needs no more of its own. */
	if ((c->base.is_server && s->method == HTTP_METHOD_HEAD) || s->is_gone)
		return (ssize_t)bytes.len;
	room = output_room(c, s);
	if (bytes.len > room) {
		bytes.len = room;
		s->owner_waits = true;
	}
	if (bytes.len == 0)
		return 0;
	if (!buffer_append(&s->out, bytes))
		return output_fail(c, s);
	c->held += bytes.len;
	base->body_out += bytes.len;
	output_wake(c, s);
	return (ssize_t)bytes.len;
}

/* The trailers are wanted when their turn comes, and their owner may be gone by then. */
static const struct http_message *
trailers_copy(struct h2_stream *s, const struct http_message *from)
{
	struct http_message *m = arena_alloc(&s->base.arena, sizeof *m);

	if (m == NULL)
		return NULL;
	http_message_init(m, &s->base.arena, from->is_request);
	for (size_t i = 0; i < from->field_count; i++) {
		struct slice name = arena_copy(m->arena, from->fields[i].name);
		struct slice value = arena_copy(m->arena, from->fields[i].value);

		if (name.ptr == NULL || value.ptr == NULL || !http_message_add(m, name, value))
			return NULL;
	}
	return m;
}

static int
h2_stream_send_end(struct http_stream *base, const struct http_message *trailers)
{
	struct h2_stream *s = h2_stream_of(base);

	if (!is_writable(s) || !s->head_sent)
		return -1;
	if (s->out_ended)
		return trailers ? -1 : 0;
	if (trailers && trailers->field_count) {
		s->trailers = trailers_copy(s, trailers);
		if (s->trailers == NULL)
			return output_fail(h2_conn_of(base), s);
	}
	s->out_ended = true;
	output_wake(h2_conn_of(base), s);
	return 0;
}

ssize_t
h2_data_read(nghttp2_session *session, int32_t id, uint8_t *to, size_t room, uint32_t *flags,
	nghttp2_data_source *source, void *user)
{
	struct h2_stream *s = source->ptr;
	struct h2_conn *c = user;
	size_t len = buffer_len(&s->out);

	if (len == 0 && !s->out_ended) {
		s->is_deferred = true;
		return NGHTTP2_ERR_DEFERRED;
	}
	*flags |= NGHTTP2_DATA_FLAG_NO_COPY;
	if (len > room)
		return (ssize_t)room;
	if (!s->out_ended)
		return (ssize_t)len;
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	if (s->trailers) {
		*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
		if (h2_trailers_submit(c, s, s->trailers) != 0)
			return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	}
	return (ssize_t)len;
}

int
h2_data_send(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t len,
	nghttp2_data_source *source, void *user)
{
	struct h2_stream *s = source->ptr;
	struct h2_conn *c = user;

	(void)session;
	/* nghttp2 asks for one frame after the other, as far as the peer's windows go. */
	if (buffer_len(&c->out) >= H2_OUT_MAX)
		return NGHTTP2_ERR_WOULDBLOCK;
	if (!buffer_append(&c->out, slice_make(head, 9)) ||
		!buffer_append(&c->out, slice_sub(buffer_slice(&s->out), 0, len)))
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	buffer_consume(&s->out, len);
	c->held -= len;
	if (s->owner_waits && list_is_empty(&s->writable) && buffer_len(&s->out) <= c->base.limits->buffer_max / 2)
		list_push_back(&c->writable, &s->writable);
	return 0;
}

void
h2_streams_tell_writable(struct h2_conn *c)
{
	struct list_node batch;

	if (list_is_empty(&c->writable))
		return;
	list_init(&batch);
	list_insert_after(c->writable.prev, &batch);
	list_remove(&c->writable);
	while (!list_is_empty(&batch)) {
		struct h2_stream *s = LIST_ENTRY(batch.next, struct h2_stream, writable);

		list_remove(&s->writable);
		s->owner_waits = false;
		if (s->has_owner && !s->is_dead && s->base.handlers && !c->is_freed)
			s->base.handlers->on_writable(s->base.owner, &s->base);
	}
}

/* ---- the owner's last words ---- */

static void
h2_stream_become_tunnel(struct http_stream *base)
{
	/* An extended CONNECT's DATA frames are opaque already; only the request's end, if it was told, is taken back.
	 */
	h2_stream_of(base)->is_tunnel = true;
}

static void
h2_stream_reset(struct http_stream *base, enum http_error error)
{
	struct h2_stream *s = h2_stream_of(base);

	/* What was answered in full is let out. */
	if (s->is_dead || (s->out_ended && h2_conn_of(base)->base.is_server))
		return;
	s->is_dead = true;
	if (base->body_state == HTTP_BODY_OPEN)
		base->body_state = HTTP_BODY_FAILED;
	submit_reset(h2_conn_of(base), s, http_error_to_h2(error ? error : HTTP_ERR_CANCEL));
}

static void
h2_stream_close(struct http_stream *base)
{
	struct h2_stream *s = h2_stream_of(base);
	struct h2_conn *c = h2_conn_of(base);

	c->base.streams_open--;
	s->has_owner = false;
	base->handlers = NULL;
	s->view = SLICE_EMPTY;
	window_return(s, buffer_len(&s->in));
	buffer_release(&s->in);
	if (!s->is_dead && !(s->out_ended && (c->base.is_server || s->input_ended)))
		submit_reset(c, s, NGHTTP2_CANCEL);
	else if (!s->is_dead && s->end_sent && !s->input_ended)
		submit_reset(c, s, NGHTTP2_NO_ERROR);
	if (s->is_gone)
		stream_recycle(s);
	h2_defer(c);
	h2_conn_linger(c);
	h2_conn_release(c);
}

const struct http_stream_ops h2_stream_ops = {
	.send_head = h2_stream_send_head,
	.send_body = h2_stream_send_body,
	.send_end = h2_stream_send_end,
	.body_peek = h2_stream_body_peek,
	.body_consume = h2_stream_body_consume,
	.become_tunnel = h2_stream_become_tunnel,
	.reset = h2_stream_reset,
	.close = h2_stream_close,
};

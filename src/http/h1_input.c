/* HTTP/1 input: heads and bodies, from whatever part of them has come.  Parsing and framing are done elsewhere
 * (h1_head, framing, chunked); here is only what they mean for the connection.  See h1_conn.h. */
#include "http/framing.h"
#include "http/h1_conn.h"
#include "http/semantics.h"

/* An origin may send a few interim responses, not a stream of them. */
#define INTERIM_MAX 16
#define BAD_LINE_MAX 256

struct slice
h1_input_slice(const struct h1_conn *c)
{
	return c->view.len ? c->view : buffer_slice(&c->in);
}

static void
input_drop(struct h1_conn *c, size_t n)
{
	if (c->view.len)
		c->view = slice_sub(c->view, n, c->view.len);
	else
		buffer_consume(&c->in, n);
}

static struct h1_head_limits
head_limits(const struct h1_conn *c)
{
	const struct http_limits *l = c->base.limits;

	return (struct h1_head_limits){.head_max = l->head_max, .target_max = l->target_max, .field_max = l->field_max};
}

/* ---- bodies ---- */

static void
body_end(struct h1_conn *c)
{
	c->stream.body_state = HTTP_BODY_ENDED;
	c->input = H1_INPUT_DONE;
}

static void
body_begin(struct h1_conn *c, const struct http_message *m)
{
	c->input = H1_INPUT_BODY;
	c->body_kind = m->body;
	c->body_left = m->content_length;
	c->chunked = (struct chunked){0};
	c->scan = (struct h1_scan){0};
	c->stream.body_state = HTTP_BODY_OPEN;
	h1_body_advance(c);
}

static enum parse
trailers_read(struct h1_conn *c, enum http_error *error)
{
	struct h1_head_limits limits = head_limits(c);
	struct slice input = h1_input_slice(c);
	struct http_message *m;
	size_t len;
	enum parse answer = h1_trailers_find(&c->scan, input, &limits, &len, error);

	if (answer != PARSE_DONE)
		return answer;
	if (len > 2) {
		m = arena_alloc(&c->stream.arena, sizeof *m);
		*error = HTTP_ERR_INTERNAL;
		if (m == NULL)
			return PARSE_BAD;
		http_message_init(m, &c->stream.arena, c->base.is_server);
		*error = h1_trailers_parse(slice_sub(input, 0, len), &limits, m);
		if (*error)
			return PARSE_BAD;
		http_trailers_filter(m);
		if (m->field_count)
			c->stream.trailers = m;
	}
	input_drop(c, len);
	return PARSE_DONE;
}

static enum parse
chunked_read(struct h1_conn *c, enum http_error *error)
{
	struct slice data;
	size_t used;
	enum parse answer;

	*error = HTTP_ERR_FRAMING;
	if (c->chunked.state != CHUNKED_TRAILERS) {
		answer = chunked_next(&c->chunked, h1_input_slice(c), &used, &data);
		input_drop(c, used);
		if (answer != PARSE_DONE)
			return answer;
		c->scan = (struct h1_scan){0};
	}
	return trailers_read(c, error);
}

/* Nothing more comes: only a body that lasts until then is complete, and only if the end was an orderly one. */
static void
body_ended_by_peer(struct h1_conn *c)
{
	bool is_open_ended = c->body_kind == HTTP_BODY_UNTIL_CLOSE || c->body_kind == HTTP_BODY_TUNNEL;

	if (is_open_ended && c->end_error == HTTP_OK)
		body_end(c);
	else
		h1_fail(c, c->end_error ? c->end_error : HTTP_ERR_TRUNCATED);
}

void
h1_body_advance(struct h1_conn *c)
{
	enum http_error error = HTTP_OK;
	enum parse answer = PARSE_MORE;

	if (c->input != H1_INPUT_BODY)
		return;
	if (c->body_kind == HTTP_BODY_NONE || (c->body_kind == HTTP_BODY_LENGTH && c->body_left == 0))
		answer = PARSE_DONE;
	else if (c->body_kind == HTTP_BODY_CHUNKED)
		answer = chunked_read(c, &error);
	if (answer == PARSE_DONE)
		body_end(c);
	else if (answer == PARSE_BAD)
		h1_fail(c, error);
	else if (c->input_ended && h1_body_slice(c).len == 0)
		body_ended_by_peer(c);
}

struct slice
h1_body_slice(const struct h1_conn *c)
{
	struct slice input = h1_input_slice(c);
	uint64_t most = input.len;

	if (c->input != H1_INPUT_BODY)
		return SLICE_EMPTY;
	if (c->body_kind == HTTP_BODY_LENGTH)
		most = c->body_left;
	else if (c->body_kind == HTTP_BODY_CHUNKED)
		most = c->chunked.state == CHUNKED_DATA ? c->chunked.left : 0;
	if (input.len > most)
		input.len = (size_t)most;
	return input;
}

void
h1_body_drop(struct h1_conn *c, size_t n)
{
	if (c->body_kind == HTTP_BODY_LENGTH)
		c->body_left -= n;
	else if (c->body_kind == HTTP_BODY_CHUNKED && n)
		chunked_take(&c->chunked, n);
	input_drop(c, n);
	c->stream.body_in += n;
	h1_body_advance(c);
}

/* ---- heads ---- */

static void
refuse(struct h1_conn *c, enum http_error error)
{
	struct slice line = slice_sub(h1_input_slice(c), 0, BAD_LINE_MAX);

	line = slice_sub(line, 0, slice_find(line, '\r'));
	line = slice_sub(line, 0, slice_find(line, '\n'));
	h1_output_refusal(c, error);
	h1_close_gently(c);
	if (c->base.handlers->on_bad_request)
		c->base.handlers->on_bad_request(c->base.owner, error, line);
}

void
h1_head_is_late(struct h1_conn *c)
{
	c->head_begun = false;
	refuse(c, HTTP_ERR_SLOW);
}

void
h1_exchange_begin(struct h1_conn *c)
{
	struct http_stream *s = &c->stream;

	s->handlers = NULL;
	s->owner = NULL;
	s->request = s->trailers = NULL;
	s->body_state = HTTP_BODY_OPEN;
	s->id++;
	s->body_in = s->body_out = 0;
	c->interim_count = 0;
	c->out_kind = HTTP_BODY_NONE;
	c->out_left = 0;
	c->head_sent = c->out_done = c->owner_waits = c->body_news = false;
	c->asked_upgrade = c->client_is_1_0 = false;
	c->stream_error = HTTP_OK;
	c->error_told = false;
	c->tells_idle = false;
	c->is_open = true;
	c->base.streams_open = 1;
	c->base.streams_total++;
}

/* One request: answers whether there was a whole one. */
static bool
request_read(struct h1_conn *c)
{
	struct h1_head_limits limits = head_limits(c);
	struct slice input = h1_input_slice(c);
	struct http_message *m = NULL;
	enum http_error error = HTTP_OK;
	size_t len = 0;
	enum parse answer = h1_head_find(&c->scan, input, &limits, true, &len, &error);

	if (answer == PARSE_MORE) {
		/* Wall clock: it does not begin anew with each byte (SEC-145). */
		if (!c->head_begun && c->base.limits->head_ns) {
			c->head_begun = true;
			loop_timer_arm(&c->timer, c->base.limits->head_ns);
		}
		return false;
	}
	c->head_begun = false;
	if (answer == PARSE_DONE) {
		m = arena_alloc(&c->stream.arena, sizeof *m);
		error = HTTP_ERR_INTERNAL;
		if (m) {
			http_message_init(m, &c->stream.arena, true);
			error = h1_request_parse(slice_sub(input, 0, len), &limits, c->base.scheme, m);
		}
		if (error == HTTP_OK)
			error = http_framing_request(m, false);
	}
	if (error) {
		refuse(c, error);
		return false;
	}
	input_drop(c, len);
	h1_exchange_begin(c);
	c->stream.request = m;
	c->method = m->method;
	c->asked_upgrade = m->is_upgrade;
	c->client_is_1_0 = m->version == HTTP_VERSION_1_0;
	c->keep_alive = m->keep_alive && !c->is_draining;
	body_begin(c, m);
	c->base.handlers->on_request(c->base.owner, &c->stream);
	c->body_news = h1_body_slice(c).len > 0;
	return true;
}

/* What a response head means, before its owner sees it. */
static enum http_error
response_accept(struct h1_conn *c, struct http_message *m)
{
	enum http_error error = http_framing_response(m, c->method, c->asked_upgrade, false);

	if (error)
		return error;
	if (m->status < 200 && m->status != 101)
		return ++c->interim_count > INTERIM_MAX ? HTTP_ERR_FLOOD : HTTP_OK;
	c->keep_alive = c->keep_alive && m->keep_alive;
	c->base.is_usable = c->base.is_usable && c->keep_alive;
	return HTTP_OK;
}

/* One response head, interim or final: answers whether there was a whole one. */
static bool
response_read(struct h1_conn *c)
{
	struct h1_head_limits limits = head_limits(c);
	struct slice input = h1_input_slice(c);
	struct http_message *m = NULL;
	enum http_error error = HTTP_OK;
	size_t len = 0;
	enum parse answer = h1_head_find(&c->scan, input, &limits, false, &len, &error);
	bool is_interim;

	if (answer == PARSE_MORE) {
		if (c->input_ended)
			h1_fail(c, c->end_error ? c->end_error : HTTP_ERR_TRUNCATED);
		return false;
	}
	if (answer == PARSE_DONE) {
		m = arena_alloc(&c->stream.arena, sizeof *m);
		error = HTTP_ERR_INTERNAL;
		if (m) {
			http_message_init(m, &c->stream.arena, false);
			error = h1_response_parse(slice_sub(input, 0, len), &limits, m);
		}
		if (error == HTTP_OK)
			error = response_accept(c, m);
	}
	if (error) {
		h1_fail(c, error);
		return false;
	}
	input_drop(c, len);
	c->scan = (struct h1_scan){0};
	is_interim = m->status < 200 && m->status != 101;
	if (!is_interim)
		body_begin(c, m);
	if (c->stream_error)
		return false;
	c->stream.handlers->on_head(c->stream.owner, &c->stream, m);
	c->body_news = c->is_open && h1_body_slice(c).len > 0;
	return is_interim;
}

/* Bytes that answer nothing: they are never read as the next response, and the connection is of no more use. */
static void
unexpected_response(struct h1_conn *c)
{
	c->base.is_usable = false;
	c->keep_alive = false;
	if (!c->is_open)
		h1_close_now(c, HTTP_ERR_PROTOCOL, false);
}

static void
advance_server(struct h1_conn *c)
{
	if (c->input != H1_INPUT_HEAD || c->is_open)
		return;
	if (h1_input_slice(c).len && !c->is_draining && request_read(c))
		return;
	if (c->input == H1_INPUT_HEAD && c->input_ended && !c->is_open)
		h1_close_now(c, h1_input_slice(c).len ? HTTP_ERR_TRUNCATED : c->end_error, false);
}

static void
advance_client(struct h1_conn *c)
{
	while (c->is_open && c->input == H1_INPUT_HEAD && !c->is_closed && !c->stream_error) {
		/* A response that came before its request went out answers something else. */
		if (h1_input_slice(c).len && !c->head_sent) {
			h1_fail(c, HTTP_ERR_PROTOCOL);
			return;
		}
		if (!response_read(c))
			break;
	}
	if (c->is_freed || c->is_closed)
		return;
	if (!c->is_open || c->input == H1_INPUT_DONE) {
		if (h1_input_slice(c).len)
			unexpected_response(c);
		else if (!c->is_open && c->input_ended)
			h1_close_now(c, c->end_error, false);
	}
}

void
h1_input_advance(struct h1_conn *c)
{
	if (c->is_closed || c->is_freed || c->input == H1_INPUT_DISCARD)
		return;
	if (c->base.is_server)
		advance_server(c);
	else
		advance_client(c);
	if (c->is_freed || c->is_closed || !c->is_open || c->stream_error)
		return;
	if (c->input == H1_INPUT_BODY) {
		h1_body_advance(c);
		c->body_news |= h1_body_slice(c).len > 0 || c->input != H1_INPUT_BODY;
	}
	if (c->body_news && !c->stream_error && c->stream.handlers) {
		c->body_news = false;
		c->stream.handlers->on_body(c->stream.owner, &c->stream);
	}
}

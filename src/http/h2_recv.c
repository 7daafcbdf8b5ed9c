/* What nghttp2 tells of the peer's frames, turned into events of streams.  See h2_conn.h. */
#include "http/h2_conn.h"
#include "http/semantics.h"

#define INTERIM_MAX 16
#define CONTINUATIONS_MAX 8
#define SETTINGS_MAX 32
#define ACKS_MAX 200
/* Behind those of RFC 9113. */
#define FIRST_UNKNOWN_FRAME 10

static struct h2_stream *
stream_find(nghttp2_session *session, int32_t id)
{
	return nghttp2_session_get_stream_user_data(session, id);
}

/* ---- counting ---- */

static int
on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *hd, void *user)
{
	static const enum h2_event events[] = {
		[NGHTTP2_DATA] = H2_EVENT_COUNT,
		[NGHTTP2_HEADERS] = H2_EVENT_COUNT,
		[NGHTTP2_PRIORITY] = H2_EVENT_PRIORITY,
		[NGHTTP2_RST_STREAM] = H2_EVENT_COUNT,
		[NGHTTP2_SETTINGS] = H2_EVENT_SETTINGS,
		[NGHTTP2_PUSH_PROMISE] = H2_EVENT_OTHER,
		[NGHTTP2_PING] = H2_EVENT_PING,
		[NGHTTP2_GOAWAY] = H2_EVENT_OTHER,
		[NGHTTP2_WINDOW_UPDATE] = H2_EVENT_WINDOW_UPDATE,
		[NGHTTP2_CONTINUATION] = H2_EVENT_COUNT,
	};
	enum h2_event event = H2_EVENT_OTHER;

	(void)session;
	if (hd->type < sizeof events / sizeof events[0])
		event = events[hd->type];
	if (event != H2_EVENT_COUNT)
		h2_count(user, event);
	return 0;
}

/* ---- heads ---- */

static int
on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct h2_conn *c = user;
	struct h2_stream *s = stream_find(session, frame->hd.stream_id);

	if (c->is_closing || c->is_freed)
		return 0;
	if (frame->hd.type != NGHTTP2_HEADERS)
		return 0;
	if (frame->headers.cat == NGHTTP2_HCAT_REQUEST && s == NULL) {
		s = h2_stream_new(c);
		if (s == NULL)
			return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
		s->base.id = (uint32_t)frame->hd.stream_id;
		nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, s);
	}
	if (s == NULL)
		return 0;
	s->head = arena_alloc(&s->base.arena, sizeof *s->head);
	if (s->head == NULL)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	http_message_init(s->head, &s->base.arena, c->base.is_server);
	s->head_size = 0;
	s->head_refused = false;
	return 0;
}

static int
on_header(nghttp2_session *session, const nghttp2_frame *frame, nghttp2_rcbuf *name, nghttp2_rcbuf *value,
	uint8_t flags, void *user)
{
	struct h2_conn *c = user;
	struct h2_stream *s = stream_find(session, frame->hd.stream_id);
	nghttp2_vec n = nghttp2_rcbuf_get_buf(name), v = nghttp2_rcbuf_get_buf(value);

	(void)flags;
	if (c->is_closing || c->is_freed || s == NULL || s->head == NULL)
		return 0;
	/* A few bytes may stand for a whole table: what counts is what they decode to (SEC-147). */
	s->head_size += n.len + v.len + 32;
	if (s->head_size > c->base.limits->head_max || s->head->field_count >= c->base.limits->field_max) {
		h2_conn_fail(c, HTTP_ERR_FLOOD);
		return 0;
	}
	if (!s->head_refused && !h2_head_add(s, slice_make(n.base, n.len), slice_make(v.base, v.len), s->got_head))
		s->head_refused = true;
	return 0;
}

/* What nghttp2 would pass over makes the whole message malformed for us. */
static int
on_invalid_header(nghttp2_session *session, const nghttp2_frame *frame, nghttp2_rcbuf *name, nghttp2_rcbuf *value,
	uint8_t flags, void *user)
{
	(void)session, (void)frame, (void)name, (void)value, (void)flags, (void)user;
	return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static void
stream_refuse(struct h2_conn *c, struct h2_stream *s, enum http_error error)
{
	nghttp2_submit_rst_stream(c->session, NGHTTP2_FLAG_NONE, (int32_t)s->base.id, http_error_to_h2(error));
	h2_defer(c);
	if (c->base.is_server && !s->got_head && c->base.handlers->on_bad_request)
		c->base.handlers->on_bad_request(c->base.owner, error, s->head->path);
	else
		h2_stream_die(s, error);
}

static void
request_deliver(struct h2_conn *c, struct h2_stream *s, bool ends_here)
{
	enum http_error error = s->head_refused ? HTTP_ERR_PROTOCOL : h2_request_check(c, s->head, ends_here);

	if (error) {
		stream_refuse(c, s, error);
		return;
	}
	s->got_head = true;
	s->method = s->head->method;
	s->base.request = s->head;
	s->input_ended = ends_here;
	s->base.body_state = ends_here ? HTTP_BODY_ENDED : HTTP_BODY_OPEN;
	s->has_owner = true;
	c->base.streams_open++;
	c->base.streams_total++;
	c->base.handlers->on_request(c->base.owner, &s->base);
}

static void
response_deliver(struct h2_conn *c, struct h2_stream *s, bool ends_here)
{
	struct http_message *m = s->head;
	enum http_error error = s->head_refused ? HTTP_ERR_PROTOCOL : h2_response_check(m, s->method, ends_here);
	bool is_interim = m->status < 200;

	if (error == HTTP_OK && is_interim && ++s->interim_count > INTERIM_MAX)
		error = HTTP_ERR_FLOOD;
	if (error) {
		stream_refuse(c, s, error);
		return;
	}
	if (!is_interim) {
		s->got_head = true;
		s->input_ended = ends_here;
		s->base.body_state = ends_here ? HTTP_BODY_ENDED : HTTP_BODY_OPEN;
	}
	if (s->has_owner && !s->is_dead)
		s->base.handlers->on_head(s->base.owner, &s->base, m);
}

static void
trailers_take(struct h2_conn *c, struct h2_stream *s)
{
	if (s->head_refused) {
		stream_refuse(c, s, HTTP_ERR_PROTOCOL);
		return;
	}
	http_trailers_filter(s->head);
	if (s->head->field_count)
		s->base.trailers = s->head;
	s->input_ended = true;
	h2_stream_input(s, SLICE_EMPTY);
}

static void
headers_received(struct h2_conn *c, const nghttp2_frame *frame)
{
	struct h2_stream *s = stream_find(c->session, frame->hd.stream_id);
	bool ends_here = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;

	if (s == NULL || s->head == NULL || s->is_gone)
		return;
	if (s->got_head)
		trailers_take(c, s);
	else if (c->base.is_server)
		request_deliver(c, s, ends_here);
	else
		response_deliver(c, s, ends_here);
}

/* ---- bodies ---- */

static int
on_data_chunk(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t len, void *user)
{
	struct h2_conn *c = user;
	struct h2_stream *s = stream_find(session, id);

	(void)flags;
	if (s == NULL || c->is_closing || c->is_freed)
		nghttp2_session_consume(session, id, len);
	else
		h2_stream_input(s, slice_make(data, len));
	return 0;
}

static void
data_received(struct h2_conn *c, const nghttp2_frame *frame)
{
	struct h2_stream *s = stream_find(c->session, frame->hd.stream_id);

	if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
		if (s == NULL)
			return;
		s->input_ended = true;
		h2_stream_input(s, SLICE_EMPTY);
	} else if (frame->hd.length == frame->data.padlen) {
		h2_count(c, H2_EVENT_EMPTY_DATA);
	}
}

static void
settings_received(struct h2_conn *c, const nghttp2_frame *frame)
{
	if (c->base.is_server || (frame->hd.flags & NGHTTP2_FLAG_ACK))
		return;
	c->base.allows_websocket =
		nghttp2_session_get_remote_settings(c->session, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
	if (c->base.handlers->on_settings)
		c->base.handlers->on_settings(c->base.owner);
}

static int
on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct h2_conn *c = user;

	(void)session;
	if (c->is_closing || c->is_freed)
		return 0;
	switch (frame->hd.type) {
	case NGHTTP2_HEADERS:
		headers_received(c, frame);
		break;
	case NGHTTP2_DATA:
		data_received(c, frame);
		break;
	case NGHTTP2_SETTINGS:
		settings_received(c, frame);
		break;
	case NGHTTP2_GOAWAY:
		/* Streams above its mark are closed by nghttp2, as refused. */
		c->base.is_usable = false;
		c->is_draining = true;
		break;
	default:
		break;
	}
	h2_defer(c);
	return 0;
}

/* ---- ends ---- */

/* Our message is out.  Where its owner is gone and the client still sends, the client is told to stop; not before, for
 * nghttp2 sends nothing on a stream that is to be reset. */
static int
on_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct h2_conn *c = user;
	struct h2_stream *s;

	if ((frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) ||
		!(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		return 0;
	s = stream_find(session, frame->hd.stream_id);
	if (s == NULL)
		return 0;
	s->end_sent = true;
	if (c->base.is_server && !s->has_owner && !s->input_ended)
		nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
	return 0;
}

/* A request that was never sent ends here as well, refused: nghttp2 opens its stream before it looks whether it may. */
static int
on_stream_close(nghttp2_session *session, int32_t id, uint32_t code, void *user)
{
	const struct h2_conn *c = user;
	struct h2_stream *s = stream_find(session, id);

	if (s == NULL || c->is_freed || c->is_closed)
		return 0;
	nghttp2_session_set_stream_user_data(session, id, NULL);
	h2_stream_gone(s, code ? http_error_from_h2(code) : HTTP_OK);
	return 0;
}

/* Streams above the concurrency limit are refused by nghttp2 before we hear of them; they count like the others. */
static int
on_invalid_frame(nghttp2_session *session, const nghttp2_frame *frame, int error, void *user)
{
	if (frame->hd.type == NGHTTP2_HEADERS && error == NGHTTP2_ERR_REFUSED_STREAM)
		h2_count(user, H2_EVENT_ABORT);
	return 0;
}

/* Frames of types that we do not know are dropped (RFC 9113 section 5.5); they come by here to be counted. */
static int
on_unknown_frame(nghttp2_session *session, void **payload, const nghttp2_frame_hd *hd, void *user)
{
	(void)session, (void)payload, (void)hd, (void)user;
	return NGHTTP2_ERR_CANCEL;
}

/* ---- the session ---- */

static int
session_submit_settings(struct h2_conn *c)
{
	const struct http_limits *l = c->base.limits;
	nghttp2_settings_entry both[] = {
		{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, c->window},
		{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)l->head_max},
		{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, l->streams_max},
		{NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
	};
	nghttp2_settings_entry client[] = {
		both[0],
		both[1],
		{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
	};
	int rv;

	if (c->base.is_server)
		rv = nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, both, sizeof both / sizeof both[0]);
	else
		rv = nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, client, sizeof client / sizeof client[0]);
	if (rv == 0)
		rv = nghttp2_session_set_local_window_size(c->session, NGHTTP2_FLAG_NONE, 0, H2_CONN_WINDOW);
	return rv;
}

static void
options_set(nghttp2_option *o)
{
	nghttp2_option_set_no_auto_window_update(o, 1);
	nghttp2_option_set_no_closed_streams(o, 1);
	nghttp2_option_set_max_reserved_remote_streams(o, 0);
	nghttp2_option_set_max_settings(o, SETTINGS_MAX);
	nghttp2_option_set_max_outbound_ack(o, ACKS_MAX);
	nghttp2_option_set_max_continuations(o, CONTINUATIONS_MAX);
	for (unsigned type = FIRST_UNKNOWN_FRAME; type <= UINT8_MAX; type++)
		nghttp2_option_set_user_recv_extension_type(o, (uint8_t)type);
	/* Ours counts the streams that it is made to reset, too. */
	nghttp2_option_set_stream_reset_rate_limit(o, 100000, 100000);
}

static void
callbacks_set(nghttp2_session_callbacks *cb)
{
	nghttp2_session_callbacks_set_on_begin_frame_callback(cb, on_begin_frame);
	nghttp2_session_callbacks_set_on_begin_headers_callback(cb, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback2(cb, on_header);
	nghttp2_session_callbacks_set_on_invalid_header_callback2(cb, on_invalid_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, on_data_chunk);
	nghttp2_session_callbacks_set_on_frame_recv_callback(cb, on_frame_recv);
	nghttp2_session_callbacks_set_on_stream_close_callback(cb, on_stream_close);
	nghttp2_session_callbacks_set_on_frame_send_callback(cb, on_frame_send);
	nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(cb, on_invalid_frame);
	nghttp2_session_callbacks_set_send_data_callback(cb, h2_data_send);
	nghttp2_session_callbacks_set_unpack_extension_callback(cb, on_unknown_frame);
}

nghttp2_session *
h2_session_new(struct h2_conn *c)
{
	nghttp2_session_callbacks *callbacks = NULL;
	nghttp2_option *options = NULL;

	if (nghttp2_session_callbacks_new(&callbacks) != 0 || nghttp2_option_new(&options) != 0)
		goto out;
	callbacks_set(callbacks);
	options_set(options);
	if (c->base.is_server)
		nghttp2_session_server_new2(&c->session, callbacks, c, options);
	else
		nghttp2_session_client_new2(&c->session, callbacks, c, options);
	if (c->session && session_submit_settings(c) != 0) {
		nghttp2_session_del(c->session);
		c->session = NULL;
	}
out:
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_option_del(options);
	return c->session;
}

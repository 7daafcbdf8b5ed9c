/* The smallest proxy.  See relay.h. */
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/semantics.h"

const struct http_limits relay_limits = {
	.head_max = 16384,
	.field_max = 100,
	.target_max = 8192,
	.buffer_max = 65536,
	.streams_max = 100,
	.head_ns = UINT64_C(10000000000),
};

struct exchange {
	struct relay *relay;
	struct http_stream *front, *back;
	bool request_done, response_done;
	bool is_tunnel, is_websocket;
};

static void
exchange_close(struct exchange *x)
{
	if (x->front)
		http_stream_close(x->front);
	if (x->back)
		http_stream_close(x->back);
	x->relay->exchanges--;
	free(x);
}

static void
exchange_fail(struct exchange *x, enum http_error error)
{
	x->relay->errors++;
	x->relay->last_error = error;
	if (x->front)
		http_stream_reset(x->front, error);
	if (x->back)
		http_stream_reset(x->back, error);
	exchange_close(x);
}

static void
exchange_finish(struct exchange *x)
{
	if (x->response_done && (x->request_done || !x->is_tunnel)) {
		x->relay->responses++;
		exchange_close(x);
	}
}

static void
pump_request(struct exchange *x)
{
	/* What a WebSocket's client sends waits until the origin has agreed. */
	if (x->is_websocket && !x->is_tunnel)
		return;
	if (!x->request_done && x->back)
		x->request_done = http_stream_pump(x->front, x->back);
	exchange_finish(x);
}

static void
pump_response(struct exchange *x)
{
	if (x->relay->hold_bodies)
		return;
	if (!x->response_done)
		x->response_done = http_stream_pump(x->back, x->front);
	exchange_finish(x);
}

static void
front_on_body(void *owner, struct http_stream *s)
{
	pump_request(owner);
}

static void
front_on_writable(void *owner, struct http_stream *s)
{
	pump_response(owner);
}

static void
exchange_on_error(void *owner, struct http_stream *s, enum http_error error)
{
	exchange_fail(owner, error);
}

static void
back_on_head(void *owner, struct http_stream *s, struct http_message *head)
{
	struct exchange *x = owner;
	bool opens_tunnel = head->body == HTTP_BODY_TUNNEL;
	bool end = head->status >= 200 && !opens_tunnel && s->body_state == HTTP_BODY_ENDED && !s->trailers &&
		   !x->relay->ends_late;

	if (x->front->request->version == HTTP_VERSION_2 && opens_tunnel)
		http_websocket_answer_to_h2(head);
	if (!http_response_to_client(head, NULL) || http_stream_send_head(x->front, head, end) < 0) {
		exchange_fail(x, HTTP_ERR_INTERNAL);
		return;
	}
	if (opens_tunnel) {
		x->is_tunnel = true;
		x->request_done = false;
		http_stream_become_tunnel(x->front);
		http_stream_become_tunnel(x->back);
	}
	if (end) {
		x->response_done = true;
		exchange_finish(x);
	} else if (head->status >= 200 && s->body_state == HTTP_BODY_ENDED) {
		pump_response(x);
	}
}

static void
back_on_body(void *owner, struct http_stream *s)
{
	pump_response(owner);
}

static void
back_on_writable(void *owner, struct http_stream *s)
{
	pump_request(owner);
}

static const struct http_stream_handlers front_handlers = {
	.on_body = front_on_body,
	.on_writable = front_on_writable,
	.on_error = exchange_on_error,
};

static const struct http_stream_handlers back_handlers = {
	.on_head = back_on_head,
	.on_body = back_on_body,
	.on_writable = back_on_writable,
	.on_error = exchange_on_error,
};

static void
answer_503(struct exchange *x)
{
	struct http_message m;

	http_message_init(&m, &x->front->arena, false);
	m.status = 503;
	http_stream_send_head(x->front, &m, true);
	exchange_close(x);
}

static void
on_request(void *owner, struct http_stream *s)
{
	struct relay *r = owner;
	struct exchange *x = calloc(1, sizeof *x);
	bool end = s->body_state == HTTP_BODY_ENDED && !s->trailers;

	x->relay = r;
	x->front = s;
	s->handlers = &front_handlers;
	s->owner = x;
	r->requests++;
	r->exchanges++;
	x->back = r->back ? http_conn_open(r->back, &back_handlers, x) : NULL;
	if (x->back == NULL) {
		answer_503(x);
		return;
	}
	x->is_websocket = http_is_websocket(s->request);
	if (!http_request_to_upstream(s->request, r->back_version, SLICE("fallback"), NULL) ||
		(x->is_websocket && s->request->method == HTTP_METHOD_CONNECT && r->back_version != HTTP_VERSION_2 &&
			!http_websocket_to_h1(s->request, SLICE("dGhlIHNhbXBsZSBub25jZQ=="))) ||
		http_stream_send_head(x->back, s->request, end) < 0) {
		exchange_fail(x, HTTP_ERR_INTERNAL);
		return;
	}
	x->request_done = end;
	if (!end)
		pump_request(x);
}

static void
front_on_idle(void *owner)
{
	struct relay *r = owner;

	r->idles++;
}

static void
on_bad_request(void *owner, enum http_error error, struct slice line)
{
	struct relay *r = owner;

	r->bad_requests++;
	r->bad_request = error;
	slice_to_cstr(slice_sub(line, 0, sizeof r->bad_line - 1), r->bad_line, sizeof r->bad_line);
}

static void
front_on_closed(void *owner, enum http_error error)
{
	struct relay *r = owner;

	r->front_closed = error;
	http_conn_free(r->front, error);
	r->front = NULL;
}

static void
back_on_idle(void *owner)
{
	struct relay *r = owner;

	r->back_was_usable = r->back->is_usable;
}

static void
back_on_settings(void *owner)
{
	struct relay *r = owner;

	if (r->back->allows_websocket && r->front)
		http_conn_offer_websocket(r->front);
}

static void
back_on_closed(void *owner, enum http_error error)
{
	struct relay *r = owner;

	r->back_closed = error;
	http_conn_free(r->back, error);
	r->back = NULL;
}

static const struct http_conn_handlers front_conn_handlers = {
	.on_request = on_request,
	.on_idle = front_on_idle,
	.on_bad_request = on_bad_request,
	.on_closed = front_on_closed,
};

static const struct http_conn_handlers back_conn_handlers = {
	.on_idle = back_on_idle,
	.on_settings = back_on_settings,
	.on_closed = back_on_closed,
};

void
relay_start_on(struct relay *r, struct loop *loop, int front_fd, bool front_is_h2, int back_fd, bool back_is_h2)
{
	struct slice scheme = SLICE("http");

	*r = (struct relay){.loop = loop, .front_closed = HTTP_ERR_COUNT, .back_closed = HTTP_ERR_COUNT};
	r->back_version = back_is_h2 ? HTTP_VERSION_2 : HTTP_VERSION_1_1;
	stream_init_plain(&r->front_io, r->loop, front_fd);
	stream_init_plain(&r->back_io, r->loop, back_fd);
	r->front = (front_is_h2 ? http2_conn_new : http1_conn_new)(
		&r->front_io, true, scheme, &relay_limits, &front_conn_handlers, r);
	r->back = (back_is_h2 ? http2_conn_new : http1_conn_new)(
		&r->back_io, false, scheme, &relay_limits, &back_conn_handlers, r);
	if (r->front == NULL || r->back == NULL)
		abort();
	if (r->back->allows_websocket)
		http_conn_offer_websocket(r->front);
}

void
relay_start(struct relay *r, int front_fd, bool front_is_h2, int back_fd, bool back_is_h2)
{
	relay_start_on(r, loop_new(), front_fd, front_is_h2, back_fd, back_is_h2);
}

void
relay_settle(struct relay *r)
{
	uint64_t in = 0, out = 0;

	/* Two turns without a byte: nothing is under way. */
	for (int quiet = 0; quiet < 3;) {
		uint64_t now_in = r->front_io.bytes_in + r->back_io.bytes_in;
		uint64_t now_out = r->front_io.bytes_out + r->back_io.bytes_out;

		quiet = now_in == in && now_out == out ? quiet + 1 : 0;
		in = now_in;
		out = now_out;
		loop_turn(r->loop, 0);
	}
}

void
relay_end(struct relay *r)
{
	http_conn_free(r->front, HTTP_OK);
	http_conn_free(r->back, HTTP_OK);
	r->front = r->back = NULL;
}

void
relay_stop(struct relay *r)
{
	relay_end(r);
	loop_free(r->loop);
}

void
relay_socketpair(int fds[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0)
		abort();
}

bool
relay_drain(int fd, char *to, size_t size)
{
	size_t len = strlen(to);
	ssize_t got;

	while (len + 1 < size && (got = recv(fd, to + len, size - 1 - len, MSG_DONTWAIT)) != 0) {
		if (got < 0)
			return errno != EAGAIN;
		len += (size_t)got;
		to[len] = '\0';
	}
	return len + 1 < size;
}

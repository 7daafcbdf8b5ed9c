/* HTTP/1 output.  Heads and small pieces of bodies are gathered in `out` and written once at the end of the turn; large
 * pieces are written from where they lie, behind what was gathered, without a copy.  When the socket is full nothing
 * more is taken, so the other leg's reading stops.  See h1_conn.h. */
#include <stdio.h>

#include "http/h1_conn.h"
#include "http/h1_write.h"

/* A piece up to this size is copied, for a system call costs more. */
#define GATHER_PIECE_MAX 4096
/* What is gathered before it is written at once. */
#define GATHER_MAX 16384
#define OUT_KEPT_CAPACITY 8192

bool
h1_output_flush(struct h1_conn *c)
{
	while (buffer_len(&c->out) && !c->is_blocked) {
		struct slice bytes = buffer_slice(&c->out);
		ssize_t put = stream_write(c->base.io, bytes.ptr, bytes.len);

		if (put == STREAM_AGAIN) {
			c->is_blocked = true;
			stream_want_write(c->base.io, true);
			break;
		}
		if (put < 0) {
			c->write_failed = true;
			return false;
		}
		buffer_consume(&c->out, (size_t)put);
	}
	if (buffer_len(&c->out) == 0 && c->out.capacity > OUT_KEPT_CAPACITY)
		buffer_release(&c->out);
	return true;
}

/* ---- heads ---- */

/* How the client can be told where a response's body ends. */
static enum http_body_kind
response_body_kind(const struct h1_conn *c, const struct http_message *head, bool end)
{
	if (head->status < 200 || head->status == 204 || head->status == 304 || c->method == HTTP_METHOD_HEAD)
		return HTTP_BODY_NONE;
	if (head->body == HTTP_BODY_LENGTH)
		return HTTP_BODY_LENGTH;
	if (end || head->body == HTTP_BODY_NONE)
		return HTTP_BODY_NONE;
	return c->client_is_1_0 ? HTTP_BODY_UNTIL_CLOSE : HTTP_BODY_CHUNKED;
}

/* RFC 9110 section 15.3.6 forbids content with 205; where an origin sends it all the same, some clients read it and
 * others take it for the next response. */
static bool
is_read_differently(const struct http_message *head, enum http_body_kind kind)
{
	return head->status == 205 && (kind == HTTP_BODY_CHUNKED || (kind == HTTP_BODY_LENGTH && head->content_length));
}

static bool
response_head(struct h1_conn *c, const struct http_message *head, bool end)
{
	bool is_interim = head->status < 200 && head->status != 101;
	enum http_body_kind kind = response_body_kind(c, head, end);
	enum h1_connection connection = H1_CONNECTION_DEFAULT;

	if (is_interim)
		return c->client_is_1_0 ||
		       h1_write_response(&c->out, head, HTTP_BODY_NONE, H1_CONNECTION_DEFAULT, false);
	/* An answer before the request's end: what is left of it is not read as anything else. */
	if (kind == HTTP_BODY_UNTIL_CLOSE || is_read_differently(head, kind) || c->is_draining || c->input_ended ||
		(end && c->input == H1_INPUT_BODY))
		c->keep_alive = false;
	if (head->status != 101 && !c->keep_alive)
		connection = H1_CONNECTION_CLOSE;
	else if (c->client_is_1_0)
		connection = H1_CONNECTION_KEEP_ALIVE;
	if (!h1_write_response(&c->out, head, kind, connection, c->method == HTTP_METHOD_HEAD))
		return false;
	c->out_kind = kind;
	return true;
}

static bool
request_head(struct h1_conn *c, const struct http_message *head, bool end)
{
	if (!h1_write_request(&c->out, head, c->is_draining ? H1_CONNECTION_CLOSE : H1_CONNECTION_DEFAULT))
		return false;
	c->method = head->method;
	c->asked_upgrade = head->is_upgrade || head->method == HTTP_METHOD_CONNECT;
	c->keep_alive = !c->is_draining;
	c->out_kind = head->body;
	return true;
}

bool
h1_output_head(struct h1_conn *c, const struct http_message *head, bool end)
{
	bool is_interim = c->base.is_server && head->status < 200 && head->status != 101;
	bool ok = !c->head_sent && (c->base.is_server ? response_head(c, head, end) : request_head(c, head, end));

	if (!ok || is_interim)
		return ok;
	c->head_sent = true;
	c->out_left = head->content_length;
	return !end || h1_output_end(c, NULL);
}

void
h1_output_refusal(struct h1_conn *c, enum http_error error)
{
	unsigned status = http_error_status(error);
	const char *reason = http_status_reason(status);

	c->keep_alive = false;
	/* Where not even this fits, closing says it. */
	buffer_printf(&c->out,
		"HTTP/1.1 %u %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s\n",
		status, reason, strlen(reason) + 1, reason);
	c->head_sent = c->out_done = true;
}

/* ---- bodies ---- */

static void
block(struct h1_conn *c)
{
	c->is_blocked = true;
	stream_want_write(c->base.io, true);
}

/* Copies a piece behind what was gathered, in its framing. */
static bool
gather(struct h1_conn *c, struct slice bytes)
{
	char head[H1_CHUNK_HEAD_MAX];

	if (c->out_kind != HTTP_BODY_CHUNKED)
		return buffer_append(&c->out, bytes);
	return buffer_append(&c->out, slice_make(head, h1_chunk_head(head, bytes.len))) &&
	       buffer_append(&c->out, bytes) && buffer_append(&c->out, SLICE("\r\n"));
}

/* Writes what was gathered and then the piece, from where it lies.  Returns how much of the piece was taken: where a
 * chunk was begun, all of it, for its size is on the wire; the rest is then copied. */
static ssize_t
write_through(struct h1_conn *c, struct slice bytes)
{
	bool is_chunked = c->out_kind == HTTP_BODY_CHUNKED;
	struct slice tail = is_chunked ? SLICE("\r\n") : SLICE_EMPTY;
	char head[H1_CHUNK_HEAD_MAX];
	struct slice gathered;
	struct iovec iov[3];
	ssize_t put;
	size_t left;

	if (is_chunked && !buffer_append(&c->out, slice_make(head, h1_chunk_head(head, bytes.len))))
		return -1;
	gathered = buffer_slice(&c->out);
	iov[0] = (struct iovec){(void *)(uintptr_t)gathered.ptr, gathered.len};
	iov[1] = (struct iovec){(void *)(uintptr_t)bytes.ptr, bytes.len};
	iov[2] = (struct iovec){(void *)(uintptr_t)tail.ptr, tail.len};
	put = stream_writev(c->base.io, iov, is_chunked ? 3 : 2);
	if (put < 0 && put != STREAM_AGAIN)
		return -1;
	left = put < 0 ? 0 : (size_t)put;
	if (left < gathered.len + bytes.len + tail.len)
		block(c);
	if (left <= gathered.len) {
		buffer_consume(&c->out, left);
		left = 0;
	} else {
		buffer_consume(&c->out, gathered.len);
		left -= gathered.len;
	}
	if (!is_chunked)
		return (ssize_t)left;
	if (left < bytes.len && !buffer_append(&c->out, slice_sub(bytes, left, bytes.len)))
		return -1;
	left = left > bytes.len ? left - bytes.len : 0;
	return buffer_append(&c->out, slice_sub(tail, left, tail.len)) ? (ssize_t)bytes.len : -1;
}

ssize_t
h1_output_body(struct h1_conn *c, struct slice bytes)
{
	bool is_small = bytes.len <= GATHER_PIECE_MAX && buffer_len(&c->out) + bytes.len <= GATHER_MAX;
	ssize_t taken;

	if (!c->head_sent || c->out_done)
		return -1;
	/* The answer to HEAD has no body, whoever made it. */
	if (c->out_kind == HTTP_BODY_NONE)
		return c->method == HTTP_METHOD_HEAD ? (ssize_t)bytes.len : -1;
	if (c->out_kind == HTTP_BODY_LENGTH && bytes.len > c->out_left)
		return -1;
	if (c->is_blocked) {
		c->owner_waits = true;
		return 0;
	}
	if (bytes.len == 0)
		return 0;
	if (bytes.len > c->base.limits->buffer_max)
		bytes.len = c->base.limits->buffer_max;
	if (is_small)
		taken = gather(c, bytes) ? (ssize_t)bytes.len : -1;
	else
		taken = write_through(c, bytes);
	if (taken < 0) {
		c->write_failed = true;
		return -1;
	}
	if (taken == 0)
		c->owner_waits = true;
	if (c->out_kind == HTTP_BODY_LENGTH)
		c->out_left -= (uint64_t)taken;
	c->stream.body_out += (uint64_t)taken;
	return taken;
}

bool
h1_output_end(struct h1_conn *c, const struct http_message *trailers)
{
	/* What was ended with its head may be ended again, as long as nothing is added. */
	if (c->out_done)
		return trailers == NULL;
	if (!c->head_sent)
		return false;
	if (c->out_kind == HTTP_BODY_LENGTH && c->out_left)
		return false;
	if (c->out_kind == HTTP_BODY_CHUNKED && !h1_write_last_chunk(&c->out, trailers))
		return false;
	c->out_done = true;
	return true;
}

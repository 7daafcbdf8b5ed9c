/* What the proxy would send to an origin for a byte string: requests are read from standard input one after the other
 * and written anew to standard output; each is told on standard error as "METHOD target length".  It stops at the first
 * that is not accepted.  With --response: what a client of GET would get for one, told as "status length".
 * For tests/e2e/test_differential.py. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/chunked.h"
#include "http/framing.h"
#include "http/h1_head.h"
#include "http/h1_write.h"
#include "http/semantics.h"

#define INPUT_MAX 65536

static const struct h1_head_limits limits = {.head_max = 16384, .target_max = 8192, .field_max = 100};

/* Takes the body off the front of *in; false where it is malformed or not whole. */
static bool
body_read(const struct http_message *m, struct slice *in, struct arena *arena, struct buffer *body,
	struct http_message *trailers)
{
	struct chunked chunked = {0};
	struct h1_scan scan = {0};
	enum http_error error;
	enum parse answer;
	struct slice data;
	size_t used;

	if (m->body == HTTP_BODY_LENGTH) {
		if (m->content_length > in->len || !buffer_append(body, slice_sub(*in, 0, (size_t)m->content_length)))
			return false;
		*in = slice_sub(*in, (size_t)m->content_length, in->len);
	}
	if (m->body != HTTP_BODY_CHUNKED)
		return true;
	while ((answer = chunked_next(&chunked, *in, &used, &data)) == PARSE_MORE && data.len) {
		buffer_append(body, data);
		*in = slice_sub(*in, used + data.len, in->len);
		chunked_take(&chunked, data.len);
	}
	*in = slice_sub(*in, used, in->len);
	if (answer != PARSE_DONE || h1_trailers_find(&scan, *in, &limits, &used, &error) != PARSE_DONE)
		return false;
	http_message_init(trailers, arena, true);
	if (h1_trailers_parse(slice_sub(*in, 0, used), &limits, trailers) != HTTP_OK)
		return false;
	http_trailers_filter(trailers);
	*in = slice_sub(*in, used, in->len);
	return true;
}

static bool
message_write(struct buffer *out, const struct http_message *m, struct slice body, const struct http_message *trailers)
{
	char head[H1_CHUNK_HEAD_MAX];

	enum http_body_kind kind = m->body == HTTP_BODY_UNTIL_CLOSE ? HTTP_BODY_CHUNKED : m->body;
	/* As src/http/h1_output.c does it. */
	enum h1_connection connection = m->status == 205 && (kind == HTTP_BODY_CHUNKED || m->content_length)
						? H1_CONNECTION_CLOSE
						: H1_CONNECTION_DEFAULT;

	if (!(m->is_request ? h1_write_request(out, m, H1_CONNECTION_DEFAULT)
			    : h1_write_response(out, m, kind, connection, false)))
		return false;
	if (kind != HTTP_BODY_CHUNKED)
		return buffer_append(out, body);
	if (body.len && (!buffer_append(out, slice_make(head, h1_chunk_head(head, body.len))) ||
				!buffer_append(out, body) || !buffer_append(out, SLICE("\r\n"))))
		return false;
	return h1_write_last_chunk(out, trailers);
}

/* One request from the front of *in; false where there is none that is accepted. */
static bool
message_reframe(struct slice *in, struct arena *arena, struct buffer *out)
{
	struct buffer body = buffer_make(INPUT_MAX);
	struct http_message m, trailers;
	struct h1_scan scan = {0};
	enum http_error error;
	bool ok = false;
	size_t len;

	http_message_init(&m, arena, true);
	http_message_init(&trailers, arena, true);
	if (h1_head_find(&scan, *in, &limits, true, &len, &error) != PARSE_DONE ||
		h1_request_parse(slice_sub(*in, 0, len), &limits, SLICE("http"), &m) != HTTP_OK ||
		http_framing_request(&m, false) != HTTP_OK)
		goto out;
	*in = slice_sub(*in, len, in->len);
	/* Tunnels are no sequence of messages. */
	if (m.method == HTTP_METHOD_CONNECT || m.is_upgrade || !body_read(&m, in, arena, &body, &trailers) ||
		!http_request_to_upstream(&m, HTTP_VERSION_1_1, SLICE("localhost"), NULL) ||
		!message_write(out, &m, buffer_slice(&body), &trailers))
		goto out;
	fprintf(stderr, "%.*s %.*s %zu\n", SLICE_ARG(m.method_text), SLICE_ARG(m.path), buffer_len(&body));
	ok = m.keep_alive;
out:
	buffer_release(&body);
	return ok;
}

/* The response at the front of `in`, as a client that asked by GET gets it. */
static void
response_reframe(struct slice in, struct arena *arena, struct buffer *out)
{
	struct buffer body = buffer_make(INPUT_MAX);
	struct http_message m, trailers;
	struct h1_scan scan = {0};
	enum http_error error;
	size_t len;

	http_message_init(&m, arena, false);
	http_message_init(&trailers, arena, false);
	if (h1_head_find(&scan, in, &limits, false, &len, &error) != PARSE_DONE ||
		h1_response_parse(slice_sub(in, 0, len), &limits, &m) != HTTP_OK || m.status < 200 ||
		http_framing_response(&m, HTTP_METHOD_GET, false, false) != HTTP_OK)
		goto out;
	in = slice_sub(in, len, in.len);
	if (m.body == HTTP_BODY_UNTIL_CLOSE ? !buffer_append(&body, in) : !body_read(&m, &in, arena, &body, &trailers))
		goto out;
	if (http_response_to_client(&m, NULL) && message_write(out, &m, buffer_slice(&body), &trailers))
		fprintf(stderr, "%u %zu\n", m.status, buffer_len(&body));
out:
	buffer_release(&body);
}

int
main(int argc, char **argv)
{
	static char input[INPUT_MAX];
	struct arena arena = arena_make(1 << 22);
	struct buffer out = buffer_make(1 << 20);
	struct slice in = slice_make(input, fread(input, 1, sizeof input, stdin));
	struct slice written;

	if (argc > 1 && strcmp(argv[1], "--response") == 0)
		response_reframe(in, &arena, &out);
	else
		while (in.len && message_reframe(&in, &arena, &out))
			;
	written = buffer_slice(&out);
	fwrite(written.ptr, 1, written.len, stdout);
	buffer_release(&out);
	arena_release(&arena);
	return 0;
}

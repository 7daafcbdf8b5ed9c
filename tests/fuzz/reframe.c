/* What the proxy would send to an origin for byte strings: requests are read off the front of each string one after the
 * other and written anew, until the first that is not accepted.  With --response: what a client of GET would get for
 * the one response that a string holds.
 *
 * Strings come on standard input, each behind its length in four bytes, the highest first.  For each, two strings go to
 * standard output in the same way: what was read, a line "size METHOD target length" for each request (or "status
 * length"), and what is sent, `size` being the bytes of one message in it.  A string that cannot be read ends the
 * program with status 1.  For tests/e2e/test_differential.py.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
message_reframe(struct slice *in, struct arena *arena, struct buffer *told, struct buffer *out)
{
	struct buffer body = buffer_make(INPUT_MAX);
	struct http_message m, trailers;
	size_t len, before = buffer_len(out);
	struct h1_scan scan = {0};
	enum http_error error;
	bool ok = false;

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
	ok = buffer_printf(told, "%zu %.*s %.*s %zu\n", buffer_len(out) - before, SLICE_ARG(m.method_text),
		     SLICE_ARG(m.path), buffer_len(&body)) &&
	     m.keep_alive;
out:
	buffer_release(&body);
	return ok;
}

/* The response at the front of `in`, as a client that asked by GET gets it. */
static void
response_reframe(struct slice in, struct arena *arena, struct buffer *told, struct buffer *out)
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
		buffer_printf(told, "%u %zu\n", m.status, buffer_len(&body));
out:
	buffer_release(&body);
}

/* The next string of standard input into input[]; false at its end. */
static bool
string_read(char *input, struct slice *out)
{
	unsigned char head[4];
	size_t len;

	if (fread(head, 1, sizeof head, stdin) != sizeof head)
		return false;
	len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
	if (len > INPUT_MAX || fread(input, 1, len, stdin) != len)
		exit(1);
	*out = slice_make(input, len);
	return true;
}

static void
string_write(struct slice text)
{
	unsigned char head[4] = {(unsigned char)(text.len >> 24), (unsigned char)(text.len >> 16),
		(unsigned char)(text.len >> 8), (unsigned char)text.len};

	fwrite(head, 1, sizeof head, stdout);
	fwrite(text.ptr, 1, text.len, stdout);
}

int
main(int argc, char **argv)
{
	bool are_responses = argc > 1 && strcmp(argv[1], "--response") == 0;
	static char input[INPUT_MAX];
	struct slice in;

	while (string_read(input, &in)) {
		struct arena arena = arena_make(1 << 22);
		struct buffer told = buffer_make(1 << 20), out = buffer_make(1 << 20);

		if (are_responses)
			response_reframe(in, &arena, &told, &out);
		else
			while (in.len && message_reframe(&in, &arena, &told, &out))
				;
		string_write(buffer_slice(&told));
		string_write(buffer_slice(&out));
		buffer_release(&told);
		buffer_release(&out);
		arena_release(&arena);
	}
	return 0;
}

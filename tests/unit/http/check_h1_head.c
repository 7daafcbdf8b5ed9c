/* HTTP/1 heads: what is read, and the long list of what is not. */
#include "suites.h"

#include <stdio.h>

#include "http/h1_head.h"

static const struct h1_head_limits limits = {.head_max = 2048, .target_max = 200, .field_max = 20};

/* Finds and parses a head; PARSE_MORE counts as HTTP_ERR_TRUNCATED here. */
static enum http_error
read_head(struct slice bytes, bool is_request, struct http_message *m, size_t *len)
{
	struct h1_scan scan = {0};
	enum http_error error = HTTP_OK;

	*len = 0;
	switch (h1_head_find(&scan, bytes, &limits, is_request, len, &error)) {
	case PARSE_MORE:
		return HTTP_ERR_TRUNCATED;
	case PARSE_BAD:
		return error;
	case PARSE_DONE:
		break;
	}
	bytes = slice_sub(bytes, 0, *len);
	return is_request ? h1_request_parse(bytes, &limits, SLICE("http"), m) : h1_response_parse(bytes, &limits, m);
}

static enum http_error
request_error(struct slice bytes)
{
	struct arena arena = arena_make(65536);
	struct http_message m;
	enum http_error error;
	size_t len;

	http_message_init(&m, &arena, true);
	error = read_head(bytes, true, &m, &len);
	arena_release(&arena);
	return error;
}

static enum http_error
response_error(struct slice bytes)
{
	struct arena arena = arena_make(65536);
	struct http_message m;
	enum http_error error;
	size_t len;

	http_message_init(&m, &arena, false);
	error = read_head(bytes, false, &m, &len);
	arena_release(&arena);
	return error;
}

START_TEST(a_request_head_is_read_into_the_model)
{
	struct slice text =
		SLICE("\r\nPOST /a?b HTTP/1.1\r\nHost: Example.org:80\r\nAccept:\t*/* \r\nx-empty:\r\n"
		      "Content-Length: 3\r\nConnection: keep-alive, Close\r\nExpect: 100-Continue\r\n\r\nabc");
	struct arena arena = arena_make(65536);
	struct http_message m;
	size_t len;

	http_message_init(&m, &arena, true);
	ck_assert_int_eq(read_head(text, true, &m, &len), HTTP_OK);
	ck_assert_uint_eq(len, text.len - 3);
	ck_assert_int_eq(m.method, HTTP_METHOD_POST);
	ck_assert_int_eq(m.version, HTTP_VERSION_1_1);
	assert_slice(m.authority, "Example.org:80");
	assert_slice(m.path, "/a?b");
	assert_slice(m.scheme, "http");
	ck_assert_uint_eq(m.field_count, 5);
	assert_slice(m.fields[0].value, "*/*");
	assert_slice(m.fields[1].name, "x-empty");
	assert_slice(m.fields[1].value, "");
	ck_assert(!m.keep_alive);
	ck_assert(m.expects_continue);
	ck_assert(!m.is_upgrade);
	arena_release(&arena);
}
END_TEST

START_TEST(a_head_is_found_at_any_segmentation)
{
	struct slice text = SLICE("GET / HTTP/1.1\r\nHost: a\r\nX: yyyyyyyyyyyyyyyyyy\r\n\r\nGET");
	size_t whole = text.len - 3;

	for (size_t step = 1; step <= whole; step++) {
		struct h1_scan scan = {0};
		enum http_error error;
		enum parse answer = PARSE_MORE;
		size_t len = 0;

		for (size_t have = step; answer == PARSE_MORE; have += step) {
			struct slice part = slice_sub(text, 0, have);

			answer = h1_head_find(&scan, part, &limits, true, &len, &error);
			ck_assert(answer == (part.len >= whole ? PARSE_DONE : PARSE_MORE));
		}
		ck_assert_uint_eq(len, whole);
	}
}
END_TEST

START_TEST(malformed_requests_are_refused)
{
	static const struct {
		const char *text;
		enum http_error error;
	} rows[] = {
		/* white space in the request line */
		{"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET /  HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{" GET / HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET /\tHTTP/1.1\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET /\vx HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET /\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"/ HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		/* versions */
		{"GET / HTTP/2.0\r\nHost: a\r\n\r\n", HTTP_ERR_VERSION},
		{"GET / HTTP/0.9\r\nHost: a\r\n\r\n", HTTP_ERR_VERSION},
		{"GET / HTTP/1.2\r\nHost: a\r\n\r\n", HTTP_ERR_VERSION},
		{"GET / http/1.1\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.10\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/01.1\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1,1\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		/* line ends */
		{"GET / HTTP/1.1\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost: a\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost: a\r\n\n", HTTP_ERR_PROTOCOL},
		{"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", HTTP_ERR_PROTOCOL},
		/* fields */
		{"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost: a\r\n\tfolded: x\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\n Host: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost : a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost\t: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost: a\r\nnocolon\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost: a\r\nX(y): x\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost: a\r\nX\xff: x\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost: a\r\nX: a long value and \x7f\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost: a\r\nX: \v\r\n\r\n", HTTP_ERR_PROTOCOL},
		/* Host */
		{"GET / HTTP/1.1\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost:\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost: a\r\nHOST: b\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET http://a/ HTTP/1.1\r\nHost: a:81\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET http://a/ HTTP/1.1\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		/* targets */
		{"GET a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET * HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_ERR_PROTOCOL},
		/* expectations */
		{"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continu\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost: a\r\nExpect: y 100-continue\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n\r\n",
			HTTP_ERR_PROTOCOL},
		/* other protocols */
		{"PRI * HTTP/2.0\r\n\r\n", HTTP_ERR_VERSION},
		{"SSH-2.0-OpenSSH_9.2\r\n\r\n", HTTP_ERR_PROTOCOL},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH / HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_ERR_UNSUPPORTED},
		/* unfinished is not malformed */
		{"GET / HTTP/1.1\r\nHost: a\r\n\r", HTTP_ERR_TRUNCATED},
		{"", HTTP_ERR_TRUNCATED},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum http_error error = request_error(slice_of(rows[i].text));

		ck_assert_msg(error == rows[i].error, "%s: %s", rows[i].text, http_error_name(error));
	}
}
END_TEST

START_TEST(nul_is_refused_wherever_it_stands)
{
	static const char text[] = "GET /path HTTP/1.1\r\nHost: example.org\r\nField: some value\r\n\r\n";

	for (size_t at = 0; at + 1 < sizeof text; at++) {
		char copy[sizeof text];

		memcpy(copy, text, sizeof text);
		copy[at] = '\0';
		ck_assert_msg(request_error(slice_make(copy, sizeof text - 1)) != HTTP_OK, "NUL at %zu", at);
	}
}
END_TEST

START_TEST(no_prefix_of_a_head_is_a_head)
{
	static const char text[] = "GET http://example.org?q HTTP/1.1\r\nHost: example.org\r\nA: b\r\n\r\n";

	for (size_t len = 0; len + 1 < sizeof text - 1; len++)
		ck_assert_int_eq(request_error(slice_make(text, len)), HTTP_ERR_TRUNCATED);
	ck_assert_int_eq(request_error(slice_make(text, sizeof text - 1)), HTTP_OK);
}
END_TEST

START_TEST(limits_have_their_own_answers)
{
	static char text[80000];
	struct h1_scan scan = {0};
	enum http_error error;
	size_t len;
	int n;

	/* a long target, complete or not */
	memset(text, 'a', sizeof text);
	memcpy(text, "GET /", 5);
	ck_assert_int_eq(request_error(slice_make(text, 1000)), HTTP_ERR_URI_TOO_LONG);
	memcpy(text + 210, " HTTP/1.1\r\nHost: a\r\n\r\n", 22);
	ck_assert_int_eq(request_error(slice_make(text, 232)), HTTP_ERR_URI_TOO_LONG);
	/* a name of 70 KB is no short name */
	memset(text, 'a', sizeof text);
	memcpy(text, "GET / HTTP/1.1\r\n", 16);
	memcpy(text + 70000, ": x\r\nHost: a\r\n\r\n", 16);
	ck_assert_int_eq(request_error(slice_make(text, 70016)), HTTP_ERR_TOO_LARGE);
	ck_assert_int_eq(h1_head_find(&scan, slice_make(text, 2049), &limits, true, &len, &error), PARSE_BAD);
	ck_assert_int_eq(error, HTTP_ERR_TOO_LARGE);
	/* too many fields */
	n = snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\n");
	for (int i = 0; i < 20; i++)
		n += snprintf(text + n, sizeof text - (size_t)n, "f: %d\r\n", i);
	n += snprintf(text + n, sizeof text - (size_t)n, "\r\n");
	ck_assert_int_eq(request_error(slice_make(text, (size_t)n)), HTTP_ERR_TOO_LARGE);
}
END_TEST

START_TEST(absolute_form_gives_authority_and_path)
{
	static const struct {
		const char *line, *path;
	} rows[] = {
		{"GET http://a.example/x HTTP/1.1", "/x"},
		{"GET HTTP://A.example:80 HTTP/1.1", "/"},
		{"GET http://a.example?q=1 HTTP/1.1", "/?q=1"},
		{"OPTIONS http://a.example HTTP/1.1", "*"},
		{"OPTIONS * HTTP/1.1", "*"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct arena arena = arena_make(65536);
		struct http_message m;
		char text[200];
		size_t len;

		snprintf(text, sizeof text, "%s\r\nHost: a.example\r\n\r\n", rows[i].line);
		http_message_init(&m, &arena, true);
		ck_assert_int_eq(read_head(slice_of(text), true, &m, &len), HTTP_OK);
		assert_slice(m.authority, "a.example");
		assert_slice(m.path, rows[i].path);
		arena_release(&arena);
	}
}
END_TEST

START_TEST(http_1_0_may_lack_a_host_and_closes_unless_told)
{
	struct arena arena = arena_make(65536);
	struct http_message m;
	size_t len;

	http_message_init(&m, &arena, true);
	ck_assert_int_eq(
		read_head(SLICE("GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"), true, &m, &len),
		HTTP_OK);
	ck_assert(!m.keep_alive);
	ck_assert(!m.is_upgrade);
	ck_assert_uint_eq(m.authority.len, 0);
	http_message_init(&m, &arena, true);
	ck_assert_int_eq(read_head(SLICE("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), true, &m, &len), HTTP_OK);
	ck_assert(m.keep_alive);
	arena_release(&arena);
}
END_TEST

START_TEST(a_response_head_is_read_into_the_model)
{
	struct arena arena = arena_make(65536);
	struct http_message m;
	size_t len;

	http_message_init(&m, &arena, false);
	ck_assert_int_eq(read_head(SLICE("HTTP/1.1 404 Not here\r\nServer: x\r\n\r\n"), false, &m, &len), HTTP_OK);
	ck_assert_uint_eq(m.status, 404);
	assert_slice(m.reason, "Not here");
	ck_assert(m.keep_alive);
	http_message_init(&m, &arena, false);
	ck_assert_int_eq(read_head(SLICE("HTTP/1.0 200\r\n\r\n"), false, &m, &len), HTTP_OK);
	ck_assert_uint_eq(m.status, 200);
	ck_assert(!m.keep_alive);
	arena_release(&arena);
}
END_TEST

START_TEST(malformed_responses_are_refused)
{
	static const char *const rows[] = {
		"\r\nHTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.1  200 OK\r\n\r\n",
		"HTTP/1.1\t200 OK\r\n\r\n",
		"HTTP/1.1 20 OK\r\n\r\n",
		"HTTP/1.1 2000 OK\r\n\r\n",
		"HTTP/1.1 +20 OK\r\n\r\n",
		"HTTP/1.1 099 OK\r\n\r\n",
		"HTTP/1.1 200\tOK\r\n\r\n",
		"HTTP/1.1\r\n\r\n",
		"HTTP/2.0 200 OK\r\n\r\n",
		"ICY 200 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 200 O\rK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
		"<html>\r\n\r\n",
		"\r\n",
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum http_error error = response_error(slice_of(rows[i]));

		ck_assert_msg(error == HTTP_ERR_PROTOCOL || error == HTTP_ERR_VERSION, "%s: %s", rows[i],
			http_error_name(error));
	}
}
END_TEST

START_TEST(trailers_end_at_an_empty_line_and_may_be_none)
{
	struct arena arena = arena_make(65536);
	struct h1_scan scan = {0};
	struct http_message m;
	enum http_error error;
	size_t len;

	ck_assert_int_eq(h1_trailers_find(&scan, SLICE("\r\nGET"), &limits, &len, &error), PARSE_DONE);
	ck_assert_uint_eq(len, 2);
	scan = (struct h1_scan){0};
	ck_assert_int_eq(h1_trailers_find(&scan, SLICE("A: b\r\n\r\n"), &limits, &len, &error), PARSE_DONE);
	ck_assert_uint_eq(len, 8);
	http_message_init(&m, &arena, false);
	ck_assert_int_eq(h1_trailers_parse(SLICE("A: b\r\n\r\n"), &limits, &m), HTTP_OK);
	ck_assert_uint_eq(m.field_count, 1);
	scan = (struct h1_scan){0};
	ck_assert_int_eq(h1_trailers_find(&scan, SLICE("\n"), &limits, &len, &error), PARSE_BAD);
	ck_assert_int_eq(h1_trailers_parse(SLICE("A : b\r\n\r\n"), &limits, &m), HTTP_ERR_PROTOCOL);
	arena_release(&arena);
}
END_TEST

UNIT_SUITE(h1_head, "h1_head", a_request_head_is_read_into_the_model, a_head_is_found_at_any_segmentation,
	malformed_requests_are_refused, nul_is_refused_wherever_it_stands, no_prefix_of_a_head_is_a_head,
	limits_have_their_own_answers, absolute_form_gives_authority_and_path,
	http_1_0_may_lack_a_host_and_closes_unless_told, a_response_head_is_read_into_the_model,
	malformed_responses_are_refused, trailers_end_at_an_empty_line_and_may_be_none)

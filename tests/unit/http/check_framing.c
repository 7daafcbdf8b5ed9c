/* The framing gate, row by row of what peers have been fooled with. */
#include "suites.h"

#include "http/framing.h"

/* Up to three fields of a head. */
struct head {
	const char *fields[6];
};

static void
fill(struct http_message *m, const struct head *head)
{
	for (int i = 0; i < 6 && head->fields[i]; i += 2)
		ck_assert(http_message_add(m, slice_of(head->fields[i]), slice_of(head->fields[i + 1])));
}

#define CL "Content-Length"
#define TE "Transfer-Encoding"

START_TEST(requests_are_framed_in_one_way_or_refused)
{
	static const struct {
		struct head head;
		enum http_version version;
		enum http_error error;
		enum http_body_kind body;
		uint64_t length;
	} rows[] = {
		{{{NULL}}, HTTP_VERSION_1_1, HTTP_OK, HTTP_BODY_NONE, 0},
		{{{CL, "0"}}, HTTP_VERSION_1_1, HTTP_OK, HTTP_BODY_LENGTH, 0},
		{{{CL, "5"}}, HTTP_VERSION_1_0, HTTP_OK, HTTP_BODY_LENGTH, 5},
		{{{CL, "9223372036854775807"}}, HTTP_VERSION_1_1, HTTP_OK, HTTP_BODY_LENGTH, 9223372036854775807u},
		{{{TE, "chunked"}}, HTTP_VERSION_1_1, HTTP_OK, HTTP_BODY_CHUNKED, 0},
		{{{TE, "Chunked"}}, HTTP_VERSION_1_1, HTTP_OK, HTTP_BODY_CHUNKED, 0},
		{{{CL, "5", TE, "chunked"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{TE, "chunked", CL, "5"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{CL, "5", CL, "5"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{CL, "5", CL, "6"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{CL, "5, 5"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{CL, "+1"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{CL, "-1"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{CL, "0x1"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{CL, "1_0"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{CL, "1 0"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{CL, "1.0"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{CL, ""}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{CL, "12345678901234567890"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{CL, "00000000000000000001"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{CL, "\xd9\xa1"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{TE, "xchunked"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{TE, "chunkedx"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{TE, ""}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{TE, "identity"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{TE, "chunked, identity"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{TE, "chunked, chunked"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{TE, "identity, chunked"}}, HTTP_VERSION_1_1, HTTP_ERR_UNSUPPORTED, 0, 0},
		{{{TE, "gzip, chunked"}}, HTTP_VERSION_1_1, HTTP_ERR_UNSUPPORTED, 0, 0},
		{{{TE, ", chunked"}}, HTTP_VERSION_1_1, HTTP_ERR_UNSUPPORTED, 0, 0},
		{{{TE, "chunked;q=1"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{TE, "\"chunked\""}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{TE, "chunked", TE, "chunked"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{TE, "chunked", TE, "x"}}, HTTP_VERSION_1_1, HTTP_ERR_FRAMING, 0, 0},
		{{{TE, "chunked"}}, HTTP_VERSION_1_0, HTTP_ERR_FRAMING, 0, 0},
		{{{TE, "chunked"}}, HTTP_VERSION_2, HTTP_ERR_FRAMING, 0, 0},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct arena arena = arena_make(65536);
		struct http_message m;
		enum http_error error;

		http_message_init(&m, &arena, true);
		m.version = rows[i].version;
		m.method = HTTP_METHOD_POST;
		fill(&m, &rows[i].head);
		error = http_framing_request(&m, false);
		ck_assert_msg(error == rows[i].error, "row %zu: %s", i, http_error_name(error));
		if (error == HTTP_OK) {
			ck_assert_int_eq(m.body, rows[i].body);
			ck_assert_uint_eq(m.content_length, rows[i].length);
			ck_assert_uint_eq(m.field_count, 0);
		}
		arena_release(&arena);
	}
}
END_TEST

START_TEST(responses_are_framed_in_one_way_or_refused)
{
	static const struct {
		struct head head;
		unsigned status;
		enum http_method request;
		bool may_tunnel;
		enum http_error error;
		enum http_body_kind body;
		size_t fields_left;
		bool keep_alive;
	} rows[] = {
		{{{CL, "5"}}, 200, HTTP_METHOD_GET, false, HTTP_OK, HTTP_BODY_LENGTH, 0, true},
		{{{TE, "chunked"}}, 200, HTTP_METHOD_GET, false, HTTP_OK, HTTP_BODY_CHUNKED, 0, true},
		{{{NULL}}, 200, HTTP_METHOD_GET, false, HTTP_OK, HTTP_BODY_UNTIL_CLOSE, 0, false},
		{{{CL, "5"}}, 200, HTTP_METHOD_HEAD, false, HTTP_OK, HTTP_BODY_NONE, 1, true},
		{{{TE, "chunked"}}, 200, HTTP_METHOD_HEAD, false, HTTP_OK, HTTP_BODY_NONE, 0, true},
		{{{NULL}}, 200, HTTP_METHOD_HEAD, false, HTTP_OK, HTTP_BODY_NONE, 0, true},
		{{{CL, "5"}}, 304, HTTP_METHOD_GET, false, HTTP_OK, HTTP_BODY_NONE, 1, true},
		{{{NULL}}, 304, HTTP_METHOD_GET, false, HTTP_OK, HTTP_BODY_NONE, 0, true},
		{{{NULL}}, 204, HTTP_METHOD_GET, false, HTTP_OK, HTTP_BODY_NONE, 0, true},
		{{{CL, "0"}}, 204, HTTP_METHOD_GET, false, HTTP_OK, HTTP_BODY_NONE, 0, true},
		{{{CL, "5"}}, 204, HTTP_METHOD_GET, false, HTTP_OK, HTTP_BODY_NONE, 0, false},
		{{{TE, "chunked"}}, 204, HTTP_METHOD_GET, false, HTTP_ERR_FRAMING, 0, 0, false},
		{{{NULL}}, 100, HTTP_METHOD_GET, false, HTTP_OK, HTTP_BODY_NONE, 0, true},
		{{{CL, "9"}}, 103, HTTP_METHOD_GET, false, HTTP_OK, HTTP_BODY_NONE, 0, false},
		{{{TE, "chunked"}}, 103, HTTP_METHOD_GET, false, HTTP_ERR_FRAMING, 0, 0, false},
		{{{NULL}}, 101, HTTP_METHOD_GET, false, HTTP_ERR_FRAMING, 0, 0, false},
		{{{NULL}}, 101, HTTP_METHOD_GET, true, HTTP_OK, HTTP_BODY_TUNNEL, 0, true},
		{{{CL, "5"}}, 101, HTTP_METHOD_GET, true, HTTP_ERR_FRAMING, 0, 0, false},
		{{{NULL}}, 200, HTTP_METHOD_CONNECT, true, HTTP_OK, HTTP_BODY_TUNNEL, 0, true},
		{{{CL, "1"}}, 403, HTTP_METHOD_CONNECT, true, HTTP_OK, HTTP_BODY_LENGTH, 0, true},
		{{{CL, "5", TE, "chunked"}}, 200, HTTP_METHOD_GET, false, HTTP_ERR_FRAMING, 0, 0, false},
		{{{CL, "5", CL, "5"}}, 200, HTTP_METHOD_GET, false, HTTP_ERR_FRAMING, 0, 0, false},
		{{{CL, "5", CL, "5"}}, 200, HTTP_METHOD_HEAD, false, HTTP_ERR_FRAMING, 0, 0, false},
		{{{CL, "5, 5"}}, 304, HTTP_METHOD_GET, false, HTTP_ERR_FRAMING, 0, 0, false},
		{{{TE, "gzip"}}, 200, HTTP_METHOD_GET, false, HTTP_ERR_FRAMING, 0, 0, false},
		{{{TE, "gzip, chunked"}}, 200, HTTP_METHOD_GET, false, HTTP_ERR_UNSUPPORTED, 0, 0, false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct arena arena = arena_make(65536);
		struct http_message m;
		enum http_error error;

		http_message_init(&m, &arena, false);
		m.status = rows[i].status;
		m.keep_alive = true;
		fill(&m, &rows[i].head);
		error = http_framing_response(&m, rows[i].request, rows[i].may_tunnel, false);
		ck_assert_msg(error == rows[i].error, "row %zu: %s", i, http_error_name(error));
		if (error == HTTP_OK) {
			ck_assert_msg(m.body == rows[i].body, "row %zu: body %d", i, m.body);
			ck_assert_msg(m.field_count == rows[i].fields_left, "row %zu", i);
			ck_assert_msg(m.keep_alive == rows[i].keep_alive, "row %zu", i);
		}
		arena_release(&arena);
	}
}
END_TEST

START_TEST(http_2_bodies_end_by_END_STREAM_and_keep_their_length)
{
	struct arena arena = arena_make(65536);
	struct http_message m;

	http_message_init(&m, &arena, true);
	m.version = HTTP_VERSION_2;
	m.method = HTTP_METHOD_GET;
	ck_assert_int_eq(http_framing_request(&m, true), HTTP_OK);
	ck_assert_int_eq(m.body, HTTP_BODY_NONE);
	ck_assert_int_eq(http_framing_request(&m, false), HTTP_OK);
	ck_assert_int_eq(m.body, HTTP_BODY_CHUNKED);
	m.method = HTTP_METHOD_POST;
	ck_assert_int_eq(http_framing_request(&m, true), HTTP_OK);
	ck_assert_int_eq(m.body, HTTP_BODY_LENGTH);
	ck_assert(http_message_add(&m, SLICE("content-length"), SLICE("7")));
	ck_assert_int_eq(http_framing_request(&m, false), HTTP_OK);
	ck_assert_int_eq(m.body, HTTP_BODY_LENGTH);
	ck_assert_uint_eq(m.content_length, 7);
	ck_assert(http_message_add(&m, SLICE("content-length"), SLICE("7")));
	ck_assert_int_eq(http_framing_request(&m, true), HTTP_ERR_FRAMING);
	http_message_init(&m, &arena, false);
	m.version = HTTP_VERSION_2;
	m.status = 200;
	ck_assert_int_eq(http_framing_response(&m, HTTP_METHOD_GET, false, true), HTTP_OK);
	ck_assert_int_eq(m.body, HTTP_BODY_LENGTH);
	ck_assert_int_eq(http_framing_response(&m, HTTP_METHOD_GET, false, false), HTTP_OK);
	ck_assert_int_eq(m.body, HTTP_BODY_CHUNKED);
	m.status = 101;
	ck_assert_int_eq(http_framing_response(&m, HTTP_METHOD_GET, true, false), HTTP_ERR_FRAMING);
	arena_release(&arena);
}
END_TEST

UNIT_SUITE(framing, "framing", requests_are_framed_in_one_way_or_refused, responses_are_framed_in_one_way_or_refused,
	http_2_bodies_end_by_END_STREAM_and_keep_their_length)

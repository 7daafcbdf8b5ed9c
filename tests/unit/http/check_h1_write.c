/* The HTTP/1 writer: what goes on the wire, and what never does. */
#include "suites.h"

#include "http/h1_write.h"

struct fixture {
	struct arena arena;
	struct buffer out;
	struct http_message m;
};

static void
begin(struct fixture *f, bool is_request)
{
	f->arena = arena_make(65536);
	f->out = buffer_make(4096);
	http_message_init(&f->m, &f->arena, is_request);
	f->m.method = HTTP_METHOD_GET;
	f->m.method_text = SLICE("GET");
	f->m.path = SLICE("/");
	f->m.authority = SLICE("a.example");
	f->m.status = 200;
}

static void
end(struct fixture *f)
{
	buffer_release(&f->out);
	arena_release(&f->arena);
}

START_TEST(a_request_is_written_with_framing_of_our_own)
{
	struct fixture f;

	begin(&f, true);
	f.m.body = HTTP_BODY_LENGTH;
	f.m.content_length = 18446744073709551615u;
	ck_assert(http_message_add(&f.m, SLICE("Accept"), SLICE("*/*")));
	ck_assert(http_message_add(&f.m, SLICE("Content-Length"), SLICE("5")));
	ck_assert(http_message_add(&f.m, SLICE("Transfer-Encoding"), SLICE("chunked")));
	ck_assert(http_message_add(&f.m, SLICE("Connection"), SLICE("X-Secret")));
	ck_assert(http_message_add(&f.m, SLICE("Host"), SLICE("other")));
	ck_assert(http_message_add(&f.m, SLICE("Upgrade"), SLICE("h2c")));
	ck_assert(http_message_add(&f.m, SLICE("x-y"), SLICE("")));
	ck_assert(h1_write_request(&f.out, &f.m, H1_CONNECTION_DEFAULT));
	assert_slice(buffer_slice(&f.out), "GET / HTTP/1.1\r\nHost: a.example\r\nAccept: */*\r\nx-y: \r\n"
					   "Content-Length: 18446744073709551615\r\n\r\n");
	end(&f);
}
END_TEST

START_TEST(requests_may_be_chunked_upgrade_or_close)
{
	struct fixture f;

	begin(&f, true);
	f.m.body = HTTP_BODY_CHUNKED;
	ck_assert(http_message_add(&f.m, SLICE("TE"), SLICE("trailers")));
	ck_assert(h1_write_request(&f.out, &f.m, H1_CONNECTION_CLOSE));
	assert_slice(buffer_slice(&f.out), "GET / HTTP/1.1\r\nHost: a.example\r\nTE: trailers\r\n"
					   "Transfer-Encoding: chunked\r\nConnection: close\r\nConnection: TE\r\n\r\n");
	end(&f);
	begin(&f, true);
	f.m.is_upgrade = true;
	ck_assert(http_message_add(&f.m, SLICE("Upgrade"), SLICE("websocket")));
	ck_assert(h1_write_request(&f.out, &f.m, H1_CONNECTION_DEFAULT));
	assert_slice(buffer_slice(&f.out),
		"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
	end(&f);
}
END_TEST

START_TEST(fields_that_would_split_a_message_are_never_written)
{
	static const struct {
		const char *name, *value;
	} rows[] = {
		{"a b", "x"},
		{"a:b", "x"},
		{"", "x"},
		{"a\r\nb", "x"},
		{"a", "x\r\nb: c"},
		{"a", "x\nb"},
		{"a", "x\ry"},
		{"cookie", "x\r\n\r\nGET /"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct fixture f;

		begin(&f, true);
		ck_assert(http_message_add(&f.m, slice_of(rows[i].name), slice_of(rows[i].value)));
		ck_assert_msg(!h1_write_request(&f.out, &f.m, H1_CONNECTION_DEFAULT), "row %zu", i);
		ck_assert_uint_eq(buffer_len(&f.out), 0);
		end(&f);
	}
}
END_TEST

START_TEST(start_lines_that_would_split_a_message_are_never_written)
{
	struct fixture f;

	begin(&f, true);
	f.m.path = SLICE("/ HTTP/1.1\r\nX: y");
	ck_assert(!h1_write_request(&f.out, &f.m, H1_CONNECTION_DEFAULT));
	f.m.path = SLICE("");
	ck_assert(!h1_write_request(&f.out, &f.m, H1_CONNECTION_DEFAULT));
	f.m.path = SLICE("/");
	f.m.method_text = SLICE("GET /x");
	ck_assert(!h1_write_request(&f.out, &f.m, H1_CONNECTION_DEFAULT));
	f.m.method_text = SLICE("GET");
	f.m.authority = SLICE("a\r\nX: y");
	ck_assert(!h1_write_request(&f.out, &f.m, H1_CONNECTION_DEFAULT));
	f.m.is_request = false;
	f.m.reason = SLICE("OK\r\nX: y");
	ck_assert(!h1_write_response(&f.out, &f.m, HTTP_BODY_NONE, H1_CONNECTION_DEFAULT, false));
	ck_assert_uint_eq(buffer_len(&f.out), 0);
	end(&f);
}
END_TEST

START_TEST(responses_tell_their_length_as_their_kind_demands)
{
	static const struct {
		unsigned status;
		enum http_body_kind body;
		bool to_head;
		const char *promised, *text;
	} rows[] = {
		{200, HTTP_BODY_NONE, false, NULL, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
		{200, HTTP_BODY_NONE, false, "7", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
		{200, HTTP_BODY_NONE, true, NULL, "HTTP/1.1 200 OK\r\n\r\n"},
		{200, HTTP_BODY_NONE, true, "7", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"},
		{304, HTTP_BODY_NONE, false, "7", "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"},
		{204, HTTP_BODY_NONE, false, NULL, "HTTP/1.1 204 No Content\r\n\r\n"},
		{100, HTTP_BODY_NONE, false, NULL, "HTTP/1.1 100 Continue\r\n\r\n"},
		{299, HTTP_BODY_CHUNKED, false, NULL, "HTTP/1.1 299 \r\nTransfer-Encoding: chunked\r\n\r\n"},
		{200, HTTP_BODY_UNTIL_CLOSE, false, NULL, "HTTP/1.1 200 OK\r\n\r\n"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct fixture f;

		begin(&f, false);
		f.m.status = rows[i].status;
		if (rows[i].promised)
			ck_assert(http_message_add(&f.m, SLICE("Content-Length"), slice_of(rows[i].promised)));
		ck_assert(h1_write_response(&f.out, &f.m, rows[i].body, H1_CONNECTION_DEFAULT, rows[i].to_head));
		assert_slice(buffer_slice(&f.out), rows[i].text);
		end(&f);
	}
}
END_TEST

START_TEST(an_answer_to_head_tells_the_length_of_a_page_of_our_own)
{
	struct fixture f;

	begin(&f, false);
	f.m.status = 403;
	f.m.body = HTTP_BODY_LENGTH;
	f.m.content_length = 99;
	ck_assert(h1_write_response(&f.out, &f.m, HTTP_BODY_NONE, H1_CONNECTION_DEFAULT, true));
	assert_slice(buffer_slice(&f.out), "HTTP/1.1 403 Forbidden\r\nContent-Length: 99\r\n\r\n");
	end(&f);
}
END_TEST

START_TEST(chunk_sizes_are_written_in_hexadecimal)
{
	static const struct {
		uint64_t n;
		const char *text;
	} rows[] = {{1, "1\r\n"}, {15, "f\r\n"}, {16, "10\r\n"}, {65536, "10000\r\n"},
		{UINT64_MAX, "ffffffffffffffff\r\n"}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char dst[H1_CHUNK_HEAD_MAX];

		assert_slice(slice_make(dst, h1_chunk_head(dst, rows[i].n)), rows[i].text);
	}
}
END_TEST

START_TEST(the_last_chunk_carries_the_trailers)
{
	struct fixture f;

	begin(&f, false);
	ck_assert(h1_write_last_chunk(&f.out, NULL));
	ck_assert(http_message_add(&f.m, SLICE("grpc-status"), SLICE("0")));
	ck_assert(http_message_add(&f.m, SLICE("Content-Length"), SLICE("0")));
	ck_assert(h1_write_last_chunk(&f.out, &f.m));
	assert_slice(buffer_slice(&f.out), "0\r\n\r\n0\r\ngrpc-status: 0\r\n\r\n");
	end(&f);
}
END_TEST

START_TEST(a_buffer_at_its_ceiling_takes_no_part_of_a_head)
{
	struct fixture f;

	begin(&f, true);
	f.out.max = 20;
	ck_assert(!h1_write_request(&f.out, &f.m, H1_CONNECTION_DEFAULT));
	ck_assert_uint_eq(buffer_len(&f.out), 0);
	end(&f);
}
END_TEST

UNIT_SUITE(h1_write, "h1_write", a_request_is_written_with_framing_of_our_own, requests_may_be_chunked_upgrade_or_close,
	fields_that_would_split_a_message_are_never_written, start_lines_that_would_split_a_message_are_never_written,
	responses_tell_their_length_as_their_kind_demands, chunk_sizes_are_written_in_hexadecimal,
	an_answer_to_head_tells_the_length_of_a_page_of_our_own, the_last_chunk_carries_the_trailers,
	a_buffer_at_its_ceiling_takes_no_part_of_a_head)

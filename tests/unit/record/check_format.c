/* The formats of Squid and Apache, and their hostile fields. */
#include "suites.h"

#include "record/format.h"

static struct record
some_exchange(void)
{
	struct record r = {
		.kind = RECORD_EXCHANGE,
		.action = RECORD_INSPECT,
		.started_ns = 1795254747u * 1000000000ull,
		.duration_ns = 1234567890,
		.url = SLICE("https://u:p@www.example.org/a?b=c"),
		.domain = SLICE("www.example.org"),
		.method = SLICE("GET"),
		.http_version = SLICE("1.1"),
		.status = 200,
		.response_body_bytes = 5120,
		.mime_type = SLICE("text/html"),
		.referrer = SLICE("https://x:y@other.example/"),
		.user_agent = SLICE("curl/7.88"),
	};

	ck_assert(endpoint_parse(SLICE("10.0.0.2:40000"), &r.client));
	ck_assert(endpoint_parse(SLICE("192.0.2.1:443"), &r.origin));
	return r;
}

static struct record
some_flow(void)
{
	struct record r = some_exchange();

	r.kind = RECORD_FLOW;
	r.action = RECORD_PASS;
	r.url = r.method = r.http_version = r.mime_type = r.referrer = r.user_agent = SLICE_EMPTY;
	r.status = 0;
	r.origin_bytes = 77;
	return r;
}

static void
assert_line(const char *format, const struct record *r, const char *want)
{
	struct buffer b = buffer_make(RECORD_LINE_MAX);

	ck_assert(record_format_find(slice_of(format))->render(r, RECORD_URLS_FULL, &b));
	assert_slice(buffer_slice(&b), want);
	buffer_release(&b);
}

START_TEST(squid_exchange_block_and_tunnel_read_as_squid_writes_them)
{
	struct record r = some_exchange();

	assert_line("squid", &r,
		"1795254748.234   1234 10.0.0.2 TCP_MISS/200 5120 GET https://www.example.org/a?b=c - "
		"ORIGINAL_DST/192.0.2.1 text/html\n");
	r.action = RECORD_BLOCK;
	r.status = 403;
	r.user = SLICE("a b");
	assert_line("squid", &r,
		"1795254748.234   1234 10.0.0.2 TCP_DENIED/403 5120 GET https://www.example.org/a?b=c a%20b "
		"HIER_NONE/- text/html\n");
	r = some_flow();
	assert_line("squid", &r,
		"1795254748.234   1234 10.0.0.2 TCP_TUNNEL/000 77 CONNECT www.example.org:443 - "
		"ORIGINAL_DST/192.0.2.1 -\n");
	r.domain = SLICE_EMPTY;
	r.duration_ns = 0;
	assert_line("squid", &r,
		"1795254747.000      0 10.0.0.2 TCP_TUNNEL/000 77 CONNECT 192.0.2.1:443 - "
		"ORIGINAL_DST/192.0.2.1 -\n");
}
END_TEST

START_TEST(combined_exchange_and_tunnel_read_as_apache_writes_them)
{
	struct record r = some_exchange();

	assert_line("combined", &r,
		"10.0.0.2 - - [21/Nov/2026:09:52:27 +0000] \"GET https://www.example.org/a?b=c HTTP/1.1\" 200 5120 "
		"\"https://other.example/\" \"curl/7.88\"\n");
	r.http_version = SLICE("2");
	r.referrer = r.user_agent = SLICE_EMPTY;
	r.status = 0;
	assert_line("combined", &r,
		"10.0.0.2 - - [21/Nov/2026:09:52:27 +0000] \"GET https://www.example.org/a?b=c HTTP/2.0\" - 5120 "
		"\"-\" \"-\"\n");
	r = some_flow();
	assert_line("combined", &r,
		"10.0.0.2 - - [21/Nov/2026:09:52:27 +0000] \"CONNECT www.example.org:443\" - 77 \"-\" \"-\"\n");
}
END_TEST

START_TEST(no_field_can_end_its_line_or_leave_its_quotes)
{
	static const char hostile[] = "a\"b c\nd\\e\r\x1b[2J\xff\x80";
	struct slice h = slice_make(hostile, sizeof hostile - 1);
	struct record r = some_exchange();

	r.url = r.method = r.user = r.mime_type = r.http_version = r.referrer = r.user_agent = r.domain = h;
	assert_line("squid", &r,
		"1795254748.234   1234 10.0.0.2 TCP_MISS/200 5120 a%22b%20c%0Ad\\e%0D%1B[2J%FF%80 "
		"a%22b%20c%0Ad\\e%0D%1B[2J%FF%80 a%22b%20c%0Ad\\e%0D%1B[2J%FF%80 ORIGINAL_DST/192.0.2.1 "
		"a%22b%20c%0Ad\\e%0D%1B[2J%FF%80\n");
	assert_line("combined", &r,
		"10.0.0.2 - a%22b%20c%0Ad\\e%0D%1B[2J%FF%80 [21/Nov/2026:09:52:27 +0000] "
		"\"a\\\"b c\\x0Ad\\\\e\\x0D\\x1B[2J\\xFF\\x80 a\\\"b c\\x0Ad\\\\e\\x0D\\x1B[2J\\xFF\\x80 "
		"HTTP/a\\\"b c\\x0Ad\\\\e\\x0D\\x1B[2J\\xFF\\x80.0\" 200 5120 "
		"\"a\\\"b c\\x0Ad\\\\e\\x0D\\x1B[2J\\xFF\\x80\" \"a\\\"b c\\x0Ad\\\\e\\x0D\\x1B[2J\\xFF\\x80\"\n");
}
END_TEST

START_TEST(formats_are_found_by_name_and_others_are_not)
{
	ck_assert_ptr_nonnull(record_format_find(SLICE("ecs")));
	ck_assert_ptr_null(record_format_find(SLICE("ECS")));
	ck_assert_ptr_null(record_format_find(SLICE("")));
}
END_TEST

UNIT_SUITE(format, "format", squid_exchange_block_and_tunnel_read_as_squid_writes_them,
	combined_exchange_and_tunnel_read_as_apache_writes_them, no_field_can_end_its_line_or_leave_its_quotes,
	formats_are_found_by_name_and_others_are_not)

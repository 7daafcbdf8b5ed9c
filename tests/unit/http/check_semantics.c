/* What happens to messages between the two connections. */
#include "suites.h"

#include "http/semantics.h"

static struct arena arena;
static struct http_message m;

static void
begin(bool is_request)
{
	arena_release(&arena);
	arena = arena_make(65536);
	http_message_init(&m, &arena, is_request);
	m.method = HTTP_METHOD_GET;
	m.method_text = SLICE("GET");
	m.authority = SLICE("a.example");
	m.scheme = SLICE("http");
	m.status = 200;
}

static void
add(const char *name, const char *value)
{
	ck_assert(http_message_add(&m, slice_of(name), slice_of(value)));
}

static bool
has(const char *name)
{
	return http_message_find_name(&m, slice_of(name)) != NULL;
}

START_TEST(fields_of_one_hop_are_not_forwarded)
{
	static const char *const gone[] = {"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization",
		"Early-Data", "HTTP2-Settings", "Upgrade", "TE", "X-Named"};

	begin(true);
	add("Connection", "close, X-Named , Upgrade, HTTP2-Settings");
	add("Keep-Alive", "timeout=5");
	add("Proxy-Connection", "keep-alive");
	add("Proxy-Authorization", "Basic eA==");
	add("Early-Data", "1");
	add("HTTP2-Settings", "AAMAAABkAAQAAP__");
	add("Upgrade", "h2c");
	add("TE", "gzip");
	add("x-named", "1");
	add("X-Forwarded-For", "1.2.3.4");
	add("Via", "1.1 other");
	m.is_upgrade = true;
	ck_assert(http_request_to_upstream(&m, HTTP_VERSION_1_1, SLICE("b"), NULL));
	for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++)
		ck_assert_msg(!has(gone[i]), "%s", gone[i]);
	ck_assert(!m.is_upgrade);
	ck_assert(has("Via"));
	ck_assert(has("X-Forwarded-For"));
	ck_assert_uint_eq(m.field_count, 2);
	assert_slice(m.authority, "a.example");
	arena_release(&arena);
}
END_TEST

START_TEST(connection_cannot_take_end_to_end_fields_away)
{
	begin(true);
	add("Connection", "Authorization, Cookie, Content-Type, Host, x-forwarded-for");
	add("Authorization", "Basic eA==");
	add("Cookie", "a=b");
	add("Content-Type", "text/plain");
	add("X-Forwarded-For", "1.2.3.4");
	ck_assert(http_request_to_upstream(&m, HTTP_VERSION_1_1, SLICE("b"), NULL));
	ck_assert_uint_eq(m.field_count, 4);
	arena_release(&arena);
}
END_TEST

START_TEST(only_websocket_is_upgraded_to)
{
	static const struct {
		const char *upgrade;
		enum http_method method;
		enum http_body_kind body;
		bool kept;
	} rows[] = {
		{"websocket", HTTP_METHOD_GET, HTTP_BODY_NONE, true},
		{"WebSocket", HTTP_METHOD_GET, HTTP_BODY_NONE, true},
		{"h2c, websocket", HTTP_METHOD_GET, HTTP_BODY_NONE, true},
		{"h2c", HTTP_METHOD_GET, HTTP_BODY_NONE, false},
		{"websocket", HTTP_METHOD_POST, HTTP_BODY_NONE, false},
		{"websocket", HTTP_METHOD_GET, HTTP_BODY_LENGTH, false},
		{"websocket2", HTTP_METHOD_GET, HTTP_BODY_NONE, false},
		{"TLS/1.0", HTTP_METHOD_GET, HTTP_BODY_NONE, false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		begin(true);
		m.method = rows[i].method;
		m.body = rows[i].body;
		m.is_upgrade = true;
		add("Connection", "Upgrade");
		add("Upgrade", rows[i].upgrade);
		ck_assert(http_request_to_upstream(&m, HTTP_VERSION_1_1, SLICE("b"), NULL));
		ck_assert_msg(m.is_upgrade == rows[i].kept, "row %zu", i);
		assert_slice(http_message_value(&m, HTTP_FIELD_UPGRADE), rows[i].kept ? "websocket" : "");
	}
	/* without Connection: upgrade it is no upgrade at all */
	begin(true);
	add("Upgrade", "websocket");
	ck_assert(http_request_to_upstream(&m, HTTP_VERSION_1_1, SLICE("b"), NULL));
	ck_assert_uint_eq(m.field_count, 0);
	arena_release(&arena);
}
END_TEST

START_TEST(te_trailers_survives_alone)
{
	begin(true);
	add("TE", "gzip, Trailers");
	add("Connection", "TE");
	ck_assert(http_request_to_upstream(&m, HTTP_VERSION_2, SLICE("b"), NULL));
	ck_assert_uint_eq(m.field_count, 1);
	assert_slice(http_message_value(&m, HTTP_FIELD_TE), "trailers");
	arena_release(&arena);
}
END_TEST

START_TEST(expect_goes_only_with_a_body_to_wait_for)
{
	begin(true);
	add("Expect", "100-continue");
	m.expects_continue = true;
	ck_assert(http_request_to_upstream(&m, HTTP_VERSION_1_1, SLICE("b"), NULL));
	ck_assert_uint_eq(m.field_count, 0);
	begin(true);
	add("Expect", "100-continue");
	m.expects_continue = true;
	m.body = HTTP_BODY_LENGTH;
	ck_assert(http_request_to_upstream(&m, HTTP_VERSION_1_1, SLICE("b"), NULL));
	ck_assert_uint_eq(m.field_count, 1);
	arena_release(&arena);
}
END_TEST

START_TEST(a_missing_authority_is_filled_in)
{
	begin(true);
	m.authority = SLICE_EMPTY;
	ck_assert(http_request_to_upstream(&m, HTTP_VERSION_1_1, SLICE("192.0.2.1"), NULL));
	assert_slice(m.authority, "192.0.2.1");
	arena_release(&arena);
}
END_TEST

START_TEST(nothing_is_told_of_the_client_unless_configured)
{
	struct http_forwarding f = {.via = true,
		.forwarded = true,
		.x_forwarded_for = true,
		.name = SLICE("gw"),
		.client = SLICE("2001:db8::1")};

	begin(true);
	ck_assert(http_request_to_upstream(&m, HTTP_VERSION_1_1, SLICE("b"), NULL));
	ck_assert_uint_eq(m.field_count, 0);
	ck_assert(http_request_to_upstream(&m, HTTP_VERSION_1_1, SLICE("b"), &f));
	assert_slice(http_message_value(&m, HTTP_FIELD_VIA), "1.1 gw");
	assert_slice(http_message_value(&m, HTTP_FIELD_X_FORWARDED_FOR), "2001:db8::1");
	assert_slice(http_message_value(&m, HTTP_FIELD_FORWARDED), "for=\"[2001:db8::1]\";proto=http");
	arena_release(&arena);
}
END_TEST

START_TEST(what_is_said_to_proxies_ends_here)
{
	begin(true);
	add("Proxy", "http://evil/");
	add("proxy-Anything", "1");
	add("Proxyfoo", "2");
	add("X-Proxy", "3");
	ck_assert(http_request_to_upstream(&m, HTTP_VERSION_1_1, SLICE("b"), NULL));
	ck_assert_uint_eq(m.field_count, 2);
	assert_slice(m.fields[0].name, "Proxyfoo");
	begin(false);
	add("Proxy-Status", "cache; hit");
	ck_assert(http_response_to_client(&m, NULL));
	ck_assert_uint_eq(m.field_count, 1);
	arena_release(&arena);
}
END_TEST

START_TEST(forwards_are_counted_where_they_mean_something)
{
	static const struct {
		enum http_method method;
		const char *value, *sent;
		bool ends_here;
	} rows[] = {
		{HTTP_METHOD_OPTIONS, "5", "4", false},
		{HTTP_METHOD_TRACE, "1", "0", false},
		{HTTP_METHOD_TRACE, "0", "0", true},
		{HTTP_METHOD_OPTIONS, "00", "00", true},
		{HTTP_METHOD_OPTIONS, "-1", "-1", false},
		{HTTP_METHOD_OPTIONS, "99999999999999999999", "99999999999999999999", false},
		{HTTP_METHOD_GET, "0", "0", false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		begin(true);
		m.method = rows[i].method;
		add("Max-Forwards", rows[i].value);
		ck_assert_msg(http_request_ends_here(&m) == rows[i].ends_here, "row %zu", i);
		ck_assert(http_request_to_upstream(&m, HTTP_VERSION_1_1, SLICE("b"), NULL));
		assert_slice(m.fields[0].value, rows[i].sent);
	}
	arena_release(&arena);
}
END_TEST

START_TEST(cookies_are_joined_for_http_1_only)
{
	begin(true);
	add("cookie", "a=1");
	add("accept", "x");
	add("cookie", "b=2");
	add("cookie", "c=3");
	ck_assert(http_request_to_upstream(&m, HTTP_VERSION_2, SLICE("b"), NULL));
	ck_assert_uint_eq(m.field_count, 4);
	ck_assert(http_request_to_upstream(&m, HTTP_VERSION_1_1, SLICE("b"), NULL));
	ck_assert_uint_eq(m.field_count, 2);
	assert_slice(m.fields[0].value, "a=1; b=2; c=3");
	assert_slice(m.fields[1].name, "accept");
	arena_release(&arena);
}
END_TEST

START_TEST(http_3_is_not_advertised)
{
	static const struct {
		const char *value, *left;
	} rows[] = {
		{"h3=\":443\"; ma=86400", ""},
		{"h3-29=\":443\",h3=\":443\"", ""},
		{"h3=\":443\"; ma=1, h2=\"alt:443\"; ma=2", "h2=\"alt:443\"; ma=2"},
		{"h2=\"a,h3=b:443\",quic=\":1\"", "h2=\"a,h3=b:443\""},
		{"clear", "clear"},
		{"a=\"x\",b=\"y\",c=\"z\"", "a=\"x\", b=\"y\", c=\"z\""},
		{"H3=\":443", ""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		begin(false);
		add("Alt-Svc", rows[i].value);
		add("Server", "x");
		ck_assert(http_response_to_client(&m, NULL));
		assert_slice(http_message_value(&m, HTTP_FIELD_ALT_SVC), rows[i].left);
		ck_assert_uint_eq(m.field_count, rows[i].left[0] ? 2 : 1);
	}
	arena_release(&arena);
}
END_TEST

START_TEST(security_fields_of_the_origin_are_untouched)
{
	static const char *const kept[] = {"Strict-Transport-Security", "Expect-CT", "Content-Security-Policy",
		"Cross-Origin-Opener-Policy", "Public-Key-Pins", "Set-Cookie", "WWW-Authenticate", "Content-Encoding"};

	begin(false);
	add("Connection", "keep-alive, content-encoding, set-cookie");
	add("Upgrade", "h2,h2c");
	add("Keep-Alive", "timeout=5");
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
		add(kept[i], "x");
	ck_assert(http_response_to_client(&m, NULL));
	ck_assert_uint_eq(m.field_count, sizeof kept / sizeof kept[0]);
	arena_release(&arena);
}
END_TEST

START_TEST(trailers_carry_nothing_that_anybody_acts_upon)
{
	static const char *const dropped[] = {"Content-Length", "Transfer-Encoding", "Host", "Authorization",
		"Set-Cookie", "Cookie", "Connection", "Trailer", "TE", "Content-Type", "Content-Encoding",
		"Content-MD5", "If-Match", "Sec-Fetch-Site", "Access-Control-Allow-Origin", "Strict-Transport-Security",
		"Location", "X-Forwarded-Host", "Proxy-Foo", "Cache-Control", "Expect", "Range"};

	begin(false);
	for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++)
		add(dropped[i], "x");
	add("grpc-status", "0");
	add("Server-Timing", "x");
	http_trailers_filter(&m);
	ck_assert_uint_eq(m.field_count, 2);
	arena_release(&arena);
}
END_TEST

START_TEST(websockets_cross_the_versions)
{
	begin(true);
	m.method = HTTP_METHOD_CONNECT;
	m.protocol = SLICE("websocket");
	ck_assert(http_is_websocket(&m));
	ck_assert(http_websocket_to_h1(&m, SLICE("dGhlIHNhbXBsZSBub25jZQ==")));
	ck_assert(http_is_websocket(&m));
	ck_assert_int_eq(m.method, HTTP_METHOD_GET);
	ck_assert(http_websocket_to_h2(&m));
	ck_assert(http_is_websocket(&m));
	ck_assert_uint_eq(m.field_count, 0);
	m.protocol = SLICE("connect-udp");
	ck_assert(!http_is_websocket(&m));
	arena_release(&arena);
}
END_TEST

START_TEST(websocket_answers_cross_the_versions)
{
	begin(false);
	m.status = 101;
	m.is_upgrade = true;
	add("Upgrade", "websocket");
	add("Sec-WebSocket-Accept", "x");
	add("Sec-WebSocket-Protocol", "chat");
	ck_assert(http_websocket_answer_to_h2(&m));
	ck_assert_uint_eq(m.status, 200);
	ck_assert_uint_eq(m.field_count, 1);
	ck_assert(http_websocket_answer_to_h1(&m, SLICE("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")));
	ck_assert_uint_eq(m.status, 101);
	ck_assert(m.is_upgrade);
	ck_assert_uint_eq(m.field_count, 3);
	m.status = 403;
	ck_assert(http_websocket_answer_to_h1(&m, SLICE("x")));
	ck_assert_uint_eq(m.field_count, 3);
	arena_release(&arena);
}
END_TEST

UNIT_SUITE(semantics, "semantics", fields_of_one_hop_are_not_forwarded, connection_cannot_take_end_to_end_fields_away,
	only_websocket_is_upgraded_to, te_trailers_survives_alone, expect_goes_only_with_a_body_to_wait_for,
	a_missing_authority_is_filled_in, nothing_is_told_of_the_client_unless_configured,
	what_is_said_to_proxies_ends_here, forwards_are_counted_where_they_mean_something,
	cookies_are_joined_for_http_1_only, http_3_is_not_advertised, security_fields_of_the_origin_are_untouched,
	trailers_carry_nothing_that_anybody_acts_upon, websockets_cross_the_versions,
	websocket_answers_cross_the_versions)

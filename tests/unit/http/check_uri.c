/* Authorities and request targets. */
#include "suites.h"

#include "http/uri.h"

START_TEST(authorities_have_one_canonical_form)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
	} rows[] = {
		{"example.org", "example.org", 80},
		{"EXAMPLE.org:8080", "example.org", 8080},
		{"example.org.", "example.org", 80},
		{"a_b-c.example.org:443", "a_b-c.example.org", 443},
		{"localhost", "localhost", 80},
		{"192.0.2.1:80", "192.0.2.1", 80},
		{"[2001:DB8::1]", "2001:db8::1", 80},
		{"[::1]:8443", "::1", 8443},
		{"1e100.net", "1e100.net", 80},
		{"xn--bcher-kva.example", "xn--bcher-kva.example", 80},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char dst[HOST_NAME_LEN_MAX + 1];
		struct http_authority a;

		ck_assert_msg(http_authority_parse(slice_of(rows[i].text), &a), "%s", rows[i].text);
		assert_slice(http_authority_host(&a, dst), rows[i].host);
		ck_assert_uint_eq(http_authority_port(&a, SLICE("http")), rows[i].port);
	}
}
END_TEST

START_TEST(doubtful_authorities_are_refused)
{
	static const char *const rows[] = {"", ".", "..", "a..b", ".a", "a@b", "user:pw@host", "host:", "host:0",
		"host:65536", "host:+80", "host:080080", "host: 80", "host:80:80", "ho st", "host/", "host?", "host#",
		"host\\", "h\xc3\xbcst", "%41.example", "host,other", "host;x", "[::1", "::1", "[::1]80",
		"[fe80::1%25eth0]", "[1.2.3.4]", "[]", "[v1.x]", "256.1.1.1", "1.2.3", "127.1", "0x7f.1", "1.2.3.4.5",
		"a*b", "*.example.org", "host\t",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example"};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct http_authority a;

		ck_assert_msg(!http_authority_parse(slice_of(rows[i]), &a), "%s", rows[i]);
	}
}
END_TEST

START_TEST(a_name_of_more_than_253_octets_is_refused)
{
	char name[260];
	struct http_authority a;

	memset(name, 'a', sizeof name);
	for (size_t i = 50; i < sizeof name; i += 51)
		name[i] = '.';
	ck_assert(http_authority_parse(slice_make(name, 253), &a));
	ck_assert(!http_authority_parse(slice_make(name, 254), &a));
}
END_TEST

START_TEST(authorities_are_compared_in_canonical_form)
{
	ck_assert(http_authority_eq(SLICE("A.example."), SLICE("a.EXAMPLE:80"), SLICE("http")));
	ck_assert(http_authority_eq(SLICE("[0:0::1]"), SLICE("[::1]:443"), SLICE("https")));
	ck_assert(!http_authority_eq(SLICE("a.example"), SLICE("a.example:80"), SLICE("https")));
	ck_assert(!http_authority_eq(SLICE("a.example"), SLICE("b.example"), SLICE("http")));
}
END_TEST

START_TEST(targets_are_read_in_their_four_forms)
{
	static const struct {
		const char *text;
		enum http_method method;
		enum http_target_form form;
		const char *authority, *path;
	} rows[] = {
		{"/", HTTP_METHOD_GET, HTTP_TARGET_ORIGIN, "", "/"},
		{"/a?b=c|d^{}\"", HTTP_METHOD_GET, HTTP_TARGET_ORIGIN, "", "/a?b=c|d^{}\""},
		{"/\xc3\xbc", HTTP_METHOD_GET, HTTP_TARGET_ORIGIN, "", "/\xc3\xbc"},
		{"//x/y", HTTP_METHOD_GET, HTTP_TARGET_ORIGIN, "", "//x/y"},
		{"http://a.example/b", HTTP_METHOD_GET, HTTP_TARGET_ABSOLUTE, "a.example", "/b"},
		{"HTTPS://a.example:1?q", HTTP_METHOD_POST, HTTP_TARGET_ABSOLUTE, "a.example:1", "?q"},
		{"http://a.example", HTTP_METHOD_OPTIONS, HTTP_TARGET_ABSOLUTE, "a.example", ""},
		{"*", HTTP_METHOD_OPTIONS, HTTP_TARGET_ASTERISK, "", "*"},
		{"a.example:443", HTTP_METHOD_CONNECT, HTTP_TARGET_AUTHORITY, "a.example:443", ""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct http_target t;

		ck_assert_msg(http_target_parse(slice_of(rows[i].text), rows[i].method, &t), "%s", rows[i].text);
		ck_assert_int_eq(t.form, rows[i].form);
		assert_slice(t.authority, rows[i].authority);
		assert_slice(t.path, rows[i].path);
	}
}
END_TEST

START_TEST(doubtful_targets_are_refused)
{
	static const struct {
		const char *text;
		enum http_method method;
	} rows[] = {
		{"", HTTP_METHOD_GET},
		{"*", HTTP_METHOD_GET},
		{"a.example:80", HTTP_METHOD_GET},
		{"a.example", HTTP_METHOD_GET},
		{"/a#b", HTTP_METHOD_GET},
		{"/a b", HTTP_METHOD_GET},
		{"/a\tb", HTTP_METHOD_GET},
		{"/a\x7f", HTTP_METHOD_GET},
		{"ftp://a.example/", HTTP_METHOD_GET},
		{"http:/a.example/", HTTP_METHOD_GET},
		{"http://", HTTP_METHOD_GET},
		{"http:///x", HTTP_METHOD_GET},
		{"http://u@a.example/", HTTP_METHOD_GET},
		{"http://a.example\\@b.example/", HTTP_METHOD_GET},
		{"/", HTTP_METHOD_CONNECT},
		{"a.example", HTTP_METHOD_CONNECT},
		{"http://a.example:80/", HTTP_METHOD_CONNECT},
		{"*", HTTP_METHOD_CONNECT},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct http_target t;

		ck_assert_msg(!http_target_parse(slice_of(rows[i].text), rows[i].method, &t), "%s", rows[i].text);
	}
}
END_TEST

START_TEST(the_host_of_a_head_is_canonical_and_may_be_missing)
{
	char dst[HOST_NAME_LEN_MAX + 1];
	struct http_message m;
	struct slice host;
	uint16_t port;

	http_message_init(&m, NULL, true);
	m.scheme = SLICE("https");
	ck_assert(!http_message_host(&m, dst, &host, &port));
	m.authority = SLICE("Www.Example.ORG.");
	ck_assert(http_message_host(&m, dst, &host, &port));
	assert_slice(host, "www.example.org");
	ck_assert_uint_eq(port, 443);
}
END_TEST

UNIT_SUITE(uri, "uri", authorities_have_one_canonical_form, doubtful_authorities_are_refused,
	a_name_of_more_than_253_octets_is_refused, authorities_are_compared_in_canonical_form,
	targets_are_read_in_their_four_forms, doubtful_targets_are_refused,
	the_host_of_a_head_is_canonical_and_may_be_missing)

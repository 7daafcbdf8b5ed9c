/* Which protocol the first bytes belong to. */
#include "suites.h"

#include "peek/sniff.h"

/* Every prefix of the text must be undecided, with a need that lies above its length and not above the whole, until
 * the answer comes; from then on the answer stays. */
static enum sniff_kind
sniff_growing(struct slice text)
{
	enum sniff_kind kind = SNIFF_OTHER, answer = SNIFF_OTHER;
	bool decided = false;
	size_t need = 0;

	for (size_t n = 0; n <= text.len; n++) {
		enum parse parse = sniff(slice_sub(text, 0, n), &kind, &need);

		ck_assert_int_ne(parse, PARSE_BAD);
		if (decided)
			ck_assert_msg(parse == PARSE_DONE && kind == answer, "changed its mind at byte %zu", n);
		if (parse == PARSE_DONE) {
			decided = true;
			answer = kind;
		} else {
			ck_assert_uint_gt(need, n);
			ck_assert_uint_le(need, text.len);
		}
	}
	ck_assert(decided);
	return answer;
}

START_TEST(each_protocol_is_recognised_however_its_bytes_come)
{
	static const struct {
		struct slice text;
		enum sniff_kind kind;
	} cases[] = {
		{SLICE("\x16\x03\x01\x02\x00\x01"), SNIFF_TLS},
		{SLICE("\x16\x03\x09"), SNIFF_TLS},         /* the minor version says nothing */
		{SLICE("\x16\x03\x01\xff\xff"), SNIFF_TLS}, /* broken, and so for the parser to refuse */
		{SLICE("\x80\x2e\x01\x03\x01"), SNIFF_TLS},
		{SLICE("\x80\x2e\x01\x00\x02"), SNIFF_TLS},
		{SLICE("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), SNIFF_HTTP2},
		{SLICE("GET / HTTP/1.1\r\n"), SNIFF_HTTP1},
		{SLICE("P / HTTP/1.0\r\n"), SNIFF_HTTP1}, /* begins like the preface of HTTP/2 */
		{SLICE("PRI / HTTP/1.1\r\n"), SNIFF_HTTP1},
		{SLICE("PRI * HTTP/2.0\r\n\r\nXX"), SNIFF_HTTP1},
		{SLICE("M-SEARCH * HTTP/1.1\r\n"), SNIFF_HTTP1},
		{SLICE("CONNECT example.org:443 HTTP/1.1\r\n"), SNIFF_HTTP1},
		{SLICE("\r\n\r\nGET / HTTP/1.1\r\n"), SNIFF_HTTP1},
		{SLICE("OPTIONS * HTTP/1.1\n"), SNIFF_HTTP1},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(sniff_growing(cases[i].text) == cases[i].kind, "case %zu", i);
}
END_TEST

START_TEST(broken_http_is_still_http_so_that_its_parser_refuses_it)
{
	static const struct slice cases[] = {
		SLICE("GET /\r\n"), /* HTTP/0.9 */
		SLICE("get / http/1.1\r\n"),
		SLICE("GET\t/\tHTTP/1.1\r\n"),
		SLICE("GET  /  HTTP/1.1 \r\n"),
		SLICE("GET /a b c HTTP/1.1\r\n"),
		SLICE("GET /a b\r\n"),
		SLICE("GET / HTTP/9.9\r\n"),
		SLICE("GET /\0 HTTP/1.1\r\n"),
		SLICE("FOO / HTTP/\r\n"),
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(sniff_growing(cases[i]) == SNIFF_HTTP1, "case %zu", i);
}
END_TEST

START_TEST(other_protocols_are_other)
{
	static const struct slice cases[] = {
		SLICE("SSH-2.0-OpenSSH_9.2\r\n"),
		SLICE("EHLO mail.example.org\r\n"),
		SLICE("NICK somebody\r\n"),
		SLICE("OPTIONS rtsp://a/ RTSP/1.0\r\n"),
		SLICE("OPTIONS sip:a@b SIP/2.0\r\n"),
		SLICE("\x15\x03\x01\x00\x02\x02\x28"), /* an alert is no start */
		SLICE("\x16\x02\x01"),
		SLICE("\x80\x2e\x02"),
		SLICE("\x80\x2e\x01\x04\x01"),
		SLICE("\x13"
		      "BitTorrent protocol"),
		SLICE("\0\0\0\x10"),
		SLICE("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHI / HTTP/1.1\r\n"),
		SLICE(" GET / HTTP/1.1\r\n"),
		SLICE("GET\r\n"),
		SLICE("FOO \x01\r\n"),
		SLICE("\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"),
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(sniff_growing(cases[i]) == SNIFF_OTHER, "case %zu", i);
}
END_TEST

START_TEST(an_unfinished_start_says_what_it_is_so_far)
{
	static const struct {
		struct slice text;
		enum sniff_kind kind;
		size_t need;
	} cases[] = {
		{SLICE(""), SNIFF_OTHER, 1},
		{SLICE("\x16"), SNIFF_OTHER, 2},
		{SLICE("\x80"), SNIFF_OTHER, 3},
		{SLICE("\x80\x2e\x01"), SNIFF_OTHER, 5},
		{SLICE("GE"), SNIFF_OTHER, 3},
		{SLICE("GET /index"), SNIFF_HTTP1, 11},
		{SLICE("FOO /index"), SNIFF_OTHER, 11},
		{SLICE("PRI * HTTP/2.0\r\n\r\nS"), SNIFF_HTTP2, 20},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum sniff_kind kind;
		size_t need;

		ck_assert_int_eq(sniff(cases[i].text, &kind, &need), PARSE_MORE);
		ck_assert_msg(
			kind == cases[i].kind && need == cases[i].need, "case %zu: kind %d, need %zu", i, kind, need);
	}
}
END_TEST

START_TEST(an_endless_line_is_not_waited_for)
{
	static char line[SNIFF_LINE_MAX];
	enum sniff_kind kind;
	size_t need;

	memset(line, 'a', sizeof line);
	memcpy(line, "GET ", 4);
	ck_assert_int_eq(sniff(slice_make(line, sizeof line - 1), &kind, &need), PARSE_MORE);
	ck_assert_int_eq(sniff(slice_make(line, sizeof line), &kind, &need), PARSE_DONE);
	ck_assert_int_eq(kind, SNIFF_HTTP1);
	memcpy(line, "FOO ", 4);
	ck_assert_int_eq(sniff(slice_make(line, sizeof line), &kind, &need), PARSE_DONE);
	ck_assert_int_eq(kind, SNIFF_OTHER);
	line[sizeof line - 1] = '\n';
	memcpy(line + sizeof line - 10, " HTTP/1.1", 9);
	ck_assert_int_eq(sniff(slice_make(line, sizeof line), &kind, &need), PARSE_DONE);
	ck_assert_int_eq(kind, SNIFF_HTTP1);
}
END_TEST

START_TEST(every_kind_has_a_name)
{
	ck_assert_str_eq(sniff_kind_name(SNIFF_OTHER), "other");
	ck_assert_str_eq(sniff_kind_name(SNIFF_TLS), "tls");
	ck_assert_str_eq(sniff_kind_name(SNIFF_HTTP1), "http/1");
	ck_assert_str_eq(sniff_kind_name(SNIFF_HTTP2), "http/2");
}
END_TEST

UNIT_SUITE(sniff, "sniff", each_protocol_is_recognised_however_its_bytes_come,
	broken_http_is_still_http_so_that_its_parser_refuses_it, other_protocols_are_other,
	an_unfinished_start_says_what_it_is_so_far, an_endless_line_is_not_waited_for, every_kind_has_a_name)

/* Host names: what is one, what is none and why, and the one spelling. */
#include "suites.h"

#include "base/host_name.h"

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

START_TEST(a_name_has_one_spelling)
{
	static const struct {
		const char *text, *name;
	} cases[] = {
		{"www.example.org", "www.example.org"},
		{"WWW.Example.ORG.", "www.example.org"},
		{"localhost", "localhost"},
		{"a_b.example", "a_b.example"},
		{"-a.b-.example", "-a.b-.example"},
		{"1.2.3.4.example", "1.2.3.4.example"},
		{"0xfg", "0xfg"},
		{"XN--BCHER-KVA.example", "xn--bcher-kva.example"},
		{A63 ".example", A63 ".example"},
	};
	char name[HOST_NAME_LEN_MAX + 1];
	struct slice out;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_msg(
			host_name_read(slice_of(cases[i].text), name, &out) == HOST_NAME_VALID, "%s", cases[i].text);
		ck_assert_str_eq(name, cases[i].name);
		assert_slice(out, cases[i].name);
	}
}
END_TEST

START_TEST(what_is_no_name_is_told_apart)
{
	static const struct {
		struct slice text;
		enum host_name_kind kind;
	} cases[] = {
		{SLICE(""), HOST_NAME_EMPTY},
		{SLICE("."), HOST_NAME_EMPTY},
		{SLICE(".."), HOST_NAME_INVALID},
		{SLICE("a..b"), HOST_NAME_INVALID},
		{SLICE(".a"), HOST_NAME_INVALID},
		{SLICE("a.."), HOST_NAME_INVALID},
		{SLICE("*.a"), HOST_NAME_INVALID},
		{SLICE("a b"), HOST_NAME_INVALID},
		{SLICE("a\0.b"), HOST_NAME_INVALID},
		{SLICE("a:80"), HOST_NAME_INVALID},
		{SLICE("\xc3\xbc.example"), HOST_NAME_INVALID},
		{SLICE(A63 "a.example"), HOST_NAME_INVALID},
		{SLICE("127.0.0.1"), HOST_NAME_NUMBER},
		{SLICE("127.1."), HOST_NAME_NUMBER},
		{SLICE("a.0X7f"), HOST_NAME_NUMBER},
		{SLICE("a.0x"), HOST_NAME_NUMBER},
	};
	char name[HOST_NAME_LEN_MAX + 1];
	struct slice out;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_msg(host_name_read(cases[i].text, name, &out) == cases[i].kind, "case %zu", i);
		ck_assert_str_eq(name, "");
		ck_assert_uint_eq(out.len, 0);
	}
}
END_TEST

START_TEST(a_name_has_253_bytes_without_its_dot)
{
	char text[HOST_NAME_LEN_MAX + 2];

	memset(text, 'a', sizeof text);
	for (size_t i = 50; i < sizeof text; i += 51)
		text[i] = '.';
	ck_assert_int_eq(host_name_check(slice_make(text, HOST_NAME_LEN_MAX)), HOST_NAME_VALID);
	ck_assert_int_eq(host_name_check(slice_make(text, HOST_NAME_LEN_MAX + 1)), HOST_NAME_INVALID);
	text[HOST_NAME_LEN_MAX] = '.';
	ck_assert_int_eq(host_name_check(slice_make(text, HOST_NAME_LEN_MAX + 1)), HOST_NAME_VALID);
}
END_TEST

UNIT_SUITE(host_name, "host_name", a_name_has_one_spelling, what_is_no_name_is_told_apart,
	a_name_has_253_bytes_without_its_dot)

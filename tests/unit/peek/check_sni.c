/* The server_name extension: every shape has one verdict. */
#include "hello.h"
#include "suites.h"

#include "peek/sni.h"

START_TEST(host_names_get_their_one_spelling)
{
	static const struct {
		const char *text, *name;
	} cases[] = {
		{"example.org", "example.org"},
		{"WWW.Example.ORG", "www.example.org"},
		{"example.org.", "example.org"},
		{"localhost", "localhost"},
		{"xn--bcher-kva.example", "xn--bcher-kva.example"},
		{"a_b.example", "a_b.example"},
		{"1.example", "1.example"},
		{"-a.example", "-a.example"},
		{"a-.example", "a-.example"},
		{"1.2.3.4.example", "1.2.3.4.example"},
		{"r3---sn-4g5e6nz7.example", "r3---sn-4g5e6nz7.example"},
		{"0xfg.0xfg", "0xfg.0xfg"},
	};
	char name[HOST_NAME_LEN_MAX + 1];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_msg(sni_canonical(slice_of(cases[i].text), name) == SNI_NAME, "%s", cases[i].text);
		ck_assert_str_eq(name, cases[i].name);
	}
}
END_TEST

START_TEST(what_is_no_host_name_is_refused)
{
	static const struct {
		struct slice text;
		enum sni_status status;
	} cases[] = {
		{SLICE(""), SNI_EMPTY},
		{SLICE("."), SNI_EMPTY},
		{SLICE(".."), SNI_INVALID},
		{SLICE("example.org.."), SNI_INVALID},
		{SLICE(".example.org"), SNI_INVALID},
		{SLICE("a..b"), SNI_INVALID},
		{SLICE("*.example.org"), SNI_INVALID},
		{SLICE("exa mple.org"), SNI_INVALID},
		{SLICE("example.org\0.evil.test"), SNI_INVALID},
		{SLICE("example.org/"), SNI_INVALID},
		{SLICE("example.org:443"), SNI_INVALID},
		{SLICE("user@example.org"), SNI_INVALID},
		{SLICE("b\xc3\xbc"
		       "cher.example"),
			SNI_INVALID}, /* U-labels are not for the wire */
		{SLICE("\xff\xfe.example"), SNI_INVALID},
		{SLICE("example\xe3\x80\x82org"), SNI_INVALID}, /* an ideographic full stop is a dot to some */
		{SLICE("192.0.2.1"), SNI_ADDRESS},
		{SLICE("2001:db8::1"), SNI_ADDRESS},
		{SLICE("[2001:db8::1]"), SNI_ADDRESS},
		{SLICE("fe80::1%eth0"), SNI_ADDRESS},
		{SLICE("::ffff:127.0.0.1"), SNI_ADDRESS},
		{SLICE("127.0.0.1."), SNI_ADDRESS},
		{SLICE("127.1"), SNI_ADDRESS},
		{SLICE("2130706433"), SNI_ADDRESS},
		{SLICE("0x7f.1"), SNI_ADDRESS},
		{SLICE("example.0x7F"), SNI_ADDRESS},
		{SLICE("example.0x"), SNI_ADDRESS},
	};
	char name[HOST_NAME_LEN_MAX + 1];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum sni_status status = sni_canonical(cases[i].text, name);

		ck_assert_msg(
			status == cases[i].status, "\"%.*s\" is %s", SLICE_ARG(cases[i].text), sni_status_name(status));
		ck_assert_str_eq(name, "");
	}
}
END_TEST

START_TEST(lengths_are_those_of_the_dns)
{
	char text[300], name[HOST_NAME_LEN_MAX + 1];

	memset(text, 'a', sizeof text);
	ck_assert_int_eq(sni_canonical(slice_make(text, 63), name), SNI_NAME);
	ck_assert_int_eq(sni_canonical(slice_make(text, 64), name), SNI_INVALID);
	for (size_t i = 50; i < sizeof text; i += 51)
		text[i] = '.';
	ck_assert_int_eq(sni_canonical(slice_make(text, 253), name), SNI_NAME);
	ck_assert_uint_eq(strlen(name), 253);
	ck_assert_int_eq(sni_canonical(slice_make(text, 254), name), SNI_INVALID);
	ck_assert_int_eq(sni_canonical(slice_make(text, 300), name), SNI_INVALID);
	text[253] = '.';
	ck_assert_int_eq(sni_canonical(slice_make(text, 254), name), SNI_NAME);
}
END_TEST

START_TEST(each_shape_of_the_extension_has_one_verdict)
{
	static const struct {
		const char *data;
		enum sni_status status;
	} cases[] = {
		/* list length, type, name length, name */
		{"0006 00 0003 612e62", SNI_NAME},
		{"0000", SNI_EMPTY},
		{"0003 00 0000", SNI_EMPTY},
		{"000c 00 0003 612e62 00 0003 632e64", SNI_SEVERAL},
		{"000c 00 0003 612e62 01 0003 632e64", SNI_SEVERAL},
		{"0007 00 0003 612e62 00", SNI_SEVERAL},
		{"0006 01 0003 612e62", SNI_INVALID},
		{"0007 00 0004 7f000001", SNI_INVALID},
		{"", SNI_MALFORMED},
		{"00", SNI_MALFORMED},
		{"0007 00 0003 612e62", SNI_MALFORMED}, /* the list says more than there is */
		{"0005 00 0003 612e62", SNI_MALFORMED}, /* or less */
		{"0006 00 0004 612e62", SNI_MALFORMED},
		{"0006 00 0003 612e62 00", SNI_MALFORMED},
		{"0001 00", SNI_MALFORMED},
		{"ffff", SNI_MALFORMED},
	};
	char name[HOST_NAME_LEN_MAX + 1];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buffer b = buffer_make(HELLO_ROOM);
		enum sni_status status = sni_read(hello_hex(&b, cases[i].data), name);

		ck_assert_msg(status == cases[i].status, "%s is %s", cases[i].data, sni_status_name(status));
		ck_assert_str_eq(name, status == SNI_NAME ? "a.b" : "");
		buffer_release(&b);
	}
}
END_TEST

UNIT_SUITE(sni, "sni", host_names_get_their_one_spelling, what_is_no_host_name_is_refused, lengths_are_those_of_the_dns,
	each_shape_of_the_extension_has_one_verdict)

/* Canonical names and their match; the verifier's cases with whole certificates are in check_verify_names.c. */
#include "suites.h"

#include "tls/hostname.h"

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static struct hostname
parse(const char *text)
{
	struct hostname host;

	ck_assert_msg(hostname_parse(slice_of(text), &host), "%s", text);
	return host;
}

START_TEST(names_have_one_canonical_form)
{
	static const struct {
		const char *text, *name;
	} cases[] = {
		{"www.example.org", "www.example.org"},
		{"WWW.Example.ORG", "www.example.org"},
		{"www.example.org.", "www.example.org"},
		{"localhost", "localhost"},
		{"a_b.example", "a_b.example"},
		{"xn--BCHER-kva.example", "xn--bcher-kva.example"},
		{"1.example", "1.example"},
		{"-a-.example", "-a-.example"},
		{A63 ".example", A63 ".example"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct hostname host = parse(cases[i].text);

		ck_assert_int_eq(host.kind, HOSTNAME_DNS);
		assert_slice(hostname_dns(&host), cases[i].name);
		ck_assert_str_eq(host.dns, cases[i].name);
	}
}
END_TEST

START_TEST(what_is_no_name_is_refused)
{
	static const struct slice cases[] = {
		SLICE(""),
		SLICE("."),
		SLICE(".."),
		SLICE("a..b"),
		SLICE(".example"),
		SLICE("example.."),
		SLICE("exam ple"),
		SLICE("exam\0ple.org"),
		SLICE("example.org\0"),
		SLICE("b\xc3\xbc"
		      "cher.example"),
		SLICE("*.example.org"),
		SLICE("a/b"),
		SLICE("a:443"),
		SLICE("[::1]"),
		SLICE("user@example.org"),
		SLICE(A63 "a.example"),
		SLICE("1.2.3"),
		SLICE("1.2.3.4.5"),
		SLICE("example.0x7f"),
		SLICE("0x7f000001"),
		SLICE("2130706433"),
		SLICE("::1%eth0"),
	};
	struct hostname host;
	char longest[HOST_NAME_LEN_MAX + 2];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_msg(!hostname_parse(cases[i], &host), "case %zu", i);
		ck_assert_int_eq(host.kind, HOSTNAME_NONE);
	}
	memset(longest, 'a', sizeof longest);
	for (size_t i = 50; i < sizeof longest; i += 51)
		longest[i] = '.';
	ck_assert(hostname_parse(slice_make(longest, HOST_NAME_LEN_MAX), &host));
	ck_assert(!hostname_parse(slice_make(longest, HOST_NAME_LEN_MAX + 1), &host));
}
END_TEST

START_TEST(addresses_are_addresses)
{
	struct hostname v4 = parse("192.0.2.1"), mapped = parse("::ffff:192.0.2.1"), v6 = parse("2001:DB8::1");
	struct hostname other = hostname_of_addr(&v6.addr), name = parse("a.example"), none = {0};

	ck_assert_int_eq(v4.kind, HOSTNAME_ADDR);
	ck_assert(hostname_eq(&v4, &mapped) && hostname_eq(&v6, &other) && !hostname_eq(&v4, &v6));
	ck_assert(!hostname_eq(&v4, &name) && !hostname_eq(&none, &none));
	ck_assert_uint_eq(hostname_dns(&v4).len, 0);
	ck_assert(hostname_match_ip(&v4, SLICE("\xc0\x00\x02\x01")));
	ck_assert(!hostname_match_ip(&v4, SLICE("\xc0\x00\x02\x02")));
	ck_assert(!hostname_match_ip(&v4, slice_make(v4.addr.bytes, 16)));
	ck_assert(hostname_match_ip(&v6, slice_make(v6.addr.bytes, 16)));
	ck_assert(!hostname_match_ip(&v6, slice_make(v6.addr.bytes, 4)));
	ck_assert(!hostname_match_ip(&name, SLICE("\xc0\x00\x02\x01")));
	ck_assert_int_eq(hostname_match_dns(&v4, SLICE("192.0.2.1"), HOSTNAME_SUFFIXES_ICANN), HOSTNAME_NO_MATCH);
}
END_TEST

START_TEST(wildcards_stand_for_one_label_below_no_public_suffix)
{
	static const struct {
		const char *pattern, *host;
		enum hostname_suffixes suffixes;
		enum hostname_match match;
	} cases[] = {
		{"a.example.org", "a.example.org", HOSTNAME_SUFFIXES_ALL, HOSTNAME_MATCH},
		{"*.example.org", "a.example.org", HOSTNAME_SUFFIXES_ALL, HOSTNAME_MATCH},
		{"*.EXAMPLE.org", "a.example.org", HOSTNAME_SUFFIXES_ALL, HOSTNAME_MATCH},
		{"*.example.org", "a.b.example.org", HOSTNAME_SUFFIXES_ALL, HOSTNAME_NO_MATCH},
		{"*.example.org", "example.org", HOSTNAME_SUFFIXES_ALL, HOSTNAME_NO_MATCH},
		{"*example.org", "aexample.org", HOSTNAME_SUFFIXES_ALL, HOSTNAME_NO_MATCH},
		{"a*.example.org", "ab.example.org", HOSTNAME_SUFFIXES_ALL, HOSTNAME_NO_MATCH},
		{"*", "localhost", HOSTNAME_SUFFIXES_ICANN, HOSTNAME_NO_MATCH},
		{"*.", "localhost", HOSTNAME_SUFFIXES_ICANN, HOSTNAME_NO_MATCH},
		{"", "localhost", HOSTNAME_SUFFIXES_ICANN, HOSTNAME_NO_MATCH},
		{"*.com", "example.com", HOSTNAME_SUFFIXES_ICANN, HOSTNAME_PUBLIC_SUFFIX},
		{"*.internal", "a.internal", HOSTNAME_SUFFIXES_ICANN, HOSTNAME_PUBLIC_SUFFIX},
		{"*.co.uk", "a.co.uk", HOSTNAME_SUFFIXES_ICANN, HOSTNAME_PUBLIC_SUFFIX},
		{"*.github.io", "a.github.io", HOSTNAME_SUFFIXES_ICANN, HOSTNAME_MATCH},
		{"*.github.io", "a.github.io", HOSTNAME_SUFFIXES_ALL, HOSTNAME_PUBLIC_SUFFIX},
		{"*.a.internal", "b.a.internal", HOSTNAME_SUFFIXES_ALL, HOSTNAME_MATCH},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct hostname host = parse(cases[i].host);

		ck_assert_msg(
			hostname_match_dns(&host, slice_of(cases[i].pattern), cases[i].suffixes) == cases[i].match,
			"%s %s", cases[i].pattern, cases[i].host);
	}
}
END_TEST

UNIT_SUITE(hostname, "hostname", names_have_one_canonical_form, what_is_no_name_is_refused, addresses_are_addresses,
	wildcards_stand_for_one_label_below_no_public_suffix)

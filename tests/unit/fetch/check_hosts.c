/* resolv.conf and hosts, as people write them. */
#include "suites.h"

#include "fetch/hosts.h"

START_TEST(names_have_all_their_addresses)
{
	struct slice text =
		SLICE("# comment\n127.0.0.1\tlocalhost\n 10.0.0.1 A.example. b.example # c.example\n"
		      "fd00::1 a.example\r\nnot-an-address x.example\n10.0.0.2\n10.0.0.3 bad..name ok.example");
	struct hosts hosts;
	size_t count;
	const struct addr *addrs;
	char address[ADDR_TEXT_MAX];

	hosts_init(&hosts);
	ck_assert(hosts_read(&hosts, text));
	addrs = hosts_find(&hosts, SLICE("a.example"), &count);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(addr_format(&addrs[0], address), "10.0.0.1");
	ck_assert_str_eq(addr_format(&addrs[1], address), "fd00::1");
	ck_assert_ptr_nonnull(hosts_find(&hosts, SLICE("b.example"), &count));
	ck_assert_ptr_nonnull(hosts_find(&hosts, SLICE("ok.example"), &count));
	ck_assert_ptr_null(hosts_find(&hosts, SLICE("c.example"), &count));
	ck_assert_ptr_null(hosts_find(&hosts, SLICE("x.example"), &count));
	hosts_release(&hosts);
}
END_TEST

START_TEST(servers_are_those_that_can_be_read)
{
	static const struct {
		const char *text;
		const char *servers;
	} cases[] = {
		{"", "127.0.0.1"},
		{"# nameserver 1.1.1.1\nsearch example\n", "127.0.0.1"},
		{"nameserver 192.0.2.1\nnameserver\t2001:db8::1 # second\n", "192.0.2.1,2001:db8::1"},
		{"nameserver dns.example\nnameserver 192.0.2.2", "192.0.2.2"},
		{"xnameserver 192.0.2.3\noptions ndots:5\n", "127.0.0.1"},
	};
	char servers[NAMESERVERS_TEXT_MAX];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		nameservers_read(slice_of(cases[i].text), servers);
		ck_assert_str_eq(servers, cases[i].servers);
	}
}
END_TEST

UNIT_SUITE(hosts, "hosts", names_have_all_their_addresses, servers_are_those_that_can_be_read)

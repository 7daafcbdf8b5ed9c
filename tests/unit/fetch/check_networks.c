/* Where a fetch for a certificate may go: the Internet, and what the administrator allows. */
#include "suites.h"

#include "fetch/networks.h"

static bool
admits(const struct networks *n, const char *text)
{
	struct addr a;

	ck_assert(addr_parse(slice_of(text), &a));
	return networks_admit(n, &a);
}

START_TEST(inner_addresses_need_the_administrators_word)
{
	static struct networks n;

	ck_assert(!admits(&n, "1.1.1.1")); /* before the kernel has told */
	networks_refresh(&n);
	ck_assert(n.is_known);
	ck_assert(admits(&n, "1.1.1.1"));
	ck_assert(admits(&n, "2606:4700::1111"));
	ck_assert(!admits(&n, "10.99.0.1"));
	ck_assert(!admits(&n, "fd99::1"));
	ck_assert(networks_allow(&n, SLICE("10.99.0.0/16\nfd99::/64\n127.0.0.0/8\n169.254.0.0/16\n")));
	ck_assert(admits(&n, "10.99.0.1"));
	ck_assert(admits(&n, "fd99::1"));
	ck_assert(!admits(&n, "10.98.0.1"));
	/* Never this machine and what only it reaches, whoever says so. */
	ck_assert(!admits(&n, "127.0.0.1"));
	ck_assert(!admits(&n, "::1"));
	ck_assert(!admits(&n, "169.254.169.254"));
	ck_assert(!admits(&n, "fe80::1"));
	ck_assert(!networks_allow(&n, SLICE("10.0.0.1/8")));
}
END_TEST

START_TEST(our_own_addresses_and_networks_are_never_fetched_from)
{
	static struct networks n;

	networks_refresh(&n);
	n.address_count = n.own_count = 1;
	ck_assert(addr_parse(SLICE("8.8.4.1"), &n.addresses[0]));
	ck_assert(prefix_parse(SLICE("8.8.4.0/24"), &n.own[0]));
	ck_assert(!admits(&n, "8.8.4.1"));
	ck_assert(!admits(&n, "8.8.4.2"));
	ck_assert(admits(&n, "8.8.5.2"));
	ck_assert(networks_allow(&n, SLICE("8.8.4.0/24")));
	ck_assert(!admits(&n, "8.8.4.1"));
	ck_assert(admits(&n, "8.8.4.2"));
}
END_TEST

UNIT_SUITE(networks, "networks", inner_addresses_need_the_administrators_word,
	our_own_addresses_and_networks_are_never_fetched_from)

/* The guard that every destination passes. */
#include "lab.h"
#include "suites.h"

#include "intercept/dst_guard.h"

#include <poll.h>
#include <unistd.h>

static const uint16_t listening[] = {3128, 3129, 3130};

static enum dst_refusal
judge(const char *dst, const char *local)
{
	static struct addr addresses[4];
	static struct own_addrs own = {addresses, 0};
	static struct prefix exempt[2];
	struct dst_guard guard = {&own, listening, 3, exempt, 2};
	struct endpoint to, at;

	if (own.count == 0) { /* ascending */
		addr_parse(SLICE("192.0.2.1"), &addresses[own.count++]);
		addr_parse(SLICE("192.0.2.2"), &addresses[own.count++]);
		addr_parse(SLICE("192.0.2.9"), &addresses[own.count++]);
		addr_parse(SLICE("2001:db8::1"), &addresses[own.count++]);
		ck_assert(prefix_parse(SLICE("192.0.2.9"), &exempt[0]));
		ck_assert(prefix_parse(SLICE("127.8.0.0/16"), &exempt[1]));
	}
	ck_assert(endpoint_parse(slice_of(dst), &to));
	if (local)
		ck_assert(endpoint_parse(slice_of(local), &at));
	return dst_guard_judge(&guard, &to, local ? &at : NULL);
}

START_TEST(each_destination_has_its_verdict)
{
	static const struct {
		const char *dst;
		enum dst_refusal refusal;
	} cases[] = {
		{"198.51.100.1:443", DST_ALLOWED},
		{"10.0.0.1:80", DST_ALLOWED},
		{"[2001:db8::2]:443", DST_ALLOWED},
		{"[64:ff9b::c633:6401]:443", DST_ALLOWED}, /* 198.51.100.1, translated */
		{"198.51.100.1:3129", DST_ALLOWED},        /* somebody else's port of the same number */
		{"192.0.2.1:3129", DST_LOOP},
		{"192.0.2.2:3128", DST_LOOP},
		{"[2001:db8::1]:3130", DST_LOOP},
		{"127.0.0.1:3129", DST_LOOP},
		{"[::1]:3130", DST_LOOP},
		{"[64:ff9b::c000:201]:3129", DST_LOOP}, /* 192.0.2.1, translated */
		{"192.0.2.1:443", DST_OWN},
		{"[2001:db8::1]:22", DST_OWN},
		{"[::192.0.2.1]:22", DST_OWN},
		{"127.0.0.1:80", DST_SPECIAL},
		{"127.255.255.254:80", DST_SPECIAL},
		{"[::1]:80", DST_SPECIAL},
		{"[::ffff:127.0.0.1]:80", DST_SPECIAL},
		{"[::127.0.0.1]:80", DST_SPECIAL},
		{"[64:ff9b::7f00:1]:80", DST_SPECIAL},
		{"0.0.0.0:80", DST_SPECIAL},
		{"0.1.2.3:80", DST_SPECIAL},
		{"[::]:80", DST_SPECIAL},
		{"169.254.169.254:80", DST_SPECIAL},
		{"[fe80::1]:80", DST_SPECIAL},
		{"224.0.0.1:80", DST_SPECIAL},
		{"[ff02::1]:80", DST_SPECIAL},
		{"255.255.255.255:80", DST_SPECIAL},
		{"198.51.100.1:0", DST_SPECIAL},
		{"100.100.100.200:80", DST_METADATA},
		{"192.0.0.192:80", DST_METADATA},
		{"[fd00:ec2::254]:80", DST_METADATA},
		{"[fd20:ce::254]:80", DST_METADATA},
		/* exempt, but never a loop */
		{"192.0.2.9:443", DST_ALLOWED},
		{"127.8.0.1:443", DST_ALLOWED},
		{"192.0.2.9:3129", DST_LOOP},
		{"127.8.0.1:3130", DST_LOOP},
		{"192.0.2.9:0", DST_SPECIAL},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum dst_refusal refusal = judge(cases[i].dst, NULL);

		ck_assert_msg(refusal == cases[i].refusal, "%s is %s", cases[i].dst, dst_refusal_name(refusal));
	}
}
END_TEST

START_TEST(the_address_of_the_connection_itself_is_a_loop_whatever_the_snapshot_says)
{
	ck_assert_int_eq(judge("198.51.100.7:3129", "198.51.100.7:3129"), DST_LOOP);
	ck_assert_int_eq(judge("198.51.100.7:80", "198.51.100.7:3129"), DST_ALLOWED);
}
END_TEST

START_TEST(the_machine_knows_its_addresses_and_their_changes)
{
	struct own_addrs own;
	struct addr addr;
	struct pollfd news = {.events = POLLIN};

	if (!lab_enter_empty())
		return;
	news.fd = own_addrs_watch();
	ck_assert_int_ge(news.fd, 0);
	ck_assert(own_addrs_load(&own));
	addr_parse(SLICE("127.0.0.1"), &addr);
	ck_assert(own_addrs_has(&own, &addr));
	addr_parse(SLICE("203.0.113.5"), &addr);
	ck_assert(!own_addrs_has(&own, &addr));
	own_addrs_release(&own);
	ck_assert(!own_addrs_has(&own, &addr));
	ck_assert_int_eq(poll(&news, 1, 0), 0);

	lab_run("ip addr add 203.0.113.5/24 dev lo");
	lab_run("ip addr add 2001:db8::7/64 dev lo");
	ck_assert_int_eq(poll(&news, 1, 1000), 1);
	own_addrs_drain(news.fd);
	ck_assert_int_eq(poll(&news, 1, 0), 0);
	ck_assert(own_addrs_load(&own));
	ck_assert(own_addrs_has(&own, &addr));
	addr_parse(SLICE("2001:db8::7"), &addr);
	ck_assert(own_addrs_has(&own, &addr));
	own_addrs_release(&own);
	close(news.fd);
}
END_TEST

UNIT_SUITE(dst_guard, "dst_guard", each_destination_has_its_verdict,
	the_address_of_the_connection_itself_is_a_loop_whatever_the_snapshot_says,
	the_machine_knows_its_addresses_and_their_changes)

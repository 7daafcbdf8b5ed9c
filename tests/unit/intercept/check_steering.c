/* What the kernel is to hand over: mistakes are named, with their remedy. */
#include "suites.h"

#include "intercept/steering.h"

START_TEST(the_defaults_can_work)
{
	struct steering s = steering_default();
	struct problems problems = {0};

	ck_assert(steering_check(&s, &problems));
	ck_assert_uint_eq(problems.count, 0);
	s.method = STEERING_TPROXY;
	s.local = true;
	s.on_failure = STEERING_CLOSED;
	ck_assert(steering_add_interface(&s, SLICE("br-lan.20@x")));
	ck_assert(steering_check(&s, &problems));
	ck_assert_uint_eq(problems.count, 0);
}
END_TEST

static struct steering bad;

/* Checks `bad`, which must give one problem with that text in it, and a remedy. */
static void
expect(const char *text)
{
	struct problems problems = {0};

	ck_assert(!steering_check(&bad, &problems));
	ck_assert_uint_eq(problems.count, 1);
	ck_assert_msg(
		strstr(problems.items[0].text, text) != NULL, "\"%s\" lacks \"%s\"", problems.items[0].text, text);
	ck_assert_ptr_nonnull(problems.items[0].remedy);
	problems_release(&problems);
	bad = steering_default();
}

START_TEST(each_mistake_is_named)
{
	static const char *const tables[] = {"", "1a", "a b", "a;b", "a-b", "_a", "a\"b"};
	static const char *const interfaces[] = {".", "..", "a/b", "a b", "eth*", "a\"b", "a:b", "a\nb", "a\\b"};

	bad = steering_default();
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		strcpy(bad.table, tables[i]);
		expect("cannot name a table");
	}
	for (size_t i = 0; i < sizeof interfaces / sizeof interfaces[0]; i++) {
		ck_assert(steering_add_interface(&bad, slice_of(interfaces[i])));
		expect("cannot name an interface");
	}
	bad.port_count = 0;
	expect("no port");
	steering_add_port(&bad, 3129);
	expect("port 3129 is to be intercepted");
	steering_add_port(&bad, 3130);
	expect("port 3130 is to be intercepted");
	bad.redirect_port = 0;
	expect("redirect listener");
	bad.method = STEERING_TPROXY;
	bad.tproxy_port = 0;
	expect("tproxy listener");
	bad.own_mark = bad.route_mark;
	expect("marks");
	bad.own_mark = 0;
	expect("marks");
	bad.route_mark = 3;
	expect("marks");
	bad.bypass_mark = 0;
	expect("marks");
	bad.route_table = 254;
	expect("routing table 254");
	bad.route_table = 0;
	expect("routing table 0");
	bad.dead_man_ms = 99;
	expect("99 ms");
}
END_TEST

START_TEST(lists_have_ends_and_names_have_lengths)
{
	struct steering s = steering_default();

	ck_assert(!steering_add_interface(&s, SLICE("")));
	ck_assert(!steering_add_interface(&s, SLICE("sixteen-letters-")));
	ck_assert(steering_add_interface(&s, SLICE("fifteen-letters")));
	while (s.interface_count < STEERING_INTERFACES_MAX)
		ck_assert(steering_add_interface(&s, SLICE("eth0")));
	ck_assert(!steering_add_interface(&s, SLICE("eth0")));

	ck_assert(!steering_add_port(&s, 0));
	ck_assert(steering_add_port(&s, 443));
	ck_assert_uint_eq(s.port_count, 2);
	for (uint16_t port = 8000; s.port_count < STEERING_PORTS_MAX; port++)
		ck_assert(steering_add_port(&s, port));
	ck_assert(steering_add_port(&s, 80));
	ck_assert(!steering_add_port(&s, 81));
}
END_TEST

UNIT_SUITE(steering, "steering", the_defaults_can_work, each_mistake_is_named, lists_have_ends_and_names_have_lengths)

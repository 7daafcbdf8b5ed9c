/* What the kernel is to hand over: mistakes are named, with their remedy. */
#include "suites.h"

#include "intercept/steering.h"

#include <stdio.h>

START_TEST(the_defaults_can_work)
{
	struct steering s = steering_default();
	struct problems problems = {0};

	s.anywhere = true;
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

static void
begin(void)
{
	bad = steering_default();
	steering_add_interface(&bad, SLICE("eth0"));
}

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
	begin();
}

START_TEST(each_mistake_is_named)
{
	static const char *const tables[] = {"", "1a", "a b", "a;b", "a-b", "_a", "a\"b"};
	static const char *const interfaces[] = {".", "..", "a/b", "a b", "eth*", "a\"b", "a:b", "a\nb", "a\\b"};

	begin();
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		strcpy(bad.table, tables[i]);
		expect("cannot name a table");
	}
	for (size_t i = 0; i < sizeof interfaces / sizeof interfaces[0]; i++) {
		ck_assert(steering_add_interface(&bad, slice_of(interfaces[i])));
		expect("cannot name an interface");
	}
	bad.interface_count = 0;
	expect("no connection is to be intercepted");
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

static bool
exclude(struct steering *s, const char *text)
{
	struct prefix p;

	ck_assert_msg(prefix_parse(slice_of(text), &p), "%s", text);
	return steering_add_exclude(s, &p);
}

START_TEST(excludes_are_kept_ascending_and_disjoint)
{
	static const char *const given[] = {"192.0.2.128/25", "10.1.0.0/16", "10.0.0.0/8", "10.2.3.4", "192.0.2.0/25",
		"2001:db8::/32", "::/0", "fd00::/8", "203.0.113.1", "203.0.113.1", "10.0.0.0/8"};
	static const char *const kept[] = {"::/0", "10.0.0.0/8", "192.0.2.0/25", "192.0.2.128/25", "203.0.113.1/32"};
	struct steering s = steering_default();
	char text[ADDR_TEXT_MAX + 4];

	for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
		ck_assert(exclude(&s, given[i]));
	ck_assert_uint_eq(s.exclude_count, sizeof kept / sizeof kept[0]);
	for (size_t i = 0; i < s.exclude_count; i++)
		ck_assert_str_eq(prefix_format(&s.excludes[i], text), kept[i]);
}
END_TEST

START_TEST(excludes_have_an_end_and_a_wider_one_makes_room)
{
	struct steering s = steering_default();
	char text[32];

	for (int i = 0; i < STEERING_EXCLUDES_MAX; i++) {
		snprintf(text, sizeof text, "10.0.%d.0/24", i);
		ck_assert(exclude(&s, text));
	}
	ck_assert(!exclude(&s, "192.0.2.1"));
	ck_assert(exclude(&s, "10.0.7.7"));
	ck_assert(exclude(&s, "10.0.0.0/16"));
	ck_assert_uint_eq(s.exclude_count, 1);
	ck_assert(exclude(&s, "192.0.2.1"));
}
END_TEST

UNIT_SUITE(steering, "steering", the_defaults_can_work, each_mistake_is_named, lists_have_ends_and_names_have_lengths,
	excludes_are_kept_ascending_and_disjoint, excludes_have_an_end_and_a_wider_one_makes_room)

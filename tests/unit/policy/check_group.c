/* Groups: nested networks against a plain scan, MAC addresses, users, and what may be once more is known. */
#include "suites.h"

#include <stdio.h>

static struct facts
facts_of_client(const char *client)
{
	struct facts facts = {0};

	ck_assert(addr_parse(slice_of(client), &facts.client));
	facts_settle(&facts, STAGE_CONNECTION);
	return facts;
}

START_TEST(nested_networks_agree_with_a_plain_scan)
{
	srand(5);
	for (int round = 0; round < 200; round++) {
		struct arena arena = arena_make(1 << 20);
		struct groups groups;
		struct prefix prefixes[40];
		unsigned owners[40];
		unsigned count = (unsigned)rand() % 40;

		groups_init(&groups);
		for (unsigned g = 0; g < 5; g++)
			groups_add(&groups, SLICE("g"));
		for (unsigned i = 0; i < count; i++) {
			char text[64];
			unsigned bits = (unsigned)rand() % 17 + 16;
			unsigned host = (unsigned)rand() % 65536 & (0xffffu << (32 - bits));

			snprintf(text, sizeof text, "10.0.%u.%u/%u", host >> 8 & 255, host & 255, bits);
			ck_assert_msg(prefix_parse(slice_of(text), &prefixes[i]), "%s", text);
			owners[i] = 1 + (unsigned)rand() % 5;
			ck_assert(groups_add_net(&groups, owners[i], &prefixes[i]));
		}
		ck_assert(groups_finish(&groups, &arena));
		for (int n = 0; n < 200; n++) {
			struct group_set expected = {{1}}, sure, maybe;
			char text[64];
			struct facts facts;

			snprintf(text, sizeof text, "%s.%d.%d", rand() % 8 ? "10.0" : "10.1", rand() % 256,
				rand() % 256);
			facts = facts_of_client(text);
			for (unsigned i = 0; i < count; i++)
				if (prefix_contains(&prefixes[i], &facts.client))
					group_set_add(&expected, owners[i]);
			groups_of(&groups, &facts, &sure, &maybe);
			ck_assert_mem_eq(&sure, &expected, sizeof sure);
		}
		groups_release(&groups);
		arena_release(&arena);
	}
}
END_TEST

START_TEST(the_ends_of_the_address_space_are_no_border_case)
{
	struct arena arena = arena_make(1 << 20);
	struct group_set sure, maybe;
	struct groups groups;
	struct prefix all, last;
	struct facts facts;

	groups_init(&groups);
	groups_add(&groups, SLICE("all"));
	groups_add(&groups, SLICE("last"));
	ck_assert(prefix_parse(SLICE("::/0"), &all));
	ck_assert(prefix_parse(SLICE("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), &last));
	groups_add_net(&groups, 1, &all);
	groups_add_net(&groups, 2, &last);
	ck_assert(groups_finish(&groups, &arena));
	facts = facts_of_client("192.0.2.1");
	groups_of(&groups, &facts, &sure, &maybe);
	ck_assert_uint_eq(sure.words[0], 3);
	facts = facts_of_client("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	groups_of(&groups, &facts, &sure, &maybe);
	ck_assert_uint_eq(sure.words[0], 7);
	groups_release(&groups);
	arena_release(&arena);
}
END_TEST

START_TEST(a_client_is_in_a_group_by_net_or_mac_or_user)
{
	struct policy *policy = policy_from("group a { net 10.0.0.0/8  mac 02:00:00:AA:bb:cc 02-00-00-00-00-01 }\n"
					    "group b { user alice bob }\npolicy { block a any\n block b any }");
	static const struct {
		const char *facts;
		uint64_t sure, maybe;
	} rows[] = {
		{"client=10.1.1.1 settle=connection", 3, 0},
		{"client=11.1.1.1 settle=connection", 1, 0},
		{"client=11.1.1.1 mac=02:00:00:aa:bb:cc settle=connection", 3, 0},
		{"client=11.1.1.1 mac=02:00:00:00:00:01 user=bob", 7, 0},
		{"client=11.1.1.1 mac=02:00:00:00:00:02 user=carol", 1, 0},
		{"client=11.1.1.1 user=carol,alice mac=02:00:00:00:00:02", 5, 0},
		{"client=11.1.1.1", 1, 6},
		{"client=11.1.1.1 user=carol", 1, 2},
		{"", 1, UINT64_MAX},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct group_set sure, maybe;
		struct test_facts test;

		facts_from(&test, rows[i].facts);
		groups_of(&policy->groups, &test.facts, &sure, &maybe);
		ck_assert_msg(
			sure.words[0] == rows[i].sure, "%s: %llx", rows[i].facts, (unsigned long long)sure.words[0]);
		ck_assert_msg(maybe.words[0] == rows[i].maybe, "%s: maybe %llx", rows[i].facts,
			(unsigned long long)maybe.words[0]);
	}
	policy_release(policy);
}
END_TEST

START_TEST(texts_that_are_no_mac_address_are_refused)
{
	static const char *const texts[] = {"", "02:00:00:aa:bb", "02:00:00:aa:bb:c", "02:00:00:aa:bb:cg",
		"0200.00aa.bbcc", "02:00:00:aa:bb:cc:dd"};
	uint8_t mac[6];

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		ck_assert_msg(!mac_parse(slice_of(texts[i]), mac), "%s", texts[i]);
}
END_TEST

UNIT_SUITE(group, "group", nested_networks_agree_with_a_plain_scan, the_ends_of_the_address_space_are_no_border_case,
	a_client_is_in_a_group_by_net_or_mac_or_user, texts_that_are_no_mac_address_are_refused)

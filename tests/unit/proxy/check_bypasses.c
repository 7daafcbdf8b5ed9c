/* What is passed because it cannot be read: learnt only of who does accept our leaves, for that host, for a while. */
#include "suites.h"

#include <stdio.h>

#include "proxy/bypasses.h"

#define NOW 1000000

static const struct bypass_limits limits = {.learns = true, .refusals = 2, .seconds = 3600, .max = 100};

static struct bypass_flow
flow_of(const char *client, const char *destination, const char *site, const char *ja4)
{
	struct bypass_flow flow = {.site = site, .ja4 = ja4, .issuer = 7};

	ck_assert(addr_parse(slice_of(client), &flow.client));
	ck_assert(endpoint_parse(slice_of(destination), &flow.destination));
	return flow;
}

static struct bypass_flow
usual(void)
{
	return flow_of("10.0.0.1", "192.0.2.1:443", "a.example", "t13d");
}

static enum bypass_outcome
refuse(struct bypasses *b, const struct bypass_flow *flow, int64_t now)
{
	return bypasses_note_refusal(b, flow, true, 48, &limits, now);
}

START_TEST(two_refusals_pass_that_client_host_program_and_destination)
{
	const struct bypass_flow others[] = {
		flow_of("10.0.0.2", "192.0.2.1:443", "a.example", "t13d"),
		flow_of("10.0.0.1", "192.0.2.2:443", "a.example", "t13d"),
		flow_of("10.0.0.1", "192.0.2.1:444", "a.example", "t13d"),
		flow_of("10.0.0.1", "192.0.2.1:443", "b.example", "t13d"),
		flow_of("10.0.0.1", "192.0.2.1:443", "www.a.example", "t13d"),
		flow_of("10.0.0.1", "192.0.2.1:443", "a.example", "t12d"),
		flow_of("10.0.0.1", "192.0.2.1:443", "", "t13d"),
	};
	struct bypasses *b = bypasses_new();
	struct bypass_flow flow = usual(), elsewhere = others[1];

	ck_assert_int_eq(bypasses_find(b, &flow, NOW), BYPASS_NONE);
	ck_assert_int_eq(refuse(b, &flow, NOW), BYPASS_COUNTED);
	ck_assert_int_eq(bypasses_find(b, &flow, NOW), BYPASS_NONE);
	ck_assert_int_eq(refuse(b, &flow, NOW + 1), BYPASS_LEARNT);
	ck_assert_int_eq(bypasses_find(b, &flow, NOW + 1), BYPASS_REFUSED_LEAF);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		ck_assert_int_eq(bypasses_find(b, &others[i], NOW + 1), BYPASS_NONE);
	/* Another address of the same host counts once it was verified, too. */
	ck_assert_int_eq(refuse(b, &elsewhere, NOW + 2), BYPASS_LEARNT);
	ck_assert_int_eq(bypasses_find(b, &elsewhere, NOW + 2), BYPASS_REFUSED_LEAF);
	bypasses_free(b);
}
END_TEST

START_TEST(it_is_over_after_its_time)
{
	struct bypasses *b = bypasses_new();
	struct bypass_flow flow = usual();

	refuse(b, &flow, NOW);
	refuse(b, &flow, NOW);
	ck_assert_int_eq(bypasses_find(b, &flow, NOW + 3599), BYPASS_REFUSED_LEAF);
	ck_assert_int_eq(bypasses_find(b, &flow, NOW + 3600), BYPASS_NONE);
	/* And begins anew. */
	ck_assert_int_eq(refuse(b, &flow, NOW + 3600), BYPASS_COUNTED);
	ck_assert_int_eq(bypasses_find(b, &flow, NOW + 3600), BYPASS_NONE);
	bypasses_free(b);
}
END_TEST

START_TEST(an_old_refusal_does_not_count)
{
	struct bypasses *b = bypasses_new();
	struct bypass_flow flow = usual();

	ck_assert_int_eq(refuse(b, &flow, NOW), BYPASS_COUNTED);
	ck_assert_int_eq(refuse(b, &flow, NOW + 3601), BYPASS_COUNTED);
	bypasses_free(b);
}
END_TEST

START_TEST(nothing_is_learnt_of_who_has_not_our_ca)
{
	struct bypasses *b = bypasses_new();
	struct bypass_limits off = limits;
	struct bypass_flow flow = usual(), nameless = flow;

	off.learns = false;
	nameless.site = "";
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(bypasses_note_refusal(b, &flow, false, 48, &limits, NOW), BYPASS_IGNORED);
		ck_assert_int_eq(bypasses_note_refusal(b, &flow, true, 48, &off, NOW), BYPASS_IGNORED);
		ck_assert_int_eq(refuse(b, &nameless, NOW), BYPASS_IGNORED);
	}
	ck_assert_int_eq(bypasses_find(b, &flow, NOW), BYPASS_NONE);
	bypasses_free(b);
}
END_TEST

START_TEST(a_host_that_was_accepted_is_never_learnt_under_the_same_ca)
{
	struct bypasses *b = bypasses_new();
	struct bypass_flow flow = usual(), renewed = flow;

	bypasses_note_accepted(b, &flow);
	ck_assert_int_eq(refuse(b, &flow, NOW), BYPASS_IGNORED);
	ck_assert_int_eq(refuse(b, &flow, NOW), BYPASS_IGNORED);
	renewed.issuer = 8;
	ck_assert_int_eq(refuse(b, &renewed, NOW), BYPASS_COUNTED);
	bypasses_free(b);
}
END_TEST

START_TEST(acceptance_ends_what_was_learnt)
{
	struct bypasses *b = bypasses_new();
	struct bypass_flow flow = usual();

	refuse(b, &flow, NOW);
	refuse(b, &flow, NOW);
	bypasses_note_accepted(b, &flow);
	ck_assert_int_eq(bypasses_find(b, &flow, NOW), BYPASS_NONE);
	bypasses_free(b);
}
END_TEST

START_TEST(a_program_that_refuses_everything_pins_nothing)
{
	struct bypasses *b = bypasses_new();
	struct bypass_flow flow = usual();
	char site[32];

	flow.site = site;
	for (int i = 0; i <= BYPASSES_PROGRAM_NAMES_MAX; i++) {
		snprintf(site, sizeof site, "n%d.example", i);
		refuse(b, &flow, NOW);
		if (i < BYPASSES_PROGRAM_NAMES_MAX)
			ck_assert_int_eq(refuse(b, &flow, NOW), BYPASS_LEARNT);
	}
	ck_assert_int_eq(refuse(b, &flow, NOW), BYPASS_IGNORED);
	snprintf(site, sizeof site, "n0.example");
	ck_assert_int_eq(bypasses_find(b, &flow, NOW), BYPASS_NONE);
	bypasses_free(b);
}
END_TEST

START_TEST(a_program_that_accepts_something_may_pin_much)
{
	struct bypasses *b = bypasses_new();
	struct bypass_flow flow = usual();
	char site[32];

	bypasses_note_accepted(b, &flow);
	flow.site = site;
	for (int i = 0; i < 2 * BYPASSES_PROGRAM_NAMES_MAX; i++) {
		snprintf(site, sizeof site, "n%d.example", i);
		refuse(b, &flow, NOW);
		ck_assert_int_eq(refuse(b, &flow, NOW), BYPASS_LEARNT);
	}
	bypasses_free(b);
}
END_TEST

static void
count(void *context, const struct bypass_view *view)
{
	(void)view;
	++*(size_t *)context;
}

START_TEST(it_is_bounded_and_pins_stay)
{
	struct bypasses *b = bypasses_new();
	struct bypass_flow flow = usual();
	struct bypass_limits few = limits;
	static const struct addr any;
	char client[32];
	size_t n = 0;

	few.max = 10;
	ck_assert(bypasses_pin(b, &any, "pinned.example", 0, NOW));
	for (int i = 1; i <= 50; i++) {
		snprintf(client, sizeof client, "10.0.0.%d", i);
		ck_assert(addr_parse(slice_of(client), &flow.client));
		bypasses_note_refusal(b, &flow, true, 42, &few, NOW);
	}
	bypasses_each(b, NOW, count, &n);
	ck_assert_uint_eq(n, 11);
	flow.site = "pinned.example";
	ck_assert_int_eq(bypasses_find(b, &flow, NOW), BYPASS_PINNED);
	bypasses_free(b);
}
END_TEST

START_TEST(an_origin_that_wants_a_certificate_is_passed_for_every_client)
{
	struct bypasses *b = bypasses_new();
	struct bypass_flow flow = usual(), other = flow_of("10.9.9.9", "192.0.2.1:443", "a.example", "x");
	struct bypass_flow elsewhere = flow_of("10.0.0.1", "192.0.2.9:443", "a.example", "t13d");

	ck_assert(bypasses_note_client_certificate(b, &flow, &limits, NOW));
	ck_assert_int_eq(bypasses_find(b, &other, NOW), BYPASS_CLIENT_CERTIFICATE);
	ck_assert_int_eq(bypasses_find(b, &elsewhere, NOW), BYPASS_NONE);
	ck_assert_int_eq(bypasses_find(b, &other, NOW + 3600), BYPASS_NONE);
	bypasses_free(b);
}
END_TEST

START_TEST(pins_are_of_one_client_or_of_all_and_end_when_asked)
{
	struct bypasses *b = bypasses_new();
	struct bypass_flow flow = usual(), other = flow_of("10.9.9.9", "192.0.2.9:443", "a.example", "x");
	static const struct addr any;

	ck_assert(bypasses_pin(b, &flow.client, "a.example", NOW + 10, NOW));
	ck_assert_int_eq(bypasses_find(b, &flow, NOW), BYPASS_PINNED);
	ck_assert_int_eq(bypasses_find(b, &other, NOW), BYPASS_NONE);
	ck_assert_int_eq(bypasses_find(b, &flow, NOW + 10), BYPASS_NONE);
	ck_assert(bypasses_pin(b, &any, "a.example", 0, NOW));
	ck_assert_int_eq(bypasses_find(b, &other, INT64_MAX), BYPASS_PINNED);
	ck_assert_uint_eq(bypasses_forget(b, &flow.client, NULL), 0);
	ck_assert_uint_eq(bypasses_forget(b, NULL, "b.example"), 0);
	ck_assert_uint_eq(bypasses_forget(b, NULL, "a.example"), 1);
	ck_assert_int_eq(bypasses_find(b, &other, NOW), BYPASS_NONE);
	ck_assert(bypasses_pin(b, &any, "a.example", 0, NOW));
	refuse(b, &flow, NOW);
	bypasses_unpin_all(b);
	ck_assert_int_eq(bypasses_find(b, &other, NOW), BYPASS_NONE);
	ck_assert_uint_eq(bypasses_forget(b, NULL, NULL), 1);
	bypasses_free(b);
}
END_TEST

UNIT_SUITE(bypasses, "bypasses", two_refusals_pass_that_client_host_program_and_destination, it_is_over_after_its_time,
	an_old_refusal_does_not_count, nothing_is_learnt_of_who_has_not_our_ca,
	a_host_that_was_accepted_is_never_learnt_under_the_same_ca, acceptance_ends_what_was_learnt,
	a_program_that_refuses_everything_pins_nothing, a_program_that_accepts_something_may_pin_much,
	it_is_bounded_and_pins_stay, an_origin_that_wants_a_certificate_is_passed_for_every_client,
	pins_are_of_one_client_or_of_all_and_end_when_asked)

/* Rules that a code sets aside: which, for whom, and what the walk makes of those behind them. */
#include "suites.h"

#include <stdio.h>

#include "policy/explain.h"
#include "policy/override.h"

struct code {
	struct policy_exemption exemption;
	struct override_scope scope;
	const struct policy *policy;
	const struct facts *facts;
};

static uint32_t
covers(const struct policy_exemption *self, const struct rule *rule, int category)
{
	const struct code *c = (const struct code *)self; /* its first member */

	return override_covers_client(&c->scope, c->policy, c->facts) &&
			       override_covers_rule(&c->scope, c->policy, rule, category)
		       ? 7
		       : 0;
}

#define GROUPS "group pupils { net 10.1.0.0/16 }\n group staff { net 10.2.0.0/16  user anna }\n"

START_TEST(what_a_code_covers_is_walked_over_and_what_stands_behind_decides)
{
	static const struct {
		const char *rules;
		struct override_scope scope;
		const char *facts;
		const char *verdict; /* verb, rule, and the rule that was set aside */
	} rows[] = {
		{"block everyone site a.org id x", {0}, "client=10.1.0.1 site=a.org settle=request",
			"inspect default x"},
		{"block everyone site a.org id x no_override", {0}, "site=a.org settle=request", "block x -"},
		{"block everyone site a.org id x\n block everyone category malware no_override id y", {0},
			"site=a.org cat=malware settle=request", "block y x"},
		{"block everyone site a.org id x\n block everyone any id y", {0}, "site=a.org settle=request",
			"inspect default x"},
		{"block everyone site a.org id x\n block everyone any id y", {.rule = "x"}, "site=a.org settle=request",
			"block y x"},
		{"block everyone site a.org id x", {.rule = "y"}, "site=a.org settle=request", "block x -"},
		{"block everyone site a.org id x\n pass everyone any id y", {0}, "site=a.org settle=request",
			"pass y x"},
		{"block everyone site a.org id x\n block everyone type executable no_override id y", {0},
			"site=a.org settle=request", "undecided y x"},
		/* Not decided yet: nothing is set aside before it is. */
		{"block everyone type executable id x\n inspect everyone any", {0}, "site=a.org settle=request",
			"undecided x -"},
		{"block everyone type executable id x\n inspect everyone any id y", {0},
			"site=a.org type=executable settle=body", "inspect y x"},
		/* Other verbs, and rules that only watch. */
		{"warn everyone site a.org id x", {0}, "site=a.org settle=request", "warn x -"},
		{"block everyone site a.org id x monitor\n inspect everyone any id y", {0}, "site=a.org settle=request",
			"inspect y -"},
		/* Categories. */
		{"block everyone category games social id x", {.category = "social"},
			"site=a.org cat=social settle=request", "inspect default x"},
		{"block everyone category games social id x", {.category = "social"},
			"site=a.org cat=games settle=request", "block x -"},
		{"block everyone site a.org id x", {.category = "social"}, "site=a.org cat=social settle=request",
			"block x -"},
		/* Clients. */
		{"block everyone any id x", {.group = "pupils"}, "client=10.1.0.1 site=a.org settle=request",
			"inspect default x"},
		{"block everyone any id x", {.group = "pupils"}, "client=10.2.0.1 site=a.org settle=request",
			"block x -"},
		{"block everyone any id x", {.group = "staff"}, "client=10.1.0.1 user=anna site=a.org settle=request",
			"inspect default x"},
		{"block everyone any id x", {.group = "nobody"}, "client=10.1.0.1 site=a.org settle=request",
			"block x -"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[512], got[64];
		struct test_facts test;
		struct code code = {{covers}, rows[i].scope, NULL, &test.facts};
		struct verdict v;

		snprintf(text, sizeof text, GROUPS "policy {\n %s\n}\n", rows[i].rules);
		code.policy = policy_from(text);
		facts_from(&test, rows[i].facts);
		policy_evaluate_exempting(code.policy, &test.facts, &code.exemption, &v);
		snprintf(got, sizeof got, "%s %.*s %.*s", verb_name(v.verb), SLICE_ARG(verdict_rule_id(&v)),
			SLICE_ARG(v.exempted ? v.exempted->id : SLICE("-")));
		ck_assert_uint_eq(v.exempted_by, v.exempted ? 7 : 0);
		ck_assert_msg(strcmp(got, rows[i].verdict) == 0, "%s / %s: %s", rows[i].rules, rows[i].facts, got);
		policy_release((struct policy *)(uintptr_t)code.policy);
	}
}
END_TEST

START_TEST(a_code_for_an_address_or_a_network_is_for_nobody_else)
{
	static const struct {
		const char *client, *facts;
		bool is_covered;
	} rows[] = {
		{"10.1.0.1", "client=10.1.0.1", true},
		{"10.1.0.1", "client=10.1.0.2", false},
		{"10.1.0.0/24", "client=10.1.0.2", true},
		{"10.1.0.0/24", "client=10.1.1.2", false},
		{"fd00::/64", "client=fd00::7", true},
		{"fd00::/64", "client=10.1.0.1", false},
	};
	struct policy *policy = policy_from("policy { inspect everyone any\n }");

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct override_scope scope = {.has_client = true};
		struct test_facts test;

		ck_assert(prefix_parse(slice_of(rows[i].client), &scope.client));
		facts_from(&test, rows[i].facts);
		ck_assert_int_eq(override_covers_client(&scope, policy, &test.facts), rows[i].is_covered);
	}
	policy_release(policy);
}
END_TEST

START_TEST(an_explanation_says_which_rule_is_set_aside)
{
	struct policy *policy = policy_from("policy {\n block everyone site a.org id x\n inspect everyone any id y\n}");
	struct test_facts test;
	struct code code = {{covers}, {.has_client = false}, policy, &test.facts};
	struct buffer out = buffer_make(65536);
	struct explanation e;

	facts_from(&test, "site=a.org settle=request");
	policy_explain(policy, &test.facts, &code.exemption, &e);
	ck_assert(explanation_print(policy, &e, &out));
	ck_assert(buffer_append(&out, slice_make("", 1)));
	ck_assert_msg(strstr(out.data, "id x  [would decide; set aside by the override]") != NULL, "%s", out.data);
	ck_assert_msg(strstr(out.data, "verdict: inspect by y") != NULL, "%s", out.data);
	explanation_release(&e);
	buffer_release(&out);
	policy_release(policy);
}
END_TEST

UNIT_SUITE(override, "override", what_a_code_covers_is_walked_over_and_what_stands_behind_decides,
	a_code_for_an_address_or_a_network_is_for_nobody_else, an_explanation_says_which_rule_is_set_aside)

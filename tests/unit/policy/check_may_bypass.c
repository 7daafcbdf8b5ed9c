/* What may be passed although no rule passes it: everything that no rule names and none forbids. */
#include "suites.h"

#include <stdio.h>

START_TEST(only_what_no_rule_names_or_refuses_may_be_bypassed)
{
	static const struct {
		const char *rules;
		const char *facts;
		const char *forbidden_by; /* the rule's id, or NULL */
	} rows[] = {
		{"", "tls site=a.org settle=connection", NULL},
		{"inspect everyone any", "tls site=a.org settle=connection", NULL},
		{"inspect everyone any no_override id x", "tls site=a.org settle=connection", "x"},
		{"inspect everyone site a.org id x", "tls site=a.org settle=connection", "x"},
		{"inspect everyone site a.org id x", "tls site=b.org settle=connection", NULL},
		{"inspect everyone not site a.org id x\n inspect everyone any", "tls site=b.org settle=connection",
			NULL},
		{"inspect everyone category adult id x", "tls site=a.org cat=adult settle=connection", "x"},
		{"inspect everyone category adult id x", "tls site=a.org cat=news settle=connection", NULL},
		{"block everyone any id x", "tls site=a.org settle=connection", "x"},
		{"warn everyone any id x", "tls site=a.org settle=connection", "x"},
		{"block everyone any monitor id x", "tls site=a.org settle=connection", NULL},
		/* What is not known yet: content is not waited for, unless the rule is about this very site. */
		{"block everyone type executable id x", "tls site=a.org settle=connection", NULL},
		{"block everyone type executable no_override id x", "tls site=a.org settle=connection", "x"},
		{"block everyone type executable site a.org id x", "tls site=a.org settle=connection", "x"},
		{"block everyone type executable site a.org id x", "tls site=b.org settle=connection", NULL},
		{"block everyone site a.org/x id x", "tls site=a.org settle=connection", "x"},
		/* And hides no rule that stands behind it. */
		{"block everyone type executable\n block everyone site a.org id x", "tls site=a.org settle=connection",
			"x"},
		{"block everyone type executable\n inspect everyone site a.org id x",
			"tls site=a.org settle=connection", "x"},
		{"block everyone type executable\n inspect everyone any\n block everyone site a.org id x",
			"tls site=a.org settle=connection", NULL},
		{"pass everyone site a.org\n block everyone any id x", "tls site=a.org settle=connection", NULL},
		{"pass everyone site a.org\n block everyone any id x", "tls site=b.org settle=connection", "x"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[512];
		struct policy *policy;
		const struct rule *why = NULL;
		struct test_facts test;
		bool may;

		snprintf(text, sizeof text, "policy {\n %s\n}\n", rows[i].rules);
		policy = policy_from(text);
		facts_from(&test, rows[i].facts);
		may = policy_may_bypass(policy, &test.facts, &why);
		ck_assert_msg(may == (rows[i].forbidden_by == NULL), "%s / %s", rows[i].rules, rows[i].facts);
		if (rows[i].forbidden_by)
			ck_assert_msg(why && slice_eq(why->id, slice_of(rows[i].forbidden_by)), "%s / %s",
				rows[i].rules, rows[i].facts);
		policy_release(policy);
	}
}
END_TEST

UNIT_SUITE(may_bypass, "may_bypass", only_what_no_rule_names_or_refuses_may_be_bypassed)

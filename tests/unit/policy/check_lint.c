/* The linter: what it warns of, and, as often, what it must not warn of. */
#include "suites.h"

#include "policy/lint.h"

#include <stdio.h>

static const char head[] = "group pupils { net 10.1.0.0/16 }\ngroup room { net 10.1.40.0/24 }\ngroup staff { net "
			   "10.2.0.0/16 }\ngroup guests { net 10.1.0.0/16 mac 02:00:00:00:00:01 }\n"
			   "time am { mon-fri 08:00-12:00 }\ntime pm { mon-fri 13:00-17:00 }\npolicy {\n";

/* The rules begin at line 8. */
static const char *
lint_of(const char *rules)
{
	static char text[8192];
	char config[4096];
	struct problems problems = {0};
	struct policy *policy;
	size_t n = 0;

	snprintf(config, sizeof config, "%s%s\n}\n", head, rules);
	policy = policy_from(config);
	policy_lint(policy, NULL, &problems);
	text[0] = '\0';
	for (size_t i = 0; i < problems.count && n + 800 < sizeof text; i++) {
		problem_format(&problems.items[i], text + n, sizeof text - n);
		n += strlen(text + n);
		text[n++] = '\n';
		text[n] = '\0';
	}
	ck_assert_uint_eq(problems.errors, 0);
	problems_release(&problems);
	policy_release(policy);
	return text;
}

START_TEST(rules_behind_a_wider_one_are_never_reached)
{
	static const char *const rows[] = {
		"inspect everyone any\nblock pupils any",
		"inspect pupils any\nblock room category games",
		"inspect guests any\nblock room category games",
		"block pupils category games social\nwarn pupils category games",
		"block pupils category games\nwarn pupils category games during am",
		"block everyone site *.example.org\nwarn pupils site www.example.org a.b.example.org/path",
		"block everyone site example.org\nwarn pupils site example.org/path",
		"block everyone port 80 443\nwarn everyone port 443 method GET",
		"block everyone phrases over 50\nwarn everyone phrases over 100",
		"block everyone size over 1m\nwarn everyone size over 2m",
		"block everyone not port 80\nwarn everyone not port 80 443",
		"block everyone certificate self-signed\nwarn everyone certificate self-signed",
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *have = lint_of(rows[i]);

		ck_assert_msg(
			strstr(have, "test.conf:9:1: warning: the rule is never reached: test.conf:8 matches all") !=
				NULL,
			"%s\n%s", rows[i], have);
	}
}
END_TEST

START_TEST(rules_that_may_be_reached_are_left_alone)
{
	static const char *const rows[] = {
		"block pupils any\ninspect everyone any",
		"block room any\nblock pupils any",
		"block pupils any\nblock guests any", /* guests may come by MAC address from elsewhere */
		"block pupils category games\nblock pupils category games social",
		"block pupils category games during am\nblock pupils category games",
		"block pupils category games monitor\nblock pupils category games",
		"block everyone site www.example.org\nblock everyone site *.example.org",
		"block everyone site *.example.org\nblock everyone site example.org",
		"block everyone site *.example.org\nblock everyone site notexample.org",
		"block everyone site example.org/path\nblock everyone site example.org",
		"block everyone phrases over 100\nblock everyone phrases over 50",
		"block everyone size over 2m\nblock everyone size under 3m",
		"block everyone not port 80 443\nblock everyone not port 80",
		"block everyone not port 80\nblock everyone port 80",
		"pass everyone category bank\nblock pupils category games during am\nblock pupils type executable",
		"pass everyone certificate issuer X",
		"block everyone port 80-90 port 85",
		"block everyone site a.org site *.org",
		"block everyone protocol tls protocol h2",
		"block everyone size over 1k size under 1m",
		"block everyone during am not during pm",
		"block staff type executable\npass pupils category bank",
		"block everyone type executable site a.org\npass pupils category bank",
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		ck_assert_msg(*lint_of(rows[i]) == '\0', "%s\n%s", rows[i], lint_of(rows[i]));
}
END_TEST

START_TEST(contradictions_in_one_rule_are_named)
{
	static const char *const rows[] = {
		"block everyone port 80 port 443",
		"block everyone port 80 not port 80-90",
		"block everyone site a.org site b.org",
		"block everyone site a.org not site *.org a.org",
		"block everyone method GET method POST",
		"block everyone direction upload direction download",
		"block everyone during am during pm",
		"block everyone size over 1m size under 1k",
		"block everyone protocol tls protocol http",
		"block everyone protocol other method GET",
		"block everyone category games not category games",
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *have = lint_of(rows[i]);

		ck_assert_msg(strstr(have, "test.conf:8:") && strstr(have, "warning: the rule never matches") != NULL,
			"%s\n%s", rows[i], have);
	}
	ck_assert_ptr_nonnull(strstr(lint_of("block everyone port 80 port 443"), "test.conf:8:24: warning"));
}
END_TEST

START_TEST(a_pass_that_cannot_pass_is_named)
{
	ck_assert_ptr_nonnull(strstr(lint_of("pass everyone method GET"),
		"test.conf:8:15: warning: \"method GET\" is known only after decryption"));
	ck_assert_ptr_nonnull(strstr(lint_of("pass everyone site a.org/path"), "known only after decryption"));
	ck_assert_ptr_nonnull(strstr(lint_of("block pupils type executable\npass room category bank"),
		"test.conf:9:1: warning: nothing passes untouched here: test.conf:8 must look inside first"));
}
END_TEST

START_TEST(phrases_without_a_list_are_named)
{
	struct conf_source source = {"s.conf", SLICE("policy { block everyone phrases over 5 }")};
	struct problems problems = {0};
	struct conf_tree *tree = conf_tree_parse(&source, 1, &problems);
	struct conf *conf = conf_build(tree, &problems);
	struct policy *policy = policy_compile(tree, NULL, &problems);
	char text[512];

	policy_lint(policy, conf, &problems);
	ck_assert_uint_eq(problems.count, 1);
	problem_format(&problems.items[0], text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "s.conf:1:25: warning: no phrase list is configured"));
	problems_release(&problems);
	policy_release(policy);
	conf_release(conf);
	conf_tree_free(tree);
}
END_TEST

START_TEST(each_rule_says_when_it_is_decided_and_what_it_holds)
{
	struct policy *policy = policy_from("policy {\n block everyone any\n block everyone site a.org\n"
					    " block everyone type image phrases over 5\n block everyone type image\n"
					    " block everyone phrases over 5 monitor\n}");
	static const char *const expected[] = {
		"test.conf:2: block everyone any: decided at the connection, holds nothing",
		"test.conf:3: block everyone site a.org: decided at the connection (site), holds nothing",
		"test.conf:4: block everyone type image phrases over 5: decided at the body (type, phrases), holds the "
		"body, as "
		"hold says",
		"test.conf:5: block everyone type image: decided at the response (type), holds the first bytes of the "
		"body",
		"test.conf:6: block everyone phrases over 5 monitor: decided at the body (phrases), holds nothing",
	};

	for (size_t i = 0; i < policy->rule_count; i++) {
		struct lint_row row;
		char text[512];

		lint_row_of(&policy->rules[i], &row);
		ck_assert_str_eq(lint_row_format(&row, text, sizeof text), expected[i]);
	}
	policy_release(policy);
}
END_TEST

START_TEST(no_override_that_does_nothing_is_named)
{
	static const struct {
		const char *rules, *problem; /* "" for none */
	} rows[] = {
		{"pass everyone site a.org no_override", "no_override has no effect: the rule stops nobody"},
		{"block everyone any no_override monitor", "no_override has no effect: the rule only watches"},
		{"warn everyone type image no_override", ""},
		{"inspect everyone any no_override", ""},
		/* It is reached by who got past the first with a code. */
		{"block everyone any\n block everyone site a.org no_override", ""},
		{"block everyone any no_override\n block everyone site a.org no_override", "never reached"},
		{"block everyone any\n block everyone site a.org", "never reached"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *problems = lint_of(rows[i].rules);

		ck_assert_msg(*rows[i].problem ? strstr(problems, rows[i].problem) != NULL : *problems == '\0',
			"%s: %s", rows[i].rules, problems);
	}
}
END_TEST

UNIT_SUITE(lint, "lint", rules_behind_a_wider_one_are_never_reached, rules_that_may_be_reached_are_left_alone,
	contradictions_in_one_rule_are_named, a_pass_that_cannot_pass_is_named, phrases_without_a_list_are_named,
	each_rule_says_when_it_is_decided_and_what_it_holds, no_override_that_does_nothing_is_named)

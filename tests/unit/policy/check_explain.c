/* Explanations: the rows of a walk, as text, and that they tell of the very walk. */
#include "suites.h"

#include "policy/explain.h"

#include <stdio.h>

static const char *
explain(const char *rules, const char *facts)
{
	static char text[8192];
	struct policy *policy = policy_from(rules);
	struct buffer out = buffer_make(sizeof text - 1);
	struct explanation explanation;
	struct test_facts test;
	struct verdict verdict;

	facts_from(&test, facts);
	policy_explain(policy, &test.facts, NULL, &explanation);
	policy_evaluate(policy, &test.facts, &verdict);
	ck_assert_int_eq(explanation.verdict.verb, verdict.verb);
	ck_assert_ptr_eq(explanation.verdict.rule, verdict.rule);
	ck_assert(!explanation.is_cut);
	ck_assert(explanation_print(policy, &explanation, &out));
	ck_assert(slice_to_cstr(buffer_slice(&out), text, sizeof text));
	buffer_release(&out);
	explanation_release(&explanation);
	policy_release(policy);
	return text;
}

START_TEST(a_walk_is_told_rule_by_rule_with_the_facts)
{
	const char *text = explain("group pupils { net 10.1.0.0/16 }\npolicy {\n"
				   "block pupils category games\nblock everyone port 22 monitor\n"
				   "block everyone category malware reason \"dangerous site\"\npass everyone any\n}\n",
		"client=10.2.0.1 port=22 cat=malware,news settle=connection");

	ck_assert_str_eq(text, "test.conf:3  block pupils category games  [skipped]\n"
			       "    false    group pupils: client 10.2.0.1\n"
			       "test.conf:4  block everyone port 22 monitor  [would decide; monitor]\n"
			       "    true     group everyone: always\n"
			       "    true     port 22: port 22\n"
			       "test.conf:5  block everyone category malware reason \"dangerous site\"  [decides]\n"
			       "    true     group everyone: always\n"
			       "    true     category malware: categories: malware, news\n"
			       "verdict: block by test.conf:5 (category malware): dangerous site\n");
}
END_TEST

START_TEST(what_is_not_known_yet_is_said)
{
	ck_assert_str_eq(explain("policy {\nblock everyone type executable port 443\n}", "port=443"),
		"test.conf:2  block everyone type executable port 443  [stops the walk]\n"
		"    true     group everyone: always\n"
		"    unknown  type executable: type not known yet\n"
		"    true     port 443: port 443\n"
		"verdict: inspect for now: test.conf:2 waits for the response (type)\n");
	ck_assert_str_eq(explain("policy { }", ""), "verdict: inspect: no rule matches\n");
}
END_TEST

START_TEST(the_exception_that_lifts_a_rule_is_told_with_its_fact)
{
	static const char rules[] = "policy {\nblock everyone category games except site a.org method GET reason r\n}";

	ck_assert_str_eq(explain(rules, "cat=games site=b.org method=GET"),
		"test.conf:2  block everyone category games except site a.org method GET reason r  "
		"[lifted by an exception]\n"
		"    true     group everyone: always\n"
		"    true     category games: categories: games\n"
		"    false    except site a.org: site b.org\n"
		"    true     except method GET: method GET\n"
		"verdict: inspect: no rule matches\n");
	ck_assert_str_eq(explain(rules, "cat=games site=b.org"),
		"test.conf:2  block everyone category games except site a.org method GET reason r  "
		"[stops the walk]\n"
		"    true     group everyone: always\n"
		"    true     category games: categories: games\n"
		"    false    except site a.org: site b.org\n"
		"    unknown  except method GET: method not known yet\n"
		"verdict: inspect for now: test.conf:2 waits for the request (method)\n");
	/* A rule that does not match anyway was not lifted, nor is the next one. */
	ck_assert_ptr_nonnull(strstr(explain(rules, "cat=news site=a.org"), "[skipped]"));
	ck_assert_ptr_nonnull(strstr(explain("policy {\nblock everyone any except site a.org\nblock everyone port 1\n}",
					     "site=a.org port=2"),
		"block everyone port 1  [skipped]"));
	ck_assert_ptr_nonnull(strstr(explain("policy { block everyone any except not site a.org }", "site=b.org"),
		"    true     except not site a.org: site b.org\n"));
}
END_TEST

START_TEST(every_condition_shows_its_fact)
{
	static const struct {
		const char *condition;
		const char *facts;
		const char *evidence;
	} rows[] = {
		{"site a.org", "site=b.org", "site b.org"},
		{"site a.org", "site=", "site (none)"},
		{"site a.org/x", "site=a.org path=/y", "site a.org/y"},
		{"category adult", "cat=", "categories: none"},
		{"category adult", "cat=news possible=games", "categories: news; with some path also: games"},
		{"destination ::1", "to=[::2]:1", "destination ::2"},
		{"protocol tls h2", "tls h2", "protocol tls h2"},
		{"ja4 x", "ja4=", "JA4 (none)"},
		{"certificate self-signed", "settle=origin", "no certificate"},
		{"certificate issuer A", "issuer=B", "certificate by B"},
		{"certificate age over 7d", "age=86400", "certificate valid since 1 days"},
		{"method GET", "method=PUT", "method PUT"},
		{"header Cookie", "header=cookie:x", "header Cookie: x"},
		{"header Cookie", "header=a:x", "no header Cookie"},
		{"type image", "type=image mime=image/png", "type image/png image"},
		{"size over 1", "size=7", "size 7"},
		{"direction upload", "down", "download"},
		{"phrases over 1", "phrases=7", "phrases score 7"},
		{"topic violence", "violence=70", "topic violence 70 %"},
		{"topic violence", "settle=body", "no topic"},
		{"during am", "time=1704099600", "time mon 09:00"},
		{"client lan", "client=1.2.3.4 user=a,b mac=02:00:00:00:00:01", "client 1.2.3.4 a b"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char rules[512], expected[512];
		const char *text;

		snprintf(rules, sizeof rules,
			"group lan { net 10.0.0.0/8 }\ntime am { mon-fri 08:00-12:00 }\npolicy { block everyone %s }",
			rows[i].condition);
		snprintf(expected, sizeof expected, "%s: %s\n", rows[i].condition, rows[i].evidence);
		text = explain(rules, rows[i].facts);
		ck_assert_msg(strstr(text, expected) != NULL, "%s\nwant %s", text, expected);
	}
}
END_TEST

UNIT_SUITE(explain, "explain", a_walk_is_told_rule_by_rule_with_the_facts, what_is_not_known_yet_is_said,
	the_exception_that_lifts_a_rule_is_told_with_its_fact, every_condition_shows_its_fact)

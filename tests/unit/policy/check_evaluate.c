/* The walk: tables of a rule, facts and what follows; and that more facts never contradict fewer. */
#include "suites.h"

#include <stdio.h>

static enum verb
verb_of(const char *rules, const char *facts)
{
	struct policy *policy = policy_from(rules);
	struct test_facts test;
	struct verdict verdict;

	facts_from(&test, facts);
	policy_evaluate(policy, &test.facts, &verdict);
	policy_release(policy);
	return verdict.verb;
}

START_TEST(each_condition_is_true_false_or_unknown)
{
	static const struct {
		const char *condition;
		const char *facts;
		enum verb verb; /* block: true; inspect: false; undecided: unknown */
	} rows[] = {
		{"any", "", VERB_BLOCK},

		{"site example.org", "site=example.org", VERB_BLOCK},
		{"site Example.ORG.", "site=example.org", VERB_BLOCK},
		{"site example.org", "site=www.example.org", VERB_INSPECT},
		{"site example.org", "site=", VERB_INSPECT},
		{"site example.org", "", VERB_UNDECIDED},
		{"site *.example.org", "site=a.b.example.org", VERB_BLOCK},
		{"site *.example.org", "site=example.org", VERB_INSPECT},
		{"site *.example.org", "site=notexample.org", VERB_INSPECT},
		{"site a.org b.org *.c.org", "site=x.c.org", VERB_BLOCK},
		{"site *.a.org a.org", "site=a.org", VERB_BLOCK},
		{"not site example.org", "site=other.org", VERB_BLOCK},
		{"not site example.org", "site=example.org", VERB_INSPECT},
		{"not site example.org", "", VERB_UNDECIDED},
		{"site example.org/ads/", "site=example.org", VERB_UNDECIDED},
		{"site example.org/ads/", "site=example.net", VERB_INSPECT},
		{"site example.org/ads/", "site=example.org path=/ads/1", VERB_BLOCK},
		{"site example.org/ads/", "site=example.org path=/bads/1", VERB_INSPECT},
		{"site *.example.org/x", "site=www.example.org path=/xy", VERB_BLOCK},
		{"site example.org/ads/ *.example.org example.org", "site=example.org", VERB_BLOCK},
		{"site 192.0.2.1", "site=192.0.2.1", VERB_BLOCK},
		{"site [2001:DB8::1]", "site=2001:db8::1", VERB_BLOCK},
		{"site ~^ads[0-9]*\\.", "site=ads7.example.org", VERB_BLOCK},
		{"site ~^ads[0-9]*\\.", "site=my.ads7.example.org", VERB_INSPECT},
		{"site ~^ads[0-9]*\\.", "", VERB_UNDECIDED},
		{"site ~ads$", "site=", VERB_INSPECT},
		{"site ~/banner", "site=example.org", VERB_UNDECIDED},
		{"site ~/banner", "site=example.org path=/x/banner.gif", VERB_BLOCK},
		{"site ~/banner", "site=example.org path=/x", VERB_INSPECT},
		{"site ~^ads[.][a-z]*/", "site=www.example.org", VERB_INSPECT}, /* the host alone rules it out */

		{"category adult", "cat=adult", VERB_BLOCK},
		{"category adult bank", "cat=news,bank", VERB_BLOCK},
		{"category adult", "cat=news", VERB_INSPECT},
		{"category adult", "cat=", VERB_INSPECT},
		{"category adult", "", VERB_UNDECIDED},
		{"category adult", "cat=news possible=adult", VERB_UNDECIDED},
		{"category adult", "cat=news possible=social", VERB_INSPECT},
		{"category adult", "cat=news possible=adult path=/", VERB_INSPECT},
		{"not category adult", "cat=news possible=adult", VERB_UNDECIDED},

		{"port 80 443", "port=443", VERB_BLOCK},
		{"port 8000-8099", "port=8099", VERB_BLOCK},
		{"port 8000-8099", "port=8100", VERB_INSPECT},
		{"port 80", "", VERB_UNDECIDED},
		{"destination 192.0.2.0/24", "to=192.0.2.9:1", VERB_BLOCK},
		{"destination 192.0.2.0/24", "to=192.0.3.9:1", VERB_INSPECT},
		{"destination 2001:db8::/32", "to=[2001:db8::1]:1", VERB_BLOCK},
		{"client lan", "client=10.0.0.1", VERB_BLOCK},
		{"client lan", "client=11.0.0.1", VERB_INSPECT},
		{"not client lan", "client=11.0.0.1", VERB_BLOCK},
		{"client lan", "", VERB_UNDECIDED},
		{"client named", "client=11.0.0.1", VERB_UNDECIDED},
		{"client named", "client=11.0.0.1 user=alice", VERB_BLOCK},

		{"protocol tls", "tls", VERB_BLOCK},
		{"protocol tls", "http", VERB_INSPECT},
		{"protocol tls", "", VERB_UNDECIDED},
		{"protocol h2", "tls", VERB_UNDECIDED},
		{"protocol h2", "tls h2", VERB_BLOCK},
		{"protocol tls h2", "tls", VERB_BLOCK},
		{"protocol websocket", "h2", VERB_INSPECT},
		{"ja4 t13d1516h2_8daaf6152771_b186095e22b6", "ja4=t13d1516h2_8daaf6152771_b186095e22b6", VERB_BLOCK},
		{"ja4 t13d*", "ja4=t13d1516h2_8daaf6152771_b186095e22b6", VERB_BLOCK},
		{"ja4 t12*", "ja4=t13d1516h2_8daaf6152771_b186095e22b6", VERB_INSPECT},
		{"ja4 *", "ja4=", VERB_INSPECT},
		{"certificate self-signed", "self", VERB_BLOCK},
		{"certificate self-signed", "issuer=X", VERB_INSPECT},
		{"certificate self-signed", "settle=origin", VERB_INSPECT},
		{"certificate self-signed", "settle=connection", VERB_UNDECIDED},
		{"certificate issuer \"encrypt\"", "issuer=O=Let's-Encrypt", VERB_BLOCK},
		{"certificate issuer ~^O=Let", "issuer=O=Let's-Encrypt", VERB_BLOCK},
		{"certificate issuer Digi", "issuer=O=Let's-Encrypt", VERB_INSPECT},
		{"certificate age under 7d", "age=600000", VERB_BLOCK},
		{"certificate age under 7d", "age=604800", VERB_INSPECT},
		{"certificate age over 7d", "age=604801", VERB_BLOCK},
		{"during work", "time=1704099600", VERB_BLOCK},   /* Monday 09:00 UTC */
		{"during work", "time=1704056400", VERB_INSPECT}, /* Sunday */
		{"during work", "", VERB_UNDECIDED},

		{"method POST PUT", "method=PUT", VERB_BLOCK},
		{"method POST", "method=GET", VERB_INSPECT},
		{"method POST", "", VERB_UNDECIDED},
		{"header User-Agent", "header=user-agent:x", VERB_BLOCK},
		{"header User-Agent curl*", "header=user-agent:curl/8", VERB_BLOCK},
		{"header User-Agent CURL/8", "header=user-agent:curl/8", VERB_BLOCK},
		{"header User-Agent ~wget", "header=user-agent:curl/8", VERB_INSPECT},
		{"header Cookie", "header=user-agent:x", VERB_INSPECT},
		{"header Cookie", "settle=request", VERB_INSPECT},
		{"header Cookie", "", VERB_UNDECIDED},
		{"type executable", "type=executable", VERB_BLOCK},
		{"type executable", "type=image", VERB_INSPECT},
		{"type application/zip", "mime=application/zip", VERB_BLOCK},
		{"type image/*", "mime=image/png", VERB_BLOCK},
		{"type image/*", "mime=text/html", VERB_INSPECT},
		{"type executable", "", VERB_UNDECIDED},
		{"size over 1k", "size=1025", VERB_BLOCK},
		{"size over 1k", "size=1024", VERB_INSPECT},
		{"size over 1k", "sofar=1024", VERB_UNDECIDED},
		{"size over 1k", "sofar=1025", VERB_BLOCK},
		{"size under 1k", "size=1023", VERB_BLOCK},
		{"size under 1k", "sofar=1023", VERB_UNDECIDED},
		{"size under 1k", "sofar=1024", VERB_INSPECT},
		{"direction upload", "up", VERB_BLOCK},
		{"direction upload", "down", VERB_INSPECT},
		{"direction upload", "", VERB_UNDECIDED},
		{"phrases over 100", "score=100", VERB_UNDECIDED},
		{"phrases over 100", "score=101", VERB_BLOCK},
		{"phrases over 100", "phrases=100", VERB_INSPECT},
		{"topic violence", "violence=51", VERB_BLOCK},
		{"topic violence", "violence=50", VERB_INSPECT},
		{"topic sports violence over 80", "violence=81", VERB_BLOCK},
		{"topic violence", "settle=body", VERB_INSPECT},
		{"topic violence", "", VERB_UNDECIDED},
		{"type executable", "typesofar=executable", VERB_BLOCK},
		{"type executable", "typesofar=image", VERB_UNDECIDED},
		{"type application/zip", "mime=text/plain moremime=application/zip", VERB_BLOCK},
		{"type application/zip", "moremime=text/html", VERB_UNDECIDED},
		{"search casino", "search=online_casino_free", VERB_BLOCK},
		{"search casino", "search=casinos", VERB_INSPECT},
		{"search casino*", "search=casinos", VERB_BLOCK},
		{"search casino*", "search=bigcasino", VERB_INSPECT},
		{"search *", "search=anything", VERB_BLOCK},
		{"search *", "search=", VERB_INSPECT},
		{"search \"Free, CASINO\"", "search=a_free_casino", VERB_BLOCK},
		{"search \"free casino\"", "search=free_online_casino", VERB_INSPECT},
		{"search ~po(k|c)er$", "search=play_poker", VERB_BLOCK},
		{"search ~poker$", "search=poker_rules", VERB_INSPECT},
		{"search casino", "", VERB_UNDECIDED},
		{"search over 50", "searchscore=51", VERB_BLOCK},
		{"search over 50", "searchscore=50", VERB_INSPECT},
		{"search over 50", "search=x", VERB_UNDECIDED},
		{"suspicious lookalike site *.example", "suspicions=2 site=a.example", VERB_BLOCK},
		{"suspicious lookalike site *.example", "suspicions=1 site=a.example", VERB_INSPECT},
		{"suspicious generated lookalike site *.example", "suspicions=1 site=a.example", VERB_BLOCK},
		{"suspicious generated site *.example", "site=a.example", VERB_UNDECIDED},
		{"unreadable over-ratio too-deep", "unread=too-deep", VERB_BLOCK},
		{"unreadable over-ratio", "unread=too-deep", VERB_INSPECT},
		{"unreadable over-ratio", "unread=", VERB_INSPECT},
		{"unreadable over-ratio", "", VERB_UNDECIDED},

		{"port 80 method GET", "port=80 method=GET", VERB_BLOCK},
		{"port 80 method GET", "port=443", VERB_INSPECT}, /* one false is enough */
		{"port 80 method GET", "method=POST", VERB_INSPECT},
		{"port 80 method GET", "port=80", VERB_UNDECIDED},

		/* One exception that holds lifts the rule; one that is not known leaves it open. */
		{"category adult except site a.org *.b.org", "cat=adult site=c.org", VERB_BLOCK},
		{"category adult except site a.org *.b.org", "cat=adult site=x.b.org", VERB_INSPECT},
		{"category adult except site a.org", "cat=adult", VERB_UNDECIDED},
		{"category adult except site a.org", "cat=news", VERB_INSPECT},
		{"category adult except site a.org", "site=a.org", VERB_INSPECT},
		{"category adult except site a.org", "site=c.org", VERB_UNDECIDED},
		{"category adult except site a.org category bank", "cat=adult,bank site=c.org", VERB_INSPECT},
		{"category adult except site a.org category bank", "cat=adult site=a.org", VERB_INSPECT},
		{"category adult except site a.org category bank", "cat=adult site=c.org", VERB_BLOCK},
		{"category adult except site a.org method GET", "cat=adult method=GET", VERB_INSPECT},
		{"category adult except site a.org method GET", "cat=adult method=PUT", VERB_UNDECIDED},
		{"category adult except site a.org method GET", "cat=adult site=c.org", VERB_UNDECIDED},
		{"category adult except not during work", "cat=adult time=1704099600", VERB_BLOCK},
		{"category adult except not during work", "cat=adult time=1704056400", VERB_INSPECT},
		{"category adult except size over 1k", "cat=adult sofar=1024", VERB_UNDECIDED},
		{"category adult except size over 1k", "cat=adult sofar=1025", VERB_INSPECT},
		{"category adult reason x except site a.org monitor", "cat=adult site=c.org", VERB_INSPECT},
		{"any except client lan", "client=10.0.0.1", VERB_INSPECT},
		{"any except client named", "client=11.0.0.1", VERB_UNDECIDED},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[512];
		enum verb verb;

		snprintf(text, sizeof text,
			"group lan { net 10.0.0.0/8 }\ngroup named { user alice }\ntime work { mon-fri 08:00-17:00 }\n"
			"policy { block everyone %s }",
			rows[i].condition);
		verb = verb_of(text, rows[i].facts);
		ck_assert_msg(verb == rows[i].verb, "%s with %s: %s, not %s", rows[i].condition, rows[i].facts,
			verb_name(verb), verb_name(rows[i].verb));
	}
}
END_TEST

START_TEST(the_first_rule_that_matches_decides)
{
	static const char rules[] = "group lan { net 10.0.0.0/8 }\npolicy {\n"
				    " pass lan category bank\n block everyone category bank\n"
				    " warn lan site a.example for 1h reason \"sure?\"\n block lan type executable\n"
				    " pass everyone port 22\n}\n";

	ck_assert_int_eq(verb_of(rules, "client=10.0.0.1 cat=bank"), VERB_PASS);
	ck_assert_int_eq(verb_of(rules, "client=11.0.0.1 cat=bank settle=connection"), VERB_BLOCK);
	ck_assert_int_eq(verb_of(rules, "client=10.0.0.1 site=a.example settle=connection"), VERB_WARN);
	/* The type may still stop it, so nobody may pass yet. */
	ck_assert_int_eq(verb_of(rules, "client=10.0.0.1 port=22 settle=connection"), VERB_UNDECIDED);
	ck_assert_int_eq(verb_of(rules, "client=11.0.0.1 port=22 settle=connection"), VERB_PASS);
	ck_assert_int_eq(verb_of(rules, "client=11.0.0.1 port=23 settle=connection"), VERB_INSPECT);
}
END_TEST

START_TEST(a_verdict_names_rule_reason_category_and_what_it_waits_for)
{
	struct policy *policy =
		policy_from("policy {\n block everyone category malware adult reason bad no_override log brief\n"
			    " block everyone type executable size over 1m\n}");
	struct test_facts test;
	struct verdict verdict;

	facts_from(&test, "cat=adult");
	policy_evaluate(policy, &test.facts, &verdict);
	ck_assert_int_eq(verdict.verb, VERB_BLOCK);
	assert_slice(verdict_rule_id(&verdict), "test.conf:2");
	assert_slice(verdict_reason(&verdict), "bad");
	ck_assert_str_eq(verdict_category(policy, &verdict), "adult");
	ck_assert(verdict.rule->is_no_override);
	ck_assert_int_eq(verdict.rule->log, RULE_LOG_BRIEF);

	facts_from(&test, "cat=news possible=malware");
	policy_evaluate(policy, &test.facts, &verdict);
	ck_assert_int_eq(verdict.verb, VERB_UNDECIDED);
	ck_assert_uint_eq(verdict.needs, FACT_BIT(FACT_PATH));
	ck_assert(!verdict.holds_body);

	facts_from(&test, "cat=news settle=request");
	policy_evaluate(policy, &test.facts, &verdict);
	ck_assert_uint_eq(verdict.needs, FACT_BIT(FACT_TYPE) | FACT_BIT(FACT_SIZE));
	ck_assert(verdict.holds_body);
	ck_assert_int_eq(verdict.next, STAGE_BODY);

	facts_from(&test, "cat=news settle=body");
	policy_evaluate(policy, &test.facts, &verdict);
	ck_assert_int_eq(verdict.verb, VERB_INSPECT);
	ck_assert_ptr_null(verdict.rule);
	assert_slice(verdict_rule_id(&verdict), "default");
	ck_assert_ptr_null(verdict_category(policy, &verdict));
	policy_release(policy);
}
END_TEST

START_TEST(an_exception_is_waited_for_but_is_no_category_of_the_verdict)
{
	struct policy *policy =
		policy_from("policy {\n block everyone category adult games except category bank type image\n}");
	struct test_facts test;
	struct verdict verdict;

	facts_from(&test, "cat=games settle=request");
	policy_evaluate(policy, &test.facts, &verdict);
	ck_assert_int_eq(verdict.verb, VERB_UNDECIDED);
	ck_assert_uint_eq(verdict.needs, FACT_BIT(FACT_TYPE));
	ck_assert(verdict.holds_body);
	facts_from(&test, "cat=games type=document settle=body");
	policy_evaluate(policy, &test.facts, &verdict);
	ck_assert_int_eq(verdict.verb, VERB_BLOCK);
	ck_assert_str_eq(verdict_category(policy, &verdict), "games");
	/* What lifts the rule by a listed path is known with the path only. */
	facts_from(&test, "cat=games possible=bank type=document");
	policy_evaluate(policy, &test.facts, &verdict);
	ck_assert_uint_eq(verdict.needs, FACT_BIT(FACT_PATH));
	policy_release(policy);
}
END_TEST

START_TEST(monitor_rules_are_noted_and_walked_past)
{
	struct policy *policy = policy_from("policy {\n block everyone category adult monitor\n"
					    " block everyone phrases over 10 monitor\n pass everyone category bank\n}");
	struct test_facts test;
	struct verdict verdict;

	facts_from(&test, "cat=adult,bank");
	policy_evaluate(policy, &test.facts, &verdict);
	ck_assert_int_eq(verdict.verb, VERB_PASS);
	ck_assert_uint_eq(verdict.monitored_count, 1);
	assert_slice(verdict.monitored[0]->id, "test.conf:2");
	ck_assert_uint_eq(verdict.wanted, FACT_BIT(FACT_PHRASES));
	ck_assert(!verdict.holds_body);
	policy_release(policy);
}
END_TEST

START_TEST(thousands_of_sites_are_one_look_up)
{
	size_t size = 0, capacity = 1 << 20;
	char *text = malloc(capacity);
	struct policy *policy;

	ck_assert_ptr_nonnull(text);
	size += (size_t)snprintf(text, capacity, "policy {\n");
	for (int rule = 0; rule < 10; rule++) {
		size += (size_t)snprintf(text + size, capacity - size, " block everyone site");
		for (int i = 0; i < 1000; i++)
			size += (size_t)snprintf(
				text + size, capacity - size, " h%d-%d.example *.d%d-%d.example", rule, i, rule, i);
		size += (size_t)snprintf(text + size, capacity - size, "\n");
	}
	snprintf(text + size, capacity - size, "}\n");
	policy = policy_from(text);
	free(text);
	for (int i = 0; i < 200; i++) {
		char facts[64], id[32];
		struct test_facts test;
		struct verdict verdict;

		snprintf(facts, sizeof facts, i % 2 ? "site=h%d-%d.example" : "site=www.d%d-%d.example", i % 10, i);
		snprintf(id, sizeof id, "test.conf:%d", i % 10 + 2);
		facts_from(&test, facts);
		policy_evaluate(policy, &test.facts, &verdict);
		assert_slice(verdict_rule_id(&verdict), id);
	}
	policy_release(policy);
}
END_TEST

START_TEST(more_facts_never_contradict_fewer)
{
	int decided_early = 0;

	srand(11);
	for (int round = 0; round < 1500; round++) {
		char text[4096], facts[1024];
		struct policy *policy;
		struct verdict first = {.verb = VERB_UNDECIDED}, verdict;
		struct test_facts test;
		int chosen[FACTS], order[FACTS];
		uint32_t set = 0;

		random_policy(text, sizeof text);
		policy = policy_from(text);
		random_facts(chosen);
		for (int f = 0; f < FACTS; f++)
			order[f] = f;
		for (int f = FACTS - 1; f > 0; f--) {
			int other = rand() % (f + 1), kept = order[f];

			order[f] = order[other];
			order[other] = kept;
		}
		for (int known = 0; known <= FACTS; known++) {
			random_facts_text(chosen, set, round % 2, facts, sizeof facts);
			facts_from(&test, facts);
			policy_evaluate(policy, &test.facts, &verdict);
			if (first.verb != VERB_UNDECIDED)
				ck_assert_msg(verdict.verb == first.verb && verdict.rule == first.rule,
					"%s\nwith%s\n%s by %.*s, but it was %s before", text, facts,
					verb_name(verdict.verb), SLICE_ARG(verdict_rule_id(&verdict)),
					verb_name(first.verb));
			else if (verdict.verb != VERB_UNDECIDED && known < FACTS)
				decided_early++;
			if (verdict.verb == VERB_UNDECIDED)
				ck_assert_msg(verdict.needs && !(verdict.needs & set), "%s\nwith%s: waits for nothing",
					text, facts);
			first = verdict;
			if (known < FACTS)
				set |= FACT_BIT(order[known]);
		}
		ck_assert_msg(first.verb != VERB_UNDECIDED, "%s\nundecided with all facts%s", text, facts);
		policy_release(policy);
	}
	ck_assert_int_gt(decided_early, 1000);
}
END_TEST

UNIT_SUITE(evaluate, "evaluate", each_condition_is_true_false_or_unknown, the_first_rule_that_matches_decides,
	a_verdict_names_rule_reason_category_and_what_it_waits_for,
	an_exception_is_waited_for_but_is_no_category_of_the_verdict, monitor_rules_are_noted_and_walked_past,
	thousands_of_sites_are_one_look_up, more_facts_never_contradict_fewer)

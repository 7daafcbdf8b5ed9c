/* Compiling: what is refused, with place and remedy; what the example of the manual means. */
#include "suites.h"

#include "policy/named.h"

#include <stdio.h>

START_TEST(mistakes_name_their_place_and_the_remedy)
{
	static const struct {
		const char *text;
		const char *complaint;
	} rows[] = {
		{"policy { blok everyone any }", "test.conf:1:10: error: \"blok\" is no verb; did you mean \"block\"?"},
		{"policy { allow everyone any }", "\"allow\" is no verb; write pass, inspect, block or warn"},
		{"policy { block pupils any }", "test.conf:1:16: error: there is no group \"pupils\"; define it"},
		{"group pupils { net 10.0.0.0/8 }\npolicy { block pupil any }", "did you mean \"pupils\"?"},
		{"policy { block everyone }", "a rule reads: VERB GROUP CONDITION... OPTION..."},
		{"policy { block everyone monitor }", "a rule without a condition"},
		{"policy { block everyone categry malware }",
			"test.conf:1:25: error: \"categry\" is no condition and no option; did you mean \"category\"?"},
		{"policy { block everyone category malwre }",
			"test.conf:1:34: error: \"malwre\" is no category of any list; did you mean \"malware\"?"},
		{"policy { block everyone category }", "category reads: category NAME..."},
		{"policy { block everyone any category }", "category reads: category NAME..."},
		{"policy { block everyone any malware }", "\"malware\" is no condition and no option"},
		{"policy { block everyone not any }", "\"not any\" never holds"},
		{"policy { block everyone not }", "test.conf:1:25: error: nothing stands behind \"not\""},
		{"policy { block everyone any not }", "test.conf:1:29: error: nothing stands behind \"not\""},
		{"policy { block everyone not monitor any }", "\"monitor\" is no condition"},
		{"policy { block everyone site http://example.org/ }", "leave out the scheme"},
		{"policy { block everyone site example.org:8080 }", "leave out the scheme and the port"},
		{"policy { block everyone site exa*mple.org }", "*. stands at the very front only"},
		{"policy { block everyone site b\xc3\xbc"
		 "cher.example }",
			"write its xn-- form"},
		{"policy { block everyone site .example.org }", "is no host name"},
		{"policy { block everyone site a..b }", "is no host name"},
		{"policy { block everyone site ~(ads }",
			"test.conf:1:31: error: the pattern ~(ads cannot be used: a ( without its )"},
		{"policy { block everyone site ~a.{20}b }", "the pattern ~a.{20}b cannot"},
		{"policy { block everyone port http }", "\"http\" is no port; write a number from 1 to 65535"},
		{"policy { block everyone port 90-80 }", "\"90-80\" is no port"},
		{"policy { block everyone port 0 }", "\"0\" is no port"},
		{"policy { block everyone protocol ftp }", "\"ftp\" is no protocol"},
		{"policy { block everyone destination 10.0.0.1/8 }", "\"10.0.0.1/8\" is no network"},
		{"policy { block everyone client nobody }", "\"nobody\" is no group"},
		{"policy { block everyone method get }", "methods are case-sensitive"},
		{"policy { block everyone header Cookie: }", "write the name alone, without a colon"},
		{"policy { block everyone certificate expired }", "write issuer TEXT, age over 7d, or self-signed"},
		{"policy { block everyone certificate age 7d }", "write over 7d, or under 7d"},
		{"policy { block everyone certificate age over 7 }", "\"7\" is no value here"},
		{"policy { block everyone type executble }", "did you mean \"executable\"?"},
		{"policy { block everyone size 10m }", "write over 10m"},
		{"policy { block everyone size above 10m }", "\"above\" is no bound"},
		{"policy { block everyone direction sideways }", "write upload or download"},
		{"policy { block everyone phrases under 5 }", "write over 100"},
		{"policy { block everyone phrases over many }", "\"many\" is no value here"},
		{"policy { block everyone suspicious lookalike }", "suspicion only"},
		{"policy { block everyone suspicious generated during x }\ntime x { daily }", "suspicion only"},
		{"policy { block everyone suspicious odd site x }", "generated or lookalike"},
		{"policy { block everyone search over many }", "search over 50"},
		{"policy { block everyone search \"?!\" }", "write words"},
		{"policy { block everyone unreadable odd }", "over-ratio"},
		{"policy { block everyone topic sport }", "did you mean \"sports\"?"},
		{"policy { block everyone topic sports over 100 }", "write a number from 0 to 99"},
		{"time lessons { mon-fri 08:00-09:00 }\npolicy { block everyone during lesson }",
			"\"lesson\" is no time; did you mean \"lessons\"?"},
		{"policy { block everyone during x }", "define it: time NAME"},
		{"policy { block everyone header \"User Agent\" }", "\"User Agent\" is no name of a header field"},
		{"group pupils { net 10.0.0.0/8 }\npolicy { block everyone client pupil }",
			"\"pupil\" is no group; did you mean \"pupils\"?"},
		{"policy { block everyone protocol htpp }", "\"htpp\" is no protocol; did you mean \"http\"?"},
		{"policy { block everyone protocol message-queues }", "write tls, http, quic, other"},
		{"policy { block everyone certificate self-sined }", "did you mean \"self-signed\"?"},
		{"policy { block everyone certificate isuer X }", "did you mean \"issuer\"?"},
		{"policy { block everyone direction uplaod }", "did you mean \"upload\"?"},
		{"policy { block everyone direction up }", "write upload or download"},
		{"policy { block everyone direction upload download }", "write upload or download"},
		{"policy { warn everyone suspicious lookalikes }", "did you mean \"lookalike\"?"},
		{"policy { block everyone unreadable overratio }", "did you mean \"over-ratio\"?"},
		{"policy { block everyone any log breif }", "did you mean \"brief\"?"},
		{"policy { block everyone any reason a reason b }",
			"test.conf:1:38: error: reason is said twice; say it once"},
		{"policy { block everyone any monitor port 80 monitor }", "monitor is said twice"},
		{"policy { block everyone any except any }", "\"except any\" lifts the rule always"},
		{"policy { block everyone any except not any }", "\"not any\" never holds"},
		{"policy { block everyone except site a.org }", "test.conf:1:25: error: an exception to nothing: no "
								"condition stands in front of it; write any"},
		{"policy { block everyone any except }", "test.conf:1:29: error: nothing stands behind \"except\""},
		{"policy { block everyone any except reason x }", "nothing stands behind \"except\""},
		{"policy { block everyone any except not }", "test.conf:1:36: error: nothing stands behind \"not\""},
		{"policy { block everyone any except site a.org except port 80 }", "one except is enough"},
		{"policy { block everyone any not except port 80 }", "\"except\" is no condition"},
		{"policy { block everyone port 80 not not method GET }", "\"not\" is no condition"},
		{"policy { block everyone any exept site a.org }", "did you mean \"except\"?"},
		{"policy { block everyone suspicious lookalike except site a.org }",
			"a name's shape is suspicion only"},
		{"policy { block everyone suspicious lookalike not site a.org }", "a name's shape is suspicion only"},
		{"policy { block everyone any reason }", "write one text in quotes"},
		{"policy { block everyone any reason dangerous site }", "site reads: site HOST"},
		{"policy { block everyone any reason not quoted }", "error"},
		{"policy { block everyone any for 15m }", "for belongs to warn"},
		{"policy { warn everyone any for 15 }", "write a duration: 15m, 1h"},
		{"policy { block everyone any log loud }", "write log full, log brief or log none"},
		{"policy { block everyone any monitor yes }", "monitor takes no value"},
		{"policy { block everyone any { x } }", "a rule reads"},
		{"group g { net 10.1.0.0/8 }", "test.conf:1:15: error: \"10.1.0.0/8\" is no network"},
		{"group g { mac 1:2:3:4:5:6 }", "\"1:2:3:4:5:6\" is no MAC address; write 02:00:00:aa:bb:cc"},
		{"group g { ip 10.0.0.0/8 }", "\"ip\" says nothing about a group"},
		{"group g { net }", "net has no value"},
		{"group g { users /nowhere }", "the file of users /nowhere cannot be read"},
		{"group g { net 10.0.0.0/8 }\ngroup g { net 11.0.0.0/8 }", "there is a group \"g\" already"},
		{"group everyone { net 10.0.0.0/8 }", "there is a group \"everyone\" already"},
		{"time t { 08:00-12:00 }", "the span 08:00-12:00 has no days"},
		{"time t { mon 8-12 }", "\"8-12\" is neither days nor a span of time"},
		{"time t { mon zone Mars/Olympus }", "there is no time zone \"Mars/Olympus\""},
		{"time t { mon zone }", "zone has no value"},
		{"time t { mon }\ntime t { tue }", "there is a time \"t\" already"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *have = problems_of(rows[i].text);

		ck_assert_msg(strstr(have, "error") && strstr(have, rows[i].complaint) != NULL, "%s\nhave: %swant: %s",
			rows[i].text, have, rows[i].complaint);
	}
}
END_TEST

START_TEST(what_never_comes_is_warned_of)
{
	ck_assert_ptr_nonnull(strstr(problems_of("time t { }"), "warning: the time \"t\" never comes"));
	ck_assert_ptr_nonnull(strstr(problems_of("group g { }"), "warning: the group \"g\" is empty"));
}
END_TEST

START_TEST(all_mistakes_are_told_at_once)
{
	const char *have = problems_of("group g { net x }\ntime t { y }\npolicy {\n z g any\n block g w\n}\n");

	for (int line = 1; line <= 5; line++) {
		char place[32];

		if (line == 3)
			continue;
		snprintf(place, sizeof place, "test.conf:%d:", line);
		ck_assert_msg(strstr(have, place) != NULL, "%s not in %s", place, have);
	}
}
END_TEST

/* A TZif file that is two hours east of UTC, always: both blocks with one type, then the rule. */
static size_t
zone_plus2(char *dst)
{
	static const char type[] = {0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0x1c, 0x20, 0, 0, 'P', 'L', 'U', 0};
	size_t n = 0;

	for (int block = 0; block < 2; block++) {
		memcpy(dst + n, "TZif2", 5);
		memset(dst + n + 5, 0, 31);
		memcpy(dst + n + 36, type, sizeof type);
		n += 36 + sizeof type;
	}
	memcpy(dst + n, "\nPLU-2\n", 7);
	return n + 7;
}

START_TEST(times_in_every_form_mean_what_they_say)
{
	static const struct {
		const char *time;
		int64_t at;
		bool holds;
	} rows[] = {
		/* 2024-01-01 00:00 UTC was a Monday. */
		{"mon", 1704067200 + 3600, true},
		{"tue", 1704067200 + 3600, false},
		{"sat sun 10:00-12:00", 1704067200 - 86400 + 10 * 3600, true},
		{"mon 08:00-09:00 tue 10:00-11:00", 1704067200 + 86400 + 10 * 3600, true},
		{"mon 08:00-09:00 tue 10:00-11:00", 1704067200 + 10 * 3600, false},
		{"mon 08:00-09:00 13:00-14:00", 1704067200 + 13 * 3600, true},
		{"mon\n tue 10:00-11:00", 1704067200 + 23 * 3600, true},
		{"mon zone Test/Plus2", 1704067200 - 3600, true}, /* already Monday there */
		{"zone Test/Plus2 mon", 1704067200 + 23 * 3600, false},
	};
	char plus2[256];
	size_t plus2_len = zone_plus2(plus2);

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[256];
		struct conf_source sources[] = {
			{"t.conf", {text, 0}},
			{"/usr/share/zoneinfo/Test/Plus2", {plus2, plus2_len}},
		};
		struct problems problems = {0};
		struct conf_tree *tree;
		struct policy *policy;

		sources[0].bytes.len = (size_t)snprintf(text, sizeof text, "time t { %s }", rows[i].time);
		tree = conf_tree_parse(sources, 2, &problems);
		policy = policy_compile(tree, NULL, &problems);
		ck_assert_msg(policy != NULL, "%s", rows[i].time);
		ck_assert_msg(schedule_holds(policy->schedules[0], rows[i].at) == rows[i].holds, "%s", rows[i].time);
		policy_release(policy);
		conf_tree_free(tree);
	}
}
END_TEST

START_TEST(times_in_one_zone_share_it)
{
	char plus2[256];
	struct conf_source sources[] = {
		{"t.conf", SLICE("time a { mon zone Test/Plus2 }\ntime b { zone Test/Plus2 tue }\ntime c { wed }")},
		{"/usr/share/zoneinfo/Test/Plus2", {plus2, zone_plus2(plus2)}},
	};
	struct problems problems = {0};
	struct conf_tree *tree = conf_tree_parse(sources, 2, &problems);
	struct policy *policy = policy_compile(tree, NULL, &problems);

	ck_assert_ptr_nonnull(policy);
	ck_assert_ptr_eq(policy->schedules[0]->zone, policy->schedules[1]->zone);
	ck_assert_ptr_ne(policy->schedules[0]->zone, policy->schedules[2]->zone);
	policy_release(policy);
	conf_tree_free(tree);
}
END_TEST

START_TEST(the_example_of_the_manual_compiles)
{
	struct policy *policy =
		policy_from("group pupils   { net 10.1.0.0/16 fd00:1::/64 }\n"
			    "group staff    { net 10.2.0.0/16  mac 02:00:00:aa:bb:cc }\n"
			    "group examroom { net 10.1.40.0/24 }\n"
			    "time  lessons  { mon-fri 08:00-12:00 13:00-15:30 }\n"
			    "policy {                                 # first match wins\n"
			    "    block    everyone  category malware adult           reason \"dangerous site\"\n"
			    "    pass     everyone  category bank                    # never decrypted\n"
			    "    inspect  examroom  site exam.example.org *.exam.example.org\n"
			    "    block    examroom  any                                 reason \"exam in progress\"\n"
			    "    block    pupils    category adult gambling             monitor\n"
			    "    block    pupils    category games social  during lessons\n"
			    "    block    pupils    type executable\n"
			    "    block    pupils    phrases over 100\n"
			    "    warn     staff     category shopping                   for 15m\n"
			    "    inspect  everyone  any\n"
			    "}\n");
	const struct rule *rules = policy->rules;

	ck_assert_uint_eq(policy->rule_count, 10);
	assert_slice(rules[0].reason, "dangerous site");
	assert_slice(rules[0].id, "test.conf:6");
	assert_slice(rules[0].text, "block everyone category malware adult reason \"dangerous site\"");
	ck_assert_int_eq(rules[0].stage, STAGE_CONNECTION);
	ck_assert_uint_eq(rules[2].condition_count, 1);
	ck_assert(rules[4].is_monitor);
	ck_assert_uint_eq(rules[5].condition_count, 2);
	ck_assert_int_eq(rules[6].stage, STAGE_RESPONSE);
	ck_assert_int_eq(rules[7].stage, STAGE_BODY);
	ck_assert_uint_eq(rules[8].for_ns, UINT64_C(900000000000));
	ck_assert_int_eq(rules[9].stage, STAGE_CONNECTION);
	ck_assert(policy->facts & FACT_BIT(FACT_MAC));
	ck_assert(!(policy->facts & FACT_BIT(FACT_TOPIC)));
	policy_release(policy);
}
END_TEST

START_TEST(several_policy_blocks_are_one_list_in_their_order)
{
	struct policy *policy = policy_from("policy { block everyone port 1 }\ngroup late { net ::/0 }\n"
					    "policy { block late port 2 id second }");

	ck_assert_uint_eq(policy->rule_count, 2);
	ck_assert_uint_eq(policy->rules[1].number, 2);
	assert_slice(policy->rules[1].id, "second");
	policy_release(policy_share(policy));
	assert_slice(policy->rules[0].id, "test.conf:1");
	policy_release(policy);
	policy_release(NULL);
}
END_TEST

START_TEST(categories_are_found_wherever_a_rule_names_them)
{
	struct conf_source source = {"t.conf", SLICE("policy {\n block everyone category search games reason x\n"
						     " pass everyone any except not category bank site port.org\n"
						     " block everyone reason category site a.org\n"
						     " warn everyone port 80 monitor category port games\n}")};
	static const char *const expected[] = {"search", "games", "bank", "port"};
	struct problems problems = {0};
	struct conf_tree *tree = conf_tree_parse(&source, 1, &problems);
	struct named_categories named;

	named_categories_of(tree, &named);
	ck_assert_uint_eq(named.count, 4);
	for (size_t i = 0; i < named.count; i++)
		ck_assert_str_eq(named.items[i], expected[i]);
	named_categories_release(&named);
	conf_tree_free(tree);
}
END_TEST

START_TEST(users_and_zones_come_from_the_sources)
{
	static const struct conf_source sources[] = {
		{"/etc/s.conf", SLICE("group a { users /etc/users }\npolicy { block a any }")},
		{"/etc/users", SLICE("# staff\nalice\r\n  bob  # comment\n\n")},
	};
	struct problems problems = {0};
	struct conf_tree *tree = conf_tree_parse(sources, 2, &problems);
	struct policy *policy = policy_compile(tree, NULL, &problems);
	struct test_facts test;
	struct verdict verdict;

	ck_assert_ptr_nonnull(policy);
	conf_tree_free(tree);
	facts_from(&test, "client=10.0.0.1 user=bob settle=connection");
	policy_evaluate(policy, &test.facts, &verdict);
	ck_assert_int_eq(verdict.verb, VERB_BLOCK);
	facts_from(&test, "client=10.0.0.1 user=staff settle=connection");
	policy_evaluate(policy, &test.facts, &verdict);
	ck_assert_int_eq(verdict.verb, VERB_INSPECT);
	policy_release(policy);
}
END_TEST

UNIT_SUITE(compile, "compile", mistakes_name_their_place_and_the_remedy, what_never_comes_is_warned_of,
	all_mistakes_are_told_at_once, times_in_every_form_mean_what_they_say, times_in_one_zone_share_it,
	the_example_of_the_manual_compiles, several_policy_blocks_are_one_list_in_their_order,
	categories_are_found_wherever_a_rule_names_them, users_and_zones_come_from_the_sources)

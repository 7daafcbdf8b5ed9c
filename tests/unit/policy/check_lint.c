/* The linter: what it warns of, and, as often, what it must not warn of. */
#include "suites.h"

#include "policy/lint.h"

#include <stdio.h>

static const char head[] =
	"group pupils { net 10.1.0.0/16 }  group room { net 10.1.40.0/24 }  group staff { net 10.2.0.0/16 }\n"
	"group guests { net 10.1.0.0/16 mac 02:00:00:00:00:01 }  group phone { mac 02:00:00:00:00:01 }\n"
	"group nobody { }  group named { user anna }  group both { net 10.1.0.0/16 10.2.0.0/16 }\n"
	"time am { mon-fri 08:00-12:00 }  time pm { mon-fri 13:00-17:00 }  time day { daily 07:00-13:00 }\n"
	"time never { }  time always { daily }  time noon { mon 11:00-14:00 }\n"
	"time mornings { daily 00:00-12:00 }  time evenings { daily 12:00-24:00 }\n"
	"policy {\n";

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
		/* Who: networks in networks, MAC addresses, groups as conditions. */
		"block both any\nwarn room port 80",
		"block guests any\nwarn phone port 80",
		"block everyone client pupils\nwarn room port 80",
		"block both port 80\nwarn everyone port 80 client room",
		"block pupils any\nwarn everyone client room port 80",
		"block both category games\nwarn everyone category games client pupils staff",
		/* Sites: hosts and paths by their parts, patterns by the hosts that they match. */
		"block everyone site *.org\nwarn everyone site *.a.org b.c.org/x",
		"block everyone site a.org/x\nwarn everyone site a.org/x/y",
		"block everyone site A.ORG. b.org\nwarn everyone site \"a.org\"",
		"block everyone site ~^w+[.]\nwarn everyone site www.a.org",
		"block everyone site ~/ads\nwarn everyone site ~/ads method GET",
		"block everyone category games social\nwarn everyone category social",
		"block everyone category gaming social\nwarn everyone category games",
		"block everyone category games\nwarn everyone category gaming",
		"block everyone port 1-80 81-443\nwarn everyone port 70-90",
		"block everyone destination 10.0.0.0/8 fd00::/8\nwarn everyone destination 10.1.0.0/16 fd00::1",
		"block everyone protocol tls http\nwarn everyone protocol tls",
		"block everyone protocol tls http other\nwarn everyone any",
		"block everyone ja4 t13*\nwarn everyone ja4 t13d*",
		"block everyone certificate age under 30d\nwarn everyone certificate age under 7d",
		"block everyone certificate age over 7d\nwarn everyone certificate age over 30d",
		"block everyone certificate issuer encrypt\nwarn everyone certificate issuer \"Let's Encrypt\"",
		"block everyone during am pm\nwarn everyone during pm",
		"block everyone during day evenings\nwarn everyone during am",
		"block everyone during mornings evenings\nwarn everyone port 80",
		"block everyone method GET P*\nwarn everyone method POST",
		"block everyone header Cookie\nwarn everyone header cookie x",
		"block everyone header Cookie x*\nwarn everyone header cookie XY",
		"block everyone type image/* archive\nwarn everyone type image/png archive",
		"block everyone direction upload\nwarn everyone not direction download",
		"block everyone topic sports violence over 50\nwarn everyone topic sports over 80",
		"block everyone search casino\nwarn everyone search \"big casino\"",
		"block everyone search casino*\nwarn everyone search casinos*",
		"block everyone search *\nwarn everyone search x ",
		"block everyone search over 10\nwarn everyone search over 20",
		"warn everyone suspicious generated lookalike\nwarn everyone suspicious generated",
		"block everyone unreadable truncated over-ratio\nwarn everyone unreadable truncated",
		/* Exceptions: what lifts the earlier rule lifts the later one, or is ruled out in it. */
		"block everyone any except port 80\nwarn everyone port 443",
		"block everyone any except port 80\nwarn everyone any except port 80 443",
		"block everyone category games except site a.org\nwarn everyone category games site b.org",
		"block everyone any except client staff\nwarn pupils any",
		"block everyone any except method GET\nwarn everyone method POST PUT",
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

START_TEST(rules_behind_several_that_cover_them_together_are_never_reached)
{
	static const struct {
		const char *rules;
		bool is_reached;
	} rows[] = {
		{"block everyone category games\nwarn everyone category social bank\ninspect pupils category games "
		 "social",
			false},
		{"block everyone category games\nblock everyone port 80\nblock everyone category games social", true},
		{"block everyone site *.org\nblock everyone site a.com\nwarn everyone site a.org a.com b.org/x", false},
		{"block everyone site *.org\nblock everyone site a.com\nwarn everyone site a.org a.com b.com", true},
		{"block everyone port 1-100\nblock pupils port 443\nwarn pupils port 443 80 90-95", false},
		{"block everyone port 1-100\nblock pupils port 443\nwarn everyone port 443 80", true},
		{"block everyone destination 10.0.0.0/8\nblock everyone destination ::1\nwarn everyone destination "
		 "10.1.0.1 ::1",
			false},
		{"block everyone method GET\nblock everyone method P*\nwarn everyone method GET POST PUT", false},
		{"block everyone during am\nblock everyone during pm\nwarn everyone during pm am", false},
		{"block everyone category games monitor\nwarn everyone category social\ninspect everyone category "
		 "games social",
			true},
		{"block everyone category games except port 80\nwarn everyone category social\n"
		 "inspect everyone category games social port 443",
			false},
		{"block everyone category games\nwarn everyone category social\ninspect everyone not category games "
		 "social",
			true},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *have = lint_of(rows[i].rules);

		if (rows[i].is_reached)
			ck_assert_msg(*have == '\0', "%s\n%s", rows[i].rules, have);
		else
			ck_assert_msg(
				strstr(have,
					"test.conf:10:1: warning: the rule is never reached: earlier rules, such as "
					"test.conf:") != NULL,
				"%s\n%s", rows[i].rules, have);
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
		"block guests any\nblock named any",
		"block phone any\nblock guests any",
		"block everyone client room\nblock pupils any",
		"block everyone client staff pupils\nblock guests any",
		"block everyone site a.org/X\nblock everyone site a.org/x", /* paths have a case */
		"block everyone site a.org/x\nblock everyone site *.a.org/x",
		"block everyone site ~^www\nblock everyone site *.org",
		"block everyone site ~/ads\nblock everyone site a.org/ads",
		"block everyone site \"a.org\" site a.org",
		"block everyone port 1-80 82-443\nblock everyone port 70-90",
		"block everyone destination 10.1.0.0/16\nblock everyone destination 10.0.0.0/8",
		"block everyone protocol tls\nblock everyone protocol h2",
		"block everyone ja4 t13d*\nblock everyone ja4 t13*",
		"block everyone certificate issuer ~Let\nblock everyone certificate issuer Let",
		"block everyone certificate issuer \"Let's Encrypt\"\nblock everyone certificate issuer encrypt",
		"block everyone certificate self-signed\nblock everyone certificate age under 7d",
		"block everyone during am\nblock everyone during day",
		"block everyone method GET\nblock everyone method G*",
		"block everyone header Cookie x\nblock everyone header Cookie",
		"block everyone header Cookie ~^X\nblock everyone header Cookie X",
		"block everyone header A\nblock everyone header B",
		"block everyone type image\nblock everyone type image/png",
		"block everyone topic sports over 80\nblock everyone topic sports over 50",
		"block everyone search \"big casino\"\nblock everyone search casino",
		"block everyone search casino\nblock everyone search casinos",
		"block everyone search over 20\nblock everyone search over 10",
		"block everyone search over 5\nblock everyone search *",
		"warn everyone suspicious generated\nwarn everyone suspicious generated lookalike",
		"block everyone any except port 80\nblock everyone port 70-90",
		"block everyone category games except site a.org\nblock everyone category games site *.org",
		"block everyone category games\nblock everyone category games social except site a.org",
		"block everyone any except direction upload\nblock everyone direction upload",
		"block everyone header A x header A y",   /* a field may be there twice */
		"block everyone type image type archive", /* of the parts of one body */
		"block everyone category games category social",
		"block everyone method GET P* method POST",
		"block everyone protocol websocket protocol h2",
		"block everyone search a search b",
		"block guests client staff",
		"block everyone not certificate self-signed protocol http",
		"block everyone not ja4 t13* port 80",
		"block everyone category games protocol other", /* an address may be listed */
		"block everyone not site a.org/x protocol other",
		"block everyone method GET POST direction upload",
		"block everyone method HEAD size over 1k",
		"block everyone method GTE* VERSION-CONTROL SEARCH PUTT*",
		"block everyone method HEAD not type image",
		"block everyone type IMAGE/PNG text/*",
		"block everyone category nothing games",
		"block everyone category games gaming",
		"block everyone port 80 443 ja4 t13*",
		"block everyone site a.org/ads\npass everyone category bank",
		"block everyone method GET\npass everyone protocol other",
		"block everyone protocol http method GET\npass everyone protocol tls",
		"block everyone any except site a.org category bank port 22 not during am",
		"pass everyone any except site a.org",
		"pass everyone site a.org not port 80 except during am",
		"block everyone port 80 id x monitor\nblock everyone port 80 id y",
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
		/* One condition by itself. */
		"block nobody port 80",
		"block everyone client nobody",
		"block everyone during never",
		"block everyone category nothing",
		"block everyone not during always",
		"block everyone not during mornings evenings",
		"block everyone not client everyone",
		"block everyone not port 1-80 81-65535",
		"block everyone not destination ::/0",
		"block everyone not protocol tls http other",
		"block everyone size under 0",
		"block everyone ja4 e7d705a3286e19ea42f587b344ee6865", /* a JA3 */
		"block everyone ja4 T13*",
		"block everyone ja4 q13*",
		"block everyone protocol quic h3",
		/* Two of a kind. */
		"block pupils client staff",
		"block room not client pupils",
		"block everyone client pupils client staff",
		"block everyone site *.a.org site a.org",
		"block everyone site a.org/x site a.org/y",
		"block everyone site a.org site ~^b",
		"block everyone category games not category games social",
		"block everyone category games not category gaming",
		"block everyone destination 10.1.0.0/16 destination 10.2.0.0/16",
		"block everyone protocol h1 protocol h2",
		"block everyone ja4 t13* ja4 t12*",
		"block everyone certificate age over 30d certificate age under 7d",
		"block everyone certificate self-signed not certificate self-signed",
		"block everyone during am not during am pm",
		"block everyone method GET not method G*",
		"block everyone header A x not header a",
		"block everyone type image/png not type image/*",
		"block everyone size over 5 size under 6",
		"block everyone not direction upload not direction download",
		"block everyone phrases over 100 not phrases over 50",
		"block everyone topic sports over 80 not topic sports",
		"block everyone search \"big casino\" not search *",
		"block everyone unreadable truncated unreadable over-ratio",
		/* What is known of some connections only. */
		"block everyone protocol http certificate self-signed",
		"block everyone protocol http ja4 t13*",
		"block everyone protocol other site a.org",
		"block everyone protocol other not method GET",
		"block everyone protocol other not certificate self-signed",
		"warn everyone protocol other suspicious generated",
		"block everyone not protocol tls not protocol http method GET",
		"block everyone not protocol tls ja4 t13*",
		"block everyone method HEAD type image",
		"block everyone method HEAD phrases over 5",
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *have = lint_of(rows[i]);

		ck_assert_msg(strstr(have, "test.conf:8:") && strstr(have, "warning: the rule never matches") != NULL,
			"%s\n%s", rows[i], have);
	}
	ck_assert_ptr_nonnull(strstr(lint_of("block everyone port 80 port 443"), "test.conf:8:24: warning"));
	ck_assert_str_eq(lint_of("block everyone protocol http site a.org certificate self-signed"),
		"/etc/test.conf:8:41: warning: the rule never matches: \"certificate self-signed\" is never known "
		"where "
		"\"protocol http\" holds\n");
	/* What is said to be done about it is to the point. */
	ck_assert_str_eq(lint_of("block pupils client staff"),
		"/etc/test.conf:8:14: warning: the rule never matches: \"client staff\" contradicts \"pupils\"\n");
	ck_assert_ptr_nonnull(strstr(lint_of("block everyone port 80 port 443"), "write them behind one keyword"));
	ck_assert_ptr_null(strstr(lint_of("block everyone port 80 not port 80"), "write them behind one keyword"));
	ck_assert_str_eq(lint_of("block everyone ja4 T13*"),
		"/etc/test.conf:8:16: warning: the rule never matches: no fingerprint of TLS reads \"T13*\": "
		"t13d1516h2_8daaf6152771_b186095e22b6 is one\n");
}
END_TEST

START_TEST(exceptions_that_lift_nothing_or_everything_are_named)
{
	static const struct {
		const char *rule, *problem;
	} rows[] = {
		{"block everyone site a.org b.org except site *.org",
			"test.conf:8:40: warning: the rule never matches: the exception \"site *.org\" lifts all of "
			"it"},
		{"block pupils any except client both", "the exception \"client both\" lifts all of it"},
		{"block everyone category games except category games social", "lifts all of it"},
		{"block everyone port 80 except not method GET P* not port 443", "\"not port 443\" lifts all of it"},
		{"block everyone method POST except not method GET", "\"not method GET\" lifts all of it"},
		{"block everyone port 80 except port 1-65535", "\"port 1-65535\" lifts all of it"},
		{"block everyone port 80 except during always", "\"during always\" lifts all of it"},
		{"block everyone protocol other except method GET", "the rule never matches"},
		{"block everyone port 80 except port 443 22", "test.conf:8:31: warning: the exception \"port 443 22\" "
							      "never matters: \"port 80\" rules it out"},
		{"block pupils any except client staff", "\"client staff\" never matters: \"pupils\" rules it out"},
		{"block everyone site *.a.org except site a.org", "\"site a.org\" never matters"},
		{"block everyone any except during never", "never matters: the time \"never\" never comes"},
		{"block everyone any except client nobody", "never matters: the group \"nobody\" is empty"},
		{"block everyone any except site *.org site a.org",
			"test.conf:8:38: warning: the exception \"site a.org\" never matters: \"site *.org\" lifts the "
			"rule"},
		{"block everyone any except site a.org site *.org",
			"test.conf:8:27: warning: the exception \"site a.org\""},
		{"block everyone protocol http except certificate self-signed",
			"never matters: the conditions rule it out"},
		{"block everyone direction upload except direction download", "never matters"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *have = lint_of(rows[i].rule);

		ck_assert_msg(strstr(have, rows[i].problem) != NULL && strchr(have, '\n')[1] == '\0', "%s\n%s",
			rows[i].rule, have);
	}
}
END_TEST

START_TEST(what_hardly_ever_is_is_named)
{
	static const struct {
		const char *rule, *problem;
	} rows[] = {
		{"block everyone port 80 ja4 t13*",
			"test.conf:8:16: warning: the rule hardly ever matches: port 80 carries plain HTTP, and"},
		{"block everyone port 80 protocol tls", "hardly ever matches: port 80 carries plain HTTP"},
		{"block everyone certificate self-signed port 80", "hardly ever matches: port 80 carries plain HTTP"},
		{"block everyone port 443 protocol http method GET", "hardly ever matches: port 443 carries TLS"},
		{"block everyone type image/pngg archive",
			"test.conf:8:16: warning: no body is found to be \"image/pngg\"; did you mean \"image/png\"?"},
		{"block everyone not type application/javascript",
			"test.conf:8:16: warning: no body is found to be \"application/javascript\"; types are told by "
			"content"},
		{"block everyone method GTE POST",
			"test.conf:8:16: warning: \"GTE\" is no usual method; did you mean \"GET\"?"},
		{"block everyone method GET HEAD direction upload",
			"test.conf:8:32: warning: the rule hardly ever matches: a request with \"method GET HEAD\" "
			"uploads nothing"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		ck_assert_msg(strstr(lint_of(rows[i].rule), rows[i].problem) != NULL, "%s\n%s", rows[i].rule,
			lint_of(rows[i].rule));
}
END_TEST

START_TEST(options_without_effect_are_named)
{
	static const struct {
		const char *rules, *problem; /* "" for none */
	} rows[] = {
		{"block everyone port 80 log brief monitor", "log has no effect: the rule only watches"},
		{"block everyone port 80 log brief", ""},
		{"block everyone port 80 id a\nblock everyone port 443 id a",
			"test.conf:9:1: warning: the rule in line 8 is called \"a\", too: records cannot tell them "
			"apart"},
		{"block everyone port 80 id default", "records say \"default\" where no rule has decided"},
		{"block everyone port 80 id bypass", "records say \"bypass\" where no rule has decided"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *problems = lint_of(rows[i].rules);

		ck_assert_msg(*rows[i].problem ? strstr(problems, rows[i].problem) != NULL : *problems == '\0',
			"%s: %s", rows[i].rules, problems);
	}
}
END_TEST

/* What can be true at once: of HTTP in the clear there is no certificate and no fingerprint. */
static void
facts_that_can_be(const int chosen[FACTS], char *dst, size_t size)
{
	uint32_t all = FACT_BIT(FACTS) - 1, of_tls = FACT_BIT(FACT_CERTIFICATE) | FACT_BIT(FACT_JA4);
	bool is_tls = chosen[FACT_TRANSPORT] % 2 == 0;

	random_facts_text(chosen, is_tls ? all : all & ~of_tls, false, dst, size);
	snprintf(dst + strlen(dst), size - strlen(dst), " settle=body");
}

/* Whether the warning says that the rule decides nothing. */
static bool
says_idle(const struct problem *p)
{
	return strstr(p->text, "never reached") || strstr(p->text, "never matches");
}

START_TEST(no_rule_that_is_said_to_decide_nothing_ever_decides)
{
	unsigned said = 0;

	srand(5);
	for (int round = 0; round < 4000; round++) {
		struct problems problems = {0};
		struct policy *policy;
		char text[8192], facts[1024];

		random_policy(text, sizeof text);
		policy = policy_from(text);
		policy_lint(policy, NULL, &problems);
		for (int i = 0; i < 40; i++) {
			int chosen[FACTS];
			struct test_facts test;
			struct verdict verdict;

			random_facts(chosen);
			facts_that_can_be(chosen, facts, sizeof facts);
			facts_from(&test, facts);
			policy_evaluate(policy, &test.facts, &verdict);
			for (size_t p = 0; p < problems.count && verdict.rule; p++)
				ck_assert_msg(
					!says_idle(&problems.items[p]) || problems.items[p].line != verdict.rule->line,
					"%s\nwith%s\nline %u: %s", text, facts, problems.items[p].line,
					problems.items[p].text);
		}
		for (size_t p = 0; p < problems.count; p++)
			said += says_idle(&problems.items[p]);
		problems_release(&problems);
		policy_release(policy);
	}
	ck_assert_uint_gt(said, 500);
}
END_TEST

START_TEST(a_pass_that_cannot_pass_is_named)
{
	ck_assert_ptr_nonnull(strstr(lint_of("pass everyone method GET"),
		"test.conf:8:15: warning: \"method GET\" is known only after decryption"));
	ck_assert_ptr_nonnull(strstr(lint_of("pass everyone site a.org/path"), "known only after decryption"));
	ck_assert_ptr_nonnull(strstr(lint_of("block pupils type executable\npass room category bank"),
		"test.conf:9:1: warning: nothing passes untouched here: test.conf:8 must look inside first"));
	ck_assert_ptr_nonnull(strstr(lint_of("pass everyone category bank except type executable"),
		"test.conf:8:36: warning: \"type executable\" is known only after decryption"));
	/* A rule for all, or for no more than what passes, but for what is inside. */
	ck_assert_ptr_nonnull(strstr(lint_of("block everyone any except method GET\npass room category bank"),
		"nothing passes untouched here"));
	ck_assert_ptr_nonnull(
		strstr(lint_of("block pupils category bank games type executable\npass room category bank"),
			"nothing passes untouched here"));
}
END_TEST

START_TEST(what_the_settings_do_not_have_is_named)
{
	static const struct {
		const char *config, *problem; /* "" for none */
	} rows[] = {
		{"policy { block everyone phrases over 5 }",
			"s.conf:1:25: warning: no phrase list is configured, so the score is always 0; name some"},
		{"policy { block everyone search over 5 }",
			"no phrase list is configured, so the score of every search is 0"},
		{"policy { warn everyone suspicious lookalike }", "no name is protected, so none looks like one"},
		{"content { protect bank.example } policy { warn everyone suspicious lookalike }", ""},
		{"gateway { interface eth1 } policy { block everyone port 22 }",
			"s.conf:1:52: warning: the rule never matches: the port is not intercepted; name it: gateway { "
			"ports"},
		{"gateway { interface eth1 } policy { block everyone port 22-80 }", ""},
		{"gateway { interface eth1 ports 22 } policy { block everyone port 22 }", ""},
		{"gateway { interface eth1 } policy { block everyone not port 22 }", ""},
		{"gateway { interface eth1 install_rules no } policy { block everyone port 22 }", ""},
		{"policy { block everyone port 22 }", ""}, /* who sends what, only the rules by hand say */
		{"gateway { interface eth1 exclude 10.0.0.0/8 } policy { block everyone destination 10.1.0.0/16 }",
			"the rule never matches: what goes there is not intercepted; see gateway { exclude }"},
		{"gateway { interface eth1 exclude 10.0.0.0/8 } policy { block everyone destination 0.0.0.0/0 }", ""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct conf_source source = {"s.conf", slice_of(rows[i].config)};
		struct problems problems = {0};
		struct conf_tree *tree = conf_tree_parse(&source, 1, &problems);
		struct conf *conf = conf_build(tree, &problems);
		struct policy *policy = policy_compile(tree, NULL, &problems);
		char text[512] = "";

		policy_lint(policy, conf, &problems);
		if (problems.count)
			problem_format(&problems.items[0], text, sizeof text);
		ck_assert_msg(problems.count == (*rows[i].problem != '\0') && strstr(text, rows[i].problem) != NULL,
			"%s\n%zu: %s", rows[i].config, problems.count, text);
		problems_release(&problems);
		policy_release(policy);
		conf_release(conf);
		conf_tree_free(tree);
	}
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

UNIT_SUITE(lint, "lint", rules_behind_a_wider_one_are_never_reached,
	rules_behind_several_that_cover_them_together_are_never_reached, rules_that_may_be_reached_are_left_alone,
	contradictions_in_one_rule_are_named, exceptions_that_lift_nothing_or_everything_are_named,
	what_hardly_ever_is_is_named, options_without_effect_are_named,
	no_rule_that_is_said_to_decide_nothing_ever_decides, a_pass_that_cannot_pass_is_named,
	what_the_settings_do_not_have_is_named, each_rule_says_when_it_is_decided_and_what_it_holds,
	no_override_that_does_nothing_is_named)

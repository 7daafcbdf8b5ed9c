/* Importers: what other programs' rules become, that it compiles, and that every lost line is named. */
#include "suites.h"

#include "policy/import.h"
#include "policy/lint.h"

#include <stdio.h>

static char lost_text[8192];

typedef bool importer(struct slice text, const char *file, struct buffer *out, struct problems *lost);

/* The translation without its first line; lost_text gets what was lost. */
static const char *
translate(importer *import, const char *text)
{
	static char result[16384];
	struct buffer out = buffer_make(sizeof result - 1);
	struct problems lost = {0};
	size_t n = 0;

	ck_assert(import(slice_of(text), "old.conf", &out, &lost));
	ck_assert_uint_eq(lost.errors, 0);
	ck_assert(slice_to_cstr(buffer_slice(&out), result, sizeof result));
	buffer_release(&out);
	lost_text[0] = '\0';
	for (size_t i = 0; i < lost.count && n + 600 < sizeof lost_text; i++) {
		problem_format(&lost.items[i], lost_text + n, sizeof lost_text - n);
		n += strlen(lost_text + n);
		lost_text[n++] = '\n';
		lost_text[n] = '\0';
	}
	problems_release(&lost);
	return strstr(result, "\n\n") + 2;
}

static const char squid[] = "# a comment\n"
			    "acl localnet src 10.0.0.0/8 192.168.0.0/255.255.0.0\n"
			    "acl localnet src fc00::/7\n"
			    "acl SSL_ports port 443\n"
			    "acl Safe_ports port 80 443 1025-65535\n"
			    "acl CONNECT method CONNECT\n"
			    "acl bad dstdomain .bad.example worse.example\n"
			    "acl games dstdomain \"/etc/squid/games.txt\" .play.example\n"
			    "acl banks ssl::server_name .bank.example\n"
			    "acl ads url_regex -i ^http://ads[0-9]*\\. /banner/ tracker\n"
			    "acl work time MTWHF 9:00-17:00\n"
			    "acl step1 at_step SslBump1\n"
			    "acl quota maxconn 10\n"
			    "http_port 3128\n"
			    "http_access deny CONNECT !SSL_ports\n"
			    "http_access deny !Safe_ports\n"
			    "http_access deny bad\n"
			    "http_access deny localnet games work\n"
			    "http_access deny quota\n"
			    "http_access deny ads\n"
			    "http_access allow localnet\n"
			    "http_access deny all\n"
			    "ssl_bump peek step1\n"
			    "ssl_bump splice banks\n"
			    "ssl_bump bump all\n";

START_TEST(a_squid_configuration_becomes_groups_lists_and_rules)
{
	const char *have = translate(import_squid, squid);

	ck_assert_str_eq(have, "group localnet { net 10.0.0.0/8 192.168.0.0/16 fc00::/7 }\n"
			       "list games { path \"/etc/squid/games.txt\" format plain category games }\n"
			       "time work { mon,tue,wed,thu,fri 09:00-17:00 }\n"
			       "\npolicy {\n"
			       "    # line 15\n"
			       "    block everyone protocol tls not port 443\n"
			       "    # line 16\n"
			       "    block everyone not port 80 443 1025-65535\n"
			       "    # line 17\n"
			       "    block everyone site bad.example *.bad.example worse.example\n"
			       "    # line 18\n"
			       "    block localnet site play.example *.play.example during work\n"
			       "    block localnet category games during work\n"
			       "    # line 19 was not carried over\n"
			       "    # line 20\n"
			       "    block everyone site ~(?i)^ads[0-9]*\\. ~(?i)/banner/ ~(?i)tracker ~(?i)/?tracker\n"
			       "    # line 21\n"
			       "    pass localnet site bank.example *.bank.example protocol tls\n"
			       "    inspect localnet protocol tls\n"
			       "    inspect localnet any\n"
			       "    # line 22\n"
			       "    block everyone any\n"
			       "}\n");
	policy_release(policy_from(have));
	ck_assert_str_eq(lost_text,
		"old.conf:13: warning: not carried over: acl quota of type maxconn\n"
		"old.conf:14: warning: not carried over: http_port 3128\n"
		"old.conf:19: warning: not carried over: http_access deny: the acl quota is not there, or "
		"was not carried over\n");
}
END_TEST

START_TEST(single_squid_lines_mean_what_they_meant)
{
	static const struct {
		const char *squid;
		const char *ours;
	} rows[] = {
		{"http_access allow all", "    # line 1\n    inspect everyone any\n}"},
		{"http_access deny all", "    # line 1\n    block everyone any\n}"},
		{"http_access allow localhost", "    inspect localhost any\n    block everyone any\n}"},
		{"http_access deny localhost", "    block localhost any\n    inspect everyone any\n}"},
		{"http_access allow localhost", "group localhost { net 127.0.0.1 ::1 }\n"},
		{"http_access deny to_localhost", "block everyone destination 127.0.0.0/8 0.0.0.0 ::1 ::\n"},
		{"http_access deny to_linklocal", "block everyone destination 169.254.0.0/16 fe80::/10\n"},
		{"http_access deny CONNECT", "block everyone protocol tls\n"},
		{"acl CONNECT method CONNECT\nhttp_access deny CONNECT", "block everyone protocol tls\n"},
		{"acl a src 10.0.0.1-10.0.0.9\nhttp_access deny a",
			"group a { net 10.0.0.1/32 10.0.0.2/31 10.0.0.4/30 10.0.0.8/31 }\n"},
		{"acl a src 0.0.0.0-255.255.255.255\nhttp_access deny a", "group a { net 0.0.0.0/0 }\n"},
		{"acl a src 255.255.255.254-255.255.255.255\nhttp_access deny a",
			"group a { net 255.255.255.254/31 }\n"},
		{"acl everyone src 10.1.0.0/16\nhttp_access deny everyone !everyone",
			"    block acl-everyone not client acl-everyone\n"},
		{"acl u url_regex ://www\\.bad a|b \nhttp_access deny u",
			"    block everyone site ~^www\\.bad ~a|b ~/?(a|b)\n"},
		{"acl u url_regex -i A +i B\nhttp_access deny u", "    block everyone site ~(?i)A ~(?i)/?A ~B ~/?B\n"},
		{"acl u urlpath_regex a|b\nhttp_access deny u", "    block everyone site ~/.*(a|b)\n"},
		{"acl s dstdomain -n a.example \\\n  b.example\nhttp_access deny s", "site a.example b.example\n"},
		{"acl t time MTW 08:00-12:00\nacl t time SA\nhttp_access deny t",
			"time t { mon,tue,wed 08:00-12:00\n    sun,sat }\n"},
		{"acl a src 10.0.0.0-10.0.0.255\nhttp_access deny !a", "    block everyone not client a\n"},
		{"acl a src 10.0.0.0-10.0.0.255\nhttp_access deny a", "group a { net 10.0.0.0/24 }\n"},
		{"acl u proxy_auth alice bob\nhttp_access deny u", "group u { user alice bob }\n"},
		{"acl m arp 02:00:00:00:00:01\nhttp_access deny m", "group m { mac 02:00:00:00:00:01 }\n"},
		{"acl p proto HTTP HTTPS\nhttp_access deny p", "block everyone protocol http tls\n"},
		{"acl b browser -i curl\nhttp_access deny b", "block everyone header User-Agent ~(?i)curl\n"},
		{"acl h req_header X-Test ^a\nhttp_access deny h", "block everyone header X-Test ~(?i)^a\n"},
		{"acl x urlpath_regex \\.exe$ ^/cgi\nhttp_access deny x",
			"block everyone site ~/.*\\.exe$ ~^[^/]*/cgi\n"},
		{"acl g method GET\nhttp_access deny g", "block everyone method GET\n"},
		{"acl t time SA 10:00-12:00\nhttp_access deny t", "time t { sun,sat 10:00-12:00 }\n"},
		{"acl t time 10:00-12:00\nhttp_access deny t", "time t { daily 10:00-12:00 }\n"},
		{"acl s dstdomain a.example\nssl_bump splice s\nssl_bump terminate all\nhttp_access allow all",
			"    pass everyone site a.example protocol tls\n    block everyone protocol tls\n"},
		{"acl s dstdomain a.example\nhttp_access deny s !all\nhttp_access deny s",
			"    # line 2\n    # line 3\n"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *have = translate(import_squid, rows[i].squid);

		ck_assert_msg(strstr(have, rows[i].ours) != NULL, "%s\n%s", rows[i].squid, have);
		ck_assert_msg(*lost_text == '\0', "%s\n%s", rows[i].squid, lost_text);
		policy_release(policy_from(have));
	}
}
END_TEST

/* Squid's files have names that count for themselves; in our lists they count for all below them. */
START_TEST(a_list_that_lets_more_through_is_named)
{
	static const char squid_text[] = "acl w dstdomain \"/w.txt\"\nhttp_access deny !w\nhttp_access allow w\n"
					 "http_access deny w\n";

	translate(import_squid, squid_text);
	ck_assert_ptr_nonnull(
		strstr(lost_text, "old.conf:2: warning: not carried over: that a name in the files of acl w"));
	ck_assert_ptr_nonnull(
		strstr(lost_text, "old.conf:3: warning: not carried over: that a name in the files of acl w"));
	ck_assert_ptr_null(strstr(lost_text, "old.conf:4:"));
}
END_TEST

/* What is lost must not open anything: the end of the list, what stands between if and endif. */
START_TEST(what_is_lost_of_squid_lets_nothing_through)
{
	static const struct {
		const char *squid;
		const char *ours;
	} rows[] = {
		{"acl q maxconn 1\nacl b src 10.0.0.1\nhttp_access deny b\nhttp_access allow q",
			"    block b any\n    # line 4 was not carried over\n    block everyone any\n}"},
		{"acl q maxconn 1\nhttp_access allow q",
			"    # line 2 was not carried over\n    block everyone any\n}"},
		{"if 1 = 2\nif 1 = 1\nendif\nhttp_access allow all\nendif\nhttp_access deny all",
			"policy {\n    # line 6\n    block everyone any\n}"},
		{"acl b dstdomain a.example none\nhttp_access deny b",
			"    # line 2\n    # without what acl b lost in line 1\n    block everyone site a.example\n"},
		{"acl b dstdomain a.example\nhttp_access deny \\\n all", "    # line 2\n    block everyone any\n}"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *have = translate(import_squid, rows[i].squid);

		ck_assert_msg(strstr(have, rows[i].ours) != NULL, "%s\n%s", rows[i].squid, have);
		policy_release(policy_from(have));
	}
}
END_TEST

START_TEST(every_squid_line_that_is_lost_is_named)
{
	static const struct {
		const char *squid;
		const char *lost;
	} rows[] = {
		{"cache_dir ufs /var 1 1 1", "old.conf:1: warning: not carried over: cache_dir ufs /var 1 1 1"},
		{"\nacl", "old.conf:2: warning: not carried over: an acl without a name"},
		{"acl a src 10.0.0.9-10.0.0.1", "10.0.0.9-10.0.0.1 of acl a"},
		{"acl a src 10.0.0.1-10.0.0.9/24", "10.0.0.1-10.0.0.9/24 of acl a"},
		{"acl a ssl::server_name none", "none of acl a"},
		{"acl a ssl::server_name --server-provided .x.example", "--server-provided of acl a"},
		{"acl a url_regex :8080/", ":8080/ of acl a"},
		{"acl a url_regex http://x", "http://x of acl a"},
		{"acl a urlpath_regex a|^/b", "the pattern a|^/b: an alternative with ^"},
		{"if 1 = 2\nhttp_access allow all\nendif",
			"old.conf:2: warning: not carried over: http_access allow all"},
		{"ssl_bump bump all", "refuses everything where there is no http_access"},
		{"acl a src 10.0.0.0/255.0.255.0", "10.0.0.0/255.0.255.0 of acl a"},
		{"acl a src host.example", "host.example of acl a"},
		{"acl a src \"/etc/hosts.txt\"", "the file /etc/hosts.txt of acl a"},
		{"acl a external helper", "acl a of type external"},
		{"acl a{b src 10.0.0.1", "an acl with the name a{b"},
		{"acl a dstdomain \"relative\"", "the file relative of acl a"},
		{"acl a url_regex (x", "the pattern (x: a ( without its )"},
		{"acl a url_regex [[:alpha:]]", "the pattern [[:alpha:]]"},
		{"acl a url_regex ^ftp://", "^ftp:// of acl a"},
		{"acl a proto FTP", "FTP of acl a"},
		{"acl a time X 1:00-2:00", "X of acl a"},
		{"acl a proxy_auth REQUIRED", "REQUIRED of acl a"},
		{"acl a method GET CONNECT", "CONNECT of acl a"},
		{"http_access maybe all", "http_access maybe"},
		{"http_access deny nothing", "http_access deny: the acl nothing is not there"},
		{"acl a proto FTP\nhttp_access deny a", "http_access deny: the acl a is not there, or was not"},
		{"ssl_bump dance all", "ssl_bump dance"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		policy_release(policy_from(translate(import_squid, rows[i].squid)));
		ck_assert_msg(strstr(lost_text, rows[i].lost) != NULL, "%s\n%s", rows[i].squid, lost_text);
	}
}
END_TEST

static const char guard[] = "dbhome /var/lib/squidguard/db\n"
			    "logdir /var/log/squidguard\n"
			    "time workhours {\n\tweekly mtwhf 08:00 - 16:30\n\tdate *-*-01 08:00 - 16:30\n}\n"
			    "src pupils {\n\tip 10.1.0.0/16 10.3.0.0-10.3.0.255\n\tuserlist users/pupils\n}\n"
			    "src staff {\n\tip 10.2.0.0/255.255.0.0\n\tuser alice, bob\n\twithin workhours\n}\n"
			    "dest adult {\n\tdomainlist adult/domains\n\turllist adult/urls\n"
			    "\texpressionlist adult/expressions\n\tredirect http://x/\n}\n"
			    "dest games {\n\tdomainlist games/domains\n}\n"
			    "rew dmz {\n\ts@x@y@\n}\n"
			    "acl {\n"
			    "\tpupils within workhours {\n\t\tpass !in-addr !adult !games all\n\t} else {\n"
			    "\t\tpass !adult all\n\t\tredirect http://y/\n\t}\n"
			    "\tstaff {\n\t\tpass games !adult\n\t}\n"
			    "\tguests {\n\t\tpass all\n\t}\n"
			    "\tdefault {\n\t\tpass none\n\t}\n"
			    "}\n";

START_TEST(a_squidguard_configuration_becomes_groups_lists_and_rules)
{
	const char *have = translate(import_squidguard, guard);
	const char *users = "users \"/var/lib/squidguard/db/users/pupils\" ";
	char compiled[8192];

	ck_assert_str_eq(have,
		"time workhours { mon,tue,wed,thu,fri 08:00-16:30 }\n"
		"group pupils { net 10.1.0.0/16 net 10.3.0.0/24 }\n"
		"group pupils-users { users \"/var/lib/squidguard/db/users/pupils\" }\n"
		"group staff { net 10.2.0.0/16 }\n"
		"group staff-users { user alice user bob }\n"
		"list adult { path \"/var/lib/squidguard/db/adult\" format squidguard category adult expressions yes "
		"}\n"
		"list games { path \"/var/lib/squidguard/db/games\" format squidguard category games }\n"
		"\npolicy {\n"
		"    block pupils client pupils-users site ~^[0-9a-f:.]*[.:][0-9a-f]+$ during workhours\n"
		"    block pupils client pupils-users category adult during workhours\n"
		"    block pupils client pupils-users category games during workhours\n"
		"    inspect pupils client pupils-users during workhours\n"
		"    block pupils client pupils-users category adult not during workhours\n"
		"    inspect pupils client pupils-users not during workhours\n"
		"    inspect staff client staff-users category games during workhours\n"
		"    block staff client staff-users category adult during workhours\n"
		"    inspect staff client staff-users during workhours\n"
		"    block everyone any\n"
		"}\n");
	/* It compiles, but for the file of users that is not here. */
	snprintf(compiled, sizeof compiled, "%.*s%s", (int)(strstr(have, users) - have), have,
		strstr(have, users) + strlen(users));
	policy_release(policy_from(compiled));
	ck_assert_str_eq(lost_text, "old.conf:2: warning: not carried over: logdir /var/log/squidguard\n"
				    "old.conf:5: warning: not carried over: date *-*-01 08:00 - 16:30\n"
				    "old.conf:20: warning: not carried over: redirect http://x/, in dest adult\n"
				    "old.conf:25: warning: not carried over: rew dmz {\n"
				    "old.conf:26: warning: not carried over: s@x@y@\n"
				    "old.conf:27: warning: not carried over: }\n"
				    "old.conf:33: warning: not carried over: redirect http://y/, for pupils\n"
				    "old.conf:38: warning: not carried over: guests {: there is no src of that name\n"
				    "old.conf:39: warning: not carried over: pass all\n"
				    "old.conf:40: warning: not carried over: }\n");
}
END_TEST

START_TEST(every_squidguard_line_that_is_lost_is_named)
{
	static const struct {
		const char *guard;
		const char *lost;
	} rows[] = {
		{"time t {\n weekly x 08:00 - 09:00\n}",
			"old.conf:2: warning: not carried over: weekly x 08:00 - 09:00"},
		{"time t {\n weekly m 08:00 09:00\n}", "weekly m 08:00 09:00"},
		{"time t {\n weekly m {8\n}", "weekly m {"},
		{"src s {\n domain example.org\n}", "domain example.org, in src s"},
		{"src s {\n ip 10.0.0.6-10.0.0.1\n}", "10.0.0.6-10.0.0.1, in src s"},
		{"src s {\n iplist x\n}", "old.conf:3: warning: not carried over: src s, nor what acl says of it"},
		{"src s {\n ip 10.0.0.1\n ldapusersearch ldap://x\n}", "src s, nor what acl says of it"},
		{"src s {\n ip 10.0.0.1\n domain x\n}\nacl {\n s {\n  pass all\n }\n}",
			"old.conf:6: warning: not carried over: s {: there is no src of that name that could be"},
		{"src everyone {\n ip 10.0.0.1\n}", "src everyone, nor what acl says of it"},
		{"src s {\n user a~b\n}", "a~b, in src s"},
		{"dest d {\n domainlist a/domains\n urllist b/urls\n}",
			"urllist b/urls, in dest d: its lists are not in one folder"},
		{"dest d {\n log x\n}", "old.conf:3: warning: not carried over: dest d has no list"},
		{"src s {\n ip 10.0.0.1\n}\nacl {\n s {\n  pass !nothing all\n }\n}",
			"!nothing: there is no dest of that name with a list"},
		{"src a~b {\n ip 10.0.0.1\n}", "src a~b {"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		translate(import_squidguard, rows[i].guard);
		ck_assert_msg(strstr(lost_text, rows[i].lost) != NULL, "%s\n%s", rows[i].guard, lost_text);
	}
}
END_TEST

START_TEST(the_first_source_of_a_client_decides_as_in_squidguard)
{
	static const struct {
		const char *guard;
		const char *ours;
	} rows[] = {
		/* In the order of the sources, not of acl; on one line or many. */
		{"src a { ip 10.0.0.1 }\nsrc b { ip 10.0.0.0/8 }\nacl { b { pass all } a { pass none } default { pass "
		 "none } }",
			"    block a any\n    inspect b any\n    block everyone any\n}"},
		/* Whom acl does not mention, or not now, has the default before the next source is asked. */
		{"src a { ip 10.0.0.1 }\nsrc b { ip 10.0.0.0/8 }\nacl { b { pass all } default { pass none } }",
			"    block a any\n    inspect b any\n    block everyone any\n}"},
		{"src a { ip 10.0.0.1 }\nsrc b { ip 10.0.0.0/8 }\nacl { b { pass none } }",
			"    inspect a any\n    block b any\n}"},
		{"time t { weekly m 08:00-09:00 }\nsrc a { ip 10.0.0.1 }\nsrc b { ip 10.0.0.0/8 }\n"
		 "acl {\n a within t { pass all }\n b { pass all }\n default { pass none }\n}",
			"    inspect a during t\n    block a any\n    inspect b any\n    block everyone any\n}"},
		/* A source that is not always there. */
		{"time t { weekly m 08:00-09:00 }\nsrc a { ip 10.0.0.1\n outside t }\nacl { a { pass all } default { "
		 "pass none } }",
			"    inspect a not during t\n    block everyone any\n}"},
		{"time t { weekly m 08:00-09:00 }\ntime u { weekly t 08:00-09:00 }\nsrc a {\n ip 10.0.0.1\n user x\n "
		 "within t\n}\n"
		 "acl { a within u { pass none } else { pass all } }",
			"    block a client a-users during u during t\n    inspect a client a-users not during u "
			"during t\n}"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *have = translate(import_squidguard, rows[i].guard);

		ck_assert_msg(strstr(have, rows[i].ours) != NULL, "%s\n%s", rows[i].guard, have);
		ck_assert_str_eq(lost_text, "");
		policy_release(policy_from(have));
	}
}
END_TEST

START_TEST(squidguard_times_and_branches_in_their_other_forms)
{
	const char *have = translate(import_squidguard, "time t {\r\n weekly * 08:00-09:00\r\n}\nsrc s {\n ip "
							"10.0.0.1\n}\nacl {\n s outside t {\n  pass none\n }\n"
							" else {\n  pass any\n }\n}\n");

	ck_assert_str_eq(have, "time t { daily 08:00-09:00 }\ngroup s { net 10.0.0.1 }\n\npolicy {\n"
			       "    block s not during t\n    inspect s during t\n}\n");
	ck_assert_str_eq(lost_text, "");
	policy_release(policy_from(have));
}
END_TEST

START_TEST(the_two_formats_are_told_apart)
{
	ck_assert(import_is_squidguard(slice_of(guard)));
	ck_assert(!import_is_squidguard(slice_of(squid)));
	ck_assert(!import_is_squidguard(SLICE("")));
}
END_TEST

UNIT_SUITE(import, "import", a_squid_configuration_becomes_groups_lists_and_rules,
	single_squid_lines_mean_what_they_meant, a_list_that_lets_more_through_is_named,
	what_is_lost_of_squid_lets_nothing_through, every_squid_line_that_is_lost_is_named,
	a_squidguard_configuration_becomes_groups_lists_and_rules, every_squidguard_line_that_is_lost_is_named,
	the_first_source_of_a_client_decides_as_in_squidguard, squidguard_times_and_branches_in_their_other_forms,
	the_two_formats_are_told_apart)

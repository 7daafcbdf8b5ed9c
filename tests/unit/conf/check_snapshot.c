/* Snapshots: defaults, every type, mistakes with their place and remedy, what a reload cannot change. */
#include "suites.h"

#include "conf/schema.h"
#include "conf/type.h"

static const char *
complaint(const char *text)
{
	static char copy[8192];
	struct problems problems = {0};
	struct conf *conf = conf_from(text, &problems);

	ck_assert_msg(conf == NULL, "accepted: %s", text);
	strcpy(copy, problems_text(&problems));
	problems_release(&problems);
	return copy;
}

static struct conf *
accepted(const char *text)
{
	struct problems problems = {0};
	struct conf *conf = conf_from(text, &problems);

	ck_assert_msg(conf != NULL, "refused: %s", problems_text(&problems));
	problems_release(&problems);
	return conf;
}

START_TEST(an_empty_file_gives_the_documented_defaults)
{
	struct conf *conf = accepted("");

	ck_assert_str_eq(conf->state_dir, LOCALSTATEDIR "/lib/sluice");
	ck_assert_str_eq(conf->log_dir, LOCALSTATEDIR "/log/sluice");
	ck_assert_str_eq(conf->run_dir, RUNSTATEDIR "/sluice");
	ck_assert_str_eq(conf->record.path, LOCALSTATEDIR "/log/sluice/access.json");
	ck_assert_uint_eq(conf->gateway.interface.count, 0);
	ck_assert_uint_eq(conf->gateway.ports.count, 2);
	ck_assert_uint_eq(conf->gateway.ports.items[1], 443);
	ck_assert_int_eq(conf->gateway.steer, CONF_STEER_REDIRECT);
	ck_assert_int_eq(conf->gateway.on_failure, CONF_ON_FAILURE_OPEN);
	ck_assert_uint_eq(conf->gateway.redirect_port, 3129);
	ck_assert_uint_eq(conf->gateway.tproxy_port, 3130);
	ck_assert_uint_eq(conf->admin.listen.items[0].port, 3180);
	ck_assert(conf->tls.trust_system);
	ck_assert_uint_eq(conf->tls.leaf_days, 46);
	ck_assert_uint_eq(conf->hold.bytes, 65536);
	ck_assert_uint_eq(conf->hold.time_ns, 150000000);
	ck_assert_int_eq(conf->log.level, DIAG_INFO);
	ck_assert_uint_eq(conf->list_count, 0);
	conf_release(conf);
}
END_TEST

START_TEST(settings_of_every_type_are_read)
{
	struct conf *conf =
		accepted("state_dir /s  log_dir /l\nrun_dir /r\n"
			 "gateway { interface eth1 wlan0\n ports 80 443 8080\n steer tproxy  on_failure closed\n"
			 " exclude 10.0.0.0/8 fd00::/8\n listen 127.0.0.1 mark 0x10 }\n"
			 "tls { trust /a.pem system /b\n bad_origin block-page min_version 1.3 }\n"
			 "admin { listen [::]:3180 127.0.0.1:3180 }\n"
			 "http { max_header 128k pool no }\nlimits { drain 1m }\n"
			 "list ut1 { path /var/ut1  format squidguard }\n"
			 "list mal { url https://example.org/x refresh 6h category malware }\n"
			 "exception printer.example { key sha256:00 fault expired until 2026-12-31 }\n"
			 "exception printer.example { key sha256:01 }\n"
			 "group g { net 10.0.0.0/8 }\npolicy { block g any }\n");
	struct addr any;

	ck_assert_str_eq(conf->log_dir, "/l");
	ck_assert_str_eq(conf->record.path, "/l/access.json");
	ck_assert_str_eq(conf->gateway.interface.items[1], "wlan0");
	ck_assert_uint_eq(conf->gateway.ports.items[2], 8080);
	ck_assert_int_eq(conf->gateway.steer, CONF_STEER_TPROXY);
	ck_assert_int_eq(conf->gateway.on_failure, CONF_ON_FAILURE_CLOSED);
	ck_assert_uint_eq(conf->gateway.exclude.count, 2);
	ck_assert_uint_eq(conf->gateway.mark, 16);
	ck_assert(addr_parse(SLICE("127.0.0.1"), &any) && addr_eq(&conf->gateway.listen, &any));
	ck_assert_uint_eq(conf->admin.listen.items[1].port, 3180);
	ck_assert(conf->tls.trust_system);
	ck_assert_uint_eq(conf->tls.trust.count, 2);
	ck_assert_int_eq(conf->tls.min_version, CONF_TLS_1_3);
	ck_assert_uint_eq(conf->http.max_header, 131072);
	ck_assert(!conf->http.pool);
	ck_assert_uint_eq(conf->limits.drain_ns, 60000000000);
	ck_assert_uint_eq(conf->list_count, 2);
	ck_assert_str_eq(conf->lists[0].name, "ut1");
	ck_assert_int_eq(conf->lists[0].format, CONF_LIST_SQUIDGUARD);
	ck_assert_str_eq(conf->lists[1].category, "malware");
	ck_assert_int_eq(conf->lists[1].format, CONF_LIST_AUTO);
	ck_assert_uint_eq(conf->exception_count, 2);
	ck_assert_str_eq(conf->exceptions[0].host, "printer.example");
	ck_assert_str_eq(conf->exceptions[0].fault, "expired");
	ck_assert_str_eq(conf->exceptions[1].key, "sha256:01");
	ck_assert_ptr_null(conf->exceptions[1].until);
	conf_release(conf);
}
END_TEST

START_TEST(mistakes_name_their_place_and_the_remedy)
{
	static const struct {
		const char *text;
		const char *complaint;
	} rows[] = {
		{"gateway {\n  interfce eth0\n}",
			"test.conf:2:3: error: unknown setting \"interfce\" in gateway; did you mean \"interface\"?"},
		{"gatway { }", "test.conf:1:1: error: unknown setting \"gatway\"; did you mean \"gateway\"?"},
		{"frobnicate 1", "unknown setting \"frobnicate\"; see sluice.conf(5)"},
		{"state_dir /a\nstate_dir /b",
			"test.conf:2:1: error: state_dir is set a second time (first in test.conf, line 1)"},
		{"tls { leaf_days 5 }\ntls { leaf_days 6 }", "test.conf:2:7: error: leaf_days is set a second time"},
		{"state_dir relative/path",
			"test.conf:1:11: error: \"relative/path\" is no value of state_dir; write an "
			"absolute path"},
		{"tls { leaf_days 47 }",
			"test.conf:1:17: error: \"47\" is no value of leaf_days; write a number from 1 to 46"},
		{"tls { leaf_days 0 }", "no value of leaf_days"},
		{"gateway { steer nat }",
			"test.conf:1:17: error: \"nat\" is no value of steer; write redirect | tproxy"},
		{"gateway { ports 80 99999 }", "test.conf:1:20: error: \"99999\" is no value of ports"},
		{"gateway { ports http }", "no value of ports"},
		{"gateway { ports 80 3129 }", "a port of the proxy itself would be intercepted"},
		{"gateway { redirect_port 4000 tproxy_port 4000 }", "redirect_port and tproxy_port are the same"},
		{"gateway { exclude 10.1.0.0/8 }", "test.conf:1:19: error: \"10.1.0.0/8\" is no value of exclude"},
		{"gateway { listen nowhere }", "no value of listen; write an IP address"},
		{"hold { time 150 }", "no value of time; write a duration"},
		{"hold { bytes 1 }", "no value of bytes; write a size (512, 64k, 1m) from 512 to 16m"},
		{"http { via maybe }", "write yes or no"},
		{"admin { listen 127.0.0.1 }", "no value of listen; write address:port"},
		{"admin { listen off 1.2.3.4:5 }", "\"off\" is no value of listen"},
		{"tls { trust }", "test.conf:1:7: error: trust has no value"},
		{"tls { trust some.pem }", "no value of trust"},
		{"tls { bad_origin tls-error min_verion 1.3 }",
			"bad_origin takes one value; \"min_verion\" is too much; did you mean \"min_version\"?"},
		{"tls trust system", "test.conf:1:1: error: tls is a block; write its settings in { }"},
		{"state_dir { /x }", "state_dir is a setting, not a block"},
		{"tls x { }", "the tls block has no name"},
		{"group { }", "a group needs a name"},
		{"group a b { }", "a group needs a name, and one only"},
		{"list a { format hosts }", "test.conf:1:6: error: the list \"a\" has no source"},
		{"list a { path /x }\nlist a { path /y }", "test.conf:2:6: error: there is a list \"a\" already"},
		{"list a { path /x pth /y }", "path takes one value"},
		{"\"state_dir\" /x", "unknown setting \"state_dir\""},
		{"run_dir "
		 "/a/very/long/path/that/goes/on/and/on/and/on/and/on/and/on/and/on/and/on/and/on/and/on/and/on/to",
			"the control socket's path would be too long"},
		{"record { path \"\" }", "no value of path"},
		{"user \"\"", "no value of user"},
		{"tls { trust \"\" }", "no value of trust"},
		{"gateway { interface \"\" }", "no value of interface"},
		{"content { phrases /a b }", "\"b\" is no value of phrases; write absolute paths"},
		{"gateway { redirect_port 0 }", "no value of redirect_port; write a number from 1 to 65535"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *have = complaint(rows[i].text);

		ck_assert_msg(strstr(have, rows[i].complaint) != NULL, "%s\nhave: %swant: %s", rows[i].text, have,
			rows[i].complaint);
	}
}
END_TEST

START_TEST(all_mistakes_are_told_at_once)
{
	const char *have = complaint("gateway { steer nat }\ntls { leaf_days x }\nfoo bar\n");

	ck_assert_ptr_nonnull(strstr(have, "test.conf:1:"));
	ck_assert_ptr_nonnull(strstr(have, "test.conf:2:"));
	ck_assert_ptr_nonnull(strstr(have, "test.conf:3:"));
}
END_TEST

START_TEST(a_shared_snapshot_lives_until_its_last_reference)
{
	struct conf *conf = accepted("state_dir /kept");

	ck_assert_ptr_eq(conf_share(conf), conf);
	conf_release(conf);
	ck_assert_str_eq(conf->state_dir, "/kept");
	conf_release(conf);
	conf_release(NULL);
}
END_TEST

START_TEST(every_type_tells_equal_from_different)
{
	struct conf *a = accepted("gateway { interface x ports 1 2 exclude 10.0.0.0/8 }\ntls { trust system /x }\n"
				  "hold { time 1s }\nadmin { listen 127.0.0.1:1 127.0.0.1:2 }");
	struct conf *same = accepted("gateway { interface x ports 1 2 exclude 10.0.0.0/8 }\ntls { trust system /x }\n"
				     "hold { time 1s }\nadmin { listen 127.0.0.1:1 127.0.0.1:2 }");
	struct conf *other = accepted("gateway { interface y ports 1 3 exclude 11.0.0.0/8 }\ntls { trust /x }\n"
				      "hold { time 2s }\nadmin { listen 127.0.0.1:1 127.0.0.1:3 }");
	struct conf *fewer = accepted("gateway { interface x y ports 1 }\ntls { trust system }\n"
				      "hold { time 0 }\nadmin { listen 127.0.0.1:1 }");
	static const char *const settings[][2] = {{"gateway", "interface"}, {"gateway", "ports"},
		{"gateway", "exclude"}, {"tls", "trust"}, {"hold", "time"}, {"admin", "listen"}};

	for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
		const struct conf_setting *row = conf_setting_find(settings[i][0], slice_of(settings[i][1]));
		const char *x = (const char *)a + row->offset;

		ck_assert(conf_types[row->type].equal(x, (const char *)same + row->offset));
		ck_assert_msg(!conf_types[row->type].equal(x, (const char *)other + row->offset), "%s", row->key);
		ck_assert_msg(!conf_types[row->type].equal(x, (const char *)fewer + row->offset), "%s", row->key);
	}
	conf_release(a);
	conf_release(same);
	conf_release(other);
	conf_release(fewer);
}
END_TEST

START_TEST(what_a_reload_cannot_change_is_named)
{
	struct conf *running = accepted("gateway { redirect_port 4000 steer redirect }\nadmin { listen 127.0.0.1:1 }");
	struct conf *wanted = accepted(
		"gateway { redirect_port 4001 on_failure closed }\nadmin { listen [::1]:1 }\ntls { ca_name other }");
	struct problems problems = {0};
	const char *text;

	conf_warn_restart(running, running, &problems);
	ck_assert_uint_eq(problems.count, 0);
	conf_warn_restart(running, wanted, &problems);
	text = problems_text(&problems);
	ck_assert_uint_eq(problems.errors, 0);
	ck_assert_uint_eq(problems.count, 3);
	ck_assert_ptr_nonnull(strstr(text, "gateway redirect_port changed"));
	ck_assert_ptr_nonnull(strstr(text, "admin listen changed"));
	ck_assert_ptr_nonnull(strstr(text, "tls ca_name changed"));
	problems_release(&problems);
	conf_release(running);
	conf_release(wanted);
}
END_TEST

START_TEST(who_can_reach_the_admin_port_is_warned_of)
{
	static const struct {
		const char *text, *warning; /* NULL: none */
	} cases[] = {
		{"", NULL},
		{"admin { listen off }", NULL},
		{"admin { listen 127.0.0.2:1 [::1]:1 }", NULL},
		{"admin { listen 127.0.0.1:1 allow 10.0.0.0/8 }", NULL},
		{"admin { listen 192.0.2.1:1 allow 192.0.2.0/24 fd00::/8 }", NULL},
		{"admin { listen 127.0.0.1:1 192.0.2.1:1 }", "nobody but this machine may ask"},
		{"admin { listen [fd00::1]:1 }", "nobody but this machine may ask"},
		{"admin { listen 0.0.0.0:1 }", "nobody but this machine may ask"},
		{"admin { listen 192.0.2.1:1 allow 0.0.0.0/0 }", "everybody who can reach"},
		{"admin { listen 192.0.2.1:1 allow ::/0 }", "everybody who can reach"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct problems problems = {0};
		struct conf *conf = conf_from(cases[i].text, &problems);

		ck_assert_msg(conf != NULL, "%s", problems_text(&problems));
		ck_assert_msg(problems.count == (cases[i].warning != NULL), "%s", cases[i].text);
		if (cases[i].warning)
			ck_assert_ptr_nonnull(strstr(problems_text(&problems), cases[i].warning));
		ck_assert_int_eq(conf->admin.listen_is_default, i == 0);
		problems_release(&problems);
		conf_release(conf);
	}
	ck_assert_ptr_nonnull(
		strstr(complaint("admin { listen 127.0.0.1:1 127.0.0.1:2 127.0.0.1:3 127.0.0.1:4 127.0.0.1:5 "
				 "127.0.0.1:6 127.0.0.1:7 127.0.0.1:8 127.0.0.1:9 127.0.0.1:10 127.0.0.1:11 "
				 "127.0.0.1:12 127.0.0.1:13 127.0.0.1:14 127.0.0.1:15 127.0.0.1:16 "
				 "127.0.0.1:17 }"),
			"more than 16 addresses"));
}
END_TEST

UNIT_SUITE(snapshot, "snapshot", an_empty_file_gives_the_documented_defaults, settings_of_every_type_are_read,
	mistakes_name_their_place_and_the_remedy, all_mistakes_are_told_at_once,
	a_shared_snapshot_lives_until_its_last_reference, every_type_tells_equal_from_different,
	what_a_reload_cannot_change_is_named, who_can_reach_the_admin_port_is_warned_of)

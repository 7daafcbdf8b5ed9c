/* doctor and import. */
#include "suites.h"

#include "fixture.h"

#include <jansson.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* The level of the first finding of a check; "" where there is none. */
static void
assert_level(const char *check, const char *level)
{
	struct ctl_run r = ctl_run("--json doctor");
	json_t *list = json_loads(r.out, 0, NULL), *finding;
	const char *have = "";
	size_t i;

	json_array_foreach(list, i, finding)
	{
		if (strcmp(json_string_value(json_object_get(finding, "check")), check) == 0) {
			have = json_string_value(json_object_get(finding, "level"));
			break;
		}
	}
	ck_assert_msg(strcmp(have, level) == 0, "%s: %s", check, r.out);
	json_decref(list);
	ctl_run_release(&r);
}

static void
write_conf(const char *more)
{
	char text[1024];

	snprintf(text, sizeof text,
		"state_dir %s\nlog_dir %s\nrun_dir %s\nuser root\n%s\npolicy { inspect everyone any }\n",
		fixture_folder, fixture_folder, fixture_folder, more);
	fixture_write("sluice.conf", text);
}

START_TEST(doctor_finds_what_is_missing_and_names_a_remedy)
{
	fixture_make();
	ck_assert_int_eq(chmod(fixture_folder, 0700), 0);
	write_conf("gateway { interface lo }");
	assert_level("configuration", "ok");
	assert_level("daemon", "warn");
	assert_level("user", "ok");
	assert_level("CA", "warn");
	assert_level("interfaces", "ok");
	assert_ctl("ca init", EX_OK, NULL, NULL);
	assert_level("CA", "ok");
	write_conf("gateway { interface nosuch0 }");
	assert_level("interfaces", "warn");
	fixture_remove();
}
END_TEST

START_TEST(doctor_fails_where_something_fails)
{
	fixture_make();
	write_conf("");
	fixture_write("sluice.conf", "user nosuchuser0\npolicy { inspect everyone any }\n");
	assert_level("user", "FAIL");
	assert_ctl("doctor", EX_UNAVAILABLE, "there is no user nosuchuser0; make it", NULL);
	fixture_write("sluice.conf", "polizy { }\n");
	assert_level("configuration", "FAIL");
	assert_level("daemon", "");
	assert_ctl("doctor", EX_UNAVAILABLE, "has mistakes", "sluice.conf:1:1: error:");
	assert_ctl("doctor more", EX_USAGE, NULL, "operands");
	fixture_remove();
}
END_TEST

START_TEST(squids_rules_are_translated_and_what_is_lost_is_named)
{
	char arguments[256];

	fixture_make();
	fixture_write("squid.conf",
		"acl bad dstdomain .bad.example\nacl all src all\nhttp_access deny bad\nhttp_access allow all\n"
		"cache_peer parent.example parent 3128 0\n");
	snprintf(arguments, sizeof arguments, "import %s", fixture_path("squid.conf"));
	assert_ctl(arguments, EX_OK, "bad.example", NULL);
	assert_ctl(arguments, EX_OK, "policy", NULL);
	snprintf(arguments, sizeof arguments, "--json import --from squid %s", fixture_path("squid.conf"));
	assert_ctl(arguments, EX_OK, "\"configuration\": ", NULL);
	snprintf(arguments, sizeof arguments, "import --from e2guardian %s", fixture_path("squid.conf"));
	assert_ctl(arguments, EX_USAGE, NULL, "--from");
	assert_ctl("import", EX_USAGE, NULL, "one file");
	assert_ctl("import /nonexistent", EX_NOINPUT, NULL, "/nonexistent");
	fixture_remove();
}
END_TEST

UNIT_SUITE(doctor, "doctor", doctor_finds_what_is_missing_and_names_a_remedy, doctor_fails_where_something_fails,
	squids_rules_are_translated_and_what_is_lost_is_named)

/* The CA's commands, in a folder of their own. */
#include "suites.h"

#include "fixture.h"
#include "tls/issuance_files.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

static void
make_private(void)
{
	fixture_make();
	ck_assert_int_eq(chmod(fixture_folder, 0700), 0);
}

START_TEST(ca_is_made_once_shown_and_exported_without_its_key)
{
	struct ctl_run made, exported;
	json_t *j;

	make_private();
	assert_ctl("ca show", EX_NOINPUT, NULL, "ca init");
	assert_ctl("ca export", EX_NOINPUT, NULL, "ca init");
	made = ctl_run("--json ca init");
	ck_assert_msg(made.status == EX_OK, "%s", made.err);
	j = json_loads(made.out, 0, NULL);
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(j, 0), "role")), "signs");
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(j, 0), "key")), "EC 256");
	assert_ctl("ca show", EX_OK, json_string_value(json_object_get(json_array_get(j, 0), "fingerprint")), NULL);
	exported = ctl_run("ca export");
	ck_assert_int_eq(exported.status, EX_OK);
	ck_assert_int_eq(strncmp(exported.out, "-----BEGIN CERTIFICATE-----\n", 28), 0);
	ck_assert_ptr_null(strstr(exported.out, "KEY"));
	assert_ctl("ca init", EX_CANTCREAT, NULL, NULL);
	assert_ctl("ca export", EX_OK, exported.out, NULL);
	assert_ctl("ca export --format mobileconfig", EX_OK, "com.apple", NULL);
	assert_ctl("ca export --format der", EX_OK, "0", NULL);
	assert_ctl("ca export --format pkcs12 --password x", EX_OK, "0", NULL);
	assert_ctl("ca export --format jks", EX_USAGE, NULL, "--format");
	json_decref(j);
	ctl_run_release(&made);
	ctl_run_release(&exported);
	fixture_remove();
}
END_TEST

START_TEST(rotation_has_two_steps_and_both_certificates_are_exported_between)
{
	struct ctl_run before, between, after;

	make_private();
	assert_ctl("ca init --key rsa --organization Example --days 100", EX_OK, "Example", NULL);
	before = ctl_run("ca export");
	assert_ctl("ca rotate --switch", EX_CANTCREAT, NULL, NULL);
	assert_ctl("ca rotate", EX_OK, "next", "ca rotate --switch");
	between = ctl_run("ca export");
	ck_assert_ptr_nonnull(strstr(between.out, before.out));
	ck_assert_uint_gt(strlen(between.out), strlen(before.out));
	assert_ctl("ca rotate --switch", EX_OK, "previous", "reload");
	after = ctl_run("ca export");
	ck_assert_ptr_nonnull(strstr(after.out, before.out));
	ck_assert_int_ne(strncmp(after.out, before.out, strlen(before.out)), 0);
	ctl_run_release(&before);
	ctl_run_release(&between);
	ctl_run_release(&after);
	fixture_remove();
}
END_TEST

START_TEST(folder_that_others_can_read_is_refused_with_its_remedy)
{
	make_private();
	assert_ctl("ca init", EX_OK, NULL, NULL);
	ck_assert_int_eq(chmod(fixture_path("ca"), 0755), 0);
	assert_ctl("ca show", EX_NOPERM, NULL, "/ca");
	assert_ctl("ca rotate", EX_NOPERM, NULL, "/ca");
	fixture_remove();
}
END_TEST

/* A command of the shell in the CA's folder. */
static void
in_ca_folder(const char *command)
{
	char whole[1024];

	snprintf(whole, sizeof whole, "cd %s/ca && %s", fixture_folder, command);
	ck_assert_msg(system(whole) == 0, "%s", command);
}

/* Three files of one log, two lines each, the oldest compressed. */
static void
make_logs(void)
{
	int folder = open(fixture_path("ca"), O_RDONLY | O_DIRECTORY), fd = issuance_files_open(folder), next;
	struct leaf_name name = {LEAF_NAME_DNS, SLICE("a.example")};
	struct issuance entry = {.issuer = "trusted",
		.issuer_id = (const uint8_t *)"01234567890123456789012345678901",
		.names = &name,
		.name_count = 1};
	struct problems problems = {0};
	struct issuance_log log;

	ck_assert(issuance_files_begin(&log, folder, fd, 1000, 0, &problems));
	ck_assert(issuance_log_append(&log, &entry, 0) && issuance_log_append(&log, &entry, 0));
	for (int day = 1; day <= 2; day++) {
		ck_assert(issuance_files_rotate(folder, day * 86400));
		next = issuance_files_open(folder);
		ck_assert(issuance_log_move(&log, next, 0) && issuance_log_append(&log, &entry, 0));
		close(fd);
		fd = next;
	}
	issuance_log_release(&log);
	close(fd);
	close(folder);
	in_ca_folder("gzip issuance.log-19700102-000000");
}

START_TEST(log_is_checked_over_all_its_files)
{
	make_private();
	assert_ctl("ca init", EX_OK, NULL, NULL);
	make_logs();
	assert_ctl("ca log", EX_OK, "\"seq\":1,", "6 lines in 3 files, 1 to 6; the chain of hashes is whole");
	assert_ctl("ca log -n 2", EX_OK, "{\"seq\":5,", "whole");
	assert_ctl("ca log --rotate", EX_UNAVAILABLE, NULL, NULL); /* nobody runs */
	/* The first is kept elsewhere. */
	in_ca_folder("mv issuance.log-19700102-000000.gz kept.gz");
	assert_ctl("ca log", EX_OK, "\"seq\":3,", "What came before is not here");
	in_ca_folder("mv kept.gz issuance.log-19700102-000000.gz");
	/* One in the middle is gone, and with it two leaves. */
	in_ca_folder("rm issuance.log-19700103-000000");
	assert_ctl("ca log", EX_DATAERR, NULL,
		"issuance.log:1: error: the line does not follow the number of the line before");
	/* A compressed file that ends early. */
	in_ca_folder("truncate -s 60 issuance.log-19700102-000000.gz");
	assert_ctl("ca log", EX_DATAERR, NULL, "BROKEN");
	fixture_remove();
}
END_TEST

START_TEST(wrong_uses_say_what_is_right)
{
	make_private();
	assert_ctl("ca", EX_USAGE, NULL, "init, show");
	assert_ctl("ca frobnicate", EX_USAGE, NULL, "init, show");
	assert_ctl("ca import one", EX_USAGE, NULL, "a certificate and its key");
	assert_ctl("ca init --key dsa", EX_USAGE, NULL, "--key");
	assert_ctl("ca import /nonexistent/a /nonexistent/b", EX_DATAERR, NULL, "/nonexistent/a");
	assert_ctl("ca init", EX_OK, NULL, NULL);
	assert_ctl("ca log", EX_NOINPUT, NULL, "issuance.log");
	fixture_remove();
}
END_TEST

UNIT_SUITE(ca, "ca", ca_is_made_once_shown_and_exported_without_its_key,
	rotation_has_two_steps_and_both_certificates_are_exported_between,
	folder_that_others_can_read_is_refused_with_its_remedy, log_is_checked_over_all_its_files,
	wrong_uses_say_what_is_right)

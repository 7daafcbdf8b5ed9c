/* The issuance log: what is chained, what verification finds, and what a full disk does. */
#include "suites.h"

#include "mint_fixture.h"
#include "tls/issuance_log.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND 1000000000u

struct log_file {
	char *directory;
	char path[128];
	int fd;
	struct issuance_log log;
};

static void
open_log(struct log_file *f)
{
	struct problems problems = {0};

	f->fd = open(f->path, O_RDWR | O_APPEND | O_CREAT, 0600);
	ck_assert_int_ge(f->fd, 0);
	ck_assert(issuance_log_init(&f->log, f->fd, 1000, "issued.log", &problems));
	ck_assert_uint_eq(problems.count, 0);
}

static void
close_log(struct log_file *f)
{
	issuance_log_release(&f->log);
	close(f->fd);
}

static struct log_file
make_log(void)
{
	struct log_file f = {.directory = fixture_directory()};

	snprintf(f.path, sizeof f.path, "%s/issued.log", f.directory);
	open_log(&f);
	return f;
}

static bool
append(struct log_file *f, const char *name)
{
	struct leaf_name names[] = {{LEAF_NAME_DNS, slice_of(name)}, IP("\xc0\x00\x02\x01")};
	struct issuance entry = {.time = NOW,
		.issuer = "trusted",
		.issuer_id = (const uint8_t *)"issuer-issuer-issuer-issuer-issu",
		.serial = SLICE("\x4f\x01\xff"),
		.not_before = NOW - DAY,
		.not_after = NOW + DAY,
		.names = names,
		.name_count = 2};

	return issuance_log_append(&f->log, &entry, SECOND);
}

static void
append_three(struct log_file *f)
{
	ck_assert(append(f, "a.example"));
	ck_assert(append(f, "b.example"));
	ck_assert(append(f, "c.example"));
}

/* Verifies the file as it is now; returns the line that is wrong, or 0. */
static unsigned
wrong_line(struct log_file *f, struct issuance_verdict *verdict)
{
	struct problems problems = {0};
	int fd = open(f->path, O_RDONLY);
	unsigned line = 0;

	if (!issuance_log_verify(fd, "issued.log", verdict, &problems)) {
		ck_assert_uint_eq(problems.errors, 1);
		line = problems.items[0].line;
	} else {
		ck_assert_uint_eq(problems.count, 0);
	}
	problems_release(&problems);
	close(fd);
	return line;
}

/* Applies a sed script to the file. */
static unsigned
wrong_line_after(struct log_file *f, const char *script)
{
	struct issuance_verdict verdict;

	ck_assert_int_eq(fixture_run("sed -i '%s' %s", script, f->path), 0);
	return wrong_line(f, &verdict);
}

static void
remove_log(struct log_file *f)
{
	close_log(f);
	fixture_remove(f->directory);
}

START_TEST(lines_say_what_was_issued)
{
	struct log_file f = make_log();
	char line[1024] = "";
	FILE *file;

	ck_assert(append(&f, "*.example.com"));
	file = fopen(f.path, "r");
	ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
	fclose(file);
	ck_assert_ptr_nonnull(strstr(line, "{\"seq\":1,\"time\":\"2026-11-18T"));
	ck_assert_ptr_nonnull(strstr(line, "\"issuer\":\"trusted\",\"issuer_sha256\":\"6973737565722d69"));
	ck_assert_ptr_nonnull(strstr(line, "\"serial\":\"4f01ff\""));
	ck_assert_ptr_nonnull(strstr(line, "\"names\":[\"DNS:*.example.com\",\"IP:192.0.2.1\"]"));
	ck_assert_ptr_nonnull(
		strstr(line, "\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\""));
	remove_log(&f);
}
END_TEST

START_TEST(whole_log_verifies)
{
	struct log_file f = make_log();
	struct issuance_verdict verdict;

	append_three(&f);
	ck_assert_uint_eq(wrong_line(&f, &verdict), 0);
	ck_assert_uint_eq(verdict.lines, 3);
	ck_assert_uint_eq(verdict.first_seq, 1);
	ck_assert_uint_eq(verdict.last_seq, 3);
	ck_assert_int_eq(memcmp(verdict.last, f.log.last, sizeof verdict.last), 0);
	remove_log(&f);
}
END_TEST

START_TEST(empty_log_verifies)
{
	struct log_file f = make_log();
	struct issuance_verdict verdict;

	ck_assert_uint_eq(wrong_line(&f, &verdict), 0);
	ck_assert_uint_eq(verdict.lines, 0);
	remove_log(&f);
}
END_TEST

START_TEST(changes_to_a_log_are_found)
{
	static const struct {
		const char *script;
		unsigned line;
	} changes[] = {
		{"2s/b.example/z.example/", 2},
		{"2d", 2},
		{"1d", 0}, /* the rest then continues another log; its first number is 2 */
		{"2{h;d};3G", 2},
		{"2p", 3},
		{"2s/\"hash\":\"./\"hash\":\"x/", 2},
		{"3s/\"prev\":\"[0-9a-f]*/\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000/",
			3},
		{"1s/4f01ff/4f01fe/", 1},
		{"1s/.*//", 1},
		{"3s/}$//", 3},
	};

	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		struct log_file f = make_log();

		append_three(&f);
		ck_assert_msg(wrong_line_after(&f, changes[i].script) == changes[i].line, "%s", changes[i].script);
		remove_log(&f);
	}
}
END_TEST

START_TEST(log_without_its_beginning_says_where_it_starts)
{
	struct log_file f = make_log();
	struct issuance_verdict verdict;

	append_three(&f);
	ck_assert_int_eq(fixture_run("sed -i 1d %s", f.path), 0);
	ck_assert_uint_eq(wrong_line(&f, &verdict), 0);
	ck_assert_uint_eq(verdict.first_seq, 2);
	remove_log(&f);
}
END_TEST

START_TEST(log_continues_where_it_ended)
{
	struct log_file f = make_log();
	struct issuance_verdict verdict;

	append_three(&f);
	close_log(&f);
	open_log(&f);
	append_three(&f);
	ck_assert_uint_eq(wrong_line(&f, &verdict), 0);
	ck_assert_uint_eq(verdict.lines, 6);
	remove_log(&f);
}
END_TEST

START_TEST(half_a_line_of_a_crash_is_cut_off)
{
	struct log_file f = make_log();
	struct issuance_verdict verdict;

	append_three(&f);
	close_log(&f);
	ck_assert_int_eq(fixture_run("printf '{\"seq\":4,\"time\":' >> %s", f.path), 0);
	ck_assert_uint_eq(wrong_line(&f, &verdict), 4);
	open_log(&f);
	ck_assert(append(&f, "d.example"));
	ck_assert_uint_eq(wrong_line(&f, &verdict), 0);
	ck_assert_uint_eq(verdict.lines, 4);
	remove_log(&f);
}
END_TEST

START_TEST(log_whose_last_line_was_changed_is_not_continued)
{
	struct log_file f = make_log();
	struct problems problems = {0};
	struct issuance_log log;

	append_three(&f);
	ck_assert_int_eq(fixture_run("sed -i 3s/c.example/z.example/ %s", f.path), 0);
	close(f.fd);
	f.fd = open(f.path, O_RDWR | O_APPEND);
	ck_assert(!issuance_log_init(&log, f.fd, 1000, "issued.log", &problems));
	ck_assert_uint_eq(problems.errors, 1);
	issuance_log_release(&log);
	problems_release(&problems);
	remove_log(&f);
}
END_TEST

START_TEST(file_that_is_no_log_is_refused)
{
	struct log_file f = make_log();
	struct problems problems = {0};
	struct issuance_log log;

	ck_assert_int_eq(fixture_run("head -c 300000 /dev/zero | tr '\\0' x > %s", f.path), 0);
	ck_assert(!issuance_log_init(&log, f.fd, 1000, "issued.log", &problems));
	ck_assert_uint_eq(problems.errors, 1);
	issuance_log_release(&log);
	problems_release(&problems);
	remove_log(&f);
}
END_TEST

START_TEST(line_that_a_full_disk_cuts_short_is_taken_back)
{
	struct log_file f = make_log();
	struct issuance_verdict verdict;
	struct rlimit limit;

	append_three(&f);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = (rlim_t)f.log.size + 20;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert(!append(&f, "d.example"));
	ck_assert(!append(&f, "d.example"));
	ck_assert_uint_eq(wrong_line(&f, &verdict), 0);
	ck_assert_uint_eq(verdict.lines, 3);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert(append(&f, "d.example"));
	ck_assert_uint_eq(wrong_line(&f, &verdict), 0);
	ck_assert_uint_eq(verdict.lines, 4);
	remove_log(&f);
}
END_TEST

START_TEST(log_is_flushed_once_an_interval_and_each_time_where_that_is_asked_for)
{
	struct log_file f = make_log();

	f.log.sync_interval_ms = 1000;
	f.log.synced_at_ns = SECOND;
	ck_assert(append(&f, "a.example"));
	ck_assert(f.log.is_dirty);
	ck_assert(issuance_log_sync(&f.log, 2 * SECOND - 1));
	ck_assert(f.log.is_dirty);
	ck_assert(issuance_log_sync(&f.log, 2u * SECOND));
	ck_assert(!f.log.is_dirty);
	f.log.sync_interval_ms = 0;
	f.log.synced_at_ns = SECOND;
	ck_assert(append(&f, "b.example"));
	ck_assert(!f.log.is_dirty);
	remove_log(&f);
}
END_TEST

UNIT_SUITE(issuance_log, "issuance_log", lines_say_what_was_issued, whole_log_verifies, empty_log_verifies,
	changes_to_a_log_are_found, log_without_its_beginning_says_where_it_starts, log_continues_where_it_ended,
	half_a_line_of_a_crash_is_cut_off, log_whose_last_line_was_changed_is_not_continued,
	file_that_is_no_log_is_refused, line_that_a_full_disk_cuts_short_is_taken_back,
	log_is_flushed_once_an_interval_and_each_time_where_that_is_asked_for)

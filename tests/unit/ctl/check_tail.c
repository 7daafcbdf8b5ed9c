/* tail: the last lines, and new ones through rotation. */
#include "suites.h"

#include "base/clock.h"
#include "ctl/log_follow.h"
#include "fixture.h"

#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

START_TEST(last_lines_are_found_from_the_end)
{
	char text[60000] = "";
	size_t at = 0;

	fixture_make();
	for (unsigned i = 0; i < 100; i++) {
		char domain[32];

		snprintf(domain, sizeof domain, "host%u.%s", i, i % 10 ? "example" : "test");
		at += (size_t)snprintf(text + at, sizeof text - at, "%s",
			fixture_record("2026-11-21T08:00:00Z", "10.1.2.3", "inspect", domain, 200));
	}
	fixture_write("access.json", text);
	assert_ctl("--json tail -n 1", EX_OK, "\"host99.example\"", NULL);
	for (unsigned n = 0; n <= 120; n += 7) {
		char arguments[64];
		unsigned lines = 0;
		struct ctl_run r;

		snprintf(arguments, sizeof arguments, "tail -n %u", n);
		r = ctl_run(arguments);
		for (const char *p = r.out; *p; p++)
			lines += *p == '\n';
		ck_assert_uint_eq(lines, n < 100 ? n : 100);
		ctl_run_release(&r);
	}
	/* Those that match are far apart. */
	assert_ctl("tail -n 3 --site test", EX_OK, "host70.test", NULL);
	assert_ctl("tail -n 3 --site nowhere", EX_OK, "", NULL);
	fixture_remove();
}
END_TEST

static void
append(const char *path, const char *text)
{
	FILE *file = fopen(path, "a");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

/* The next line within ten seconds. */
static void
assert_next(struct log_follow *l, const char *want)
{
	uint64_t until = clock_monotonic_ns() + 10000000000u;
	struct slice line;

	while (!log_follow_next(l, &line)) {
		ck_assert_msg(clock_monotonic_ns() < until, "no line, want %s", want);
		log_follow_wait(l, 1000);
	}
	assert_slice(line, want);
}

START_TEST(lines_come_through_a_rotation_in_order_and_whole)
{
	struct log_follow l;
	struct slice line;
	char log[128], old[128];

	fixture_make();
	strcpy(log, fixture_path("log"));
	strcpy(old, fixture_path("log.1"));
	append(log, "one\ntwo\n");
	log_follow_init(&l, log);
	log_follow_rewind(&l, 1);
	assert_next(&l, "two");
	append(log, "thr");
	ck_assert(!log_follow_next(&l, &line));
	append(log, "ee\n");
	assert_next(&l, "three");
	ck_assert_int_eq(rename(log, old), 0);
	append(log, "five\n");
	ck_assert(!log_follow_next(&l, &line));
	/* The writer changes over after the new file is there. */
	append(old, "four\n");
	assert_next(&l, "four");
	assert_next(&l, "five");
	log_follow_release(&l);
	fixture_remove();
}
END_TEST

START_TEST(file_that_appears_later_or_is_emptied_is_followed)
{
	struct log_follow l;
	struct slice line;
	char log[128];

	fixture_make();
	strcpy(log, fixture_path("log"));
	log_follow_init(&l, log);
	log_follow_rewind(&l, 10);
	ck_assert(!log_follow_next(&l, &line));
	append(log, "one\n");
	assert_next(&l, "one");
	ck_assert_int_eq(truncate(log, 0), 0);
	ck_assert(!log_follow_next(&l, &line));
	append(log, "two\n");
	assert_next(&l, "two");
	log_follow_release(&l);
	fixture_remove();
}
END_TEST

UNIT_SUITE(tail, "tail", last_lines_are_found_from_the_end, lines_come_through_a_rotation_in_order_and_whole,
	file_that_appears_later_or_is_emptied_is_followed)

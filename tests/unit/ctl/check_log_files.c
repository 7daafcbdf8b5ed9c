/* The files of records: rotated and compressed ones in order, and what is damaged is counted. */
#include "suites.h"

#include "ctl/log_files.h"
#include "fixture.h"
#include "record/record.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

static void
write_gz(const char *name, const char *text)
{
	gzFile file = gzopen(fixture_path(name), "w");

	ck_assert_int_gt(gzputs(file, text), 0);
	ck_assert_int_eq(gzclose(file), Z_OK);
}

/* Makes the file look as old as this many seconds. */
static void
make_old(const char *name, time_t seconds)
{
	struct timespec times[2] = {{.tv_sec = time(NULL) - seconds}, {.tv_sec = time(NULL) - seconds}};

	ck_assert_int_eq(utimensat(AT_FDCWD, fixture_path(name), times, 0), 0);
}

/* The values of "n" of all records, as digits. */
static void
read_all(uint64_t since, char *digits, uint64_t *bad, bool *damaged)
{
	struct log_files l;
	struct slice line;
	struct entry e;

	ck_assert(log_files_open(&l, fixture_path("log"), since));
	while (log_files_next(&l, &line, &e))
		*digits++ = (char)('0' + entry_u64(entry_find(&e, SLICE("n"))));
	*digits = '\0';
	*bad = l.bad_lines;
	*damaged = l.error[0] != '\0';
	log_files_close(&l);
}

START_TEST(rotated_and_compressed_files_come_oldest_first)
{
	char digits[64];
	uint64_t bad;
	bool damaged;

	fixture_make();
	fixture_write("log", "{\"n\":5}\n{\"n\":6}\n");
	fixture_write("log.1", "{\"n\":4}\n");
	write_gz("log.2.gz", "{\"n\":2}\n{\"n\":3}\n");
	write_gz("log-20260101.gz", "{\"n\":1}\n");
	fixture_write("log.conf", "{\"n\":9}\n");
	fixture_write("log2", "{\"n\":9}\n");
	fixture_write("log.", "{\"n\":9}\n");
	make_old("log.1", 100);
	make_old("log.2.gz", 200);
	make_old("log-20260101.gz", 300);
	read_all(0, digits, &bad, &damaged);
	ck_assert_str_eq(digits, "123456");
	ck_assert_uint_eq(bad, 0);
	ck_assert(!damaged);
	/* What was last written before is not even opened. */
	read_all((uint64_t)(time(NULL) - 150) * 1000000000u, digits, &bad, &damaged);
	ck_assert_str_eq(digits, "456");
	fixture_remove();
}
END_TEST

START_TEST(damaged_lines_are_counted_and_the_rest_is_read)
{
	static char text[RECORD_LINE_MAX * 2 + 1000];
	char digits[64];
	uint64_t bad;
	bool damaged;
	size_t n;

	fixture_make();
	n = (size_t)snprintf(text, sizeof text, "{\"n\":1}\nnonsense\n{\"n\":2}\n{\"n\":");
	memset(text + n, '3', RECORD_LINE_MAX + 100000);
	strcpy(text + n + RECORD_LINE_MAX + 100000, "}\n{\"n\":4}\n{\"n\":5");
	fixture_write("log.1", text);
	fixture_write("log", "\n{\"n\":6}\n{\"n\":7");
	make_old("log.1", 100);
	read_all(0, digits, &bad, &damaged);
	ck_assert_str_eq(digits, "1246");
	/* The nonsense, the long one, the one cut off in the old file, the empty one. */
	ck_assert_uint_eq(bad, 4);
	ck_assert(!damaged);
	fixture_remove();
}
END_TEST

START_TEST(compressed_file_cut_short_gives_what_it_holds_and_is_named)
{
	static char text[200000];
	char command[256], digits[64];
	uint64_t bad;
	bool damaged;
	size_t n;

	fixture_make();
	n = (size_t)snprintf(text, sizeof text, "{\"n\":1}\n{\"n\":2,\"noise\":\"");
	srand(1);
	while (n < sizeof text - 10)
		text[n++] = (char)('a' + rand() % 26);
	strcpy(text + n, "\"}\n");
	write_gz("log.1.gz", text);
	snprintf(command, sizeof command, "truncate -s 100000 %s", fixture_path("log.1.gz"));
	ck_assert_int_eq(system(command), 0);
	fixture_write("log", "{\"n\":3}\n");
	make_old("log.1.gz", 100);
	read_all(0, digits, &bad, &damaged);
	ck_assert_str_eq(digits, "13");
	ck_assert(damaged);
	fixture_remove();
}
END_TEST

START_TEST(missing_file_is_said)
{
	struct log_files l;

	fixture_make();
	ck_assert(!log_files_open(&l, fixture_path("log"), 0));
	ck_assert_ptr_nonnull(strstr(l.error, "log: No such file"));
	log_files_close(&l);
	fixture_remove();
}
END_TEST

UNIT_SUITE(log_files, "log_files", rotated_and_compressed_files_come_oldest_first,
	damaged_lines_are_counted_and_the_rest_is_read, compressed_file_cut_short_gives_what_it_holds_and_is_named,
	missing_file_is_said)

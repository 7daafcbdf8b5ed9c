/* Files of the issuance log: what rotation leaves, and where a signer goes on that starts after a crash. */
#include "suites.h"

#include "mint_fixture.h"
#include "tls/issuance_files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND 1000000000u

struct log_folder {
	char *directory;
	int folder;
	int fd;
	struct issuance_log log;
	struct problems problems;
};

static bool
begin(struct log_folder *f)
{
	f->fd = issuance_files_open(f->folder);
	ck_assert_int_ge(f->fd, 0);
	return issuance_files_begin(&f->log, f->folder, f->fd, 1000, NOW, &f->problems);
}

static void
end(struct log_folder *f)
{
	issuance_log_release(&f->log);
	close(f->fd);
}

static struct log_folder
make_folder(void)
{
	struct log_folder f = {.directory = fixture_directory()};

	f.folder = open(f.directory, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(f.folder, 0);
	ck_assert(begin(&f));
	return f;
}

static void
remove_folder(struct log_folder *f)
{
	end(f);
	close(f->folder);
	problems_release(&f->problems);
	fixture_remove(f->directory);
}

static bool
append(struct log_folder *f)
{
	struct leaf_name name = {LEAF_NAME_DNS, SLICE("a.example")};
	struct issuance entry = {.time = NOW,
		.issuer = "trusted",
		.issuer_id = (const uint8_t *)"issuer-issuer-issuer-issuer-issu",
		.serial = SLICE("\x4f"),
		.names = &name,
		.name_count = 1};

	return issuance_log_append(&f->log, &entry, SECOND);
}

/* Renames the log as the supervisor does, and leaves it at that. */
static void
rename_log(struct log_folder *f)
{
	ck_assert_msg(issuance_files_rotate(f->folder, NOW), "%s", strerror(errno));
}

static void
rotate(struct log_folder *f)
{
	int old = f->fd;

	rename_log(f);
	f->fd = issuance_files_open(f->folder);
	ck_assert(issuance_log_move(&f->log, f->fd, NOW));
	close(old);
}

/* The lines of all files in order of their names, which are dates, the log itself last: one chain of so many lines. */
static void
assert_chain(struct log_folder *f, unsigned lines)
{
	struct issuance_verdict verdict;
	struct problems problems = {0};
	char path[256];
	int fd;

	ck_assert_int_eq(
		fixture_run("cd %s && cat $(ls | grep log[.]) $(ls | grep log-) issuance.log > whole", f->directory),
		0);
	snprintf(path, sizeof path, "%s/whole", f->directory);
	fd = open(path, O_RDONLY);
	ck_assert(issuance_log_verify(fd, "whole", &verdict, &problems));
	ck_assert_uint_eq(verdict.lines, lines);
	ck_assert_uint_eq(verdict.first_seq, 1);
	close(fd);
	unlink(path);
}

START_TEST(chain_goes_on_in_the_next_file)
{
	struct log_folder f = make_folder();

	ck_assert(append(&f));
	rotate(&f); /* its head is a line, too */
	assert_chain(&f, 2);
	ck_assert(append(&f));
	rotate(&f); /* in the same second */
	ck_assert(append(&f));
	assert_chain(&f, 5);
	end(&f);
	ck_assert(begin(&f));
	ck_assert(append(&f));
	assert_chain(&f, 6);
	remove_folder(&f);
}
END_TEST

START_TEST(after_a_crash_the_newest_file_is_continued)
{
	/* What lies under the name when the next signer starts. */
	static const char *const states[] = {
		"rm -f issuance.log", ": > issuance.log", "printf '{\"seq\":' > issuance.log"};

	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
		struct log_folder f = make_folder();

		ck_assert(append(&f));
		rotate(&f);
		ck_assert(append(&f));
		rename_log(&f);
		ck_assert(append(&f)); /* it has not got the next one: this goes to the old file */
		end(&f);
		ck_assert_int_eq(fixture_run("cd %s && %s", f.directory, states[i]), 0);
		ck_assert_msg(begin(&f), "%s", states[i]);
		ck_assert(append(&f));
		assert_chain(&f, 6);
		remove_folder(&f);
	}
}
END_TEST

START_TEST(half_a_line_before_the_crash_is_cut_off)
{
	struct log_folder f = make_folder();

	ck_assert(append(&f));
	rename_log(&f);
	end(&f);
	ck_assert_int_eq(fixture_run("cd %s && printf '{\"seq\":2,\"ti' >> $(ls | grep log-)", f.directory), 0);
	ck_assert(begin(&f));
	assert_chain(&f, 2);
	remove_folder(&f);
}
END_TEST

START_TEST(files_that_another_program_has_renamed_are_continued)
{
	struct log_folder f = make_folder();

	ck_assert(append(&f));
	end(&f);
	ck_assert_int_eq(fixture_run("cd %s && mv issuance.log issuance.log.1", f.directory), 0);
	ck_assert(begin(&f));
	ck_assert(append(&f));
	assert_chain(&f, 3);
	remove_folder(&f);
}
END_TEST

START_TEST(an_empty_log_beside_compressed_ones_is_no_beginning)
{
	struct log_folder f = make_folder();

	ck_assert(append(&f));
	rename_log(&f);
	end(&f);
	ck_assert_int_eq(fixture_run("gzip %s/issuance.log-*", f.directory), 0);
	ck_assert(!begin(&f));
	ck_assert_uint_eq(f.problems.errors, 1);
	ck_assert_ptr_nonnull(strstr(f.problems.items[0].remedy, "uncompress"));
	remove_folder(&f);
}
END_TEST

START_TEST(a_damaged_file_is_not_continued)
{
	struct log_folder f = make_folder();

	ck_assert(append(&f));
	rename_log(&f);
	end(&f);
	ck_assert_int_eq(fixture_run("cd %s && sed -i s/a.example/b.example/ issuance.log-*", f.directory), 0);
	ck_assert(!begin(&f));
	ck_assert_uint_eq(f.problems.errors, 1);
	remove_folder(&f);
}
END_TEST

START_TEST(where_the_next_file_cannot_be_written_the_old_one_goes_on)
{
	struct log_folder f = make_folder();
	struct rlimit limit, none;
	int next;

	ck_assert(append(&f));
	rename_log(&f);
	next = issuance_files_open(f.folder);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	none = (struct rlimit){.rlim_cur = 10, .rlim_max = limit.rlim_max};
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
	ck_assert(!issuance_log_move(&f.log, next, NOW));
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert(append(&f));
	/* The disk has room again. */
	ck_assert(issuance_log_move(&f.log, next, NOW));
	close(f.fd);
	f.fd = next;
	ck_assert(append(&f));
	assert_chain(&f, 4);
	remove_folder(&f);
}
END_TEST

START_TEST(the_oldest_go_first_and_those_of_others_stay)
{
	struct log_folder f = make_folder();

	ck_assert_int_eq(fixture_run("cd %s && touch issuance.log-20260101-000000 issuance.log-20260102-000000.gz "
				     "issuance.log-20260103-000000 issuance.log.1 issuance.log-notes",
				 f.directory),
		0);
	issuance_files_prune(f.folder, 2);
	ck_assert_int_eq(
		fixture_run("cd %s && test \"$(ls | tr '\\n' ' ')\" = 'issuance.log issuance.log-20260102-000000.gz "
			    "issuance.log-20260103-000000 issuance.log-notes issuance.log.1 '",
			f.directory),
		0);
	remove_folder(&f);
}
END_TEST

START_TEST(names_of_rotated_files)
{
	static const char *const yes[] = {"issuance.log.1", "issuance.log.12.gz", "issuance.log-20261127",
		"issuance.log-20261127-193000", "issuance.log-20261127-193000-01.gz"};
	static const char *const no[] = {"issuance.log", "issuance.log.", "issuance.log-", "issuance.log.gz",
		"issuance.log-.gz", "issuance.logs", "issuance.log.1.xz", "issuance.log.bak", "ca.key", "",
		"issuance.log/1"};

	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		ck_assert_msg(issuance_files_is_rotated(slice_of(yes[i])), "%s", yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		ck_assert_msg(!issuance_files_is_rotated(slice_of(no[i])), "%s", no[i]);
}
END_TEST

UNIT_SUITE(issuance_files, "issuance_files", chain_goes_on_in_the_next_file, after_a_crash_the_newest_file_is_continued,
	half_a_line_before_the_crash_is_cut_off, files_that_another_program_has_renamed_are_continued,
	an_empty_log_beside_compressed_ones_is_no_beginning, a_damaged_file_is_not_continued,
	where_the_next_file_cannot_be_written_the_old_one_goes_on, the_oldest_go_first_and_those_of_others_stay,
	names_of_rotated_files)

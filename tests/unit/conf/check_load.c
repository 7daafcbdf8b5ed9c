/* Reading the files: conf.d/ in order, what the policy names, and what cannot be read. */
#include "suites.h"

#include "conf/load.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void
make_folder(void)
{
	char path[128];

	strcpy(folder, "/tmp/check_conf.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/conf.d", folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void
remove_folder(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static const char *
write_file(const char *name, const char *text)
{
	static char path[256];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	return path;
}

START_TEST(the_folder_beside_the_file_is_read_in_order)
{
	struct conf_sources sources;
	struct problems problems = {0};

	make_folder();
	write_file("conf.d/20-b.conf", "b");
	write_file("conf.d/10-a.conf", "a");
	write_file("conf.d/.hidden.conf", "x");
	write_file("conf.d/readme.txt", "x");
	ck_assert(conf_load(write_file("s.conf", "main"), &sources, &problems));
	ck_assert_uint_ge(sources.count, 3);
	assert_slice(sources.items[0].bytes, "main");
	assert_slice(sources.items[1].bytes, "a");
	assert_slice(sources.items[2].bytes, "b");
	for (size_t i = 3; i < sources.count; i++)
		ck_assert_str_eq(sources.items[i].name, CONF_LOCAL_ZONE);
	conf_sources_release(&sources);
	remove_folder();
}
END_TEST

START_TEST(files_that_groups_and_times_name_are_read_too)
{
	struct conf_sources sources;
	struct problems problems = {0};
	char users[256], text[1024];
	bool found = false;

	make_folder();
	strcpy(users, write_file("users", "alice\n"));
	snprintf(text, sizeof text,
		"group a { net 10.0.0.0/8 users %s }\ngroup b { users /nowhere/at/all }\n"
		"group c { users ../relative }\ntime t { zone ../../etc/passwd }\n",
		users);
	ck_assert(conf_load(write_file("s.conf", text), &sources, &problems));
	for (size_t i = 0; i < sources.count; i++) {
		found |= strcmp(sources.items[i].name, users) == 0;
		ck_assert_ptr_null(strstr(sources.items[i].name, ".."));
	}
	ck_assert(found);
	ck_assert_uint_eq(problems.count, 0);
	conf_sources_release(&sources);
	remove_folder();
}
END_TEST

START_TEST(files_that_cannot_be_read_are_named)
{
	struct conf_sources sources;
	struct problems problems = {0};
	char path[128];

	ck_assert(!conf_load("/nowhere/at/all.conf", &sources, &problems));
	ck_assert_ptr_nonnull(strstr(problems_text(&problems), "/nowhere/at/all.conf: error: the file cannot be read"));
	conf_sources_release(&sources);
	ck_assert(!conf_load("/dev/zero", &sources, &problems));
	ck_assert_ptr_nonnull(strstr(problems_text(&problems), "no regular file"));
	conf_sources_release(&sources);

	make_folder();
	write_file("s.conf", "");
	snprintf(path, sizeof path, "%s/conf.d/x.conf", folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	snprintf(path, sizeof path, "%s/s.conf", folder);
	ck_assert(!conf_load(path, &sources, &problems));
	ck_assert_ptr_nonnull(strstr(problems_text(&problems), "conf.d/x.conf: error: the file cannot be read"));
	conf_sources_release(&sources);
	problems_release(&problems);
	remove_folder();
}
END_TEST

START_TEST(sources_are_bounded)
{
	static char big[CONF_FILE_MAX + 1];
	struct conf_sources sources = {0};
	size_t count = 0;

	ck_assert(!conf_sources_add(&sources, SLICE("big"), slice_make(big, sizeof big)));
	while (count < 10000 && conf_sources_add(&sources, SLICE("n"), SLICE("x")))
		count++;
	ck_assert_uint_eq(count, CONF_FILES_MAX);
	conf_sources_release(&sources);
	for (count = 0; count < 10 && conf_sources_add(&sources, SLICE("n"), slice_make(big, CONF_FILE_MAX)); count++)
		;
	ck_assert_uint_eq(count, CONF_TOTAL_MAX / CONF_FILE_MAX);
	conf_sources_release(&sources);
}
END_TEST

UNIT_SUITE(load, "load", the_folder_beside_the_file_is_read_in_order, files_that_groups_and_times_name_are_read_too,
	files_that_cannot_be_read_are_named, sources_are_bounded)

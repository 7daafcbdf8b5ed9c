/* Folders of lists as squidGuard and UT1 have them.  See list_read.h. */
#include "classify/list_read.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALIAS_MAX 64 /* bytes of a small file that names a category */

/* The files of a category, and the unused one that says so. */
static const char *const parts[] = {"domains", "urls", "domains.gz", "urls.gz"};

static bool
join(char *dst, size_t size, const char *folder, const char *name)
{
	int n = snprintf(dst, size, "%s/%s", folder, name);

	return n > 0 && (size_t)n < size;
}

static bool
fail(struct list_reader *reader, const char *path, const char *why)
{
	problems_add(reader->problems, false, path, 0, 0, "the table that is in force stays; correct list { path }",
		"the list cannot be read: %s", why);
	return false;
}

static bool
has_parts(const char *folder)
{
	char path[4096];
	struct stat st;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (join(path, sizeof path, folder, parts[i]) && stat(path, &st) == 0)
			return true;
	return false;
}

/* Counts the lines of a file of expressions; they are not read. */
static void
count_expressions(const char *folder, struct list_report *report)
{
	char path[4096], line[LIST_LINE_MAX];
	FILE *file;

	if (!join(path, sizeof path, folder, "expressions") || (file = fopen(path, "re")) == NULL)
		return;
	while (fgets(line, sizeof line, file))
		report->classes[LIST_EXPRESSION] += line[0] != '\n' && line[0] != '#';
	fclose(file);
}

static bool
read_category(
	struct list_reader *reader, const char *folder, const char *name, enum list_use use, struct list_report *report)
{
	unsigned categories = report->categories;
	char path[4096];
	struct stat st;

	if (use != LIST_USE_ALLOW && category_builder_category(reader->builder, slice_of(name)) < 0)
		return fail(reader, folder, "its name is no name of a category, or there are more than 1024");
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (!join(path, sizeof path, folder, parts[i]) || stat(path, &st) < 0)
			continue;
		if (!list_read_file(reader, path, name, use, report))
			return false;
	}
	report->categories = categories + 1;
	count_expressions(folder, report);
	return true;
}

/* The name that a link, or a file that stands for a link where links could not be kept, leads to. */
static bool
alias_target(const char *path, const struct stat *link, char target[ALIAS_MAX + 1])
{
	ssize_t n = -1;
	FILE *file;

	if (S_ISLNK(link->st_mode)) {
		n = readlink(path, target, ALIAS_MAX);
	} else if (S_ISREG(link->st_mode) && link->st_size > 0 && link->st_size <= ALIAS_MAX &&
		   (file = fopen(path, "re")) != NULL) {
		n = (ssize_t)fread(target, 1, ALIAS_MAX, file);
		fclose(file);
	}
	while (n > 0 && (target[n - 1] == '\n' || target[n - 1] == '/'))
		n--;
	if (n <= 0)
		return false;
	target[n] = '\0';
	return strchr(target, '/') == NULL && strchr(target, '\n') == NULL;
}

/* Whether the entry is another name of a category beside it; a loop of links is none, and told. */
static void
read_alias(struct list_reader *reader, const char *folder, const char *name, const struct stat *link)
{
	char path[4096], target[ALIAS_MAX + 1], target_path[4096];
	struct stat st;

	if (!join(path, sizeof path, folder, name) || !alias_target(path, link, target) ||
		!join(target_path, sizeof target_path, folder, target) || lstat(target_path, &st) < 0)
		return;
	if (!category_builder_alias(reader->builder, slice_of(name), slice_of(target)))
		problems_add(reader->problems, true, path, 0, 0, NULL,
			"\"%s\" is not another name of \"%s\": they would go round in a loop", name, target);
}

/* What a file called LICENSE or COPYING begins with, or that there is one. */
static void
read_licence(const char *folder, const char *name, struct list_report *report)
{
	struct slice text = slice_of(name);
	char path[4096], line[LIST_TEXT_MAX];
	FILE *file;

	if (report->licence[0] ||
		(!slice_starts_with_nocase(text, SLICE("LICEN")) && !slice_starts_with_nocase(text, SLICE("COPYING"))))
		return;
	snprintf(report->licence, sizeof report->licence, "see %.200s", name);
	if (slice_ends_with(text, SLICE(".pdf")) || !join(path, sizeof path, folder, name) ||
		(file = fopen(path, "re")) == NULL)
		return;
	while (fgets(line, sizeof line, file)) {
		struct slice words = slice_trim(slice_sub(slice_of(line), 0, strcspn(line, "\r\n")));

		if (words.len == 0)
			continue;
		snprintf(report->licence, sizeof report->licence, "%.*s (%.80s)",
			(int)(words.len < 150 ? words.len : 150), words.ptr, name);
		break;
	}
	fclose(file);
}

static int
is_entry(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* One entry of the folder; false where a list of it cannot be read. */
static bool
read_entry(struct list_reader *reader, const char *folder, const char *name, const char *category, enum list_use use,
	struct list_report *report)
{
	char path[4096];
	struct stat st;

	if (!join(path, sizeof path, folder, name) || lstat(path, &st) < 0)
		return true;
	if (S_ISDIR(st.st_mode) && has_parts(path))
		return read_category(reader, path, category ? category : name, use, report);
	if (category == NULL && use != LIST_USE_ALLOW && !S_ISDIR(st.st_mode))
		read_alias(reader, folder, name, &st);
	if (S_ISREG(st.st_mode))
		read_licence(folder, name, report);
	return true;
}

bool
list_read_folder(struct list_reader *reader, const char *path, const char *category, enum list_use use,
	struct list_report *report)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_entry, alphasort);
	bool done = count >= 0;

	if (count < 0)
		return fail(reader, path, strerror(errno));
	report->format = CONF_LIST_SQUIDGUARD;
	if (has_parts(path))
		done = read_category(reader, path, category ? category : report->name, use, report);
	for (int i = 0; i < count; i++) {
		if (done)
			done = read_entry(reader, path, entries[i]->d_name, category, use, report);
		free(entries[i]);
	}
	free(entries);
	if (done && report->categories == 0)
		return fail(reader, path, "the folder holds no folder with a file called domains or urls");
	return done;
}

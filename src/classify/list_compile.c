/* Compiling lists.  See list_compile.h. */
#include "classify/list_compile.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "classify/list_store.h"

#define DEPTH_MAX 3 /* folders below a list's path that count as inputs */

bool
list_job_path(const struct list_job *job, const char *name, char *dst, size_t dst_size)
{
	int n = snprintf(dst, dst_size, "%s/%s", job->folder, name);

	return n > 0 && (size_t)n < dst_size;
}

bool
list_job_source(const struct list_job *job, const struct conf_list *list, char *dst, size_t dst_size)
{
	if (list->path)
		return slice_to_cstr(slice_of(list->path), dst, dst_size);
	return list_store_path(job->folder, list->name, LIST_BODY_FILE, dst, dst_size);
}

static bool
any_is_fetched(const struct list_job *job)
{
	for (size_t i = 0; i < job->count; i++)
		if (job->lists[i].path == NULL)
			return true;
	return false;
}

/* ---- inputs ---- */

struct inputs {
	uint64_t digest;
	uint64_t bytes;
};

static void
mix(struct inputs *in, const void *data, size_t len)
{
	const struct siphash_key key = {in->digest, CATEGORY_NAME_MAX};

	in->digest = siphash13(&key, data, len);
}

static int
is_entry(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void
mix_text(struct inputs *in, const char *text)
{
	mix(in, text ? text : "", text ? strlen(text) : 0);
}

static void
mix_path(struct inputs *in, const char *path, unsigned depth)
{
	struct dirent **entries;
	struct stat st = {0};
	int count;

	if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode) && depth == 0)
		stat(path, &st);
	mix(in, path, strlen(path));
	mix(in, &st.st_mtim, sizeof st.st_mtim);
	mix(in, &st.st_size, sizeof st.st_size);
	if (S_ISREG(st.st_mode))
		in->bytes += (uint64_t)st.st_size;
	if (!S_ISDIR(st.st_mode) || depth == DEPTH_MAX || (count = scandir(path, &entries, is_entry, alphasort)) < 0)
		return;
	for (int i = 0; i < count; i++) {
		char below[4096];

		if (snprintf(below, sizeof below, "%s/%s", path, entries[i]->d_name) < (int)sizeof below)
			mix_path(in, below, depth + 1);
		free(entries[i]);
	}
	free(entries);
}

uint64_t
list_compile_inputs(const struct list_job *job, uint64_t *bytes)
{
	static const char *const own[] = {LIST_ALLOW_FILE, LIST_BLOCK_FILE};
	struct inputs in = {0};
	char path[4096];

	for (size_t i = 0; i < job->count; i++) {
		const struct conf_list *list = &job->lists[i];

		mix_text(&in, list->name);
		mix(&in, &list->format, sizeof list->format);
		mix(&in, &list->allow, sizeof list->allow);
		mix_text(&in, list->category);
		if (list_job_source(job, list, path, sizeof path))
			mix_path(&in, path, 0);
	}
	for (size_t i = 0; i < job->wanted_count && any_is_fetched(job); i++)
		mix_text(&in, job->wanted[i]);
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (list_job_path(job, own[i], path, sizeof path))
			mix_path(&in, path, 0);
	*bytes = in.bytes;
	return in.digest;
}

/* ---- lists ---- */

static bool
fail(struct list_reader *reader, const struct conf_list *list, const char *remedy, const char *why)
{
	problems_add(reader->problems, false, list->file, list->line, list->column, remedy, "the list \"%s\" %s",
		list->name, why);
	return false;
}

static bool
read_list(struct list_reader *reader, const struct list_job *job, const struct conf_list *list,
	struct list_report *report)
{
	enum list_use use = list->allow ? LIST_USE_ALLOW : LIST_USE_ADD;
	char path[4096];
	struct stat st;

	*report = (struct list_report){
		.name = list->name, .path = list->path ? list->path : list->url, .format = list->format};
	if (!list_job_source(job, list, path, sizeof path))
		return fail(reader, list, "choose a shorter one", "has too long a path");
	if (list->expressions)
		problems_add(reader->problems, true, list->file, list->line, list->column,
			"use rules with site and a regular expression",
			"the expressions of the list \"%s\" are not used", list->name);
	if (list->path == NULL && stat(path, &st) < 0 && errno == ENOENT) {
		problems_add(reader->problems, true, list->file, list->line, list->column,
			"it comes soon after the daemon has started; ask at once with: sluicectl lists update",
			"the list \"%s\" has not been fetched yet", list->name);
		if (list->category && use == LIST_USE_ADD)
			category_builder_category(reader->builder, slice_of(list->category));
		return true;
	}
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return list_read_folder(reader, path, list->category, use, report);
	return list_read_file(reader, path, list->category, use, report);
}

/* See list_job.wanted. */
static void
add_wanted(struct category_builder *b, const struct list_job *job)
{
	for (size_t i = 0; i < job->wanted_count && any_is_fetched(job); i++)
		category_builder_category(b, slice_of(job->wanted[i]));
}

/* The administrator's own entries; a missing file is none. */
static bool
read_own(struct list_reader *reader, const struct list_job *job, const char *name, enum list_use use,
	struct list_report *report)
{
	char path[4096];
	struct stat st;

	*report = (struct list_report){.name = name, .path = "", .format = CONF_LIST_PLAIN};
	if (!list_job_path(job, name, path, sizeof path) || (stat(path, &st) < 0 && errno == ENOENT))
		return true;
	return list_read_file(reader, path, use == LIST_USE_BLOCK ? LIST_BLOCK_CATEGORY : NULL, use, report);
}

/* "4 x cosmetic rule, 1 x exception" */
static void
describe_skipped(const struct list_report *report, char *dst, size_t dst_size)
{
	size_t at = 0;

	dst[0] = '\0';
	for (unsigned i = LIST_BAD; i < LIST_CLASSES && at < dst_size; i++)
		if (report->classes[i])
			at += (size_t)snprintf(dst + at, dst_size - at, "%s%llu x %s", at ? ", " : "",
				(unsigned long long)report->classes[i], list_class_name((enum list_class)i));
}

static void
add_source(struct category_builder *b, const struct list_report *report)
{
	char kinds[512];

	describe_skipped(report, kinds, sizeof kinds);
	category_builder_source(b, &(struct category_source){
					   .name = report->name,
					   .format = list_format_name(report->format),
					   .path = report->path,
					   .licence = report->licence,
					   .attribution = report->attribution,
					   .date = report->newest,
					   .names = report->classes[LIST_HOST],
					   .urls = report->classes[LIST_URL],
					   .addresses = report->classes[LIST_ADDRESS],
					   .skipped = list_report_skipped(report),
					   .kinds = kinds,
				   });
}

static bool
read_all(struct list_reader *reader, const struct list_job *job, struct list_report *reports)
{
	bool done = true;

	for (size_t i = 0; i < job->count; i++)
		done = read_list(reader, job, &job->lists[i], &reports[i]) && done;
	done = read_own(reader, job, LIST_ALLOW_FILE, LIST_USE_ALLOW, &reports[job->count]) && done;
	done = read_own(reader, job, LIST_BLOCK_FILE, LIST_USE_BLOCK, &reports[job->count + 1]) && done;
	add_wanted(reader->builder, job);
	for (size_t i = 0; done && i < job->count + 2; i++)
		if (reports[i].files)
			add_source(reader->builder, &reports[i]);
	return done;
}

bool
list_compile(const struct list_job *job, uint64_t now, struct list_report *reports, struct problems *problems,
	struct slice *bytes)
{
	uint64_t size, inputs = list_compile_inputs(job, &size);
	struct list_reader reader = {
		.builder = category_builder_new(job->path_form),
		.problems = problems,
		.progress = job->progress,
		.context = job->context,
	};
	const char *wrong = NULL;
	bool done = false;

	if (reader.builder == NULL)
		wrong = "memory is out";
	else if (read_all(&reader, job, reports))
		done = (wrong = category_builder_finish(reader.builder, now, inputs, bytes)) == NULL;
	if (wrong)
		problems_add(problems, false, NULL, 0, 0, NULL, "the lists cannot be compiled: %s", wrong);
	category_builder_free(reader.builder);
	return done;
}

bool
list_compile_watch(const struct list_job *job, list_watch *watch, void *context, struct problems *problems)
{
	struct list_report *reports = calloc(job->count + 2, sizeof *reports);
	struct list_reader reader = {.builder = category_builder_new(job->path_form),
		.problems = problems,
		.watch = watch,
		.context = context};
	bool done = reports && reader.builder && read_all(&reader, job, reports);

	category_builder_free(reader.builder);
	free(reports);
	return done;
}

bool
list_compile_try(const struct list_job *job, const struct conf_list *list, int fd, struct list_report *report,
	struct problems *problems)
{
	struct list_reader reader = {.builder = category_builder_new(job->path_form), .problems = problems};
	bool done;

	*report = (struct list_report){.name = list->name, .path = list->url, .format = list->format};
	if (reader.builder == NULL) {
		close(fd);
		return fail(&reader, list, NULL, "cannot be read: memory is out");
	}
	done = list_read_fd(
		&reader, fd, list->url, list->category, list->allow ? LIST_USE_ALLOW : LIST_USE_ADD, report);
	category_builder_free(reader.builder);
	return done;
}

bool
list_compile_file(const struct list_job *job, uint64_t now, struct list_report *reports, struct problems *problems)
{
	struct slice bytes = SLICE_EMPTY;
	char path[4096];
	int result;

	if (!list_compile(job, now, reports, problems, &bytes))
		return false;
	if (mkdir(job->folder, 0755) < 0 && errno != EEXIST)
		result = -errno;
	else if (!list_job_path(job, LIST_TABLE_FILE, path, sizeof path))
		result = -ENAMETOOLONG;
	else
		result = category_table_save(bytes, path);
	if (result < 0)
		problems_add(problems, false, job->folder, 0, 0,
			"make the folder writable for whoever compiles the lists",
			"the table of categories cannot be written: %s", strerror(-result));
	free((char *)(uintptr_t)bytes.ptr);
	return result == 0;
}

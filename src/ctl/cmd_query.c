/* sluicectl query: the records that hold some conditions, or how many have each value of a field. */
#include "ctl/log_files.h"
#include "ctl/record_command.h"
#include "ctl/record_view.h"
#include "ctl/terminal.h"

#include "base/map.h"
#include "record/json.h"
#include "record/record.h"

#include <stdlib.h>

extern const struct ctl_command cmd_query;

#define COUNT_TOP 20

struct options {
	const char *count_by;
	const char *file;
	struct option_count limit;
};

static const struct ctl_option rows[] = {
	{"count-by", 0, OPTION_TEXT, offsetof(struct options, count_by), "FIELD", "count them by this field's values"},
	{"limit", 'n', OPTION_COUNT, offsetof(struct options, limit), "N",
		"the first N; with --count-by the N most frequent values (20; 0 for all)"},
	{"file", 'f', OPTION_TEXT, offsetof(struct options, file), "FILE",
		"this file of records, and what it was rotated to"},
};

/* A value and how often it came. */
struct tally {
	uint64_t count;
	size_t len;
	char value[];
};

static bool
count_value(struct map *tallies, struct slice value)
{
	struct tally *t = map_get(tallies, value);

	if (t == NULL) {
		t = malloc(sizeof *t + value.len);
		if (t == NULL)
			return false;
		t->count = 0;
		t->len = value.len;
		memcpy(t->value, value.ptr, value.len);
		if (!map_put(tallies, slice_make(t->value, t->len), t)) {
			free(t);
			return false;
		}
	}
	t->count++;
	return true;
}

/* Most frequent first, then by value. */
static int
compare_tallies(const void *a, const void *b)
{
	const struct tally *x = *(struct tally *const *)a, *y = *(struct tally *const *)b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return slice_compare(slice_make(x->value, x->len), slice_make(y->value, y->len));
}

static void
print_tallies(struct ctl *ctl, struct tally *const *list, size_t count, const char *field)
{
	const char *const titles[] = {"COUNT", field};
	struct grid g;

	if (ctl->json) {
		struct buffer b = buffer_make(SIZE_MAX / 2);
		struct json j;

		json_begin(&j, &b);
		json_open_array(&j, SLICE_EMPTY);
		for (size_t i = 0; i < count; i++) {
			json_open_object(&j, SLICE_EMPTY);
			json_text(&j, SLICE("value"), slice_make(list[i]->value, list[i]->len));
			json_u64(&j, SLICE("count"), list[i]->count);
			json_close_object(&j);
		}
		json_close_array(&j);
		if (json_end(&j))
			fprintf(ctl->out, "%.*s\n", SLICE_ARG(buffer_slice(&b)));
		buffer_release(&b);
		return;
	}
	grid_init(&g, titles, 2, 1);
	for (size_t i = 0; i < count; i++) {
		grid_printf(&g, "%llu", (unsigned long long)list[i]->count);
		grid_add(&g, slice_make(list[i]->value, list[i]->len));
	}
	grid_print(&g, ctl->out, ctl->colour);
	grid_release(&g);
}

static bool
show_tallies(struct ctl *ctl, struct map *tallies, const struct options *o)
{
	struct tally **list = malloc((tallies->count + 1) * sizeof *list);
	size_t limit = o->limit.is_set ? o->limit.value : COUNT_TOP;
	const struct map_entry *entry;
	size_t count = 0, at = 0;

	while (list && (entry = map_next(tallies, &at)) != NULL)
		list[count++] = entry->value;
	if (list == NULL)
		return false;
	qsort(list, count, sizeof *list, compare_tallies);
	print_tallies(ctl, list, limit && limit < count ? limit : count, o->count_by);
	free(list);
	return true;
}

static void
release_tallies(struct map *tallies)
{
	const struct map_entry *entry;
	size_t at = 0;

	while ((entry = map_next(tallies, &at)) != NULL)
		free(entry->value);
	map_release(tallies);
}

/* Reads all files; false when memory is out. */
static bool
search(struct ctl *ctl, struct log_files *files, const struct filter *f, const struct options *o, struct map *tallies)
{
	struct buffer scratch = buffer_make(RECORD_LINE_MAX);
	struct entry e;
	uint64_t shown = 0;
	struct slice line;
	bool done = true;

	while (done && log_files_next(files, &line, &e)) {
		if (!filter_matches(f, &e, line, &scratch))
			continue;
		if (o->count_by) {
			done = count_value(tallies, entry_text(entry_find(&e, slice_of(o->count_by)), &scratch));
			continue;
		}
		record_view_print(ctl, &e, line, &scratch);
		if (o->limit.value && ++shown == o->limit.value)
			break;
	}
	buffer_release(&scratch);
	return done;
}

static int
query(struct ctl *ctl, const char *path, const struct filter *f, const void *options)
{
	const struct options *o = options;
	struct log_files files;
	struct map tallies;
	int status = EX_OK;

	if (o->count_by && record_field_find(slice_of(o->count_by)) == NULL)
		return ctl_fail_usage(ctl, "no record has a field \"%s\"", o->count_by);
	map_init(&tallies);
	if (!log_files_open(&files, path, f->since)) {
		status = ctl_fail(ctl, EX_NOINPUT, "name another file with --file", "%s", files.error);
		goto out;
	}
	if (!search(ctl, &files, f, o, &tallies) || (o->count_by && !show_tallies(ctl, &tallies, o)))
		status = ctl_fail(ctl, EX_OSERR, "narrow the search", "memory is out");
	if (files.bad_lines)
		fprintf(ctl->err, "sluicectl: %llu lines are no records and were left out\n",
			(unsigned long long)files.bad_lines);
	if (status == EX_OK && files.error[0])
		status = ctl_fail(ctl, EX_NOINPUT, NULL, "%s", files.error);
out:
	log_files_close(&files);
	release_tallies(&tallies);
	return status;
}

static int
run(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};

	return record_command_run(ctl, argc, argv, &options, &options.file, query);
}

const struct ctl_command cmd_query = {
	.name = "query",
	.operands = "",
	.summary = "Find records, in rotated and compressed files too",
	.help = "With --json the lines are shown as they were written.",
	.options = rows,
	.option_count = sizeof rows / sizeof rows[0],
	.has_filter = true,
	.run = run,
};

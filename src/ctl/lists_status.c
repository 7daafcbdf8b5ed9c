/* sluicectl lists status: what the compiled table holds, where it came from, and how fetching goes. */
#include "ctl/lists_work.h"

#include "classify/list_store.h"
#include "ctl/json_view.h"
#include "ctl/terminal.h"

#include <string.h>

static uint64_t
seconds_now(const struct lists_work *w)
{
	return w->ctl->now_ns / 1000000000u;
}

/* What the table says of a list; false where it has nothing of it. */
static bool
find_source(const struct category_table *t, const char *name, struct category_source *source)
{
	struct category_source one;

	for (unsigned i = 0; t && category_source(t, i, &one); i++)
		if (strcmp(one.name, name) == 0) {
			*source = one;
			return true;
		}
	return false;
}

static const char *
or_dash(const char *text)
{
	return text[0] ? text : "-";
}

/* Of a list that is fetched: the copy's age, the last error and the next attempt. */
static void
add_fetching(const struct lists_work *w, const struct conf_list *list, json_t *row)
{
	uint64_t now = seconds_now(w);
	struct list_state state;

	list_store_read(w->job.folder, list->name, &state);
	if (strcmp(state.url, list->url) == 0 && state.fetched)
		json_object_set_new(
			row, "age_seconds", json_integer((json_int_t)(now > state.fetched ? now - state.fetched : 0)));
	if (state.next)
		json_object_set_new(
			row, "next_seconds", json_integer((json_int_t)(state.next > now ? state.next - now : 0)));
	json_object_set_new(row, "error", json_string(or_dash(state.error)));
	json_object_set_new(row, "failures", json_integer((json_int_t)state.failures));
}

static json_t *
describe_list(
	const struct lists_work *w, const char *name, const struct conf_list *list, const struct category_table *t)
{
	struct category_source source = {
		.format = "-", .path = "-", .licence = "-", .attribution = "-", .kinds = "-", .date = 0};
	uint64_t now = seconds_now(w);
	bool is_compiled = find_source(t, name, &source);
	json_t *row = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:n, s:n, s:s, s:i, s:s, s:s, s:s, s:s}", "list", name,
		"format", source.format, "names", (json_int_t)source.names, "urls", (json_int_t)source.urls,
		"addresses", (json_int_t)source.addresses, "skipped", (json_int_t)source.skipped, "age_seconds",
		"next_seconds", "error", "-", "failures", 0, "licence",
		is_compiled ? source.licence[0] ? source.licence : "not stated" : "-", "attribution",
		or_dash(source.attribution), "source", list && list->url ? list->url : source.path, "skipped_kinds",
		or_dash(source.kinds));

	if (row && is_compiled && source.date)
		json_object_set_new(
			row, "age_seconds", json_integer((json_int_t)(now > source.date ? now - source.date : 0)));
	if (row && list && list->url)
		add_fetching(w, list, row);
	return row;
}

static json_t *
describe_lists(const struct lists_work *w, const struct category_table *t)
{
	static const char *const own[] = {LIST_ALLOW_FILE, LIST_BLOCK_FILE};
	struct category_source source;
	json_t *lists = json_array();

	for (size_t i = 0; i < w->job.count; i++)
		json_array_append_new(lists, describe_list(w, w->job.lists[i].name, &w->job.lists[i], t));
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (find_source(t, own[i], &source))
			json_array_append_new(lists, describe_list(w, own[i], NULL, t));
	return lists;
}

static json_t *
describe_categories(const struct category_table *t)
{
	json_t *list = json_array();

	for (unsigned i = 0; category_name(t, i); i++) {
		int alias_of = category_alias_of(t, i);

		json_array_append_new(list, alias_of < 0 ? json_string(category_name(t, i))
							 : json_sprintf("%s (another name of %s)", category_name(t, i),
								   category_name(t, (unsigned)alias_of)));
	}
	return list;
}

/* What a table has no room for: below it, a line for each list that has something to say. */
static void
print_remarks(struct ctl *ctl, json_t *lists)
{
	static const char *const keys[] = {"source", "licence", "attribution", "skipped_kinds", "error"};
	static const char *const titles[] = {"from", "licence", "by", "skipped", "error"};
	json_t *row;
	size_t i;

	json_array_foreach(lists, i, row)
	{
		fputc('\n', ctl->out);
		terminal_put_coloured(ctl->out, ctl->colour, TERMINAL_BOLD,
			slice_of(json_string_value(json_object_get(row, "list"))));
		for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
			const char *text = json_string_value(json_object_get(row, keys[k]));

			if (text == NULL || strcmp(text, "-") == 0)
				continue;
			fprintf(ctl->out, "\n  %-8s ", titles[k]);
			terminal_put(ctl->out, slice_of(text));
		}
		fputc('\n', ctl->out);
	}
}

/* The columns of the table; the rest is said below it. */
static json_t *
columns_of(json_t *lists)
{
	static const char *const remarks[] = {"source", "licence", "attribution", "skipped_kinds", "error", "failures"};
	json_t *rows = json_deep_copy(lists), *row;
	size_t i;

	json_array_foreach(rows, i, row) for (size_t k = 0; k < sizeof remarks / sizeof remarks[0]; k++)
		json_object_del(row, remarks[k]);
	return rows;
}

static void
print_status(struct ctl *ctl, json_t *status)
{
	json_t *lists = json_object_get(status, "lists"), *categories = json_object_get(status, "categories"), *name;
	json_t *rows = columns_of(lists);
	size_t i;

	json_view_print_table(ctl, rows);
	json_decref(rows);
	print_remarks(ctl, lists);
	fprintf(ctl->out, "\n%lld names, %lld URLs and %lld addresses in %zu categories:",
		(long long)json_integer_value(json_object_get(status, "names")),
		(long long)json_integer_value(json_object_get(status, "urls")),
		(long long)json_integer_value(json_object_get(status, "addresses")), json_array_size(categories));
	json_array_foreach(categories, i, name)
	{
		fputs(i ? ", " : " ", ctl->out);
		terminal_put(ctl->out, slice_of(json_string_value(name)));
	}
	fputc('\n', ctl->out);
	if (!json_is_true(json_object_get(status, "current")))
		fputs("the lists have changed since; compile them: sluicectl lists compile\n", ctl->out);
}

int
lists_status(struct lists_work *w)
{
	struct category_file file;
	json_t *status;
	uint64_t size;
	int result = lists_open_table(w, &file);

	if (result != EX_OK)
		return result;
	status = json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:b}", "lists", describe_lists(w, &file.table),
		"categories", describe_categories(&file.table), "names", (json_int_t)file.table.names, "urls",
		(json_int_t)file.table.urls, "addresses", (json_int_t)file.table.addresses, "table_bytes",
		(json_int_t)file.table.size, "built", (json_int_t)file.table.built_at, "current",
		list_compile_inputs(&w->job, &size) == file.table.inputs);
	if (w->ctl->json)
		json_view_dump(w->ctl, status);
	else
		print_status(w->ctl, status);
	json_decref(status);
	category_file_close(&file);
	return EX_OK;
}

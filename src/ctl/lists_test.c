/* sluicectl lists test: which categories a host or an URL is in, and which line of which list says so.  The table tells
 * the first, as the proxy would; it keeps no names, so for the second the lists are read once more. */
#include "ctl/lists_work.h"

#include "classify/category_build.h"
#include "ctl/json_view.h"
#include "ctl/terminal.h"
#include "http/uri.h"
#include "policy/path.h"

#include <stdlib.h>
#include <string.h>

#define EVIDENCE_MAX 100

/* What is asked for, in the form of the table. */
struct question {
	char host[HOST_NAME_LEN_MAX + 1];
	char path[CATEGORY_PATH_MAX];
	struct slice canonical;
	struct slice canonical_path; /* empty: a host is asked for */
	json_t *evidence;
};

static bool
read_question(const char *operand, struct question *q)
{
	struct slice text = slice_of(operand), rest;
	struct http_authority authority;
	size_t scheme = slice_find_slice(text, SLICE("://")), slash;

	if (scheme < text.len)
		text = slice_sub(text, scheme + 3, text.len);
	slash = slice_find(text, '/');
	rest = slice_sub(text, slash, text.len);
	if (!http_authority_parse(slice_sub(text, 0, slash), &authority))
		return false;
	q->canonical = http_authority_host(&authority, q->host);
	q->canonical_path = rest.len ? policy_path(slice_sub(rest, 0, sizeof q->path), q->path) : SLICE_EMPTY;
	return true;
}

static void
ask(const struct category_table *t, const struct question *q, struct category_answer *answer)
{
	if (q->canonical_path.len)
		category_lookup_url(t, q->canonical, q->canonical_path, answer);
	else
		category_lookup_host(t, q->canonical, answer);
}

/* ---- evidence ---- */

/* Whether the entry alone would list what is asked for: a table of one entry is asked, so that the answer is the
 * proxy's. */
static bool
entry_lists(const struct list_item *item, const struct question *q)
{
	struct category_builder *b = category_builder_new(policy_path);
	int category = b ? category_builder_category(b, SLICE("x")) : -1;
	struct category_answer answer = {.listed = {0}};
	struct category_table table;
	struct slice bytes = SLICE_EMPTY;
	bool lists = false;

	if (category == 0 &&
		(item->class == LIST_URL ? category_builder_add_url(b, item->host, item->path, 0)
					 : category_builder_add_host(b, item->host, 0)) &&
		category_builder_finish(b, 0, 0, &bytes) == NULL && category_table_open(&table, bytes) == NULL) {
		ask(&table, q, &answer);
		lists = category_answer_has(answer.listed, 0);
	}
	category_builder_free(b);
	free((char *)(uintptr_t)bytes.ptr);
	return lists;
}

/* Most entries have nothing to do with the host, which this tells at once. */
static bool
may_list(const struct list_item *item, struct slice host)
{
	if (item->class != LIST_URL)
		return slice_ends_with(host, item->host);
	return slice_ends_with(host, item->host) || slice_ends_with(item->host, host);
}

static void
look_at_entry(void *context, const struct list_place *place, const struct list_item *item)
{
	struct question *q = context;
	json_t *row;

	if (!may_list(item, q->canonical) || json_array_size(q->evidence) == EVIDENCE_MAX || !entry_lists(item, q))
		return;
	row = json_pack("{s:s%, s:s, s:s, s:s, s:I}", "entry", item->host.ptr, item->host.len, "category",
		place->use == LIST_USE_ALLOW ? "(allowed)" : place->category, "list", place->list, "file", place->path,
		"line", (json_int_t)place->line);
	if (row && item->class == LIST_URL)
		json_object_set_new(
			row, "entry", json_sprintf("%.*s%.*s", SLICE_ARG(item->host), SLICE_ARG(item->path)));
	json_array_append_new(q->evidence, row);
}

/* ---- answer ---- */

static json_t *
names_of(const struct category_table *t, const uint64_t *words)
{
	json_t *names = json_array();

	for (unsigned i = 0; category_name(t, i); i++)
		if (category_answer_has(words, i))
			json_array_append_new(names, json_string(category_name(t, i)));
	return names;
}

static void
print_names(struct ctl *ctl, const char *title, json_t *names)
{
	json_t *name;
	size_t i;

	fputs(title, ctl->out);
	json_array_foreach(names, i, name) fprintf(ctl->out, " %s", json_string_value(name));
	fputc('\n', ctl->out);
}

int
lists_test(struct lists_work *w)
{
	struct question q = {.evidence = json_array()};
	struct problems problems = {0};
	struct category_answer answer;
	struct category_file file;
	json_t *result, *listed, *possible;
	int status;

	if (!read_question(w->operand, &q)) {
		json_decref(q.evidence);
		return ctl_fail(w->ctl, EX_USAGE, "give example.com or http://example.com/path",
			"%s is no host and no URL", w->operand);
	}
	status = lists_open_table(w, &file);
	if (status != EX_OK) {
		json_decref(q.evidence);
		return status;
	}
	ask(&file.table, &q, &answer);
	listed = names_of(&file.table, answer.listed);
	possible = names_of(&file.table, answer.possible);
	list_compile_watch(&w->job, look_at_entry, &q, &problems);
	if (problems.errors)
		settings_print_problems(w->ctl->err, &problems);
	problems_release(&problems);
	result = json_pack("{s:s, s:o, s:o, s:o}", "asked", w->operand, "categories", listed, "of_some_urls", possible,
		"evidence", q.evidence);
	if (w->ctl->json) {
		json_view_dump(w->ctl, result);
	} else {
		print_names(w->ctl, json_array_size(listed) ? "listed:" : "not listed", listed);
		if (json_array_size(possible))
			print_names(w->ctl, "some of its URLs:", possible);
		if (json_array_size(q.evidence))
			fputc('\n', w->ctl->out);
		json_view_print_table(w->ctl, q.evidence);
	}
	json_decref(result);
	category_file_close(&file);
	return EX_OK;
}

/* sluicectl lists: the category lists of the configuration.  compile works on files alone and then has the daemon take
 * the table over; status and test look at the compiled table, so they need no daemon. */
#include "classify/category_file.h"
#include "classify/list_compile.h"
#include "ctl/daemon.h"
#include "ctl/json_view.h"
#include "ctl/settings.h"
#include "ctl/terminal.h"
#include "http/uri.h"
#include "policy/path.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const struct ctl_command cmd_lists;

#define RELOAD_TIMEOUT_MS 60000
#define BAR_WIDTH 30
#define BAR_STEP (1u << 20) /* bytes between two drawings */

struct options {
	bool no_reload;
};

static const struct ctl_option rows[] = {
	{"no-reload", 0, OPTION_FLAG, offsetof(struct options, no_reload), NULL,
		"compile: leave the daemon with the table it has"},
};

/* What an action works with. */
struct work {
	struct ctl *ctl;
	const struct options *options;
	struct list_job job;
	const char *operand; /* of test */
	uint64_t total;      /* bytes that compile has to read */
	uint64_t drawn;      /* how many were read when the bar was last drawn */
};

/* ---- the table ---- */

static int
open_table(const struct work *w, struct category_file *file)
{
	char path[PATH_MAX];
	const char *wrong;

	if (!list_job_path(&w->job, LIST_TABLE_FILE, path, sizeof path))
		return ctl_fail(w->ctl, EX_CONFIG, "choose a shorter one", "state_dir is too long");
	wrong = category_file_open(file, path);
	if (wrong)
		return ctl_fail(
			w->ctl, EX_NOINPUT, "compile the lists: sluicectl lists compile", "%s: %s", path, wrong);
	return EX_OK;
}

static json_t *
describe_source(const struct category_source *source, uint64_t now_ns)
{
	int64_t age = (int64_t)(now_ns / 1000000000u) - (int64_t)source->date;

	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:s, s:s, s:s}", "list", source->name, "format",
		source->format, "names", (json_int_t)source->names, "urls", (json_int_t)source->urls, "addresses",
		(json_int_t)source->addresses, "skipped", (json_int_t)source->skipped, "age_seconds",
		(json_int_t)(age > 0 ? age : 0), "licence", source->licence[0] ? source->licence : "not stated",
		"attribution", source->attribution, "path", source->path);
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

static void
print_status(struct ctl *ctl, json_t *status)
{
	json_t *lists = json_object_get(status, "lists"), *categories = json_object_get(status, "categories"), *name;
	size_t i;

	if (ctl->json) {
		json_view_dump(ctl, status);
		return;
	}
	json_view_print_table(ctl, lists);
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

static int
show_status(struct work *w)
{
	struct category_source source;
	struct category_file file;
	json_t *status, *lists = json_array();
	uint64_t size;
	int result = open_table(w, &file);

	if (result != EX_OK) {
		json_decref(lists);
		return result;
	}
	for (unsigned i = 0; category_source(&file.table, i, &source); i++)
		json_array_append_new(lists, describe_source(&source, w->ctl->now_ns));
	status = json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:b}", "lists", lists, "categories",
		describe_categories(&file.table), "names", (json_int_t)file.table.names, "urls",
		(json_int_t)file.table.urls, "addresses", (json_int_t)file.table.addresses, "table_bytes",
		(json_int_t)file.table.size, "built", (json_int_t)file.table.built_at, "current",
		list_compile_inputs(&w->job, &size) == file.table.inputs);
	print_status(w->ctl, status);
	json_decref(status);
	category_file_close(&file);
	return EX_OK;
}

/* ---- compile ---- */

static void
draw_bar(void *context, const char *list, uint64_t bytes)
{
	struct work *w = context;
	unsigned done = w->total ? (unsigned)(bytes * BAR_WIDTH / w->total) : BAR_WIDTH;
	char text[32];

	if (bytes - w->drawn < BAR_STEP && bytes < w->total)
		return;
	w->drawn = bytes;
	if (done > BAR_WIDTH)
		done = BAR_WIDTH;
	fputs("\r[", w->ctl->err);
	for (unsigned i = 0; i < BAR_WIDTH; i++)
		fputc(i < done ? '#' : '.', w->ctl->err);
	fprintf(w->ctl->err, "] %s  %.40s\033[K", terminal_bytes(bytes, text), list);
	fflush(w->ctl->err);
}

static json_t *
describe_report(const struct list_report *report)
{
	json_t *skipped = json_object();

	for (unsigned class = LIST_BAD; class < LIST_CLASSES; class ++)
		if (report->classes[class])
			json_object_set_new(skipped, list_class_name((enum list_class) class),
				json_integer((json_int_t)report->classes[class]));
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:o}", "list", report->name, "format",
		list_format_name(report->format), "names", (json_int_t)report->classes[LIST_HOST], "urls",
		(json_int_t)report->classes[LIST_URL], "addresses", (json_int_t)report->classes[LIST_ADDRESS], "lines",
		(json_int_t)report->lines, "skipped", skipped);
}

/* "3 names, 2 URLs; skipped: 4 x cosmetic rule" */
static void
print_report(struct ctl *ctl, const struct list_report *report)
{
	const char *between = "; skipped: ";

	terminal_put(ctl->out, slice_of(report->name));
	fprintf(ctl->out, " (%s): %llu names, %llu URLs, %llu addresses", list_format_name(report->format),
		(unsigned long long)report->classes[LIST_HOST], (unsigned long long)report->classes[LIST_URL],
		(unsigned long long)report->classes[LIST_ADDRESS]);
	for (unsigned class = LIST_BAD; class < LIST_CLASSES; class ++) {
		if (report->classes[class] == 0)
			continue;
		fprintf(ctl->out, "%s%llu x %s", between, (unsigned long long)report->classes[class],
			list_class_name((enum list_class) class));
		between = ", ";
	}
	fputc('\n', ctl->out);
}

static void
print_reports(struct work *w, const struct list_report *reports)
{
	json_t *list = w->ctl->json ? json_array() : NULL;

	for (size_t i = 0; i < w->job.count + 2; i++) {
		if (reports[i].files == 0)
			continue;
		if (list)
			json_array_append_new(list, describe_report(&reports[i]));
		else
			print_report(w->ctl, &reports[i]);
	}
	if (list)
		json_view_dump(w->ctl, list);
	json_decref(list);
}

/* The daemon takes the new table over; that none runs is no failure. */
static int
reload(struct work *w)
{
	int status;

	if (w->options->no_reload || !daemon_is_running(w->ctl, &status))
		return EX_OK;
	return daemon_ask(
		w->ctl, json_pack("{s:s}", "command", "reload"), RELOAD_TIMEOUT_MS, EX_CONFIG, NULL, NULL, NULL);
}

static int
compile(struct work *w)
{
	struct list_report *reports = calloc(w->job.count + 2, sizeof *reports);
	struct problems problems = {0};
	bool draws = w->ctl->err == stderr && isatty(STDERR_FILENO), done;

	if (reports == NULL)
		return ctl_fail(w->ctl, EX_OSERR, NULL, "memory is out");
	list_compile_inputs(&w->job, &w->total);
	if (draws) {
		w->job.progress = draw_bar;
		w->job.context = w;
	}
	done = list_compile_file(&w->job, w->ctl->now_ns / 1000000000u, reports, &problems);
	if (draws)
		fputs("\r\033[K", w->ctl->err);
	settings_print_problems(w->ctl->err, &problems);
	if (done)
		print_reports(w, reports);
	problems_release(&problems);
	free(reports);
	return done ? reload(w) : EX_DATAERR;
}

/* ---- test ---- */

/* Looks a host or an URL up, as the proxy would. */
static bool
look_up(const struct category_table *t, const char *operand, struct category_answer *answer)
{
	char host[HTTP_HOST_MAX + 1], path[CATEGORY_PATH_MAX];
	struct slice text = slice_of(operand), rest, canonical;
	struct http_authority authority;
	size_t scheme = slice_find_slice(text, SLICE("://")), slash;

	if (scheme < text.len)
		text = slice_sub(text, scheme + 3, text.len);
	slash = slice_find(text, '/');
	rest = slice_sub(text, slash, text.len);
	if (!http_authority_parse(slice_sub(text, 0, slash), &authority))
		return false;
	canonical = http_authority_host(&authority, host);
	if (rest.len == 0)
		category_lookup_host(t, canonical, answer);
	else
		category_lookup_url(t, canonical, policy_path(slice_sub(rest, 0, sizeof path), path), answer);
	return true;
}

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

static int
test(struct work *w)
{
	struct category_answer answer;
	struct category_file file;
	json_t *result, *listed, *possible;
	int status = open_table(w, &file);

	if (status != EX_OK)
		return status;
	if (!look_up(&file.table, w->operand, &answer)) {
		category_file_close(&file);
		return ctl_fail(w->ctl, EX_USAGE, "give example.com or http://example.com/path",
			"%s is no host and no URL", w->operand);
	}
	listed = names_of(&file.table, answer.listed);
	possible = names_of(&file.table, answer.possible);
	result = json_pack("{s:s, s:o, s:o}", "asked", w->operand, "categories", listed, "of_some_urls", possible);
	if (w->ctl->json) {
		json_view_dump(w->ctl, result);
	} else {
		print_names(w->ctl, json_array_size(listed) ? "listed:" : "not listed", listed);
		if (json_array_size(possible))
			print_names(w->ctl, "some of its URLs:", possible);
	}
	json_decref(result);
	category_file_close(&file);
	return EX_OK;
}

/* ---- the command ---- */

static const struct {
	const char *name;
	int operands;
	int (*run)(struct work *w);
} actions[] = {
	{"status", 0, show_status},
	{"compile", 0, compile},
	{"test", 1, test},
};

static int
work_on(struct ctl *ctl, int (*action)(struct work *w), const struct options *options, const char *operand)
{
	char folder[PATH_MAX];
	struct settings settings;
	struct work w = {.ctl = ctl, .options = options, .operand = operand};
	int status = settings_load(ctl, &settings);

	if (status == EX_OK && !settings_path(folder, sizeof folder, settings.conf->state_dir, "lists"))
		status = ctl_fail(ctl, EX_CONFIG, "choose a shorter one", "state_dir is too long");
	if (status == EX_OK) {
		w.job = (struct list_job){
			.lists = settings.conf->lists,
			.count = settings.conf->list_count,
			.folder = folder,
			.path_form = policy_path,
		};
		status = action(&w);
	}
	settings_release(&settings);
	return status;
}

static int
run(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};
	int first, status = option_parse(ctl, argc, argv, &options, NULL, &first);

	if (status != EX_OK || first < 0)
		return status;
	for (size_t i = 0; i < sizeof actions / sizeof actions[0] && first < argc; i++) {
		if (strcmp(argv[first], actions[i].name) != 0)
			continue;
		if (argc - first - 1 != actions[i].operands)
			return ctl_fail_usage(ctl, "lists %s takes %d operands", actions[i].name, actions[i].operands);
		return work_on(ctl, actions[i].run, &options, actions[i].operands ? argv[first + 1] : NULL);
	}
	return ctl_fail_usage(ctl, "lists wants one of status, compile and test");
}

const struct ctl_command cmd_lists = {
	.name = "lists",
	.operands = "status|compile|test HOST|URL",
	.summary = "Compile the category lists, show them, look a host up in them",
	.help = "compile reads all lists of the configuration, tells what could not be used, replaces the table and "
		"has the "
		"daemon take it over; when a list cannot be read, the last table stays. test tells the categories of a "
		"host or an URL.",
	.options = rows,
	.option_count = sizeof rows / sizeof rows[0],
	.run = run,
};

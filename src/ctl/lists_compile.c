/* sluicectl lists compile: reads all lists of the configuration into the table, and tells what could not be used. */
#include "ctl/lists_work.h"

#include "ctl/json_view.h"
#include "ctl/terminal.h"

#include <stdlib.h>
#include <unistd.h>

#define BAR_STEP (1u << 20) /* bytes between two drawings */

static void
draw_bar(void *context, const char *list, uint64_t bytes, uint64_t entries)
{
	struct lists_work *w = context;
	char read[32], total[32];

	if (bytes - w->drawn < BAR_STEP && bytes < w->total)
		return;
	w->drawn = bytes;
	lists_draw_bar(w, bytes, w->total);
	fprintf(w->ctl->err, "%s of %s  ", terminal_bytes(bytes, read), terminal_bytes(w->total, total));
	terminal_put(w->ctl->err, slice_sub(slice_of(list), 0, 40));
	fprintf(w->ctl->err, ", %llu entries\033[K", (unsigned long long)entries);
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
print_reports(struct lists_work *w, const struct list_report *reports)
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

int
lists_compile(struct lists_work *w)
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
	return done ? lists_reload(w) : EX_DATAERR;
}

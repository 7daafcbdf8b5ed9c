/* sluicectl lists update: the daemon fetches lists now; here one watches. */
#include "ctl/lists_work.h"

#include "ctl/json_view.h"
#include "ctl/terminal.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#define ASK_TIMEOUT_MS 10000
#define LOOK_EVERY_MS 200
#define WAIT_SECONDS_MAX 900 /* more than every fetch and compilation together */

static bool
concerns(const struct lists_work *w, json_t *row)
{
	return w->operand == NULL || strcmp(json_string_value(json_object_get(row, "list")), w->operand) == 0;
}

static bool
is_idle(json_t *row)
{
	return strcmp(json_string_value(json_object_get(row, "phase")), "idle") == 0;
}

/* "[####....] 1.2 MiB  malware fetching" */
static void
draw(const struct lists_work *w, json_t *progress)
{
	json_t *lists = json_object_get(progress, "lists"), *row, *at = NULL;
	uint64_t done = 0, total = 0, bytes = 0;
	char text[32];
	size_t i;

	json_array_foreach(lists, i, row)
	{
		if (!concerns(w, row))
			continue;
		total++;
		done += is_idle(row);
		bytes += (uint64_t)json_integer_value(json_object_get(row, "bytes"));
		at = is_idle(row) || at ? at : row;
	}
	lists_draw_bar(w, done, total);
	fprintf(w->ctl->err, "%llu of %llu, %s  ", (unsigned long long)done, (unsigned long long)total,
		terminal_bytes(bytes, text));
	terminal_put(w->ctl->err, at ? slice_of(json_string_value(json_object_get(at, "list"))) : SLICE("compiling"));
	fprintf(w->ctl->err, " %s\033[K", at ? json_string_value(json_object_get(at, "phase")) : "");
	fflush(w->ctl->err);
}

/* Waits until the daemon has nothing more to do.  *progress is then the caller's. */
static int
watch(const struct lists_work *w, json_t **progress)
{
	const struct timespec pause = {.tv_nsec = LOOK_EVERY_MS * 1000000L};
	bool draws = w->ctl->err == stderr && isatty(STDERR_FILENO);
	int status = EX_OK;

	*progress = NULL;
	for (unsigned turns = 0; turns < WAIT_SECONDS_MAX * 1000 / LOOK_EVERY_MS; turns++) {
		json_decref(*progress);
		*progress = NULL;
		status = daemon_ask(w->ctl, json_pack("{s:s}", "command", "lists"), ASK_TIMEOUT_MS, EX_SOFTWARE, NULL,
			NULL, progress);
		if (status != EX_OK || !json_is_true(json_object_get(*progress, "busy")))
			break;
		if (draws)
			draw(w, *progress);
		nanosleep(&pause, NULL);
	}
	if (draws)
		fputs("\r\033[K", w->ctl->err);
	return status;
}

/* Says how it went; EX_TEMPFAIL where a list could not be had. */
static int
print_result(const struct lists_work *w, json_t *progress)
{
	json_t *lists = json_object_get(progress, "lists"), *rows = json_array(), *row;
	const char *error = json_string_value(json_object_get(progress, "error"));
	int status = error && *error ? EX_TEMPFAIL : EX_OK;
	size_t i;

	json_array_foreach(lists, i, row)
	{
		if (!concerns(w, row))
			continue;
		if (*json_string_value(json_object_get(row, "error")))
			status = EX_TEMPFAIL;
		json_object_del(row, "phase");
		json_object_del(row, "fetched");
		json_array_append(rows, row);
	}
	if (w->ctl->json) {
		json_t *said = json_pack("{s:O, s:s}", "lists", rows, "error", error ? error : "");

		json_view_dump(w->ctl, said);
		json_decref(said);
	} else {
		json_view_print_table(w->ctl, rows);
		if (error && *error)
			fprintf(w->ctl->err, "sluicectl: %s\n", error);
	}
	json_decref(rows);
	return status;
}

int
lists_update(struct lists_work *w)
{
	json_t *request = json_pack("{s:s, s:b}", "command", "lists-update", "force", w->options->forces);
	json_t *progress = NULL;
	int status;

	if (request && w->operand)
		json_object_set_new(request, "list", json_string(w->operand));
	status = daemon_ask(w->ctl, request, ASK_TIMEOUT_MS, EX_UNAVAILABLE, NULL, NULL, NULL);
	if (status == EX_OK)
		status = watch(w, &progress);
	if (status == EX_OK)
		status = print_result(w, progress);
	json_decref(progress);
	return status;
}

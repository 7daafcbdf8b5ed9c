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

static uint64_t
number_of(json_t *row, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(row, key));
}

/* "1.2 MiB of 3.0 MiB", or without the rest where nobody knows it. */
static void
put_bytes(const struct lists_work *w, uint64_t bytes, uint64_t total)
{
	char text[32];

	fputs(terminal_bytes(bytes, text), w->ctl->err);
	if (total)
		fprintf(w->ctl->err, " of %s", terminal_bytes(total, text));
}

/* "[####....] 1 of 3 lists, malware fetching: 1.2 MiB of 3.0 MiB", and then "[####....] compiling: ...". */
static void
draw(const struct lists_work *w, json_t *progress)
{
	json_t *lists = json_object_get(progress, "lists"), *compiling = json_object_get(progress, "compiling");
	uint64_t done = 0, count = 0, bytes = 0, total = 0;
	json_t *row, *at = NULL;
	size_t i;

	json_array_foreach(lists, i, row)
	{
		if (!concerns(w, row))
			continue;
		count++;
		done += is_idle(row);
		/* The one on its way that has most to come, or else the first. */
		if (!is_idle(row) && (at == NULL || number_of(row, "total") > number_of(at, "total")))
			at = row;
		if (number_of(row, "total")) {
			bytes += number_of(row, "bytes");
			total += number_of(row, "total");
		}
	}
	if (at == NULL && json_is_object(compiling)) {
		bytes = number_of(compiling, "bytes");
		total = number_of(compiling, "total");
	}
	lists_draw_bar(w, bytes < total ? bytes : total, total ? total : 1);
	if (at) {
		fprintf(w->ctl->err, "%llu of %llu lists, ", (unsigned long long)done, (unsigned long long)count);
		terminal_put(w->ctl->err, slice_of(json_string_value(json_object_get(at, "list"))));
		fprintf(w->ctl->err, " %s: ", json_string_value(json_object_get(at, "phase")));
		put_bytes(w, number_of(at, "bytes"), number_of(at, "total"));
	} else if (json_is_object(compiling)) {
		fputs("compiling: ", w->ctl->err);
		put_bytes(w, bytes, total);
		fprintf(w->ctl->err, ", %llu entries", (unsigned long long)number_of(compiling, "entries"));
	} else {
		fputs("taken over", w->ctl->err);
	}
	fputs("\033[K", w->ctl->err);
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
		json_object_del(row, "total");
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

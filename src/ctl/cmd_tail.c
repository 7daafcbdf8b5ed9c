/* sluicectl tail: the last records, and each new one as it is written, through rotations. */
#include "ctl/log_follow.h"
#include "ctl/record_command.h"
#include "ctl/record_view.h"

#include "record/record.h"

#include <signal.h>
#include <stdlib.h>

extern const struct ctl_command cmd_tail;

#define LINES 10
#define LOOK_MS 1000
#define WIDER 4

struct options {
	struct option_count lines;
	bool follow;
	const char *file;
};

static const struct ctl_option rows[] = {
	{"lines", 'n', OPTION_COUNT, offsetof(struct options, lines), "N", "only the last N records, then end"},
	{"follow", 'f', OPTION_FLAG, offsetof(struct options, follow), NULL,
		"go on, also with -n; the default without"},
	{"file", 0, OPTION_TEXT, offsetof(struct options, file), "FILE", "this file of records"},
};

static volatile sig_atomic_t stopped;

static void
on_stop(int number)
{
	stopped = 1;
}

/* The last matching lines, oldest first: a ring of copies. */
struct last_lines {
	char **lines; /* owned, each */
	size_t capacity;
	size_t count; /* ever kept */
};

static void
keep_line(struct last_lines *l, struct slice line)
{
	char **place = &l->lines[l->count % l->capacity];
	char *copy = slice_dup(line);

	if (copy == NULL)
		return;
	free(*place);
	*place = copy;
	l->count++;
}

static void
show(struct ctl *ctl, struct slice line, struct buffer *scratch)
{
	struct entry e;

	if (entry_parse(line, &e))
		record_view_print(ctl, &e, line, scratch);
}

/* Prints the last `count` lines that match and leaves the follower behind them.  Looks back as far as it must: WIDER
 * times as far each time. */
static bool
show_last(struct ctl *ctl, struct log_follow *follow, const struct filter *f, size_t count, struct buffer *scratch)
{
	struct last_lines last = {calloc(count ? count : 1, sizeof(char *)), count ? count : 1, 0};
	struct entry e;
	struct slice line;

	for (size_t back = count, read = back; last.lines && last.count < count && read >= back / WIDER;
		back *= WIDER) {
		last.count = 0;
		log_follow_rewind(follow, back);
		for (read = 0; log_follow_next(follow, &line); read++) {
			if (entry_parse(line, &e) && filter_matches(f, &e, line, scratch))
				keep_line(&last, line);
		}
	}
	if (count == 0)
		log_follow_rewind(follow, 0);
	for (size_t i = last.count > last.capacity ? last.count - last.capacity : 0; last.lines && i < last.count; i++)
		show(ctl, slice_of(last.lines[i % last.capacity]), scratch);
	for (size_t i = 0; last.lines && i < last.capacity; i++)
		free(last.lines[i]);
	free(last.lines);
	return last.lines != NULL;
}

static void
follow_on(struct ctl *ctl, struct log_follow *follow, const struct filter *f, struct buffer *scratch)
{
	struct entry e;
	struct slice line;

	while (!stopped && !ferror(ctl->out)) {
		while (!stopped && log_follow_next(follow, &line)) {
			if (entry_parse(line, &e) && filter_matches(f, &e, line, scratch))
				record_view_print(ctl, &e, line, scratch);
		}
		if (fflush(ctl->out) != 0)
			return;
		log_follow_wait(follow, LOOK_MS);
	}
}

static int
tail(struct ctl *ctl, const char *path, const struct filter *f, const void *options)
{
	const struct sigaction stop = {.sa_handler = on_stop};
	const struct options *o = options;
	struct buffer scratch = buffer_make(RECORD_LINE_MAX);
	bool follows = o->follow || !o->lines.is_set;
	struct log_follow follow;
	int status = EX_OK;

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	log_follow_init(&follow, path);
	if (follow.fd < 0 && !follows)
		status = ctl_fail(ctl, EX_NOINPUT, "has the daemon written anything yet?", "%s cannot be read", path);
	else if (!show_last(ctl, &follow, f, o->lines.is_set ? o->lines.value : LINES, &scratch))
		status = ctl_fail(ctl, EX_OSERR, "ask for fewer lines", "memory is out");
	else if (follows)
		follow_on(ctl, &follow, f, &scratch);
	log_follow_release(&follow);
	buffer_release(&scratch);
	return status;
}

static int
run(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};

	return record_command_run(ctl, argc, argv, &options, &options.file, tail);
}

const struct ctl_command cmd_tail = {
	.name = "tail",
	.operands = "",
	.summary = "Show the last records, and new ones as they come",
	.help = "Without -n the last 10, and then every new one until it is interrupted.",
	.options = rows,
	.option_count = sizeof rows / sizeof rows[0],
	.has_filter = true,
	.run = run,
};

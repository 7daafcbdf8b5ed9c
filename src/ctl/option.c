/* Options of commands.  See option.h. */
#include "ctl/option.h"

#include "conf/value.h"
#include "ctl/ctl.h"
#include "ctl/filter.h"
#include "record/text.h"

#include <getopt.h>
#include <limits.h>

#define ROWS_MAX 64
#define SETS 3
/* getopt's value of row number i, above every letter. */
#define ROW_VALUE(i) (UCHAR_MAX + 1 + (int)(i))

struct row {
	const struct ctl_option *option;
	void *at;
};

static bool
read_where(const char *text, struct option_where *where)
{
	struct slice s = slice_of(text);
	size_t equals = slice_find(s, '=');

	if (equals == 0 || equals == s.len || where->count == OPTION_WHERE_MAX)
		return false;
	where->keys[where->count] = slice_sub(s, 0, equals);
	where->values[where->count++] = slice_sub(s, equals + 1, s.len);
	return true;
}

bool
option_read_time(struct slice text, uint64_t now_ns, uint64_t *ns)
{
	static const char midnight[] = "2000-01-01T00:00:00Z";
	char whole[sizeof midnight];
	uint64_t ago;

	if (conf_value_duration(text, &ago) && ago <= now_ns) {
		*ns = now_ns - ago;
		return true;
	}
	if (text_read_time(text, ns))
		return true;
	/* A date, or a date and a time without seconds or zone: the rest is midnight's, in UTC. */
	if (text.len != 10 && text.len != 16 && text.len != 19)
		return false;
	memcpy(whole, midnight, sizeof midnight);
	memcpy(whole, text.ptr, text.len);
	return text_read_time(slice_of(whole), ns);
}

static bool
set_value(const struct ctl *ctl, const struct row *row, const char *text)
{
	struct option_count *count = row->at;
	struct option_addr *addr = row->at;
	struct option_prefix *prefix = row->at;

	switch (row->option->type) {
	case OPTION_FLAG:
		*(bool *)row->at = true;
		return true;
	case OPTION_TEXT:
		*(const char **)row->at = text;
		return true;
	case OPTION_COUNT:
		count->is_set = true;
		return slice_to_u64(slice_of(text), &count->value);
	case OPTION_ADDR:
		addr->is_set = true;
		return addr_parse(slice_of(text), &addr->addr);
	case OPTION_PREFIX:
		prefix->is_set = true;
		return prefix_parse(slice_of(text), &prefix->prefix);
	case OPTION_TIME:
		return option_read_time(slice_of(text), ctl->now_ns, row->at);
	case OPTION_WHERE:
		return read_where(text, row->at);
	}
	return false;
}

/* Fills getopt's tables from the sets; returns how many rows there are. */
static size_t
make_tables(const struct option_set *sets, struct row *rows, struct option *longs, char *shorts)
{
	size_t count = 0;

	for (size_t s = 0; s < SETS; s++) {
		for (size_t i = 0; i < sets[s].count && count < ROWS_MAX; i++) {
			const struct ctl_option *o = &sets[s].rows[i];

			rows[count] = (struct row){o, (char *)sets[s].target + o->offset};
			longs[count] = (struct option){
				o->name, o->argument ? required_argument : no_argument, NULL, ROW_VALUE(count)};
			if (o->letter) {
				*shorts++ = o->letter;
				if (o->argument)
					*shorts++ = ':';
			}
			count++;
		}
	}
	longs[count] = (struct option){0};
	*shorts = '\0';
	return count;
}

static const struct row *
find_row(const struct row *rows, size_t count, int value)
{
	for (size_t i = 0; i < count; i++) {
		if (value == ROW_VALUE(i) || (rows[i].option->letter && value == rows[i].option->letter))
			return &rows[i];
	}
	return NULL;
}

int
option_parse(struct ctl *ctl, int argc, char **argv, void *own, void *filter, int *first_operand)
{
	const struct ctl_command *c = ctl->command;
	const struct option_set sets[SETS] = {
		{c->options, c->option_count, own},
		{filter_options, filter ? filter_option_count : 0, filter},
		{ctl_common_options, ctl_common_option_count, ctl},
	};
	struct row rows[ROWS_MAX];
	struct option longs[ROWS_MAX + 1];
	char shorts[2 * ROWS_MAX + 2] = ":"; /* a missing argument is told apart from an unknown option */
	size_t count = make_tables(sets, rows, longs, shorts + 1);
	int value;

	optind = 0; /* the GNU way to start anew */
	opterr = 0;
	while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct row *row = find_row(rows, count, value);

		if (value == ':')
			return ctl_fail_usage(ctl, "%s needs a value", argv[optind - 1]);
		if (row == NULL)
			return ctl_fail_usage(ctl, "unknown option %s", argv[optind - 1]);
		if (!set_value(ctl, row, optarg))
			return ctl_fail_usage(
				ctl, "--%s: \"%s\" is no %s", row->option->name, optarg, row->option->argument);
	}
	*first_operand = optind;
	if (ctl->wants_help) {
		ctl_print_help(ctl->out, c);
		*first_operand = -1;
	}
	return EX_OK;
}

/* An answer of the daemon for people.  See json_view.h. */
#include "ctl/json_view.h"

#include "ctl/terminal.h"

#include <ctype.h>
#include <string.h>

#define TITLE_MAX 64
#define NAME_WIDTH 18

/* What the last word of a key says of its value. */
static const struct {
	const char *word;
	double unit; /* in nanoseconds; 0: bytes */
} units[] = {
	{"seconds", 1e9},
	{"ms", 1e6},
	{"ns", 1},
	{"bytes", 0},
};

/* Whether the key ends in the word, or begins with it ("bytes_in"). */
static bool
has_word(const char *key, const char *word)
{
	struct slice k = slice_of(key), w = slice_of(word);

	if (slice_eq(k, w))
		return true;
	return (slice_ends_with(k, w) && key[k.len - w.len - 1] == '_') ||
	       (slice_starts_with(k, w) && key[w.len] == '_');
}

static void
add_value(struct grid *g, const char *key, const json_t *value)
{
	char text[32];

	for (size_t i = 0; json_is_number(value) && i < sizeof units / sizeof units[0]; i++) {
		double number = json_number_value(value);

		if (!has_word(key, units[i].word) || number < 0)
			continue;
		if (units[i].unit > 0)
			terminal_duration((uint64_t)(number * units[i].unit), text);
		else
			terminal_bytes((uint64_t)number, text);
		grid_add(g, slice_of(text));
		return;
	}
	if (json_is_string(value))
		grid_add(g, slice_make(json_string_value(value), json_string_length(value)));
	else if (json_is_boolean(value))
		grid_add(g, json_is_true(value) ? SLICE("yes") : SLICE("no"));
	else if (json_is_integer(value))
		grid_printf(g, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		grid_printf(g, "%.3f", json_real_value(value));
	else
		grid_add(g, SLICE("-"));
}

/* "uptime_ns" to "uptime": a time is shown with its unit. */
static const char *
make_name(const char *key, const json_t *value, char name[TITLE_MAX])
{
	struct slice shown = slice_of(key);

	for (size_t i = 0; json_is_number(value) && i < sizeof units / sizeof units[0]; i++) {
		struct slice word = slice_of(units[i].word);

		if (units[i].unit > 0 && shown.len > word.len + 1 && slice_ends_with(shown, word) &&
			key[shown.len - word.len - 1] == '_') {
			shown.len -= word.len + 1;
			break;
		}
	}
	shown = slice_sub(shown, 0, TITLE_MAX - 1);
	for (size_t i = 0; i < shown.len; i++)
		name[i] = (char)(key[i] == '_' ? ' ' : key[i]);
	name[shown.len] = '\0';
	return name;
}

/* "bytes_in" to "BYTES IN". */
static const char *
make_title(const char *key, const json_t *value, char title[TITLE_MAX])
{
	make_name(key, value, title);
	for (char *c = title; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return title;
}

void
json_view_print_table(struct ctl *ctl, const json_t *list)
{
	const char *keys[GRID_COLUMNS_MAX], *titles[GRID_COLUMNS_MAX];
	char text[GRID_COLUMNS_MAX][TITLE_MAX];
	json_t *first = json_array_get(list, 0), *row, *value;
	unsigned right = 0;
	size_t count = 0, i;
	const char *key;
	struct grid g;

	json_object_foreach(first, key, value)
	{
		if (count == GRID_COLUMNS_MAX || json_is_object(value) || json_is_array(value))
			continue;
		right |= json_is_number(value) ? 1u << count : 0;
		titles[count] = make_title(key, value, text[count]);
		keys[count++] = key;
	}
	if (count == 0)
		return;
	grid_init(&g, titles, count, right);
	json_array_foreach(list, i, row)
	{
		for (size_t k = 0; k < count; k++)
			add_value(&g, keys[k], json_object_get(row, keys[k]));
	}
	grid_print(&g, ctl->out, ctl->colour);
	grid_release(&g);
}

/* "key  value" for each plain value of the object. */
static void
print_values(struct ctl *ctl, json_t *object)
{
	struct grid g = {.columns = 2};
	json_t *value;
	const char *key;

	json_object_foreach(object, key, value)
	{
		char name[TITLE_MAX];

		if (json_is_object(value) || json_is_array(value))
			continue;
		fprintf(ctl->out, "%-*s  ", NAME_WIDTH, make_name(key, value, name));
		add_value(&g, key, value);
		if (g.count)
			terminal_put(ctl->out, slice_of(g.cells[g.count - 1]));
		fputc('\n', ctl->out);
	}
	grid_release(&g);
}

void
json_view_dump(struct ctl *ctl, const json_t *value)
{
	json_dumpf(value, ctl->out, JSON_INDENT(2));
	fputc('\n', ctl->out);
}

void
json_view_print(struct ctl *ctl, const json_t *object)
{
	json_t *own = (json_t *)(uintptr_t)object; /* jansson's macro wants it so; nothing is changed */
	json_t *value;
	const char *key;

	if (ctl->json) {
		json_view_dump(ctl, object);
		return;
	}
	print_values(ctl, own);
	json_object_foreach(own, key, value)
	{
		char title[TITLE_MAX];

		if (json_is_object(value) && json_object_size(value)) {
			fputc('\n', ctl->out);
			terminal_put_coloured(
				ctl->out, ctl->colour, TERMINAL_BOLD, slice_of(make_title(key, value, title)));
			fputc('\n', ctl->out);
			print_values(ctl, value);
		} else if (json_is_array(value) && json_is_object(json_array_get(value, 0))) {
			fputc('\n', ctl->out);
			json_view_print_table(ctl, value);
		}
	}
}

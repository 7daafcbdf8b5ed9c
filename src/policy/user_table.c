/* Files of users as a sorted table.  See user_table.h. */
#include "policy/user_table.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "base/utf8.h"

#define TABLE_BYTES_MAX (256u << 20)

struct user_table {
	atomic_uint references;
	struct arena arena;          /* of the entries */
	struct user_entry **entries; /* by address */
	size_t count;
	size_t capacity;
};

/* One line, taken apart. */
struct user_line {
	struct addr addr;
	int64_t until;
	size_t count;
	struct slice names[USER_NAMES_MAX]; /* groups without their @ */
};

/* ---- lines ---- */

/* The next word of the line; empty at its end. */
static struct slice
next_word(struct slice *rest)
{
	struct slice word;
	size_t from = 0, to;

	while (from < rest->len && (rest->ptr[from] == ' ' || rest->ptr[from] == '\t'))
		from++;
	for (to = from; to < rest->len && rest->ptr[to] != ' ' && rest->ptr[to] != '\t'; to++)
		;
	word = slice_sub(*rest, from, to);
	*rest = slice_sub(*rest, to, rest->len);
	return word;
}

static bool
is_utf8(struct slice text)
{
	bool well_formed = true;
	uint32_t code_point;

	while (text.len && well_formed) {
		size_t n = utf8_next(text, &code_point, &well_formed);

		text = slice_sub(text, n, text.len);
	}
	return well_formed;
}

/* So many digits, and the mark behind them. */
static bool
take_number(struct slice *text, size_t digits, char mark, int *value)
{
	uint64_t number;

	if (text->len < digits + 1 || text->ptr[digits] != mark || !slice_to_u64(slice_sub(*text, 0, digits), &number))
		return false;
	*value = (int)number;
	*text = slice_sub(*text, digits + 1, text->len);
	return true;
}

static bool
parse_time(struct slice text, int64_t *seconds)
{
	struct tm tm = {0};
	uint64_t number;

	if (slice_to_u64(text, &number)) {
		*seconds = number > INT64_MAX ? INT64_MAX : (int64_t)number;
		return true;
	}
	if (!take_number(&text, 4, '-', &tm.tm_year) || !take_number(&text, 2, '-', &tm.tm_mon) ||
		!take_number(&text, 2, 'T', &tm.tm_mday) || !take_number(&text, 2, ':', &tm.tm_hour) ||
		!take_number(&text, 2, ':', &tm.tm_min) || !take_number(&text, 2, 'Z', &tm.tm_sec) || text.len > 0 ||
		tm.tm_year < 1970 || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
		tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	*seconds = (int64_t)timegm(&tm);
	return true;
}

/* What is wrong with the line; NULL where it is right.  A line without words has no names. */
static const char *
parse_line(struct slice text, struct user_line *line)
{
	struct slice word;

	line->count = 0;
	line->until = INT64_MAX;
	text = slice_sub(text, 0, slice_find(text, '#'));
	if (slice_ends_with(text, SLICE("\r")))
		text.len--;
	word = next_word(&text);
	if (word.len == 0)
		return NULL;
	if (!addr_parse(word, &line->addr))
		return "it begins with no address";
	while ((word = next_word(&text)).len) {
		if (line->count && slice_eq(word, SLICE("until"))) {
			if (!parse_time(next_word(&text), &line->until))
				return "no time behind until: write 2026-11-27T18:00:00Z, or seconds since 1970";
			return next_word(&text).len ? "something follows the time" : NULL;
		}
		if (word.len > USER_NAME_MAX || !is_utf8(word) || word.ptr[0] == '@')
			return "a name is longer than 128 bytes, no UTF-8, or begins with @";
		if (line->count == USER_NAMES_MAX)
			return "more than 16 groups";
		line->names[line->count++] = word;
	}
	return line->count ? NULL : "no user behind the address";
}

/* ---- entries ---- */

static size_t
entry_size(size_t count, size_t text)
{
	return sizeof(struct user_entry) + count * sizeof(struct slice) + text;
}

static bool
make_room(struct user_table *table)
{
	size_t capacity = table->capacity ? table->capacity * 2 : 64;
	struct user_entry **grown;

	if (table->count < table->capacity)
		return true;
	grown = realloc(table->entries, capacity * sizeof *grown);
	if (grown == NULL)
		return false;
	table->entries = grown;
	table->capacity = capacity;
	return true;
}

static bool
add_line(struct user_table *table, const struct user_line *line)
{
	struct user_entry *entry;
	size_t text = 0;
	char *at;

	for (size_t i = 0; i < line->count; i++)
		text += line->names[i].len + 1;
	entry = make_room(table) ? arena_alloc(&table->arena, entry_size(line->count, text)) : NULL;
	if (entry == NULL)
		return false;
	entry->addr = line->addr;
	entry->until = line->until;
	entry->count = line->count;
	entry->line = table->count;
	at = (char *)&entry->names[line->count];
	for (size_t i = 0; i < line->count; i++) {
		char *begin = at;

		if (i > 0)
			*at++ = '@';
		memcpy(at, line->names[i].ptr, line->names[i].len);
		at += line->names[i].len;
		entry->names[i] = slice_make(begin, (size_t)(at - begin));
	}
	table->entries[table->count++] = entry;
	return true;
}

/* By address; of one address the earlier line first. */
static int
compare_entries(const void *a, const void *b)
{
	const struct user_entry *x = *(struct user_entry *const *)a, *y = *(struct user_entry *const *)b;
	int order = memcmp(x->addr.bytes, y->addr.bytes, sizeof x->addr.bytes);

	return order ? order : x->line < y->line ? -1 : 1;
}

/* The last line about an address counts. */
static void
drop_repeated(struct user_table *table)
{
	size_t kept = 0;

	for (size_t i = 0; i < table->count; i++)
		if (i + 1 == table->count || !addr_eq(&table->entries[i]->addr, &table->entries[i + 1]->addr))
			table->entries[kept++] = table->entries[i];
	table->count = kept;
}

/* ---- files ---- */

static bool
read_file(struct user_table *table, const struct conf_source *file, struct problems *problems)
{
	struct slice rest = file->bytes, text;
	unsigned number = 0, mistakes = 0;
	struct user_line line;

	while (slice_split(&rest, '\n', &text)) {
		const char *wrong = parse_line(text, &line);

		number++;
		if (wrong && mistakes++ < USER_MISTAKES_MAX)
			problems_add(problems, true, file->name, number, 1,
				"write ADDRESS USER [GROUP...] [until TIME]", "the line is left out: %s", wrong);
		if (wrong || line.count == 0)
			continue;
		if (table->count == USER_TABLE_MAX) {
			problems_add(problems, true, file->name, number, 1, NULL,
				"this and what follows is left out: more than %d lines", USER_TABLE_MAX);
			break;
		}
		if (!add_line(table, &line))
			return false;
	}
	if (mistakes > USER_MISTAKES_MAX)
		problems_add(problems, true, file->name, 0, 0, NULL, "%u more lines are left out",
			mistakes - USER_MISTAKES_MAX);
	return true;
}

struct user_table *
user_table_build(const struct conf_source *files, size_t count, struct problems *problems)
{
	struct user_table *table = calloc(1, sizeof *table);
	bool done = table != NULL;

	if (!done)
		return NULL;
	table->arena = arena_make(TABLE_BYTES_MAX);
	atomic_init(&table->references, 1);
	for (size_t i = 0; i < count && done; i++)
		done = read_file(table, &files[i], problems);
	if (!done) {
		user_table_release(table);
		return NULL;
	}
	if (table->count)
		qsort(table->entries, table->count, sizeof *table->entries, compare_entries);
	drop_repeated(table);
	return table;
}

struct user_table *
user_table_share(struct user_table *table)
{
	atomic_fetch_add_explicit(&table->references, 1, memory_order_relaxed);
	return table;
}

void
user_table_release(struct user_table *table)
{
	if (table == NULL || atomic_fetch_sub_explicit(&table->references, 1, memory_order_acq_rel) > 1)
		return;
	arena_release(&table->arena);
	free(table->entries);
	free(table);
}

size_t
user_table_count(const struct user_table *table)
{
	return table->count;
}

const struct user_entry *
user_table_find(const struct user_table *table, const struct addr *addr, int64_t now)
{
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct user_entry *entry = table->entries[middle];
		int order = memcmp(entry->addr.bytes, addr->bytes, sizeof addr->bytes);

		if (order == 0)
			return entry->until > now ? entry : NULL;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

struct user_entry *
user_entry_copy(const struct user_entry *entry)
{
	struct user_entry *copy;
	size_t text = 0;
	char *at;

	if (entry == NULL)
		return NULL;
	for (size_t i = 0; i < entry->count; i++)
		text += entry->names[i].len;
	copy = malloc(entry_size(entry->count, text));
	if (copy == NULL)
		return NULL;
	memcpy(copy, entry, entry_size(entry->count, 0));
	at = (char *)&copy->names[entry->count];
	for (size_t i = 0; i < entry->count; i++) {
		memcpy(at, entry->names[i].ptr, entry->names[i].len);
		copy->names[i].ptr = at;
		at += entry->names[i].len;
	}
	return copy;
}

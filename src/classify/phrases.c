/* The set: lists are read into patterns and rules, then compiled.  See phrases.h. */
#include "classify/phrases.h"

#include "classify/charset.h"
#include "classify/phrases_engine.h"
#include "classify/phrases_list.h"
#include "classify/text_normal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARENA_MAX (512u << 20)
#define CATEGORIES_MAX UINT16_MAX

/* One load: where it stands. */
struct loading {
	struct phrases *set;
	struct problems *problems;
	enum phrase_kind kind;
	unsigned depth;
	unsigned named; /* problems that were named */
	bool out_of_memory;
};

static bool load_file(struct loading *l, const char *path);

/* Room for one more item; false where memory is out. */
static bool
grow(void **items, uint32_t count, uint32_t *room, size_t size)
{
	uint32_t wanted = *room ? *room * 2 : 64;
	void *grown;

	if (count < *room)
		return true;
	grown = wanted > *room ? reallocarray(*items, wanted, size) : NULL;
	if (grown == NULL)
		return false;
	*items = grown;
	*room = wanted;
	return true;
}

struct phrases *
phrases_new(void)
{
	struct phrases *set = calloc(1, sizeof *set);

	if (set == NULL)
		return NULL;
	set->arena = arena_make(ARENA_MAX);
	map_init(&set->pattern_index);
	map_init(&set->rule_index);
	if (!grow((void **)&set->categories, 0, &set->category_room, sizeof *set->categories)) {
		phrases_free(set);
		return NULL;
	}
	set->categories[set->category_count++] = SLICE_EMPTY;
	return set;
}

void
phrases_free(struct phrases *set)
{
	if (set == NULL)
		return;
	phrases_engine_free(set->engine);
	map_release(&set->pattern_index);
	map_release(&set->rule_index);
	arena_release(&set->arena);
	free(set->patterns);
	free(set->members);
	free(set->rules_of);
	free(set->rules);
	free(set->categories);
	free(set);
}

static void
complain(struct loading *l, const char *file, unsigned line, unsigned column, const char *text, const char *remedy)
{
	l->set->lines_bad++;
	if (l->named++ < PHRASES_PROBLEMS_MAX)
		problems_add(l->problems, true, file, line, column, remedy, "%s", text);
}

/* ---- rules ---- */

/* The number of a category, which is added where it is new; 0 where there are too many. */
static uint16_t
find_category(struct phrases *set, struct slice name)
{
	struct slice copy;

	for (uint32_t i = 0; i < set->category_count; i++)
		if (slice_eq(set->categories[i], name))
			return (uint16_t)i;
	if (set->category_count > CATEGORIES_MAX ||
		!grow((void **)&set->categories, set->category_count, &set->category_room, sizeof *set->categories))
		return 0;
	copy = arena_copy(&set->arena, name);
	if (copy.ptr == NULL)
		return 0;
	set->categories[set->category_count] = copy;
	return (uint16_t)set->category_count++;
}

/* The index of a pattern, which is added where it is new; false where memory is out. */
static bool
find_pattern(struct phrases *set, struct slice text, uint32_t *index)
{
	uintptr_t known = (uintptr_t)map_get(&set->pattern_index, text);
	struct slice copy;

	if (known) {
		*index = (uint32_t)(known - 1);
		return true;
	}
	copy = arena_copy(&set->arena, text);
	if (copy.ptr == NULL ||
		!grow((void **)&set->patterns, set->pattern_count, &set->pattern_room, sizeof *set->patterns) ||
		!map_put(&set->pattern_index, copy, (void *)(uintptr_t)(set->pattern_count + 1)))
		return false;
	set->patterns[set->pattern_count] = (struct phrase_pattern){.text = copy};
	*index = set->pattern_count++;
	return true;
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Adds a rule of distinct members; of the same rule twice, the heavier weight counts. */
static bool
add_rule(struct phrases *set, const struct phrase_rule *rule, const uint32_t *members)
{
	uint32_t key_parts[PHRASES_MEMBERS_MAX + 1] = {(uint32_t)rule->kind};
	struct slice key;
	uintptr_t known;

	memcpy(key_parts + 1, members, rule->member_count * sizeof *members);
	key = slice_make(key_parts, (rule->member_count + 1u) * sizeof *key_parts);
	known = (uintptr_t)map_get(&set->rule_index, key);
	if (known) {
		struct phrase_rule *same = &set->rules[known - 1];

		if (abs(rule->weight) > abs(same->weight))
			same->weight = rule->weight;
		return true;
	}
	key = arena_copy(&set->arena, key);
	if (key.ptr == NULL || !grow((void **)&set->rules, set->rule_count, &set->rule_room, sizeof *set->rules) ||
		!map_put(&set->rule_index, key, (void *)(uintptr_t)(set->rule_count + 1)))
		return false;
	set->rules[set->rule_count] = *rule;
	set->rules[set->rule_count].first_member = set->member_count;
	for (unsigned i = 0; i < rule->member_count; i++) {
		if (!grow((void **)&set->members, set->member_count, &set->member_room, sizeof *set->members))
			return false;
		set->members[set->member_count++] = members[i];
	}
	set->rule_count++;
	return true;
}

struct converted {
	char text[PHRASES_LINE_MAX * 3];
	size_t len;
};

static bool
collect_text(void *context, struct slice text)
{
	struct converted *c = context;

	if (text.len > sizeof c->text - c->len)
		return false;
	memcpy(c->text + c->len, text.ptr, text.len);
	c->len += text.len;
	return true;
}

/* Lists come in any encoding, and do not say in which: what is no UTF-8 is taken for windows-1252. */
static struct slice
to_utf8(struct slice line, struct converted *c)
{
	struct charset_reader r;

	c->len = 0;
	charset_open(&r, charset_choose(line, SLICE_EMPTY, NULL));
	charset_push(&r, line, collect_text, c);
	charset_finish(&r, collect_text, c);
	charset_close(&r);
	return slice_make(c->text, c->len);
}

static void
take_rule(struct loading *l, const struct phrase_line *line, uint16_t category, const char *file, unsigned number)
{
	struct phrase_rule rule = {.kind = l->kind, .category = category};
	uint32_t members[PHRASES_MEMBERS_MAX];
	char text[PHRASES_LINE_MAX * 4];
	unsigned distinct = 0;

	if (l->kind == PHRASE_WEIGHTED && !line->has_weight) {
		complain(l, file, number, 1, "a weighted phrase without a weight",
			"write <phrase><40>, or move it to a banned list");
		return;
	}
	if (l->kind == PHRASE_WEIGHTED)
		rule.weight =
			line->is_percent ? (int32_t)((int64_t)line->weight * PHRASES_PERCENT_OF / 100) : line->weight;
	for (unsigned i = 0; i < line->member_count; i++) {
		struct slice normal;

		if (!text_normal_phrase(line->members[i], text, sizeof text, &normal) || slice_trim(normal).len == 0) {
			complain(l, file, number, 1, "a phrase without letters or digits", "remove the line");
			return;
		}
		if (!find_pattern(l->set, normal, &members[i])) {
			l->out_of_memory = true;
			return;
		}
	}
	qsort(members, line->member_count, sizeof members[0], by_number);
	for (unsigned i = 0; i < line->member_count; i++)
		if (i == 0 || members[i] != members[i - 1])
			members[distinct++] = members[i];
	rule.member_count = (uint16_t)distinct;
	if (!add_rule(l->set, &rule, members))
		l->out_of_memory = true;
}

static void
take_include(struct loading *l, struct slice path, const char *file, unsigned number)
{
	char full[4096];
	const char *slash = strrchr(file, '/');
	int folder = path.ptr[0] == '/' || slash == NULL ? 0 : (int)(slash - file) + 1;

	if (l->depth + 1 >= PHRASES_INCLUDE_DEPTH || l->set->files_read >= PHRASES_FILES_MAX) {
		complain(l, file, number, 1, "too many files include one another here",
			"look for a file that includes itself");
		return;
	}
	if (snprintf(full, sizeof full, "%.*s%.*s", folder, file, SLICE_ARG(path)) >= (int)sizeof full) {
		complain(l, file, number, 1, "the path is too long", NULL);
		return;
	}
	l->depth++;
	if (!load_file(l, full) && !l->out_of_memory)
		complain(l, file, number, 1, "the list that is included here could not be read",
			"see the message about that file");
	l->depth--;
}

static void
read_lines(struct loading *l, struct slice text, const char *file)
{
	struct phrase_line parsed;
	struct converted converted;
	uint16_t category = 0;
	struct slice line;

	for (unsigned number = 1; !l->out_of_memory && slice_split(&text, '\n', &line); number++) {
		phrase_line_parse(line.len <= PHRASES_LINE_MAX ? to_utf8(line, &converted) : line, &parsed);
		switch (parsed.kind) {
		case PHRASE_LINE_EMPTY:
			break;
		case PHRASE_LINE_CATEGORY:
			category = find_category(l->set, parsed.text);
			break;
		case PHRASE_LINE_INCLUDE:
			take_include(l, parsed.text, file, number);
			break;
		case PHRASE_LINE_RULE:
			take_rule(l, &parsed, category, file, number);
			break;
		case PHRASE_LINE_BAD:
			complain(l, file, number, parsed.column, parsed.problem, parsed.remedy);
			break;
		}
	}
}

/* ---- files ---- */

/* The file's bytes, owned by the caller; NULL with errno set. */
static char *
read_file(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char *bytes = NULL;
	struct stat st;

	*len = 0;
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) < 0)
		goto out;
	if (!S_ISREG(st.st_mode) || st.st_size > PHRASES_FILE_MAX) {
		errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
		goto out;
	}
	bytes = malloc((size_t)st.st_size + 1);
	while (bytes && *len < (size_t)st.st_size) {
		ssize_t n = read(fd, bytes + *len, (size_t)st.st_size - *len);

		if (n <= 0)
			break;
		*len += (size_t)n;
	}
out:
	close(fd);
	return bytes;
}

static bool
load_file(struct loading *l, const char *path)
{
	size_t len;
	char *bytes = read_file(path, &len);

	if (bytes == NULL) {
		problems_add(l->problems, l->depth > 0, path, 0, 0, "see that it is a readable file of at most 64 MiB",
			"the phrase list could not be read: %s", strerror(errno));
		return false;
	}
	l->set->files_read++;
	read_lines(l, slice_make(bytes, len), path);
	free(bytes);
	return !l->out_of_memory;
}

/* What is said once at the end of a load. */
static bool
finish_load(struct loading *l, const char *name)
{
	if (l->named > PHRASES_PROBLEMS_MAX)
		problems_add(l->problems, true, name, 0, 0, NULL, "%u more lines are bad and were left out",
			l->named - PHRASES_PROBLEMS_MAX);
	if (l->out_of_memory)
		problems_add(l->problems, false, name, 0, 0, "load fewer phrases",
			"the phrases take more memory than there is");
	return !l->out_of_memory;
}

bool
phrases_load(struct phrases *set, const char *path, enum phrase_kind kind, struct problems *problems)
{
	struct loading l = {.set = set, .problems = problems, .kind = kind};
	bool is_read = load_file(&l, path);

	return finish_load(&l, path) && is_read;
}

bool
phrases_read(struct phrases *set, struct slice text, const char *name, enum phrase_kind kind, struct problems *problems)
{
	struct loading l = {.set = set, .problems = problems, .kind = kind};

	read_lines(&l, text, name);
	return finish_load(&l, name);
}

/* ---- compiling ---- */

/* Lists for each pattern the rules that it is in. */
static bool
index_rules(struct phrases *set)
{
	uint32_t at = 0;

	set->rules_of = calloc(set->member_count ? set->member_count : 1, sizeof *set->rules_of);
	if (set->rules_of == NULL)
		return false;
	for (uint32_t i = 0; i < set->member_count; i++)
		set->patterns[set->members[i]].rule_count++;
	for (uint32_t i = 0; i < set->pattern_count; i++) {
		set->patterns[i].first_rule = at;
		at += set->patterns[i].rule_count;
		set->patterns[i].rule_count = 0;
	}
	for (uint32_t r = 0; r < set->rule_count; r++)
		for (uint32_t i = 0; i < set->rules[r].member_count; i++) {
			struct phrase_pattern *p = &set->patterns[set->members[set->rules[r].first_member + i]];

			set->rules_of[p->first_rule + p->rule_count++] = r;
		}
	return true;
}

static void
sum_rules(struct phrases *set)
{
	for (uint32_t r = 0; r < set->rule_count; r++) {
		int32_t weight = set->rules[r].weight;

		set->exception_count += set->rules[r].kind == PHRASE_EXCEPTION;
		set->banned_count += set->rules[r].kind == PHRASE_BANNED;
		if (weight < 0)
			set->negative_sum += (uint64_t) - (int64_t)weight;
		else
			set->positive_sum += (uint64_t)weight;
	}
}

bool
phrases_compile(struct phrases *set, enum phrases_engine_kind kind)
{
	struct slice *texts = calloc(set->pattern_count ? set->pattern_count : 1, sizeof *texts);
	bool is_ready = false;

	if (texts == NULL || !index_rules(set))
		goto out;
	sum_rules(set);
	for (uint32_t i = 0; i < set->pattern_count; i++)
		texts[i] = set->patterns[i].text;
	set->engine = phrases_engine_build(texts, set->pattern_count, kind);
	is_ready = set->engine != NULL;
out:
	free(texts);
	return is_ready;
}

const char *
phrases_engine_name(const struct phrases *set)
{
	return phrases_engine_label(set->engine);
}

const char *
phrases_rule_text(const struct phrases *set, uint32_t rule, char *dst, size_t size)
{
	const struct phrase_rule *r = &set->rules[rule];
	size_t at = 0;

	dst[0] = '\0';
	for (unsigned i = 0; i < r->member_count && at < size; i++) {
		struct slice text = set->patterns[set->members[r->first_member + i]].text;
		int n = snprintf(dst + at, size - at, "%s<%.*s>", i ? "," : "", SLICE_ARG(text));

		at += n > 0 ? (size_t)n : 0;
	}
	return dst;
}

/* Templates and languages.  See page_set.h. */
#include "proxy/page_set.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "proxy/page_builtin.h"

#define ARENA_MAX (16u << 20)
#define MESSAGES_MAX (64u * 1024)
#define ACCEPT_LANGUAGE_RANGES_MAX 32

/* As the keys of messages begin. */
static const char *const kind_names[PAGE_KINDS] = {
	[PAGE_BLOCKED] = "blocked",
	[PAGE_WARNING] = "warning",
	[PAGE_BAD_REQUEST] = "bad-request",
	[PAGE_METHOD] = "method",
	[PAGE_MISDIRECTED] = "misdirected",
	[PAGE_ORIGIN_FAILED] = "failed",
	[PAGE_ORIGIN_TIMEOUT] = "timeout",
	[PAGE_BAD_CERTIFICATE] = "certificate",
};

/* ---- languages ---- */

/* A language tag of letters, digits and "-" (RFC 5646), in lower case. */
static bool
tag_read(struct slice text, char tag[PAGE_LANGUAGE_TAG_MAX + 1])
{
	if (text.len < 2 || text.len > PAGE_LANGUAGE_TAG_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = ascii_lower(text.ptr[i]);

		if (!ascii_is_digit(c) && !(c >= 'a' && c <= 'z') && !(c == '-' && i > 1))
			return false;
		tag[i] = c;
	}
	tag[text.len] = '\0';
	return true;
}

static struct page_language *
language_find(const struct page_set *set, struct slice tag)
{
	for (size_t i = 0; i < set->count; i++)
		if (slice_eq_nocase(slice_of(set->languages[i]->tag), tag))
			return set->languages[i];
	return NULL;
}

static struct page_language *
language_add(struct page_set *set, struct slice tag, const char *path, struct problems *problems)
{
	struct page_language *language = language_find(set, tag);

	if (language)
		return language;
	language = set->count < PAGE_LANGUAGES_MAX ? arena_zalloc(&set->arena, sizeof *language) : NULL;
	if (language == NULL) {
		problems_add(problems, false, path, 0, 0, "remove some", "there are more than %d languages",
			PAGE_LANGUAGES_MAX);
		return NULL;
	}
	if (!tag_read(tag, language->tag)) {
		problems_add(problems, false, path, 0, 0, "name the file as messages.de or page.pt-br.html",
			"\"%.*s\" is no language tag", SLICE_ARG(tag));
		return NULL;
	}
	set->languages[set->count++] = language;
	return language;
}

/* ---- messages ---- */

/* Where the text of a key goes, or NULL. */
static struct slice *
message_place(struct page_language *language, struct slice key)
{
	size_t dot = slice_find(key, '.');
	struct slice kind = slice_sub(key, 0, dot), part = slice_sub(key, dot + 1, key.len);

	for (size_t i = PAGE_VALUE_LABEL_SITE; i < PAGE_VALUES; i++)
		if (slice_eq(key, slice_of(page_value_name((enum page_value)i))))
			return &language->labels[i];
	for (size_t i = 0; i < PAGE_KINDS; i++) {
		if (!slice_eq(kind, slice_of(kind_names[i])))
			continue;
		if (slice_eq(part, SLICE("title")))
			return &language->titles[i];
		if (slice_eq(part, SLICE("text")))
			return &language->texts[i];
	}
	return NULL;
}

static bool
is_utf8(struct slice text)
{
	bool is_well_formed = true;

	while (text.len > 0 && is_well_formed) {
		uint32_t c;

		text = slice_sub(text, utf8_next(text, &c, &is_well_formed), text.len);
	}
	return is_well_formed;
}

static bool
message_line(struct page_language *language, struct slice line, unsigned number, const char *path, struct arena *arena,
	struct problems *problems)
{
	struct slice key, text, *place;
	size_t end = 0;

	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	line = slice_trim(line);
	if (line.len == 0 || line.ptr[0] == '#')
		return true;
	if (!is_utf8(line)) {
		problems_add(problems, false, path, number, 1, "save the file as UTF-8", "this is not UTF-8 text");
		return false;
	}
	while (end < line.len && line.ptr[end] != ' ' && line.ptr[end] != '\t')
		end++;
	key = slice_sub(line, 0, end);
	text = slice_trim(slice_sub(line, end, line.len));
	place = message_place(language, key);
	if (place == NULL || text.len == 0) {
		problems_add(problems, false, path, number, 1,
			place ? "write it behind the key" : "the keys are in docs/pages.md", "%s \"%.*s\"",
			place ? "there is no text for" : "there is no message called",
			(int)(key.len < 60 ? key.len : 60), key.ptr);
		return false;
	}
	*place = arena_copy(arena, text);
	return place->ptr != NULL;
}

static bool
add_messages(struct page_set *set, struct slice tag, const char *path, struct slice bytes, struct problems *problems)
{
	struct page_language *language;
	struct slice line;
	bool done = true;

	if (bytes.len > MESSAGES_MAX) {
		problems_add(problems, false, path, 0, 0, NULL, "messages have at most %u bytes", MESSAGES_MAX);
		return false;
	}
	language = language_add(set, tag, path, problems);
	if (language == NULL)
		return false;
	for (unsigned number = 1; bytes.len && slice_split(&bytes, '\n', &line); number++)
		done = message_line(language, line, number, path, &set->arena, problems) && done;
	return done;
}

/* ---- files ---- */

/* "messages.TAG", "page.html", "page.TAG.html": false for every other name. */
static bool
file_name_read(struct slice name, bool *is_messages, struct slice *tag)
{
	*is_messages = slice_starts_with(name, SLICE("messages."));
	if (*is_messages) {
		*tag = slice_sub(name, sizeof "messages." - 1, name.len);
		return tag->len > 0 && slice_find(*tag, '.') == tag->len;
	}
	*tag = SLICE_EMPTY;
	if (slice_eq(name, SLICE("page.html")))
		return true;
	if (name.len < sizeof "page.xx.html" - 1 || !slice_starts_with(name, SLICE("page.")) ||
		!slice_ends_with(name, SLICE(".html")))
		return false;
	*tag = slice_sub(name, sizeof "page." - 1, name.len - (sizeof ".html" - 1));
	return true;
}

bool
page_set_knows(struct slice file_name)
{
	struct slice tag;
	bool is_messages;

	return file_name_read(file_name, &is_messages, &tag);
}

bool
page_set_add(struct page_set *set, const char *path, struct slice bytes, struct problems *problems)
{
	const char *slash = strrchr(path, '/');
	struct slice name = slice_of(slash ? slash + 1 : path), tag;
	const struct page_template *template;
	struct page_language *language;
	bool is_messages;

	if (!file_name_read(name, &is_messages, &tag)) {
		problems_add(problems, false, path, 0, 0, "name it page.html, page.LANG.html or messages.LANG",
			"this is no file of pages");
		return false;
	}
	if (is_messages)
		return add_messages(set, tag, path, bytes, problems);
	template = page_template_parse(bytes, path, &set->arena, problems);
	if (template == NULL)
		return false;
	if (tag.len == 0) {
		set->template = template;
		return true;
	}
	language = language_add(set, tag, path, problems);
	if (language == NULL)
		return false;
	language->template = template;
	return true;
}

struct page_set *
page_set_new(struct problems *problems)
{
	struct page_set *set = calloc(1, sizeof *set);

	if (set == NULL)
		return NULL;
	set->arena = arena_make(ARENA_MAX);
	for (size_t i = 0; i < page_builtin_count; i++) {
		if (page_set_add(set, page_builtins[i].name, slice_of(page_builtins[i].text), problems))
			continue;
		page_set_free(set);
		return NULL;
	}
	return set;
}

void
page_set_free(struct page_set *set)
{
	if (set == NULL)
		return;
	arena_release(&set->arena);
	free(set);
}

/* ---- choosing ---- */

/* The weight of a range in thousandths; 1000 where there is none, 0 where it is malformed (RFC 9110 section 12.4.2). */
static unsigned
weight_of(struct slice parameters)
{
	unsigned weight = 0, scale = 1000;
	struct slice digits;

	parameters = slice_trim(parameters);
	if (parameters.len == 0)
		return 1000;
	if (!slice_starts_with_nocase(parameters, SLICE("q=")))
		return 0;
	digits = slice_sub(parameters, 2, parameters.len);
	if (digits.len == 0 || digits.len > 5 || (digits.len > 1 && digits.ptr[1] != '.'))
		return 0;
	for (size_t i = 0; i < digits.len; i++) {
		if (i == 1)
			continue;
		if (!ascii_is_digit(digits.ptr[i]))
			return 0;
		weight += (unsigned)(digits.ptr[i] - '0') * scale;
		scale /= 10;
	}
	return weight <= 1000 ? weight : 0;
}

/* "de-AT" is also served by "de" (RFC 4647 section 3.4). */
static const struct page_language *
lookup(const struct page_set *set, struct slice range)
{
	while (range.len > 0) {
		const struct page_language *language = language_find(set, range);

		if (language)
			return language;
		do
			range.len--;
		while (range.len > 0 && range.ptr[range.len] != '-');
	}
	return NULL;
}

const struct page_language *
page_set_choose(const struct page_set *set, struct slice accept_language)
{
	const struct page_language *best = set->languages[0];
	unsigned best_weight = 0;
	struct slice range;

	for (size_t n = 0;
		n < ACCEPT_LANGUAGE_RANGES_MAX && accept_language.len && slice_split(&accept_language, ',', &range);
		n++) {
		size_t semicolon = slice_find(range, ';');
		unsigned weight = weight_of(slice_sub(range, semicolon + 1, range.len));
		const struct page_language *language;

		if (weight <= best_weight)
			continue;
		range = slice_trim(slice_sub(range, 0, semicolon));
		language = slice_eq(range, SLICE("*")) ? set->languages[0] : lookup(set, range);
		if (language == NULL)
			continue;
		best = language;
		best_weight = weight;
	}
	return best;
}

struct slice
page_set_title(const struct page_set *set, const struct page_language *language, enum page_kind kind)
{
	return language->titles[kind].len ? language->titles[kind] : set->languages[0]->titles[kind];
}

struct slice
page_set_text(const struct page_set *set, const struct page_language *language, enum page_kind kind)
{
	return language->texts[kind].len ? language->texts[kind] : set->languages[0]->texts[kind];
}

struct slice
page_set_label(const struct page_set *set, const struct page_language *language, enum page_value label)
{
	return language->labels[label].len ? language->labels[label] : set->languages[0]->labels[label];
}

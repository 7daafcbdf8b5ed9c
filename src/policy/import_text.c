/* What both importers share.  See import_text.h. */
#include "policy/import_text.h"

#include "base/addr.h"
#include "policy/regex.h"

#include <stdarg.h>
#include <stdio.h>

void
import_lost_at(struct import *import, unsigned line, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	problems_add(import->lost, true, import->file, line, 0, NULL, "not carried over: %s", text);
}

void
import_write(struct import *import, const char *format, ...)
{
	char text[9000];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof text || !buffer_append(import->out, slice_make(text, (size_t)n)))
		import->failed = true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

bool
import_word(struct slice *rest, struct slice *word, bool *is_quoted)
{
	size_t start = 0, end;

	while (start < rest->len && is_blank(rest->ptr[start]))
		start++;
	if (start == rest->len || rest->ptr[start] == '#')
		return false;
	*is_quoted = rest->ptr[start] == '"';
	if (*is_quoted) {
		struct slice inside = slice_sub(*rest, start + 1, rest->len);

		end = slice_find(inside, '"');
		*word = slice_sub(inside, 0, end);
		*rest = slice_sub(inside, end + 1, inside.len);
		return true;
	}
	for (end = start; end < rest->len && !is_blank(rest->ptr[end]);)
		end++;
	*word = slice_sub(*rest, start, end);
	*rest = slice_sub(*rest, end, rest->len);
	return true;
}

bool
import_is_name(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = ascii_lower(text.ptr[i]);

		if (!(c >= 'a' && c <= 'z') && !ascii_is_digit(c) && c != '-' && c != '_' && c != '.' && c != ':')
			return false;
	}
	return text.len > 0 && text.len <= 64;
}

bool
import_is_word(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] <= 0x20 || (text.ptr[i] & 0x7f) == 0x7f ||
			strchr("{}\"\\#~", text.ptr[i]))
			return false;
	return text.len > 0 && text.len <= 256;
}

bool
import_is_path(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f || text.ptr[i] == '"' ||
			text.ptr[i] == '\\')
			return false;
	return slice_starts_with(text, SLICE("/")) && text.len < 4096;
}

void
import_add(struct import *import, struct import_texts *texts, struct slice text)
{
	struct import_text *item = arena_zalloc(&import->arena, sizeof *item);

	if (item)
		item->text = arena_copy(&import->arena, text);
	if (item == NULL || item->text.ptr == NULL) {
		import->failed = true;
		return;
	}
	if (texts->last)
		texts->last->next = item;
	else
		texts->first = item;
	texts->last = item;
	texts->count++;
}

void
import_addf(struct import *import, struct import_texts *texts, const char *format, ...)
{
	char text[4096];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof text)
		import_lost(import, "a text of more than 4096 bytes");
	else
		import_add(import, texts, slice_make(text, (size_t)n));
}

void
import_write_all(struct import *import, const struct import_texts *texts)
{
	for (const struct import_text *t = texts->first; t; t = t->next)
		import_write(import, "%s%.*s", slice_starts_with(t->text, SLICE("\n")) ? "" : " ", SLICE_ARG(t->text));
}

/* A ^ that does not negate a class. */
static bool
has_anchor(struct slice pattern)
{
	for (size_t i = 0; i < pattern.len; i++)
		if (pattern.ptr[i] == '^' && (i == 0 || (pattern.ptr[i - 1] != '[' && pattern.ptr[i - 1] != '\\')))
			return true;
	return false;
}

struct slice
import_pattern(struct import *import, const char *prefix, struct slice pattern, bool ignore_case)
{
	struct arena scratch = arena_make(8u << 20);
	struct slice text;
	const char *error;
	size_t offset;
	bool has_bar;

	for (size_t i = 0; i < pattern.len; i++) {
		if ((unsigned char)pattern.ptr[i] > 0x20 && pattern.ptr[i] != 0x7f)
			continue;
		import_lost(import, "a pattern with a control character");
		return SLICE_EMPTY;
	}
	/* A prefix stands for what our patterns see and theirs do not; ^ then belongs behind it, and it must not become
	 * part of the first alternative alone. */
	has_bar = *prefix && slice_find(pattern, '|') < pattern.len;
	if (has_bar && has_anchor(pattern)) {
		import_lost(import, "the pattern %.*s: an alternative with ^", SLICE_ARG(pattern));
		arena_release(&scratch);
		return SLICE_EMPTY;
	}
	text = arena_printf(&import->arena, "~%s%s%s%.*s%s", ignore_case ? "(?i)" : "", prefix, has_bar ? "(" : "",
		SLICE_ARG(pattern), has_bar ? ")" : "");
	if (text.ptr == NULL)
		import->failed = true;
	else if (regex_compile(slice_sub(text, 1, text.len), &scratch, &error, &offset) == NULL) {
		import_lost(import, "the pattern %.*s: %s", SLICE_ARG(pattern), error);
		text = SLICE_EMPTY;
	}
	arena_release(&scratch);
	return text.ptr ? text : SLICE_EMPTY;
}

/* The length of a netmask's prefix; -1 where its bits have a hole. */
static int
mask_bits(const struct addr *mask)
{
	uint32_t bits = (uint32_t)mask->bytes[12] << 24 | (uint32_t)mask->bytes[13] << 16 |
			(uint32_t)mask->bytes[14] << 8 | mask->bytes[15];
	int count = __builtin_popcount(bits);

	return bits == (count ? UINT32_MAX << (32 - count) : 0) ? count : -1;
}

static uint32_t
v4_of(const struct addr *a)
{
	return (uint32_t)a->bytes[12] << 24 | (uint32_t)a->bytes[13] << 16 | (uint32_t)a->bytes[14] << 8 | a->bytes[15];
}

/* "10.0.0.5-10.0.0.20" is as many prefixes as it takes, 62 at most. */
static bool
add_range(struct import *import, struct import_texts *to, const char *before, struct slice text, size_t dash)
{
	struct addr first, last;
	uint64_t at, end;

	if (!addr_parse(slice_sub(text, 0, dash), &first) || !addr_parse(slice_sub(text, dash + 1, text.len), &last) ||
		!addr_is_v4(&first) || !addr_is_v4(&last) || v4_of(&last) < v4_of(&first))
		return false;
	at = v4_of(&first);
	end = (uint64_t)v4_of(&last) + 1;
	while (at < end) {
		unsigned bits = at ? (unsigned)__builtin_ctzll(at) : 32;

		while (UINT64_C(1) << bits > end - at)
			bits--;
		import_addf(import, to, "%s%u.%u.%u.%u/%u", before, (unsigned)(at >> 24), (unsigned)(at >> 16) & 255,
			(unsigned)(at >> 8) & 255, (unsigned)at & 255, 32 - bits);
		at += UINT64_C(1) << bits;
	}
	return true;
}

bool
import_networks(struct import *import, struct import_texts *to, const char *before, struct slice text)
{
	size_t slash = slice_find(text, '/'), dash = slice_find(text, '-');
	struct prefix prefix;
	struct addr mask;
	char network[64];

	if (dash < text.len)
		return add_range(import, to, before, text, dash);
	if (slash < text.len && addr_parse(slice_sub(text, slash + 1, text.len), &mask) && addr_is_v4(&mask)) {
		int bits = mask_bits(&mask);

		if (bits < 0 || slash > 40)
			return false;
		snprintf(network, sizeof network, "%.*s/%d", (int)slash, text.ptr, bits);
	} else if (text.len < 60) {
		snprintf(network, sizeof network, "%.*s", SLICE_ARG(text));
	} else {
		return false;
	}
	if (!prefix_parse(slice_of(network), &prefix))
		return false;
	import_addf(import, to, "%s%s", before, network);
	return true;
}

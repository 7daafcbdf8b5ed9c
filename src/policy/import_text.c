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
		import_write(import, " %.*s", SLICE_ARG(t->text));
}

struct slice
import_pattern(struct import *import, const char *prefix, struct slice pattern, bool ignore_case)
{
	struct arena scratch = arena_make(8u << 20);
	struct slice text;
	const char *error;
	size_t offset;

	for (size_t i = 0; i < pattern.len; i++) {
		if ((unsigned char)pattern.ptr[i] > 0x20 && pattern.ptr[i] != 0x7f)
			continue;
		import_lost(import, "a pattern with a control character");
		return SLICE_EMPTY;
	}
	/* A prefix stands for what our patterns see and theirs do not; ^ then belongs behind it. */
	text = arena_printf(&import->arena, "~%s%s%.*s", ignore_case ? "(?i)" : "", prefix, SLICE_ARG(pattern));
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

static bool
range_network(struct slice text, size_t dash, char dst[64])
{
	struct addr from, to;
	char name[ADDR_TEXT_MAX];
	uint32_t first, last, size;

	if (!addr_parse(slice_sub(text, 0, dash), &from) || !addr_parse(slice_sub(text, dash + 1, text.len), &to) ||
		!addr_is_v4(&from) || !addr_is_v4(&to))
		return false;
	first = (uint32_t)from.bytes[12] << 24 | (uint32_t)from.bytes[13] << 16 | (uint32_t)from.bytes[14] << 8 |
		from.bytes[15];
	last = (uint32_t)to.bytes[12] << 24 | (uint32_t)to.bytes[13] << 16 | (uint32_t)to.bytes[14] << 8 | to.bytes[15];
	size = last - first + 1;
	if (last < first || size == 0 || (size & (size - 1)) || (first & (size - 1)))
		return false;
	snprintf(dst, 64, "%s/%d", addr_format(&from, name), 32 - __builtin_ctz(size));
	return true;
}

bool
import_network(struct slice text, char dst[64])
{
	size_t slash = slice_find(text, '/'), dash = slice_find(text, '-');
	struct prefix prefix;
	struct addr mask;

	if (dash < text.len)
		return range_network(text, dash, dst);
	if (slash < text.len && addr_parse(slice_sub(text, slash + 1, text.len), &mask) && addr_is_v4(&mask)) {
		int bits = mask_bits(&mask);

		if (bits < 0)
			return false;
		snprintf(dst, 64, "%.*s/%d", (int)slash, text.ptr, bits);
	} else if (text.len < 60) {
		snprintf(dst, 64, "%.*s", SLICE_ARG(text));
	} else {
		return false;
	}
	return prefix_parse(slice_of(dst), &prefix);
}

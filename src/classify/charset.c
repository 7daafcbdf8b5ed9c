/* Text to UTF-8.  See charset.h.  Each kind of encoding is one function, which takes a piece and leaves a character
 * that the piece cut in the carry. */
#include "classify/charset.h"

#include "classify/charset_label.h"
#include "classify/text_writer.h"

#include <errno.h>

#define REPLACEMENT 0xfffd
#define HIGH_BITS UINT64_C(0x8080808080808080)

/* The length of the ASCII run at the start of s. */
static size_t
ascii_run(struct slice s)
{
	size_t n = 0;

	for (; n + 8 <= s.len; n += 8) {
		uint64_t word;

		memcpy(&word, s.ptr + n, 8);
		if (word & HIGH_BITS)
			break;
	}
	while (n < s.len && (uint8_t)s.ptr[n] < 0x80)
		n++;
	return n;
}

/* ---- UTF-8 (RFC 3629) ---- */

enum sequence { WHOLE, CUT, MALFORMED };

/* The character at the start of s: its length in *len; where it is malformed, the length of what U+FFFD stands for
 * (the maximal subpart, as the WHATWG's decoder takes it). */
static enum sequence
utf8_sequence(struct slice s, size_t *len)
{
	uint8_t lead = (uint8_t)s.ptr[0], low = 0x80, high = 0xbf;
	size_t want;

	*len = 1;
	if (lead < 0xc2 || lead > 0xf4)
		return MALFORMED;
	want = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	if (lead == 0xe0)
		low = 0xa0;
	else if (lead == 0xed)
		high = 0x9f;
	else if (lead == 0xf0)
		low = 0x90;
	else if (lead == 0xf4)
		high = 0x8f;
	for (; *len < want; ++*len) {
		if (*len == s.len)
			return CUT;
		if ((uint8_t)s.ptr[*len] < low || (uint8_t)s.ptr[*len] > high)
			return MALFORMED;
		low = 0x80;
		high = 0xbf;
	}
	return WHOLE;
}

static void
take_utf8(struct charset_reader *r, struct slice s, struct text_writer *w)
{
	size_t from = 0, at = 0;

	while (at < s.len && !w->has_stopped) {
		size_t len;
		enum sequence kind;

		at += ascii_run(slice_sub(s, at, s.len));
		if (at == s.len)
			break;
		kind = utf8_sequence(slice_sub(s, at, s.len), &len);
		if (kind == WHOLE) {
			at += len;
			continue;
		}
		text_put(w, slice_sub(s, from, at));
		if (kind == CUT) {
			r->carry_len = (uint8_t)len;
			memcpy(r->carry, s.ptr + at, len);
			return;
		}
		text_put_code(w, REPLACEMENT);
		at += len;
		from = at;
	}
	text_put(w, slice_sub(s, from, s.len));
}

/* ---- UTF-16 ---- */

static void
take_utf16(struct charset_reader *r, struct slice s, struct text_writer *w)
{
	bool is_big = r->charset->kind == CHARSET_UTF16BE;
	size_t at = 0;

	while (at + 2 <= s.len && !w->has_stopped) {
		uint8_t a = (uint8_t)s.ptr[at], b = (uint8_t)s.ptr[at + 1];
		uint32_t unit = is_big ? (uint32_t)(a << 8 | b) : (uint32_t)(b << 8 | a);

		if (unit >= 0xd800 && unit < 0xdc00) {
			uint32_t second;

			if (at + 4 > s.len)
				break;
			a = (uint8_t)s.ptr[at + 2];
			b = (uint8_t)s.ptr[at + 3];
			second = is_big ? (uint32_t)(a << 8 | b) : (uint32_t)(b << 8 | a);
			if (second >= 0xdc00 && second < 0xe000) {
				text_put_code(w, 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00));
				at += 4;
				continue;
			}
		}
		text_put_code(w, unit >= 0xd800 && unit < 0xe000 ? REPLACEMENT : unit);
		at += 2;
	}
	r->carry_len = (uint8_t)(s.len - at);
	memcpy(r->carry, s.ptr + at, s.len - at);
}

/* ---- single bytes ---- */

static void
take_single(struct charset_reader *r, struct slice s, struct text_writer *w)
{
	const uint16_t *table = charset_tables[r->charset->table];
	size_t at = 0;

	while (at < s.len && !w->has_stopped) {
		size_t run = ascii_run(slice_sub(s, at, s.len));

		text_put(w, slice_sub(s, at, at + run));
		for (at += run; at < s.len && (uint8_t)s.ptr[at] >= 0x80; at++)
			text_put_code(w, table[(uint8_t)s.ptr[at] - 0x80]);
	}
}

/* ---- what is not decoded: ASCII and U+FFFD ---- */

static void
take_replaced(struct charset_reader *r, struct slice s, struct text_writer *w)
{
	size_t at = 0;

	while (at < s.len && !w->has_stopped) {
		size_t run = ascii_run(slice_sub(s, at, s.len));

		text_put(w, slice_sub(s, at, at + run));
		for (at += run; at < s.len && (uint8_t)s.ptr[at] >= 0x80; at++)
			text_put_code(w, REPLACEMENT);
	}
}

/* ---- East Asian encodings, by iconv ---- */

static void
take_iconv(struct charset_reader *r, struct slice s, struct text_writer *w)
{
	char *from = (char *)s.ptr;
	size_t left = s.len;

	while (left && !w->has_stopped) {
		char *to;
		size_t room;

		if (w->used + 16 > sizeof w->step)
			text_flush(w);
		to = w->step + w->used;
		room = sizeof w->step - w->used;
		if (iconv(r->iconv, &from, &left, &to, &room) != (size_t)-1) {
			w->used = sizeof w->step - room;
			break;
		}
		w->used = sizeof w->step - room;
		if (errno == E2BIG) {
			text_flush(w);
		} else if (errno == EINVAL && left < sizeof r->carry) {
			r->carry_len = (uint8_t)left;
			memcpy(r->carry, from, left);
			return;
		} else {
			text_put_code(w, REPLACEMENT);
			from++;
			left--;
		}
	}
}

static void
take(struct charset_reader *r, struct slice s, struct text_writer *w)
{
	switch (r->charset->kind) {
	case CHARSET_UTF8:
		take_utf8(r, s, w);
		break;
	case CHARSET_UTF16LE:
	case CHARSET_UTF16BE:
		take_utf16(r, s, w);
		break;
	case CHARSET_SINGLE:
		take_single(r, s, w);
		break;
	case CHARSET_ICONV:
		if (r->iconv != (iconv_t)-1) {
			take_iconv(r, s, w);
			break;
		}
		take_replaced(r, s, w);
		break;
	case CHARSET_REPLACED:
		take_replaced(r, s, w);
		break;
	}
}

/* Completes the character that the last piece cut; returns what is left of bytes. */
static struct slice
take_carry(struct charset_reader *r, struct slice bytes, struct text_writer *w)
{
	while (r->carry_len && bytes.len && !w->has_stopped) {
		char joined[sizeof r->carry];
		size_t n = r->carry_len;

		memcpy(joined, r->carry, n);
		joined[n] = bytes.ptr[0];
		bytes = slice_sub(bytes, 1, bytes.len);
		r->carry_len = 0;
		take(r, slice_make(joined, n + 1), w);
	}
	return bytes;
}

/* The mark at the start is no text (WHATWG "decode"). */
static struct slice
skip_mark(struct charset_reader *r, struct slice bytes)
{
	static const struct slice marks[] = {
		[CHARSET_UTF8] = {"\xef\xbb\xbf", 3},
		[CHARSET_UTF16LE] = {"\xff\xfe", 2},
		[CHARSET_UTF16BE] = {"\xfe\xff", 2},
	};
	enum charset_kind kind = r->charset->kind;

	while (r->at_start && bytes.len) {
		if (kind > CHARSET_UTF16BE || bytes.ptr[0] != marks[kind].ptr[r->carry_len]) {
			r->at_start = false;
			break;
		}
		r->carry[r->carry_len++] = (uint8_t)bytes.ptr[0];
		bytes = slice_sub(bytes, 1, bytes.len);
		if (r->carry_len == marks[kind].len) {
			r->carry_len = 0;
			r->at_start = false;
		}
	}
	return bytes;
}

bool
charset_open(struct charset_reader *r, const struct charset *charset)
{
	*r = (struct charset_reader){.charset = charset, .iconv = (iconv_t)-1, .at_start = true};
	if (charset->kind == CHARSET_ICONV)
		r->iconv = iconv_open("UTF-8", charset->iconv_name);
	return charset->kind != CHARSET_ICONV || r->iconv != (iconv_t)-1;
}

bool
charset_push(struct charset_reader *r, struct slice bytes, text_sink sink, void *context)
{
	struct text_writer w;

	if (r->has_stopped)
		return false;
	text_writer_start(&w, sink, context);
	bytes = skip_mark(r, bytes);
	if (!r->at_start) {
		bytes = take_carry(r, bytes, &w);
		if (bytes.len)
			take(r, bytes, &w);
	}
	text_flush(&w);
	r->has_stopped = w.has_stopped;
	return !r->has_stopped;
}

bool
charset_finish(struct charset_reader *r, text_sink sink, void *context)
{
	bool is_cut = r->carry_len > 0;

	r->carry_len = 0;
	if (r->has_stopped || !is_cut)
		return !r->has_stopped;
	r->has_stopped = !sink(context, SLICE("\xef\xbf\xbd"));
	return !r->has_stopped;
}

void
charset_close(struct charset_reader *r)
{
	if (r->iconv != (iconv_t)-1)
		iconv_close(r->iconv);
	r->iconv = (iconv_t)-1;
}

unsigned
charset_preload(void)
{
	static iconv_t held[CHARSET_TABLES]; /* never closed: a descriptor holds its module */
	unsigned count = 0;

	for (size_t i = 0; i < charset_row_count && count < CHARSET_TABLES; i++) {
		if (charset_rows[i].kind != CHARSET_ICONV)
			continue;
		held[count] = iconv_open("UTF-8", charset_rows[i].iconv_name);
		count += held[count] != (iconv_t)-1;
	}
	return count;
}

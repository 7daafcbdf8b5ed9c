/* Reading a line of JSON records.  See entry.h. */
#include "record/entry.h"

struct scan {
	const char *at;
	const char *end;
};

static void
skip_space(struct scan *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\r' || *s->at == '\n'))
		s->at++;
}

static bool
take_byte(struct scan *s, char c)
{
	skip_space(s);
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

/* Four hexadecimal digits. */
static bool
read_hex4(const char *at, const char *end, uint32_t *value)
{
	*value = 0;
	if (end - at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		int digit = ascii_hex_value(at[i]);

		if (digit < 0)
			return false;
		*value = *value << 4 | (uint32_t)digit;
	}
	return true;
}

/* A text after its opening quote, checked but not unescaped. */
static bool
take_text(struct scan *s, struct slice *text, bool *is_escaped)
{
	const char *start = s->at;

	*is_escaped = false;
	for (; s->at < s->end && *s->at != '"'; s->at++) {
		uint32_t code;

		if ((unsigned char)*s->at < 0x20)
			return false;
		if (*s->at != '\\')
			continue;
		*is_escaped = true;
		s->at++;
		if (s->at == s->end)
			return false;
		if (*s->at == 'u') {
			if (!read_hex4(s->at + 1, s->end, &code))
				return false;
			s->at += 4;
		} else if (memchr("\"\\/bfnrt", *s->at, 8) == NULL) {
			return false;
		}
	}
	if (s->at == s->end)
		return false;
	*text = slice_make(start, (size_t)(s->at - start));
	s->at++;
	return true;
}

/* -?digits[.digits][e[+-]digits], leniently: what is no number is found by whoever reads it as one. */
static bool
take_number(struct scan *s, struct slice *number)
{
	const char *start = s->at;

	while (s->at < s->end && (ascii_is_digit(*s->at) || memchr("+-.eE", *s->at, 5)))
		s->at++;
	*number = slice_make(start, (size_t)(s->at - start));
	return s->at > start && (ascii_is_digit(*start) || (*start == '-' && s->at > start + 1));
}

static bool
take_word(struct scan *s, struct slice word)
{
	if ((size_t)(s->end - s->at) < word.len || memcmp(s->at, word.ptr, word.len) != 0)
		return false;
	s->at += word.len;
	return true;
}

/* A value that is neither list nor object. */
static bool
take_scalar(struct scan *s, struct entry_field *f)
{
	static const struct {
		struct slice word;
		enum entry_type type;
	} words[] = {
		{{"true", 4}, ENTRY_TRUE},
		{{"false", 5}, ENTRY_FALSE},
		{{"null", 4}, ENTRY_NULL},
	};

	skip_space(s);
	f->is_escaped = false;
	if (s->at < s->end && *s->at == '"') {
		s->at++;
		f->type = ENTRY_TEXT;
		return take_text(s, &f->value, &f->is_escaped);
	}
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (take_word(s, words[i].word)) {
			f->type = words[i].type;
			f->value = words[i].word;
			return true;
		}
	}
	f->type = ENTRY_NUMBER;
	return take_number(s, &f->value);
}

static bool
take_list(struct scan *s, struct entry_field *f)
{
	const char *start = s->at;
	struct entry_field item;

	f->type = ENTRY_LIST;
	f->is_escaped = false;
	if (take_byte(s, ']')) {
		f->value = slice_make(start, 0);
		return true;
	}
	do {
		if (!take_scalar(s, &item))
			return false;
	} while (take_byte(s, ','));
	if (!take_byte(s, ']'))
		return false;
	f->value = slice_make(start, (size_t)(s->at - start) - 1);
	return true;
}

static bool
take_field(struct scan *s, struct entry_field *f)
{
	bool is_escaped;

	if (!take_byte(s, '"') || !take_text(s, &f->key, &is_escaped) || !take_byte(s, ':'))
		return false;
	if (take_byte(s, '['))
		return take_list(s, f);
	return take_scalar(s, f);
}

bool
entry_parse(struct slice line, struct entry *e)
{
	struct scan s = {line.ptr, line.ptr + line.len};

	e->count = 0;
	if (!take_byte(&s, '{'))
		return false;
	if (!take_byte(&s, '}')) {
		do {
			if (e->count == ENTRY_FIELDS_MAX || !take_field(&s, &e->fields[e->count]))
				return false;
			e->count++;
		} while (take_byte(&s, ','));
		if (!take_byte(&s, '}'))
			return false;
	}
	skip_space(&s);
	return s.at == s.end;
}

const struct entry_field *
entry_find(const struct entry *e, struct slice key)
{
	for (size_t i = 0; i < e->count; i++) {
		if (slice_eq(e->fields[i].key, key))
			return &e->fields[i];
	}
	return NULL;
}

static char *
put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

/* The code point of \uXXXX at *at (which is at the 'u'), with its second half where it is a surrogate; one alone
 * becomes U+FFFD. */
static uint32_t
read_code_point(const char **at, const char *end)
{
	uint32_t first, second;

	if (!read_hex4(*at + 1, end, &first))
		return 0xfffd;
	*at += 5;
	if (first < 0xd800 || first > 0xdfff)
		return first;
	if (first < 0xdc00 && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u' &&
		read_hex4(*at + 2, end, &second) && second >= 0xdc00 && second <= 0xdfff) {
		*at += 6;
		return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
	}
	return 0xfffd;
}

struct slice
entry_text(const struct entry_field *f, struct buffer *scratch)
{
	const char *at, *end;
	char *start, *to;

	if (f == NULL)
		return SLICE_EMPTY;
	if (!f->is_escaped || f->type != ENTRY_TEXT)
		return f->value;
	buffer_clear(scratch);
	start = to = buffer_reserve(scratch, f->value.len); /* no escape is shorter than what it stands for */
	if (to == NULL)
		return SLICE_EMPTY;
	for (at = f->value.ptr, end = at + f->value.len; at < end;) {
		static const char brief[] = "bfnrt", meant[] = "\b\f\n\r\t";
		const char *found;

		if (*at != '\\') {
			*to++ = *at++;
			continue;
		}
		at++;
		if (*at == 'u') {
			to = put_utf8(to, read_code_point(&at, end));
			continue;
		}
		found = memchr(brief, *at, sizeof brief - 1);
		*to++ = found ? meant[found - brief] : *at;
		at++;
	}
	buffer_commit(scratch, (size_t)(to - start));
	return buffer_slice(scratch);
}

uint64_t
entry_u64(const struct entry_field *f)
{
	uint64_t value;

	return f && f->type == ENTRY_NUMBER && slice_to_u64(f->value, &value) ? value : 0;
}

bool
entry_list_next(struct slice *rest, struct entry_field *item)
{
	struct scan s = {rest->ptr, rest->ptr + rest->len};

	skip_space(&s);
	if (s.at == s.end || !take_scalar(&s, item))
		return false;
	take_byte(&s, ',');
	*rest = slice_make(s.at, (size_t)(s.end - s.at));
	return true;
}

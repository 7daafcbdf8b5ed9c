/* JSON text.  See json.h. */
#include "record/json.h"

#include "base/utf8.h"
#include "record/text.h"

/* The longest text of one byte: "\u00xx". */
#define ESCAPED_MAX 6

static bool
json_room(struct json *j, size_t n)
{
	char *at;

	if ((size_t)(j->end - j->at) >= n)
		return !j->failed;
	if (j->failed)
		return false;
	if (j->at)
		buffer_commit(j->to, (size_t)(j->at - (j->to->data + j->to->tail)));
	at = buffer_reserve(j->to, n);
	if (at == NULL) {
		j->failed = true;
		j->at = j->end = NULL;
		return false;
	}
	j->at = at;
	j->end = j->to->data + j->to->capacity;
	return true;
}

void
json_begin(struct json *j, struct buffer *to)
{
	*j = (struct json){.to = to, .start = buffer_len(to)};
}

bool
json_end(struct json *j)
{
	if (!j->failed && j->at)
		buffer_commit(j->to, (size_t)(j->at - (j->to->data + j->to->tail)));
	if (j->failed)
		j->to->tail = j->to->head + j->start;
	j->at = j->end = NULL;
	return !j->failed;
}

/* Whether what was written last asks for a comma before the next value. */
static bool
json_wants_comma(const struct json *j)
{
	char last;

	if (j->at == j->to->data + j->to->head + j->start)
		return false;
	last = j->at[-1];
	return last != '{' && last != '[' && last != '\n';
}

/* Comma, key and colon; leaves room for n bytes more. */
static bool
json_key(struct json *j, struct slice key, size_t n)
{
	if (!json_room(j, key.len + 4 + n))
		return false;
	if (json_wants_comma(j))
		*j->at++ = ',';
	if (key.len == 0)
		return true;
	*j->at++ = '"';
	memcpy(j->at, key.ptr, key.len);
	j->at += key.len;
	*j->at++ = '"';
	*j->at++ = ':';
	return true;
}

static void
json_open(struct json *j, struct slice key, char bracket)
{
	if (json_key(j, key, 1))
		*j->at++ = bracket;
}

static void
json_close(struct json *j, char bracket)
{
	if (json_room(j, 1))
		*j->at++ = bracket;
}

void
json_open_object(struct json *j, struct slice key)
{
	json_open(j, key, '{');
}

void
json_close_object(struct json *j)
{
	json_close(j, '}');
}

void
json_open_array(struct json *j, struct slice key)
{
	json_open(j, key, '[');
}

void
json_close_array(struct json *j)
{
	json_close(j, ']');
}

static char *
put_escape(char *at, uint32_t code_point)
{
	static const char digits[] = "0123456789abcdef";
	char brief = 0;

	switch (code_point) {
	case '"':
	case '\\':
		brief = (char)code_point;
		break;
	case '\n':
		brief = 'n';
		break;
	case '\r':
		brief = 'r';
		break;
	case '\t':
		brief = 't';
		break;
	}
	*at++ = '\\';
	if (brief) {
		*at++ = brief;
		return at;
	}
	memcpy(at, "u00", 3);
	at[3] = digits[code_point >> 4 & 15];
	at[4] = digits[code_point & 15];
	return at + 5;
}

/* Eight bytes at once: whether each is printable ASCII other than the quote and the backslash. */
static bool
eight_are_plain(const char *p)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
	uint64_t x, quotes, slashes;

	memcpy(&x, p, 8);
	quotes = x ^ ones * '"';
	slashes = x ^ ones * '\\';
	return ((x | (x + ones) | ((x - ones * 0x20) & ~x) | ((quotes - ones) & ~quotes) |
			((slashes - ones) & ~slashes)) &
		       tops) == 0;
}

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Writes s escaped; there is room for ESCAPED_MAX times its length. */
static char *
put_escaped(char *at, struct slice s)
{
	const char *p = s.ptr, *end = s.ptr + s.len;

	while (p < end) {
		uint32_t code_point;
		bool well_formed;
		size_t n;

		if (end - p >= 8 && eight_are_plain(p)) {
			memcpy(at, p, 8);
			at += 8;
			p += 8;
			continue;
		}
		if (is_plain((unsigned char)*p)) {
			*at++ = *p++;
			continue;
		}
		n = utf8_next(slice_make(p, (size_t)(end - p)), &code_point, &well_formed);
		if (!well_formed) {
			memcpy(at, "\xef\xbf\xbd", 3);
			at += 3;
		} else if (code_point < 0xa0) {
			at = put_escape(at, code_point);
		} else {
			memcpy(at, p, n);
			at += n;
		}
		p += n;
	}
	return at;
}

void
json_text_two(struct json *j, struct slice key, struct slice first, struct slice second)
{
	if (!json_key(j, key, (first.len + second.len) * ESCAPED_MAX + 2))
		return;
	*j->at++ = '"';
	j->at = put_escaped(j->at, first);
	j->at = put_escaped(j->at, second);
	*j->at++ = '"';
}

void
json_text(struct json *j, struct slice key, struct slice value)
{
	json_text_two(j, key, value, SLICE_EMPTY);
}

void
json_u64(struct json *j, struct slice key, uint64_t value)
{
	if (json_key(j, key, TEXT_U64_MAX))
		j->at = text_put_u64(j->at, value);
}

void
json_i64(struct json *j, struct slice key, int64_t value)
{
	if (!json_key(j, key, TEXT_U64_MAX + 1))
		return;
	if (value < 0)
		*j->at++ = '-';
	j->at = text_put_u64(j->at, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void
json_bool(struct json *j, struct slice key, bool value)
{
	json_raw(j, key, value ? SLICE("true") : SLICE("false"));
}

void
json_addr(struct json *j, struct slice key, const struct addr *value)
{
	if (!json_key(j, key, ADDR_TEXT_MAX + 2))
		return;
	*j->at++ = '"';
	j->at = text_put_addr(j->at, value);
	*j->at++ = '"';
}

void
json_time(struct json *j, struct slice key, uint64_t realtime_ns)
{
	if (!json_key(j, key, TEXT_TIME_MAX + 2))
		return;
	*j->at++ = '"';
	j->at = text_put_time(j->at, realtime_ns);
	*j->at++ = '"';
}

void
json_raw(struct json *j, struct slice key, struct slice value)
{
	if (!json_key(j, key, value.len))
		return;
	memcpy(j->at, value.ptr, value.len);
	j->at += value.len;
}

void
json_line_end(struct json *j)
{
	if (json_room(j, 1))
		*j->at++ = '\n';
}

/* Words of a log line.  See line.h. */
#include "record/line.h"

#include "record/text.h"

struct line
line_begin(struct buffer *to)
{
	return (struct line){.to = to, .start = buffer_len(to)};
}

bool
line_end(struct line *l)
{
	line_put(l, SLICE("\n"));
	if (l->failed)
		l->to->tail = l->to->head + l->start;
	return !l->failed;
}

static char *
line_reserve(struct line *l, size_t n)
{
	char *at = l->failed ? NULL : buffer_reserve(l->to, n);

	if (at == NULL)
		l->failed = true;
	return at;
}

/* Ends what line_reserve() began. */
static void
line_commit(struct line *l, const char *from, const char *to)
{
	buffer_commit(l->to, (size_t)(to - from));
}

void
line_put(struct line *l, struct slice text)
{
	if (!l->failed && !buffer_append(l->to, text))
		l->failed = true;
}

void
line_put_u64(struct line *l, uint64_t value)
{
	char *at = line_reserve(l, TEXT_U64_MAX);

	if (at)
		line_commit(l, at, text_put_u64(at, value));
}

void
line_put_digits(struct line *l, uint64_t value, unsigned width)
{
	char *at = line_reserve(l, width);

	if (at)
		line_commit(l, at, text_put_digits(at, value, width));
}

void
line_put_addr(struct line *l, const struct addr *a)
{
	char *at = line_reserve(l, ADDR_TEXT_MAX);

	if (at)
		line_commit(l, at, text_put_addr(at, a));
}

static char *
put_hex(char *at, unsigned char c)
{
	static const char digits[] = "0123456789ABCDEF";

	at[0] = digits[c >> 4];
	at[1] = digits[c & 15];
	return at + 2;
}

void
line_put_percent(struct line *l, struct slice text, size_t max)
{
	char *from, *at;

	if (text.len == 0)
		text = SLICE("-");
	text = slice_sub(text, 0, max);
	from = at = line_reserve(l, text.len * 3);
	if (at == NULL)
		return;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c > 0x20 && c < 0x7f && c != '"') {
			*at++ = (char)c;
		} else {
			*at++ = '%';
			at = put_hex(at, c);
		}
	}
	line_commit(l, from, at);
}

void
line_put_quoted(struct line *l, struct slice text, size_t max)
{
	char *from, *at;

	text = slice_sub(text, 0, max);
	if (text.len == 0)
		return;
	from = at = line_reserve(l, text.len * 4);
	if (at == NULL)
		return;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c == '"' || c == '\\') {
			*at++ = '\\';
			*at++ = (char)c;
		} else if (c >= 0x20 && c < 0x7f) {
			*at++ = (char)c;
		} else {
			*at++ = '\\';
			*at++ = 'x';
			at = put_hex(at, c);
		}
	}
	line_commit(l, from, at);
}

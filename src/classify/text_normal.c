/* The one form of text.  See text_normal.h. */
#include "classify/text_normal.h"

#define DROPPED 0
#define SPACE ' '
#define SLOW 1 /* not decided by one byte */

/* What an ASCII byte becomes; a letter or digit, a space, or SLOW. */
/* clang-format off */
static const char ascii_map[256] = {
	[0] = SLOW,
	[1 ... '/'] = SPACE,
	['0'] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
	[':' ... '@'] = SPACE,
	['A'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm',
	        'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
	['[' ... '`'] = SPACE,
	['a'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm',
	        'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
	['{' ... 0x7f] = SPACE,
	[0x80 ... 0xff] = SLOW,
};
/* clang-format on */

/* Ranges beyond ASCII, sorted.  How a range is mapped: */
enum fold {
	FOLD_SPACE,
	FOLD_DROP,
	FOLD_ADD,       /* upper case: the lower case is `value` on */
	FOLD_EVEN,      /* upper case at even code points, lower case behind each */
	FOLD_ODD,       /* the same at odd ones */
	FOLD_TO,        /* all to `value` */
	FOLD_ASCII,     /* ASCII characters in disguise: the first is `value` */
	FOLD_ALPHABETS, /* alphabets of 52 letters, upper case first */
};

static const struct range {
	uint32_t first, last;
	enum fold fold;
	int value;
} ranges[] = {
	{0x80, 0xa9, FOLD_SPACE, 0},
	{0xab, 0xac, FOLD_SPACE, 0},
	{0xad, 0xad, FOLD_DROP, 0},
	{0xae, 0xb4, FOLD_SPACE, 0},
	{0xb6, 0xb9, FOLD_SPACE, 0},
	{0xbb, 0xbf, FOLD_SPACE, 0},
	{0xc0, 0xd6, FOLD_ADD, 32},
	{0xd7, 0xd7, FOLD_SPACE, 0},
	{0xd8, 0xde, FOLD_ADD, 32},
	{0xf7, 0xf7, FOLD_SPACE, 0},
	{0x100, 0x12f, FOLD_EVEN, 0},
	{0x130, 0x130, FOLD_TO, 'i'},
	{0x132, 0x137, FOLD_EVEN, 0},
	{0x139, 0x148, FOLD_ODD, 0},
	{0x14a, 0x177, FOLD_EVEN, 0},
	{0x178, 0x178, FOLD_TO, 0xff},
	{0x179, 0x17e, FOLD_ODD, 0},
	{0x17f, 0x17f, FOLD_TO, 's'},
	{0x218, 0x21b, FOLD_EVEN, 0},
	{0x2b0, 0x2ff, FOLD_DROP, 0},
	{0x300, 0x36f, FOLD_DROP, 0},
	{0x386, 0x386, FOLD_TO, 0x3ac},
	{0x388, 0x38a, FOLD_ADD, 37},
	{0x38c, 0x38c, FOLD_TO, 0x3cc},
	{0x38e, 0x38f, FOLD_ADD, 63},
	{0x391, 0x3ab, FOLD_ADD, 32},
	{0x3c2, 0x3c2, FOLD_TO, 0x3c3},
	{0x400, 0x40f, FOLD_ADD, 80},
	{0x410, 0x42f, FOLD_ADD, 32},
	{0x460, 0x481, FOLD_EVEN, 0},
	{0x48a, 0x4bf, FOLD_EVEN, 0},
	{0x4c1, 0x4ce, FOLD_ODD, 0},
	{0x4d0, 0x52f, FOLD_EVEN, 0},
	{0x531, 0x556, FOLD_ADD, 48},
	{0x60c, 0x60c, FOLD_SPACE, 0},
	{0x61b, 0x61f, FOLD_SPACE, 0},
	{0x180e, 0x180e, FOLD_DROP, 0},
	{0x1e00, 0x1e95, FOLD_EVEN, 0},
	{0x1ea0, 0x1eff, FOLD_EVEN, 0},
	{0x2000, 0x200a, FOLD_SPACE, 0},
	{0x200b, 0x200f, FOLD_DROP, 0},
	{0x2010, 0x2029, FOLD_SPACE, 0},
	{0x202a, 0x202e, FOLD_DROP, 0},
	{0x202f, 0x205f, FOLD_SPACE, 0},
	{0x2060, 0x206f, FOLD_DROP, 0},
	{0x20a0, 0x20cf, FOLD_SPACE, 0},
	{0x2190, 0x24b5, FOLD_SPACE, 0},
	{0x24b6, 0x24cf, FOLD_ASCII, 'a'},
	{0x24d0, 0x24e9, FOLD_ASCII, 'a'},
	{0x24ea, 0x2bff, FOLD_SPACE, 0},
	{0x3000, 0x3004, FOLD_SPACE, 0},
	{0x3008, 0x3020, FOLD_SPACE, 0},
	{0xe000, 0xf8ff, FOLD_SPACE, 0},
	{0xfe00, 0xfe0f, FOLD_DROP, 0},
	{0xfeff, 0xfeff, FOLD_DROP, 0},
	{0xff01, 0xff5e, FOLD_ASCII, '!'},
	{0xff5f, 0xff65, FOLD_SPACE, 0},
	{0xfff0, 0xffff, FOLD_SPACE, 0},
	{0x1d400, 0x1d6a3, FOLD_ALPHABETS, 0},
	{0x1f000, 0x1faff, FOLD_SPACE, 0},
	{0xe0000, 0xe0fff, FOLD_DROP, 0},
};

static uint32_t
apply(const struct range *r, uint32_t code)
{
	switch (r->fold) {
	case FOLD_SPACE:
		return SPACE;
	case FOLD_DROP:
		return DROPPED;
	case FOLD_ADD:
		return code + (uint32_t)r->value;
	case FOLD_EVEN:
		return code | 1;
	case FOLD_ODD:
		return code + (code & 1);
	case FOLD_TO:
		return (uint32_t)r->value;
	case FOLD_ASCII:
		return (uint8_t)ascii_map[(uint32_t)r->value + (code - r->first)];
	case FOLD_ALPHABETS:
		return 'a' + (code - r->first) % 26;
	}
	return code;
}

/* A code point above ASCII; SPACE and DROPPED as they say. */
static uint32_t
fold(uint32_t code)
{
	size_t low = 0, high = sizeof ranges / sizeof ranges[0];

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (code < ranges[middle].first)
			high = middle;
		else if (code > ranges[middle].last)
			low = middle + 1;
		else
			return apply(&ranges[middle], code);
	}
	return code;
}

static void
put_code(struct text_normal *n, uint32_t code, struct text_writer *w)
{
	if (code == DROPPED || (code == SPACE && n->last == SPACE))
		return;
	text_put_code(w, code);
	n->last = code < 0x80 ? (char)code : SLOW;
}

/* The character at the start of s, which is no ASCII: its length, or 0 where s ends in it. */
static size_t
decode(struct slice s, uint32_t *code)
{
	uint8_t lead = (uint8_t)s.ptr[0];
	size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

	*code = 0xfffd;
	if (lead < 0xc2 || lead > 0xf4)
		return lead == 0 ? (*code = DROPPED, 1) : 1;
	*code = lead & (0xffu >> (want + 1));
	for (size_t i = 1; i < want; i++) {
		if (i == s.len)
			return 0;
		if (((uint8_t)s.ptr[i] & 0xc0) != 0x80) {
			*code = 0xfffd;
			return i;
		}
		*code = *code << 6 | ((uint8_t)s.ptr[i] & 0x3f);
	}
	if (*code > 0x10ffff)
		*code = 0xfffd;
	return want;
}

/* ASCII from `at` on, as far as it goes and the step has room; returns where it stopped. */
static const char *
put_ascii(struct text_normal *n, const char *at, const char *end, struct text_writer *w)
{
	char *to = w->step + w->used;
	size_t room = sizeof w->step - w->used;
	char last = n->last;

	if ((size_t)(end - at) > room)
		end = at + room;
	for (; at < end; at++) {
		char c = ascii_map[(uint8_t)*at];

		if (c == SLOW)
			break;
		*to = c;
		to += !(c == SPACE && last == SPACE);
		last = c;
	}
	w->used = (size_t)(to - w->step);
	n->last = last;
	return at;
}

static void
take(struct text_normal *n, struct slice text, struct text_writer *w)
{
	const char *at = text.ptr, *end = text.ptr + text.len;

	while (at < end && !w->has_stopped) {
		uint32_t code;
		size_t len;

		if (w->used == sizeof w->step)
			text_flush(w);
		at = put_ascii(n, at, end, w);
		if (at == end || ascii_map[(uint8_t)*at] != SLOW)
			continue;
		len = decode(slice_make(at, (size_t)(end - at)), &code);
		if (len == 0) {
			n->carry_len = (uint8_t)(end - at);
			memcpy(n->carry, at, n->carry_len);
			return;
		}
		put_code(n, code ? fold(code) : DROPPED, w);
		at += len;
	}
}

void
text_normal_start(struct text_normal *n)
{
	*n = (struct text_normal){0};
}

bool
text_normal_push(struct text_normal *n, struct slice text, text_sink sink, void *context)
{
	struct text_writer w;

	text_writer_start(&w, sink, context);
	if (n->last == 0 && text.len)
		put_code(n, SPACE, &w);
	while (n->carry_len && text.len) {
		char joined[sizeof n->carry + 1];
		size_t len = n->carry_len;

		memcpy(joined, n->carry, len);
		joined[len] = text.ptr[0];
		text = slice_sub(text, 1, text.len);
		n->carry_len = 0;
		take(n, slice_make(joined, len + 1), &w);
	}
	take(n, text, &w);
	text_flush(&w);
	return !w.has_stopped;
}

bool
text_normal_finish(struct text_normal *n, text_sink sink, void *context)
{
	bool needs_space = n->last != SPACE && n->last != 0;

	n->carry_len = 0;
	n->last = SPACE;
	return !needs_space || sink(context, SLICE(" "));
}

struct collected {
	char *dst;
	size_t size, len;
};

static bool
collect(void *context, struct slice text)
{
	struct collected *c = context;

	if (text.len > c->size - c->len)
		return false;
	memcpy(c->dst + c->len, text.ptr, text.len);
	c->len += text.len;
	return true;
}

bool
text_normal_phrase(struct slice phrase, char *dst, size_t size, struct slice *out)
{
	/* As if in the middle of a word: a space at its start is given out, and none is added. */
	struct text_normal n = {.last = SLOW};
	struct collected c = {dst, size, 0};
	bool fits = text_normal_push(&n, phrase, collect, &c);

	*out = slice_make(dst, c.len);
	return fits;
}

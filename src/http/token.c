/* Character classes and comma lists.  See token.h. */
#include "http/token.h"

/* tchar of RFC 9110 section 5.6.2. */
const uint8_t http_token_table[256] = {
	['!'] = 1,
	['#'] = 1,
	['$'] = 1,
	['%'] = 1,
	['&'] = 1,
	['\''] = 1,
	['*'] = 1,
	['+'] = 1,
	['-'] = 1,
	['.'] = 1,
	['^'] = 1,
	['_'] = 1,
	['`'] = 1,
	['|'] = 1,
	['~'] = 1,
	['0' ... '9'] = 1,
	['A' ... 'Z'] = 1,
	['a' ... 'z'] = 1,
};

bool
http_is_token(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!http_is_tchar(s.ptr[i]))
			return false;
	return s.len > 0;
}

/* Eight bytes at a time: the high bit of each byte of the answer is set where that byte is below 0x20 or is 0x7f.
 * False alarms are possible above the first hit, never below it; HTAB is sorted out by the caller. */
static inline uint64_t
control_bytes(uint64_t word)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
	uint64_t below_space = (word - ones * 0x20) & ~word & tops;
	uint64_t is_del = word ^ (ones * 0x7f);

	return below_space | ((is_del - ones) & ~is_del & tops);
}

static inline bool
is_text_char(char c)
{
	return ((unsigned char)c >= 0x20 && c != 0x7f) || c == '\t';
}

/* Where the first marked byte of a word stands in memory. */
static inline int
first_marked(uint64_t marks)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return __builtin_ctzll(marks) / 8;
#else
	return __builtin_clzll(marks) / 8;
#endif
}

const char *
http_text_end(const char *at, const char *end)
{
	while (end - at >= 8) {
		uint64_t word, marks;

		memcpy(&word, at, sizeof word);
		marks = control_bytes(word);
		if (marks == 0) {
			at += 8;
			continue;
		}
		/* On a big-endian machine a borrow may mark a byte before the hit: every mark is looked at. */
		at += first_marked(marks);
		if (!is_text_char(*at))
			return at;
		at++;
	}
	while (at < end && is_text_char(*at))
		at++;
	return at;
}

bool
http_is_text(struct slice s)
{
	return s.len == 0 || http_text_end(s.ptr, s.ptr + s.len) == s.ptr + s.len;
}

bool
http_list_next(struct slice *rest, struct slice *member)
{
	while (slice_split(rest, ',', member)) {
		*member = slice_trim(*member);
		if (member->len)
			return true;
	}
	return false;
}

bool
http_list_has(struct slice list, struct slice token)
{
	struct slice member;

	while (http_list_next(&list, &member))
		if (slice_eq_nocase(member, token))
			return true;
	return false;
}

/* Which protocol the first bytes belong to.  See sniff.h. */
#include "peek/sniff.h"

#define TOKEN_MAX 32   /* the longest registered method has 17 bytes */
#define EMPTY_LINES 16 /* CR and LF that servers skip before a request line (RFC 9112 section 2.2) */

static const struct slice preface = {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24};

/* After one of these, anything but the name of another protocol is a request to refuse, not a protocol to relay. */
static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};

static bool
is_token(char c)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";

	return ascii_is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
	       (c != '\0' && strchr(marks, c) != NULL);
}

static bool
is_method(struct slice token)
{
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
		if (slice_eq_nocase(token, slice_of(methods[i])))
			return true;
	return false;
}

/* The part after the last white space of a line, white space at its end left out. */
static struct slice
last_word(struct slice line)
{
	size_t from;

	line = slice_trim(line);
	from = line.len;
	while (from > 0 && line.ptr[from - 1] != ' ' && line.ptr[from - 1] != '\t')
		from--;
	return slice_sub(line, from, line.len);
}

/* "RTSP/1.0", "SIP/2.0", "ICAP/1.0": letters, a slash, a digit. */
static bool
names_other_protocol(struct slice word)
{
	size_t slash = slice_find(word, '/');

	if (slash == 0 || slash + 1 >= word.len || !ascii_is_digit(word.ptr[slash + 1]))
		return false;
	for (size_t i = 0; i < slash; i++)
		if (ascii_lower(word.ptr[i]) < 'a' || ascii_lower(word.ptr[i]) > 'z')
			return false;
	return true;
}

/* A whole line, without its LF, whose first word is a token and ends before its end. */
static enum sniff_kind
kind_of_line(struct slice line, bool known_method)
{
	struct slice word;

	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	word = last_word(line);
	if (slice_starts_with_nocase(word, SLICE("HTTP/")))
		return SNIFF_HTTP1;
	return known_method && !names_other_protocol(word) ? SNIFF_HTTP1 : SNIFF_OTHER;
}

static enum parse
more(size_t total, size_t *need)
{
	*need = total;
	return PARSE_MORE;
}

static enum parse
done(enum sniff_kind answer, enum sniff_kind *kind)
{
	*kind = answer;
	return PARSE_DONE;
}

static enum parse
sniff_text(struct slice peeked, enum sniff_kind *kind, size_t *need)
{
	size_t start = 0, end, newline;
	struct slice line;
	bool known;

	while (start < peeked.len && start < EMPTY_LINES && (peeked.ptr[start] == '\r' || peeked.ptr[start] == '\n'))
		start++;
	line = slice_sub(peeked, start, start + SNIFF_LINE_MAX);
	for (end = 0; end < line.len && end <= TOKEN_MAX && is_token(line.ptr[end]); end++)
		;
	if (end == line.len && end <= TOKEN_MAX)
		return more(peeked.len + 1, need);
	if (end == 0 || end > TOKEN_MAX || (line.ptr[end] != ' ' && line.ptr[end] != '\t'))
		return done(SNIFF_OTHER, kind);

	known = is_method(slice_sub(line, 0, end));
	newline = slice_find(line, '\n');
	if (newline < line.len)
		return done(kind_of_line(slice_sub(line, 0, newline), known), kind);
	if (line.len == SNIFF_LINE_MAX)
		return done(known ? SNIFF_HTTP1 : SNIFF_OTHER, kind);
	if (known)
		*kind = SNIFF_HTTP1;
	return more(peeked.len + 1, need);
}

/* A ClientHello of SSL 2.0, or of a later version in its framing (RFC 5246 appendix E.2): two bytes of length, the
 * type 1, the version. */
static enum parse
sniff_ssl2(struct slice peeked, enum sniff_kind *kind, size_t *need)
{
	const uint8_t *at = (const uint8_t *)peeked.ptr;

	if (peeked.len < 3)
		return more(3, need);
	if (at[2] != 1)
		return done(SNIFF_OTHER, kind);
	if (peeked.len < 5)
		return more(5, need);
	return done((at[3] == 3 && at[4] <= 4) || (at[3] == 0 && at[4] == 2) ? SNIFF_TLS : SNIFF_OTHER, kind);
}

enum parse
sniff(struct slice peeked, enum sniff_kind *kind, size_t *need)
{
	const uint8_t *at = (const uint8_t *)peeked.ptr;

	*kind = SNIFF_OTHER;
	if (peeked.len == 0)
		return more(1, need);
	/* Content type handshake, major version 3; the minor version says nothing (RFC 8446 section 5.1). */
	if (at[0] == 0x16) {
		if (peeked.len < 2)
			return more(2, need);
		return done(at[1] == 3 ? SNIFF_TLS : SNIFF_OTHER, kind);
	}
	if (at[0] & 0x80)
		return sniff_ssl2(peeked, kind, need);
	if (slice_starts_with(preface, slice_sub(peeked, 0, preface.len))) {
		if (peeked.len >= preface.len)
			return done(SNIFF_HTTP2, kind);
		if (peeked.len > 4) /* "PRI *": no method of HTTP/1 is called so */
			*kind = SNIFF_HTTP2;
		return more(peeked.len + 1, need);
	}
	return sniff_text(peeked, kind, need);
}

const char *
sniff_kind_name(enum sniff_kind kind)
{
	static const char *const names[] = {
		[SNIFF_OTHER] = "other",
		[SNIFF_TLS] = "tls",
		[SNIFF_HTTP1] = "http/1",
		[SNIFF_HTTP2] = "http/2",
	};

	return names[kind];
}

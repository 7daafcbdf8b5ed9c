/* The splitter.  See multipart.h. */
#include "classify/multipart.h"

enum state {
	AT_START, /* the first boundary must come, without the line break in front of it */
	BEHIND,   /* behind a boundary: the rest of its line, or the "--" that ends the body */
	IN_HEAD,  /* of a part */
	IN_BODY,  /* of a part */
	AT_END,   /* behind the last boundary: nothing is read any more */
};

/* The value of a parameter of a field, without its quotes; empty where there is none. */
static struct slice
parameter(struct slice field, struct slice name)
{
	struct slice part;

	while (slice_split(&field, ';', &part)) {
		size_t equals = slice_find(part, '=');
		struct slice value;

		if (equals == part.len || !slice_eq_nocase(slice_trim(slice_sub(part, 0, equals)), name))
			continue;
		value = slice_trim(slice_sub(part, equals + 1, part.len));
		if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
			value = slice_sub(value, 1, value.len - 1);
		return value;
	}
	return SLICE_EMPTY;
}

bool
multipart_start(struct multipart *m, struct slice content_type)
{
	struct slice boundary = parameter(content_type, SLICE("boundary"));

	if (!slice_starts_with_nocase(content_type, SLICE("multipart/")) || boundary.len == 0 ||
		boundary.len > MULTIPART_BOUNDARY_MAX)
		return false;
	m->state = AT_START;
	m->head_len = 0;
	memcpy(m->delimiter, "\r\n--", 4);
	memcpy(m->delimiter + 4, boundary.ptr, boundary.len);
	m->delimiter_len = (uint8_t)(4 + boundary.len);
	m->matched = 2; /* the body's start counts as a line's */
	return true;
}

struct slice
multipart_taken(const struct multipart *m)
{
	return slice_make(m->delimiter + 2, m->matched - 2u);
}

/* The head is whole, or as long as one may be. */
static void
begin_part(struct multipart *m, const struct multipart_sink *sink)
{
	struct multipart_part part = {SLICE_EMPTY, SLICE_EMPTY};
	struct slice head = slice_make(m->head, m->head_len), line;

	while (slice_split(&head, '\n', &line)) {
		size_t colon = slice_find(line, ':');
		struct slice name = slice_sub(line, 0, colon), value = slice_trim(slice_sub(line, colon + 1, line.len));

		if (slice_ends_with(value, SLICE("\r")))
			value.len--;
		if (slice_eq_nocase(name, SLICE("content-type")))
			part.content_type = value;
		else if (slice_eq_nocase(name, SLICE("content-disposition")))
			part.filename = parameter(value, SLICE("filename"));
	}
	sink->begin(sink->context, &part);
	m->state = IN_BODY;
	m->matched = 0;
}

/* A part's head ends with an empty line; one that ends with the first line had no field at all. */
static bool
head_is_whole(const struct multipart *m)
{
	struct slice head = slice_make(m->head, m->head_len);

	return slice_ends_with(head, SLICE("\r\n\r\n")) || slice_ends_with(head, SLICE("\n\n")) ||
	       slice_eq(head, SLICE("\r\n")) || slice_eq(head, SLICE("\n"));
}

static const char *
in_head(struct multipart *m, const char *at, const char *end, const struct multipart_sink *sink)
{
	while (at < end) {
		m->head[m->head_len++] = *at++;
		if (m->head_len == sizeof m->head || head_is_whole(m)) {
			begin_part(m, sink);
			break;
		}
	}
	return at;
}

/* The first two bytes behind a boundary say whether it was the last; the rest of the line says nothing. */
static const char *
behind(struct multipart *m, const char *at, const char *end)
{
	for (; at < end; at++) {
		if (m->head_len < 2)
			m->head[m->head_len++] = *at;
		if (m->head_len == 2 && m->head[0] == '-' && m->head[1] == '-') {
			m->state = AT_END;
			return end;
		}
		if (*at == '\n') {
			m->state = IN_HEAD;
			m->head_len = 0;
			return at + 1;
		}
	}
	return at;
}

static const char *
in_body(struct multipart *m, const char *at, const char *end, const struct multipart_sink *sink)
{
	const char *from = at;

	if (m->matched == 0) {
		const char *cr = memchr(at, '\r', (size_t)(end - at));

		at = cr ? cr : end;
		if (at > from)
			sink->data(sink->context, slice_make(from, (size_t)(at - from)));
		if (at == end)
			return end;
	}
	while (at < end && m->matched < m->delimiter_len) {
		if (*at != m->delimiter[m->matched]) {
			/* It was none.  A boundary has no CR but its first, so none can begin within. */
			sink->data(sink->context, slice_make(m->delimiter, m->matched));
			m->matched = 0;
			return at;
		}
		m->matched++;
		at++;
	}
	if (m->matched == m->delimiter_len) {
		sink->end(sink->context);
		m->state = BEHIND;
		m->head_len = 0;
	}
	return at;
}

static const char *
at_start(struct multipart *m, const char *at, const char *end, bool *is_bad)
{
	for (; at < end && m->matched < m->delimiter_len; at++, m->matched++) {
		if (*at != m->delimiter[m->matched]) {
			*is_bad = true;
			return at;
		}
	}
	if (m->matched == m->delimiter_len) {
		m->state = BEHIND;
		m->head_len = 0;
	}
	return at;
}

enum parse
multipart_push(struct multipart *m, struct slice bytes, const struct multipart_sink *sink)
{
	const char *at = bytes.ptr, *end = bytes.ptr + bytes.len;
	uint8_t before = m->matched;
	bool is_bad = false;

	while (at < end && m->state != AT_END && !is_bad) {
		switch ((enum state)m->state) {
		case AT_START:
			at = at_start(m, at, end, &is_bad);
			break;
		case BEHIND:
			at = behind(m, at, end);
			break;
		case IN_HEAD:
			at = in_head(m, at, end, sink);
			break;
		case IN_BODY:
			at = in_body(m, at, end, sink);
			break;
		case AT_END:
			break;
		}
	}
	if (!is_bad)
		return PARSE_MORE;
	m->matched = before; /* the caller has the bytes of this push */
	return PARSE_BAD;
}

void
multipart_finish(struct multipart *m, const struct multipart_sink *sink)
{
	if (m->state == IN_HEAD && m->head_len)
		begin_part(m, sink);
	if (m->state == IN_BODY) {
		if (m->matched)
			sink->data(sink->context, slice_make(m->delimiter, m->matched));
		sink->end(sink->context);
	}
	m->state = AT_END;
}

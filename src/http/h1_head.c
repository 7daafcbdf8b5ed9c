/* The HTTP/1 head parser.  See h1_head.h. */
#include "http/h1_head.h"

#include "http/token.h"
#include "http/uri.h"

#define METHOD_MAX 32

/* ---- finding the end ---- */

/* While the first line is incomplete, a request line above its own limit has an answer of its own. */
static enum http_error
overlong_error(const struct h1_scan *scan, struct slice bytes, const struct h1_head_limits *limits, bool is_request)
{
	if (is_request && scan->line == 0 && bytes.len > limits->target_max + METHOD_MAX + sizeof " HTTP/1.1\r\n")
		return HTTP_ERR_URI_TOO_LONG;
	return bytes.len > limits->head_max ? HTTP_ERR_TOO_LARGE : HTTP_OK;
}

static enum parse
section_find(struct h1_scan *scan, struct slice bytes, const struct h1_head_limits *limits, bool is_request,
	size_t first, size_t *len, enum http_error *error)
{
	while (scan->at < bytes.len) {
		const char *lf = memchr(bytes.ptr + scan->at, '\n', bytes.len - scan->at);
		size_t end;

		if (lf == NULL) {
			scan->at = bytes.len;
			break;
		}
		end = (size_t)(lf - bytes.ptr);
		scan->at = end + 1;
		if (end == scan->line || bytes.ptr[end - 1] != '\r') {
			*error = HTTP_ERR_PROTOCOL;
			return PARSE_BAD;
		}
		if (end - 1 == scan->line && scan->line >= first) {
			*len = end + 1;
			*error = *len > limits->head_max ? HTTP_ERR_TOO_LARGE : HTTP_OK;
			return *error ? PARSE_BAD : PARSE_DONE;
		}
		/* An empty first line: one is skipped before a request, none before anything else. */
		if (end - 1 == scan->line && (!is_request || scan->line > 0)) {
			*error = HTTP_ERR_PROTOCOL;
			return PARSE_BAD;
		}
		scan->line = end + 1;
	}
	*error = overlong_error(scan, bytes, limits, is_request);
	return *error ? PARSE_BAD : PARSE_MORE;
}

enum parse
h1_head_find(struct h1_scan *scan, struct slice bytes, const struct h1_head_limits *limits, bool is_request,
	size_t *len, enum http_error *error)
{
	/* An empty line can end a head only where a start line came before it. */
	size_t first = 1;

	if (is_request && bytes.len >= 2 && bytes.ptr[0] == '\r' && bytes.ptr[1] == '\n')
		first = 3;
	return section_find(scan, bytes, limits, is_request, first, len, error);
}

enum parse
h1_trailers_find(struct h1_scan *scan, struct slice bytes, const struct h1_head_limits *limits, size_t *len,
	enum http_error *error)
{
	return section_find(scan, bytes, limits, false, 0, len, error);
}

/* ---- fields ---- */

/* One "name: value CRLF" from *at on; leaves *at after it. */
static bool
field_parse(const char **at, const char *end, struct slice *name, struct slice *value)
{
	const char *start = *at, *p = start;
	const char *text;

	while (p < end && http_is_tchar(*p))
		p++;
	if (p == start || p == end || *p != ':')
		return false;
	*name = slice_make(start, (size_t)(p - start));
	text = p + 1;
	p = http_text_end(text, end);
	if (end - p < 2 || p[0] != '\r' || p[1] != '\n')
		return false;
	*value = slice_trim(slice_make(text, (size_t)(p - text)));
	*at = p + 2;
	return true;
}

static enum http_error
fields_parse(const char *at, const char *end, const struct h1_head_limits *limits, struct http_message *m)
{
	while (end - at > 2) {
		struct slice name, value;

		if (!field_parse(&at, end, &name, &value))
			return HTTP_ERR_PROTOCOL;
		if (m->field_count >= limits->field_max)
			return HTTP_ERR_TOO_LARGE;
		if (!http_message_add(m, name, value))
			return HTTP_ERR_INTERNAL;
	}
	/* What is left must be the empty line itself. */
	return end - at == 2 && at[0] == '\r' && at[1] == '\n' ? HTTP_OK : HTTP_ERR_PROTOCOL;
}

/* What Connection says of this connection (RFC 9112 section 9.3). */
static void
connection_apply(struct http_message *m, struct slice list)
{
	struct slice option;

	while (http_list_next(&list, &option)) {
		if (slice_eq_nocase(option, SLICE("close")))
			m->keep_alive = false;
		else if (slice_eq_nocase(option, SLICE("upgrade")))
			m->is_upgrade = true;
	}
}

static void
connection_read(struct http_message *m)
{
	m->keep_alive = m->version == HTTP_VERSION_1_1;
	if (m->version == HTTP_VERSION_1_0)
		for (size_t i = 0; i < m->field_count; i++)
			if (m->fields[i].id == HTTP_FIELD_CONNECTION &&
				http_list_has(m->fields[i].value, SLICE("keep-alive")))
				m->keep_alive = true;
	/* "close" wins over whatever else is said. */
	for (size_t i = 0; i < m->field_count; i++)
		if (m->fields[i].id == HTTP_FIELD_CONNECTION)
			connection_apply(m, m->fields[i].value);
	/* HTTP/1.0 knows no Upgrade (RFC 9110 section 7.8); on a response only 101 is one. */
	if (!m->is_request)
		m->is_upgrade = m->status == 101;
	else if (m->version == HTTP_VERSION_1_0 || http_message_find(m, HTTP_FIELD_UPGRADE) == NULL)
		m->is_upgrade = false;
}

/* ---- start lines ---- */

/* "HTTP/1.1" or "HTTP/1.0"; another version that is well written is told apart from nonsense. */
static enum http_error
version_parse(struct slice text, enum http_version *version)
{
	if (slice_eq(text, SLICE("HTTP/1.1")))
		*version = HTTP_VERSION_1_1;
	else if (slice_eq(text, SLICE("HTTP/1.0")))
		*version = HTTP_VERSION_1_0;
	else if (text.len == 8 && slice_starts_with(text, SLICE("HTTP/")) && ascii_is_digit(text.ptr[5]) &&
		 text.ptr[6] == '.' && ascii_is_digit(text.ptr[7]))
		return HTTP_ERR_VERSION;
	else
		return HTTP_ERR_PROTOCOL;
	return HTTP_OK;
}

/* The path that goes on the wire: never empty. */
static bool
target_take(const struct http_target *target, struct http_message *m)
{
	m->authority = target->authority;
	m->path = target->path;
	if (target->form != HTTP_TARGET_ABSOLUTE || slice_starts_with(target->path, SLICE("/")))
		return true;
	if (target->path.len == 0)
		m->path = m->method == HTTP_METHOD_OPTIONS ? SLICE("*") : SLICE("/");
	else
		m->path = arena_printf(m->arena, "/%.*s", SLICE_ARG(target->path));
	return m->path.ptr != NULL;
}

static enum http_error
request_line_parse(struct slice line, const struct h1_head_limits *limits, struct slice scheme, struct http_message *m)
{
	size_t first = slice_find(line, ' ');
	struct slice rest = slice_sub(line, first + 1, line.len);
	size_t second = slice_find(rest, ' ');
	struct slice text = slice_sub(rest, 0, second);
	struct http_target target;
	enum http_error error;

	m->method_text = slice_sub(line, 0, first);
	if (first == line.len || second == rest.len || !http_is_token(m->method_text))
		return HTTP_ERR_PROTOCOL;
	error = version_parse(slice_sub(rest, second + 1, rest.len), &m->version);
	if (error)
		return error;
	if (m->method_text.len > METHOD_MAX || http_method_is_confusable(m->method_text))
		return HTTP_ERR_UNSUPPORTED;
	if (text.len > limits->target_max)
		return HTTP_ERR_URI_TOO_LONG;
	m->method = http_method_lookup(m->method_text);
	m->scheme = scheme;
	if (!http_target_parse(text, m->method, &target))
		return HTTP_ERR_PROTOCOL;
	if (target.scheme.len && !slice_eq(target.scheme, scheme))
		return HTTP_ERR_PROTOCOL;
	return target_take(&target, m) ? HTTP_OK : HTTP_ERR_INTERNAL;
}

/* Takes Host out of the fields and into the authority (RFC 9112 section 3.2). */
static enum http_error
host_take(struct http_message *m)
{
	struct http_authority authority;
	struct slice host = SLICE_EMPTY;
	unsigned count = 0;
	size_t kept = 0;

	for (size_t i = 0; i < m->field_count; i++) {
		if (m->fields[i].id == HTTP_FIELD_HOST) {
			host = m->fields[i].value;
			count++;
		} else {
			m->fields[kept++] = m->fields[i];
		}
	}
	m->field_count = kept;
	if (count > 1 || (count == 0 && m->version == HTTP_VERSION_1_1))
		return HTTP_ERR_PROTOCOL;
	if (count == 0)
		return HTTP_OK;
	if (!http_authority_parse(host, &authority))
		return HTTP_ERR_PROTOCOL;
	if (m->authority.len && !http_authority_eq(m->authority, host, m->scheme))
		return HTTP_ERR_PROTOCOL;
	if (m->method != HTTP_METHOD_CONNECT)
		m->authority = host;
	return HTTP_OK;
}

/* The only expectation there is; anything near it is refused, for its readers differ (RFC 9110 section 10.1.1). */
static enum http_error
expect_read(struct http_message *m)
{
	unsigned count = 0;

	for (size_t i = 0; i < m->field_count; i++) {
		if (m->fields[i].id != HTTP_FIELD_EXPECT)
			continue;
		if (++count > 1 || !slice_eq_nocase(m->fields[i].value, SLICE("100-continue")))
			return HTTP_ERR_PROTOCOL;
	}
	m->expects_continue = count == 1 && m->version == HTTP_VERSION_1_1;
	return HTTP_OK;
}

/* Copies the head and cuts off its start line: *line without CRLF, *rest from the first field on. */
static enum http_error
head_take(struct slice head, const struct h1_head_limits *limits, struct http_message *m, struct slice *line,
	struct slice *rest)
{
	const char *lf;

	if (head.len > limits->head_max)
		return HTTP_ERR_TOO_LARGE;
	head = arena_copy(m->arena, head);
	if (head.ptr == NULL)
		return HTTP_ERR_INTERNAL;
	if (m->is_request && slice_starts_with(head, SLICE("\r\n")))
		head = slice_sub(head, 2, head.len);
	lf = head.len ? memchr(head.ptr, '\n', head.len) : NULL;
	if (lf == NULL || lf == head.ptr || lf[-1] != '\r')
		return HTTP_ERR_PROTOCOL;
	*line = slice_make(head.ptr, (size_t)(lf - head.ptr) - 1);
	*rest = slice_sub(head, line->len + 2, head.len);
	return HTTP_OK;
}

enum http_error
h1_request_parse(struct slice head, const struct h1_head_limits *limits, struct slice scheme, struct http_message *m)
{
	struct slice line, rest;
	enum http_error error = head_take(head, limits, m, &line, &rest);

	if (error == HTTP_OK)
		error = request_line_parse(line, limits, scheme, m);
	if (error == HTTP_OK)
		error = fields_parse(rest.ptr, rest.ptr + rest.len, limits, m);
	if (error == HTTP_OK)
		error = host_take(m);
	if (error == HTTP_OK)
		error = expect_read(m);
	if (error == HTTP_OK)
		connection_read(m);
	return error;
}

/* "HTTP/1.1 200 OK"; the SP before an empty reason may be missing: the line is written anew anyway. */
static enum http_error
status_line_parse(struct slice line, struct http_message *m)
{
	enum http_error error = version_parse(slice_sub(line, 0, 8), &m->version);
	struct slice code = slice_sub(line, 9, 12);
	uint64_t status;

	if (error)
		return error;
	if (line.len < 12 || line.ptr[8] != ' ' || !slice_to_u64(code, &status) || status < 100)
		return HTTP_ERR_PROTOCOL;
	if (line.len > 12 && line.ptr[12] != ' ')
		return HTTP_ERR_PROTOCOL;
	m->status = (unsigned)status;
	m->reason = slice_sub(line, 13, line.len);
	return http_is_text(m->reason) ? HTTP_OK : HTTP_ERR_PROTOCOL;
}

enum http_error
h1_response_parse(struct slice head, const struct h1_head_limits *limits, struct http_message *m)
{
	struct slice line, rest;
	enum http_error error = head_take(head, limits, m, &line, &rest);

	if (error == HTTP_OK)
		error = status_line_parse(line, m);
	if (error == HTTP_OK)
		error = fields_parse(rest.ptr, rest.ptr + rest.len, limits, m);
	if (error == HTTP_OK)
		connection_read(m);
	return error;
}

enum http_error
h1_trailers_parse(struct slice section, const struct h1_head_limits *limits, struct http_message *m)
{
	if (section.len > limits->head_max)
		return HTTP_ERR_TOO_LARGE;
	section = arena_copy(m->arena, section);
	if (section.ptr == NULL)
		return HTTP_ERR_INTERNAL;
	return fields_parse(section.ptr, section.ptr + section.len, limits, m);
}

/* The HTTP/1 writer.  See h1_write.h. */
#include "http/h1_write.h"

#include "http/token.h"

/* Fields that only this file writes. */
static const bool is_ours[HTTP_FIELD_COUNT] = {
	[HTTP_FIELD_CONNECTION] = true,
	[HTTP_FIELD_CONTENT_LENGTH] = true,
	[HTTP_FIELD_HTTP2_SETTINGS] = true,
	[HTTP_FIELD_KEEP_ALIVE] = true,
	[HTTP_FIELD_PROXY_CONNECTION] = true,
	[HTTP_FIELD_TRANSFER_ENCODING] = true,
	[HTTP_FIELD_UPGRADE] = true,
};

/* A writer into reserved memory: the size was computed before, so nothing is checked twice. */
struct pen {
	char *at;
};

static inline void
pen_put(struct pen *pen, struct slice s)
{
	if (s.len)
		memcpy(pen->at, s.ptr, s.len);
	pen->at += s.len;
}

/* Known names are right by definition; others come from the wire and are looked at again, so that no bug elsewhere can
 * split a message. */
static bool
field_is_writable(const struct http_field *f)
{
	return (f->id != HTTP_FIELD_OTHER || http_is_token(f->name)) && http_is_text(f->value);
}

static inline bool
field_is_copied(const struct http_field *f, bool is_request)
{
	return !is_ours[f->id] && !(is_request && f->id == HTTP_FIELD_HOST);
}

/* Bytes of the copied fields; 0 in *ok where one cannot be written. */
static size_t
fields_size(const struct http_message *m, bool *ok)
{
	size_t size = 0;

	for (size_t i = 0; i < m->field_count; i++) {
		const struct http_field *f = &m->fields[i];

		if (!field_is_copied(f, m->is_request))
			continue;
		if (!field_is_writable(f))
			*ok = false;
		size += f->name.len + f->value.len + 4;
	}
	return size;
}

static void
fields_put(struct pen *pen, const struct http_message *m)
{
	for (size_t i = 0; i < m->field_count; i++) {
		const struct http_field *f = &m->fields[i];

		if (!field_is_copied(f, m->is_request))
			continue;
		pen_put(pen, f->name);
		pen_put(pen, SLICE(": "));
		pen_put(pen, f->value);
		pen_put(pen, SLICE("\r\n"));
	}
}

/* The fields that frame the message and its connection, as text. */
struct own_fields {
	char text[320];
	size_t len;
};

static void
own_add(struct own_fields *own, struct slice s)
{
	if (s.len > sizeof own->text - own->len)
		return;
	memcpy(own->text + own->len, s.ptr, s.len);
	own->len += s.len;
}

static void
own_add_length(struct own_fields *own, uint64_t length)
{
	char digits[20];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + length % 10);
	while ((length /= 10) != 0);
	own_add(own, SLICE("Content-Length: "));
	own_add(own, slice_make(digits + at, sizeof digits - at));
	own_add(own, SLICE("\r\n"));
}

static void
own_add_body(struct own_fields *own, const struct http_message *m, enum http_body_kind body)
{
	if (body == HTTP_BODY_LENGTH)
		own_add_length(own, m->content_length);
	else if (body == HTTP_BODY_CHUNKED)
		own_add(own, SLICE("Transfer-Encoding: chunked\r\n"));
}

/* Upgrade is written only where the model says that this is one; its value is one short token by then. */
static void
own_add_connection(struct own_fields *own, const struct http_message *m, enum h1_connection connection)
{
	struct slice upgrade = http_message_value(m, HTTP_FIELD_UPGRADE);

	if (m->is_upgrade && http_is_token(upgrade) && upgrade.len <= 32) {
		own_add(own, SLICE("Connection: Upgrade\r\nUpgrade: "));
		own_add(own, upgrade);
		own_add(own, SLICE("\r\n"));
		return;
	}
	if (connection == H1_CONNECTION_CLOSE)
		own_add(own, SLICE("Connection: close\r\n"));
	else if (connection == H1_CONNECTION_KEEP_ALIVE)
		own_add(own, SLICE("Connection: keep-alive\r\n"));
	/* RFC 9110 section 10.1.4: who sends TE names it in Connection. */
	if (m->is_request && http_message_find(m, HTTP_FIELD_TE))
		own_add(own, SLICE("Connection: TE\r\n"));
}

/* One reservation for the whole head: start line, its Host, our own fields, the copied ones, the empty line. */
static bool
head_write(struct buffer *out, const struct slice *start, size_t parts, const struct own_fields *own,
	const struct http_message *m)
{
	bool ok = true;
	size_t size = own->len + 2 + fields_size(m, &ok);
	struct pen pen;
	char *to;

	for (size_t i = 0; i < parts; i++)
		size += start[i].len;
	to = ok ? buffer_reserve(out, size) : NULL;
	if (to == NULL)
		return false;
	pen.at = to;
	for (size_t i = 0; i < parts; i++)
		pen_put(&pen, start[i]);
	fields_put(&pen, m);
	pen_put(&pen, slice_make(own->text, own->len));
	pen_put(&pen, SLICE("\r\n"));
	buffer_commit(out, size);
	return true;
}

static bool
target_is_writable(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] <= ' ' || s.ptr[i] == 0x7f)
			return false;
	return true;
}

bool
h1_write_request(struct buffer *out, const struct http_message *m, enum h1_connection connection)
{
	struct slice target = m->method == HTTP_METHOD_CONNECT ? m->authority : m->path;
	const struct slice start[] = {
		m->method_text, SLICE(" "), target, SLICE(" HTTP/1.1\r\nHost: "), m->authority, SLICE("\r\n")};
	struct own_fields own = {.len = 0};

	if (!http_is_token(m->method_text) || target.len == 0 || !target_is_writable(target) ||
		!target_is_writable(m->authority))
		return false;
	own_add_body(&own, m, m->body);
	own_add_connection(&own, m, connection);
	return head_write(out, start, sizeof start / sizeof start[0], &own, m);
}

static bool
status_has_no_length(unsigned status)
{
	return status < 200 || status == 204 || status == 304;
}

bool
h1_write_response(struct buffer *out, const struct http_message *m, enum http_body_kind body,
	enum h1_connection connection, bool to_head)
{
	struct slice promised = http_message_value(m, HTTP_FIELD_CONTENT_LENGTH);
	char status[] = {(char)('0' + m->status / 100 % 10), (char)('0' + m->status / 10 % 10),
		(char)('0' + m->status % 10), ' '};
	struct slice reason = m->reason.len ? m->reason : slice_of(http_status_reason(m->status));
	const struct slice start[] = {SLICE("HTTP/1.1 "), slice_make(status, sizeof status), reason, SLICE("\r\n")};
	struct own_fields own = {.len = 0};
	uint64_t length;

	if (m->status < 100 || m->status > 999 || !http_is_text(reason))
		return false;
	own_add_body(&own, m, body);
	if (body == HTTP_BODY_NONE && (to_head || m->status == 304)) {
		if (m->body == HTTP_BODY_LENGTH)
			own_add_length(&own, m->content_length);
		else if (promised.len && promised.len < 20 && slice_to_u64(promised, &length))
			own_add_length(&own, length);
	} else if (body == HTTP_BODY_NONE && !status_has_no_length(m->status)) {
		own_add_length(&own, 0);
	}
	own_add_connection(&own, m, connection);
	return head_write(out, start, sizeof start / sizeof start[0], &own, m);
}

size_t
h1_chunk_head(char dst[H1_CHUNK_HEAD_MAX], uint64_t n)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = 1;

	while (len < 16 && n >> (4 * len))
		len++;
	for (size_t i = 0; i < len; i++)
		dst[i] = digits[n >> (4 * (len - 1 - i)) & 0xf];
	dst[len] = '\r';
	dst[len + 1] = '\n';
	return len + 2;
}

bool
h1_write_last_chunk(struct buffer *out, const struct http_message *trailers)
{
	const struct slice start = SLICE("0\r\n");
	const struct own_fields own = {.len = 0};
	struct http_message none = {.is_request = false};

	return head_write(out, &start, 1, &own, trailers ? trailers : &none);
}

/* HTTP/2 heads: the model from fields as they are decoded, the checks that nghttp2 leaves to us (SEC-136), and the way
 * back. See h2_conn.h. */
#include "http/framing.h"
#include "http/h2_conn.h"
#include "http/semantics.h"
#include "http/token.h"
#include "http/uri.h"

/* What a field costs beside its bytes: RFC 9113 section 10.5.1. */
#define FIELD_OVERHEAD 32
#define SENT_FIELDS_MAX 512

/* ---- receiving ---- */

static bool
pseudo_add(struct http_message *m, struct slice name, struct slice value)
{
	uint64_t status;

	if (slice_eq(name, SLICE(":method"))) {
		m->method_text = value;
		m->method = http_method_lookup(value);
		return http_is_token(value);
	}
	if (slice_eq(name, SLICE(":path")))
		m->path = value;
	else if (slice_eq(name, SLICE(":authority")))
		m->authority = value;
	else if (slice_eq(name, SLICE(":scheme")))
		m->scheme = value;
	else if (slice_eq(name, SLICE(":protocol")))
		m->protocol = value;
	else if (slice_eq(name, SLICE(":status"))) {
		if (value.len != 3 || !slice_to_u64(value, &status) || status < 100)
			return false;
		m->status = (unsigned)status;
	} else {
		return false;
	}
	return true;
}

static bool
name_is_lower_token(struct slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!http_is_tchar(name.ptr[i]) || (name.ptr[i] >= 'A' && name.ptr[i] <= 'Z'))
			return false;
	return name.len > 0;
}

bool
h2_head_add(struct h2_stream *s, struct slice name, struct slice value, bool is_trailer)
{
	struct http_message *m = s->head;
	enum http_field_id id = http_field_lookup(name);

	value = arena_copy(m->arena, value);
	if (value.ptr == NULL || !http_is_text(value))
		return false;
	if (name.len && name.ptr[0] == ':')
		return !is_trailer && pseudo_add(m, name, value);
	if (id != HTTP_FIELD_OTHER)
		return http_message_add_id(m, id, value);
	name = arena_copy(m->arena, name);
	return name.ptr && name_is_lower_token(name) && http_message_add(m, name, value);
}

/* Host says the same as :authority or stands in for it, and is then taken out (RFC 9113 section 8.3.1). */
static bool
host_take(struct http_message *m)
{
	struct http_authority authority;
	unsigned count = 0;
	size_t kept = 0;

	for (size_t i = 0; i < m->field_count; i++) {
		struct http_field field = m->fields[i];

		if (field.id != HTTP_FIELD_HOST) {
			m->fields[kept++] = field;
			continue;
		}
		if (++count > 1)
			return false;
		if (m->authority.len == 0)
			m->authority = field.value;
		else if (!http_authority_eq(m->authority, field.value, m->scheme))
			return false;
	}
	m->field_count = kept;
	return http_authority_parse(m->authority, &authority);
}

/* Fields of a connection mean nothing here and are what translation to HTTP/1 is fooled with (RFC 9113 section 8.2.2).
 */
static bool
has_connection_fields(const struct http_message *m)
{
	for (size_t i = 0; i < m->field_count; i++) {
		const struct http_field *f = &m->fields[i];

		switch (f->id) {
		case HTTP_FIELD_CONNECTION:
		case HTTP_FIELD_KEEP_ALIVE:
		case HTTP_FIELD_PROXY_CONNECTION:
		case HTTP_FIELD_TRANSFER_ENCODING:
		case HTTP_FIELD_UPGRADE:
			return true;
		case HTTP_FIELD_TE:
			if (!slice_eq_nocase(f->value, SLICE("trailers")))
				return true;
			break;
		default:
			break;
		}
	}
	return false;
}

static bool
path_is_valid(const struct http_message *m)
{
	enum http_method method = m->protocol.len ? HTTP_METHOD_GET : m->method;
	struct http_target target;

	return http_target_parse(m->path, method, &target) &&
	       (target.form == HTTP_TARGET_ORIGIN || target.form == HTTP_TARGET_ASTERISK);
}

enum http_error
h2_request_check(struct h2_conn *c, struct http_message *m, bool ends_here)
{
	const struct http_field *expect = http_message_find(m, HTTP_FIELD_EXPECT);

	m->version = HTTP_VERSION_2;
	m->keep_alive = true;
	/* CONNECT opens WebSockets and nothing else (SEC-109). */
	if (m->method == HTTP_METHOD_CONNECT && !http_is_websocket(m))
		return HTTP_ERR_UNSUPPORTED;
	if (http_method_is_confusable(m->method_text))
		return HTTP_ERR_UNSUPPORTED;
	if (m->method != HTTP_METHOD_CONNECT && m->protocol.len)
		return HTTP_ERR_PROTOCOL;
	if (m->method_text.len == 0 || m->method_text.len > 32 || !slice_eq(m->scheme, c->base.scheme))
		return HTTP_ERR_PROTOCOL;
	if (has_connection_fields(m) || !host_take(m) || !path_is_valid(m))
		return HTTP_ERR_PROTOCOL;
	if (m->path.len > c->base.limits->target_max)
		return HTTP_ERR_URI_TOO_LONG;
	if (expect && !slice_eq_nocase(expect->value, SLICE("100-continue")))
		return HTTP_ERR_PROTOCOL;
	m->expects_continue = expect != NULL && !ends_here;
	return http_framing_request(m, ends_here);
}

enum http_error
h2_response_check(struct http_message *m, enum http_method method, bool ends_here)
{
	m->version = HTTP_VERSION_2;
	m->keep_alive = true;
	if (m->status < 100 || m->status == 101 || has_connection_fields(m))
		return HTTP_ERR_PROTOCOL;
	if (m->status < 200 && ends_here)
		return HTTP_ERR_PROTOCOL;
	return http_framing_response(m, method, method == HTTP_METHOD_CONNECT, ends_here);
}

/* ---- sending ---- */

static const bool is_not_sent[HTTP_FIELD_COUNT] = {
	[HTTP_FIELD_CONNECTION] = true,
	[HTTP_FIELD_CONTENT_LENGTH] = true,
	[HTTP_FIELD_HOST] = true,
	[HTTP_FIELD_HTTP2_SETTINGS] = true,
	[HTTP_FIELD_KEEP_ALIVE] = true,
	[HTTP_FIELD_PROXY_CONNECTION] = true,
	[HTTP_FIELD_TRANSFER_ENCODING] = true,
	[HTTP_FIELD_UPGRADE] = true,
};

/* The fields of one HEADERS frame, on the stack.  nghttp2 copies what it is not told to leave. */
struct header_list {
	nghttp2_nv nv[SENT_FIELDS_MAX]; /* 20 KiB that nobody sets to zero */
	size_t count;
	bool overflow;
};

static void
list_begin(struct header_list *list)
{
	list->count = 0;
	list->overflow = false;
}

static void
list_add(struct header_list *list, struct slice name, struct slice value, uint8_t flags)
{
	if (list->count == SENT_FIELDS_MAX) {
		list->overflow = true;
		return;
	}
	list->nv[list->count++] = (nghttp2_nv){
		.name = (uint8_t *)(uintptr_t)name.ptr,
		.value = (uint8_t *)(uintptr_t)value.ptr,
		.namelen = name.len,
		.valuelen = value.len,
		.flags = flags,
	};
}

/* Names of the table are static; the others are copied, and made lower case, by nghttp2. */
static void
list_add_fields(struct header_list *list, const struct http_message *m)
{
	for (size_t i = 0; i < m->field_count; i++) {
		const struct http_field *f = &m->fields[i];
		/* Cookies are indexed, as browsers do: they come with each request. */
		uint8_t secret = f->id == HTTP_FIELD_AUTHORIZATION ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;

		if (is_not_sent[f->id])
			continue;
		if (f->id != HTTP_FIELD_OTHER)
			list_add(list, http_field_name(f->id), f->value, secret | NGHTTP2_NV_FLAG_NO_COPY_NAME);
		else
			list_add(list, f->name, f->value, secret);
	}
}

static void
list_add_pseudo(struct header_list *list, struct slice name, struct slice value)
{
	list_add(list, name, value, NGHTTP2_NV_FLAG_NO_COPY_NAME);
}

static void
list_add_length(struct header_list *list, const struct http_message *m, char text[24])
{
	struct slice promised = http_message_value(m, HTTP_FIELD_CONTENT_LENGTH);
	uint64_t length = m->content_length;
	size_t at = 24;

	if (m->body != HTTP_BODY_LENGTH) {
		/* HEAD and 304 tell what is not sent. */
		if (m->is_request || m->body != HTTP_BODY_NONE || !http_content_length_parse(promised, &length))
			return;
	}
	do
		text[--at] = (char)('0' + length % 10);
	while ((length /= 10) != 0);
	list_add(list, SLICE("content-length"), slice_make(text + at, 24 - at), NGHTTP2_NV_FLAG_NO_COPY_NAME);
}

static int
request_submit(
	struct h2_conn *c, struct h2_stream *s, const struct header_list *list, const nghttp2_data_provider *data)
{
	int32_t id = nghttp2_submit_request(c->session, NULL, list->nv, list->count, data, s);

	if (id < 0)
		return id;
	s->base.id = (uint32_t)id;
	return 0;
}

int
h2_head_submit(struct h2_conn *c, struct h2_stream *s, const struct http_message *m, bool end)
{
	struct header_list list;
	nghttp2_data_provider provider = {.source.ptr = s, .read_callback = h2_data_read};
	const nghttp2_data_provider *data = end ? NULL : &provider;
	int32_t id = (int32_t)s->base.id;
	char status[3], length[24];

	list_begin(&list);
	if (m->is_request) {
		list_add_pseudo(&list, SLICE(":method"), m->method_text);
		if (m->method == HTTP_METHOD_CONNECT)
			list_add_pseudo(&list, SLICE(":protocol"), m->protocol);
		list_add_pseudo(&list, SLICE(":scheme"), c->base.scheme);
		list_add_pseudo(&list, SLICE(":authority"), m->authority);
		list_add_pseudo(&list, SLICE(":path"), m->path);
	} else {
		status[0] = (char)('0' + m->status / 100 % 10);
		status[1] = (char)('0' + m->status / 10 % 10);
		status[2] = (char)('0' + m->status % 10);
		list_add_pseudo(&list, SLICE(":status"), slice_make(status, sizeof status));
	}
	list_add_length(&list, m, length);
	list_add_fields(&list, m);
	if (list.overflow || (m->protocol.len && !c->base.allows_websocket))
		return NGHTTP2_ERR_INVALID_ARGUMENT;
	if (m->is_request)
		return request_submit(c, s, &list, data);
	if (m->status < 200)
		return nghttp2_submit_headers(c->session, NGHTTP2_FLAG_NONE, id, NULL, list.nv, list.count, NULL);
	return nghttp2_submit_response(c->session, id, list.nv, list.count, data);
}

int
h2_trailers_submit(struct h2_conn *c, struct h2_stream *s, const struct http_message *m)
{
	struct header_list list;

	list_begin(&list);
	list_add_fields(&list, m);
	if (list.overflow)
		return NGHTTP2_ERR_INVALID_ARGUMENT;
	return nghttp2_submit_trailer(c->session, (int32_t)s->base.id, list.nv, list.count);
}

/* Transformations of messages on their way through.  See semantics.h. */
#include "http/semantics.h"

#include "http/token.h"

enum {
	HOP = 1,     /* belongs to one connection, or would lead past the proxy: never forwarded */
	NOMINAL = 2, /* not forwarded when Connection names it; every other known field is protected from that trick */
};

/* Fields that end here.  TE and Upgrade are rewritten before this table is applied. */
static const uint8_t roles[HTTP_FIELD_COUNT] = {
	[HTTP_FIELD_OTHER] = NOMINAL,
	[HTTP_FIELD_CONNECTION] = HOP,
	[HTTP_FIELD_EARLY_DATA] = HOP, /* RFC 8470: we accept none, so nobody may say so */
	[HTTP_FIELD_HTTP2_SETTINGS] = HOP,
	[HTTP_FIELD_KEEP_ALIVE] = HOP,
	[HTTP_FIELD_PROXY_AUTHENTICATE] = HOP,
	[HTTP_FIELD_PROXY_AUTHORIZATION] = HOP,
	[HTTP_FIELD_PROXY_CONNECTION] = HOP,
	[HTTP_FIELD_TRANSFER_ENCODING] = HOP,
};

/* True where a Connection field of m names this one. */
static bool
connection_names(const struct http_message *m, struct slice name)
{
	for (size_t i = 0; i < m->field_count; i++)
		if (m->fields[i].id == HTTP_FIELD_CONNECTION && http_list_has(m->fields[i].value, name))
			return true;
	return false;
}

/* Most Connection fields say keep-alive, close or upgrade, and then no field has to be compared with them. */
static bool
connection_names_fields(const struct http_message *m)
{
	for (size_t i = 0; i < m->field_count; i++) {
		struct slice rest = m->fields[i].value, option;

		if (m->fields[i].id != HTTP_FIELD_CONNECTION)
			continue;
		while (http_list_next(&rest, &option))
			if (!slice_eq_nocase(option, SLICE("keep-alive")) && !slice_eq_nocase(option, SLICE("close")) &&
				!slice_eq_nocase(option, SLICE("upgrade")) && !slice_eq_nocase(option, SLICE("te")))
				return true;
	}
	return false;
}

/* "Proxy" and "Proxy-*" of a request: said to a proxy, which we are; an origin behind CGI would read the first as a
 * setting of its own (httpoxy).  In responses Proxy-Status is the client's (RFC 9209). */
static bool
is_said_to_proxies(const struct http_message *m, const struct http_field *field)
{
	return m->is_request && field->id == HTTP_FIELD_OTHER && field->name.len >= 5 &&
	       (field->name.ptr[0] == 'p' || field->name.ptr[0] == 'P') &&
	       slice_starts_with_nocase(field->name, SLICE("proxy")) &&
	       (field->name.len == 5 || field->name.ptr[5] == '-');
}

static void
hop_by_hop_remove(struct http_message *m)
{
	bool compare = connection_names_fields(m);
	size_t kept = 0;

	/* Connection fields must stay readable while others are compared with them: mark first, then compact. */
	for (size_t i = 0; compare && i < m->field_count; i++)
		if (roles[m->fields[i].id] == NOMINAL && connection_names(m, m->fields[i].name))
			m->fields[i].id = HTTP_FIELD_KEEP_ALIVE;
	for (size_t i = 0; i < m->field_count; i++)
		if (roles[m->fields[i].id] != HOP && !is_said_to_proxies(m, &m->fields[i]))
			m->fields[kept++] = m->fields[i];
	m->field_count = kept;
}

bool
http_is_websocket(const struct http_message *m)
{
	if (m->method == HTTP_METHOD_CONNECT)
		return slice_eq_nocase(m->protocol, SLICE("websocket"));
	return m->is_upgrade && m->method == HTTP_METHOD_GET && m->body == HTTP_BODY_NONE &&
	       http_list_has(http_message_value(m, HTTP_FIELD_UPGRADE), SLICE("websocket"));
}

/* Of a request's Upgrade only WebSocket is left; h2c in particular would hide what follows (SEC-109). */
static bool
upgrade_rewrite(struct http_message *m)
{
	bool is_websocket = http_is_websocket(m);

	http_message_remove(m, HTTP_FIELD_UPGRADE);
	m->is_upgrade = is_websocket && m->method == HTTP_METHOD_GET;
	return !m->is_upgrade || http_message_add_id(m, HTTP_FIELD_UPGRADE, SLICE("websocket"));
}

/* "TE: trailers" is the one member that can be promised for the next hop. */
static bool
te_rewrite(struct http_message *m)
{
	bool trailers = false;

	for (size_t i = 0; i < m->field_count; i++)
		if (m->fields[i].id == HTTP_FIELD_TE && http_list_has(m->fields[i].value, SLICE("trailers")))
			trailers = true;
	http_message_remove(m, HTTP_FIELD_TE);
	return !trailers || http_message_add_id(m, HTTP_FIELD_TE, SLICE("trailers"));
}

static const char *
received_protocol(const struct http_message *m)
{
	return http_version_name(m->version);
}

static bool
add_printed(struct http_message *m, struct slice name, struct slice value)
{
	return value.ptr && http_message_add(m, name, value);
}

static bool
via_add(struct http_message *m, const struct http_forwarding *f)
{
	return add_printed(
		m, SLICE("Via"), arena_printf(m->arena, "%s %.*s", received_protocol(m), SLICE_ARG(f->name)));
}

static bool
forwarding_add(struct http_message *m, const struct http_forwarding *f)
{
	bool is_v6 = slice_find(f->client, ':') < f->client.len;

	if (f->x_forwarded_for && !add_printed(m, SLICE("X-Forwarded-For"), arena_copy(m->arena, f->client)))
		return false;
	if (f->forwarded) {
		struct slice value = arena_printf(m->arena, is_v6 ? "for=\"[%.*s]\";proto=%.*s" : "for=%.*s;proto=%.*s",
			SLICE_ARG(f->client), SLICE_ARG(m->scheme));

		if (!add_printed(m, SLICE("Forwarded"), value))
			return false;
	}
	return !f->via || via_add(m, f);
}

bool
http_cookies_join(struct http_message *m)
{
	size_t count = 0, total = 0, first = 0, kept = 0;
	char *joined;
	size_t at = 0;

	for (size_t i = 0; i < m->field_count; i++) {
		if (m->fields[i].id != HTTP_FIELD_COOKIE)
			continue;
		if (count++ == 0)
			first = i;
		total += m->fields[i].value.len + 2;
	}
	if (count < 2)
		return true;
	joined = arena_alloc(m->arena, total);
	if (joined == NULL)
		return false;
	for (size_t i = 0; i < m->field_count; i++) {
		struct http_field field = m->fields[i];

		if (field.id == HTTP_FIELD_COOKIE) {
			if (at) {
				memcpy(joined + at, "; ", 2);
				at += 2;
			}
			memcpy(joined + at, field.value.ptr, field.value.len);
			at += field.value.len;
			if (i != first)
				continue;
		}
		m->fields[kept++] = field;
	}
	m->field_count = kept;
	m->fields[first].value = slice_make(joined, at);
	return true;
}

/* Max-Forwards, where it means something and can be read; false where not. */
static bool
max_forwards(const struct http_message *m, struct http_field **field, uint64_t *left)
{
	if (m->method != HTTP_METHOD_OPTIONS && m->method != HTTP_METHOD_TRACE)
		return false;
	*field = (struct http_field *)(uintptr_t)http_message_find_name(m, SLICE("max-forwards"));
	return *field && slice_to_u64((*field)->value, left);
}

bool
http_request_ends_here(const struct http_message *m)
{
	struct http_field *field;
	uint64_t left;

	return max_forwards(m, &field, &left) && left == 0;
}

static bool
forwards_count(struct http_message *m)
{
	struct http_field *field;
	uint64_t left;

	if (!max_forwards(m, &field, &left) || left == 0)
		return true;
	field->value = arena_printf(m->arena, "%llu", (unsigned long long)(left - 1));
	return field->value.ptr != NULL;
}

bool
http_request_to_upstream(struct http_message *m, enum http_version to, struct slice fallback_authority,
	const struct http_forwarding *forwarding)
{
	bool has_te = http_message_find(m, HTTP_FIELD_TE) != NULL;
	bool has_upgrade = m->is_upgrade || http_message_find(m, HTTP_FIELD_UPGRADE) != NULL;

	if (has_upgrade && !upgrade_rewrite(m))
		return false;
	hop_by_hop_remove(m);
	if (has_te && !te_rewrite(m))
		return false;
	/* Who has nothing to send, or speaks HTTP/1.0, cannot wait for 100. */
	if (!m->expects_continue || m->body == HTTP_BODY_NONE) {
		http_message_remove(m, HTTP_FIELD_EXPECT);
		m->expects_continue = false;
	}
	if (m->authority.len == 0)
		m->authority = fallback_authority;
	if (to != HTTP_VERSION_2 && !http_cookies_join(m))
		return false;
	if (!forwards_count(m))
		return false;
	return forwarding == NULL || forwarding_add(m, forwarding);
}

/* Cuts the next alternative off an Alt-Svc value; commas inside quotes do not count (RFC 7838 section 3). */
static bool
alternative_next(struct slice *rest, struct slice *member)
{
	bool quoted = false;
	size_t i;

	if (rest->len == 0)
		return false;
	for (i = 0; i < rest->len; i++) {
		if (rest->ptr[i] == '\\' && quoted)
			i++;
		else if (rest->ptr[i] == '"')
			quoted = !quoted;
		else if (rest->ptr[i] == ',' && !quoted)
			break;
	}
	*member = slice_trim(slice_sub(*rest, 0, i));
	*rest = slice_sub(*rest, i + 1, rest->len);
	return true;
}

/* HTTP/3 and its drafts ("h3", "h3-29", "hq", "quic"): protocols that would go past the interception (SEC-118). */
static bool
alternative_is_quic(struct slice member)
{
	return slice_starts_with_nocase(member, SLICE("h3")) || slice_starts_with_nocase(member, SLICE("hq")) ||
	       slice_starts_with_nocase(member, SLICE("quic"));
}

/* Leaves the alternatives that do not use QUIC; false when memory is out. */
static bool
alt_svc_filter(struct http_message *m, struct http_field *field)
{
	struct slice rest = field->value, member;
	char *kept = arena_alloc(m->arena, 2 * field->value.len + 2); /* a comma may become comma and space */
	size_t at = 0;

	if (kept == NULL)
		return false;
	while (alternative_next(&rest, &member)) {
		if (member.len == 0 || alternative_is_quic(member))
			continue;
		if (at) {
			memcpy(kept + at, ", ", 2);
			at += 2;
		}
		memcpy(kept + at, member.ptr, member.len);
		at += member.len;
	}
	field->value = slice_make(kept, at);
	return true;
}

static bool
alt_svc_rewrite(struct http_message *m)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->field_count; i++) {
		struct http_field field = m->fields[i];

		if (field.id == HTTP_FIELD_ALT_SVC) {
			if (!alt_svc_filter(m, &field))
				return false;
			if (field.value.len == 0)
				continue;
		}
		m->fields[kept++] = field;
	}
	m->field_count = kept;
	return true;
}

bool
http_response_to_client(struct http_message *m, const struct http_forwarding *forwarding)
{
	if (m->status != 101)
		http_message_remove(m, HTTP_FIELD_UPGRADE);
	hop_by_hop_remove(m);
	if (http_message_find(m, HTTP_FIELD_ALT_SVC) && !alt_svc_rewrite(m))
		return false;
	return forwarding == NULL || !forwarding->via || via_add(m, forwarding);
}

void
http_trailers_filter(struct http_message *m)
{
	static const struct slice prefixes[] = {{"if-", 3}, {"sec-", 4}, {"proxy-", 6}, {"access-control-", 15},
		{"content-", 8}, {"x-forwarded-", 12}, {"strict-transport-", 17}, {"authentication-", 15}};
	size_t kept = 0;

	for (size_t i = 0; i < m->field_count; i++) {
		const struct http_field *field = &m->fields[i];
		bool refused = field->id != HTTP_FIELD_OTHER;

		for (size_t k = 0; k < sizeof prefixes / sizeof prefixes[0]; k++)
			refused |= slice_starts_with_nocase(field->name, prefixes[k]);
		if (!refused)
			m->fields[kept++] = *field;
	}
	m->field_count = kept;
}

bool
http_websocket_to_h1(struct http_message *m, struct slice key)
{
	m->method = HTTP_METHOD_GET;
	m->method_text = SLICE("GET");
	m->protocol = SLICE_EMPTY;
	m->body = HTTP_BODY_NONE;
	m->is_upgrade = true;
	return http_message_add_id(m, HTTP_FIELD_UPGRADE, SLICE("websocket")) &&
	       http_message_add_id(m, HTTP_FIELD_SEC_WEBSOCKET_KEY, key);
}

bool
http_websocket_to_h2(struct http_message *m)
{
	http_message_remove(m, HTTP_FIELD_UPGRADE);
	http_message_remove(m, HTTP_FIELD_SEC_WEBSOCKET_KEY);
	m->method = HTTP_METHOD_CONNECT;
	m->method_text = SLICE("CONNECT");
	m->protocol = SLICE("websocket");
	m->body = HTTP_BODY_CHUNKED;
	m->is_upgrade = false;
	return true;
}

bool
http_websocket_answer_to_h2(struct http_message *m)
{
	size_t kept = 0;

	if (m->status != 101)
		return true;
	for (size_t i = 0; i < m->field_count; i++)
		if (m->fields[i].id != HTTP_FIELD_UPGRADE &&
			!slice_eq_nocase(m->fields[i].name, SLICE("sec-websocket-accept")))
			m->fields[kept++] = m->fields[i];
	m->field_count = kept;
	m->status = 200;
	m->reason = SLICE_EMPTY;
	m->is_upgrade = false;
	return true;
}

bool
http_websocket_answer_to_h1(struct http_message *m, struct slice accept)
{
	if (m->status != 200)
		return true;
	m->status = 101;
	m->reason = SLICE_EMPTY;
	m->is_upgrade = true;
	return http_message_add_id(m, HTTP_FIELD_UPGRADE, SLICE("websocket")) &&
	       http_message_add(m, SLICE("Sec-WebSocket-Accept"), accept);
}

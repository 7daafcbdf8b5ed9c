/* The message model: fields by order and by kind, and the tables of field names, methods and reasons.  See message.h.
 */
#include "http/message.h"

#define FIRST_FIELDS 16

/* Each field with its first and last letter: with the length they make a perfect hash of these names (a name that is
 * added may need other factors below; the compiler then warns of an overwritten slot). */
#define FIELDS(X)                                               \
	X(ACCEPT, 'a', 't', "accept")                           \
	X(ACCEPT_ENCODING, 'a', 'g', "accept-encoding")         \
	X(ALT_SVC, 'a', 'c', "alt-svc")                         \
	X(AUTHORIZATION, 'a', 'n', "authorization")             \
	X(CACHE_CONTROL, 'c', 'l', "cache-control")             \
	X(CONNECTION, 'c', 'n', "connection")                   \
	X(CONTENT_DISPOSITION, 'c', 'n', "content-disposition") \
	X(CONTENT_ENCODING, 'c', 'g', "content-encoding")       \
	X(CONTENT_LENGTH, 'c', 'h', "content-length")           \
	X(CONTENT_RANGE, 'c', 'e', "content-range")             \
	X(CONTENT_TYPE, 'c', 'e', "content-type")               \
	X(COOKIE, 'c', 'e', "cookie")                           \
	X(DATE, 'd', 'e', "date")                               \
	X(EARLY_DATA, 'e', 'a', "early-data")                   \
	X(EXPECT, 'e', 't', "expect")                           \
	X(FORWARDED, 'f', 'd', "forwarded")                     \
	X(HOST, 'h', 't', "host")                               \
	X(HTTP2_SETTINGS, 'h', 's', "http2-settings")           \
	X(KEEP_ALIVE, 'k', 'e', "keep-alive")                   \
	X(LOCATION, 'l', 'n', "location")                       \
	X(PROXY_AUTHENTICATE, 'p', 'e', "proxy-authenticate")   \
	X(PROXY_AUTHORIZATION, 'p', 'n', "proxy-authorization") \
	X(PROXY_CONNECTION, 'p', 'n', "proxy-connection")       \
	X(RANGE, 'r', 'e', "range")                             \
	X(REFERER, 'r', 'r', "referer")                         \
	X(SEC_FETCH_DEST, 's', 't', "sec-fetch-dest")           \
	X(SEC_WEBSOCKET_KEY, 's', 'y', "sec-websocket-key")     \
	X(SERVER, 's', 'r', "server")                           \
	X(SET_COOKIE, 's', 'e', "set-cookie")                   \
	X(TE, 't', 'e', "te")                                   \
	X(TRAILER, 't', 'r', "trailer")                         \
	X(TRANSFER_ENCODING, 't', 'g', "transfer-encoding")     \
	X(UPGRADE, 'u', 'e', "upgrade")                         \
	X(USER_AGENT, 'u', 't', "user-agent")                   \
	X(VIA, 'v', 'a', "via")                                 \
	X(WWW_AUTHENTICATE, 'w', 'e', "www-authenticate")       \
	X(X_FORWARDED_FOR, 'x', 'r', "x-forwarded-for")

#define SLOTS 64
#define SLOT(len, first, last) (((len)*6u + (first)*28u + (last)*15u) % SLOTS)

static const struct slice field_names[HTTP_FIELD_COUNT] = {[HTTP_FIELD_OTHER] = {"", 0},
#define X(id, first, last, name) [HTTP_FIELD_##id] = {name, sizeof(name) - 1},
	FIELDS(X)
#undef X
};

static const uint8_t field_slots[SLOTS] = {
#define X(id, first, last, name) [SLOT(sizeof(name) - 1, first, last)] = HTTP_FIELD_##id,
	FIELDS(X)
#undef X
};

static const struct slice method_names[] = {
	[HTTP_METHOD_OTHER] = {"", 0},
	[HTTP_METHOD_GET] = {"GET", 3},
	[HTTP_METHOD_HEAD] = {"HEAD", 4},
	[HTTP_METHOD_POST] = {"POST", 4},
	[HTTP_METHOD_PUT] = {"PUT", 3},
	[HTTP_METHOD_DELETE] = {"DELETE", 6},
	[HTTP_METHOD_CONNECT] = {"CONNECT", 7},
	[HTTP_METHOD_OPTIONS] = {"OPTIONS", 7},
	[HTTP_METHOD_TRACE] = {"TRACE", 5},
	[HTTP_METHOD_PATCH] = {"PATCH", 5},
};

/* RFC 9110 section 15, and the few of other documents that are met in the wild. */
static const struct {
	unsigned status;
	const char *reason;
} reasons[] = {
	{100, "Continue"},
	{101, "Switching Protocols"},
	{103, "Early Hints"},
	{200, "OK"},
	{201, "Created"},
	{202, "Accepted"},
	{203, "Non-Authoritative Information"},
	{204, "No Content"},
	{205, "Reset Content"},
	{206, "Partial Content"},
	{300, "Multiple Choices"},
	{301, "Moved Permanently"},
	{302, "Found"},
	{303, "See Other"},
	{304, "Not Modified"},
	{307, "Temporary Redirect"},
	{308, "Permanent Redirect"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{406, "Not Acceptable"},
	{407, "Proxy Authentication Required"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{410, "Gone"},
	{411, "Length Required"},
	{412, "Precondition Failed"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{416, "Range Not Satisfiable"},
	{417, "Expectation Failed"},
	{421, "Misdirected Request"},
	{422, "Unprocessable Content"},
	{425, "Too Early"},
	{426, "Upgrade Required"},
	{428, "Precondition Required"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{451, "Unavailable For Legal Reasons"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{505, "HTTP Version Not Supported"},
	{511, "Network Authentication Required"},
};

void
http_message_init(struct http_message *m, struct arena *arena, bool is_request)
{
	*m = (struct http_message){
		.arena = arena,
		.version = HTTP_VERSION_1_1,
		.is_request = is_request,
		.method_text = SLICE_EMPTY,
		.scheme = SLICE_EMPTY,
		.authority = SLICE_EMPTY,
		.path = SLICE_EMPTY,
		.protocol = SLICE_EMPTY,
		.reason = SLICE_EMPTY,
	};
}

static bool
message_grow(struct http_message *m)
{
	size_t capacity = m->field_capacity ? m->field_capacity * 2 : FIRST_FIELDS;
	struct http_field *fields = arena_alloc(m->arena, capacity * sizeof *fields);

	if (fields == NULL)
		return false;
	if (m->field_count)
		memcpy(fields, m->fields, m->field_count * sizeof *fields);
	m->fields = fields;
	m->field_capacity = capacity;
	return true;
}

static bool
message_append(struct http_message *m, enum http_field_id id, struct slice name, struct slice value)
{
	if (m->field_count == m->field_capacity && !message_grow(m))
		return false;
	m->fields[m->field_count++] = (struct http_field){id, name, value};
	return true;
}

bool
http_message_add(struct http_message *m, struct slice name, struct slice value)
{
	return message_append(m, http_field_lookup(name), name, value);
}

bool
http_message_add_id(struct http_message *m, enum http_field_id id, struct slice value)
{
	return message_append(m, id, field_names[id], value);
}

const struct http_field *
http_message_find(const struct http_message *m, enum http_field_id id)
{
	for (size_t i = 0; i < m->field_count; i++)
		if (m->fields[i].id == id)
			return &m->fields[i];
	return NULL;
}

const struct http_field *
http_message_find_name(const struct http_message *m, struct slice name)
{
	for (size_t i = 0; i < m->field_count; i++)
		if (slice_eq_nocase(m->fields[i].name, name))
			return &m->fields[i];
	return NULL;
}

void
http_message_remove(struct http_message *m, enum http_field_id id)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->field_count; i++)
		if (m->fields[i].id != id)
			m->fields[kept++] = m->fields[i];
	m->field_count = kept;
}

struct slice
http_message_value(const struct http_message *m, enum http_field_id id)
{
	const struct http_field *field = http_message_find(m, id);

	return field ? field->value : SLICE_EMPTY;
}

/* Eight bytes without case.  Setting bit 5 makes letters lower and leaves '-' and digits; that no control character is
 * taken for one of these is looked at as well. */
static inline bool
word_matches(const char *name, const char *known)
{
	const uint64_t cases = 0x2020202020202020u, tops = 0x8080808080808080u;
	uint64_t a, b;

	memcpy(&a, name, sizeof a);
	memcpy(&b, known, sizeof b);
	return (a | cases) == b && ((a - cases) & ~a & tops) == 0;
}

/* The lengths are equal. */
static bool
name_matches(struct slice name, struct slice known)
{
	size_t at;

	if (name.len < 8)
		return slice_eq_nocase(name, known);
	for (at = 0; at + 8 <= name.len; at += 8)
		if (!word_matches(name.ptr + at, known.ptr + at))
			return false;
	/* The last word overlaps the one before. */
	return word_matches(name.ptr + name.len - 8, known.ptr + known.len - 8);
}

enum http_field_id
http_field_lookup(struct slice name)
{
	enum http_field_id id;

	if (name.len < 2)
		return HTTP_FIELD_OTHER;
	id = field_slots[SLOT(
		name.len, (unsigned char)ascii_lower(name.ptr[0]), (unsigned char)ascii_lower(name.ptr[name.len - 1]))];
	if (field_names[id].len != name.len || !name_matches(name, field_names[id]))
		return HTTP_FIELD_OTHER;
	return id;
}

struct slice
http_field_name(enum http_field_id id)
{
	return field_names[id];
}

enum http_method
http_method_lookup(struct slice text)
{
	for (size_t i = 1; i < sizeof method_names / sizeof method_names[0]; i++)
		if (slice_eq(text, method_names[i]))
			return (enum http_method)i;
	return HTTP_METHOD_OTHER;
}

bool
http_method_is_confusable(struct slice text)
{
	if (http_method_lookup(text) != HTTP_METHOD_OTHER)
		return false;
	for (size_t i = 1; i < sizeof method_names / sizeof method_names[0]; i++)
		if (slice_eq_nocase(text, method_names[i]))
			return true;
	return false;
}

struct slice
http_method_name(enum http_method method)
{
	return method_names[method];
}

const char *
http_version_name(enum http_version version)
{
	static const char *const names[] = {
		[HTTP_VERSION_1_0] = "1.0",
		[HTTP_VERSION_1_1] = "1.1",
		[HTTP_VERSION_2] = "2",
	};

	return names[version];
}

const char *
http_status_reason(unsigned status)
{
	size_t low = 0, high = sizeof reasons / sizeof reasons[0];

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (reasons[middle].status < status)
			low = middle + 1;
		else
			high = middle;
	}
	return low < sizeof reasons / sizeof reasons[0] && reasons[low].status == status ? reasons[low].reason : "";
}

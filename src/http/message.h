/* One HTTP message head, whatever the version on the wire: HTTP/1.1 and HTTP/2 parsers make it, writers of both render
 * it, policy looks at it.  All slices and the field array live in the arena of the stream that read it (or of
 * whoever builds it).  No bytes of the wire survive beside this model: a forwarded message is written from it. */
#ifndef SLUICE_HTTP_MESSAGE_H
#define SLUICE_HTTP_MESSAGE_H

#include "base/arena.h"

enum http_version { HTTP_VERSION_1_0, HTTP_VERSION_1_1, HTTP_VERSION_2 };

enum http_method {
	HTTP_METHOD_OTHER, /* an extension method: see method_text */
	HTTP_METHOD_GET,
	HTTP_METHOD_HEAD,
	HTTP_METHOD_POST,
	HTTP_METHOD_PUT,
	HTTP_METHOD_DELETE,
	HTTP_METHOD_CONNECT,
	HTTP_METHOD_OPTIONS,
	HTTP_METHOD_TRACE,
	HTTP_METHOD_PATCH,
};

/* Fields that the proxy itself looks at; every other is HTTP_FIELD_OTHER. The table is in message.c. */
enum http_field_id {
	HTTP_FIELD_OTHER,
	HTTP_FIELD_ACCEPT,
	HTTP_FIELD_ACCEPT_ENCODING,
	HTTP_FIELD_ALT_SVC,
	HTTP_FIELD_AUTHORIZATION,
	HTTP_FIELD_CACHE_CONTROL,
	HTTP_FIELD_CONNECTION,
	HTTP_FIELD_CONTENT_DISPOSITION,
	HTTP_FIELD_CONTENT_ENCODING,
	HTTP_FIELD_CONTENT_LENGTH,
	HTTP_FIELD_CONTENT_RANGE,
	HTTP_FIELD_CONTENT_TYPE,
	HTTP_FIELD_COOKIE,
	HTTP_FIELD_DATE,
	HTTP_FIELD_EARLY_DATA,
	HTTP_FIELD_EXPECT,
	HTTP_FIELD_FORWARDED,
	HTTP_FIELD_HOST,
	HTTP_FIELD_HTTP2_SETTINGS,
	HTTP_FIELD_KEEP_ALIVE,
	HTTP_FIELD_LOCATION,
	HTTP_FIELD_PROXY_AUTHENTICATE,
	HTTP_FIELD_PROXY_AUTHORIZATION,
	HTTP_FIELD_PROXY_CONNECTION,
	HTTP_FIELD_RANGE,
	HTTP_FIELD_REFERER,
	HTTP_FIELD_SEC_FETCH_DEST,
	HTTP_FIELD_SEC_WEBSOCKET_KEY,
	HTTP_FIELD_SERVER,
	HTTP_FIELD_SET_COOKIE,
	HTTP_FIELD_TE,
	HTTP_FIELD_TRAILER,
	HTTP_FIELD_TRANSFER_ENCODING,
	HTTP_FIELD_UPGRADE,
	HTTP_FIELD_USER_AGENT,
	HTTP_FIELD_VIA,
	HTTP_FIELD_WWW_AUTHENTICATE,
	HTTP_FIELD_X_FORWARDED_FOR,
	HTTP_FIELD_COUNT,
};

struct http_field {
	enum http_field_id id;
	struct slice name;  /* as received; lower case on HTTP/2 */
	struct slice value; /* without surrounding white space */
};

/* How the body's end is known: decided once, by the framing gate (http/framing.h). */
enum http_body_kind {
	HTTP_BODY_NONE,        /* no body: nothing follows the head */
	HTTP_BODY_LENGTH,      /* content_length bytes */
	HTTP_BODY_CHUNKED,     /* its end is signalled in band (chunked, END_STREAM); trailers may follow */
	HTTP_BODY_UNTIL_CLOSE, /* HTTP/1 response without framing */
	HTTP_BODY_TUNNEL,      /* after 101 or an extended CONNECT's 2xx: opaque bytes both ways */
};

struct http_message {
	struct arena *arena; /* borrowed: where the slices live */
	enum http_version version;
	bool is_request;
	/* request */
	enum http_method method;
	struct slice method_text;
	struct slice scheme;    /* "http" or "https"; from the connection where the wire does not say */
	struct slice authority; /* host[:port], checked and without userinfo */
	struct slice path;      /* path and query, "*" for OPTIONS * */
	struct slice protocol;  /* :protocol of an extended CONNECT (RFC 8441), else empty */
	/* response */
	unsigned status;
	struct slice reason; /* HTTP/1 only; never relied on */
	/* fields in the order of the wire, without pseudo-fields; Host is in `authority`, not here */
	struct http_field *fields;
	size_t field_count;
	size_t field_capacity;
	/* framing */
	enum http_body_kind body;
	uint64_t content_length; /* where body is HTTP_BODY_LENGTH */
	/* HTTP/1 connection semantics */
	bool keep_alive; /* the connection may carry another message after this one */
	bool is_upgrade; /* request: Upgrade named in Connection; response: 101 */
	bool expects_continue;
};

void http_message_init(struct http_message *m, struct arena *arena, bool is_request);
/* Appends; name and value are borrowed and must live in the arena (or be static).  False when memory is out. */
bool http_message_add(struct http_message *m, struct slice name, struct slice value);
bool http_message_add_id(struct http_message *m, enum http_field_id id, struct slice value);
/* The first field of that kind, or NULL.  Known ids only. */
const struct http_field *http_message_find(const struct http_message *m, enum http_field_id id);
const struct http_field *http_message_find_name(const struct http_message *m, struct slice name);
/* Removes every field of that kind; keeps the order of the rest. */
void http_message_remove(struct http_message *m, enum http_field_id id);
/* The value of the first field of that kind, or the empty slice. */
struct slice http_message_value(const struct http_message *m, enum http_field_id id);

enum http_field_id http_field_lookup(struct slice name);
struct slice http_field_name(enum http_field_id id); /* lower case */
enum http_method http_method_lookup(struct slice text);
/* True for "get", "Head" and the like: no such methods to us (RFC 9110 section 9.1), but some servers take them for
 * those that they resemble, and answer "head" without a body. */
bool http_method_is_confusable(struct slice text);
struct slice http_method_name(enum http_method method);
const char *http_version_name(enum http_version version); /* "1.0", "1.1", "2" */
const char *http_status_reason(unsigned status);

#endif

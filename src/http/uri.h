/* Request targets and authorities (RFC 9112 section 3.2, RFC 3986 section 3.2), read strictly: what one server might
 * read differently from another is refused, so that the name that policy judges is the name that the origin sees.
 * Nothing here decodes percent escapes or resolves names.  Pure; slices of the answers borrow from the input. */
#ifndef SLUICE_HTTP_URI_H
#define SLUICE_HTTP_URI_H

#include "base/host_name.h"
#include "http/message.h"

enum http_host_kind { HTTP_HOST_NAME, HTTP_HOST_IPV4, HTTP_HOST_IPV6 };

struct http_authority {
	struct slice host; /* as written, without brackets, a trailing dot kept */
	enum http_host_kind kind;
	uint16_t port; /* 0 where none is written */
};

/* host [":" port], host being a name (host_name.h), dotted IPv4, or [IPv6].
 * Refused: userinfo, empty host or port, port 0, zone identifiers, percent escapes, any other character. */
bool http_authority_parse(struct slice text, struct http_authority *out);
/* The port, or the scheme's own where none is written. */
uint16_t http_authority_port(const struct http_authority *a, struct slice scheme);
/* The one form in which hosts are compared: lower case, no trailing dot, IPv6 after RFC 5952.  Written to dst as a
 * C string and returned as a slice of it. */
struct slice http_authority_host(const struct http_authority *a, char dst[HOST_NAME_LEN_MAX + 1]);
/* Same host and same effective port. */
bool http_authority_eq(struct slice a, struct slice b, struct slice scheme);

/* The host of a request head for policy, in its canonical form in dst, and its effective port.
 * False where the head has no authority (HTTP/1.0 without Host) or one that does not parse. */
bool http_message_host(
	const struct http_message *m, char dst[HOST_NAME_LEN_MAX + 1], struct slice *host, uint16_t *port);

enum http_target_form { HTTP_TARGET_ORIGIN, HTTP_TARGET_ABSOLUTE, HTTP_TARGET_AUTHORITY, HTTP_TARGET_ASTERISK };

struct http_target {
	enum http_target_form form;
	struct slice scheme;    /* absolute form: "http" or "https"; else empty */
	struct slice authority; /* absolute and authority form; checked */
	struct slice path;      /* with its query; begins with "/", or is "*"; in absolute form it may be empty or
				   begin with "?" as written */
};

/* Reads a request target.  The forms must fit the method: authority form is CONNECT's alone, and "*" is for OPTIONS.
 * Refused: "#", controls and spaces anywhere, other schemes than http and https. */
bool http_target_parse(struct slice text, enum http_method method, struct http_target *out);

#endif

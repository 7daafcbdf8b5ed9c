/* What an intermediary does to a message between its two connections (RFC 9110 section 7.6): fields of one hop are
 * taken out, what would lead the traffic past us (h2c, HTTP/3 adverts, early data) as well, and everything else is left
 * as it came.  By default nothing is added: the proxy is transparent.  Pure functions over the model. */
#ifndef SLUICE_HTTP_SEMANTICS_H
#define SLUICE_HTTP_SEMANTICS_H

#include "http/error.h"
#include "http/message.h"

/* What the operator wants to be told to origins and clients.  All off: transparent. */
struct http_forwarding {
	bool via;
	bool forwarded; /* RFC 7239 */
	bool x_forwarded_for;
	struct slice name;   /* of this proxy, for Via */
	struct slice client; /* the client's address as text */
};

/* Makes a request that came from a client fit to be sent to the origin over `to`.  `fallback_authority` names the
 * origin where the client did not (HTTP/1.0 without Host).  forwarding may be NULL.  False when memory is out. */
bool http_request_to_upstream(struct http_message *m, enum http_version to, struct slice fallback_authority,
	const struct http_forwarding *forwarding);
/* True for OPTIONS and TRACE with "Max-Forwards: 0": whoever gets it answers it (RFC 9110 section 7.6.2). */
bool http_request_ends_here(const struct http_message *m);
/* Makes a response of the origin fit to be sent to the client. */
bool http_response_to_client(struct http_message *m, const struct http_forwarding *forwarding);
/* Drops what may not come in a trailer section (RFC 9110 section 6.5.1): everything that the proxy or its peers act
 * upon. */
void http_trailers_filter(struct http_message *m);

/* True for the one upgrade that is relayed: a GET with "Upgrade: websocket", or an extended CONNECT for it (RFC 8441).
 */
bool http_is_websocket(const struct http_message *request);
/* Several Cookie fields, as HTTP/2 may send them, become one (RFC 9113 section 8.2.3).  False when memory is out. */
bool http_cookies_join(struct http_message *m);
/* A WebSocket request from HTTP/2's form to HTTP/1's (key: 24 characters of base64, random, by the caller) and back. */
bool http_websocket_to_h1(struct http_message *m, struct slice key);
bool http_websocket_to_h2(struct http_message *m);
/* The answers that open it: 101 becomes 200, and 200 becomes 101 (accept: the digest of the client's key, RFC 6455
 * section 4.2.2, by the caller).  Other answers stay as they are. */
bool http_websocket_answer_to_h2(struct http_message *m);
bool http_websocket_answer_to_h1(struct http_message *m, struct slice accept);

#endif

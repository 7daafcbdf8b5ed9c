/* WebSocket across HTTP versions (RFC 6455 section 4, RFC 8441): an exchange whose legs differ has its opening
 * handshake translated.  The frames are never touched. */
#ifndef SLUICE_PROXY_WEBSOCKET_H
#define SLUICE_PROXY_WEBSOCKET_H

#include "http/message.h"

/* The request as it goes on to an origin of `to`; only for http_is_websocket().  False when memory is out. */
bool websocket_translate_request(struct http_message *onward, enum http_version from, enum http_version to);
/* The answer as it goes back; `request` is what the client sent. */
bool websocket_translate_answer(
	struct http_message *back, const struct http_message *request, enum http_version origin);

#endif

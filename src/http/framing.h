/* The one gate that decides where a body ends, for both versions and both directions (RFC 9112 section 6, RFC 9113
 * section 8.1.1).  What any two readers could frame differently does not pass: Content-Length beside Transfer-Encoding,
 * two lengths (equal ones, too), lists, signs, any transfer coding but exactly "chunked", any at all on HTTP/1.0.
 *
 * It also makes the model free of framing fields, so that a writer can only put its own: Transfer-Encoding and
 * Content-Length are taken out, but for the Content-Length of a response to HEAD and of 304, which says what is not
 * sent.  Pure. */
#ifndef SLUICE_HTTP_FRAMING_H
#define SLUICE_HTTP_FRAMING_H

#include "http/error.h"
#include "http/message.h"

/* Sets m->body and m->content_length.  HTTP_OK, or FRAMING or UNSUPPORTED: then the connection is of no more use.
 * `ends_here`: HTTP/2 only, END_STREAM came with the head. */
enum http_error http_framing_request(struct http_message *m, bool ends_here);
/* `request` is the method that the response answers; `may_tunnel` says that an upgrade was asked for, so that 101 (or
 * 2xx to CONNECT) opens one; without it 101 is refused. */
enum http_error http_framing_response(
	struct http_message *m, enum http_method request, bool may_tunnel, bool ends_here);
/* A Content-Length value: 1 to 19 digits and nothing else. */
bool http_content_length_parse(struct slice text, uint64_t *length);

#endif

/* Renders HTTP/1 heads, chunk framing and trailers from the model.  Framing and connection fields are this file's own:
 * whatever the model holds under Connection, Keep-Alive, Proxy-Connection, Transfer-Encoding, Content-Length, Upgrade
 * or HTTP2-Settings is never copied (Content-Length is, where it tells of a body that is not sent; Upgrade on an
 * upgrade). A name or value that could not have come through the parser is refused, never written.
 *
 * All answer false where the buffer's ceiling, memory, or such a field forbids it; the buffer is then as before. */
#ifndef SLUICE_HTTP_H1_WRITE_H
#define SLUICE_HTTP_H1_WRITE_H

#include "base/buffer.h"
#include "http/message.h"

/* Longest chunk framing: 16 digits, CRLF. */
#define H1_CHUNK_HEAD_MAX 18

enum h1_connection {
	H1_CONNECTION_DEFAULT, /* no Connection field beside the upgrade's and TE's */
	H1_CONNECTION_CLOSE,
	H1_CONNECTION_KEEP_ALIVE, /* said aloud, for HTTP/1.0 */
};

/* A request: Host first, framing from m->body (LENGTH, CHUNKED or none). */
bool h1_write_request(struct buffer *out, const struct http_message *m, enum h1_connection connection);
/* A response, framed as `body` says (the connection knows better than the model what the client can read).
 * `to_head`: it answers HEAD, so that it needs no length where it has no body. */
bool h1_write_response(struct buffer *out, const struct http_message *m, enum http_body_kind body,
	enum h1_connection connection, bool to_head);
/* "<hex>\r\n" into dst; returns its length.  n > 0. */
size_t h1_chunk_head(char dst[H1_CHUNK_HEAD_MAX], uint64_t n);
/* The last chunk and the trailers (may be NULL). */
bool h1_write_last_chunk(struct buffer *out, const struct http_message *trailers);

#endif

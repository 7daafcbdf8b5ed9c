/* HTTP/2 connections: none can be made yet. */
#include "http/stream.h"
struct http_conn *
http2_conn_new(struct stream *io, bool is_server, struct slice scheme, const struct http_limits *limits,
	const struct http_conn_handlers *handlers, void *owner)
{
	return NULL;
}

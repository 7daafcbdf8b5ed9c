/* What HTTP/1 and HTTP/2 streams share: moving a body from one to the other.  See stream.h. */
#include "http/stream.h"

bool
http_stream_pump(struct http_stream *from, struct http_stream *to)
{
	struct slice bytes;

	while ((bytes = http_stream_body_peek(from)).len) {
		ssize_t taken = http_stream_send_body(to, bytes);

		if (taken <= 0)
			return false;
		http_stream_body_consume(from, (size_t)taken);
	}
	return from->body_state == HTTP_BODY_ENDED && http_stream_send_end(to, from->trailers) == 0;
}

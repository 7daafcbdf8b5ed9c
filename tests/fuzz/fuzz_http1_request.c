/* HTTP/1 requests: whatever is accepted, found at any segmentation, and written anew, is read again as the same
 * message. */
#include <assert.h>
#include <stdint.h>

#include "http/framing.h"
#include "http/h1_head.h"
#include "http/h1_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct h1_head_limits limits = {.head_max = 16384, .target_max = 8192, .field_max = 100};
/* What is written has fields of ours beside those that came: Host, Content-Length, Connection. */
static const struct h1_head_limits written_limits = {.head_max = 16384, .target_max = 8192, .field_max = 103};

static enum http_error
read_request(struct slice bytes, const struct h1_head_limits *within, struct http_message *m)
{
	struct h1_scan scan = {0}, slow = {0};
	enum http_error error = HTTP_OK, slow_error = HTTP_OK;
	size_t len = 0, slow_len = 0;
	enum parse answer = h1_head_find(&scan, bytes, within, true, &len, &error);
	enum parse slow_answer = PARSE_MORE;

	for (size_t n = 1; n <= bytes.len && slow_answer == PARSE_MORE; n++)
		slow_answer = h1_head_find(&slow, slice_sub(bytes, 0, n), within, true, &slow_len, &slow_error);
	if (bytes.len && answer == PARSE_DONE)
		assert(slow_answer == PARSE_DONE && slow_len == len);
	if (answer == PARSE_MORE)
		return HTTP_ERR_TRUNCATED;
	if (answer == PARSE_BAD)
		return error;
	error = h1_request_parse(slice_sub(bytes, 0, len), within, SLICE("http"), m);
	return error ? error : http_framing_request(m, false);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = arena_make(1 << 20);
	struct buffer out = buffer_make(1 << 20);
	struct http_message first, second;

	http_message_init(&first, &arena, true);
	if (size > 20000 || read_request(slice_make(data, size), &limits, &first) != HTTP_OK ||
		first.authority.len == 0)
		goto out;
	assert(h1_write_request(&out, &first, H1_CONNECTION_DEFAULT));
	http_message_init(&second, &arena, true);
	assert(out.tail > limits.head_max || read_request(buffer_slice(&out), &written_limits, &second) == HTTP_OK);
	if (out.tail <= limits.head_max) {
		assert(second.method == first.method && slice_eq(second.path, first.path));
		assert(slice_eq(second.authority, first.authority) || first.method == HTTP_METHOD_CONNECT);
		assert(second.body == first.body && second.content_length == first.content_length);
	}
out:
	buffer_release(&out);
	arena_release(&arena);
	return 0;
}

/* HTTP/1 requests: whatever is accepted, found at any segmentation, and written anew, is read again as the same
 * message; so it is when it has been made fit for the next hop. */
#include <assert.h>
#include <stdint.h>

#include "http/bound_auth.h"
#include "http/framing.h"
#include "http/h1_head.h"
#include "http/h1_write.h"
#include "http/semantics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct h1_head_limits limits = {.head_max = 16384, .target_max = 8192, .field_max = 100};
/* What is written has fields of ours beside those that came: Host, Content-Length, Connection, and those of
 * `forwarding`.
 */
static const struct h1_head_limits written_limits = {.head_max = 16384, .target_max = 8192, .field_max = 106};
static const struct http_forwarding forwarding = {
	.via = true, .forwarded = true, .x_forwarded_for = true, .name = {"proxy", 5}, .client = {"fd00::1", 7}};

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

/* Writes the message and reads it again: it is still the same one. */
static void
check_written(struct http_message *first, struct arena *arena)
{
	struct buffer out = buffer_make(1 << 20);
	struct http_message second;

	http_message_init(&second, arena, true);
	assert(h1_write_request(&out, first, H1_CONNECTION_DEFAULT));
	if (out.tail <= limits.head_max) {
		assert(read_request(buffer_slice(&out), &written_limits, &second) == HTTP_OK);
		assert(second.method == first->method && slice_eq(second.path, first->path));
		assert(slice_eq(second.authority, first->authority) || first->method == HTTP_METHOD_CONNECT);
		assert(second.body == first->body && second.content_length == first->content_length);
	}
	buffer_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = arena_make(1 << 20);
	struct http_message first;
	bool binds;

	http_message_init(&first, &arena, true);
	if (size > 20000 || read_request(slice_make(data, size), &limits, &first) != HTTP_OK ||
		first.authority.len == 0)
		goto out;
	check_written(&first, &arena);
	binds = http_binds_connection(&first);
	assert(http_request_to_upstream(&first, HTTP_VERSION_1_1, SLICE("localhost"), &forwarding));
	assert(binds || !http_binds_connection(&first));
	check_written(&first, &arena);
out:
	arena_release(&arena);
	return 0;
}

/* HTTP/1 responses: whatever is accepted and written anew is read again as the same message; so it is when it has been
 * made fit for the client.  The first byte of the input chooses the method that is answered. */
#include <assert.h>
#include <stdint.h>

#include "http/bound_auth.h"
#include "http/framing.h"
#include "http/h1_head.h"
#include "http/h1_write.h"
#include "http/semantics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct h1_head_limits limits = {.head_max = 16384, .target_max = 8192, .field_max = 100};
/* What is written has fields of ours beside those that came: Content-Length or Transfer-Encoding, Connection,
 * Via. */
static const struct h1_head_limits written_limits = {.head_max = 16384, .target_max = 8192, .field_max = 104};
static const struct http_forwarding forwarding = {.via = true, .name = {"proxy", 5}};

static enum http_error
read_response(struct slice bytes, const struct h1_head_limits *within, enum http_method request, struct http_message *m)
{
	struct h1_scan scan = {0};
	enum http_error error = HTTP_OK;
	size_t len = 0;

	switch (h1_head_find(&scan, bytes, within, false, &len, &error)) {
	case PARSE_MORE:
		return HTTP_ERR_TRUNCATED;
	case PARSE_BAD:
		return error;
	case PARSE_DONE:
		break;
	}
	error = h1_response_parse(slice_sub(bytes, 0, len), within, m);
	return error ? error : http_framing_response(m, request, request == HTTP_METHOD_CONNECT, false);
}

/* Writes the message and reads it again: it is still the same one. */
static void
check_written(struct http_message *first, enum http_method request, struct arena *arena)
{
	struct buffer out = buffer_make(1 << 20);
	struct http_message second;

	http_message_init(&second, arena, false);
	assert(h1_write_response(&out, first, first->body, H1_CONNECTION_DEFAULT, request == HTTP_METHOD_HEAD));
	if (out.tail <= limits.head_max) {
		assert(read_response(buffer_slice(&out), &written_limits, request, &second) == HTTP_OK);
		assert(second.status == first->status && second.body == first->body);
		assert(second.content_length == first->content_length);
	}
	buffer_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = arena_make(1 << 20);
	struct http_message first;
	enum http_method request;
	bool binds;

	if (size == 0 || size > 20000)
		return 0;
	request = (enum http_method)(data[0] % (HTTP_METHOD_PATCH + 1));
	http_message_init(&first, &arena, false);
	if (read_response(slice_make(data + 1, size - 1), &limits, request, &first) != HTTP_OK)
		goto out;
	check_written(&first, request, &arena);
	binds = http_binds_connection(&first);
	assert(http_response_to_client(&first, &forwarding));
	assert(binds || !http_binds_connection(&first));
	check_written(&first, request, &arena);
out:
	arena_release(&arena);
	return 0;
}

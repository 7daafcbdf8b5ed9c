/* The WebSocket frame counter.  See websocket.h. */
#include "http/websocket.h"

#define OPCODE_CONTINUATION 0x0
#define OPCODE_TEXT 0x1
#define OPCODE_BINARY 0x2
#define OPCODE_CLOSE 0x8
#define OPCODE_PONG 0xa
#define CONTROL_PAYLOAD_MAX 125
#define CLOSE_WITHOUT_CODE 1005

static size_t
header_size(const struct websocket_counter *w)
{
	size_t size = 2;

	if (w->have < 2)
		return size;
	if ((w->header[1] & 0x7f) == 126)
		size += 2;
	else if ((w->header[1] & 0x7f) == 127)
		size += 8;
	return size + (w->header[1] & 0x80 ? 4 : 0);
}

static uint64_t
payload_length(const struct websocket_counter *w)
{
	uint8_t shortest = w->header[1] & 0x7f;
	size_t bytes = shortest == 126 ? 2 : shortest == 127 ? 8 : 0;
	uint64_t length = 0;

	if (bytes == 0)
		return shortest;
	for (size_t i = 0; i < bytes; i++)
		length = length << 8 | w->header[2 + i];
	return length;
}

/* A whole header is there: false where no frame may look so (RFC 6455 sections 5.1, 5.2 and 5.5). */
static bool
frame_begin(struct websocket_counter *w)
{
	bool is_final = (w->header[0] & 0x80) != 0, is_masked = (w->header[1] & 0x80) != 0;
	uint64_t length = payload_length(w);
	bool is_control;

	w->opcode = w->header[0] & 0x0f;
	is_control = (w->opcode & 0x8) != 0;
	if (is_masked != w->from_client || (w->opcode > OPCODE_BINARY && !is_control) || w->opcode > OPCODE_PONG)
		return false;
	if (length >> 63 || (is_control && (!is_final || length > CONTROL_PAYLOAD_MAX)))
		return false;
	w->frames++;
	if (is_final && !is_control)
		w->messages++;
	if (w->opcode == OPCODE_CLOSE && w->close_code == 0)
		w->close_code = length < 2 ? CLOSE_WITHOUT_CODE : 0;
	w->left = length;
	w->payload_bytes += length;
	w->close_have = 0;
	if (length == 0)
		w->have = 0;
	return true;
}

/* The first two payload bytes of a Close frame, unmasked. */
static void
close_code_read(struct websocket_counter *w, struct slice bytes)
{
	const uint8_t *mask = w->header + header_size(w) - 4;

	for (size_t i = 0; i < bytes.len && w->close_have < 2 && w->close_code < 1000; i++) {
		uint8_t byte = (uint8_t)bytes.ptr[i];

		if (w->from_client)
			byte ^= mask[w->close_have];
		w->close_code = (uint16_t)(w->close_code << 8 | byte);
		w->close_have++;
	}
}

void
websocket_count(struct websocket_counter *w, struct slice bytes)
{
	while (bytes.len && !w->is_lost) {
		size_t take;

		if (w->left == 0) {
			w->header[w->have++] = (uint8_t)bytes.ptr[0];
			bytes = slice_sub(bytes, 1, bytes.len);
			if (w->have >= 2 && w->have == header_size(w))
				w->is_lost = !frame_begin(w);
			continue;
		}
		take = bytes.len < w->left ? bytes.len : (size_t)w->left;
		if (w->opcode == OPCODE_CLOSE)
			close_code_read(w, slice_sub(bytes, 0, take));
		bytes = slice_sub(bytes, take, bytes.len);
		w->left -= take;
		if (w->left == 0)
			w->have = 0;
	}
}

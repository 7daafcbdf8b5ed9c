/* Counts the frames of a WebSocket (RFC 6455 section 5) as they pass, one counter for each direction.  It only looks:
 * nothing is held back, changed or decoded (a compressed message counts as it is).  Bytes that are no frames cannot be
 * resynchronised: it then stops counting and says so, and the tunnel goes on. */
#ifndef SLUICE_HTTP_WEBSOCKET_H
#define SLUICE_HTTP_WEBSOCKET_H

#include "base/slice.h"

#define WEBSOCKET_HEADER_MAX 14

/* Zero it but for from_client. */
struct websocket_counter {
	bool from_client; /* its frames must be masked; a server's must not */
	bool is_lost;     /* what passed was no frame: the figures are of what came before */
	uint64_t frames;
	uint64_t messages; /* data messages that were finished */
	uint64_t payload_bytes;
	uint16_t close_code; /* of the first Close frame; 1005 where it had none; 0 before */
	/* inside */
	uint8_t header[WEBSOCKET_HEADER_MAX];
	uint8_t have; /* header bytes */
	uint8_t opcode;
	uint8_t close_have; /* bytes of the close code that came */
	uint64_t left;      /* payload bytes of this frame that are still to come */
};

void websocket_count(struct websocket_counter *w, struct slice bytes);

#endif

/* What clients and origins say in a fuzzed exchange, as tables that an input picks rows from: so a few random bytes
 * make a schedule of real messages and frames, good and bad. */
#ifndef SLUICE_FUZZ_EXCHANGE_SCRIPT_H
#define SLUICE_FUZZ_EXCHANGE_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct script_frame {
	uint8_t type;
	uint8_t flags;
	bool is_for_connection; /* stream 0 */
	struct slice payload;
	uint16_t filler; /* bytes of it beside the payload */
};

extern const struct slice script_requests[];
extern const size_t script_request_count;
extern const struct slice script_responses[];
extern const size_t script_response_count;
extern const struct script_frame script_client_frames[];
extern const size_t script_client_frame_count;
extern const struct script_frame script_origin_frames[];
extern const size_t script_origin_frame_count;

#define SCRIPT_FRAME_MAX (9 + 64 + 20000)
/* The frame on the wire; returns its length. */
size_t script_frame_write(const struct script_frame *frame, uint32_t stream, uint8_t to[SCRIPT_FRAME_MAX]);

#endif

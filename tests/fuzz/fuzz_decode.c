/* Any bytes through any codings: the first byte picks the codings, the second the size of the pieces. */
#include "classify/decode.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
count_output(void *context, struct slice bytes)
{
	*(size_t *)context += bytes.len;
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const codings[] = {
		"gzip", "deflate", "br", "zstd", "br, gzip", "gzip, deflate", "zstd, gzip", "gzip, zstd"};
	static struct decode_budget budget = {.limit = 64 << 20};
	struct decode_limits limits = decode_limits_default;
	struct decode *d;
	size_t output = 0, piece;

	if (size < 2)
		return 0;
	limits.output_max = 1 << 20;
	piece = data[1] ? data[1] : 4096;
	if (decode_open(slice_of(codings[data[0] % 8]), &limits, &budget, &d) != DECODE_OK)
		abort();
	for (size_t at = 2; at < size; at += piece)
		decode_push(d, slice_sub(slice_make(data, size), at, at + piece), count_output, &output);
	decode_finish(d);
	if (output > limits.output_max || output != decode_output(d))
		abort();
	decode_close(d);
	if (atomic_load(&budget.used) != 0)
		abort();
	return 0;
}

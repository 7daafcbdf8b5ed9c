/* Chunked bodies: decoding gives the same bytes and the same answer at once and byte by byte. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "http/chunked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum parse
decode(struct slice in, size_t step, char *out, size_t *out_len, size_t *at)
{
	struct chunked c = {0};
	size_t have = step;

	*out_len = *at = 0;
	for (;;) {
		struct slice piece;
		size_t used;
		enum parse answer = chunked_next(&c, slice_sub(in, *at, have), &used, &piece);

		*at += used;
		if (answer != PARSE_MORE)
			return answer;
		if (piece.len) {
			memcpy(out + *out_len, piece.ptr, piece.len);
			*out_len += piece.len;
			*at += piece.len;
			chunked_take(&c, piece.len);
		} else if (have >= in.len) {
			return PARSE_MORE;
		} else {
			have += step;
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_make(data, size);
	char *whole = malloc(size + 1), *slow = malloc(size + 1);
	size_t whole_len, slow_len, whole_at, slow_at;

	if (whole && slow && size && size < 65536) {
		enum parse a = decode(in, size, whole, &whole_len, &whole_at);
		enum parse b = decode(in, 1, slow, &slow_len, &slow_at);

		assert(a == b && whole_at == slow_at);
		assert(slice_eq(slice_make(whole, whole_len), slice_make(slow, slow_len)));
	}
	free(whole);
	free(slow);
	return 0;
}

/* How fast a body is decoded: bench_decode CODING FILE...
 * Each file is a body in that coding (made with gzip, brotli or zstd); it is pushed in pieces of 16 KiB. */
#include "base/clock.h"
#include "classify/decode.h"

#include <stdio.h>
#include <stdlib.h>

#define BODY_MAX (256u << 20)
#define PIECE 16384
#define ROUNDS 5

static bool
ignore(void *context, struct slice bytes)
{
	return true;
}

int
main(int argc, char **argv)
{
	static struct decode_budget budget = {.limit = 64 << 20};
	struct decode_limits limits = decode_limits_default;
	char *body = malloc(BODY_MAX);

	if (argc < 3 || body == NULL) {
		fprintf(stderr, "usage: bench_decode CODING FILE...\n");
		return EXIT_FAILURE;
	}
	limits.output_max = UINT64_MAX;
	for (int i = 2; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		size_t n = f ? fread(body, 1, BODY_MAX, f) : 0;
		uint64_t best = UINT64_MAX, output = 0;
		enum decode_status status = DECODE_OK;

		if (f)
			fclose(f);
		for (int round = 0; round < ROUNDS; round++) {
			uint64_t start = clock_monotonic_ns(), took;
			struct decode *d;

			if (decode_open(slice_of(argv[1]), &limits, &budget, &d) != DECODE_OK)
				return EXIT_FAILURE;
			for (size_t at = 0; at < n; at += PIECE)
				decode_push(d, slice_sub(slice_make(body, n), at, at + PIECE), ignore, NULL);
			status = decode_finish(d);
			output = decode_output(d);
			decode_close(d);
			took = clock_monotonic_ns() - start;
			if (took < best)
				best = took;
		}
		printf("%s: %s, %zu -> %llu bytes, %.0f MB/s of output\n", argv[i], decode_status_name(status), n,
			(unsigned long long)output, (double)output * 1e3 / (double)best);
	}
	free(body);
	return EXIT_SUCCESS;
}

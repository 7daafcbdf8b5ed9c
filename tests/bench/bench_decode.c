/* How fast a body is decoded: bench_decode CODING FILE...
 * Each file is a body in that coding (made with gzip, brotli or zstd); it is pushed in pieces of 16 KiB. */
#include "classify/decode.h"

#include "bench.h"

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

	if (argc < 3) {
		fprintf(stderr, "usage: bench_decode CODING FILE...\n");
		return EXIT_FAILURE;
	}
	limits.output_max = UINT64_MAX;
	for (int i = 2; i < argc; i++) {
		struct slice body = bench_read(argv[i]);
		uint64_t best = UINT64_MAX, output = 0;
		enum decode_status status = DECODE_OK;

		for (int round = 0; round < ROUNDS; round++) {
			uint64_t start = bench_cpu_ns(), took;
			struct decode *d;

			if (decode_open(slice_of(argv[1]), &limits, &budget, &d) != DECODE_OK)
				return EXIT_FAILURE;
			for (size_t at = 0; at < body.len; at += PIECE)
				decode_push(d, slice_sub(body, at, at + PIECE), ignore, NULL);
			status = decode_finish(d);
			output = decode_output(d);
			decode_close(d);
			took = bench_cpu_ns() - start;
			if (took < best)
				best = took;
		}
		printf("%s: %s, %zu -> %llu bytes, %.0f MB/s of output\n", argv[i], decode_status_name(status),
			body.len, (unsigned long long)output, bench_mb_per_s(output, best));
	}
	return EXIT_SUCCESS;
}

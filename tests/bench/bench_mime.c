/* What one look of the sniffer costs: bench_mime FILE...
 * Each file's first 1,445 bytes are held in memory and sniffed over and over, as a type unknown to the sender. */
#include "classify/mime.h"

#include "bench.h"

#define ROUNDS 200

int
main(int argc, char **argv)
{
	static const struct mime_hints hints = {{"application/octet-stream", 24}, {"/a/file.bin", 11}};
	struct slice *heads = calloc((size_t)argc, sizeof *heads);
	size_t count = 0;
	uint64_t start, best = UINT64_MAX;
	unsigned sum = 0;

	for (int i = 1; heads && i < argc; i++) {
		char *bytes = malloc(MIME_HEAD);
		FILE *f = fopen(argv[i], "rb");

		if (f && bytes)
			heads[count++] = slice_make(bytes, fread(bytes, 1, MIME_HEAD, f));
		if (f)
			fclose(f);
	}
	if (count == 0) {
		fprintf(stderr, "usage: bench_mime FILE...\n");
		return EXIT_FAILURE;
	}
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t took;

		start = bench_cpu_ns();
		for (size_t i = 0; i < count; i++)
			sum += mime_sniff(heads[i], &hints).type;
		took = bench_cpu_ns() - start;
		if (took < best)
			best = took;
	}
	printf("%zu heads: %.0f ns each (best of %d rounds; checksum %u)\n", count, (double)best / (double)count,
		ROUNDS, sum);
	return EXIT_SUCCESS;
}

/* How fast a page becomes text: bench_html FILE...
 * Each file is pushed in pieces of 16 KiB, as a decoder would. */
#include "classify/html_text.h"

#include "bench.h"

#define PIECE 16384
#define ROUNDS 7

static bool
count_text(void *context, struct slice text)
{
	*(size_t *)context += text.len;
	return true;
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: bench_html FILE...\n");
		return EXIT_FAILURE;
	}
	for (int i = 1; i < argc; i++) {
		struct slice page = bench_read(argv[i]);
		size_t text = 0;
		uint64_t best = UINT64_MAX;

		for (int round = 0; round < ROUNDS; round++) {
			uint64_t start = bench_cpu_ns(), took;
			struct html_text h;

			text = 0;
			html_text_start(&h, false);
			for (size_t at = 0; at < page.len; at += PIECE)
				html_text_push(&h, slice_sub(page, at, at + PIECE), count_text, &text);
			html_text_finish(&h, count_text, &text);
			took = bench_cpu_ns() - start;
			if (took < best)
				best = took;
		}
		printf("%s: %zu bytes, %zu of text, %.0f MB/s\n", argv[i], page.len, text,
			bench_mb_per_s(page.len, best));
	}
	return EXIT_SUCCESS;
}

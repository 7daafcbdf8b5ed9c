/* How fast a page becomes text: bench_html FILE...
 * Each file is pushed in pieces of 16 KiB, as a decoder would. */
#include "base/clock.h"
#include "classify/html_text.h"

#include <stdio.h>
#include <stdlib.h>

#define PAGE_MAX (256u << 20)
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
	char *page = malloc(PAGE_MAX);

	if (argc < 2 || page == NULL) {
		fprintf(stderr, "usage: bench_html FILE...\n");
		return EXIT_FAILURE;
	}
	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		size_t n = f ? fread(page, 1, PAGE_MAX, f) : 0, text = 0;
		uint64_t best = UINT64_MAX;

		if (f)
			fclose(f);
		for (int round = 0; round < ROUNDS; round++) {
			uint64_t start = clock_monotonic_ns(), took;
			struct html_text h;

			text = 0;
			html_text_start(&h, false);
			for (size_t at = 0; at < n; at += PIECE)
				html_text_push(&h, slice_sub(slice_make(page, n), at, at + PIECE), count_text, &text);
			html_text_finish(&h, count_text, &text);
			took = clock_monotonic_ns() - start;
			if (took < best)
				best = took;
		}
		printf("%s: %zu bytes, %zu of text, %.0f MB/s\n", argv[i], n, text, (double)n * 1e3 / (double)best);
	}
	free(page);
	return EXIT_SUCCESS;
}

/* How fast text is scanned for phrases: bench_phrases LIST FILE...
 * LIST is a weighted list in e2guardian's format (with its includes).  Each file is taken as HTML; its text in normal
 * form is made first, then three things are timed: the normal form alone, and both engines on it, once with the early
 * stop out of reach. */
#include "base/buffer.h"
#include "classify/html_text.h"
#include "classify/phrases_scan.h"
#include "classify/text_normal.h"

#include "bench.h"

#define PIECE 16384
#define ROUNDS 5

static bool
collect(void *context, struct slice text)
{
	return buffer_append(context, text);
}

static bool
count_text(void *context, struct slice text)
{
	*(size_t *)context += text.len;
	return true;
}

static uint64_t
time_normal(struct slice text)
{
	uint64_t best = UINT64_MAX;

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = bench_cpu_ns(), took;
		struct text_normal n;
		size_t count = 0;

		text_normal_start(&n);
		for (size_t at = 0; at < text.len; at += PIECE)
			text_normal_push(&n, slice_sub(text, at, at + PIECE), count_text, &count);
		took = bench_cpu_ns() - start;
		best = took < best ? took : best;
	}
	return best;
}

static uint64_t
time_scan(const struct phrases *set, struct slice text, struct phrases_result *result)
{
	static const struct phrases_limits limits = {.threshold = 100, .bytes_max = UINT64_MAX};
	struct phrases_scratch *scratch = phrases_scratch_new();
	uint64_t best = UINT64_MAX;

	if (scratch == NULL || !phrases_scratch_fit(scratch, set->engine))
		exit(EXIT_FAILURE);
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = bench_cpu_ns(), took;
		struct phrases_scan *scan = phrases_scan_open(set, scratch, &limits);

		for (size_t at = 0; at < text.len; at += PIECE)
			phrases_scan_push(scan, slice_sub(text, at, at + PIECE));
		took = bench_cpu_ns() - start;
		best = took < best ? took : best;
		phrases_scan_result(scan, result);
		phrases_scan_close(scan);
	}
	phrases_scratch_free(scratch);
	return best;
}

static struct phrases *
compile(const char *list, enum phrases_engine_kind kind)
{
	struct phrases *set = phrases_new();
	struct problems problems = {0};
	uint64_t start = bench_cpu_ns();

	if (!phrases_load(set, list, PHRASE_WEIGHTED, &problems) || !phrases_compile(set, kind)) {
		fprintf(stderr, "%s: cannot be used\n", list);
		exit(EXIT_FAILURE);
	}
	printf("%s: %u phrases, %u rules, %u files, %u bad lines; %.0f ms to load and compile\n",
		phrases_engine_name(set), set->pattern_count, set->rule_count, set->files_read, set->lines_bad,
		(double)(bench_cpu_ns() - start) / 1e6);
	problems_release(&problems);
	return set;
}

int
main(int argc, char **argv)
{
	struct phrases *sets[2];

	if (argc < 3) {
		fprintf(stderr, "usage: bench_phrases LIST FILE...\n");
		return EXIT_FAILURE;
	}
	sets[0] = compile(argv[1], PHRASES_AHO);
	sets[1] = compile(argv[1], PHRASES_HYPERSCAN);
	for (int i = 2; i < argc; i++) {
		struct slice page = bench_read(argv[i]);
		struct buffer text = buffer_make(BENCH_FILE_MAX), normal = buffer_make(BENCH_FILE_MAX);
		struct phrases_result result;
		struct text_normal form;
		struct html_text h;

		html_text_start(&h, false);
		html_text_push(&h, page, collect, &text);
		text_normal_start(&form);
		text_normal_push(&form, buffer_slice(&text), collect, &normal);
		printf("%s: %zu bytes of HTML, %zu of text, %zu in normal form\n", argv[i], page.len, buffer_len(&text),
			buffer_len(&normal));
		printf("  normal form: %.0f MB/s of text\n",
			bench_mb_per_s(buffer_len(&text), time_normal(buffer_slice(&text))));
		for (int k = 0; k < 2; k++) {
			uint64_t took = time_scan(sets[k], buffer_slice(&normal), &result);

			printf("  %s: %.0f MB/s of normal form, %.0f of HTML; score %lld from %u rules\n",
				phrases_engine_name(sets[k]), bench_mb_per_s(buffer_len(&normal), took),
				bench_mb_per_s(page.len, took), (long long)result.score, result.rules_found);
		}
		buffer_release(&text);
		buffer_release(&normal);
	}
	phrases_free(sets[0]);
	phrases_free(sets[1]);
	return EXIT_SUCCESS;
}

/* Accuracy and speed of text models: bench_topics [-f] [-b BITS] [-n NGRAMS] [-c COST] TRAIN TEST [TEXT], or
 * bench_topics -m MODEL TEXT for the speed of a model that is there.
 * Trains on TRAIN (a folder with a subfolder for each label, or lines "label TAB text"), with everything that is not
 * given chosen on a held-out part of it, then says how the model does on TEST, and how fast: the whole text of TEST
 * through counting and scoring.  -f: float weights. */
#include "base/pages.h"
#include "classify/text_normal.h"
#include "classify/text_train.h"

#include "bench.h"

#include <unistd.h>

#define ROUNDS 31
#define DOCUMENT 8192 /* the text of a page */

/* The normal form of a whole test corpus, as one slice a document. */
struct texts {
	char *bytes;
	size_t len;
	size_t *ends;
	size_t count;
};

static bool
collect(void *context, struct slice text)
{
	struct texts *t = context;

	memcpy(t->bytes + t->len, text.ptr, text.len);
	t->len += text.len;
	return true;
}

/* The file, cut every 8 KiB: speed needs no labels. */
static void
prepare(struct texts *t, struct slice text)
{
	*t = (struct texts){
		.bytes = malloc(text.len * 3 + 16), .ends = calloc(text.len / DOCUMENT + 2, sizeof *t->ends)};
	for (size_t at = 0; at < text.len; at += DOCUMENT) {
		struct text_normal n;

		text_normal_start(&n);
		text_normal_push(&n, slice_sub(text, at, at + DOCUMENT), collect, t);
		text_normal_finish(&n, collect, t);
		t->ends[t->count++] = t->len;
	}
}

static int
by_time(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void
time_model(const struct text_model *m, const char *path)
{
	uint64_t took[ROUNDS];
	struct texts t;
	unsigned sum = 0;

	prepare(&t, bench_read(path));
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = bench_cpu_ns();
		size_t at = 0;

		for (size_t i = 0; i < t.count; i++) {
			struct text_features f;

			text_features_start(&f, &m->vocabulary, UINT64_MAX);
			text_features_push(&f, slice_make(t.bytes + at, t.ends[i] - at));
			text_features_finish(&f);
			sum += text_model_score(m, &f, NULL).class;
			text_features_release(&f);
			at = t.ends[i];
		}
		took[round] = bench_cpu_ns() - start;
	}
	qsort(took, ROUNDS, sizeof took[0], by_time);
	printf("%s: %.0f MB/s of normal form in documents of 8 KiB (median %.0f, of %d rounds; checksum %u)\n", path,
		bench_mb_per_s(t.len, took[0]), bench_mb_per_s(t.len, took[ROUNDS / 2]), ROUNDS, sum);
}

static void
show_confusion(const struct text_model *m, const struct text_confusion *c)
{
	for (unsigned i = 0; i < c->classes; i++) {
		uint32_t total = 0, right = c->counts[i * c->classes + i], said = 0;

		for (unsigned k = 0; k < c->classes; k++) {
			total += c->counts[i * c->classes + k];
			said += c->counts[k * c->classes + i];
		}
		printf("  %-26.*s %5u texts, recall %5.1f %%, precision %5.1f %%\n", SLICE_ARG(text_model_label(m, i)),
			total, total ? 100.0 * right / total : 0, said ? 100.0 * right / said : 0);
	}
}

int
main(int argc, char **argv)
{
	struct text_train_options options = text_train_defaults;
	struct text_train_report report;
	char error[TEXT_MODEL_ERROR_MAX], path[] = "/tmp/bench_topics-XXXXXX";
	struct text_confusion confusion;
	struct text_model m;
	uint64_t start = bench_cpu_ns();
	int option, fd;

	while ((option = getopt(argc, argv, "fb:n:c:m:")) != -1) {
		if (option == 'm') {
			struct slice bytes = bench_read(optarg);
			char *copy = pages_alloc(bytes.len);

			/* In large pages, as the worker keeps it. */
			if (optind >= argc || copy == NULL)
				return EXIT_FAILURE;
			memcpy(copy, bytes.ptr, bytes.len);
			if (!text_model_view(&m, slice_make(copy, bytes.len), error))
				return EXIT_FAILURE;
			time_model(&m, argv[optind]);
			return EXIT_SUCCESS;
		}
		if (option == 'f')
			options.weights = TEXT_WEIGHTS_FLOAT;
		else if (option == 'b')
			options.bits = (unsigned)atoi(optarg);
		else if (option == 'n')
			options.ngrams = (unsigned)atoi(optarg);
		else if (option == 'c')
			options.cost = atof(optarg);
	}
	fd = mkstemp(path);
	if (argc - optind < 2 || fd < 0) {
		fprintf(stderr,
			"usage: bench_topics [-f] [-b BITS] [-n NGRAMS] [-c COST] TRAIN TEST [TEXT-FOR-SPEED]\n");
		return EXIT_FAILURE;
	}
	close(fd);
	if (!text_train(argv[optind], path, &options, &report, error) || !text_model_open(&m, path, error) ||
		!text_evaluate(&m, argv[optind + 1], &confusion, error)) {
		fprintf(stderr, "%s\n", error);
		return EXIT_FAILURE;
	}
	unlink(path);
	for (unsigned i = 0; i < report.trial_count; i++)
		printf("  held out: ngrams %u, C %g: %.2f %%\n", report.trials[i].ngrams, report.trials[i].cost,
			100 * report.trials[i].accuracy);
	printf("%u documents, %u labels; chosen ngrams %u, C %g; %.1f s; %llu bytes\n", report.documents, report.labels,
		report.chosen.ngrams, report.chosen.cost, (double)(bench_cpu_ns() - start) / 1e9,
		(unsigned long long)m.header.file_size);
	show_confusion(&m, &confusion);
	printf("test: %u of %u right: %.2f %%\n", confusion.correct, confusion.total,
		100.0 * confusion.correct / confusion.total);
	if (argc - optind > 2)
		time_model(&m, argv[optind + 2]);
	text_confusion_release(&confusion);
	text_model_close(&m);
	return EXIT_SUCCESS;
}

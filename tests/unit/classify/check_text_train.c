/* Text models are trained and tested, and corpora read. */
#include "config.h"

#include "text_counts.h"

#include "base/buffer.h"
#include "classify/text_draft.h"
#include "classify/text_train.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

static void
write_text(const char *path, struct slice text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text.ptr, 1, text.len, f), text.len);
	fclose(f);
}

/* Two labels, whose texts share words and differ in some. */
static void
write_corpus(const char *path, unsigned seed, unsigned texts)
{
	static const char *const words[2][5] = {
		{"goal", "match", "team", "win", "cup"}, {"bank", "money", "rate", "loan", "win"}};
	struct buffer lines = buffer_make(1 << 20);

	for (unsigned i = 0; i < texts; i++) {
		buffer_printf(&lines, "%s\t", i % 2 ? "money" : "sport");
		for (int k = 0; k < 6; k++) {
			seed = seed * 1103515245u + 12345u;
			buffer_printf(&lines, "%s the ", words[i % 2][(seed >> 16) % 5]);
		}
		buffer_append_cstr(&lines, "\n");
	}
	write_text(path, buffer_slice(&lines));
	buffer_release(&lines);
}

static struct slice
read_whole(const char *path)
{
	FILE *f = fopen(path, "r");
	char *bytes = malloc(1 << 20);
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(bytes, 1, 1 << 20, f);
	fclose(f);
	return slice_make(bytes, n);
}

#ifdef HAVE_LIBLINEAR

START_TEST(a_model_is_trained_and_tells_texts_apart_the_same_each_time)
{
	char folder[] = "/tmp/model-XXXXXX", train[64], test[64], out[2][64], error[TEXT_MODEL_ERROR_MAX];
	struct text_train_options options = text_train_defaults;
	struct text_train_report report;
	struct text_confusion confusion;
	struct slice files[2];
	struct text_model m;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(train, sizeof train, "%s/train", folder);
	snprintf(test, sizeof test, "%s/test", folder);
	write_corpus(train, 1, 60);
	write_corpus(test, 2, 40);
	options.bits = TEXT_BITS_MIN;
	for (int i = 0; i < 2; i++) {
		snprintf(out[i], sizeof out[i], "%s/model%d", folder, i);
		ck_assert_msg(text_train(train, out[i], &options, &report, error), "%s", error);
		files[i] = read_whole(out[i]);
	}
	ck_assert(slice_eq(files[0], files[1]));
	ck_assert_uint_eq(report.documents, 60);
	ck_assert_uint_eq(report.labels, 2);
	ck_assert_uint_eq(report.trial_count, 12);
	ck_assert(report.chosen.accuracy > 0.9);
	ck_assert_msg(text_model_open(&m, out[0], error), "%s", error);
	assert_slice(text_model_label(&m, 0), "money");
	assert_slice(score(&m, "a loan of the bank", NULL).label, "money");
	assert_slice(score(&m, "match for the cup", NULL).label, "sport");
	ck_assert_msg(text_evaluate(&m, test, &confusion, error), "%s", error);
	ck_assert_uint_eq(confusion.total, 40);
	ck_assert_uint_ge(confusion.correct, 38);
	ck_assert_uint_eq(confusion.counts[0] + confusion.counts[1], 20);
	text_confusion_release(&confusion);
	text_model_close(&m);

	options.weights = TEXT_WEIGHTS_FLOAT;
	ck_assert(text_train(train, out[1], &options, &report, error));
	ck_assert(text_model_open(&m, out[1], error));
	ck_assert_uint_eq(m.header.weights, TEXT_WEIGHTS_FLOAT);
	assert_slice(score(&m, "a loan of the bank", NULL).label, "money");
	/* A cut file is not opened. */
	ck_assert_int_eq(truncate(out[0], (off_t)files[0].len - 1), 0);
	text_model_close(&m);
	ck_assert(!text_model_open(&m, out[0], error));
	for (int i = 0; i < 2; i++) {
		free((void *)files[i].ptr);
		unlink(out[i]);
	}
	unlink(train);
	unlink(test);
	rmdir(folder);
}
END_TEST

START_TEST(texts_too_few_to_hold_any_out_make_a_model_without_trials)
{
	char path[] = "/tmp/corpus-XXXXXX", out[64], error[TEXT_MODEL_ERROR_MAX];
	struct text_train_options options = text_train_defaults;
	struct text_train_report report;
	struct text_model m;

	close(mkstemp(path));
	snprintf(out, sizeof out, "%s.model", path);
	write_text(path, SLICE("sport\tcup match\nmoney\tbank loan\nsport\tmatch goal\nmoney\tloan rate\n"));
	ck_assert_msg(text_train(path, out, &options, &report, error), "%s", error);
	ck_assert_uint_eq(report.trial_count, 0);
	ck_assert_uint_eq(report.chosen.ngrams, 2);
	ck_assert_msg(text_model_open(&m, out, error), "%s", error);
	ck_assert_float_eq(m.header.heldout, 0);
	ck_assert_float_eq(m.header.cost, 1);
	assert_slice(score(&m, "the loan", NULL).label, "money");
	text_model_close(&m);
	unlink(path);
	unlink(out);
}
END_TEST

#else

START_TEST(texts_too_few_to_hold_any_out_make_a_model_without_trials)
{
	/* Without liblinear they make none, either. */
	char path[] = "/tmp/corpus-XXXXXX", error[TEXT_MODEL_ERROR_MAX] = "";
	struct text_train_options options = text_train_defaults;
	struct text_train_report report;

	close(mkstemp(path));
	write_text(path, SLICE("sport\tcup match\nmoney\tbank loan\n"));
	ck_assert(!text_train(path, "/nowhere", &options, &report, error));
	ck_assert_ptr_nonnull(strstr(error, "liblinear"));
	unlink(path);
}
END_TEST

START_TEST(a_model_is_trained_and_tells_texts_apart_the_same_each_time)
{
	/* Without liblinear there is a reason instead of a model. */
	char path[] = "/tmp/model-XXXXXX", error[TEXT_MODEL_ERROR_MAX] = "";
	struct text_train_options options = text_train_defaults;
	struct text_train_report report;

	close(mkstemp(path));
	write_corpus(path, 1, 60);
	ck_assert(!text_train(path, "/nowhere", &options, &report, error));
	ck_assert_ptr_nonnull(strstr(error, "liblinear"));
	unlink(path);
}
END_TEST

#endif

START_TEST(a_corpus_that_cannot_be_used_is_named)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
		{"no tab here\n", "TAB"},
		{"one\ttext\none\ttext\n", "two labels"},
		{"", "two labels"},
		{"\ttext\n", "label"},
		{"a\x1b\ttext\n", "label"},
	};
	struct text_vocabulary words = {.bits = 18, .ngrams = 1};
	char path[] = "/tmp/corpus-XXXXXX", error[TEXT_MODEL_ERROR_MAX];
	struct text_corpus c;

	close(mkstemp(path));
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		write_text(path, slice_of(cases[i].text));
		error[0] = '\0';
		ck_assert(!text_corpus_load(&c, path, &words, error));
		ck_assert_msg(strstr(error, cases[i].reason) != NULL, "row %zu: %s", i, error);
		text_corpus_release(&c);
	}
	unlink(path);
	ck_assert(!text_corpus_load(&c, path, &words, error));
	text_corpus_release(&c);
}
END_TEST

START_TEST(a_document_in_html_and_latin1_is_counted_as_its_text)
{
	struct text_vocabulary all = {.bits = 18, .ngrams = 2};
	struct text_features page, plain;

	text_features_start(&page, &all, UINT64_MAX);
	text_features_start(&plain, &all, UINT64_MAX);
	text_corpus_count(&page, SLICE("<html><body><p class=hidden>Caf\xe9 <b>o</b>n Main<script>x</script></p>"));
	text_corpus_count(&plain, SLICE("caf\xc3\xa9 on main"));
	ck_assert_uint_eq(page.used, 5);
	assert_same_counts(&page, &plain);
	text_features_release(&page);
	text_features_release(&plain);
}
END_TEST

START_TEST(what_too_few_documents_have_is_not_known)
{
	char path[] = "/tmp/corpus-XXXXXX", error[TEXT_MODEL_ERROR_MAX];
	struct text_vocabulary all = {.bits = 20, .ngrams = 2}, v;
	struct text_corpus c;
	struct text_draft d;
	uint8_t used[] = {1, 1, 1, 0};

	close(mkstemp(path));
	write_text(path, SLICE("a\tone two two three\na\tone two\nb\ttwo\tfour\nb\tthree\n"));
	ck_assert_msg(text_corpus_load(&c, path, &all, error), "%s", error);
	ck_assert(text_draft_start(&d, &c, used, 2));
	v = text_draft_vocabulary(&d);
	/* "three" is of two documents, but of one that is used; and a pair, too. */
	ck_assert_uint_eq(d.rows, 3);
	ck_assert_uint_eq(d.documents, 3);
	ck_assert(text_vocabulary_has(&v, bucket_in("one", 20)));
	ck_assert(!text_vocabulary_has(&v, bucket_in("three", 20)));
	ck_assert(!text_vocabulary_has(&v, bucket_in("four", 20)));
	ck_assert_float_eq_tol(d.idf[text_vocabulary_row(&v, bucket_in("two", 20))], 1, 1e-6);
	ck_assert_float_eq_tol(d.idf[text_vocabulary_row(&v, bucket_in("one", 20))], (float)(log(4.0 / 3) + 1), 1e-6);
	text_draft_release(&d);
	text_corpus_release(&c);
	unlink(path);
}
END_TEST

START_TEST(the_rows_that_decide_are_kept)
{
	struct text_vocabulary all = {.bits = 20, .ngrams = 1}, v;
	struct text_features f = count_known(SLICE("one two three four five"), &all, 100);
	struct text_document document = {.features = calloc(5, sizeof *document.features)};
	struct text_corpus c = {.documents = &document, .count = 1, .vocabulary = all, .label_count = 2};
	static const char *const names[] = {"one", "two", "three", "four", "five"};
	static const float reach[] = {-0.5f, 0.1f, 0.25f, 0.25f, 2};
	uint8_t used = 1;
	struct text_draft d;

	ck_assert_ptr_nonnull(document.features);
	for (uint32_t i = 0; i < f.capacity; i++)
		if (f.table[i])
			document.features[document.count++] = f.table[i];
	ck_assert(text_draft_start(&d, &c, &used, 1));
	v = text_draft_vocabulary(&d);
	for (size_t i = 0; i < 5; i++)
		d.weights[2 * text_vocabulary_row(&v, bucket_in(names[i], 20)) + i % 2] = reach[i];
	ck_assert(text_draft_narrow(&d, 5));
	ck_assert_uint_eq(d.rows, 5);
	/* Three and four reach as far as each other: one of them stays. */
	ck_assert(text_draft_narrow(&d, 3));
	ck_assert_uint_eq(d.rows, 3);
	ck_assert(!text_vocabulary_has(&v, bucket_in("two", 20)));
	ck_assert(text_vocabulary_has(&v, bucket_in("three", 20)) != text_vocabulary_has(&v, bucket_in("four", 20)));
	ck_assert(text_draft_narrow(&d, 2));
	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(text_vocabulary_has(&v, bucket_in(names[i], 20)), i == 0 || i == 4);
	ck_assert_float_eq(d.weights[2 * text_vocabulary_row(&v, bucket_in("one", 20))], -0.5f);
	ck_assert_float_eq(d.weights[2 * text_vocabulary_row(&v, bucket_in("five", 20))], 2);
	ck_assert_float_eq(d.idf[1], 1);
	text_draft_release(&d);
	free(document.features);
	text_features_release(&f);
}
END_TEST

UNIT_SUITE(text_train, "text_train", texts_too_few_to_hold_any_out_make_a_model_without_trials,
	a_model_is_trained_and_tells_texts_apart_the_same_each_time, a_corpus_that_cannot_be_used_is_named,
	a_document_in_html_and_latin1_is_counted_as_its_text, what_too_few_documents_have_is_not_known,
	the_rows_that_decide_are_kept)

/* Text models: counting, the file and what is refused as one, training and testing. */
#include "config.h"

#include "suites.h"

#include "base/buffer.h"
#include "classify/text_train.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>
#include <zlib.h>

/* ---- counting ---- */

static uint64_t
total_of(const struct text_features *f)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < f->capacity; i++)
		total += f->table[i].count;
	return total;
}

static struct text_features
count(struct slice text, unsigned ngrams, size_t piece)
{
	struct text_features f;

	text_features_start(&f, 18, ngrams, UINT64_MAX);
	for (size_t at = 0; at < text.len; at += piece)
		ck_assert(text_features_push(&f, slice_sub(text, at, at + piece)));
	text_features_finish(&f);
	return f;
}

START_TEST(words_and_pairs_are_counted_the_same_in_any_split)
{
	struct slice text = SLICE(" the cat and the dog and the cat ");
	struct text_features whole = count(text, 2, 100), words = count(text, 1, 100);

	ck_assert_uint_eq(words.used, 4);
	ck_assert_uint_eq(total_of(&words), 8);
	ck_assert_uint_eq(whole.used, 4 + 5);
	ck_assert_uint_eq(total_of(&whole), 8 + 7);
	for (size_t piece = 1; piece < 20; piece++) {
		struct text_features split = count(text, 2, piece);

		ck_assert_uint_eq(split.used, whole.used);
		ck_assert_int_eq(memcmp(split.table, whole.table, whole.capacity * sizeof *whole.table), 0);
		text_features_release(&split);
	}
	text_features_release(&whole);
	text_features_release(&words);
}
END_TEST

START_TEST(counting_has_a_ceiling_of_words_and_of_bytes)
{
	struct text_features f;
	char word[16];

	text_features_start(&f, 22, 2, UINT64_MAX);
	for (int i = 0; i < 100000; i++) {
		snprintf(word, sizeof word, "w%d ", i);
		text_features_push(&f, slice_of(word));
	}
	ck_assert(f.is_incomplete);
	ck_assert_uint_le(f.used, TEXT_FEATURES_MAX);
	text_features_release(&f);

	text_features_start(&f, 18, 1, 10);
	ck_assert(text_features_push(&f, SLICE("one two")));
	ck_assert(!text_features_push(&f, SLICE(" three four")));
	text_features_finish(&f);
	ck_assert_uint_eq(f.used, 3);
	ck_assert_uint_eq(f.bytes, 10);
	text_features_release(&f);
}
END_TEST

/* ---- the file ---- */

/* A model with three classes, in which only the bucket of "red" says class 1, and that of "blue" class 2. */
struct small {
	char bytes[65536] __attribute__((aligned(8)));
	size_t size;
};

static uint32_t
bucket_of(const char *word)
{
	struct text_features f;
	uint32_t bucket = 0;

	text_features_start(&f, TEXT_BITS_MIN, 1, UINT64_MAX);
	text_features_push(&f, slice_of(word));
	text_features_finish(&f);
	for (uint32_t i = 0; i < f.capacity; i++)
		if (f.table[i].count)
			bucket = f.table[i].bucket;
	text_features_release(&f);
	return bucket;
}

static void
seal(struct small *s)
{
	struct text_model_header *h = (struct text_model_header *)s->bytes;

	h->checksum = (uint32_t)crc32(0, (Bytef *)s->bytes + sizeof *h, (uInt)(s->size - sizeof *h));
}

static float *
idf_of(struct small *s)
{
	return (float *)(s->bytes + sizeof(struct text_model_header) + 3 * TEXT_LABEL_MAX) + 6;
}

static void
make_small(struct small *s, enum text_weights kind)
{
	struct text_model_header h = {.magic = TEXT_MODEL_MAGIC,
		.version = TEXT_MODEL_VERSION,
		.byte_order = TEXT_MODEL_BYTE_ORDER,
		.bits = TEXT_BITS_MIN,
		.ngrams = 1,
		.classes = 3,
		.weights = kind,
		.curve = {TEXT_SLOPE_DEFAULT, 0}};
	char *labels = s->bytes + sizeof h;
	float *bias = (float *)(labels + 3 * TEXT_LABEL_MAX), *scale = bias + 3, *idf = bias + 6;
	void *rows = idf + (1 << TEXT_BITS_MIN);

	memset(s, 0, sizeof *s);
	h.file_size = s->size = text_model_size(&h);
	ck_assert_uint_le(s->size, sizeof s->bytes);
	memcpy(s->bytes, &h, sizeof h);
	strcpy(labels, "none");
	strcpy(labels + TEXT_LABEL_MAX, "red things");
	strcpy(labels + 2 * TEXT_LABEL_MAX, "blue things");
	bias[0] = 0.25f;
	for (int i = 0; i < 3; i++)
		scale[i] = kind == TEXT_WEIGHTS_INT8 ? 0.01f : 1;
	idf[bucket_of("red")] = idf[bucket_of("blue")] = 2;
	for (int class = 1; class < 3; class ++) {
		size_t at = bucket_of(class == 1 ? "red" : "blue") * 4 + (size_t) class;

		if (kind == TEXT_WEIGHTS_INT8)
			((int8_t *)rows)[at] = 100;
		else
			((float *)rows)[at] = 1;
	}
	seal(s);
}

static struct text_topic
score(const struct text_model *m, const char *text, float *scores)
{
	struct text_topic topic;
	struct text_features f;

	text_features_start(&f, m->header.bits, m->header.ngrams, UINT64_MAX);
	text_features_push(&f, slice_of(text));
	text_features_finish(&f);
	topic = text_model_score(m, &f, scores);
	text_features_release(&f);
	return topic;
}

START_TEST(a_text_is_scored_by_its_words_with_both_kinds_of_weights)
{
	static struct small s;

	for (int kind = TEXT_WEIGHTS_FLOAT; kind <= TEXT_WEIGHTS_INT8; kind++) {
		char error[TEXT_MODEL_ERROR_MAX];
		struct text_topic topic;
		struct text_model m;
		float scores[3];
		uint8_t percents[3];

		make_small(&s, (enum text_weights)kind);
		ck_assert_msg(text_model_view(&m, slice_make(s.bytes, s.size), error), "%s", error);
		topic = score(&m, "red red car", scores);
		assert_slice(topic.label, "red things");
		ck_assert_float_eq_tol(topic.score, 1, 1e-5);
		ck_assert_float_eq_tol(topic.margin, 0.75, 1e-5);
		ck_assert_float_eq_tol(scores[0], 0.25, 1e-5);
		text_model_percents(&m, &topic, scores, percents);
		ck_assert_uint_eq(percents[0], 73);
		ck_assert_uint_eq(percents[1], 98);
		ck_assert_uint_eq(percents[2], 50);
		ck_assert_uint_eq(topic.percent, 98);
		/* Twice red is 1 + ln 2 to 1 of blue, of length 1 together. */
		topic = score(&m, "red blue red", scores);
		ck_assert_float_eq_tol(scores[1] / scores[2], 1 + logf(2), 1e-4);
		ck_assert_float_eq_tol(scores[1] * scores[1] + scores[2] * scores[2], 1, 1e-4);
		topic = score(&m, "green", NULL);
		assert_slice(topic.label, "");
		text_model_percents(&m, &topic, scores, percents);
		ck_assert_uint_eq(percents[1], 0);
		topic = score(&m, "", NULL);
		assert_slice(topic.label, "");
		text_model_close(&m);
	}
}
END_TEST

START_TEST(a_file_cut_at_any_length_is_refused)
{
	static struct small s;
	char error[TEXT_MODEL_ERROR_MAX] = "";
	struct text_model m;

	make_small(&s, TEXT_WEIGHTS_INT8);
	for (size_t n = 0; n < s.size; n += n < 400 ? 1 : 97) {
		error[0] = '\0';
		ck_assert(!text_model_view(&m, slice_make(s.bytes, n), error));
		ck_assert_str_ne(error, "");
		ck_assert_ptr_null(m.weights);
	}
	ck_assert(!text_model_view(&m, slice_make(s.bytes, s.size + 1), error));
}
END_TEST

START_TEST(any_changed_byte_behind_the_magic_is_noticed)
{
	static struct small s;
	char error[TEXT_MODEL_ERROR_MAX];
	struct text_model m;

	make_small(&s, TEXT_WEIGHTS_INT8);
	for (size_t at = 0; at < s.size; at += at < 44 ? 1 : 61) {
		if (at >= offsetof(struct text_model_header, documents) && at < sizeof(struct text_model_header))
			continue; /* said, not used */
		s.bytes[at] ^= 0x40;
		ck_assert_msg(!text_model_view(&m, slice_make(s.bytes, s.size), error), "byte %zu", at);
		s.bytes[at] ^= 0x40;
	}
	ck_assert(text_model_view(&m, slice_make(s.bytes, s.size), error));
}
END_TEST

START_TEST(a_hostile_file_with_a_right_checksum_is_refused_all_the_same)
{
	static struct small s;
	struct text_model_header *h = (struct text_model_header *)s.bytes;
	char error[TEXT_MODEL_ERROR_MAX];
	struct text_model m;

#define ASSERT_REFUSED(change)                                                                    \
	do {                                                                                      \
		make_small(&s, TEXT_WEIGHTS_FLOAT);                                               \
		change;                                                                           \
		seal(&s);                                                                         \
		ck_assert_msg(!text_model_view(&m, slice_make(s.bytes, s.size), error), #change); \
	} while (0)

	ASSERT_REFUSED(h->bits = 9);
	ASSERT_REFUSED(h->bits = 23);
	ASSERT_REFUSED(h->bits = 200);
	ASSERT_REFUSED(h->classes = 0);
	ASSERT_REFUSED(h->classes = 1);
	ASSERT_REFUSED(h->classes = 257);
	ASSERT_REFUSED(h->classes = 0x40000003);
	ASSERT_REFUSED(h->ngrams = 0);
	ASSERT_REFUSED(h->ngrams = 3);
	ASSERT_REFUSED(h->weights = 2);
	ASSERT_REFUSED(h->weights = TEXT_WEIGHTS_INT8);
	ASSERT_REFUSED(h->version = TEXT_MODEL_VERSION + 1);
	ASSERT_REFUSED(h->curve.slope = 0);
	ASSERT_REFUSED(h->curve.slope = NAN);
	ASSERT_REFUSED(h->curve.offset = INFINITY);
	ASSERT_REFUSED(h->byte_order = 0x04030201);
	ASSERT_REFUSED(h->file_size--);
	ASSERT_REFUSED(memset(s.bytes + sizeof *h, 'x', TEXT_LABEL_MAX));
	ASSERT_REFUSED(s.bytes[sizeof *h] = '\0');
	ASSERT_REFUSED(s.bytes[sizeof *h] = '\x1b');
	ASSERT_REFUSED(idf_of(&s)[7] = NAN);
	ASSERT_REFUSED(idf_of(&s)[-6] = INFINITY);
	ASSERT_REFUSED(idf_of(&s)[(1 << TEXT_BITS_MIN) * 5 - 1] = NAN);
}
END_TEST

/* ---- training ---- */

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

	options.weights = TEXT_WEIGHTS_INT8;
	ck_assert(text_train(train, out[1], &options, &report, error));
	ck_assert(text_model_open(&m, out[1], error));
	ck_assert_uint_lt(m.header.file_size, files[0].len);
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

#else

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
	char path[] = "/tmp/corpus-XXXXXX", error[TEXT_MODEL_ERROR_MAX];
	struct text_corpus c;

	close(mkstemp(path));
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		write_text(path, slice_of(cases[i].text));
		error[0] = '\0';
		ck_assert(!text_corpus_load(&c, path, 18, 1, error));
		ck_assert_msg(strstr(error, cases[i].reason) != NULL, "row %zu: %s", i, error);
		text_corpus_release(&c);
	}
	unlink(path);
	ck_assert(!text_corpus_load(&c, path, 18, 1, error));
	text_corpus_release(&c);
}
END_TEST

START_TEST(a_document_in_html_and_latin1_is_counted_as_its_text)
{
	struct text_features page, plain;

	text_features_start(&page, 18, 2, UINT64_MAX);
	text_features_start(&plain, 18, 2, UINT64_MAX);
	text_corpus_count(&page, SLICE("<html><body><p class=hidden>Caf\xe9 <b>o</b>n Main<script>x</script></p>"));
	text_corpus_count(&plain, SLICE("caf\xc3\xa9 on main"));
	ck_assert_uint_eq(page.used, 5);
	ck_assert_uint_eq(page.capacity, plain.capacity);
	ck_assert_int_eq(memcmp(page.table, plain.table, plain.capacity * sizeof *plain.table), 0);
	text_features_release(&page);
	text_features_release(&plain);
}
END_TEST

UNIT_SUITE(text_model, "text_model", words_and_pairs_are_counted_the_same_in_any_split,
	counting_has_a_ceiling_of_words_and_of_bytes, a_text_is_scored_by_its_words_with_both_kinds_of_weights,
	a_file_cut_at_any_length_is_refused, any_changed_byte_behind_the_magic_is_noticed,
	a_hostile_file_with_a_right_checksum_is_refused_all_the_same,
	a_model_is_trained_and_tells_texts_apart_the_same_each_time, a_corpus_that_cannot_be_used_is_named,
	a_document_in_html_and_latin1_is_counted_as_its_text)

/* Text models: counting, the file and what is refused as one, training and testing. */
#include "config.h"

#include "suites.h"

#include "base/buffer.h"
#include "classify/text_draft.h"
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
		total += text_feature_count(f->table[i]);
	return total;
}

static struct text_features
count_known(struct slice text, const struct text_vocabulary *vocabulary, size_t piece)
{
	struct text_features f;

	text_features_start(&f, vocabulary, UINT64_MAX);
	for (size_t at = 0; at < text.len; at += piece)
		ck_assert(text_features_push(&f, slice_sub(text, at, at + piece)));
	text_features_finish(&f);
	return f;
}

static struct text_features
count(struct slice text, unsigned ngrams, size_t piece)
{
	return count_known(text, &(struct text_vocabulary){.bits = 18, .ngrams = ngrams}, piece);
}

static uint32_t
bucket_in(const char *word, unsigned bits)
{
	struct text_vocabulary all = {.bits = bits, .ngrams = 1};
	struct text_features f = count_known(slice_of(word), &all, 1000);
	uint32_t bucket = 0;

	for (uint32_t i = 0; i < f.capacity; i++)
		if (f.table[i])
			bucket = text_feature_bucket(f.table[i]);
	text_features_release(&f);
	return bucket;
}

static void
assert_same_counts(const struct text_features *a, const struct text_features *b)
{
	ck_assert_uint_eq(a->used, b->used);
	ck_assert_uint_eq(a->capacity, b->capacity);
	ck_assert_int_eq(memcmp(a->table, b->table, a->capacity * sizeof *a->table), 0);
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

		assert_same_counts(&split, &whole);
		text_features_release(&split);
	}
	text_features_release(&whole);
	text_features_release(&words);
}
END_TEST

START_TEST(words_of_any_length_differ_by_each_of_their_bytes)
{
	char text[4096];
	size_t len = 0, words = 0;
	struct text_features whole;

	/* Of 1 to 40 bytes: all alike, one that differs at its end, one that differs at its start. */
	for (size_t n = 1; n <= 40; n++, words += 3)
		len += (size_t)snprintf(text + len, sizeof text - len, "%.*s %.*sb c%.*s ", (int)n,
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", (int)n - 1,
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", (int)n - 1,
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	whole = count_known(slice_make(text, len), &(struct text_vocabulary){.bits = 22, .ngrams = 1}, len);
	ck_assert_uint_eq(whole.used, words);
	for (size_t piece = 1; piece < 70; piece++) {
		struct text_features split =
			count_known(slice_make(text, len), &(struct text_vocabulary){.bits = 22, .ngrams = 1}, piece);

		assert_same_counts(&split, &whole);
		text_features_release(&split);
	}
	text_features_release(&whole);
}
END_TEST

START_TEST(words_that_the_model_does_not_know_take_no_room)
{
	static uint64_t known[(1 << 18) / 64];
	struct text_vocabulary v = {.bits = 18, .ngrams = 2, .known = known};
	struct slice text = SLICE("the cat and the dog and the cat");
	uint32_t cat = bucket_in("cat", 18);
	struct text_features f;

	f = count_known(text, &v, 100);
	ck_assert_uint_eq(f.used, 0);
	ck_assert_ptr_null(f.table);
	text_features_release(&f);
	known[cat / 64] |= UINT64_C(1) << cat % 64;
	f = count_known(text, &v, 3);
	ck_assert_uint_eq(f.used, 1);
	ck_assert_uint_eq(total_of(&f), 2);
	ck_assert(!f.is_incomplete);
	text_features_release(&f);
}
END_TEST

START_TEST(counting_has_a_ceiling_of_words_and_of_bytes)
{
	struct text_vocabulary all = {.bits = 22, .ngrams = 2};
	struct text_features f;
	char word[16];

	text_features_start(&f, &all, UINT64_MAX);
	for (int i = 0; i < 100000; i++) {
		snprintf(word, sizeof word, "w%d ", i);
		text_features_push(&f, slice_of(word));
	}
	ck_assert(f.is_incomplete);
	ck_assert_uint_le(f.used, TEXT_FEATURES_MAX);
	ck_assert_uint_gt(f.used, TEXT_FEATURES_MAX - TEXT_FEATURES_MAX / 100);
	text_features_release(&f);

	all.ngrams = 1;
	text_features_start(&f, &all, 10);
	ck_assert(text_features_push(&f, SLICE("one two")));
	ck_assert(!text_features_push(&f, SLICE(" three four")));
	text_features_finish(&f);
	ck_assert_uint_eq(f.used, 3);
	ck_assert_uint_eq(f.bytes, 10);
	text_features_release(&f);

	text_features_start(&f, &all, UINT64_MAX);
	for (unsigned i = 0; i < 2 * TEXT_COUNT_MAX; i++)
		text_features_push(&f, SLICE("word "));
	ck_assert_uint_eq(f.used, 1);
	ck_assert_uint_eq(total_of(&f), TEXT_COUNT_MAX);
	text_features_release(&f);
}
END_TEST

/* Whoever chooses words that meet in a few places of the table would make each of them a walk over all others. */
START_TEST(words_made_to_collide_are_left_out)
{
	struct text_vocabulary all = {.bits = 22, .ngrams = 1};
	struct text_features f;
	unsigned words = 0;
	char word[16];

	text_features_start(&f, &all, UINT64_MAX);
	for (int i = 0; words < 400; i++) {
		snprintf(word, sizeof word, "w%d ", i);
		if (bucket_in(word, 22) % 4096 >= 4)
			continue;
		text_features_push(&f, slice_of(word));
		words++;
	}
	ck_assert(f.is_incomplete);
	ck_assert_uint_gt(f.used, 100);
	ck_assert_uint_lt(f.used, 200);
	text_features_release(&f);
}
END_TEST

/* ---- the file ---- */

/* A model with three classes that knows two words, "red" that says class 1 and "blue" that says class 2. */
struct small {
	char bytes[8192] __attribute__((aligned(8)));
	size_t size;
	struct text_model_layout layout;
};

static void
seal(struct small *s)
{
	struct text_model_header *h = (struct text_model_header *)s->bytes;

	h->checksum = (uint32_t)crc32(0, (Bytef *)s->bytes + sizeof *h, (uInt)(s->size - sizeof *h));
}

/* The float at this place of a part of the file. */
static float *
float_at(struct small *s, uint64_t part, size_t number)
{
	return (float *)(s->bytes + part) + number;
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
		.rows = 2,
		.scale = kind == TEXT_WEIGHTS_INT8 ? 0.02f : 1,
		.curve = {TEXT_SLOPE_DEFAULT, 0}};
	uint32_t red = bucket_in("red", TEXT_BITS_MIN), blue = bucket_in("blue", TEXT_BITS_MIN);
	uint64_t *known;

	memset(s, 0, sizeof *s);
	s->layout = text_model_layout(&h);
	h.file_size = s->size = s->layout.size;
	ck_assert_uint_le(s->size, sizeof s->bytes);
	memcpy(s->bytes, &h, sizeof h);
	strcpy(s->bytes + s->layout.labels, "none");
	strcpy(s->bytes + s->layout.labels + TEXT_LABEL_MAX, "red things");
	strcpy(s->bytes + s->layout.labels + 2 * TEXT_LABEL_MAX, "blue things");
	*float_at(s, s->layout.bias, 0) = 0.25f;
	known = (uint64_t *)(s->bytes + s->layout.known);
	known[red / 64] |= UINT64_C(1) << red % 64;
	known[blue / 64] |= UINT64_C(1) << blue % 64;
	ck_assert_uint_eq(text_vocabulary_number(known, TEXT_BITS_MIN, (uint32_t *)(s->bytes + s->layout.before)), 2);
	for (int class = 1; class < 3; class ++) {
		bool is_second = (class == 1) == (red > blue);
		char *row = s->bytes + s->layout.rows + is_second * s->layout.row_size;

		/* 1, times an IDF of 2 */
		if (kind == TEXT_WEIGHTS_INT8)
			row[class] = 100;
		else
			((float *)row)[class] = 2;
		*(float *)(row + s->layout.row_size - sizeof(float)) = 2;
	}
	seal(s);
}

static struct text_topic
score(const struct text_model *m, const char *text, float *scores)
{
	struct text_features f = count_known(slice_of(text), &m->vocabulary, 1000);
	struct text_topic topic = text_model_score(m, &f, scores);

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

/* A pseudo-random weight between -1 and 1. */
static float
weight_of(uint32_t row, unsigned class)
{
	uint32_t x = (row * 257 + class + 1) * UINT32_C(2654435761);

	return (float)(x >> 8) / (float)(1 << 23) - 1;
}

/* By the definition, in doubles: for a class the sum of (1 + ln n) idf weight, by the length of (1 + ln n) idf. */
static double
plain_score(const struct text_draft *d, const struct text_features *f, unsigned class)
{
	struct text_vocabulary v = text_draft_vocabulary(d);
	double sum = 0, squares = 0;

	for (uint32_t i = 0; i < f->capacity; i++) {
		uint32_t bucket = text_feature_bucket(f->table[i]), row;
		double x;

		if (f->table[i] == 0 || !text_vocabulary_has(&v, bucket))
			continue;
		row = text_vocabulary_row(&v, bucket);
		x = (1 + log(text_feature_count(f->table[i]))) * (double)d->idf[row];
		sum += x * (double)weight_of(row, class);
		squares += x * x;
	}
	return sum / sqrt(squares) + (double)d->bias[class];
}

/* A text of some words that are there once and some that are there often, all of which one document has. */
static struct slice
many_words(char *text, size_t size)
{
	size_t len = 0;

	for (int i = 0; i < 700; i++)
		for (int k = 0; k < (i % 3 ? 1 : i % 60 + 1); k++)
			len += (size_t)snprintf(text + len, size - len, "word%d ", i);
	ck_assert_uint_lt(len, size);
	return slice_make(text, len);
}

START_TEST(scores_are_the_plain_sums_whatever_the_number_of_classes)
{
	static const unsigned numbers[] = {2, 3, 12, 13, 28, 29, 61, 200, 256};
	static char text[1 << 18], labels[TEXT_CLASSES_MAX][TEXT_LABEL_MAX];
	struct text_vocabulary all = {.bits = 16, .ngrams = 2};
	struct text_features f = count_known(many_words(text, sizeof text), &all, 1000);
	struct text_document document = {.features = calloc(f.used, sizeof *document.features)};
	uint8_t used = 1;

	ck_assert_ptr_nonnull(document.features);
	for (uint32_t i = 0; i < f.capacity; i++)
		if (f.table[i])
			document.features[document.count++] = f.table[i];
	for (unsigned i = 0; i < TEXT_CLASSES_MAX; i++)
		snprintf(labels[i], sizeof labels[i], "label %u", i);
	for (size_t i = 0; i < 2 * sizeof numbers / sizeof numbers[0]; i++) {
		struct text_draft_facts facts = {
			.weights = (enum text_weights)(i % 2), .curve = {TEXT_SLOPE_DEFAULT, 0}};
		double tolerance = facts.weights == TEXT_WEIGHTS_INT8 ? 0.02 : 1e-4;
		struct text_corpus c = {
			.documents = &document, .count = 1, .vocabulary = all, .label_count = numbers[i / 2]};
		float scores[TEXT_CLASSES_MAX];
		char error[TEXT_MODEL_ERROR_MAX];
		struct text_draft d;
		struct text_model m;
		uint64_t size;
		char *bytes;

		ck_assert(text_draft_start(&d, &c, &used, 1));
		ck_assert_uint_eq(d.rows, f.used);
		for (uint32_t row = 0; row < d.rows; row++)
			for (unsigned k = 0; k < d.classes; k++)
				d.weights[row * d.classes + k] = weight_of(row, k);
		d.bias[1] = 0.5f;
		bytes = text_draft_pack(&d, labels, &facts, &size);
		ck_assert_ptr_nonnull(bytes);
		ck_assert_msg(text_model_view(&m, slice_make(bytes, size), error), "%s", error);
		text_model_score(&m, &f, scores);
		for (unsigned k = 0; k < d.classes; k++)
			ck_assert_double_eq_tol((double)scores[k], plain_score(&d, &f, k), tolerance);
		text_draft_release(&d);
		free(bytes);
	}
	free(document.features);
	text_features_release(&f);
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
		ck_assert_ptr_null(m.rows);
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
	for (size_t at = 0; at < s.size; at += at < sizeof(struct text_model_header) ? 1 : 7) {
		if (at >= offsetof(struct text_model_header, documents) && at < sizeof(struct text_model_header))
			continue; /* said, not used, or of a range of its own */
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
	ASSERT_REFUSED(h->version = TEXT_MODEL_VERSION + 1);
	ASSERT_REFUSED(h->version = 2);
	ck_assert_ptr_nonnull(strstr(error, "version 2"));
	ck_assert_ptr_nonnull(strstr(error, "sluicectl model train"));
	ASSERT_REFUSED(h->rows = 1);
	ASSERT_REFUSED(h->rows = 3);
	ASSERT_REFUSED(h->rows = UINT32_MAX);
	ASSERT_REFUSED(h->scale = 0);
	ASSERT_REFUSED(h->scale = -1);
	ASSERT_REFUSED(h->scale = NAN);
	ASSERT_REFUSED(h->curve.slope = 0);
	ASSERT_REFUSED(h->curve.slope = NAN);
	ASSERT_REFUSED(h->curve.offset = INFINITY);
	ASSERT_REFUSED(h->byte_order = 0x04030201);
	ASSERT_REFUSED(h->file_size--);
	ASSERT_REFUSED(memset(s.bytes + sizeof *h, 'x', TEXT_LABEL_MAX));
	ASSERT_REFUSED(s.bytes[sizeof *h] = '\0');
	ASSERT_REFUSED(s.bytes[sizeof *h] = '\x1b');
	ASSERT_REFUSED(*float_at(&s, s.layout.bias, 2) = NAN);
	ASSERT_REFUSED(*float_at(&s, s.layout.rows, 1) = INFINITY);
	ASSERT_REFUSED(*float_at(&s, s.layout.size, (size_t)-1) = NAN);
	/* A vocabulary that would lead out of the rows: one bucket more, one less, numbers that do not fit the bits. */
	ASSERT_REFUSED(s.bytes[s.layout.known + (bucket_in("green", TEXT_BITS_MIN)) / 8] |= (char)0xff);
	ASSERT_REFUSED(memset(s.bytes + s.layout.known, 0, 1 << TEXT_BITS_MIN >> 3));
	ASSERT_REFUSED(s.bytes[s.layout.before]++);
	ASSERT_REFUSED(s.bytes[s.layout.before + (1 << TEXT_BITS_MIN) / 64 * 4 - 1]--);
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

UNIT_SUITE(text_model, "text_model", words_and_pairs_are_counted_the_same_in_any_split,
	words_of_any_length_differ_by_each_of_their_bytes, words_that_the_model_does_not_know_take_no_room,
	words_made_to_collide_are_left_out, scores_are_the_plain_sums_whatever_the_number_of_classes,
	what_too_few_documents_have_is_not_known, the_rows_that_decide_are_kept,
	counting_has_a_ceiling_of_words_and_of_bytes, a_text_is_scored_by_its_words_with_both_kinds_of_weights,
	a_file_cut_at_any_length_is_refused, any_changed_byte_behind_the_magic_is_noticed,
	a_hostile_file_with_a_right_checksum_is_refused_all_the_same,
	a_model_is_trained_and_tells_texts_apart_the_same_each_time, a_corpus_that_cannot_be_used_is_named,
	a_document_in_html_and_latin1_is_counted_as_its_text)

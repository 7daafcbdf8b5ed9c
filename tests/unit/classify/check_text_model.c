/* The file of a text model, what is refused as one, and scores. */
#include "text_counts.h"

#include "classify/text_draft.h"

#include <math.h>
#include <stdio.h>
#include <zlib.h>

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

UNIT_SUITE(text_model, "text_model", a_text_is_scored_by_its_words_with_both_kinds_of_weights,
	scores_are_the_plain_sums_whatever_the_number_of_classes, a_file_cut_at_any_length_is_refused,
	any_changed_byte_behind_the_magic_is_noticed, a_hostile_file_with_a_right_checksum_is_refused_all_the_same)

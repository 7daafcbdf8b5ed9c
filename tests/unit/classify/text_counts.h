/* What the tests of text models share: the counts of a text, and what a model says of it. */
#ifndef SLUICE_TESTS_UNIT_CLASSIFY_TEXT_COUNTS_H
#define SLUICE_TESTS_UNIT_CLASSIFY_TEXT_COUNTS_H

#include "suites.h"

#include "classify/text_model.h"

/* In pieces of this many bytes. */
static inline struct text_features
count_known(struct slice text, const struct text_vocabulary *vocabulary, size_t piece)
{
	struct text_features f;

	text_features_start(&f, vocabulary, UINT64_MAX);
	for (size_t at = 0; at < text.len; at += piece)
		ck_assert(text_features_push(&f, slice_sub(text, at, at + piece)));
	text_features_finish(&f);
	return f;
}

/* The bucket of a word among 2^bits. */
static inline uint32_t
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

static inline void
assert_same_counts(const struct text_features *a, const struct text_features *b)
{
	ck_assert_uint_eq(a->used, b->used);
	ck_assert_uint_eq(a->capacity, b->capacity);
	ck_assert_int_eq(memcmp(a->table, b->table, a->capacity * sizeof *a->table), 0);
}

static inline struct text_topic
score(const struct text_model *m, const char *text, float *scores)
{
	struct text_features f = count_known(slice_of(text), &m->vocabulary, 1000);
	struct text_topic topic = text_model_score(m, &f, scores);

	text_features_release(&f);
	return topic;
}

#endif

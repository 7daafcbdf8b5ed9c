/* Words and pairs are counted. */
#include "text_counts.h"

#include <stdio.h>

static uint64_t
total_of(const struct text_features *f)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < f->capacity; i++)
		total += text_feature_count(f->table[i]);
	return total;
}

static struct text_features
count(struct slice text, unsigned ngrams, size_t piece)
{
	return count_known(text, &(struct text_vocabulary){.bits = 18, .ngrams = ngrams}, piece);
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

UNIT_SUITE(text_features, "text_features", words_and_pairs_are_counted_the_same_in_any_split,
	words_of_any_length_differ_by_each_of_their_bytes, words_that_the_model_does_not_know_take_no_room,
	counting_has_a_ceiling_of_words_and_of_bytes, words_made_to_collide_are_left_out)

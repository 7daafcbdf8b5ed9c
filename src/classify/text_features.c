/* Counting.  See text_features.h. */
#include "classify/text_features.h"

#include <stdlib.h>

#define FIRST_CAPACITY 8192u /* 64 KiB: a page of some length needs no more */
/* Odd numbers without a pattern (the golden ratio's fraction, and its square's). */
#define SPREAD UINT64_C(0x9e3779b97f4a7c15)
#define MIX UINT64_C(0xd6e8feb86659fd93)

void
text_features_start(struct text_features *f, unsigned bits, unsigned ngrams, uint64_t bytes_max)
{
	*f = (struct text_features){.bits = bits, .ngrams = ngrams, .bytes_max = bytes_max};
}

void
text_features_release(struct text_features *f)
{
	free(f->table);
	text_features_start(f, f->bits, f->ngrams, f->bytes_max);
}

static uint32_t
place_of(const struct text_features *f, uint32_t bucket)
{
	uint32_t at = (uint32_t)(bucket * UINT32_C(0x9e3779b1)) & (f->capacity - 1);

	while (f->table[at].count && f->table[at].bucket != bucket)
		at = (at + 1) & (f->capacity - 1);
	return at;
}

static bool
grow(struct text_features *f)
{
	struct text_features bigger = *f;

	bigger.capacity = f->capacity ? f->capacity * 2 : FIRST_CAPACITY;
	bigger.table = calloc(bigger.capacity, sizeof *bigger.table);
	if (bigger.table == NULL)
		return false;
	for (uint32_t i = 0; i < f->capacity; i++)
		if (f->table[i].count)
			bigger.table[place_of(&bigger, f->table[i].bucket)] = f->table[i];
	free(f->table);
	*f = bigger;
	return true;
}

static void
count_bucket(struct text_features *f, uint64_t hash)
{
	/* A multiplicative hash: its top bits are the good ones. */
	uint32_t bucket = (uint32_t)(((hash ^ hash >> 32) * MIX) >> (64 - f->bits));
	struct text_feature *feature;

	if (f->used * 2 >= f->capacity && f->used < TEXT_FEATURES_MAX && !grow(f) && f->capacity == 0) {
		f->is_incomplete = true;
		return;
	}
	feature = &f->table[place_of(f, bucket)];
	if (feature->count == 0) {
		if (f->used * 2 >= f->capacity) {
			f->is_incomplete = true;
			return;
		}
		feature->bucket = bucket;
		f->used++;
	}
	if (feature->count < UINT32_MAX)
		feature->count++;
}

static void
end_word(struct text_features *f)
{
	if (f->word == 0)
		return;
	count_bucket(f, f->word);
	if (f->ngrams > 1 && f->previous)
		count_bucket(f, f->previous * MIX + f->word);
	f->previous = f->word;
	f->word = 0;
}

bool
text_features_push(struct text_features *f, struct slice text)
{
	uint64_t room = f->bytes_max - f->bytes;
	uint64_t word = f->word;

	if (text.len > room)
		text.len = room;
	f->bytes += text.len;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = (uint8_t)text.ptr[i];

		if (c == ' ') {
			f->word = word;
			end_word(f);
			word = 0;
			continue;
		}
		/* Each byte spread over all bits, at a place of its own; never 0 behind the first byte but by a rare
		 * chance. */
		word = (word << 7 | word >> 57) + c * SPREAD;
	}
	f->word = word;
	return f->bytes < f->bytes_max;
}

void
text_features_finish(struct text_features *f)
{
	end_word(f);
}

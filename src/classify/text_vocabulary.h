/* Which hashed words and word pairs a text model has weights for, and which row of weights is whose: a bit for each
 * bucket, small enough to stay in the processor's cache, and for each 64 of them how many are known before.  What is
 * not known costs a text no more than the look at a bit. */
#ifndef SLUICE_CLASSIFY_TEXT_VOCABULARY_H
#define SLUICE_CLASSIFY_TEXT_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_BITS_MIN 10
#define TEXT_BITS_MAX 22
#define TEXT_NGRAMS_MAX 2

/* All arrays are borrowed. */
struct text_vocabulary {
	unsigned bits;          /* 2^bits buckets */
	unsigned ngrams;        /* 1: words, 2: and pairs */
	const uint64_t *known;  /* a bit for each bucket; NULL: all are known, and none has a row */
	const uint32_t *before; /* known buckets in front of each word of `known` */
};

static inline bool
text_vocabulary_has(const struct text_vocabulary *v, uint32_t bucket)
{
	return v->known == NULL || (v->known[bucket / 64] >> (bucket % 64) & 1);
}

/* Bits that are set.  In the open, because a processor that may lack the instruction gets a call. */
static inline uint32_t
text_vocabulary_count(uint64_t bits)
{
	bits -= bits >> 1 & UINT64_C(0x5555555555555555);
	bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
	return (uint32_t)(((bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f)) * UINT64_C(0x0101010101010101) >> 56);
}

/* Of a known bucket. */
static inline uint32_t
text_vocabulary_row(const struct text_vocabulary *v, uint32_t bucket)
{
	uint64_t below = (UINT64_C(1) << (bucket % 64)) - 1;

	return v->before[bucket / 64] + text_vocabulary_count(v->known[bucket / 64] & below);
}

/* Fills `before`, which has room for a number for each 64 buckets; returns how many buckets are known. */
static inline uint32_t
text_vocabulary_number(const uint64_t *known, unsigned bits, uint32_t *before)
{
	uint32_t rows = 0;

	for (size_t i = 0; i < (size_t)1 << bits >> 6; i++) {
		before[i] = rows;
		rows += text_vocabulary_count(known[i]);
	}
	return rows;
}

#endif

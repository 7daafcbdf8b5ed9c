/* The words and word pairs of a text, counted in hashed buckets while the text streams: what a text model looks at.
 * The text is in the form of text_normal.h.  Memory grows with the number of different words that the model knows, up
 * to a named maximum, behind which new words are not counted.  One thread a text; any split gives the same counts. */
#ifndef SLUICE_CLASSIFY_TEXT_FEATURES_H
#define SLUICE_CLASSIFY_TEXT_FEATURES_H

#include "base/slice.h"
#include "classify/text_vocabulary.h"

#define TEXT_FEATURES_MAX 65536u /* different buckets of one text: 512 KiB of table */

/* A feature is one number: a bucket in its low bits, and above them how often the text has it, up to TEXT_COUNT_MAX;
 * 0: none. */
#define TEXT_FEATURE_BITS 22
#define TEXT_COUNT_MAX ((1u << (32 - TEXT_FEATURE_BITS)) - 1)

static inline uint32_t
text_feature_bucket(uint32_t feature)
{
	return feature & ((1u << TEXT_FEATURE_BITS) - 1);
}

static inline uint32_t
text_feature_count(uint32_t feature)
{
	return feature >> TEXT_FEATURE_BITS;
}

struct text_features {
	struct text_vocabulary vocabulary; /* what is counted; borrows */
	uint32_t *table;                   /* owned; features; open addressing by bucket */
	uint32_t capacity;                 /* a power of two, or 0 */
	uint32_t used;
	uint64_t hash;     /* of the word that is being read, up to where its last bytes begin */
	uint64_t rest;     /* those bytes, the first lowest: fewer than 8 */
	unsigned rest_len; /* with a hash of 0, too: between words */
	uint64_t previous; /* the word before; 0 at the start */
	uint64_t bytes, bytes_max;
	bool is_incomplete; /* words were left out: too many, made to collide, or memory was out */
};

/* bytes_max: how much text is looked at.  Allocates nothing yet. */
void text_features_start(struct text_features *f, const struct text_vocabulary *vocabulary, uint64_t bytes_max);
/* False once bytes_max was reached. */
bool text_features_push(struct text_features *f, struct slice text);
/* The last word is counted, where no space ended it. */
void text_features_finish(struct text_features *f);
/* Frees the table; may be started again. */
void text_features_release(struct text_features *f);

#endif

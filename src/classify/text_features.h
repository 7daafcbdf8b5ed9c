/* The words and word pairs of a text, counted in hashed buckets while the text streams: what a text model looks at.
 * The text is in the form of text_normal.h.  Memory grows with the number of different words, up to a named maximum,
 * behind which new words are not counted.  One thread a text; any split gives the same counts. */
#ifndef SLUICE_CLASSIFY_TEXT_FEATURES_H
#define SLUICE_CLASSIFY_TEXT_FEATURES_H

#include "base/slice.h"

#define TEXT_FEATURES_MAX 65536u /* different buckets of one text: 1 MiB of table */
#define TEXT_BITS_MIN 10
#define TEXT_BITS_MAX 22

/* Empty where count is 0. */
struct text_feature {
	uint32_t bucket;
	uint32_t count;
};

struct text_features {
	struct text_feature *table; /* owned; open addressing by bucket */
	uint32_t capacity;          /* a power of two, or 0 */
	uint32_t used;
	unsigned bits;     /* 2^bits buckets */
	unsigned ngrams;   /* 1: words, 2: and pairs */
	uint64_t word;     /* hash of the word that is being read; 0 between words */
	uint64_t previous; /* hash of the word before; 0 at the start */
	uint64_t bytes, bytes_max;
	bool is_incomplete; /* words were left out: too many, or memory was out */
};

/* bytes_max: how much text is looked at.  Allocates nothing yet. */
void text_features_start(struct text_features *f, unsigned bits, unsigned ngrams, uint64_t bytes_max);
/* False once bytes_max was reached. */
bool text_features_push(struct text_features *f, struct slice text);
/* The last word is counted, where no space ended it. */
void text_features_finish(struct text_features *f);
/* Frees the table; may be started again. */
void text_features_release(struct text_features *f);

#endif

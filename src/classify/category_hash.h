/* The hash of a name in a category table, and of all its parents in the same pass: SipHash-1-3 over the labels from the
 * last to the first.  A label is its bytes in words of eight, then one word of the bytes left over and, on top, 0x80
 * and the label's length: bytes of names are below 0x80, so no two runs of labels make the same words.
 *
 * Only for names; addresses and URLs are hashed by siphash13() as they stand. */
#ifndef SLUICE_CLASSIFY_CATEGORY_HASH_H
#define SLUICE_CLASSIFY_CATEGORY_HASH_H

#include <endian.h>

#include "base/not_cleared.h"
#include "base/siphash.h"
#include "classify/category_table.h"

#define CATEGORY_HASH_WORD 8u
#define CATEGORY_HASH_HIGH_BITS UINT64_C(0x8080808080808080)
#define CATEGORY_HASH_DOTS UINT64_C(0x2e2e2e2e2e2e2e2e)

/* A name, copied with room for a word before and behind it, and where one is in it. */
struct category_labels {
	char text[CATEGORY_HASH_WORD + CATEGORY_HOST_MAX + 3 + CATEGORY_HASH_WORD];
	size_t end;     /* of what is still to be read, in `text` */
	size_t word;    /* where the word is whose dots are being looked at */
	uint64_t dots;  /* the top bit of each byte before `end` in that word that is a dot */
	uint64_t bytes; /* all labels so far or'ed: the top bits tell bytes that are in no name */
	struct siphash_state hash;
};

static inline uint64_t
category_load(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof word);
	return le64toh(word);
}

/* The top bit of each byte that is a dot. */
static inline uint64_t
category_dots(uint64_t word)
{
	uint64_t x = word ^ CATEGORY_HASH_DOTS;

	return ~(((x & ~CATEGORY_HASH_HIGH_BITS) + ~CATEGORY_HASH_HIGH_BITS) | x | ~CATEGORY_HASH_HIGH_BITS);
}

static inline void
category_labels_load(struct category_labels *l)
{
	l->dots = category_dots(category_load(l->text + l->word));
}

/* name is of 1 to CATEGORY_HOST_MAX bytes. */
static inline void
category_labels_begin(struct category_labels *l, const struct siphash_key *key, struct slice name)
{
	const uint64_t nothing = 0;

	memcpy(l->text, &nothing, sizeof nothing);
	memcpy(l->text + CATEGORY_HASH_WORD + name.len, &nothing, sizeof nothing);
	memcpy(l->text + CATEGORY_HASH_WORD, name.ptr, name.len);
	l->end = CATEGORY_HASH_WORD + name.len;
	l->word = CATEGORY_HASH_WORD + (name.len - 1) / CATEGORY_HASH_WORD * CATEGORY_HASH_WORD;
	l->bytes = 0;
	l->hash = siphash_begin(key);
	category_labels_load(l);
}

/* Takes the next label in, from the last on; `hash` is then that of the name from there to its end.  Returns where the
 * label begins in the name; false in *more when it was the first. */
static inline size_t
category_labels_next(struct category_labels *l, bool *more)
{
	size_t start, len;
	uint64_t word;

	while (l->dots == 0 && l->word > CATEGORY_HASH_WORD) {
		l->word -= CATEGORY_HASH_WORD;
		category_labels_load(l);
	}
	*more = l->dots != 0;
	if (*more) {
		unsigned byte = (63 - (unsigned)__builtin_clzll(l->dots)) / 8;

		l->dots ^= UINT64_C(0x80) << (8 * byte);
		start = l->word + byte + 1;
	} else {
		start = CATEGORY_HASH_WORD;
	}
	len = l->end - start;
	for (; l->end - start >= CATEGORY_HASH_WORD; start += CATEGORY_HASH_WORD) {
		word = category_load(l->text + start);
		l->bytes |= word;
		siphash_add(&l->hash, word);
	}
	/* The bytes left over end at `end`: whatever lies before them is shifted out. */
	word = len % 8 ? category_load(l->text + l->end - 8) >> (8 * (8 - len % 8)) : 0;
	l->bytes |= word;
	siphash_add(&l->hash, word | (uint64_t)(0x80 | len) << 56);
	start = l->end - len;
	l->end = start - 1;
	return start - CATEGORY_HASH_WORD;
}

/* False where a label so far has bytes that are in no name. */
static inline bool
category_labels_are_sound(const struct category_labels *l)
{
	return (l->bytes & CATEGORY_HASH_HIGH_BITS) == 0;
}

#endif

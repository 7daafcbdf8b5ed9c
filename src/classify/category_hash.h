/* The hash of a name in a category table, and those of all its parents with it.
 *
 * The name is read from its end to its front, in words of eight bytes, big-endian.  The last word has the bytes that
 * are left over and, on top, how many bytes the name has: so no two names have the same words, and a parent's are the
 * name's own up to where the parent begins.  The hash is the upper half of the sum of all words, each times a secret
 * factor of its own, modulo 2^128: whatever two names somebody chooses who does not know the factors, their hashes are
 * two independent random numbers.  Source: Lemire and Kaser, "Strongly universal string hashing is fast" (2013),
 * section 3, MULTILINEAR.  Names that count up would lie on a line all the same, some in many buckets and some in few;
 * so the bits are mixed once, in a way that can be undone: two names are as independent after it.
 *
 * The sum up to a parent is a part of the sum of the name, no multiplication waits for another, and nothing branches on
 * what the name is.
 *
 * Only for names; addresses and URLs are hashed by siphash13() as they stand. */
#ifndef SLUICE_CLASSIFY_CATEGORY_HASH_H
#define SLUICE_CLASSIFY_CATEGORY_HASH_H

#include <endian.h>

#include "base/not_cleared.h"
#include "classify/category_table.h"

#define CATEGORY_HASH_HIGH_BITS UINT64_C(0x8080808080808080)
#define CATEGORY_HASH_DOTS UINT64_C(0x2e2e2e2e2e2e2e2e)
#define CATEGORY_HASH_GATHER UINT64_C(0x0002040810204081) /* brings the top bits of all bytes together, on top */
#define CATEGORY_HASH_MIX UINT64_C(0x9e3779b97f4a7c15)    /* odd; 2^64 by the golden ratio */

/* A name that has been read. */
struct category_name {
	uint64_t words[CATEGORY_NAME_WORDS];            /* from the end of the name on */
	unsigned __int128 sums[CATEGORY_NAME_WORDS];    /* before each word */
	uint64_t starts[(CATEGORY_HOST_MAX + 64) / 64]; /* bit n: its last n bytes are a parent, or all of it */
	uint64_t bytes;                                 /* all words or'ed */
};

/* Eight bytes, of which the first is on top. */
static inline uint64_t
category_load(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof word);
	return be64toh(word);
}

/* The bytes that are left over in front, fewer than eight. */
static inline uint64_t
category_load_front(struct slice name)
{
	unsigned len = name.len % 8;
	uint64_t word = 0;

	if (name.len >= sizeof word)
		return category_load(name.ptr) >> 8 >> 8 * (7 - len);
	for (unsigned i = 0; i < len; i++)
		word = word << 8 | (unsigned char)name.ptr[i];
	return word;
}

/* Bit n: byte n of the word, from the lowest, is a dot.  Beside a byte above 0x7f, which is in no listed name, a bit
 * may be wrong. */
static inline uint64_t
category_dots(uint64_t word)
{
	uint64_t has_others = (word ^ CATEGORY_HASH_DOTS) + ~CATEGORY_HASH_HIGH_BITS;

	return (~has_others & CATEGORY_HASH_HIGH_BITS) * CATEGORY_HASH_GATHER >> 56;
}

/* name is of 1 to CATEGORY_HOST_MAX bytes. */
static inline void
category_name_read(struct category_name *n, const struct category_factors *factors, struct slice name)
{
	unsigned __int128 sum = factors->start;
	size_t whole = name.len / 8, i;
	uint64_t dots = 0, bytes = 0, word;

	for (i = 0; i < whole; i++) {
		word = category_load(name.ptr + name.len - 8 * (i + 1));
		if (i % 8 == 0 && i > 0) {
			n->starts[i / 8 - 1] = dots;
			dots = 0;
		}
		dots |= category_dots(word) << 8 * (i % 8);
		bytes |= word;
		n->words[i] = word;
		n->sums[i] = sum;
		sum += factors->of_word[i] * word;
	}
	word = category_load_front(name);
	if (i % 8 == 0 && i > 0) {
		n->starts[i / 8 - 1] = dots;
		dots = 0;
	}
	n->starts[i / 8] = dots | category_dots(word) << 8 * (i % 8) | UINT64_C(1) << name.len % 64;
	n->bytes = bytes | word;
	n->words[i] = word;
	n->sums[i] = sum;
}

/* The hash of the last len bytes of a name that was read; it has as many. */
static inline uint64_t
category_name_hash(const struct category_name *n, const struct category_factors *factors, size_t len)
{
	uint64_t left = n->words[len / 8] & ((UINT64_C(1) << 8 * (len % 8)) - 1);
	uint64_t last = left | (uint64_t)len << 56;
	uint64_t sum = (uint64_t)((n->sums[len / 8] + factors->of_word[len / 8] * last) >> 64);

	return (sum ^ sum >> 32) * CATEGORY_HASH_MIX;
}

/* Labels of a name of len bytes that was read. */
static inline unsigned
category_name_labels(const struct category_name *n, size_t len)
{
	unsigned labels = 0;

	for (size_t i = 0; i <= len / 64; i++)
		labels += (unsigned)__builtin_popcountll(n->starts[i]);
	return labels;
}

#endif

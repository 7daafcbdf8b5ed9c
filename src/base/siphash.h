/* SipHash-1-3: a keyed hash for tables whose keys a stranger chooses.
 * Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012). */
#ifndef SLUICE_BASE_SIPHASH_H
#define SLUICE_BASE_SIPHASH_H

#include "base/slice.h"

struct siphash_key {
	uint64_t k0;
	uint64_t k1;
};

uint64_t siphash13(const struct siphash_key *key, const void *data, size_t len);
/* A key from the kernel's random source; never fails (aborts where the kernel has none). */
struct siphash_key siphash_random_key(void);

/* ---- the rounds, for who hashes words of his own: begin, add each, end a copy wherever a value is wanted ---- */

struct siphash_state {
	uint64_t v[4];
};

static inline uint64_t
siphash_rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static inline void
siphash_round(struct siphash_state *s)
{
	uint64_t *v = s->v;

	v[0] += v[1];
	v[1] = siphash_rotate(v[1], 13) ^ v[0];
	v[0] = siphash_rotate(v[0], 32);
	v[2] += v[3];
	v[3] = siphash_rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = siphash_rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = siphash_rotate(v[1], 17) ^ v[2];
	v[2] = siphash_rotate(v[2], 32);
}

static inline struct siphash_state
siphash_begin(const struct siphash_key *key)
{
	return (struct siphash_state){{
		key->k0 ^ 0x736f6d6570736575ULL,
		key->k1 ^ 0x646f72616e646f6dULL,
		key->k0 ^ 0x6c7967656e657261ULL,
		key->k1 ^ 0x7465646279746573ULL,
	}};
}

static inline void
siphash_add(struct siphash_state *s, uint64_t word)
{
	s->v[3] ^= word;
	siphash_round(s);
	s->v[0] ^= word;
}

static inline uint64_t
siphash_end(struct siphash_state s)
{
	s.v[2] ^= 0xff;
	siphash_round(&s);
	siphash_round(&s);
	siphash_round(&s);
	return s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3];
}

#endif

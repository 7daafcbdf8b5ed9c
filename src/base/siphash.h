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

#endif

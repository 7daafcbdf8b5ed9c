/* Remembers chains that were accepted, so that a chain seen again costs one hash.  The key is the SHA-256 of everything
 * that the judgement depended on: the octets of all certificates and of the stapled response, the host, the options,
 * and the generation of trust.  Another certificate, however alike, is another key: nothing is ever accepted because
 * something was accepted before.  Refusals are not remembered.
 *
 * One thread: each loop thread has its own, without a lock. */
#ifndef SLUICE_TLS_VERIFY_CACHE_H
#define SLUICE_TLS_VERIFY_CACHE_H

#include "tls/verify.h"

struct verify_cache;

struct verify_cache_counts {
	uint64_t hits;
	uint64_t misses;
};

/* Holds at most `capacity` verdicts (some 450 octets each); the one unused for longest gives way.  NULL when memory is
 * out. */
struct verify_cache *verify_cache_new(size_t capacity);
void verify_cache_free(struct verify_cache *cache);
/* As verify_chain(), by memory where possible.  `cache` may be NULL; it is emptied when the generation changes. */
void verify_cache_judge(struct verify_cache *cache, const struct verify_input *in, struct verify_verdict *out);
struct verify_cache_counts verify_cache_counts(const struct verify_cache *cache);

#endif

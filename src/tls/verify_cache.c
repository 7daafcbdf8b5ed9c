/* Accepting verdicts by the hash of what was presented: see verify_cache.h. */
#include "tls/verify_cache.h"

#include "base/list.h"
#include "base/map.h"

#include <stdlib.h>

struct remembered {
	struct list_node by_use; /* the latest first */
	uint8_t key[TRUST_DIGEST];
	struct verify_verdict verdict;
};

struct verify_cache {
	struct map by_key; /* struct remembered */
	struct list_node by_use;
	size_t capacity;
	uint64_t generation; /* of all that is remembered */
	struct verify_cache_counts counts;
	EVP_MD_CTX *hash;
	unsigned char *scratch; /* for the DER of one certificate */
	size_t scratch_size;
};

struct verify_cache *
verify_cache_new(size_t capacity)
{
	struct verify_cache *cache = calloc(1, sizeof *cache);

	if (cache == NULL)
		return NULL;
	map_init(&cache->by_key);
	list_init(&cache->by_use);
	cache->capacity = capacity;
	cache->hash = EVP_MD_CTX_new();
	if (cache->hash == NULL) {
		verify_cache_free(cache);
		return NULL;
	}
	return cache;
}

static void
forget(struct verify_cache *cache, struct remembered *r)
{
	map_remove(&cache->by_key, slice_make(r->key, sizeof r->key));
	list_remove(&r->by_use);
	free(r);
}

static void
forget_all(struct verify_cache *cache)
{
	LIST_FOR_EACH(node, next, &cache->by_use)
	forget(cache, LIST_ENTRY(node, struct remembered, by_use));
}

void
verify_cache_free(struct verify_cache *cache)
{
	if (cache == NULL)
		return;
	forget_all(cache);
	map_release(&cache->by_key);
	EVP_MD_CTX_free(cache->hash);
	free(cache->scratch);
	free(cache);
}

struct verify_cache_counts
verify_cache_counts(const struct verify_cache *cache)
{
	return cache->counts;
}

/* Every part goes in behind its length, so that no two inputs hash the same octets. */
static bool
hash_part(struct verify_cache *cache, const void *bytes, size_t len)
{
	uint64_t length = len;

	return EVP_DigestUpdate(cache->hash, &length, sizeof length) == 1 &&
	       EVP_DigestUpdate(cache->hash, bytes, len) == 1;
}

/* Adds one certificate; *budget bounds the octets of all. */
static bool
hash_cert(struct verify_cache *cache, X509 *cert, size_t *budget)
{
	int len = i2d_X509(cert, NULL);
	unsigned char *at, *grown;

	if (len <= 0 || (size_t)len > *budget)
		return false;
	*budget -= (size_t)len;
	if ((size_t)len > cache->scratch_size) {
		grown = realloc(cache->scratch, (size_t)len);
		if (grown == NULL)
			return false;
		cache->scratch = grown;
		cache->scratch_size = (size_t)len;
	}
	at = cache->scratch;
	return i2d_X509(cert, &at) == len && hash_part(cache, cache->scratch, (size_t)len);
}

static bool
hash_input(struct verify_cache *cache, const struct verify_input *in, uint8_t key[TRUST_DIGEST])
{
	uint64_t generation = trust_generation(in->trust);
	int32_t fixed[] = {(int32_t)in->options, (int32_t)in->host->kind};
	struct slice host = hostname_dns(in->host);
	size_t budget = VERIFY_BYTES_MAX;

	if (in->leaf == NULL || in->host->kind == HOSTNAME_NONE || in->staple.len > VERIFY_STAPLE_BYTES_MAX ||
		EVP_DigestInit_ex2(cache->hash, trust_sha256(in->trust), NULL) != 1)
		return false;
	if (!hash_part(cache, &generation, sizeof generation) || !hash_part(cache, fixed, sizeof fixed) ||
		!hash_part(cache, host.ptr, host.len) ||
		!hash_part(cache, in->host->addr.bytes, sizeof in->host->addr.bytes) ||
		!hash_part(cache, in->staple.ptr, in->staple.len) || !hash_part(cache, in->scts.ptr, in->scts.len) ||
		!hash_cert(cache, in->leaf, &budget))
		return false;
	for (int i = 0; in->chain && i < sk_X509_num(in->chain); i++)
		if (sk_X509_value(in->chain, i) != in->leaf && !hash_cert(cache, sk_X509_value(in->chain, i), &budget))
			return false;
	return EVP_DigestFinal_ex(cache->hash, key, NULL) == 1;
}

/* Keeps an accepting verdict; without memory nothing is kept. */
static void
remember(struct verify_cache *cache, const uint8_t key[TRUST_DIGEST], const struct verify_verdict *verdict)
{
	struct remembered *r;

	if (cache->capacity == 0)
		return;
	if (cache->by_key.count >= cache->capacity)
		forget(cache, LIST_ENTRY(cache->by_use.prev, struct remembered, by_use));
	r = malloc(sizeof *r);
	if (r == NULL)
		return;
	memcpy(r->key, key, sizeof r->key);
	r->verdict = *verdict;
	list_push_front(&cache->by_use, &r->by_use);
	if (!map_put(&cache->by_key, slice_make(r->key, sizeof r->key), r)) {
		list_remove(&r->by_use);
		free(r);
	}
}

void
verify_cache_judge(struct verify_cache *cache, const struct verify_input *in, struct verify_verdict *out)
{
	uint8_t key[TRUST_DIGEST];
	struct remembered *r;

	if (cache && cache->generation != trust_generation(in->trust)) {
		forget_all(cache);
		cache->generation = trust_generation(in->trust);
	}
	if (cache == NULL || !hash_input(cache, in, key)) {
		verify_chain(in, out);
		return;
	}
	r = map_get(&cache->by_key, slice_make(key, sizeof key));
	if (r && verify_verdict_holds(&r->verdict, trust_generation(in->trust), in->now)) {
		cache->counts.hits++;
		list_remove(&r->by_use);
		list_push_front(&cache->by_use, &r->by_use);
		*out = r->verdict;
		verify_verdict_ask(out, in->revocations);
		return;
	}
	cache->counts.misses++;
	if (r)
		forget(cache, r);
	verify_chain(in, out);
	if (verify_verdict_accepts(out))
		remember(cache, key, out);
}

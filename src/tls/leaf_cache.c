/* Leaves by the origin certificate that they stand for.  See leaf_cache.h. */
#include "tls/leaf_cache.h"

#include "base/map.h"

#include <assert.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

struct entry {
	struct leaf_cache_key key; /* the map's key lies here */
	struct leaf *leaf;         /* a reference; NULL while somebody mints it */
	struct list_node recency;  /* in leaf_cache.recent, once there is a leaf */
	struct list_node waiters;  /* of struct leaf_waiter */
};

struct leaf_cache {
	pthread_mutex_t lock; /* for everything below */
	struct map entries;
	struct list_node recent; /* the most recently used first */
	size_t max;
	struct leaf_cache_counts counts;
};

bool
leaf_cache_key_make(struct leaf_cache_key *key, struct slice origin, const uint8_t issuer_id[MINT_ID_BYTES],
	uint64_t epoch, enum leaf_key_type key_type, struct slice server_name)
{
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	/* Fields of variable length have theirs before them, so that no two inputs run together to the same bytes. */
	const uint64_t numbers[] = {origin.len, server_name.len, epoch, key_type};
	bool ok;

	ok = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 &&
	     EVP_DigestUpdate(hash, numbers, sizeof numbers) == 1 &&
	     EVP_DigestUpdate(hash, origin.ptr, origin.len) == 1 &&
	     EVP_DigestUpdate(hash, server_name.ptr, server_name.len) == 1 &&
	     EVP_DigestUpdate(hash, issuer_id, MINT_ID_BYTES) == 1 && EVP_DigestFinal_ex(hash, key->bytes, NULL) == 1;
	EVP_MD_CTX_free(hash);
	return ok;
}

static struct slice
key_slice(const struct leaf_cache_key *key)
{
	return slice_make(key->bytes, sizeof key->bytes);
}

struct leaf_cache *
leaf_cache_create(size_t max)
{
	struct leaf_cache *cache = calloc(1, sizeof *cache);

	if (cache == NULL)
		return NULL;
	pthread_mutex_init(&cache->lock, NULL);
	map_init(&cache->entries);
	list_init(&cache->recent);
	cache->max = max > 0 ? max : 1;
	return cache;
}

/* The entry is in the map, and nobody waits for it. */
static void
drop(struct leaf_cache *cache, struct entry *entry)
{
	assert(list_is_empty(&entry->waiters));
	map_remove(&cache->entries, key_slice(&entry->key));
	if (entry->leaf) {
		list_remove(&entry->recency);
		cache->counts.leaves--;
	}
	leaf_release(entry->leaf);
	free(entry);
}

static void
drop_all_leaves(struct leaf_cache *cache)
{
	LIST_FOR_EACH(node, following, &cache->recent)
	drop(cache, LIST_ENTRY(node, struct entry, recency));
}

void
leaf_cache_destroy(struct leaf_cache *cache)
{
	const struct map_entry *pending;
	size_t at = 0;

	if (cache == NULL)
		return;
	drop_all_leaves(cache);
	while ((pending = map_next(&cache->entries, &at)) != NULL)
		free(pending->value); /* was being minted when everything ended */
	map_release(&cache->entries);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

static struct entry *
add_pending(struct leaf_cache *cache, const struct leaf_cache_key *key)
{
	struct entry *entry = calloc(1, sizeof *entry);

	if (entry == NULL)
		return NULL;
	entry->key = *key;
	list_init(&entry->waiters);
	if (map_put(&cache->entries, key_slice(&entry->key), entry))
		return entry;
	free(entry);
	return NULL;
}

enum leaf_cache_answer
leaf_cache_acquire(struct leaf_cache *cache, const struct leaf_cache_key *key, int64_t now, struct leaf_waiter *waiter,
	struct leaf **leaf)
{
	enum leaf_cache_answer answer = LEAF_CACHE_MINT;
	struct entry *entry;

	*leaf = NULL;
	pthread_mutex_lock(&cache->lock);
	entry = map_get(&cache->entries, key_slice(key));
	if (entry && entry->leaf && entry->leaf->not_after < now + LEAF_CACHE_MARGIN_SECONDS) {
		drop(cache, entry);
		entry = NULL;
	}
	if (entry == NULL) {
		add_pending(cache, key); /* without memory for it nobody waits, and each mints for itself */
		cache->counts.mints++;
	} else if (entry->leaf) {
		answer = LEAF_CACHE_HIT;
		*leaf = leaf_share(entry->leaf);
		list_remove(&entry->recency);
		list_push_front(&cache->recent, &entry->recency);
		cache->counts.hits++;
	} else {
		answer = LEAF_CACHE_WAIT;
		waiter->leaf = NULL;
		list_push_back(&entry->waiters, &waiter->link);
		cache->counts.waits++;
	}
	pthread_mutex_unlock(&cache->lock);
	return answer;
}

static void
wake_all(struct entry *entry, struct leaf *leaf)
{
	LIST_FOR_EACH(node, following, &entry->waiters)
	{
		struct leaf_waiter *waiter = LIST_ENTRY(node, struct leaf_waiter, link);

		list_remove(node);
		waiter->leaf = leaf ? leaf_share(leaf) : NULL;
		waiter->wake(waiter);
	}
}

void
leaf_cache_publish(struct leaf_cache *cache, const struct leaf_cache_key *key, struct leaf *leaf)
{
	struct entry *entry;

	pthread_mutex_lock(&cache->lock);
	entry = map_get(&cache->entries, key_slice(key));
	if (entry && entry->leaf == NULL) {
		wake_all(entry, leaf);
		if (leaf) {
			entry->leaf = leaf_share(leaf);
			list_push_front(&cache->recent, &entry->recency);
			cache->counts.leaves++;
		} else {
			drop(cache, entry);
		}
	}
	if (cache->counts.leaves > cache->max) {
		drop(cache, LIST_ENTRY(cache->recent.prev, struct entry, recency));
		cache->counts.evictions++;
	}
	pthread_mutex_unlock(&cache->lock);
}

void
leaf_cache_cancel(struct leaf_cache *cache, struct leaf_waiter *waiter)
{
	pthread_mutex_lock(&cache->lock);
	list_remove(&waiter->link); /* harmless where it was woken already */
	leaf_release(waiter->leaf);
	waiter->leaf = NULL;
	pthread_mutex_unlock(&cache->lock);
}

void
leaf_cache_clear(struct leaf_cache *cache)
{
	pthread_mutex_lock(&cache->lock);
	drop_all_leaves(cache);
	pthread_mutex_unlock(&cache->lock);
}

struct leaf_cache_counts
leaf_cache_count(struct leaf_cache *cache)
{
	struct leaf_cache_counts counts;

	pthread_mutex_lock(&cache->lock);
	counts = cache->counts;
	pthread_mutex_unlock(&cache->lock);
	return counts;
}

/* Hints for greeting a client early.  See leaf_hints.h. */
#include "tls/leaf_hints.h"

#include "base/list.h"
#include "base/map.h"
#include "tls/leaf_cache.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

#define NAME_MAX_BYTES 255
#define DIGEST_BYTES 32

struct entry {
	uint8_t key[DIGEST_BYTES]; /* of the question; the map's key lies here */
	struct leaf_hint hint;
	int64_t until;
	struct list_node recency;
};

struct leaf_hints {
	pthread_mutex_t lock; /* for everything below */
	struct map entries;
	struct list_node recent; /* the most recently used first */
	size_t max;
};

static bool
digest_of(const struct leaf_hint_question *question, uint8_t digest[DIGEST_BYTES])
{
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	const uint64_t numbers[] = {question->destination.port, question->key_type, question->epoch,
		question->server_name.len, question->alpn_offer.len, question->offer.len};
	char name[NAME_MAX_BYTES];
	bool ok;

	ok = hash && question->server_name.len <= sizeof name;
	for (size_t i = 0; ok && i < question->server_name.len; i++)
		name[i] = ascii_lower(question->server_name.ptr[i]);
	ok = ok && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 &&
	     EVP_DigestUpdate(hash, numbers, sizeof numbers) == 1 &&
	     EVP_DigestUpdate(hash, question->destination.addr.bytes, sizeof question->destination.addr.bytes) == 1 &&
	     EVP_DigestUpdate(hash, name, question->server_name.len) == 1 &&
	     EVP_DigestUpdate(hash, question->alpn_offer.ptr, question->alpn_offer.len) == 1 &&
	     EVP_DigestUpdate(hash, question->offer.ptr, question->offer.len) == 1 &&
	     EVP_DigestFinal_ex(hash, digest, NULL) == 1;
	EVP_MD_CTX_free(hash);
	return ok;
}

struct leaf_hints *
leaf_hints_create(size_t max)
{
	struct leaf_hints *hints = calloc(1, sizeof *hints);

	if (hints == NULL)
		return NULL;
	pthread_mutex_init(&hints->lock, NULL);
	map_init(&hints->entries);
	list_init(&hints->recent);
	hints->max = max > 0 ? max : 1;
	return hints;
}

static void
drop(struct leaf_hints *hints, struct entry *entry)
{
	map_remove(&hints->entries, slice_make(entry->key, sizeof entry->key));
	list_remove(&entry->recency);
	leaf_release(entry->hint.leaf);
	free(entry);
}

void
leaf_hints_clear(struct leaf_hints *hints)
{
	pthread_mutex_lock(&hints->lock);
	LIST_FOR_EACH(node, following, &hints->recent)
	drop(hints, LIST_ENTRY(node, struct entry, recency));
	pthread_mutex_unlock(&hints->lock);
}

void
leaf_hints_destroy(struct leaf_hints *hints)
{
	if (hints == NULL)
		return;
	leaf_hints_clear(hints);
	map_release(&hints->entries);
	pthread_mutex_destroy(&hints->lock);
	free(hints);
}

bool
leaf_hints_find(
	struct leaf_hints *hints, const struct leaf_hint_question *question, int64_t now, struct leaf_hint *hint)
{
	uint8_t digest[DIGEST_BYTES];
	struct entry *entry;
	bool found;

	if (!digest_of(question, digest))
		return false;
	pthread_mutex_lock(&hints->lock);
	entry = map_get(&hints->entries, slice_make(digest, sizeof digest));
	found = entry && now <= entry->until && entry->hint.leaf->not_after >= now + LEAF_CACHE_MARGIN_SECONDS;
	if (found) {
		*hint = entry->hint;
		leaf_share(hint->leaf);
		list_remove(&entry->recency);
		list_push_front(&hints->recent, &entry->recency);
	} else if (entry) {
		drop(hints, entry);
	}
	pthread_mutex_unlock(&hints->lock);
	return found;
}

void
leaf_hints_remember(struct leaf_hints *hints, const struct leaf_hint_question *question, const struct leaf_hint *hint,
	int64_t until)
{
	struct entry *entry = calloc(1, sizeof *entry);
	struct entry *earlier;

	/* Without memory or a digest there is no hint, and the next client waits for the dial: no harm is done. */
	if (entry == NULL || !digest_of(question, entry->key)) {
		free(entry);
		return;
	}
	entry->hint = *hint;
	entry->until = until;
	pthread_mutex_lock(&hints->lock);
	earlier = map_get(&hints->entries, slice_make(entry->key, sizeof entry->key));
	if (earlier)
		drop(hints, earlier);
	if (map_put(&hints->entries, slice_make(entry->key, sizeof entry->key), entry)) {
		leaf_share(entry->hint.leaf);
		list_push_front(&hints->recent, &entry->recency);
	} else {
		free(entry);
	}
	if (hints->entries.count > hints->max)
		drop(hints, LIST_ENTRY(hints->recent.prev, struct entry, recency));
	pthread_mutex_unlock(&hints->lock);
}

void
leaf_hints_forget(struct leaf_hints *hints, const struct leaf_hint_question *question)
{
	uint8_t digest[DIGEST_BYTES];
	struct entry *entry;

	if (!digest_of(question, digest))
		return;
	pthread_mutex_lock(&hints->lock);
	entry = map_get(&hints->entries, slice_make(digest, sizeof digest));
	if (entry)
		drop(hints, entry);
	pthread_mutex_unlock(&hints->lock);
}

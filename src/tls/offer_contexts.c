/* A bounded store of contexts.  See offer_contexts.h. */
#include "tls/offer_contexts.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/map.h"

struct entry {
	/* The key: bytes alone, cleared before they are set. */
	struct {
		uint64_t generation;
		struct tls_offer offer;
	} key;
	struct list_node recency;
	struct tls_offer_context context;
};

struct tls_offer_contexts {
	struct map entries;
	struct list_node recent; /* the most recently used first */
	size_t max;
};

static struct slice
key_of(const struct entry *entry)
{
	return slice_make(&entry->key, sizeof entry->key);
}

struct tls_offer_contexts *
tls_offer_contexts_new(size_t max)
{
	struct tls_offer_contexts *store = calloc(1, sizeof *store);

	if (store == NULL)
		return NULL;
	map_init(&store->entries);
	list_init(&store->recent);
	store->max = max > 0 ? max : 1;
	return store;
}

static void
drop(struct tls_offer_contexts *store, struct entry *entry)
{
	map_remove(&store->entries, key_of(entry));
	list_remove(&entry->recency);
	SSL_CTX_free(entry->context.ctx);
	free(entry);
}

void
tls_offer_contexts_free(struct tls_offer_contexts *store)
{
	if (store == NULL)
		return;
	LIST_FOR_EACH(node, following, &store->recent)
	drop(store, LIST_ENTRY(node, struct entry, recency));
	map_release(&store->entries);
	free(store);
}

static struct entry *
add(struct tls_offer_contexts *store, const struct entry *wanted,
	SSL_CTX *(*make)(void *arg, const struct tls_offer *offer), void *arg)
{
	struct entry *entry = malloc(sizeof *entry);

	if (entry == NULL)
		return NULL;
	*entry = *wanted;
	list_init(&entry->recency);
	entry->context.ctx = make(arg, &entry->key.offer);
	if (entry->context.ctx == NULL || !map_put(&store->entries, key_of(entry), entry)) {
		SSL_CTX_free(entry->context.ctx);
		free(entry);
		return NULL;
	}
	list_push_front(&store->recent, &entry->recency);
	if (store->entries.count > store->max)
		drop(store, LIST_ENTRY(store->recent.prev, struct entry, recency));
	return entry;
}

struct tls_offer_context *
tls_offer_contexts_get(struct tls_offer_contexts *store, const struct tls_offer *offer, uint64_t generation,
	SSL_CTX *(*make)(void *arg, const struct tls_offer *offer), void *arg)
{
	struct entry wanted, *entry;

	memset(&wanted, 0, sizeof wanted);
	wanted.key.generation = generation;
	wanted.key.offer = *offer;
	entry = map_get(&store->entries, key_of(&wanted));
	if (entry == NULL) {
		entry = add(store, &wanted, make, arg);
	} else {
		list_remove(&entry->recency);
		list_push_front(&store->recent, &entry->recency);
	}
	return entry ? &entry->context : NULL;
}

size_t
tls_offer_contexts_count(const struct tls_offer_contexts *store)
{
	return store->entries.count;
}

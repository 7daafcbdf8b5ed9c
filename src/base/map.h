/* A hash map from bytes to a pointer: open addressing, linear probing, seeded per map.
 * The map copies no key: a key must live as long as its entry (usually it lies inside the value).
 * It owns neither keys nor values.  One thread. */
#ifndef SLUICE_BASE_MAP_H
#define SLUICE_BASE_MAP_H

#include "base/siphash.h"
#include "base/slice.h"

struct map_entry {
	uint64_t hash;
	struct slice key;
	void *value; /* NULL marks a free place */
};

struct map {
	struct map_entry *entries;
	size_t capacity; /* a power of two, or 0 */
	size_t count;
	struct siphash_key seed;
};

void map_init(struct map *m);
/* Frees the table, not what it points to. */
void map_release(struct map *m);
/* NULL where the key is absent. */
void *map_get(const struct map *m, struct slice key);
/* Sets or replaces (key included); value is not NULL.  False when memory is out: nothing changed. */
bool map_put(struct map *m, struct slice key, void *value);
/* Returns the value that was removed, or NULL. */
void *map_remove(struct map *m, struct slice key);
/* Walks all entries in no order: start with *at = 0; NULL at the end.  The map must not change meanwhile. */
const struct map_entry *map_next(const struct map *m, size_t *at);

#endif

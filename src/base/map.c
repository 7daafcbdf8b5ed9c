/* Open addressing with linear probing and backward-shift deletion, at most three quarters full.  See map.h. */
#include "base/map.h"

#include <assert.h>
#include <stdlib.h>

#define FIRST_CAPACITY 16

void
map_init(struct map *m)
{
	*m = (struct map){.seed = siphash_random_key()};
}

void
map_release(struct map *m)
{
	free(m->entries);
	m->entries = NULL;
	m->capacity = m->count = 0;
}

static uint64_t
map_hash(const struct map *m, struct slice key)
{
	return siphash13(&m->seed, key.ptr, key.len);
}

/* The place of the key, or the free place where it would go.  There is always a free one. */
static size_t
map_find(const struct map *m, struct slice key, uint64_t hash)
{
	size_t mask = m->capacity - 1;
	size_t at = hash & mask;

	while (m->entries[at].value && !(m->entries[at].hash == hash && slice_eq(m->entries[at].key, key)))
		at = (at + 1) & mask;
	return at;
}

static bool
map_grow(struct map *m)
{
	struct map bigger = *m;

	bigger.capacity = m->capacity ? m->capacity * 2 : FIRST_CAPACITY;
	bigger.entries = calloc(bigger.capacity, sizeof *bigger.entries);
	if (bigger.entries == NULL)
		return false;
	for (size_t i = 0; i < m->capacity; i++)
		if (m->entries[i].value)
			bigger.entries[map_find(&bigger, m->entries[i].key, m->entries[i].hash)] = m->entries[i];
	free(m->entries);
	*m = bigger;
	return true;
}

void *
map_get(const struct map *m, struct slice key)
{
	if (m->count == 0)
		return NULL;
	return m->entries[map_find(m, key, map_hash(m, key))].value;
}

bool
map_put(struct map *m, struct slice key, void *value)
{
	uint64_t hash = map_hash(m, key);
	size_t at;

	assert(value != NULL);
	if ((m->count + 1) * 4 > m->capacity * 3 && !map_grow(m))
		return false;
	at = map_find(m, key, hash);
	if (m->entries[at].value == NULL)
		m->count++;
	m->entries[at] = (struct map_entry){hash, key, value};
	return true;
}

void *
map_remove(struct map *m, struct slice key)
{
	size_t mask = m->capacity - 1;
	size_t hole, at;
	void *value;

	if (m->count == 0)
		return NULL;
	hole = map_find(m, key, map_hash(m, key));
	value = m->entries[hole].value;
	if (value == NULL)
		return NULL;
	m->count--;
	for (at = (hole + 1) & mask; m->entries[at].value; at = (at + 1) & mask) {
		size_t home = m->entries[at].hash & mask;

		/* An entry may move back into the hole unless its home lies between the hole and itself. */
		if (((at - home) & mask) >= ((at - hole) & mask)) {
			m->entries[hole] = m->entries[at];
			hole = at;
		}
	}
	m->entries[hole].value = NULL;
	return value;
}

const struct map_entry *
map_next(const struct map *m, size_t *at)
{
	while (*at < m->capacity) {
		const struct map_entry *entry = &m->entries[(*at)++];

		if (entry->value)
			return entry;
	}
	return NULL;
}

/* An arena holds what lives as long as one exchange (or one configuration) and is freed as a whole.
 * Nothing in it is freed alone; one thread; every allocation is aligned for any type. */
#ifndef SLUICE_BASE_ARENA_H
#define SLUICE_BASE_ARENA_H

#include "base/slice.h"

struct arena_block;

struct arena {
	struct arena_block *blocks; /* the newest first */
	char *at;
	char *end;
	size_t used;  /* bytes handed out */
	size_t limit; /* ceiling of `used`; arena_alloc() returns NULL above it */
};

/* An empty arena that hands out at most limit bytes; allocates nothing yet. */
static inline struct arena
arena_make(size_t limit)
{
	return (struct arena){.limit = limit};
}

/* n bytes, not cleared, or NULL where the limit or memory forbids it. */
void *arena_alloc(struct arena *a, size_t n);
/* The same, cleared. */
void *arena_zalloc(struct arena *a, size_t n);
/* Copies; the copy is also NUL-terminated (the NUL is not counted).  ptr is NULL on failure. */
struct slice arena_copy(struct arena *a, struct slice s);
struct slice arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Forgets everything; keeps one block for the next exchange. */
void arena_reset(struct arena *a);
/* Frees everything; the arena may be used again. */
void arena_release(struct arena *a);

#endif

/* An arena: blocks that double, a bump pointer, freed as a whole.  See arena.h. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ALIGNMENT 16
#define FIRST_BLOCK 2048
#define LARGEST_BLOCK 65536
/* A reset keeps one block, the newest and largest, as long as it is no larger than this. */
#define LARGEST_KEPT 8192

struct arena_block {
	struct arena_block *older;
	size_t size;
	_Alignas(ALIGNMENT) char bytes[];
};

static bool
arena_grow(struct arena *a, size_t n)
{
	size_t size = a->blocks ? a->blocks->size * 2 : FIRST_BLOCK;
	struct arena_block *block;

	if (size > LARGEST_BLOCK)
		size = LARGEST_BLOCK;
	if (size < n)
		size = n;
	block = malloc(sizeof *block + size);
	if (block == NULL)
		return false;
	block->older = a->blocks;
	block->size = size;
	a->blocks = block;
	a->at = block->bytes;
	a->end = block->bytes + size;
	return true;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	size_t rounded;
	char *p;

	if (n > a->limit)
		return NULL;
	rounded = (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (rounded > a->limit - a->used)
		return NULL;
	if ((size_t)(a->end - a->at) < rounded && !arena_grow(a, rounded))
		return NULL;
	p = a->at;
	a->at += rounded;
	a->used += rounded;
	return p;
}

void *
arena_zalloc(struct arena *a, size_t n)
{
	void *p = arena_alloc(a, n);

	if (p)
		memset(p, 0, n);
	return p;
}

struct slice
arena_copy(struct arena *a, struct slice s)
{
	char *p = arena_alloc(a, s.len + 1);

	if (p == NULL)
		return (struct slice){NULL, 0};
	if (s.len)
		memcpy(p, s.ptr, s.len);
	p[s.len] = '\0';
	return slice_make(p, s.len);
}

struct slice
arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	int n;
	char *p;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	p = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
	if (p == NULL)
		return (struct slice){NULL, 0};
	va_start(args, format);
	vsnprintf(p, (size_t)n + 1, format, args);
	va_end(args);
	return slice_make(p, (size_t)n);
}

void
arena_reset(struct arena *a)
{
	struct arena_block *keep = a->blocks;

	/* Whoever needed more than the first block will do so again: what is given back now is asked for in a moment.
	 */
	while (keep && keep->older) {
		struct arena_block *older = keep->older;

		if (keep->size <= LARGEST_KEPT) {
			keep->older = older->older;
			free(older);
		} else {
			free(keep);
			keep = older;
		}
	}
	a->blocks = keep;
	a->at = keep ? keep->bytes : NULL;
	a->end = keep ? keep->bytes + keep->size : NULL;
	a->used = 0;
}

void
arena_release(struct arena *a)
{
	arena_reset(a);
	free(a->blocks);
	*a = arena_make(a->limit);
}

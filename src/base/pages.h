/* Memory for large tables that are read all over: in large pages where the kernel has them, so that a read seldom waits
 * for the page tables, too. */
#ifndef SLUICE_BASE_PAGES_H
#define SLUICE_BASE_PAGES_H

#include <stddef.h>

/* Zeroed memory of this size, more than 0, for pages_free(); NULL with errno when memory is out. */
void *pages_alloc(size_t size);
/* The same with more or less room; what is new is zeroed.  Nothing is copied: the pages are moved.  memory may be NULL,
 * of size 0.  NULL with errno when memory is out; the old memory is then as it was. */
void *pages_resize(void *memory, size_t size, size_t wanted);
/* Has the kernel use large pages for memory of other origin, as far as it fills some. */
void pages_prefer_large(void *memory, size_t size);
/* The size that it was asked for.  Accepts NULL. */
void pages_free(void *memory, size_t size);

#endif

/* Memory in large pages.  See pages.h. */
#include "base/pages.h"

#include <stdint.h>
#include <sys/mman.h>

#define SMALL_PAGE \
	((uintptr_t)4096) /* the least there is; where pages are larger, what begins between two is left out */

void *
pages_alloc(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	pages_prefer_large(memory, size);
	return memory;
}

void *
pages_resize(void *memory, size_t size, size_t wanted)
{
	if (memory == NULL)
		return pages_alloc(wanted);
	memory = mremap(memory, size, wanted, MREMAP_MAYMOVE);
	return memory == MAP_FAILED ? NULL : memory;
}

/* Where it is refused, small pages do. */
void
pages_prefer_large(void *memory, size_t size)
{
	uintptr_t from = ((uintptr_t)memory + SMALL_PAGE - 1) & ~(SMALL_PAGE - 1);
	uintptr_t to = ((uintptr_t)memory + size) & ~(SMALL_PAGE - 1);

	if (from < to)
		madvise((void *)from, to - from, MADV_HUGEPAGE);
}

void
pages_free(void *memory, size_t size)
{
	if (memory)
		munmap(memory, size);
}

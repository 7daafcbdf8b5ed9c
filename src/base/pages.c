/* Memory in large pages.  See pages.h. */
#include "base/pages.h"

#include <sys/mman.h>

void *
pages_alloc(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	madvise(memory, size, MADV_HUGEPAGE); /* where it is refused, small pages do */
	return memory;
}

void
pages_free(void *memory, size_t size)
{
	if (memory)
		munmap(memory, size);
}

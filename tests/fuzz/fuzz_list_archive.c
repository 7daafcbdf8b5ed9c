/* Lists of any bytes, as they come from a server: archives, packed or not, and whatever only looks like one.  What is
 * read becomes a table that opens. */
#include "classify/list_compile.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems problems = {0};
	struct list_reader reader = {.builder = category_builder_new(NULL), .problems = &problems};
	struct list_report report = {.name = "fuzz", .path = "fuzz"};
	struct category_table table;
	struct slice bytes = SLICE_EMPTY;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	bool done;

	if (reader.builder == NULL || fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
		abort();
	done = list_read_fd(&reader, fd, "fuzz", NULL, LIST_USE_ADD, &report);
	if (!done && problems.errors == 0)
		abort(); /* why not is always said */
	if (problems.count > LIST_NAMED_MAX + CATEGORIES_MAX + 1)
		abort();
	if (category_builder_finish(reader.builder, 0, 0, &bytes) == NULL && category_table_open(&table, bytes) != NULL)
		abort();
	free((char *)(uintptr_t)bytes.ptr);
	category_builder_free(reader.builder);
	problems_release(&problems);
	return 0;
}

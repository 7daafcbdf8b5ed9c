/* libarchive, loaded where it is needed.  See archive_library.h. */
#include "classify/archive_library.h"

#include "base/library.h"

struct archive_library libarchive;

static const struct library_function functions[] = {
#define ARCHIVE_FUNCTION(name) {"archive_" #name, offsetof(struct archive_library, name)},
	ARCHIVE_FUNCTIONS(ARCHIVE_FUNCTION)
#undef ARCHIVE_FUNCTION
};

bool
archive_library_load(void)
{
	static struct library library = {
		.file = "libarchive.so.13",
		.functions = functions,
		.function_count = sizeof functions / sizeof functions[0],
		.table = &libarchive,
	};
	const char *mistake;

	return library_load(&library, &mistake);
}

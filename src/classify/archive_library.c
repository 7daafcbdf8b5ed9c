/* libarchive, loaded where it is needed.  See archive_library.h. */
#include "classify/archive_library.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

struct archive_library libarchive;

static const struct {
	const char *name;
	size_t place; /* in struct archive_library */
} functions[] = {
#define ARCHIVE_FUNCTION(name) {"archive_" #name, offsetof(struct archive_library, name)},
	ARCHIVE_FUNCTIONS(ARCHIVE_FUNCTION)
#undef ARCHIVE_FUNCTION
};

bool
archive_library_load(void)
{
	static bool is_loaded;
	void *library = is_loaded ? NULL : dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL);

	if (is_loaded)
		return true;
	for (size_t i = 0; library && i < sizeof functions / sizeof functions[0]; i++) {
		void *function = dlsym(library, functions[i].name);

		if (function == NULL)
			return false;
		memcpy((char *)&libarchive + functions[i].place, &function, sizeof function);
	}
	is_loaded = library != NULL;
	return is_loaded;
}

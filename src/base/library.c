/* dlopen(3).  See library.h. */
#include "base/library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

bool
library_load(struct library *library, const char **mistake)
{
	static char text[256];
	void *handle = library->is_loaded ? NULL : dlopen(library->file, RTLD_NOW | RTLD_LOCAL);

	if (library->is_loaded)
		return true;
	if (handle == NULL) {
		*mistake = dlerror();
		return false;
	}
	for (size_t i = 0; i < library->function_count; i++) {
		void *function = dlsym(handle, library->functions[i].name);

		if (function == NULL) {
			snprintf(text, sizeof text, "%s is too old: it has no %s", library->file,
				library->functions[i].name);
			*mistake = text;
			dlclose(handle);
			return false;
		}
		memcpy((char *)library->table + library->functions[i].place, &function, sizeof function);
	}
	library->is_loaded = true;
	return true;
}

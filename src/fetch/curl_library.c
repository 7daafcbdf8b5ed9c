/* libcurl, loaded by the fetcher alone.  See curl_library.h. */
#include "fetch/curl_library.h"

#include <dlfcn.h>
#include <stddef.h>

#include "base/diag.h"

#define LIBRARY "libcurl.so.4"

struct curl_library curl;

static const struct {
	const char *name;
	size_t place; /* in struct curl_library */
} functions[] = {
#define CURL_FUNCTION(name) {"curl_" #name, offsetof(struct curl_library, name)},
	CURL_FUNCTIONS(CURL_FUNCTION)
#undef CURL_FUNCTION
};

bool
curl_library_load(void)
{
	static bool is_loaded;
	void *library = is_loaded ? NULL : dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (is_loaded)
		return true;
	if (library == NULL) {
		diag(DIAG_ERROR, "fetcher", "%s; install the package libcurl4", dlerror());
		return false;
	}
	for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
		void *function = dlsym(library, functions[i].name);

		if (function == NULL) {
			diag(DIAG_ERROR, "fetcher", "%s is too old: it has no %s", LIBRARY, functions[i].name);
			return false;
		}
		__builtin_memcpy((char *)&curl + functions[i].place, &function, sizeof function);
	}
	is_loaded = true;
	return true;
}

/* libcurl, loaded by the fetcher alone.  See curl_library.h. */
#include "fetch/curl_library.h"

#include "base/diag.h"
#include "base/library.h"

struct curl_library curl;

static const struct library_function functions[] = {
#define CURL_FUNCTION(name) {"curl_" #name, offsetof(struct curl_library, name)},
	CURL_FUNCTIONS(CURL_FUNCTION)
#undef CURL_FUNCTION
};

bool
curl_library_load(void)
{
	static struct library library = {
		.file = "libcurl.so.4",
		.functions = functions,
		.function_count = sizeof functions / sizeof functions[0],
		.table = &curl,
	};
	const char *mistake;

	if (library_load(&library, &mistake))
		return true;
	diag(DIAG_ERROR, "fetcher", "%s; install the package libcurl4", mistake);
	return false;
}

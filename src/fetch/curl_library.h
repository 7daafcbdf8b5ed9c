/* libcurl, loaded by the fetcher alone: with what Debian's depends on it would be in the memory of every process of
 * ours, the signer with the CA key among them (docs/decisions/fetcher.md). */
#ifndef SLUICE_FETCH_CURL_LIBRARY_H
#define SLUICE_FETCH_CURL_LIBRARY_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <stdbool.h>

#define CURL_FUNCTIONS(X)      \
	X(easy_cleanup)        \
	X(easy_getinfo)        \
	X(easy_header)         \
	X(easy_init)           \
	X(easy_setopt)         \
	X(easy_strerror)       \
	X(free)                \
	X(global_cleanup)      \
	X(global_init)         \
	X(multi_add_handle)    \
	X(multi_assign)        \
	X(multi_cleanup)       \
	X(multi_info_read)     \
	X(multi_init)          \
	X(multi_remove_handle) \
	X(multi_setopt)        \
	X(multi_socket_action) \
	X(slist_append)        \
	X(slist_free_all)      \
	X(url)                 \
	X(url_cleanup)         \
	X(url_get)             \
	X(url_set)

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

/* curl.easy_init() is curl_easy_init(), and so on. */
struct curl_library {
#define CURL_FUNCTION(name) __typeof__(curl_##name) *name;
	CURL_FUNCTIONS(CURL_FUNCTION)
#undef CURL_FUNCTION
};
extern struct curl_library curl;

/* Loads it, once; later calls only say whether it is there.  False with a line in the log. */
bool curl_library_load(void);

#endif

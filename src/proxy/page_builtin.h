/* The pages that are built in: the files of packaging/pages, as they are. */
#ifndef SLUICE_PROXY_PAGE_BUILTIN_H
#define SLUICE_PROXY_PAGE_BUILTIN_H

#include <stddef.h>

struct page_builtin {
	const char *name; /* of the file */
	const char *text;
};

/* English first. */
extern const struct page_builtin page_builtins[];
extern const size_t page_builtin_count;

#endif

/* A shared library that is loaded where it is needed and linked by nobody: what Debian's builds of some depend on would
 * otherwise be in the memory of every process of ours, the signer with its locked pages among them.  Whoever has one
 * keeps a struct of pointers to its functions, with a table of where each goes. */
#ifndef SLUICE_BASE_LIBRARY_H
#define SLUICE_BASE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

struct library_function {
	const char *name;
	size_t place; /* in the struct: offsetof */
};

struct library {
	const char *file; /* "libcurl.so.4" */
	const struct library_function *functions;
	size_t function_count;
	void *table; /* the struct of pointers */
	bool is_loaded;
};

/* Loads it, once; later calls only say whether it is there.  It stays until the process ends.  Where it is not there,
 * or has not all functions, that is false, and *mistake says why: valid until the next call.  One thread; a process
 * that gives up its files calls it before. */
bool library_load(struct library *library, const char **mistake);

#endif

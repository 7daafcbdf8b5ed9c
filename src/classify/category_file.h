/* A category table in a file, mapped read-only: all processes that map it share its pages. */
#ifndef SLUICE_CLASSIFY_CATEGORY_FILE_H
#define SLUICE_CLASSIFY_CATEGORY_FILE_H

#include "classify/category_table.h"

struct category_file {
	struct category_table table;
	void *map; /* owned; NULL: none */
	size_t size;
};

/* Maps and checks the file, which is only ever replaced by rename and so never changes.  All of it is read by that, so
 * that lookups find it in memory.  NULL on success; otherwise why not, in words that live as long as the program (or
 * until the next strerror()), and nothing needs closing. */
const char *category_file_open(struct category_file *f, const char *path);
/* The same of a descriptor, which stays the caller's. */
const char *category_file_map(struct category_file *f, int fd);
void category_file_close(struct category_file *f);

#endif

/* A category table in memory of its own: a file mapped read-only, whose pages all processes share, or a copy. */
#ifndef SLUICE_CLASSIFY_CATEGORY_FILE_H
#define SLUICE_CLASSIFY_CATEGORY_FILE_H

#include "classify/category_table.h"

struct category_file {
	struct category_table table;
	void *map; /* owned; NULL: none */
	size_t size;
};

/* Maps and checks the file, which is only ever replaced by rename and so never changes.  NULL on success; otherwise why
 * not, in words that live as long as the program (or until the next strerror()), and nothing needs closing. */
const char *category_file_open(struct category_file *f, const char *path);
/* The same with a private copy of the bytes, in large pages where the kernel has them: a lookup misses fewer. */
const char *category_file_copy(struct category_file *f, struct slice bytes);
void category_file_close(struct category_file *f);

#endif

/* Lists that come as one packed archive: a tar, plain or by gzip, of folders as squidGuard and UT1 have them.  Read
 * entry by entry from the descriptor, nothing is unpacked to disk; names of entries never become names of files. */
#ifndef SLUICE_CLASSIFY_LIST_ARCHIVE_H
#define SLUICE_CLASSIFY_LIST_ARCHIVE_H

#include "classify/list_read.h"

#define LIST_ARCHIVE_ENTRIES_MAX 100000u

/* Whether the file begins as a tar does, be it packed.  Afterwards the descriptor is at its begin. */
bool list_archive_is(int fd);
/* Reads it as list_read_folder() reads a folder: FOLDER/domains and FOLDER/urls are of the category FOLDER, links and
 * small files that hold the name of a category are other names.  What else is in it is skipped.  False where it cannot
 * be read to its end, or holds no such file. */
bool list_read_archive(struct list_reader *reader, int fd, const char *path, const char *category, enum list_use use,
	struct list_report *report);

#endif

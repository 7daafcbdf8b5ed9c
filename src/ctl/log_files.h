/* The files of records, oldest first: FILE itself and what rotation made of it beside it (FILE.1, FILE.2.gz,
 * FILE-20261121, FILE-20261121.gz), read line by line.  Lines that are no records are counted, not shown. */
#ifndef SLUICE_CTL_LOG_FILES_H
#define SLUICE_CTL_LOG_FILES_H

#include "base/buffer.h"
#include "record/entry.h"

#include <zlib.h>

struct log_files {
	char **paths; /* owned; oldest first, FILE itself last */
	size_t count;
	size_t at;   /* the file being read */
	gzFile file; /* NULL: none is open */
	struct buffer in;
	bool skipping; /* within a line that is too long */
	uint64_t bad_lines;
	char error[256]; /* the first file that could not be read, and why; "" */
};

/* Finds the files; those that were last written before `since` (ns since 1970) are left out.  False with `error` set
 * where there is none, or memory is out.  Close in either case. */
bool log_files_open(struct log_files *l, const char *path, uint64_t since);
void log_files_close(struct log_files *l);
/* The next record; line and entry borrow until the next call.  False at the end of the last file. */
bool log_files_next(struct log_files *l, struct slice *line, struct entry *e);

#endif

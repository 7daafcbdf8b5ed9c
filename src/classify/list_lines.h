/* Lines from wherever they come, into a builder; shared by the readers of files and of archives. */
#ifndef SLUICE_CLASSIFY_LIST_LINES_H
#define SLUICE_CLASSIFY_LIST_LINES_H

#include <sys/types.h>

#include "classify/list_read.h"

/* Where bytes come from, unpacked. */
struct list_source {
	const char *path; /* for messages */
	/* At most size bytes; 0 at the end; below 0 with *why where it cannot be read. */
	ssize_t (*read)(void *context, char *dst, size_t size, const char **why);
	/* Packed bytes read so far; NULL: nobody counts them. */
	uint64_t (*position)(void *context);
	void *context;
};

/* Reads to the end, in the report's format (CONF_LIST_AUTO: by the looks of the first bytes).  False with the problem
 * added where it cannot be read. */
bool list_read_lines(struct list_reader *reader, const struct list_source *source, int category, enum list_use use,
	struct list_report *report);
/* Counts lines that are not comments as of the class; they are not read. */
bool list_count_lines(struct list_reader *reader, const struct list_source *source, enum list_class class,
	struct list_report *report);
/* What is no printable ASCII becomes "?". */
void list_make_printable(char *text);

#endif

/* What is said to the operator: log lines of the program itself (not records of traffic), and the problems that
 * a check of the configuration found.  A misbehaving peer is counted, never logged here above debug. */
#ifndef SLUICE_BASE_DIAG_H
#define SLUICE_BASE_DIAG_H

#include "base/slice.h"

enum diag_level { DIAG_DEBUG, DIAG_INFO, DIAG_WARNING, DIAG_ERROR };

/* Writes one line "area: text" to standard error and, once diag_open_syslog() was called, to syslog.
 * Any thread.  `area` names the part that speaks: "worker", "conf", "signer". */
void diag(enum diag_level level, const char *area, const char *format, ...) __attribute__((format(printf, 3, 4)));
void diag_set_level(enum diag_level least);
void diag_open_syslog(const char *ident);

/* One mistake of the operator, and its remedy. */
struct problem {
	bool is_warning;
	char *file;      /* owned; NULL where no file is to blame */
	unsigned line;   /* from 1; 0 where the whole file is meant */
	unsigned column; /* from 1, in bytes */
	char *text;      /* owned: what is wrong */
	char *remedy;    /* owned; NULL where the text says it */
};

/* A growing list of problems, in the order found.  Adding never fails visibly: when memory is out, `lost` counts. */
struct problems {
	struct problem *items;
	size_t count;
	size_t errors; /* of which errors */
	size_t lost;
};

/* remedy may be NULL. */
void problems_add(struct problems *list, bool is_warning, const char *file, unsigned line, unsigned column,
	const char *remedy, const char *format, ...) __attribute__((format(printf, 7, 8)));
/* "FILE:LINE:COLUMN: error: text; remedy", into dst (always terminated). */
void problem_format(const struct problem *p, char *dst, size_t dst_size);
void problems_release(struct problems *list);

#endif

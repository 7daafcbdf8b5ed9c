/* The table of types, for the files of the sniffer alone.  See mime.h. */
#ifndef SLUICE_CLASSIFY_MIME_TABLE_H
#define SLUICE_CLASSIFY_MIME_TABLE_H

#include "classify/mime.h"

/* Which bodies a label or an extension may name a type for. */
enum mime_proof {
	MIME_NEEDS_SIGNATURE, /* none: the type has a signature, and the bytes lack it */
	MIME_IS_TEXT,         /* those that are text */
	MIME_IS_OPAQUE,       /* those that are not: the type has no signature */
};

struct mime_row {
	struct slice name; /* also NUL-terminated */
	enum mime_class class;
	enum mime_proof proof;
};

extern const struct mime_row mime_rows[MIME_COUNT];

#endif

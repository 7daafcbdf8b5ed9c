/* The table of encodings, for the files of this noun alone.  See charset.h. */
#ifndef SLUICE_CLASSIFY_CHARSET_LABEL_H
#define SLUICE_CLASSIFY_CHARSET_LABEL_H

#include "classify/charset.h"
#include "classify/charset_tables.h"

enum charset_kind {
	CHARSET_UTF8,
	CHARSET_UTF16LE,
	CHARSET_UTF16BE,
	CHARSET_SINGLE,  /* a byte a character: `table` */
	CHARSET_ICONV,   /* `iconv_name` */
	CHARSET_REPLACED /* encodings that are only good for attacks: all is U+FFFD */
};

struct charset {
	const char *name;
	const char *labels; /* separated by spaces, in lower case */
	enum charset_kind kind;
	enum charset_table table;
	const char *iconv_name;
};

extern const struct charset charset_rows[];
extern const size_t charset_row_count;

#endif

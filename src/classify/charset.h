/* Character encodings: which one a text is in (byte order mark, label, declaration in the text: WHATWG "Encoding" and
 * "HTML" section 13.2.3), and the text as UTF-8 while it streams.  What is malformed becomes U+FFFD; nothing fails.
 * Only the encodings of the WHATWG's table are known: a label from the wire never reaches iconv(3).  Single-byte
 * encodings and Unicode are decoded here; the six multi-byte ones of East Asia by iconv, whose modules are loaded by
 * charset_preload() before a process confines itself. */
#ifndef SLUICE_CLASSIFY_CHARSET_H
#define SLUICE_CLASSIFY_CHARSET_H

#include "classify/text_writer.h"

#include <iconv.h>

/* How many bytes of a text are searched for a declaration (WHATWG). */
#define CHARSET_PRESCAN 1024

struct charset; /* a row of a constant table */

enum charset_source {
	CHARSET_BY_MARK,    /* a byte order mark */
	CHARSET_BY_LABEL,   /* charset= of Content-Type */
	CHARSET_BY_TEXT,    /* <meta charset>, <meta http-equiv>, <?xml encoding?> */
	CHARSET_BY_BYTES,   /* undeclared, and the head is UTF-8 */
	CHARSET_BY_DEFAULT, /* undeclared: windows-1252, as browsers take it */
};

/* The encoding that a label names ("latin1", " UTF8 "); NULL where it names none. */
const struct charset *charset_find(struct slice label);
/* The WHATWG's name: "windows-1252"; lives for ever. */
const char *charset_name(const struct charset *charset);

/* The encoding of a text of which head is the start (CHARSET_PRESCAN bytes, or all); never NULL.  content_type is the
 * header's value, may be empty; source may be NULL. */
const struct charset *charset_choose(struct slice head, struct slice content_type, enum charset_source *source);
/* The label that is declared in the head of an HTML or XML text; empty where none is.  Borrows from head. */
struct slice charset_declared(struct slice head);

/* Converts one text.  A plain value; charset_close() gives back what it holds. */
struct charset_reader {
	const struct charset *charset;
	iconv_t iconv; /* (iconv_t)-1 where it is not used */
	bool at_start; /* a byte order mark may come */
	bool has_stopped;
	uint8_t carry_len;
	uint8_t carry[16]; /* the start of a character that the last piece cut */
};

/* False where memory is out, or a multi-byte encoding's module is not to be had: the reader then takes every byte above
 * 0x7f for U+FFFD. */
bool charset_open(struct charset_reader *r, const struct charset *charset);
/* False once the sink wanted no more. */
bool charset_push(struct charset_reader *r, struct slice bytes, text_sink sink, void *context);
/* The text is at its end: a character that was cut becomes U+FFFD. */
bool charset_finish(struct charset_reader *r, text_sink sink, void *context);
void charset_close(struct charset_reader *r);

/* Loads iconv's modules for good; call once at the start, while files can still be opened.  Returns how many of the
 * multi-byte encodings are there. */
unsigned charset_preload(void);

#endif

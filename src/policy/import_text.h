/* What both importers share: words of a line, growing lists of texts, and patterns.  For the import files only. */
#ifndef SLUICE_POLICY_IMPORT_TEXT_H
#define SLUICE_POLICY_IMPORT_TEXT_H

#include "base/arena.h"
#include "policy/import.h"

#define IMPORT_WORDS_MAX 4096 /* words of one line */

struct import {
	const char *file;
	unsigned line;
	struct buffer *out;
	struct problems *lost;
	struct arena arena;
	bool failed; /* memory is out, or the output full: sticky */
};

/* A text and those behind it. */
struct import_text {
	struct import_text *next;
	struct slice text;
};

struct import_texts {
	struct import_text *first;
	struct import_text *last;
	size_t count;
};

/* Names the current line (or another) as not carried over. */
#define import_lost(import, ...) import_lost_at(import, (import)->line, __VA_ARGS__)
void import_lost_at(struct import *import, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Writes to the output. */
void import_write(struct import *import, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Cuts the next word, up to a blank, off *rest; a word in quotes without them.  False at the end. */
bool import_word(struct slice *rest, struct slice *word, bool *is_quoted);
/* Letters, digits and -_.: only, so that it can be a name in our language. */
bool import_is_name(struct slice text);
/* Something that can stand as a word in our language, unquoted. */
bool import_is_word(struct slice text);
/* An absolute path that can stand in quotes. */
bool import_is_path(struct slice text);
/* Keeps a copy. */
void import_add(struct import *import, struct import_texts *texts, struct slice text);
void import_addf(struct import *import, struct import_texts *texts, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Writes all of them, each with a blank in front, but for one that begins with a line feed. */
void import_write_all(struct import *import, const struct import_texts *texts);
/* An extended regular expression as a word of our language, "~" and prefix in front; empty where ours cannot read it
 * (which is named). */
struct slice import_pattern(struct import *import, const char *prefix, struct slice pattern, bool ignore_case);
/* A network in any of their forms (address, /bits, /netmask, from-to) as one or more of ours, each a text with `before`
 * in front; false where it is none. */
bool import_networks(struct import *import, struct import_texts *to, const char *before, struct slice text);

#endif

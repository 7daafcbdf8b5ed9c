/* Text in the one form in which it is compared with phrases and cut into words: lower case, every run of spaces,
 * punctuation and symbols one space, what cannot be seen dropped (soft hyphens, zero-width and combining characters),
 * letters in disguise (full width, mathematical, circled) plain again.  A space stands before the first and behind the
 * last word, so
 * "< word >" matches there, too.  It does not touch letters of other scripts that look alike.  UTF-8 in, UTF-8 out;
 * what is no UTF-8 is a space; any split of the input gives the same text. */
#ifndef SLUICE_CLASSIFY_TEXT_NORMAL_H
#define SLUICE_CLASSIFY_TEXT_NORMAL_H

#include "classify/text_writer.h"

struct text_normal {
	char last; /* the last byte that was given out; 0 before the first */
	uint8_t carry_len;
	char carry[4]; /* the start of a character that the last piece cut */
};

void text_normal_start(struct text_normal *n);
/* False once the sink wanted no more. */
bool text_normal_push(struct text_normal *n, struct slice text, text_sink sink, void *context);
/* The text is at its end: the last space is given out. */
bool text_normal_finish(struct text_normal *n, text_sink sink, void *context);

/* A phrase in the same form, but with a space at its ends only where it has one.  Into dst of size bytes; false where
 * it does not fit. */
bool text_normal_phrase(struct slice phrase, char *dst, size_t size, struct slice *out);

#endif

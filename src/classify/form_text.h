/* A posted form (application/x-www-form-urlencoded) as text, while it streams: "%41" is A, "+" is a space, and "&" and
 * "=" end a value and a name, as a space does.  What is wrongly coded stays as it came. */
#ifndef SLUICE_CLASSIFY_FORM_TEXT_H
#define SLUICE_CLASSIFY_FORM_TEXT_H

#include "classify/text_writer.h"

struct form_text {
	uint8_t held_len; /* of "%4": a piece that may be the start of a coded byte */
	char held[2];
};

void form_text_start(struct form_text *f);
/* False once the sink wanted no more. */
bool form_text_push(struct form_text *f, struct slice bytes, text_sink sink, void *context);
bool form_text_finish(struct form_text *f, text_sink sink, void *context);

#endif

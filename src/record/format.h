/* Formats turn a record into one line of text, each in its own way; each is a row with a name.  Redaction happens
 * here, while a line is built, so that what must not be kept was never written. */
#ifndef SLUICE_RECORD_FORMAT_H
#define SLUICE_RECORD_FORMAT_H

#include "base/buffer.h"
#include "record/record.h"

struct record_format {
	const char *name; /* as the configuration says it */
	/* Appends one line with its line feed to out; false where out or memory forbids it: nothing was appended. */
	bool (*render)(const struct record *r, enum record_urls keep, struct buffer *out);
	const char *help;
};

extern const struct record_format record_formats[];
extern const size_t record_format_count;
/* NULL where no format has this name. */
const struct record_format *record_format_find(struct slice name);

/* The rows' functions. */
bool ecs_render(const struct record *r, enum record_urls keep, struct buffer *out);
bool squid_render(const struct record *r, enum record_urls keep, struct buffer *out);
bool combined_render(const struct record *r, enum record_urls keep, struct buffer *out);

#endif

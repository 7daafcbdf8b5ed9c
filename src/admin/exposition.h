/* Writes metrics as the text that Prometheus reads (exposition format 0.0.4): families with HELP and TYPE, each sample
 * under its family, names with the project's prefix.  Pure; one thread.
 *
 * What does not fit the buffer is not written, and exposition_end() says so: half an exposition would pass for a whole
 * one in which series have gone. */
#ifndef SLUICE_ADMIN_EXPOSITION_H
#define SLUICE_ADMIN_EXPOSITION_H

#include "base/buffer.h"

#define EXPOSITION_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define EXPOSITION_PREFIX "sluice_"
/* Room for a label with a value of 256 bytes, each written as two, and its NUL. */
#define EXPOSITION_LABEL_MAX 600

enum exposition_type {
	EXPOSITION_COUNTER, /* grows, and begins anew with the daemon; its name ends in _total */
	EXPOSITION_GAUGE,
};

struct exposition {
	struct buffer *out; /* borrowed */
	const char *family; /* borrowed: that was begun last */
	bool is_cut;        /* something did not fit */
};

void exposition_begin(struct exposition *e, struct buffer *out);
/* Begins a family; `name` without the prefix, static or living until the next one; `help` in one line. */
void exposition_family(struct exposition *e, const char *name, enum exposition_type type, const char *help);
/* A sample of the family under way.  labels: as exposition_label() writes them, separated by commas; NULL for none. */
void exposition_sample(struct exposition *e, const char *labels, uint64_t value);
/* Likewise, in seconds, exactly. */
void exposition_sample_ns(struct exposition *e, const char *labels, uint64_t ns);
/* False where anything did not fit. */
bool exposition_end(struct exposition *e);

/* Writes name="value" into dst and returns it: quotes, backslashes and line ends are escaped, what is no UTF-8 becomes
 * U+FFFD, and what is longer than the room is cut between characters. */
const char *exposition_label(char dst[EXPOSITION_LABEL_MAX], const char *name, const char *value);

#endif

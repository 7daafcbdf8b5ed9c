/* A line of a log whose words are divided by spaces: pieces are appended, each escaped as the format asks, with a
 * sticky failure.  For the formats that are not JSON. */
#ifndef SLUICE_RECORD_LINE_H
#define SLUICE_RECORD_LINE_H

#include "base/addr.h"
#include "base/buffer.h"

struct line {
	struct buffer *to;
	size_t start;
	bool failed;
};

struct line line_begin(struct buffer *to);
/* Appends the line feed; where anything failed, the buffer is as it was, and the answer is false. */
bool line_end(struct line *l);
/* As they are. */
void line_put(struct line *l, struct slice text);
void line_put_u64(struct line *l, uint64_t value);
void line_put_digits(struct line *l, uint64_t value, unsigned width);
void line_put_addr(struct line *l, const struct addr *a);
/* What is not a printable ASCII character, or is a space or a quote, becomes %XX; "-" where it is empty; at most max
 * bytes are read. */
void line_put_percent(struct line *l, struct slice text, size_t max);
/* For inside quotes, as Apache does: \" and \\, and \xXX for what is not printable ASCII; at most max bytes are read.
 */
void line_put_quoted(struct line *l, struct slice text, size_t max);

#endif

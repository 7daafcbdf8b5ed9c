/* Writes JSON text (RFC 8259) into a buffer, fast: no tree, no allocation of its own.  Any bytes can be a text:
 * what is not UTF-8 becomes U+FFFD, control characters (C0, DEL and C1) are escaped, so that a line stays a line and a
 * terminal that shows it stays a terminal.  It does not check that the caller nests well: that is the caller's code.
 * Where the buffer's ceiling or memory forbids more, everything later is dropped and json_end() undoes the rest. */
#ifndef SLUICE_RECORD_JSON_H
#define SLUICE_RECORD_JSON_H

#include "base/addr.h"
#include "base/buffer.h"

struct json {
	struct buffer *to;
	size_t start; /* what the buffer held at json_begin() */
	char *at;
	char *end;
	bool failed;
};

/* Starts writing at the buffer's tail; the buffer is borrowed, and nobody else writes to it until json_end(). */
void json_begin(struct json *j, struct buffer *to);
/* True where all was written; otherwise the buffer is as it was at json_begin(). */
bool json_end(struct json *j);

/* Keys are the program's own literals and are written as they are.  An empty key writes a value alone: the top
 * value or an item of an array.  Commas come by themselves. */
void json_open_object(struct json *j, struct slice key);
void json_close_object(struct json *j);
void json_open_array(struct json *j, struct slice key);
void json_close_array(struct json *j);
void json_text(struct json *j, struct slice key, struct slice value);
/* A text in two pieces, for what is cut out of something longer. */
void json_text_two(struct json *j, struct slice key, struct slice first, struct slice second);
void json_u64(struct json *j, struct slice key, uint64_t value);
void json_i64(struct json *j, struct slice key, int64_t value);
void json_bool(struct json *j, struct slice key, bool value);
void json_addr(struct json *j, struct slice key, const struct addr *value);
/* Nanoseconds since 1970 as RFC 3339 text in UTC, with microseconds. */
void json_time(struct json *j, struct slice key, uint64_t realtime_ns);
/* Text that is JSON already (one value). */
void json_raw(struct json *j, struct slice key, struct slice value);
/* A line feed after the top value. */
void json_line_end(struct json *j);

#endif

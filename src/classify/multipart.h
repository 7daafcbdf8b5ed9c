/* A multipart body (RFC 2046 section 5.1.1, RFC 7578) taken apart while it streams: where each part begins, what its
 * head says of it, and its bytes.  What is no multipart body is told at its first bytes, so that it can be read as a
 * whole: nobody hides content behind a label.  Nothing is kept but a part's head and the start of a boundary. */
#ifndef SLUICE_CLASSIFY_MULTIPART_H
#define SLUICE_CLASSIFY_MULTIPART_H

#include "base/parse.h"
#include "base/slice.h"

#define MULTIPART_BOUNDARY_MAX 70 /* RFC 2046 */
#define MULTIPART_HEAD_MAX 2048   /* a longer head is cut: what follows counts as the part's bytes */

/* What a part's head says; borrowed for the call. */
struct multipart_part {
	struct slice content_type; /* empty where none is said */
	struct slice filename;     /* empty where it is no file */
};

struct multipart_sink {
	void (*begin)(void *context, const struct multipart_part *part);
	void (*data)(void *context, struct slice bytes);
	void (*end)(void *context);
	void *context;
};

struct multipart {
	unsigned state;
	char delimiter[MULTIPART_BOUNDARY_MAX + 5]; /* CRLF -- boundary */
	uint8_t delimiter_len;
	uint8_t matched; /* of the delimiter: held back, for it may be one */
	size_t head_len;
	char head[MULTIPART_HEAD_MAX];
};

/* From the value of Content-Type; false where it names no multipart type with a boundary. */
bool multipart_start(struct multipart *m, struct slice content_type);
/* The next bytes.  PARSE_BAD: the body does not begin with its boundary, and nothing was given out: read all of it,
 * from its first byte, as what it is (multipart_taken() says what was pushed before). */
enum parse multipart_push(struct multipart *m, struct slice bytes, const struct multipart_sink *sink);
/* The start of the body that was pushed before the first boundary was whole; only after PARSE_BAD. */
struct slice multipart_taken(const struct multipart *m);
/* The body is at its end: ends the part that is open. */
void multipart_finish(struct multipart *m, const struct multipart_sink *sink);

#endif

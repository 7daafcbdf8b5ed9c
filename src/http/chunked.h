/* The chunked transfer coding (RFC 9112 section 7.1), decoded in place: bytes in, views of them out, restartable at any
 * byte.  Strict: a size is 1 to 16 hexadecimal digits and nothing around them; an extension starts with ";" at once, is
 * bounded and dropped; lines end in CRLF; data is followed by CRLF.
 *
 * It stops before the trailer section, which the caller ends and parses with h1_trailers_find(). */
#ifndef SLUICE_HTTP_CHUNKED_H
#define SLUICE_HTTP_CHUNKED_H

#include "base/parse.h"
#include "base/slice.h"

#define CHUNK_EXTENSIONS_MAX 16384 /* bytes of extensions in one body */

enum chunked_state {
	CHUNKED_SIZE,
	CHUNKED_EXTENSION,
	CHUNKED_SIZE_LF,
	CHUNKED_DATA,
	CHUNKED_DATA_CR,
	CHUNKED_DATA_LF,
	CHUNKED_TRAILERS, /* the last chunk was read */
};

/* Zero it for each body. */
struct chunked {
	enum chunked_state state;
	unsigned digits;
	unsigned extension_bytes; /* in the whole body */
	uint64_t left;            /* data bytes of this chunk that are still to come */
};

/* Reads framing up to the next data: *used bytes of `in` were framing (drop them).
 * PARSE_DONE: the last chunk was read, the trailer section starts after *used.
 * PARSE_MORE: *data is what `in` holds of the current chunk after *used; empty when more input is needed.
 *             Tell what was taken of it with chunked_take().
 * PARSE_BAD: malformed. */
enum parse chunked_next(struct chunked *c, struct slice in, size_t *used, struct slice *data);
void chunked_take(struct chunked *c, size_t n);

#endif

/* Puts the first handshake message together from the TLS records at the start of a connection (RFC 8446 section 5.1):
 * any record sizes, any segmentation.  The bytes are peeked, so every call sees them from byte 0; nothing is kept
 * between calls, and nothing is copied before the message is whole. */
#ifndef SLUICE_PEEK_HANDSHAKE_H
#define SLUICE_PEEK_HANDSHAKE_H

#include "base/arena.h"
#include "base/parse.h"

#define HANDSHAKE_RECORD_HEADER 5
#define HANDSHAKE_RECORD_MAX 16384

enum handshake_error {
	HANDSHAKE_OK,
	HANDSHAKE_NOT_TLS,    /* the framing of SSL 2.0, or another major version than 3 */
	HANDSHAKE_BAD_RECORD, /* of another type than handshake, of no bytes, or of more than 16384 */
	HANDSHAKE_OTHER,      /* the first message is not the one asked for */
	HANDSHAKE_TOO_LARGE,  /* the message declares, or its records take, more bytes than the limits allow */
	HANDSHAKE_NO_MEMORY,  /* the arena is full */
};

/* What a message may cost. */
struct handshake_limits {
	size_t message; /* bytes after the message's own 4 header bytes */
	size_t wire;    /* bytes of records that hold it: small records make a message dear to keep in the kernel */
};

struct handshake {
	struct slice body;          /* the message without its header; borrows the peeked bytes or the arena */
	size_t wire_len;            /* bytes of the connection up to the message's last byte */
	enum handshake_error error; /* why, after PARSE_BAD */
};

/* Reads the first message, which must be of the given type.  The arena is used only where the message spans records,
 * for its body and once it is whole.  PARSE_MORE: *need is the least total number of bytes that can complete it.
 * PARSE_BAD comes as soon as it is certain: a message that declares too much is refused at its fourth byte. */
enum parse handshake_read(struct slice peeked, uint8_t type, struct handshake_limits limits, struct arena *arena,
	struct handshake *out, size_t *need);

#endif

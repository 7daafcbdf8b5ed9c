/* Hellos for the tests: built from their parts, or captured from real clients (the fuzzers' corpus). */
#ifndef SLUICE_TESTS_UNIT_PEEK_HELLO_H
#define SLUICE_TESTS_UNIT_PEEK_HELLO_H

#include "base/buffer.h"

#define HELLO_ROOM (1u << 20)

/* Bytes from hexadecimal text; spaces are skipped.  The buffer is the caller's. */
struct slice hello_hex(struct buffer *b, const char *hex);

/* A ClientHello of TLS 1.2 with two ciphers and this block of extensions (hexadecimal, without its length), as the
 * message's body. */
struct slice hello_body(struct buffer *b, const char *extensions);

/* Puts the body behind a message header and cuts the message into records; the first holds `first` bytes, every
 * other one `other`. */
struct slice hello_records(struct buffer *b, struct slice body, size_t first, size_t other);

/* The file tests/fuzz/corpus/client_hello/NAME. */
struct slice hello_captured(struct buffer *b, const char *name);

#endif

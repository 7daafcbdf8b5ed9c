/* Where sockets are read into: one block for each thread, so that a connection holds memory only for bytes that could
 * not be passed on at once.  What is in it is valid until the loop calls the next handler. */
#ifndef SLUICE_HTTP_SCRATCH_H
#define SLUICE_HTTP_SCRATCH_H

#include "loop/stream.h"

#define SCRATCH_SIZE 65536

char *scratch_block(void);
/* Reads once, and again while a TLS record's rest lies above the socket and there is room: bytes read (*ended is set
 * where the end was met after them), or 0 or a negative value as stream_read() says. */
ssize_t scratch_read(struct stream *io, char *to, size_t room, ssize_t *ended);

#endif

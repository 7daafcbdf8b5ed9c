/* OpenSSL's way to a non-blocking socket: recv and send, without SIGPIPE, with the errno kept, and able to hold back
 * what shall leave together with what comes next.  One loop thread. */
#ifndef SLUICE_TLS_SOCKET_BIO_H
#define SLUICE_TLS_SOCKET_BIO_H

#include <openssl/bio.h>
#include <stdbool.h>
#include <stddef.h>

/* Begins as {.fd = ...}.  Its owner keeps it in place, and the socket open, as long as the BIO lives. */
struct socket_bio {
	int fd;
	int error;       /* negative errno of what failed for good; 0 */
	bool is_deaf;    /* set by its owner: as though nothing more came */
	bool is_holding; /* set by its owner: what is written waits for the next write without this, as far as there is
			    room */
	char *held;      /* owned: what waits */
	size_t held_len;
};

/* NULL when memory is out.  The BIO belongs to whoever takes it. */
BIO *socket_bio_new(struct socket_bio *socket);
/* Drops what is held.  The socket stays open. */
void socket_bio_release(struct socket_bio *socket);

#endif

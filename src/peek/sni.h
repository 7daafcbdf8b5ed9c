/* The server_name extension of a ClientHello (RFC 6066 section 3).
 * It says what was sent, never what to do about it: only SNI_NAME carries a name, so that no other case can satisfy a
 * rule about a site by accident. */
#ifndef SLUICE_PEEK_SNI_H
#define SLUICE_PEEK_SNI_H

#include "base/host_name.h"

enum sni_status {
	SNI_ABSENT,    /* no extension */
	SNI_NAME,      /* one host name, canonical */
	SNI_EMPTY,     /* no name in the list, or a name of no bytes, or "." */
	SNI_SEVERAL,   /* more than one entry in the list, of whatever type */
	SNI_DUPLICATE, /* the extension itself comes twice */
	SNI_ADDRESS,   /* an IPv4 or IPv6 address, or a name that ends in a number and so can only be one */
	SNI_INVALID,   /* a byte, a label or a length that no host name has, or an unknown name type */
	SNI_MALFORMED, /* the lengths inside the extension contradict each other */
};

/* Reads the extension's data.  Writes the canonical name, NUL-terminated, where the answer is SNI_NAME, and an empty
 * string otherwise.  Pure; any thread. */
enum sni_status sni_read(struct slice data, char name[HOST_NAME_LEN_MAX + 1]);

/* The canonical name of host_name.h, and not an address either.  Answers SNI_NAME, SNI_EMPTY, SNI_ADDRESS or
 * SNI_INVALID. */
enum sni_status sni_canonical(struct slice text, char name[HOST_NAME_LEN_MAX + 1]);

/* "absent", "name", "empty", "several", "duplicate", "address", "invalid", "malformed". */
const char *sni_status_name(enum sni_status status);

#endif

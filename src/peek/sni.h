/* The server_name extension of a ClientHello (RFC 6066 section 3), and the one spelling of a host name.
 * It says what was sent, never what to do about it: only SNI_NAME carries a name, so that no other case can satisfy a
 * rule about a site by accident. */
#ifndef SLUICE_PEEK_SNI_H
#define SLUICE_PEEK_SNI_H

#include "base/slice.h"

#define SNI_NAME_MAX 253 /* RFC 1035 section 2.3.4, as text without the last dot */

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
enum sni_status sni_read(struct slice data, char name[SNI_NAME_MAX + 1]);

/* Canonical is: lower case, without the one dot that may end it; labels of 1 to 63 letters, digits, hyphens (not at
 * either end) and underscores, which are no LDH (RFC 5890 section 2.3.1) but in use; 253 bytes at most; not an address.
 * Answers SNI_NAME, SNI_EMPTY, SNI_ADDRESS or SNI_INVALID. */
enum sni_status sni_canonical(struct slice text, char name[SNI_NAME_MAX + 1]);

/* "absent", "name", "empty", "several", "duplicate", "address", "invalid", "malformed". */
const char *sni_status_name(enum sni_status status);

#endif

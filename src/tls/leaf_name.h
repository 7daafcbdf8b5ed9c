/* A name that a leaf is good for: a DNS name or an IP address, as it stands in a certificate's subjectAltName.
 * The grammar here is what the signer is willing to certify; nothing is normalised, a name is right or wrong. */
#ifndef SLUICE_TLS_LEAF_NAME_H
#define SLUICE_TLS_LEAF_NAME_H

#include "base/host_name.h"

enum leaf_name_kind {
	LEAF_NAME_DNS = 1, /* ASCII text, A-labels for international names */
	LEAF_NAME_IP = 2,  /* 4 or 16 bytes in network order */
};

struct leaf_name {
	enum leaf_name_kind kind;
	struct slice bytes; /* borrowed */
};

#define LEAF_NAME_TEXT_MAX 260 /* longest text of leaf_name_format(), with its NUL */

/* A DNS name has the labels of host_name.h and no trailing dot.  A
 * wildcard is the whole leftmost label and stands before two labels or more (RFC 9525 section 6.3): "*", "*.com"
 * and "w*.example.com" are wrong.  An IP address has 4 or 16 bytes. */
bool leaf_name_is_valid(const struct leaf_name *name);
/* "DNS:www.example.com" or "IP:192.0.2.1", for a valid name; returns dst. */
const char *leaf_name_format(const struct leaf_name *name, char dst[LEAF_NAME_TEXT_MAX]);

#endif

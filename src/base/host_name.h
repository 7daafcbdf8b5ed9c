/* The one grammar of host names and their one spelling.  TLS, HTTP, policy and certificates all read names by it, so
 * that no two of them take one name for two, or differ over what is a name at all.
 *
 * A name is labels of 1 to 63 letters, digits, hyphens and underscores, 253 bytes in all (RFC 1035 section 2.3.4).
 * Underscores, and hyphens at the ends of a label, make no LDH label (RFC 5890 section 2.3.1), but names with them
 * resolve, and browsers go there.  International names are A-labels here.  Pure; any thread; nothing allocates. */
#ifndef SLUICE_BASE_HOST_NAME_H
#define SLUICE_BASE_HOST_NAME_H

#include "base/slice.h"

#define HOST_NAME_LEN_MAX 253 /* without the dot that may end it */
#define HOST_LABEL_LEN_MAX 63

enum host_name_kind {
	HOST_NAME_VALID,
	HOST_NAME_EMPTY,  /* no bytes, or "." */
	HOST_NAME_NUMBER, /* the last label is a number ("127.1", "0x7f.1"): an IPv4 address to inet_aton(3) and
			     browsers, and never a name in the DNS */
	HOST_NAME_INVALID,
};

bool host_label_is_valid(struct slice label);
/* Upper case is allowed, and one trailing dot. */
enum host_name_kind host_name_check(struct slice text);
/* The same; the canonical name, in lower case and without the dot, goes to name and is *out, where the answer is
 * HOST_NAME_VALID; both are empty otherwise.  The name ends with a NUL. */
enum host_name_kind host_name_read(struct slice text, char name[HOST_NAME_LEN_MAX + 1], struct slice *out);

#endif

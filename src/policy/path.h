/* The one form in which paths are compared, so that /%61ds/, /x/../ads/ and //ads/ are all /ads/ to a rule, as they
 * are to origins (RFC 3986 section 6.2.2).  Only for judging: what is forwarded is what the client sent. */
#ifndef SLUICE_POLICY_PATH_H
#define SLUICE_POLICY_PATH_H

#include "base/slice.h"

/* Escapes of unreserved characters are decoded, other escapes are in upper case; in front of the query, dot segments
 * and empty segments are removed.  What does not begin with a slash is only copied.  dst holds at least path.len
 * bytes (the form is never longer) and must not overlap path. */
struct slice policy_path(struct slice path, char *dst);

#endif

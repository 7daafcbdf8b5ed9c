/* Other programs' rules in our language: squid.conf (acl, http_access, ssl_bump) and squidGuard.conf (time, src, dest,
 * acl).  What comes out is a text for a person to read and keep, not a hidden translation: every line that could not
 * be carried over is named, with why.  Nothing is opened: files that the rules name become lists. */
#ifndef SLUICE_POLICY_IMPORT_H
#define SLUICE_POLICY_IMPORT_H

#include "base/buffer.h"
#include "base/diag.h"

#define IMPORT_MAX (16u << 20) /* bytes of a file, and of what comes out of it */

/* Appends the translation of the text to out.  lost gets a warning for each line that was not carried over, with
 * `file` as its place.  False when memory is out or out is full. */
bool import_squid(struct slice text, const char *file, struct buffer *out, struct problems *lost);
bool import_squidguard(struct slice text, const char *file, struct buffer *out, struct problems *lost);
/* Whether the text looks like squidGuard.conf (its blocks have braces), and not like squid.conf. */
bool import_is_squidguard(struct slice text);

#endif

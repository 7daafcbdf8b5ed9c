/* What somebody searches for: the terms in the query string, or in a posted form, of a known search engine.
 * A table of engines; a host that is not in it has no terms.  Pure; any thread. */
#ifndef SLUICE_CLASSIFY_SEARCH_TERMS_H
#define SLUICE_CLASSIFY_SEARCH_TERMS_H

#include "base/slice.h"

#define SEARCH_TERMS_MAX 512 /* longer terms are cut */

/* The terms, percent-decoded and with spaces for "+", into dst of size bytes.  host is in lower case and without a
 * port; query is what follows "?", or a form's body (application/x-www-form-urlencoded).  False where there are none.
 * What is not UTF-8 or not printable is as it came: show it nowhere unescaped. */
bool search_terms_find(
	struct slice host, struct slice path, struct slice query, char *dst, size_t size, struct slice *out);

/* The same of a path with its query, if it has one. */
bool search_terms_find_in_url(struct slice host, struct slice url_path, char *dst, size_t size, struct slice *out);

/* Whether the path of a host takes its terms in a posted form, too. */
bool search_terms_takes_form(struct slice host, struct slice path);

/* The terms in the form in which they are compared: lower case, words of letters and digits with single spaces (see
 * text_normal.h), none at the ends.  Into dst of size bytes; what does not fit is left out. */
struct slice search_terms_normal(struct slice terms, char *dst, size_t size);

#endif

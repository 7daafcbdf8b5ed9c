/* Warnings that a person may click through.  The page's link (page_link.h) says which rule, and for how long.  Who
 * follows one is remembered for as long as the rule says; then the rule lets him through.
 *
 * What is remembered is bounded; where room is out, the nearest to its end goes first, and that person is asked again.
 * All calls: any thread. Times are monotonic nanoseconds, given by the caller. */
#ifndef SLUICE_PROXY_WARN_H
#define SLUICE_PROXY_WARN_H

#include "proxy/page_link.h"

/* What is remembered at most. */
#define WARN_ENTRIES_DEFAULT 16384

struct warn;

/* With a key of its own, from the kernel.  NULL when memory or randomness is out.  `entries` is rounded up. */
struct warn *warn_new(size_t entries);
void warn_free(struct warn *w);

/* Whether this client was warned of this site by this rule, went on, and may still. */
bool warn_is_accepted(struct warn *w, const struct addr *client, struct slice site, struct slice rule, uint64_t now);
/* The path of a link that leads on for `for_ns`; empty where memory is out or the path is no path. */
struct slice warn_link(const struct warn *w, const struct page_visit *visit, struct slice rule, uint64_t for_ns,
	uint64_t now, struct arena *arena);
/* Whether a request's path is such a link, good or bad. */
bool warn_is_link(struct slice path);
/* Follows the link that visit->path is: remembers the client where the token is his and fresh, and says so.  *back is
 * the path that the link leads back to, in either case: who comes with a stale link is warned anew. */
bool warn_follow(struct warn *w, const struct page_visit *visit, uint64_t now, struct slice *back);

#endif

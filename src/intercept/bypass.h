/* Destinations that are let pass without coming to the proxy: elements of the bypass sets, which the kernel forgets
 * after their time.  They count for new connections only: what was intercepted stays intercepted, and what passed goes
 * on passing.  One thread, that of the ruleset: only the socket that owns the table may change it. */
#ifndef SLUICE_INTERCEPT_BYPASS_H
#define SLUICE_INTERCEPT_BYPASS_H

#include "base/addr.h"
#include "intercept/ruleset.h"

#define BYPASS_SECONDS_MAX (365u * 86400u)

struct bypass {
	struct endpoint to;
	bool has_from;    /* for one client only */
	struct addr from; /* of the same family as `to` */
};

/* Lets pass for that many seconds (1 to BYPASS_SECONDS_MAX) from now, whether it was let pass before or not.
 * 0; -ENOENT before the rules are installed; -EINVAL for two families or such a time; -ENFILE where the set is full;
 * otherwise what the kernel says. */
int bypass_add(struct ruleset *ruleset, const struct bypass *bypass, uint32_t seconds);
/* Intercepts again.  0; -ENOENT where it was not let pass; otherwise as above. */
int bypass_remove(struct ruleset *ruleset, const struct bypass *bypass);

#endif

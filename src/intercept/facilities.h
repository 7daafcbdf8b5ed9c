/* What this kernel can do for us: each facility is tried for a moment in a table of its own, which the same
 * transaction deletes again.  For `sluicectl doctor`. */
#ifndef SLUICE_INTERCEPT_FACILITIES_H
#define SLUICE_INTERCEPT_FACILITIES_H

#include <stddef.h>

struct facility {
	const char *name;   /* "redirect", "tproxy", ...; static */
	const char *use;    /* what it is needed for; static */
	const char *remedy; /* where it is missing; static */
	int error;          /* 0 where it is there; otherwise the kernel's negative errno */
};

#define FACILITIES_MAX 16

/* Tries them all and returns how many there are in `out`.  Needs CAP_NET_ADMIN: without it every error is -EPERM. */
size_t facilities_probe(struct facility out[FACILITIES_MAX]);

#endif

/* Where a fetch may connect to.  What a stranger's certificate names leads to the Internet only: never to this machine,
 * to the networks that it is on, or to any inner address (tls/aia.h), but for those that the administrator allows. */
#ifndef SLUICE_FETCH_NETWORKS_H
#define SLUICE_FETCH_NETWORKS_H

#include "base/addr.h"

#define NETWORKS_OWN_MAX 256
#define NETWORKS_ALLOWED_MAX 64

struct networks {
	struct prefix own[NETWORKS_OWN_MAX]; /* that this machine is on */
	size_t own_count;
	struct addr addresses[NETWORKS_OWN_MAX]; /* of this machine */
	size_t address_count;
	bool is_known;                               /* the kernel told all of them */
	struct prefix allowed[NETWORKS_ALLOWED_MAX]; /* inner, and allowed: tls { fetch_from } */
	size_t allowed_count;
};

/* Asks the kernel for this machine's addresses and networks anew. */
void networks_refresh(struct networks *n);
/* One prefix a line, as prefix_format() writes it; false where one is none, or there are too many. */
bool networks_allow(struct networks *n, struct slice lines);
/* Whether a fetch for a certificate may connect there.  False for everything while the kernel has not told. */
bool networks_admit(const struct networks *n, const struct addr *a);

#endif

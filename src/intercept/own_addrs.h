/* The addresses of this machine, as a sorted snapshot: who wants to connect there through us wants a loop, or a way
 * past the firewall.  Immutable once loaded, so threads may share one. */
#ifndef SLUICE_INTERCEPT_OWN_ADDRS_H
#define SLUICE_INTERCEPT_OWN_ADDRS_H

#include "base/addr.h"

#define OWN_ADDRS_MAX 4096

struct own_addrs {
	struct addr *items; /* owned; ascending */
	size_t count;
};

/* Asks the kernel.  False with errno, and an empty snapshot, where it does not tell or there are more than the maximum.
 */
bool own_addrs_load(struct own_addrs *own);
void own_addrs_release(struct own_addrs *own);
bool own_addrs_has(const struct own_addrs *own, const struct addr *addr);

/* A descriptor (netlink, non-blocking, close-on-exec) that becomes readable when an address comes or goes: then drain
 * it and load a new snapshot.  -1 with errno. */
int own_addrs_watch(void);
void own_addrs_drain(int fd);

#endif

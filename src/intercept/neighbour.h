/* The hardware address of a client on one of our links, from the kernel's own table, which knows it by the time that a
 * connection stands.  Asked one at a time over rtnetlink; the kernel answers within the call, so nothing waits.  A
 * client behind a router has none: the router's would be everybody's. */
#ifndef SLUICE_INTERCEPT_NEIGHBOUR_H
#define SLUICE_INTERCEPT_NEIGHBOUR_H

#include "base/addr.h"

#define MAC_TEXT_MAX 18

/* A socket to ask with, for one thread.  -1 with errno. */
int neighbour_open(void);
/* False where the kernel knows none: mac is all zero then.  Never blocks. */
bool neighbour_find(int fd, const struct addr *client, uint8_t mac[6]);
/* "02:00:00:aa:bb:cc"; returns dst. */
const char *mac_format(const uint8_t mac[6], char dst[MAC_TEXT_MAX]);

#endif

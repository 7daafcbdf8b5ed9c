/* The addresses of this machine.  See own_addrs.h. */
#include "intercept/own_addrs.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <unistd.h>

static int
compare(const void *a, const void *b)
{
	return memcmp(((const struct addr *)a)->bytes, ((const struct addr *)b)->bytes, 16);
}

bool
own_addrs_load(struct own_addrs *own)
{
	struct ifaddrs *list = NULL;
	size_t count = 0;
	bool ok = false;

	*own = (struct own_addrs){0};
	if (getifaddrs(&list) < 0)
		return false;
	for (const struct ifaddrs *i = list; i; i = i->ifa_next)
		count++;
	if (count > OWN_ADDRS_MAX) {
		errno = E2BIG;
		goto out;
	}
	own->items = calloc(count ? count : 1, sizeof *own->items);
	if (own->items == NULL)
		goto out;
	for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
		struct endpoint e;

		if (i->ifa_addr && endpoint_from_sockaddr(i->ifa_addr, &e))
			own->items[own->count++] = e.addr;
	}
	qsort(own->items, own->count, sizeof *own->items, compare);
	ok = true;
out:
	freeifaddrs(list);
	return ok;
}

void
own_addrs_release(struct own_addrs *own)
{
	free(own->items);
	*own = (struct own_addrs){0};
}

bool
own_addrs_has(const struct own_addrs *own, const struct addr *addr)
{
	return own->count && bsearch(addr, own->items, own->count, sizeof *own->items, compare) != NULL;
}

int
own_addrs_watch(void)
{
	struct sockaddr_nl groups = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&groups, sizeof groups) < 0) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

void
own_addrs_drain(int fd)
{
	char ignored[4096];

	/* An overrun (ENOBUFS) says only that there was much news. */
	while (recv(fd, ignored, sizeof ignored, 0) >= 0 || errno == ENOBUFS || errno == EINTR)
		;
}

/* Where the client wanted to go.  See original_dst.h. */
#include "intercept/original_dst.h"

#include <errno.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

static int
find_redirect(int fd, const struct endpoint *local, struct endpoint *dst)
{
	/* A dual-stack socket answers for a v4-mapped connection at the level of IPv4. */
	bool v4 = addr_is_v4(&local->addr);
	struct sockaddr_storage sa = {0};
	socklen_t len = sizeof sa;

	if (getsockopt(fd, v4 ? SOL_IP : SOL_IPV6, v4 ? SO_ORIGINAL_DST : IP6T_SO_ORIGINAL_DST, &sa, &len) < 0)
		return -errno;
	return endpoint_from_sockaddr((const struct sockaddr *)&sa, dst) ? 0 : -EAFNOSUPPORT;
}

static int
find_tproxy(int fd, const struct endpoint *local, struct endpoint *dst)
{
	*dst = *local;
	return 0;
}

static int
find_explicit(int fd, const struct endpoint *local, struct endpoint *dst)
{
	return -ENODATA;
}

const struct original_dst_way original_dst_redirect = {"redirect", false, find_redirect};
const struct original_dst_way original_dst_tproxy = {"tproxy", true, find_tproxy};
const struct original_dst_way original_dst_explicit = {"explicit", false, find_explicit};

const struct original_dst_way *
original_dst_way_find(struct slice name)
{
	static const struct original_dst_way *const ways[] = {
		&original_dst_redirect, &original_dst_tproxy, &original_dst_explicit};

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		if (slice_eq(name, slice_of(ways[i]->name)))
			return ways[i];
	return NULL;
}

int
original_dst_get(int fd, const struct original_dst_way *way, struct endpoint *dst, struct endpoint *local)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof sa;

	if (getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
		return -errno;
	if (!endpoint_from_sockaddr((const struct sockaddr *)&sa, local))
		return -EAFNOSUPPORT;
	return way->find(fd, local, dst);
}

/* Where a fetch may connect to.  See networks.h. */
#include "fetch/networks.h"

#include "tls/aia.h"

#include <ifaddrs.h>

/* The length of a mask of one bits, counted as in struct prefix. */
static uint8_t
mask_bits(const struct sockaddr *mask, bool is_v4)
{
	const uint8_t *bytes = is_v4 ? (const uint8_t *)&((const struct sockaddr_in *)(const void *)mask)->sin_addr
				     : (const uint8_t *)&((const struct sockaddr_in6 *)(const void *)mask)->sin6_addr;
	uint8_t bits = is_v4 ? 96 : 0;

	for (size_t i = 0; i < (is_v4 ? 4u : 16u); i++)
		for (uint8_t bit = 0x80; bit; bit >>= 1) {
			if ((bytes[i] & bit) == 0)
				return bits;
			bits++;
		}
	return bits;
}

void
networks_refresh(struct networks *n)
{
	struct ifaddrs *list = NULL;

	n->own_count = n->address_count = 0;
	n->is_known = getifaddrs(&list) == 0;
	for (const struct ifaddrs *i = list; n->is_known && i; i = i->ifa_next) {
		struct endpoint e;
		uint8_t bits;

		if (i->ifa_addr == NULL || !endpoint_from_sockaddr(i->ifa_addr, &e))
			continue;
		if (n->address_count == NETWORKS_OWN_MAX) {
			n->is_known = false; /* better nothing than what was not compared */
			break;
		}
		n->addresses[n->address_count++] = e.addr;
		bits = i->ifa_netmask ? mask_bits(i->ifa_netmask, addr_is_v4(&e.addr)) : 0;
		/* A point-to-point link without a length says nothing of a network. */
		if (bits > (addr_is_v4(&e.addr) ? 96 : 0))
			n->own[n->own_count++] = (struct prefix){e.addr, bits};
	}
	if (list)
		freeifaddrs(list);
}

bool
networks_allow(struct networks *n, struct slice lines)
{
	struct slice line;

	n->allowed_count = 0;
	while (slice_split(&lines, '\n', &line)) {
		if (line.len == 0)
			continue;
		if (n->allowed_count == NETWORKS_ALLOWED_MAX || !prefix_parse(line, &n->allowed[n->allowed_count]))
			return false;
		n->allowed_count++;
	}
	return true;
}

bool
networks_admit(const struct networks *n, const struct addr *a)
{
	if (!n->is_known || addr_is_special(a))
		return false;
	for (size_t i = 0; i < n->address_count; i++)
		if (addr_eq(&n->addresses[i], a))
			return false;
	for (size_t i = 0; i < n->allowed_count; i++)
		if (prefix_contains(&n->allowed[i], a))
			return true;
	return aia_addr_is_allowed(a, n->own, n->own_count);
}

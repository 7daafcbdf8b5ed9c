/* IP addresses, endpoints and prefixes as plain values.  IPv4 is kept v4-mapped (::ffff:a.b.c.d, RFC 4291
 * section 2.5.5.2), so one comparison serves both families, as a dual-stack socket sees them. */
#ifndef SLUICE_BASE_ADDR_H
#define SLUICE_BASE_ADDR_H

#include "base/slice.h"

#include <netinet/in.h>
#include <sys/socket.h>

#define ADDR_TEXT_MAX 48     /* longest text of an address, with its NUL */
#define ENDPOINT_TEXT_MAX 56 /* "[address]:port", with its NUL */

struct addr {
	uint8_t bytes[16];
};

struct endpoint {
	struct addr addr;
	uint16_t port; /* host byte order */
};

/* The first `bits` bits of `addr`, counted in 128 (an IPv4 /24 has 120). */
struct prefix {
	struct addr addr;
	uint8_t bits;
};

static inline bool
addr_eq(const struct addr *a, const struct addr *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static inline bool
endpoint_eq(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && addr_eq(&a->addr, &b->addr);
}

bool addr_is_v4(const struct addr *a);
/* Loopback, unspecified, link-local, multicast, or broadcast: never a place to dial for a client. */
bool addr_is_special(const struct addr *a);
/* 127.0.0.0/8 or ::1. */
bool addr_is_loopback(const struct addr *a);
/* Dotted IPv4 or IPv6 text, without brackets or zone. */
bool addr_parse(struct slice text, struct addr *out);
/* Writes the text (IPv4 dotted, IPv6 after RFC 5952) and returns dst. */
const char *addr_format(const struct addr *a, char dst[ADDR_TEXT_MAX]);
/* "1.2.3.4:80" or "[::1]:80". */
const char *endpoint_format(const struct endpoint *e, char dst[ENDPOINT_TEXT_MAX]);
bool endpoint_parse(struct slice text, struct endpoint *out);
/* "10.0.0.0/8", "fd00::/8", or a single address.  False where bits below the length are set, too. */
bool prefix_parse(struct slice text, struct prefix *out);
const char *prefix_format(const struct prefix *p, char dst[ADDR_TEXT_MAX + 4]);
bool prefix_contains(const struct prefix *p, const struct addr *a);
/* Whether every address of the inner one is in the outer one. */
bool prefix_covers(const struct prefix *outer, const struct prefix *inner);

/* From AF_INET or AF_INET6; false for any other family. */
bool endpoint_from_sockaddr(const struct sockaddr *sa, struct endpoint *out);
/* As AF_INET for IPv4 and AF_INET6 otherwise; returns the length. */
socklen_t endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *out);

#endif

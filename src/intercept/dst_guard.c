/* The guard that every destination passes.  See dst_guard.h. */
#include "intercept/dst_guard.h"

/* 169.254.169.254, which most clouds use, is link-local, and so special. */
static const struct prefix metadata[] = {
	{{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 100, 100, 100, 200}}, 128},     /* 100.100.100.200: Alibaba */
	{{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 0, 192}}, 128},         /* 192.0.0.192: Oracle */
	{{{0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}}, 128}, /* fd00:ec2::254: Amazon */
	{{{0xfd, 0x20, 0, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}}, 128},    /* fd20:ce::254: Google */
};

static bool
any_contains(const struct prefix *prefixes, size_t count, const struct addr *addr)
{
	for (size_t i = 0; i < count; i++)
		if (prefix_contains(&prefixes[i], addr))
			return true;
	return false;
}

static bool
is_listening(const struct dst_guard *guard, uint16_t port)
{
	for (size_t i = 0; i < guard->listening_count; i++)
		if (guard->listening[i] == port)
			return true;
	return false;
}

/* IPv4 in the clothes of IPv6: ::a.b.c.d (deprecated) and 64:ff9b::a.b.c.d (RFC 6052) may end where a.b.c.d does. */
static struct addr
undress(const struct addr *addr)
{
	static const uint8_t compatible[12], translated[12] = {0, 0x64, 0xff, 0x9b};
	struct addr bare = *addr;

	if (memcmp(addr->bytes, compatible, 12) == 0 || memcmp(addr->bytes, translated, 12) == 0) {
		memset(bare.bytes, 0, 10);
		memset(bare.bytes + 10, 0xff, 2);
	}
	return bare;
}

enum dst_refusal
dst_guard_judge(const struct dst_guard *guard, const struct endpoint *dst, const struct endpoint *local)
{
	struct addr bare = undress(&dst->addr);
	bool own = own_addrs_has(guard->own, &dst->addr) || own_addrs_has(guard->own, &bare);
	bool special = addr_is_special(&dst->addr) || addr_is_special(&bare);

	if ((local && endpoint_eq(dst, local)) || ((own || special) && is_listening(guard, dst->port)))
		return DST_LOOP;
	if (dst->port == 0)
		return DST_SPECIAL;
	if (any_contains(guard->exempt, guard->exempt_count, &dst->addr))
		return DST_ALLOWED;
	if (special)
		return DST_SPECIAL;
	if (any_contains(metadata, sizeof metadata / sizeof metadata[0], &bare))
		return DST_METADATA;
	return own ? DST_OWN : DST_ALLOWED;
}

const char *
dst_refusal_name(enum dst_refusal refusal)
{
	static const char *const names[] = {
		[DST_ALLOWED] = "allowed",
		[DST_LOOP] = "loop",
		[DST_SPECIAL] = "special",
		[DST_METADATA] = "metadata",
		[DST_OWN] = "own",
	};

	return names[refusal];
}

/* Canonical server names and their match against certificates: see hostname.h.  The Public Suffix List is the one that
 * libpsl has built in, so no file is read; a constant, shared by all threads. */
#include "tls/hostname.h"

#include <libpsl.h>

bool
hostname_parse(struct slice text, struct hostname *out)
{
	struct slice name;

	memset(out, 0, sizeof *out);
	if (addr_parse(text, &out->addr)) {
		out->kind = HOSTNAME_ADDR;
		return true;
	}
	memset(&out->addr, 0, sizeof out->addr);
	if (host_name_read(text, out->dns, &name) != HOST_NAME_VALID)
		return false;
	out->len = (uint8_t)name.len;
	out->kind = HOSTNAME_DNS;
	return true;
}

struct hostname
hostname_of_addr(const struct addr *a)
{
	return (struct hostname){.kind = HOSTNAME_ADDR, .addr = *a};
}

struct slice
hostname_dns(const struct hostname *host)
{
	return host->kind == HOSTNAME_DNS ? slice_make(host->dns, host->len) : SLICE_EMPTY;
}

bool
hostname_eq(const struct hostname *a, const struct hostname *b)
{
	if (a->kind != b->kind || a->kind == HOSTNAME_NONE)
		return false;
	return a->kind == HOSTNAME_DNS ? slice_eq(hostname_dns(a), hostname_dns(b)) : addr_eq(&a->addr, &b->addr);
}

/* `suffix` is the NUL-terminated tail of a canonical name. */
static bool
suffix_is_public(const char *suffix, enum hostname_suffixes suffixes)
{
	int type = suffixes == HOSTNAME_SUFFIXES_ALL ? PSL_TYPE_ANY : PSL_TYPE_ICANN;

	return strchr(suffix, '.') == NULL ||
	       psl_is_public_suffix2(psl_builtin(), suffix, type | PSL_TYPE_NO_STAR_RULE);
}

enum hostname_match
hostname_match_dns(const struct hostname *host, struct slice pattern, enum hostname_suffixes suffixes)
{
	struct slice name = hostname_dns(host);
	size_t dot;

	if (name.len == 0 || pattern.len == 0)
		return HOSTNAME_NO_MATCH;
	if (slice_eq_nocase(name, pattern))
		return HOSTNAME_MATCH;
	if (!slice_starts_with(pattern, SLICE("*.")))
		return HOSTNAME_NO_MATCH;
	dot = slice_find(name, '.');
	if (!slice_eq_nocase(slice_sub(name, dot, name.len), slice_sub(pattern, 1, pattern.len)) || dot == name.len)
		return HOSTNAME_NO_MATCH;
	return suffix_is_public(host->dns + dot + 1, suffixes) ? HOSTNAME_PUBLIC_SUFFIX : HOSTNAME_MATCH;
}

bool
hostname_match_ip(const struct hostname *host, struct slice octets)
{
	bool v4;

	if (host->kind != HOSTNAME_ADDR)
		return false;
	v4 = addr_is_v4(&host->addr);
	if (octets.len != (v4 ? 4u : 16u))
		return false;
	return memcmp(octets.ptr, host->addr.bytes + (v4 ? 12 : 0), octets.len) == 0;
}

/* Canonical server names and their match against certificates: see hostname.h.  The Public Suffix List is the one that
 * libpsl has built in, so no file is read; a constant, shared by all threads. */
#include "tls/hostname.h"

#include <libpsl.h>

/* One label, and nothing that DNS software or a log would read differently. */
static bool
label_is_valid(struct slice label)
{
	if (label.len == 0 || label.len > HOSTNAME_LABEL_MAX)
		return false;
	for (size_t i = 0; i < label.len; i++) {
		char c = ascii_lower(label.ptr[i]);

		if (!(c >= 'a' && c <= 'z') && !ascii_is_digit(c) && c != '-' && c != '_')
			return false;
	}
	return true;
}

/* "80", "0x7f" and "0x": what inet_aton(3) and browsers take for (a part of) an address. */
static bool
label_is_number(struct slice label)
{
	size_t i = 0;
	bool hex = label.len >= 2 && label.ptr[0] == '0' && ascii_lower(label.ptr[1]) == 'x';

	for (i = hex ? 2 : 0; i < label.len; i++)
		if (hex ? ascii_hex_value(label.ptr[i]) < 0 : !ascii_is_digit(label.ptr[i]))
			return false;
	return true;
}

static bool
dns_parse(struct slice text, struct hostname *out)
{
	struct slice rest, label, last = SLICE_EMPTY;

	if (text.len > 1 && text.ptr[text.len - 1] == '.')
		text.len--;
	if (text.len == 0 || text.len > HOSTNAME_MAX)
		return false;
	for (rest = text; slice_split(&rest, '.', &label); last = label)
		if (!label_is_valid(label))
			return false;
	if (label_is_number(last))
		return false;
	for (size_t i = 0; i < text.len; i++)
		out->dns[i] = ascii_lower(text.ptr[i]);
	out->len = (uint8_t)text.len;
	out->kind = HOSTNAME_DNS;
	return true;
}

bool
hostname_parse(struct slice text, struct hostname *out)
{
	memset(out, 0, sizeof *out);
	if (addr_parse(text, &out->addr)) {
		out->kind = HOSTNAME_ADDR;
		return true;
	}
	memset(&out->addr, 0, sizeof out->addr);
	return dns_parse(text, out);
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

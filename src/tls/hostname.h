/* The name of a server in one canonical form, and whether a name in a certificate stands for it.  Server name
 * indication, verification, caches, policy and log all use this form, so that they cannot disagree.  Pure values;
 * any thread; nothing allocates and nothing is resolved. */
#ifndef SLUICE_TLS_HOSTNAME_H
#define SLUICE_TLS_HOSTNAME_H

#include "base/addr.h"
#include "base/host_name.h"

enum hostname_kind {
	HOSTNAME_NONE, /* nothing is known: matches no certificate */
	HOSTNAME_DNS,
	HOSTNAME_ADDR,
};

struct hostname {
	enum hostname_kind kind;
	uint8_t len;                     /* of dns, without its NUL */
	char dns[HOST_NAME_LEN_MAX + 1]; /* lower case, A-labels, no trailing dot */
	struct addr addr;
};

/* Reads a host name (host_name.h) or the text of an IP address (no brackets, no port, no zone).  False, with kind
 * HOSTNAME_NONE, for anything else. */
bool hostname_parse(struct slice text, struct hostname *out);
/* The destination itself, for clients that name no server. */
struct hostname hostname_of_addr(const struct addr *a);
bool hostname_eq(const struct hostname *a, const struct hostname *b);
/* The canonical name; empty unless kind is HOSTNAME_DNS. */
struct slice hostname_dns(const struct hostname *host);

enum hostname_match {
	HOSTNAME_NO_MATCH,
	HOSTNAME_MATCH,
	HOSTNAME_PUBLIC_SUFFIX, /* it would match, were its wildcard not directly below a public suffix */
};

/* What a wildcard may stand directly below. */
enum hostname_suffixes {
	HOSTNAME_SUFFIXES_ICANN, /* never below registries' suffixes ("*.co.uk"); below hosters' it may ("*.github.io")
				  */
	HOSTNAME_SUFFIXES_ALL,   /* below no suffix of the Public Suffix List */
};

/* Whether the dNSName `pattern` of a certificate stands for a DNS name (RFC 9525 section 6.3): equal but for ASCII
 * case, or with "*" as its whole left-most label, which stands for exactly one label.  No other wildcard, none above
 * a single label.  An address never matches a dNSName, even one that spells it. */
enum hostname_match hostname_match_dns(
	const struct hostname *host, struct slice pattern, enum hostname_suffixes suffixes);
/* Whether the 4 or 16 octets of an iPAddress are this address.  A v4-mapped iPAddress never matches. */
bool hostname_match_ip(const struct hostname *host, struct slice octets);

#endif

/* Where the certificate of a missing issuer can be had (RFC 5280 section 4.2.2.1, caIssuers), and whether to go there:
 * the pure parts.  A certificate is a stranger's letter with an address in it; the proxy must not be steered to inner
 * addresses by it.  Nothing is fetched here: whoever fetches is a process of its own, resolves the host itself, asks
 * aia_addr_is_allowed() for the very address that it connects to, follows no redirect without asking again, and keeps
 * the bounds below.  What comes back is untrusted: it goes into verify_input.extra. */
#ifndef SLUICE_TLS_AIA_H
#define SLUICE_TLS_AIA_H

#include "tls/hostname.h"

#include <openssl/x509.h>

#define AIA_URLS_MAX 2 /* tried for one certificate */
#define AIA_URL_BYTES_MAX 1024
#define AIA_BODY_BYTES_MAX ((size_t)64 << 10) /* of a response */
#define AIA_TIMEOUT_MS 2000                   /* for a fetch as a whole */
#define AIA_HOPS_MAX 3                        /* issuers fetched for one chain */
#define AIA_ISSUERS_MAX 4                     /* taken from one response */

struct aia_url {
	struct hostname host;
	struct slice path; /* with its query, from "/"; borrowed from the text, and empty where that has none */
};

/* The last certificate of the way up from the leaf through what was presented, whose issuer is not among it (borrowed);
 * NULL where the way ends in a certificate that names itself as its issuer, or does not end. */
X509 *aia_last_known(X509 *leaf, STACK_OF(X509) *chain);
/* Reads "http://host[:80][/path]".  False for every other scheme and port (issuers are signed; HTTPS would need them
 * first), for user information, fragments, spaces, controls, octets above ASCII, and what is too long. */
bool aia_url_parse(struct slice text, struct aia_url *out);
/* The first caIssuers URLs of a certificate that may be fetched as far as their text tells; returns how many.  They
 * borrow from the certificate. */
size_t aia_urls(const X509 *cert, struct aia_url urls[AIA_URLS_MAX]);
/* Whether a fetch may connect to this address: global unicast, in no block of special purpose (IANA's registries,
 * RFC 6890), not in one that embeds an IPv4 address, and in none of `own` (the gateway's networks). */
bool aia_addr_is_allowed(const struct addr *a, const struct prefix *own, size_t own_count);
/* Reads a response's body (DER, PEM, or PKCS #7 of certificates only) and adds to `out` those certificates, at most
 * AIA_ISSUERS_MAX, that bear the name of the child's issuer; `out` owns them.  Returns how many. */
size_t aia_read_issuers(struct slice body, X509 *child, STACK_OF(X509) *out);

#endif

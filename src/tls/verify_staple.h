/* The status of a leaf as its issuer's OCSP responder stated it, stapled to the handshake (RFC 6066 section 8,
 * RFC 6960).  A decider: time is an argument, nothing is fetched. */
#ifndef SLUICE_TLS_VERIFY_STAPLE_H
#define SLUICE_TLS_VERIFY_STAPLE_H

#include "base/slice.h"

#include <openssl/x509.h>
#include <stdint.h>

#define VERIFY_STAPLE_BYTES_MAX ((size_t)32 << 10)
#define VERIFY_STAPLE_AGE_MAX (INT64_C(10) * 86400) /* seconds that a response without nextUpdate counts */

enum verify_staple {
	VERIFY_STAPLE_NONE,    /* none was sent */
	VERIFY_STAPLE_USELESS, /* unreadable, forged, out of date, or about another certificate: the same as none */
	VERIFY_STAPLE_GOOD,
	VERIFY_STAPLE_REVOKED, /* also when out of date: a revocation is not undone */
};

/* Judges the response's octets for `leaf`, whose verified issuer is `issuer`.  The response counts when the issuer
 * signed it, or a responder whose certificate the issuer signed for OCSP signing and that is valid at `now`.  *until is
 * set to the time up to which a good answer counts. */
enum verify_staple verify_staple_judge(struct slice response, X509 *leaf, X509 *issuer, int64_t now, int64_t *until);

#endif

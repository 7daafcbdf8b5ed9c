/* Asks the verifier about a chain that somebody has at hand, for `sluicectl explain`: by the trust, the exceptions and
 * the revocation lists in force, and at this moment.  Issuers that are missing are not fetched
 * for it, and what only a handshake brings, a stapled response, is not judged.
 *
 *   {"host": "www.example.org", "chain": PEM with the leaf first}
 *
 * is answered {"accepted", "reason", "text", "depth", "excepted": [reasons], "certificate": {"issuer", "age",
 * "self_signed"}}, the reasons being those of tls/verify_reason.h and the certificate what rules ask of it; or
 * {"error"}. */
#ifndef SLUICE_PROXY_VERIFY_QUERY_H
#define SLUICE_PROXY_VERIFY_QUERY_H

#include <jansson.h>

#include "proxy/generation.h"
#include "tls/revocation.h"

/* A new reference; NULL when memory is out.  Any thread that may use `revocations`. */
json_t *verify_query(const struct generation *g, const struct revocations *revocations, const json_t *request);

#endif

/* What an origin's certificate is judged against: the anchors, and all that an administrator or a browser vendor says
 * about keys.  Built once (trust_builder.h), then immutable and shared by threads by reference count; each build has a
 * generation number, which is part of every remembered verdict.  Every function here: any thread. */
#ifndef SLUICE_TLS_TRUST_H
#define SLUICE_TLS_TRUST_H

#include "base/slice.h"
#include "tls/ct_logs.h"
#include "tls/hostname.h"
#include "tls/verify_reason.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdint.h>

#define TRUST_DIGEST 32                      /* SHA-256 */
#define TRUST_STALE_S (180 * INT64_C(86400)) /* a bundle older than this needs an alarm (trust_age) */

struct trust;

enum trust_source {
	TRUST_SYSTEM, /* a root program's bundle: the Web PKI's rules apply */
	TRUST_ADMIN,  /* added by the administrator */
};

struct trust_anchor {
	X509 *cert; /* owned by the trust */
	enum trust_source source;
	int64_t distrust_after; /* leaves issued later are refused; INT64_MAX where there is no such date */
	uint8_t spki[TRUST_DIGEST];
	uint8_t fingerprint[TRUST_DIGEST];
};

/* One certificate that is let through for one host although it has one defect. */
struct trust_exception {
	struct hostname host;
	uint8_t leaf_spki[TRUST_DIGEST];
	enum verify_reason reason;
	int64_t expires; /* Unix time */
};

/* SHA-256 over the DER of the certificate's SubjectPublicKeyInfo.  False when memory is out. */
bool trust_spki_digest(const EVP_MD *sha256, const X509 *cert, uint8_t out[TRUST_DIGEST]);

struct trust *trust_share(struct trust *t);
void trust_release(struct trust *t);
uint64_t trust_generation(const struct trust *t);
OSSL_LIB_CTX *trust_libctx(const struct trust *t);
const EVP_MD *trust_sha256(const struct trust *t);
/* The transparency logs; NULL where certificates need not be logged. */
const struct ct_logs *trust_ct_logs(const struct trust *t);
size_t trust_anchor_count(const struct trust *t);
/* Seconds since the oldest bundle with a known time was modified; 0 where none is known.  Above TRUST_STALE_S the
 * caller raises an alarm. */
int64_t trust_age(const struct trust *t, int64_t now);
/* The anchors with this subject: a run of *count in an array, or NULL. */
const struct trust_anchor *trust_anchors_named(const struct trust *t, const X509_NAME *subject, size_t *count);
/* The anchor that is this certificate, or NULL. */
const struct trust_anchor *trust_anchor_of(const struct trust *t, const X509 *cert);
bool trust_key_is_own(const struct trust *t, const uint8_t spki[TRUST_DIGEST]);
/* Whether our own CA signed this certificate (its name and its signature say so). */
bool trust_signed_by_own_ca(const struct trust *t, X509 *cert);
bool trust_key_is_denied(const struct trust *t, const uint8_t spki[TRUST_DIGEST]);
/* The exception for exactly this host, leaf and reason that has not expired at `now`, or NULL. */
const struct trust_exception *trust_exception_for(const struct trust *t, const struct hostname *host,
	const uint8_t leaf_spki[TRUST_DIGEST], enum verify_reason reason, int64_t now);
/* Whether a CRL of the certificate's issuer lists it.  Also when the CRL is out of date: revocations are not undone. */
bool trust_is_revoked(const struct trust *t, X509 *cert, X509 *issuer);

#endif

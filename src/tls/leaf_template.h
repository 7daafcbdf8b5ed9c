/* The form of every leaf: a TBSCertificate (RFC 5280 section 4.1) written straight as DER.  Only names, dates, serial
 * and public key differ from leaf to leaf; everything that says what the certificate may be used for is constant:
 * basicConstraints CA:FALSE (critical), keyUsage digitalSignature (critical), extKeyUsage serverAuth.  So no request
 * can ask for anything else, and nothing of an origin's certificate can slip in.
 *
 * It checks no grammar and no date (mint.h does), and it signs nothing.  What does not fit its memory fails. */
#ifndef SLUICE_TLS_LEAF_TEMPLATE_H
#define SLUICE_TLS_LEAF_TEMPLATE_H

#include "tls/leaf_name.h"

#define LEAF_DER_MAX 65536      /* a whole leaf, in bytes; clients refuse much longer messages anyway */
#define LEAF_SIGNATURE_MAX 1024 /* RSA of 8192 bits */
#define LEAF_SERIAL_BYTES 16    /* 126 random bits (SECURITY: at least 64, at most 20 octets) */
#define LEAF_KEY_ID_BYTES 20
#define LEAF_COMMON_NAME_MAX 64 /* ub-common-name, RFC 5280 appendix A.1 */

/* What an issuer puts into all its leaves; the slices are borrowed and outlive the template. */
struct leaf_template {
	struct slice issuer;              /* Name, DER */
	struct slice signature_algorithm; /* AlgorithmIdentifier, DER */
	struct slice issuer_key_id;       /* the issuer's subjectKeyIdentifier, bare bytes */
};

struct leaf_fields {
	uint8_t serial[LEAF_SERIAL_BYTES]; /* the first byte in 0x01 to 0x7f, so that it is positive and minimal */
	int64_t not_before;                /* seconds since 1970-01-01 UTC */
	int64_t not_after;
	struct slice
		common_name; /* ASCII; empty: the subject is empty and the subjectAltName critical (section 4.2.1.6) */
	const struct leaf_name *names;
	size_t name_count; /* at least 1 */
	struct slice spki; /* SubjectPublicKeyInfo, DER */
	uint8_t key_id[LEAF_KEY_ID_BYTES];
};

/* The memory that a leaf is built in; reused from leaf to leaf.  One thread. */
struct leaf_space {
	uint8_t bytes[LEAF_DER_MAX];
};

/* Writes the TBSCertificate into the space; the answer borrows it, and is what has to be signed.  Empty where the
 * leaf would be longer than LEAF_DER_MAX, or a date is outside the years 1950 to 9999. */
struct slice leaf_template_tbs(
	const struct leaf_template *t, const struct leaf_fields *fields, struct leaf_space *space);
/* Completes the certificate around the TBSCertificate that stands in the space; the answer borrows the space.
 * The signature has at most LEAF_SIGNATURE_MAX bytes. */
struct slice leaf_template_certificate(
	const struct leaf_template *t, struct leaf_space *space, struct slice tbs, struct slice signature);

#endif

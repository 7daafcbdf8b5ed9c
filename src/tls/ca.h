/* A certificate authority in memory: its certificate, its private key, and the certificates above it.  Made here, or
 * loaded by ca_files.h; used by the signer process alone, since whoever holds this holds the key.
 *
 * Two of them exist: the trusted one, which clients have installed, and an ephemeral one for origins that failed
 * verification, which is never installed anywhere and ends with the process.  A CA that does not pass ca_check() is
 * never used. */
#ifndef SLUICE_TLS_CA_H
#define SLUICE_TLS_CA_H

#include "base/diag.h"

#include <openssl/x509.h>

#define CA_ID_BYTES 32
#define CA_CHAIN_MAX 4          /* certificates above the CA */
#define CA_CERTIFICATE_MAX 8192 /* bytes of DER of any of them */
#define CA_DEFAULT_DAYS 3650
#define CA_BELOW_DAYS 90
#define CA_BACKDATE_SECONDS 86400 /* a client's clock may be a day behind */

enum ca_key_type { CA_KEY_P256, CA_KEY_RSA3072 };

/* Who signs a CA that is not its own root: a CA above, whose key is elsewhere most of the time. */
struct ca_above {
	X509 *certificate; /* borrowed, as the key */
	EVP_PKEY *key;     /* may live in a token: it is only asked to sign */
};

struct ca_options {
	enum ca_key_type key_type;
	unsigned days;            /* of validity, from now on; 0 means CA_DEFAULT_DAYS, or CA_BELOW_DAYS below a root */
	const char *organization; /* shown to people beside the name; NULL for "sluice" */
	const struct ca_above *above; /* NULL: it signs itself */
	const char *constraints;      /* nameConstraints in the syntax of x509v3_config(5); NULL: none */
};

struct ca {
	X509 *certificate;       /* owned */
	EVP_PKEY *key;           /* owned; NULL where only the public part was loaded */
	STACK_OF(X509) *chain;   /* owned: from the issuer upwards; a self-signed root may be the last */
	uint8_t id[CA_ID_BYTES]; /* SHA-256 of the certificate's DER */
	int64_t not_before;      /* seconds since 1970-01-01 UTC */
	int64_t not_after;
};

/* Makes a key and a self-signed certificate: CA:TRUE with pathLen 0 (critical), keyCertSign and cRLSign (critical),
 * extKeyUsage serverAuth, SHA-256, 126 random bits of serial, and a subject that ends in 64 random bits, so that no
 * two keys share a name (SECURITY row 78).  Below a CA above it is the same, signed by that one, within its life, and
 * with the constraints (critical); whether the result holds is for ca_check() to say.  NULL with a problem where the
 * library fails. */
struct ca *ca_create(const struct ca_options *options, int64_t now, struct problems *problems);
/* The issuer for bad origins: the same shape, a name that says so, and a year. */
struct ca *ca_create_untrusted(int64_t now, struct problems *problems);
/* Puts a CA together from its parts, all taken (freed on failure); chain may be NULL, key may be NULL.  Checks
 * nothing but that the parts can be read. */
struct ca *ca_take(X509 *certificate, EVP_PKEY *key, STACK_OF(X509) *chain);
/* Frees it; the key is wiped.  NULL is accepted. */
void ca_free(struct ca *ca);

/* Whether it may sign leaves that clients accept: the key belongs to the certificate; CA bit, keyCertSign, serverAuth
 * where extended usages are named, subjectKeyIdentifier; P-256, P-384 or RSA of 2048 bits (3072 without a warning) to
 * 8192; not expired; and the chain, where there is one, is no longer than the limits above and leads from one to the
 * next.  `file` names it in the problems. False where an error was added. */
bool ca_check(const struct ca *ca, int64_t now, const char *file, struct problems *problems);
/* A warning from 90 days before the end (or from the last tenth of a shorter life), an error afterwards.  Returns
 * the whole days left, negative afterwards.  For a daily alarm. */
int64_t ca_check_expiry(const struct ca *ca, int64_t now, const char *file, struct problems *problems);

/* Bytes of the subjectKeyIdentifier; borrowed; empty where there is none. */
struct slice ca_key_id(const struct ca *ca);
bool ca_is_self_signed(const struct ca *ca);
/* First 20 bytes of the SHA-256 of a subjectPublicKey (RFC 7093 section 2, method 1).  False where the library fails.
 */
bool ca_key_id_of(struct slice public_key, uint8_t key_id[20]);
/* 16 random bytes of a serial number: positive, minimal in DER, never derived from anything.  False where the
 * library has no randomness. */
bool ca_random_serial(uint8_t serial[16]);
/* Adds a problem with the library's own reason at its end, and empties the library's error queue. */
void ca_problem_openssl(struct problems *problems, const char *file, const char *what);

#endif

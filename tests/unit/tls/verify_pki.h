/* Certificates for the verifier's tests, made while they run: any shape that a certificate can have, and some that it
 * must not.  Everything made belongs to the module until pki_release(); nothing is ever written to a file. */
#ifndef SLUICE_TESTS_UNIT_TLS_VERIFY_PKI_H
#define SLUICE_TESTS_UNIT_TLS_VERIFY_PKI_H

#include "base/slice.h"

#include <openssl/x509.h>

#define PKI_NOW INT64_C(1780000000) /* 2026-05-28: the time of all tests */
#define PKI_DAY INT64_C(86400)
#define PKI_NONE "" /* an extension that is left out */

enum pki_key {
	PKI_P256, /* a new one each time, as all but the RSA keys, which are slow to make and are shared by size */
	PKI_P384,
	PKI_P521,
	PKI_P192,
	PKI_SECP256K1,
	PKI_EXPLICIT, /* P-256 with its parameters spelt out */
	PKI_ED25519,
	PKI_DSA,
	PKI_RSA1024,
	PKI_RSA2048,
	PKI_RSA3072,
	PKI_RSA2049,
	PKI_RSA512, /* a public half only, as all that follow */
	PKI_RSA1016,
	PKI_RSA16384,
	PKI_RSA_E1,
	PKI_RSA_EVEN,
	PKI_RSA_LONG_E,
};

struct pki_cert {
	X509 *cert;
	EVP_PKEY *key;
};

struct pki_extension {
	const char *name;  /* a name that OpenSSL knows, or an OID */
	const char *value; /* in the syntax of x509v3_config(5) */
};

/* What is NULL or 0 has the value of an ordinary certificate of its kind. */
struct pki_spec {
	const char *cn;
	bool no_subject;
	const struct pki_cert *issuer; /* NULL: signed by itself */
	enum pki_key key;
	EVP_PKEY *use_key; /* instead of a new one */
	int64_t from;      /* seconds from PKI_NOW; default one day before */
	int64_t until;     /* default 90 days after, and ten years for a CA */
	bool is_ca;
	const char *san, *bc, *ku, *eku, *nc, *ski, *aki;
	struct pki_extension extra[3];
	const char *serial; /* hexadecimal, may start with '-' */
	const EVP_MD *digest;
	int version; /* 1 leaves all extensions out */
};

/* Makes a certificate; aborts where it cannot. */
struct pki_cert pki_make(const struct pki_spec *spec);
#define PKI_MAKE(...) pki_make(&(struct pki_spec){__VA_ARGS__})
/* A copy in which the last occurrence of `from` in its DER is `to` (of the same length): signatures do not follow. */
X509 *pki_patch(X509 *cert, struct slice from, struct slice to);
/* A copy whose signature is wrong. */
X509 *pki_break_signature(X509 *cert);
EVP_PKEY *pki_key(enum pki_key kind);
/* A P-256 key that claims the public half of `key` and has another private one. */
EVP_PKEY *pki_mismatched_key(EVP_PKEY *key);
/* PEM or DER of what is given, until pki_release(). */
struct slice pki_pem(X509 *cert);
struct slice pki_der(X509 *cert);
/* A CRL of `issuer` that lists `revoked` (NULL: nothing), made `age` seconds before PKI_NOW. */
struct slice pki_crl(const struct pki_cert *issuer, X509 *revoked, int64_t age);

enum pki_status { PKI_GOOD, PKI_REVOKED, PKI_UNKNOWN };
struct pki_ocsp {
	X509 *about;
	const struct pki_cert *issuer;
	const struct pki_cert *signer; /* NULL: the issuer */
	enum pki_status status;
	int64_t from, until; /* seconds from PKI_NOW; default one day before and six days after */
	bool forged;
};
struct slice pki_ocsp(const struct pki_ocsp *spec);
#define PKI_OCSP(...) pki_ocsp(&(struct pki_ocsp){__VA_ARGS__})
/* A stack of borrowed certificates, until pki_release(). */
STACK_OF(X509) *pki_stack(size_t count, X509 *const *certs);
void pki_release(void);

#endif

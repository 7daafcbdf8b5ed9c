/* What one certificate must be, apart from its path and its names.  Deciders: a certificate in, a reason out
 * (VERIFY_OK where nothing is wrong); any thread; nothing is kept.  OpenSSL accepts most of what is refused here. */
#ifndef SLUICE_TLS_VERIFY_CERT_H
#define SLUICE_TLS_VERIFY_CERT_H

#include "tls/verify_reason.h"

#include <openssl/x509.h>

#define VERIFY_EXTENSIONS_MAX 48                /* in one certificate */
#define VERIFY_SAN_BYTES_MAX ((size_t)64 << 10) /* of one subjectAltName */
#define VERIFY_NC_BYTES_MAX ((size_t)16 << 10)  /* of one nameConstraints */

/* Before OpenSSL computes anything with it: encoded in strict DER, no extension twice, the outer and inner signature
 * algorithm the same, and a key of a known kind and of a size whose arithmetic is cheap (RSA up to 8192 bits and an odd
 * exponent of 3 to 33 bits; P-256, P-384, P-521 by name; Ed25519).  Adds its size in octets to *bytes. */
enum verify_reason verify_cert_shape(X509 *cert, size_t *bytes);
/* The strength of its key: RSA of 2048 bits or more in whole octets; Ed25519 only below an added root. */
enum verify_reason verify_cert_key(X509 *cert, bool below_public_root);
/* The algorithm that it is signed with: SHA-256, -384 or -512 with RSA (also PSS) or ECDSA; Ed25519 as above. */
enum verify_reason verify_cert_signature(X509 *cert, bool below_public_root);
/* What RFC 5280 demands and OpenSSL does not: a positive serial number of at most 20 octets (section 4.1.2.2), and
 * policy constraints, where there are any, marked critical (section 4.2.1.11). */
enum verify_reason verify_cert_profile(X509 *cert);
/* A server's certificate: no CA in any of the three ways to say so, no name constraints, and a key that may sign. */
enum verify_reason verify_cert_leaf(X509 *leaf);

enum verify_eku { VERIFY_EKU_SERVER, VERIFY_EKU_ABSENT, VERIFY_EKU_ANY, VERIFY_EKU_OTHER };
/* ANY where anyExtendedKeyUsage occurs, else SERVER where serverAuth does. */
enum verify_eku verify_cert_eku(X509 *cert);
/* RFC 7633: the certificate demands a stapled OCSP response (status_request). */
bool verify_cert_demands_staple(X509 *cert);
/* The content of an extension, borrowed; false where the certificate has none of this kind. */
bool verify_cert_extension(const X509 *cert, int nid, struct slice *content);
/* Unix time of a certificate's date; false where it is not in the form of RFC 5280 section 4.1.2.5. */
bool verify_cert_time(const ASN1_TIME *date, int64_t *out);

#endif

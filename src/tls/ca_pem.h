/* Certificates and private keys as PEM text (RFC 7468), for the CA's files. */
#ifndef SLUICE_TLS_CA_PEM_H
#define SLUICE_TLS_CA_PEM_H

#include "base/diag.h"

#include <openssl/x509.h>

/* All certificates of the text, in order; the caller frees them.  NULL with a problem (naming `file`) where there is
 * none, one is broken, or there are more than `most`. */
STACK_OF(X509) *ca_pem_read_certificates(struct slice text, int most, const char *file, struct problems *problems);
/* The first private key of the text; the caller frees it.  Encrypted ones are refused with a remedy: nobody is asked
 * for a password. */
EVP_PKEY *ca_pem_read_key(struct slice text, const char *file, struct problems *problems);
/* The text of the certificate, and of the chain behind it (may be NULL), in a BIO that the caller frees. */
BIO *ca_pem_write_certificates(X509 *certificate, STACK_OF(X509) *chain);
/* The text of the key (PKCS#8, unencrypted), in a BIO of the secure heap, which is wiped when the caller frees it. */
BIO *ca_pem_write_key(EVP_PKEY *key);
/* What a memory BIO holds; borrowed. */
struct slice ca_pem_text(BIO *bio);

#endif

/* A leaf as a worker uses it: certificate, private key, and what follows it in the handshake.  Never changed once
 * made; shared by reference count, any thread.  The key exists in this process's memory alone and ends with it. */
#ifndef SLUICE_TLS_LEAF_H
#define SLUICE_TLS_LEAF_H

#include "tls/leaf_issuers.h"
#include "tls/leaf_spki.h"

#include <openssl/ssl.h>

struct leaf {
	atomic_uint references;
	X509 *certificate;     /* owned */
	EVP_PKEY *key;         /* owned */
	STACK_OF(X509) *chain; /* owned: what is sent after it; empty where it comes from the untrusted issuer */
	enum mint_issuer_kind issuer;
	enum leaf_key_type key_type;
	int64_t not_after; /* seconds since 1970-01-01 UTC */
};

enum leaf_result {
	LEAF_OK,
	LEAF_UNKNOWN_ISSUER, /* ask the signer for its issuers again, then for the leaf */
	LEAF_INVALID,        /* not a certificate for this key, or no memory */
};

/* Puts a leaf together from the signer's answer and the key whose public half was sent; shares the key.  After
 * LEAF_OK the caller owns one reference to *leaf. */
enum leaf_result leaf_create(
	const struct mint_reply *reply, EVP_PKEY *key, const struct leaf_issuers *issuers, struct leaf **leaf);
/* Another reference to the same. */
struct leaf *leaf_share(struct leaf *leaf);
/* Gives a reference back; NULL is accepted. */
void leaf_release(struct leaf *leaf);
/* Makes a connection present it.  False where the library refuses. */
bool leaf_use(const struct leaf *leaf, SSL *ssl);

#endif

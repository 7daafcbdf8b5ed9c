/* What a worker knows of the two issuers: their certificates, never their keys.  Asked of the signer at the start, and
 * again whenever a leaf comes from an issuer that is not among them (the signer restarted, or the CA was changed).
 * Never changed once made; shared by reference count, any thread. */
#ifndef SLUICE_TLS_LEAF_ISSUERS_H
#define SLUICE_TLS_LEAF_ISSUERS_H

#include "tls/mint_message.h"

#include <openssl/x509.h>
#include <stdatomic.h>

struct leaf_issuers {
	atomic_uint references;
	X509 *certificates[MINT_ISSUER_KINDS];         /* owned */
	uint8_t ids[MINT_ISSUER_KINDS][MINT_ID_BYTES]; /* SHA-256 of each */
	STACK_OF(X509) *chain; /* owned: what follows a trusted leaf, without the root; may be empty */
};

/* From the signer's answer to an ISSUERS request; the caller owns one reference.  NULL where it is no such answer. */
struct leaf_issuers *leaf_issuers_create(const struct mint_reply *reply);
/* Another reference to the same. */
struct leaf_issuers *leaf_issuers_share(struct leaf_issuers *issuers);
/* Gives a reference back; NULL is accepted. */
void leaf_issuers_release(struct leaf_issuers *issuers);
/* Which issuer has this id; MINT_ISSUER_KINDS where none has. */
unsigned leaf_issuers_find(const struct leaf_issuers *issuers, struct slice id);

#endif

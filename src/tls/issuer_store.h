/* Certificates of issuers that origins forgot to send, as they were fetched: a memory that threads share.  It is asked
 * only after a chain has failed for want of an issuer, so its lock is on nobody else's way.  What it gives is
 * untrusted: one more certificate that a path may use.
 *
 * The key is all that the child says of its issuer: name, key identifier, and where it is to be had; so what a bad
 * certificate led to is never found for a good one. */
#ifndef SLUICE_TLS_ISSUER_STORE_H
#define SLUICE_TLS_ISSUER_STORE_H

#include "tls/aia.h"

#define ISSUER_STORE_DEFAULT 512   /* issuers, or failures */
#define ISSUER_KNOWN_SECONDS 86400 /* how long what was fetched is kept */
#define ISSUER_FAILED_SECONDS 300  /* how long is not asked again what failed */

struct issuer_store;

enum issuer_known {
	ISSUER_UNKNOWN, /* nobody has asked */
	ISSUER_KNOWN,
	ISSUER_FAILED, /* asked for in vain, not long ago */
};

/* NULL when memory is out. */
struct issuer_store *issuer_store_new(size_t max);
void issuer_store_free(struct issuer_store *store);
/* Adds what is known of the child's issuer to `out`, which owns it.  Any thread. */
enum issuer_known issuer_store_find(struct issuer_store *store, X509 *child, int64_t now, STACK_OF(X509) *out);
/* Remembers (shares) what was fetched; an empty stack, or NULL: that nothing came.  Any thread. */
void issuer_store_put(struct issuer_store *store, X509 *child, STACK_OF(X509) *issuers, int64_t now);
/* How many are remembered, failures among them. */
size_t issuer_store_count(struct issuer_store *store);

#endif

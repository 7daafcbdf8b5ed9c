/* The inside of a trust: for trust.c and trust_builder.c only. */
#ifndef SLUICE_TLS_TRUST_STATE_H
#define SLUICE_TLS_TRUST_STATE_H

#include "tls/trust.h"

#include <pthread.h>
#include <stdatomic.h>

struct trust_own {
	X509 *cert;
	uint8_t spki[TRUST_DIGEST];
};

/* Which key a CRL was last checked with, so that a large CRL is hashed once and not for every chain. */
struct trust_crl {
	X509_CRL *crl;
	pthread_mutex_t lock; /* guards what follows */
	bool is_checked;
	bool is_genuine;
	uint8_t key[TRUST_DIGEST];
};

struct trust_key {
	uint8_t spki[TRUST_DIGEST];
	int64_t after; /* of distrusted keys; unused for denied ones */
};

/* A growing array; the items are plain values. */
struct trust_array {
	void *items;
	size_t count;
	size_t capacity;
};

struct trust {
	atomic_uint references;
	uint64_t generation;
	OSSL_LIB_CTX *libctx;          /* borrowed */
	EVP_MD *sha256;                /* owned */
	int64_t oldest;                /* when the oldest bundle was modified, or 0 */
	struct trust_array anchors;    /* struct trust_anchor, by subject, then fingerprint */
	struct trust_array own;        /* struct trust_own */
	struct trust_array denied;     /* struct trust_key, sorted by key */
	struct trust_array distrusted; /* struct trust_key */
	struct trust_array crls;       /* struct trust_crl * */
	struct trust_array exceptions; /* struct trust_exception */
	struct ct_logs *ct_logs;       /* owned; NULL: transparency is not asked for */
};

/* Frees everything, whatever the reference count. */
void trust_destroy(struct trust *t);

#endif

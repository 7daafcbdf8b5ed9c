/* The issuers' certificates in a worker.  See leaf_issuers.h. */
#include "tls/leaf_issuers.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>

/* A whole slice as one certificate, or NULL. */
static X509 *
parse_certificate(struct slice der)
{
	const uint8_t *at = (const uint8_t *)der.ptr;
	X509 *certificate = der.len ? d2i_X509(NULL, &at, (long)der.len) : NULL;

	if (certificate && at == (const uint8_t *)der.ptr + der.len)
		return certificate;
	X509_free(certificate);
	ERR_clear_error();
	return NULL;
}

static bool
add_issuer(struct leaf_issuers *issuers, enum mint_issuer_kind kind, struct slice der)
{
	issuers->certificates[kind] = parse_certificate(der);
	return issuers->certificates[kind] &&
	       X509_digest(issuers->certificates[kind], EVP_sha256(), issuers->ids[kind], NULL) == 1;
}

static bool
add_chain(struct leaf_issuers *issuers, const struct mint_reply *reply)
{
	issuers->chain = sk_X509_new_null();
	for (size_t i = 0; issuers->chain && i < reply->chain_count; i++) {
		X509 *certificate = parse_certificate(reply->chain[i]);

		if (certificate == NULL || sk_X509_push(issuers->chain, certificate) <= 0) {
			X509_free(certificate);
			return false;
		}
	}
	return issuers->chain != NULL;
}

struct leaf_issuers *
leaf_issuers_create(const struct mint_reply *reply)
{
	struct leaf_issuers *issuers = NULL;

	if (reply->op != MINT_OP_ISSUERS || reply->status != MINT_OK)
		return NULL;
	issuers = calloc(1, sizeof *issuers);
	if (issuers == NULL)
		return NULL;
	atomic_init(&issuers->references, 1);
	if (add_issuer(issuers, MINT_TRUSTED, reply->trusted) &&
		add_issuer(issuers, MINT_UNTRUSTED, reply->untrusted) && add_chain(issuers, reply))
		return issuers;
	leaf_issuers_release(issuers);
	return NULL;
}

struct leaf_issuers *
leaf_issuers_share(struct leaf_issuers *issuers)
{
	atomic_fetch_add_explicit(&issuers->references, 1, memory_order_relaxed);
	return issuers;
}

void
leaf_issuers_release(struct leaf_issuers *issuers)
{
	if (issuers == NULL || atomic_fetch_sub_explicit(&issuers->references, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < MINT_ISSUER_KINDS; i++)
		X509_free(issuers->certificates[i]);
	sk_X509_pop_free(issuers->chain, X509_free);
	free(issuers);
}

unsigned
leaf_issuers_find(const struct leaf_issuers *issuers, struct slice id)
{
	unsigned kind = 0;

	while (kind < MINT_ISSUER_KINDS && !slice_eq(id, slice_make(issuers->ids[kind], MINT_ID_BYTES)))
		kind++;
	return kind;
}

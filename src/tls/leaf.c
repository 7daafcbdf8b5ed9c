/* A leaf and its key.  See leaf.h. */
#include "tls/leaf.h"

#include "tls/x509_time.h"

#include <openssl/err.h>
#include <stdlib.h>

enum leaf_result
leaf_create(const struct mint_reply *reply, EVP_PKEY *key, const struct leaf_issuers *issuers, struct leaf **out)
{
	const uint8_t *at = (const uint8_t *)reply->leaf.ptr;
	unsigned issuer = leaf_issuers_find(issuers, reply->issuer_id);
	struct leaf *leaf = NULL;

	*out = NULL;
	if (reply->op != MINT_OP_ISSUE || reply->status != MINT_OK)
		return LEAF_INVALID;
	if (issuer == MINT_ISSUER_KINDS)
		return LEAF_UNKNOWN_ISSUER;
	leaf = calloc(1, sizeof *leaf);
	if (leaf == NULL)
		return LEAF_INVALID;
	atomic_init(&leaf->references, 1);
	leaf->issuer = issuer;
	leaf->certificate = d2i_X509(NULL, &at, (long)reply->leaf.len);
	if (leaf->certificate == NULL || X509_check_private_key(leaf->certificate, key) != 1)
		goto invalid;
	EVP_PKEY_up_ref(key);
	leaf->key = key;
	leaf->key_type = EVP_PKEY_is_a(key, "RSA") ? LEAF_KEY_RSA : LEAF_KEY_P256;
	leaf->not_after = x509_time_seconds(X509_get0_notAfter(leaf->certificate));
	leaf->chain = issuer == MINT_TRUSTED ? X509_chain_up_ref(issuers->chain) : sk_X509_new_null();
	if (leaf->chain == NULL)
		goto invalid;
	*out = leaf;
	return LEAF_OK;
invalid:
	ERR_clear_error();
	leaf_release(leaf);
	return LEAF_INVALID;
}

struct leaf *
leaf_share(struct leaf *leaf)
{
	atomic_fetch_add_explicit(&leaf->references, 1, memory_order_relaxed);
	return leaf;
}

void
leaf_release(struct leaf *leaf)
{
	if (leaf == NULL || atomic_fetch_sub_explicit(&leaf->references, 1, memory_order_acq_rel) != 1)
		return;
	X509_free(leaf->certificate);
	EVP_PKEY_free(leaf->key);
	sk_X509_pop_free(leaf->chain, X509_free);
	free(leaf);
}

bool
leaf_use(const struct leaf *leaf, SSL *ssl)
{
	return SSL_use_cert_and_key(ssl, leaf->certificate, leaf->key, leaf->chain, 1) == 1;
}

/* Issuers that were fetched.  See issuer_store.h. */
#include "tls/issuer_store.h"

#include "base/list.h"
#include "base/map.h"
#include "tls/trust.h"
#include "tls/verify_cert.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdlib.h>

struct stored {
	struct list_node by_age; /* the oldest first */
	uint8_t key[TRUST_DIGEST];
	int64_t expires;
	STACK_OF(X509) *issuers; /* owned; NULL: a failure */
};

struct issuer_store {
	pthread_mutex_t lock; /* of all below */
	struct map by_key;    /* struct stored */
	struct list_node by_age;
	size_t max;
};

static bool
hash_part(EVP_MD_CTX *hash, const void *bytes, size_t len)
{
	uint64_t length = len;

	return EVP_DigestUpdate(hash, &length, sizeof length) == 1 && EVP_DigestUpdate(hash, bytes, len) == 1;
}

static bool
make_key(const X509 *child, uint8_t key[TRUST_DIGEST])
{
	static const int extensions[] = {NID_authority_key_identifier, NID_info_access};
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	const unsigned char *name;
	size_t name_len;
	bool done = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 &&
		    X509_NAME_get0_der(X509_get_issuer_name(child), &name, &name_len) == 1 &&
		    hash_part(hash, name, name_len);

	for (size_t i = 0; done && i < sizeof extensions / sizeof extensions[0]; i++) {
		struct slice content;

		if (!verify_cert_extension(child, extensions[i], &content))
			content = SLICE_EMPTY;
		done = hash_part(hash, content.ptr, content.len);
	}
	done = done && EVP_DigestFinal_ex(hash, key, NULL) == 1;
	EVP_MD_CTX_free(hash);
	return done;
}

struct issuer_store *
issuer_store_new(size_t max)
{
	struct issuer_store *store = calloc(1, sizeof *store);

	if (store == NULL)
		return NULL;
	pthread_mutex_init(&store->lock, NULL);
	map_init(&store->by_key);
	list_init(&store->by_age);
	store->max = max;
	return store;
}

static void
forget(struct issuer_store *store, struct stored *s)
{
	map_remove(&store->by_key, slice_make(s->key, sizeof s->key));
	list_remove(&s->by_age);
	sk_X509_pop_free(s->issuers, X509_free);
	free(s);
}

void
issuer_store_free(struct issuer_store *store)
{
	if (store == NULL)
		return;
	LIST_FOR_EACH(node, following, &store->by_age)
	forget(store, LIST_ENTRY(node, struct stored, by_age));
	map_release(&store->by_key);
	pthread_mutex_destroy(&store->lock);
	free(store);
}

/* Adds a reference to each. */
static bool
share_all(STACK_OF(X509) *from, STACK_OF(X509) *to)
{
	for (int i = 0; from && i < sk_X509_num(from); i++) {
		X509 *cert = sk_X509_value(from, i);

		if (sk_X509_push(to, cert) <= 0)
			return false;
		X509_up_ref(cert);
	}
	return true;
}

enum issuer_known
issuer_store_find(struct issuer_store *store, X509 *child, int64_t now, STACK_OF(X509) *out)
{
	enum issuer_known known = ISSUER_UNKNOWN;
	uint8_t key[TRUST_DIGEST];
	struct stored *s;

	if (!make_key(child, key))
		return ISSUER_FAILED;
	pthread_mutex_lock(&store->lock);
	s = map_get(&store->by_key, slice_make(key, sizeof key));
	if (s && s->expires <= now)
		forget(store, s);
	else if (s)
		known = s->issuers && share_all(s->issuers, out) ? ISSUER_KNOWN : ISSUER_FAILED;
	pthread_mutex_unlock(&store->lock);
	return known;
}

void
issuer_store_put(struct issuer_store *store, X509 *child, STACK_OF(X509) *issuers, int64_t now)
{
	struct stored *s = calloc(1, sizeof *s), *old;
	bool has_any = issuers && sk_X509_num(issuers) > 0;

	if (s == NULL || !make_key(child, s->key) ||
		(has_any && ((s->issuers = sk_X509_new_null()) == NULL || !share_all(issuers, s->issuers)))) {
		if (s)
			sk_X509_pop_free(s->issuers, X509_free);
		free(s);
		return;
	}
	s->expires = now + (has_any ? ISSUER_KNOWN_SECONDS : ISSUER_FAILED_SECONDS);
	pthread_mutex_lock(&store->lock);
	old = map_get(&store->by_key, slice_make(s->key, sizeof s->key));
	if (old)
		forget(store, old);
	else if (store->by_key.count >= store->max)
		forget(store, LIST_ENTRY(store->by_age.next, struct stored, by_age));
	list_push_back(&store->by_age, &s->by_age);
	if (!map_put(&store->by_key, slice_make(s->key, sizeof s->key), s)) {
		list_remove(&s->by_age);
		sk_X509_pop_free(s->issuers, X509_free);
		free(s);
	}
	pthread_mutex_unlock(&store->lock);
}

size_t
issuer_store_count(struct issuer_store *store)
{
	size_t count;

	pthread_mutex_lock(&store->lock);
	count = store->by_key.count;
	pthread_mutex_unlock(&store->lock);
	return count;
}

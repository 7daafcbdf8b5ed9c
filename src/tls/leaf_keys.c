/* Keys for leaves.  See leaf_keys.h. */
#include "tls/leaf_keys.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define RSA_BITS 2048

struct leaf_keys {
	pthread_t thread;
	pthread_mutex_t lock; /* for what follows */
	pthread_cond_t wanted;
	EVP_PKEY *stock[LEAF_KEYS_STOCK_MAX]; /* owned */
	size_t count;
	size_t want;
	bool was_asked; /* for RSA, ever: most clients never do, and a stock costs a second of processor time */
	EVP_PKEY *last; /* owned: the RSA key that was handed out last */
	atomic_bool is_stopping;
};

/* The library asks this now and then while it searches for primes; 0 gives up. */
static int
may_go_on(EVP_PKEY_CTX *context)
{
	struct leaf_keys *keys = EVP_PKEY_CTX_get_app_data(context);

	return !atomic_load(&keys->is_stopping);
}

static EVP_PKEY *
make_rsa(struct leaf_keys *keys)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;

	if (context && EVP_PKEY_keygen_init(context) == 1 && EVP_PKEY_CTX_set_rsa_keygen_bits(context, RSA_BITS) == 1) {
		EVP_PKEY_CTX_set_app_data(context, keys);
		EVP_PKEY_CTX_set_cb(context, may_go_on);
		if (EVP_PKEY_generate(context, &key) != 1)
			key = NULL;
	}
	ERR_clear_error();
	EVP_PKEY_CTX_free(context);
	return key;
}

static void *
keep_stock(void *argument)
{
	struct leaf_keys *keys = argument;

	pthread_mutex_lock(&keys->lock);
	while (!atomic_load(&keys->is_stopping)) {
		EVP_PKEY *key;

		if (!keys->was_asked || keys->count >= keys->want) {
			pthread_cond_wait(&keys->wanted, &keys->lock);
			continue;
		}
		pthread_mutex_unlock(&keys->lock);
		key = make_rsa(keys);
		pthread_mutex_lock(&keys->lock);
		if (key)
			keys->stock[keys->count++] = key;
		else if (!atomic_load(&keys->is_stopping))
			pthread_cond_wait(&keys->wanted, &keys->lock); /* until somebody wants one again */
	}
	pthread_mutex_unlock(&keys->lock);
	return NULL;
}

struct leaf_keys *
leaf_keys_create(size_t stock)
{
	struct leaf_keys *keys = calloc(1, sizeof *keys);

	if (keys == NULL)
		return NULL;
	keys->want = stock < LEAF_KEYS_STOCK_MAX ? stock : LEAF_KEYS_STOCK_MAX;
	pthread_mutex_init(&keys->lock, NULL);
	pthread_cond_init(&keys->wanted, NULL);
	if (pthread_create(&keys->thread, NULL, keep_stock, keys) == 0)
		return keys;
	pthread_cond_destroy(&keys->wanted);
	pthread_mutex_destroy(&keys->lock);
	free(keys);
	return NULL;
}

void
leaf_keys_destroy(struct leaf_keys *keys)
{
	if (keys == NULL)
		return;
	pthread_mutex_lock(&keys->lock);
	atomic_store(&keys->is_stopping, true);
	pthread_cond_signal(&keys->wanted);
	pthread_mutex_unlock(&keys->lock);
	pthread_join(keys->thread, NULL);
	for (size_t i = 0; i < keys->count; i++)
		EVP_PKEY_free(keys->stock[i]);
	EVP_PKEY_free(keys->last);
	pthread_cond_destroy(&keys->wanted);
	pthread_mutex_destroy(&keys->lock);
	free(keys);
}

static EVP_PKEY *
take_rsa(struct leaf_keys *keys)
{
	EVP_PKEY *key;

	pthread_mutex_lock(&keys->lock);
	keys->was_asked = true;
	if (keys->count > 0) {
		EVP_PKEY_free(keys->last);
		keys->last = keys->stock[--keys->count];
	}
	key = keys->last;
	if (key)
		EVP_PKEY_up_ref(key);
	pthread_cond_signal(&keys->wanted);
	pthread_mutex_unlock(&keys->lock);
	return key;
}

EVP_PKEY *
leaf_keys_new(struct leaf_keys *keys, enum leaf_key_type type)
{
	return type == LEAF_KEY_RSA ? take_rsa(keys) : EVP_EC_gen("P-256");
}

size_t
leaf_keys_spki(const EVP_PKEY *key, uint8_t spki[LEAF_SPKI_MAX])
{
	uint8_t point[LEAF_P256_POINT_BYTES];
	uint8_t *at = spki;
	char group[32];
	size_t len = 0;
	int der_len;

	/* The library's encoder takes longer than making the key. */
	if (EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 && strcmp(group, SN_X9_62_prime256v1) == 0 &&
		EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &len) == 1 &&
		len == sizeof point) {
		leaf_spki_of_p256(point, spki);
		return LEAF_P256_SPKI_BYTES;
	}
	der_len = EVP_PKEY_is_a(key, "RSA") ? i2d_PUBKEY(key, NULL) : 0;
	if (der_len <= 0 || der_len > LEAF_SPKI_MAX)
		return 0;
	return (size_t)i2d_PUBKEY(key, &at);
}

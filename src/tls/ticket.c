/* Ticket keys and ticket bindings.  See ticket.h. */
#include "tls/ticket.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define NAME_LEN 16
#define AES_LEN 32
#define MAC_LEN 32
#define SECONDS(ns) ((ns) / 1000000000u)

struct ticket_key {
	uint8_t name[NAME_LEN];
	uint8_t aes[AES_LEN];
	uint8_t mac[MAC_LEN];
};

struct tls_ticket_keys {
	pthread_mutex_t lock;
	struct ticket_key key[TLS_TICKET_KEYS_ALIVE]; /* key[0] issues, the others only open */
	unsigned alive;
	uint64_t rotated_at; /* monotonic seconds */
};

static int keys_index = -1;    /* SSL_CTX ex_data: struct tls_ticket_keys, borrowed */
static int binding_index = -1; /* SSL ex_data: the binding, owned */
static pthread_once_t index_once = PTHREAD_ONCE_INIT;

static void
binding_free(void *parent, void *binding, CRYPTO_EX_DATA *ad, int idx, long argl, void *argp)
{
	(void)parent, (void)ad, (void)idx, (void)argl, (void)argp;
	free(binding);
}

static void
index_init(void)
{
	keys_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	binding_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, binding_free);
}

struct tls_ticket_keys *
tls_ticket_keys_new(void)
{
	struct tls_ticket_keys *keys = calloc(1, sizeof *keys);

	pthread_once(&index_once, index_init);
	if (keys == NULL)
		return NULL;
	pthread_mutex_init(&keys->lock, NULL);
	if (!tls_ticket_keys_rotate(keys, SECONDS(clock_monotonic_ns()))) {
		tls_ticket_keys_free(keys);
		return NULL;
	}
	return keys;
}

void
tls_ticket_keys_free(struct tls_ticket_keys *keys)
{
	if (keys == NULL)
		return;
	OPENSSL_cleanse(keys->key, sizeof keys->key);
	pthread_mutex_destroy(&keys->lock);
	free(keys);
}

static bool
rotate_locked(struct tls_ticket_keys *keys, uint64_t now)
{
	struct ticket_key fresh;

	if (RAND_priv_bytes((uint8_t *)&fresh, sizeof fresh) != 1)
		return false;
	memmove(&keys->key[1], &keys->key[0], sizeof keys->key[0] * (TLS_TICKET_KEYS_ALIVE - 1));
	keys->key[0] = fresh;
	if (keys->alive < TLS_TICKET_KEYS_ALIVE)
		keys->alive++;
	keys->rotated_at = now;
	OPENSSL_cleanse(&fresh, sizeof fresh);
	return true;
}

bool
tls_ticket_keys_rotate(struct tls_ticket_keys *keys, uint64_t now)
{
	bool done;

	pthread_mutex_lock(&keys->lock);
	done = rotate_locked(keys, now);
	pthread_mutex_unlock(&keys->lock);
	return done;
}

static bool
mac_set_key(EVP_MAC_CTX *mac, uint8_t *key)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key, MAC_LEN),
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};

	return EVP_MAC_CTX_set_params(mac, params) == 1;
}

/* SSL_CTX_set_tlsext_ticket_key_evp_cb(3): 1 go on, 2 go on and renew, 0 no ticket, -1 failure. */
static int
ticket_key_cb(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int encrypt)
{
	struct tls_ticket_keys *keys = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), keys_index);
	uint64_t now = SECONDS(clock_monotonic_ns());
	struct ticket_key key;
	unsigned at = 0;
	int result = -1;

	pthread_mutex_lock(&keys->lock);
	if (now - keys->rotated_at >= TLS_TICKET_ROTATE_SECONDS && !rotate_locked(keys, now)) {
		pthread_mutex_unlock(&keys->lock);
		return -1;
	}
	if (!encrypt)
		while (at < keys->alive && CRYPTO_memcmp(keys->key[at].name, name, NAME_LEN) != 0)
			at++;
	key = keys->key[at < keys->alive ? at : 0];
	pthread_mutex_unlock(&keys->lock);
	if (!encrypt && at == keys->alive) {
		result = 0;
		goto out;
	}
	if (encrypt) {
		memcpy(name, key.name, NAME_LEN);
		if (RAND_bytes(iv, EVP_MAX_IV_LENGTH) <= 0 ||
			EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.aes, iv) != 1)
			goto out;
	} else if (EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.aes, iv) != 1)
		goto out;
	if (!mac_set_key(mac, key.mac))
		goto out;
	/* In TLS 1.3 a client uses a ticket once, and would have none for its next visit (RFC 8446 appendix C.4). */
	result = !encrypt && (at > 0 || SSL_version(ssl) >= TLS1_3_VERSION) ? 2 : 1;
out:
	OPENSSL_cleanse(&key, sizeof key);
	return result;
}

static int
ticket_issue_cb(SSL *ssl, void *arg)
{
	const uint8_t *binding = SSL_get_ex_data(ssl, binding_index);

	(void)arg;
	/* Without a binding the ticket carries none, and will be refused: fail towards the full handshake. */
	return binding == NULL ||
	       SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), binding, TLS_TICKET_BINDING_LEN) == 1;
}

static SSL_TICKET_RETURN
ticket_open_cb(
	SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t name_len, SSL_TICKET_STATUS status, void *arg)
{
	const uint8_t *binding = SSL_get_ex_data(ssl, binding_index);
	void *issued;
	size_t issued_len;

	(void)name, (void)name_len, (void)arg;
	if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW)
		return SSL_TICKET_RETURN_IGNORE_RENEW;
	if (binding == NULL || SSL_SESSION_get0_ticket_appdata(session, &issued, &issued_len) != 1 ||
		issued_len != TLS_TICKET_BINDING_LEN || CRYPTO_memcmp(issued, binding, issued_len) != 0)
		return SSL_TICKET_RETURN_IGNORE_RENEW;
	return status == SSL_TICKET_SUCCESS_RENEW ? SSL_TICKET_RETURN_USE_RENEW : SSL_TICKET_RETURN_USE;
}

bool
tls_ticket_install(SSL_CTX *ctx, struct tls_ticket_keys *keys)
{
	static const unsigned char id_context[] = "sluice";

	return SSL_CTX_set_ex_data(ctx, keys_index, keys) == 1 &&
	       SSL_CTX_set_session_id_context(ctx, id_context, sizeof id_context - 1) == 1 &&
	       SSL_CTX_set_num_tickets(ctx, 0) == 1 && SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, ticket_key_cb) == 1 &&
	       SSL_CTX_set_session_ticket_cb(ctx, ticket_issue_cb, ticket_open_cb, NULL) == 1;
}

bool
tls_ticket_is_bound(const SSL *ssl)
{
	return SSL_get_ex_data(ssl, binding_index) != NULL;
}

bool
tls_ticket_bind(SSL *ssl, const uint8_t binding[TLS_TICKET_BINDING_LEN])
{
	uint8_t *copy = malloc(TLS_TICKET_BINDING_LEN);

	if (copy == NULL)
		return false;
	memcpy(copy, binding, TLS_TICKET_BINDING_LEN);
	free(SSL_get_ex_data(ssl, binding_index));
	if (SSL_set_ex_data(ssl, binding_index, copy) != 1) {
		free(copy);
		return false;
	}
	return true;
}

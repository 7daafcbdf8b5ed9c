/* Leaves in a worker: put together, presented in a handshake, and their keys. */
#include "suites.h"

#include "leaf_fixture.h"
#include "tls/leaf_keys.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <time.h>

START_TEST(leaf_is_put_together_from_the_signers_answer)
{
	struct leaf_fixture f = leaf_fixture_make();
	struct leaf *leaf = leaf_fixture_leaf(&f, "www.example.com", 10 * DAY);

	ck_assert_int_eq(leaf->issuer, MINT_TRUSTED);
	ck_assert_int_eq(leaf->key_type, LEAF_KEY_P256);
	ck_assert_int_eq(leaf->not_after, NOW + 10 * DAY);
	ck_assert_int_eq(sk_X509_num(leaf->chain), 0);
	ck_assert_ptr_eq(leaf_share(leaf), leaf);
	leaf_release(leaf);
	leaf_release(leaf);
	leaf_fixture_release(&f);
}
END_TEST

START_TEST(leaf_for_another_key_is_refused)
{
	struct leaf_fixture f = leaf_fixture_make();
	EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");
	struct mint_reply reply = leaf_fixture_ask(&f, MINT_TRUSTED, "www.example.com", key, DAY);
	struct leaf *leaf;

	ck_assert_int_eq(leaf_create(&reply, other, f.issuers, &leaf), LEAF_INVALID);
	ck_assert_ptr_null(leaf);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	leaf_fixture_release(&f);
}
END_TEST

START_TEST(leaf_of_a_new_signer_asks_for_its_issuers_first)
{
	struct leaf_fixture f = leaf_fixture_make(), other = leaf_fixture_make();
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct mint_reply reply = leaf_fixture_ask(&other, MINT_TRUSTED, "www.example.com", key, DAY);
	struct leaf *leaf;

	ck_assert_int_eq(leaf_create(&reply, key, f.issuers, &leaf), LEAF_UNKNOWN_ISSUER);
	ck_assert_int_eq(leaf_create(&reply, key, other.issuers, &leaf), LEAF_OK);
	leaf_release(leaf);
	EVP_PKEY_free(key);
	leaf_fixture_release(&f);
	leaf_fixture_release(&other);
}
END_TEST

START_TEST(refusal_makes_no_leaf)
{
	struct leaf_fixture f = leaf_fixture_make();
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct mint_reply reply = leaf_fixture_ask(&f, MINT_TRUSTED, "*", key, DAY);
	struct leaf *leaf;

	ck_assert_int_eq(reply.status, MINT_NAME_REFUSED);
	ck_assert_int_eq(leaf_create(&reply, key, f.issuers, &leaf), LEAF_INVALID);
	ck_assert_ptr_null(leaf_issuers_create(&reply));
	EVP_PKEY_free(key);
	leaf_fixture_release(&f);
}
END_TEST

/* Joins two ends in memory until both handshakes have ended; true where both succeeded. */
static bool
handshake(SSL *client, SSL *server)
{
	BIO *client_end, *server_end;
	int client_result = 0, server_result = 0;

	ck_assert(BIO_new_bio_pair(&client_end, 0, &server_end, 0) == 1);
	SSL_set_bio(client, client_end, client_end);
	SSL_set_bio(server, server_end, server_end);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	for (int i = 0; i < 20 && (client_result != 1 || server_result != 1); i++) {
		client_result = SSL_do_handshake(client);
		server_result = SSL_do_handshake(server);
	}
	return client_result == 1 && server_result == 1;
}

static void
check_handshake(enum leaf_key_type type, const char *client_algorithms, bool succeeds)
{
	struct leaf_fixture f = leaf_fixture_make();
	EVP_PKEY *key = type == LEAF_KEY_RSA ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
	struct mint_reply reply = leaf_fixture_ask(&f, MINT_TRUSTED, "www.example.com", key, 10 * DAY);
	SSL_CTX *client_context = SSL_CTX_new(TLS_client_method()), *server_context = SSL_CTX_new(TLS_server_method());
	SSL *client, *server;
	struct leaf *leaf;

	ck_assert_int_eq(leaf_create(&reply, key, f.issuers, &leaf), LEAF_OK);
	X509_STORE_add_cert(SSL_CTX_get_cert_store(client_context), f.issuers->certificates[MINT_TRUSTED]);
	X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(client_context), NOW);
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(client_context), X509_V_FLAG_X509_STRICT);
	SSL_CTX_set_verify(client_context, SSL_VERIFY_PEER, NULL);
	ck_assert(SSL_CTX_set1_sigalgs_list(client_context, client_algorithms) == 1);
	client = SSL_new(client_context);
	server = SSL_new(server_context);
	SSL_set1_host(client, "www.example.com");
	ck_assert(leaf_use(leaf, server));
	ck_assert_int_eq(handshake(client, server), succeeds);
	if (succeeds) /* the root is not sent */
		ck_assert_int_eq(sk_X509_num(SSL_get_peer_cert_chain(client)), 1);
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(client_context);
	SSL_CTX_free(server_context);
	leaf_release(leaf);
	EVP_PKEY_free(key);
	leaf_fixture_release(&f);
}

START_TEST(strict_client_completes_a_handshake_with_the_leaf)
{
	check_handshake(LEAF_KEY_P256, "ECDSA+SHA256:RSA-PSS+SHA256", true);
}
END_TEST

START_TEST(client_without_ecdsa_completes_a_handshake_with_an_rsa_leaf)
{
	/* The CA's own signature is ECDSA all the same; OpenSSL's client minds only the leaf's key. */
	check_handshake(LEAF_KEY_RSA, "RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA256", true);
	check_handshake(LEAF_KEY_P256, "RSA-PSS+SHA256:RSA+SHA256", false);
}
END_TEST

START_TEST(keys_are_new_each_time_and_their_public_half_is_encoded_as_openssl_does)
{
	EVP_PKEY *keys[100];

	for (int i = 0; i < 100; i++) {
		uint8_t spki[LEAF_SPKI_MAX];
		struct slice want;

		keys[i] = leaf_keys_new(NULL, LEAF_KEY_P256);
		want = fixture_spki(keys[i]);
		ck_assert(slice_eq(slice_make(spki, leaf_keys_spki(keys[i], spki)), want));
		for (int j = 0; j < i; j++)
			ck_assert_int_ne(EVP_PKEY_eq(keys[i], keys[j]), 1);
		OPENSSL_free((void *)want.ptr);
	}
	for (int i = 0; i < 100; i++)
		EVP_PKEY_free(keys[i]);
}
END_TEST

START_TEST(keys_of_other_kinds_have_no_encoding_for_a_leaf)
{
	EVP_PKEY *wrong[] = {EVP_EC_gen("P-384"), EVP_EC_gen("secp256k1"), EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};
	struct leaf_spki parsed;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		uint8_t spki[LEAF_SPKI_MAX];
		size_t len = leaf_keys_spki(wrong[i], spki);

		ck_assert_uint_eq(len, 0);
		ck_assert(!leaf_spki_parse(slice_make(spki, len), &parsed));
		EVP_PKEY_free(wrong[i]);
	}
}
END_TEST

/* Waits, for ten seconds at most, until there is an RSA key. */
static EVP_PKEY *
wait_for_rsa(struct leaf_keys *keys)
{
	const struct timespec pause = {.tv_nsec = 10000000};
	EVP_PKEY *key = NULL;

	for (int i = 0; i < 1000 && key == NULL; i++) {
		key = leaf_keys_new(keys, LEAF_KEY_RSA);
		if (key == NULL)
			nanosleep(&pause, NULL);
	}
	ck_assert_ptr_nonnull(key);
	return key;
}

START_TEST(rsa_keys_come_from_the_stock_and_an_empty_stock_gives_the_last_again)
{
	struct leaf_keys *keys = leaf_keys_create(1);
	EVP_PKEY *first = wait_for_rsa(keys), *again, *next = NULL;

	ck_assert_int_eq(EVP_PKEY_get_bits(first), 2048);
	again = leaf_keys_new(keys, LEAF_KEY_RSA); /* a key takes longer than this */
	ck_assert_ptr_nonnull(again);
	for (int i = 0; i < 1000 && (next == NULL || next == first); i++) {
		const struct timespec pause = {.tv_nsec = 10000000};

		EVP_PKEY_free(next);
		nanosleep(&pause, NULL);
		next = leaf_keys_new(keys, LEAF_KEY_RSA);
	}
	ck_assert_int_ne(EVP_PKEY_eq(first, next), 1);
	EVP_PKEY_free(first);
	EVP_PKEY_free(again);
	EVP_PKEY_free(next);
	leaf_keys_destroy(keys);
}
END_TEST

START_TEST(keys_can_be_given_up_while_one_is_being_made)
{
	for (int i = 0; i < 20; i++) {
		const struct timespec pause = {.tv_nsec = i * 1000000};
		struct leaf_keys *keys = leaf_keys_create(LEAF_KEYS_STOCK_MAX);

		nanosleep(&pause, NULL);
		leaf_keys_destroy(keys);
	}
}
END_TEST

START_TEST(without_a_stock_there_are_no_rsa_keys)
{
	struct leaf_keys *keys = leaf_keys_create(0);

	ck_assert_ptr_null(leaf_keys_new(keys, LEAF_KEY_RSA));
	leaf_keys_destroy(keys);
}
END_TEST

UNIT_SLOW_SUITE(leaf, "leaf", leaf_is_put_together_from_the_signers_answer, leaf_for_another_key_is_refused,
	leaf_of_a_new_signer_asks_for_its_issuers_first, refusal_makes_no_leaf,
	strict_client_completes_a_handshake_with_the_leaf, client_without_ecdsa_completes_a_handshake_with_an_rsa_leaf,
	keys_are_new_each_time_and_their_public_half_is_encoded_as_openssl_does,
	keys_of_other_kinds_have_no_encoding_for_a_leaf,
	rsa_keys_come_from_the_stock_and_an_empty_stock_gives_the_last_again,
	keys_can_be_given_up_while_one_is_being_made, without_a_stock_there_are_no_rsa_keys)

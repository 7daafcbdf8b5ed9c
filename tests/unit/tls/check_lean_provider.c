/* The library with fewer decoders: what TLS needs works as before, what it does not need is gone.  The provider is
 * installed for the process, so this suite is the last of its program and each test a process of its own. */
#include "suites.h"

#include "leaf_fixture.h"
#include "tls/lean_provider.h"

#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>

static void
install(void)
{
	struct problems problems = {0};

	ck_assert(lean_provider_install(&problems));
	ck_assert_uint_eq(problems.count, 0);
}

/* A self-signed certificate for the key, as PEM, made by another process. */
static char *
certificate_by_openssl(const char *key_options)
{
	char *directory = fixture_directory();

	ck_assert_msg(fixture_run("cd %s && openssl req -x509 -nodes -days 3000 -subj /CN=x %s -keyout key.pem "
				  "-out cert.pem 2>/dev/null",
			      directory, key_options) == 0,
		"%s", key_options);
	return directory;
}

static X509 *
read_certificate(const char *directory)
{
	char path[256];
	X509 *certificate;
	FILE *file;

	snprintf(path, sizeof path, "%s/cert.pem", directory);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	certificate = PEM_read_X509(file, NULL, NULL, NULL);
	ck_assert_ptr_nonnull(certificate);
	fclose(file);
	return certificate;
}

START_TEST(keys_of_certificates_that_tls_uses_are_read)
{
	static const char *const kinds[] = {"-newkey rsa:2048", "-newkey ec -pkeyopt ec_paramgen_curve:P-256",
		"-newkey ec -pkeyopt ec_paramgen_curve:P-384", "-newkey ed25519",
		"-newkey rsa-pss -pkeyopt rsa_keygen_bits:2048"};

	install();
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		char *directory = certificate_by_openssl(kinds[i]);
		X509 *certificate = read_certificate(directory);

		ck_assert_msg(X509_get0_pubkey(certificate) != NULL, "%s", kinds[i]);
		ck_assert_int_eq(X509_verify(certificate, X509_get0_pubkey(certificate)), 1);
		X509_free(certificate);
		fixture_remove(directory);
	}
}
END_TEST

START_TEST(keys_that_no_tls_of_ours_uses_are_not_read)
{
	char *directory = certificate_by_openssl("-newkey ed448");
	X509 *certificate;

	install();
	certificate = read_certificate(directory);
	ck_assert_ptr_null(X509_get0_pubkey(certificate));
	ck_assert_ptr_null(EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL));
	ck_assert_ptr_null(EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL));
	X509_free(certificate);
	fixture_remove(directory);
}
END_TEST

START_TEST(installing_twice_is_installing_once)
{
	install();
	install();
}
END_TEST

static void
check_handshake(int version, enum leaf_key_type type)
{
	struct leaf_fixture f = leaf_fixture_make();
	EVP_PKEY *key = type == LEAF_KEY_RSA ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
	struct mint_reply reply = leaf_fixture_ask(&f, MINT_TRUSTED, "www.example.com", key, 10 * DAY);
	SSL_CTX *client_context = SSL_CTX_new(TLS_client_method()), *server_context = SSL_CTX_new(TLS_server_method());
	SSL *client, *server;
	BIO *client_end, *server_end;
	struct leaf *leaf;
	int done = 0;

	ck_assert_int_eq(leaf_create(&reply, key, f.issuers, &leaf), LEAF_OK);
	X509_STORE_add_cert(SSL_CTX_get_cert_store(client_context), f.issuers->certificates[MINT_TRUSTED]);
	X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(client_context), NOW);
	SSL_CTX_set_verify(client_context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_max_proto_version(client_context, version);
	client = SSL_new(client_context);
	server = SSL_new(server_context);
	ck_assert(leaf_use(leaf, server));
	ck_assert(BIO_new_bio_pair(&client_end, 0, &server_end, 0) == 1);
	SSL_set_bio(client, client_end, client_end);
	SSL_set_bio(server, server_end, server_end);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	for (int i = 0; i < 20 && done != 2; i++)
		done = (SSL_do_handshake(client) == 1) + (SSL_do_handshake(server) == 1);
	ck_assert_int_eq(done, 2);
	ck_assert_int_eq(SSL_version(client), version);
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(client_context);
	SSL_CTX_free(server_context);
	leaf_release(leaf);
	EVP_PKEY_free(key);
	leaf_fixture_release(&f);
}

START_TEST(handshakes_work_as_before)
{
	install();
	check_handshake(TLS1_2_VERSION, LEAF_KEY_P256);
	check_handshake(TLS1_2_VERSION, LEAF_KEY_RSA);
	check_handshake(TLS1_3_VERSION, LEAF_KEY_P256);
	check_handshake(TLS1_3_VERSION, LEAF_KEY_RSA);
}
END_TEST

START_TEST(random_bytes_and_digests_work_as_before)
{
	unsigned char a[32] = {0}, b[32] = {0};

	install();
	ck_assert_int_eq(RAND_bytes(a, sizeof a), 1);
	ck_assert_int_eq(RAND_bytes(b, sizeof b), 1);
	ck_assert_int_ne(memcmp(a, b, sizeof a), 0);
	ck_assert_int_eq(EVP_Digest("abc", 3, a, NULL, EVP_sha256(), NULL), 1);
	ck_assert_int_eq(a[0], 0xba);
}
END_TEST

UNIT_SLOW_SUITE(lean_provider, "lean_provider", keys_of_certificates_that_tls_uses_are_read,
	keys_that_no_tls_of_ours_uses_are_not_read, installing_twice_is_installing_once, handshakes_work_as_before,
	random_bytes_and_digests_work_as_before)

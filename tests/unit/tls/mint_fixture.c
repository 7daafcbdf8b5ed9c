/* See mint_fixture.h. */
#include "mint_fixture.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

struct mint_fixture
mint_fixture_make(void)
{
	return mint_fixture_with(CA_KEY_P256, 0, NOW);
}

struct mint_fixture
mint_fixture_with(enum ca_key_type type, unsigned days, int64_t now)
{
	struct ca_options options = {.key_type = type, .days = days};
	struct mint_fixture fixture = {.now = now};
	struct problems problems = {0};

	fixture.mint = mint_create(ca_create(&options, now, &problems), ca_create_untrusted(now, &problems), &problems);
	ck_assert_uint_eq(problems.count, 0);
	ck_assert_ptr_nonnull(fixture.mint);
	fixture.trusted = mint_issuer(fixture.mint, MINT_TRUSTED)->certificate;
	fixture.untrusted = mint_issuer(fixture.mint, MINT_UNTRUSTED)->certificate;
	fixture.key = EVP_EC_gen("P-256");
	fixture.request.spki = fixture_spki(fixture.key);
	fixture.spki = (uint8_t *)fixture.request.spki.ptr;
	fixture.request.not_before = now - DAY;
	fixture.request.not_after = now + 30 * DAY;
	return fixture;
}

void
mint_fixture_release(struct mint_fixture *fixture)
{
	mint_destroy(fixture->mint);
	EVP_PKEY_free(fixture->key);
	OPENSSL_free(fixture->spki);
}

struct slice
fixture_spki(EVP_PKEY *key)
{
	uint8_t *spki = NULL;
	int len = i2d_PUBKEY(key, &spki);

	ck_assert_int_gt(len, 0);
	return slice_make(spki, (size_t)len);
}

X509 *
fixture_parse(struct slice der)
{
	const uint8_t *at = (const uint8_t *)der.ptr;
	X509 *certificate = d2i_X509(NULL, &at, (long)der.len);

	ck_assert_ptr_nonnull(certificate);
	ck_assert_ptr_eq(at, der.ptr + der.len);
	return certificate;
}

X509 *
fixture_issue(struct mint_fixture *fixture)
{
	struct mint_request request = fixture->request;
	struct minted minted;

	fixture->name = DNS("www.example.com");
	if (request.names == NULL) {
		request.names = &fixture->name;
		request.name_count = 1;
	}
	ck_assert_str_eq(mint_status_name(mint_issue(fixture->mint, &request, fixture->now, &minted)), "ok");
	return fixture_parse(minted.leaf);
}

bool
fixture_verifies(X509 *leaf, X509 *root, STACK_OF(X509) *between, char error[128])
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *parameters;
	bool verifies;

	ck_assert(X509_STORE_add_cert(store, root) == 1);
	ck_assert(X509_STORE_CTX_init(context, store, leaf, between) == 1);
	parameters = X509_STORE_CTX_get0_param(context);
	X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
	X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER);
	X509_VERIFY_PARAM_set_auth_level(parameters, 2);
	X509_VERIFY_PARAM_set_time(parameters, NOW);
	verifies = X509_verify_cert(context) == 1;
	snprintf(error, 128, "%s", X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	return verifies;
}

char *
fixture_directory(void)
{
	char *directory = strdup("/tmp/sluice-test-XXXXXX");

	ck_assert_ptr_nonnull(mkdtemp(directory));
	return directory;
}

int
fixture_run(const char *format, ...)
{
	char command[1024];
	va_list args;
	int status;

	va_start(args, format);
	vsnprintf(command, sizeof command, format, args);
	va_end(args);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void
fixture_remove(char *directory)
{
	ck_assert_int_eq(fixture_run("rm -rf -- '%s'", directory), 0);
	free(directory);
}

void
fixture_write_pem(const char *directory, const char *name, X509 *certificate)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", directory, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert(PEM_write_X509(file, certificate) == 1);
	fclose(file);
}

/* What the tests of CA, mint and leaf share: a mint with both issuers, keys, and requests that are right unless a test
 * makes them wrong.  Everything fails the test where it cannot be made. */
#ifndef SLUICE_TESTS_UNIT_TLS_MINT_FIXTURE_H
#define SLUICE_TESTS_UNIT_TLS_MINT_FIXTURE_H

#include "unit.h"

#include "tls/mint.h"

#define NOW 1795000000 /* 2026-11-18T11:06:40Z */
#define DAY 86400

#define DNS(text) ((struct leaf_name){LEAF_NAME_DNS, SLICE(text)})
#define IP(bytes) ((struct leaf_name){LEAF_NAME_IP, SLICE(bytes)})

/* As UNIT_SUITE, for tests that start other programs: a busy machine may take longer than check's four seconds. */
#define UNIT_SLOW_SUITE(name, title, ...)                                   \
	Suite *name##_suite(void)                                           \
	{                                                                   \
		const TTest *const tests[] = {__VA_ARGS__};                 \
		Suite *suite = suite_create(title);                         \
		TCase *tcase = tcase_create(title);                         \
		tcase_set_timeout(tcase, 60);                               \
		for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) \
			tcase_add_test(tcase, tests[i]);                    \
		suite_add_tcase(suite, tcase);                              \
		return suite;                                               \
	}

struct mint_fixture {
	int64_t now;
	struct mint *mint;
	X509 *trusted; /* borrowed: the CA's certificate */
	X509 *untrusted;
	EVP_PKEY *key; /* of the leaf */
	uint8_t *spki;
	struct leaf_name name; /* www.example.com */
	struct mint_request request;
};

struct mint_fixture mint_fixture_make(void);
/* With a CA of this kind that is valid for `days` from `now` on; leaves are issued at `now`, too. */
struct mint_fixture mint_fixture_with(enum ca_key_type type, unsigned days, int64_t now);
void mint_fixture_release(struct mint_fixture *fixture);

/* The SubjectPublicKeyInfo of a key; the caller frees it with OPENSSL_free. */
struct slice fixture_spki(EVP_PKEY *key);
/* The leaf, which must be issued; the caller frees it. */
X509 *fixture_issue(struct mint_fixture *fixture);
X509 *fixture_parse(struct slice der);
/* Whether a strict client that trusts only `root` accepts the certificate for servers at NOW. */
bool fixture_verifies(X509 *leaf, X509 *root, STACK_OF(X509) *between, char error[128]);
/* A directory of its own below /tmp, 0700; the caller removes it with fixture_remove(). */
char *fixture_directory(void);
void fixture_remove(char *directory);
/* Runs a command and returns its exit status. */
int fixture_run(const char *format, ...) __attribute__((format(printf, 1, 2)));
void fixture_write_pem(const char *directory, const char *name, X509 *certificate);

#endif

/* Every allocation of OpenSSL fails once, one after the other, while chains are judged: a chain that must be refused is
 * refused each time, one that may be accepted is accepted or refused, and nothing crashes or is lost.  A program of its
 * own, because OpenSSL's allocator can only be chosen before anything else. */
#include "verify_world.h"

#include <openssl/crypto.h>

static long until_failure = -1; /* allocations that still succeed; negative: all */
static bool has_failed;

static void *
failing_realloc(void *old, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	if (until_failure == 0)
		has_failed = true;
	if (until_failure >= 0 && until_failure-- == 0)
		return NULL;
	return realloc(old, size);
}

static void *
failing_malloc(size_t size, const char *file, int line)
{
	return failing_realloc(NULL, size, file, line);
}

static void
plain_free(void *old, const char *file, int line)
{
	(void)file;
	(void)line;
	free(old);
}

/* Judges with the nth allocation failing, for every n until none does; returns how often it was accepted. */
static unsigned
accepted_among_failures(X509 *leaf, STACK_OF(X509) *chain, struct slice staple, unsigned *tries)
{
	struct hostname host = world_host("www.example.org");
	unsigned accepted = 0;

	for (long n = 0;; n++) {
		/* New objects, so that nothing is cached in them. */
		X509 *fresh = X509_dup(leaf);
		struct verify_input in = {
			.trust = world.trust, .leaf = fresh, .host = &host, .now = PKI_NOW, .staple = staple};
		struct verify_verdict v;

		in.chain = X509_chain_up_ref(chain);
		has_failed = false;
		until_failure = n;
		verify_chain(&in, &v);
		until_failure = -1;
		accepted += verify_verdict_accepts(&v);
		sk_X509_pop_free(in.chain, X509_free);
		X509_free(fresh);
		(*tries)++;
		if (!has_failed)
			return accepted;
		ck_assert_int_lt(n, 100000);
	}
}

START_TEST(no_failed_allocation_makes_a_bad_chain_good)
{
	struct pki_cert stranger = PKI_MAKE(.cn = "Nobody's Root", .is_ca = true);
	struct pki_cert must = PKI_MAKE(.issuer = &world.ica, .extra = {{"tlsfeature", "status_request"}});
	struct pki_cert constrained =
		PKI_MAKE(.cn = "NC", .is_ca = true, .issuer = &world.root, .nc = "critical,excluded;DNS:example.org");
	struct {
		X509 *leaf, *issuer;
		struct slice staple;
	} cases[] = {
		{PUBLIC_LEAF(.from = -9, .until = -1), world.ica.cert, SLICE_EMPTY},
		{PUBLIC_LEAF(.san = "DNS:other.example"), world.ica.cert, SLICE_EMPTY},
		{PUBLIC_LEAF(.eku = "clientAuth"), world.ica.cert, SLICE_EMPTY},
		{PUBLIC_LEAF(.eku = PKI_NONE), world.ica.cert, SLICE_EMPTY},
		{PUBLIC_LEAF(.bc = "critical,CA:TRUE"), world.ica.cert, SLICE_EMPTY},
		{PUBLIC_LEAF(.digest = EVP_sha1()), world.ica.cert, SLICE_EMPTY},
		{pki_break_signature(PUBLIC_LEAF(.cn = "x")), world.ica.cert, SLICE_EMPTY},
		{PKI_MAKE(.issuer = &stranger).cert, stranger.cert, SLICE_EMPTY},
		{PKI_MAKE(.issuer = &world.own_ca).cert, world.own_ca.cert, SLICE_EMPTY},
		{PKI_MAKE(.issuer = &constrained).cert, constrained.cert, SLICE_EMPTY},
		{must.cert, world.ica.cert, PKI_OCSP(.about = must.cert, .issuer = &world.ica, .forged = true)},
		{must.cert, world.ica.cert, PKI_OCSP(.about = must.cert, .issuer = &world.ica, .status = PKI_REVOKED)},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		unsigned tries = 0;

		ck_assert_msg(accepted_among_failures(
				      cases[i].leaf, pki_stack(1, &cases[i].issuer), cases[i].staple, &tries) == 0,
			"case %zu", i);
		ck_assert_uint_gt(tries, 3);
	}
}
END_TEST

START_TEST(good_chain_is_accepted_once_memory_is_there)
{
	unsigned tries = 0;

	ck_assert_uint_ge(
		accepted_among_failures(PUBLIC_LEAF(.cn = "x"), pki_stack(1, &world.ica.cert), SLICE_EMPTY, &tries), 1);
	ck_assert_uint_gt(tries, 50);
}
END_TEST

static WORLD_SUITE(
	memory, "memory", no_failed_allocation_makes_a_bad_chain_good, good_chain_is_accepted_once_memory_is_there)

	int main(void)
{
	Suite *(*const suites[])(void) = {memory_suite};

	if (CRYPTO_set_mem_functions(failing_malloc, failing_realloc, plain_free) != 1)
		return EXIT_FAILURE;
	return unit_run(suites, 1);
}

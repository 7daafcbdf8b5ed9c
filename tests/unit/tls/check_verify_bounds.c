/* Chains made to cost: the verifier answers in bounded time, whatever it answers. */
#include "config.h"

#include "suites.h"
#include "verify_world.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

#ifdef WITH_SANITIZERS
#define CPU_MAX_MS 500
#else
#define CPU_MAX_MS 50
#endif

/* Judges and asserts on the CPU time. */
static struct verify_verdict
judge_in_time(X509 *leaf, size_t count, X509 *const *chain)
{
	struct hostname host = world_host("www.example.org");
	struct verify_input in = {
		.trust = world.trust, .leaf = leaf, .chain = pki_stack(count, chain), .host = &host, .now = PKI_NOW};
	clock_t start = clock();
	struct verify_verdict v;
	double ms;

	verify_chain(&in, &v);
	ms = (double)(clock() - start) * 1000 / CLOCKS_PER_SEC;
	ck_assert_msg(ms <= CPU_MAX_MS, "%.1f ms", ms);
	return v;
}

/* "DER:" and a NULL that is in fact an OCTET STRING of many octets. */
static const char *
large_value(size_t octets)
{
	static char text[300000];
	int at = snprintf(text, sizeof text, "DER:0483%06zx", octets);

	for (size_t i = 0; i < octets; i++)
		at += snprintf(text + at, sizeof text - (size_t)at, "00");
	return text;
}

/* `first`, and `count` times a number between `before` and `after`; the last four results stay. */
static const char *
many_names(const char *first, const char *before, const char *after, unsigned count)
{
	static char texts[4][200000];
	static unsigned turn;
	char *text = texts[turn++ % 4];
	int at = snprintf(text, sizeof texts[0], "%s", first);

	for (unsigned i = 0; i < count; i++)
		at += snprintf(text + at, sizeof texts[0] - (size_t)at, "%s%u%s", before, i, after);
	return text;
}

START_TEST(too_many_certificates_are_refused)
{
	X509 *chain[200];

	for (size_t i = 0; i < 200; i++)
		chain[i] = PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = &world.root).cert;
	ASSERT_REASON(judge_in_time(PUBLIC_LEAF(.cn = "x"), 200, chain), VERIFY_PATHOLOGICAL);
	chain[18] = world.ica.cert;
	ASSERT_REASON(judge_in_time(PUBLIC_LEAF(.cn = "x"), 19, chain), VERIFY_OK);
}
END_TEST

START_TEST(too_many_octets_are_refused)
{
	X509 *chain[4], *large;

	large = PUBLIC_LEAF(.extra = {{"1.2.3.4", large_value(103000)}});
	ASSERT_REASON(judge_in_time(large, 1, &world.ica.cert), VERIFY_PATHOLOGICAL);
	for (size_t i = 0; i < 4; i++)
		chain[i] = PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = &world.root,
			.extra = {{"1.2.3.4", large_value(26000)}})
				   .cert;
	ASSERT_REASON(judge_in_time(PUBLIC_LEAF(.cn = "x"), 4, chain), VERIFY_PATHOLOGICAL);
}
END_TEST

START_TEST(too_many_names_are_refused)
{
	const char *names = many_names("DNS:www.example.org", ",DNS:n", ".example.org", 1000);

	ASSERT_REASON(judge_in_time(PUBLIC_LEAF(.san = names), 1, &world.ica.cert), VERIFY_OK);
	names = many_names("DNS:www.example.org", ",DNS:n", ".ex", 2100);
	ASSERT_REASON(judge_in_time(PUBLIC_LEAF(.san = names), 1, &world.ica.cert), VERIFY_PATHOLOGICAL);
	names = many_names(
		"DNS:www.example.org", ",DNS:n", ".a-rather-long-name-that-fills-the-extension.example.org", 1200);
	ASSERT_REASON(judge_in_time(PUBLIC_LEAF(.san = names), 1, &world.ica.cert), VERIFY_PATHOLOGICAL);
}
END_TEST

START_TEST(names_times_constraints_are_bounded)
{
	static const struct {
		unsigned names, subtrees;
		enum verify_reason reason;
	} cases[] = {
		{100, 100, VERIFY_OK},
		{1500, 400, VERIFY_PATHOLOGICAL},
		{10, 600, VERIFY_PATHOLOGICAL},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct pki_cert ica = PKI_MAKE(.cn = "NC", .is_ca = true, .issuer = &world.root,
			.nc = many_names(
				"critical,excluded;DNS:no.example", ",excluded;DNS:n", ".example", cases[i].subtrees));
		X509 *leaf = PKI_MAKE(.issuer = &ica,
			.san = many_names("DNS:www.example.org", ",DNS:n", ".example.org", cases[i].names))
				     .cert;

		ASSERT_REASON(judge_in_time(leaf, 1, &ica.cert), cases[i].reason);
	}
}
END_TEST

START_TEST(circles_of_cross_signed_authorities_end)
{
	struct pki_cert a = PKI_MAKE(.cn = "A", .is_ca = true), b = PKI_MAKE(.cn = "B", .is_ca = true);
	X509 *chain[18];

	for (size_t i = 0; i < 18; i += 2) {
		chain[i] = PKI_MAKE(.cn = "A", .is_ca = true, .issuer = &b, .use_key = a.key).cert;
		chain[i + 1] = PKI_MAKE(.cn = "B", .is_ca = true, .issuer = &a, .use_key = b.key).cert;
	}
	ck_assert(judge_in_time(PKI_MAKE(.issuer = &a).cert, 18, chain).reason != VERIFY_OK);
	/* The same with a way out in the last place that is looked at. */
	chain[17] = PKI_MAKE(.cn = "B", .is_ca = true, .issuer = &world.root, .use_key = b.key).cert;
	judge_in_time(PKI_MAKE(.issuer = &a).cert, 18, chain);
}
END_TEST

START_TEST(long_and_dear_chains_end)
{
	struct pki_cert ca[18];
	X509 *chain[18];

	for (size_t i = 0; i < 18; i++) {
		ca[i] = PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = i ? &ca[i - 1] : &world.root, .key = PKI_P521);
		chain[i] = ca[i].cert;
	}
	ASSERT_REASON(judge_in_time(PKI_MAKE(.issuer = &ca[17]).cert, 18, chain), VERIFY_PATHOLOGICAL);
	ASSERT_REASON(judge_in_time(PKI_MAKE(.issuer = &ca[6]).cert, 7, chain), VERIFY_OK);
}
END_TEST

START_TEST(keys_too_dear_to_compute_with_are_not_computed_with)
{
	static const enum pki_key keys[] = {PKI_RSA16384, PKI_RSA_LONG_E, PKI_EXPLICIT};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		/* Nobody has their private keys; the leaf only claims to be signed by them. */
		struct pki_cert dear =
			PKI_MAKE(.cn = "Public ICA", .is_ca = true, .issuer = &world.root, .key = keys[i]);
		struct verify_verdict v;

		dear.key = world.ica.key;
		v = judge_in_time(PKI_MAKE(.issuer = &dear).cert, 1, &dear.cert);
		ck_assert_uint_eq(v.depth, 1);
		ASSERT_REASON(v, keys[i] == PKI_EXPLICIT ? VERIFY_KEY_TYPE : VERIFY_WEAK_KEY);
	}
}
END_TEST

START_TEST(policy_trees_are_not_grown)
{
	/* Each level maps each of its policies to each of the next (CVE-2023-0464). */
	struct pki_cert ca[7];
	X509 *chain[7];

	for (size_t i = 0; i < 7; i++) {
		ca[i] = PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = i ? &ca[i - 1] : &world.root,
			.extra = {{"certificatePolicies", many_names("1.2.3.100", ",1.2.3.", "", 60)},
				{"policyMappings", many_names("1.2.3.100:1.2.3.1", ",1.2.3.1:1.2.3.", "", 60)}});
		chain[i] = ca[i].cert;
	}
	judge_in_time(PKI_MAKE(.issuer = &ca[6], .extra = {{"certificatePolicies", "1.2.3.4"}}).cert, 7, chain);
}
END_TEST

START_TEST(too_many_extensions_are_refused)
{
	X509 *leaf = X509_dup(PUBLIC_LEAF(.cn = "x"));
	struct slice der;
	const unsigned char *at;

	for (unsigned i = 0; i < 60; i++) {
		char oid[32];
		X509_EXTENSION *extension;

		snprintf(oid, sizeof oid, "1.2.3.%u", i);
		extension = X509V3_EXT_nconf(NULL, NULL, oid, "DER:0500");
		X509_add_ext(leaf, extension, -1);
		X509_EXTENSION_free(extension);
	}
	X509_sign(leaf, world.ica.key, EVP_sha256());
	der = pki_der(leaf);
	X509_free(leaf);
	at = (const unsigned char *)der.ptr;
	leaf = d2i_X509(NULL, &at, (long)der.len);
	ASSERT_REASON(judge_in_time(leaf, 1, &world.ica.cert), VERIFY_PATHOLOGICAL);
	X509_free(leaf);
}
END_TEST

WORLD_SUITE(verify_bounds, "verify_bounds", too_many_certificates_are_refused, too_many_octets_are_refused,
	too_many_names_are_refused, names_times_constraints_are_bounded, circles_of_cross_signed_authorities_end,
	long_and_dear_chains_end, keys_too_dear_to_compute_with_are_not_computed_with, policy_trees_are_not_grown,
	too_many_extensions_are_refused)

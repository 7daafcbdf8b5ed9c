/* The verifier against generated chains: one case for each thing that an origin may present.  The table is the
 * specification: what is presented, what the verdict is. */
#include "suites.h"

#include "tls/trust_builder.h"
#include "tls/verify.h"
#include "verify_pki.h"

#include <openssl/evp.h>
#include <stdio.h>

/* A public and an added root, each with an intermediate. */
static struct {
	struct pki_cert root, ica, private_root, private_ica, own_ca;
	struct trust *trust;
} world;

static struct hostname
host_of(const char *text)
{
	struct hostname host;

	ck_assert_msg(hostname_parse(slice_of(text), &host), "%s", text);
	return host;
}

static struct trust *
build_trust(struct trust_builder *b)
{
	struct problems problems = {0};
	struct trust *t = trust_build(b, 7, &problems);

	ck_assert_ptr_nonnull(t);
	trust_builder_free(b);
	problems_release(&problems);
	return t;
}

static void
add_anchor(struct trust_builder *b, X509 *cert, enum trust_source source)
{
	struct problems problems = {0};

	ck_assert(trust_add_anchors(b, pki_der(cert), source, "test", PKI_NOW, &problems));
	problems_release(&problems);
}

static struct trust_builder *
world_builder(void)
{
	struct trust_builder *b = trust_builder_new(NULL);
	struct problems problems = {0};

	add_anchor(b, world.root.cert, TRUST_SYSTEM);
	add_anchor(b, world.private_root.cert, TRUST_ADMIN);
	ck_assert(trust_add_own_ca(b, pki_pem(world.own_ca.cert), "own", &problems));
	problems_release(&problems);
	return b;
}

static void
set_up(void)
{
	world.root = PKI_MAKE(.cn = "Public Root", .is_ca = true);
	world.ica = PKI_MAKE(.cn = "Public ICA", .is_ca = true, .issuer = &world.root);
	world.private_root = PKI_MAKE(.cn = "Private Root", .is_ca = true);
	world.private_ica = PKI_MAKE(.cn = "Private ICA", .is_ca = true, .issuer = &world.private_root);
	world.own_ca = PKI_MAKE(.cn = "Our own CA", .is_ca = true);
	world.trust = build_trust(world_builder());
}

static void
tear_down(void)
{
	trust_release(world.trust);
	pki_release();
}

/* What is judged; what is left out is ordinary. */
struct asked {
	X509 *leaf;
	X509 *chain[8];
	const char *host;
	struct trust *trust;
	int64_t at; /* seconds from PKI_NOW */
	struct slice staple;
	unsigned options;
};

static struct verify_verdict
judge(const struct asked *asked)
{
	struct hostname host = host_of(asked->host ? asked->host : "www.example.org");
	struct verify_input in = {
		.trust = asked->trust ? asked->trust : world.trust,
		.leaf = asked->leaf,
		.host = &host,
		.now = PKI_NOW + asked->at,
		.staple = asked->staple,
		.options = asked->options,
	};
	struct verify_verdict v;
	size_t count = 0;

	while (asked->chain[count])
		count++;
	in.chain = pki_stack(count, asked->chain);
	verify_chain(&in, &v);
	return v;
}

#define JUDGE(...) judge(&(struct asked){__VA_ARGS__})
#define ASSERT_REASON(v, expected)                                                                                    \
	do {                                                                                                          \
		struct verify_verdict v_ = (v);                                                                              \
		ck_assert_msg(v_.reason == (expected), "have %s at depth %u, want %s", verify_reason_code(v_.reason), \
			v_.depth, verify_reason_code(expected));                                                      \
	} while (0)
/* A leaf below the public intermediate, with these peculiarities. */
#define PUBLIC_LEAF(...) PKI_MAKE(.issuer = &world.ica, __VA_ARGS__).cert
#define PRIVATE_LEAF(...) PKI_MAKE(.issuer = &world.private_ica, __VA_ARGS__).cert
#define JUDGE_PUBLIC(...) JUDGE(.leaf = PUBLIC_LEAF(__VA_ARGS__), .chain = {world.ica.cert})
#define JUDGE_PRIVATE(...) JUDGE(.leaf = PRIVATE_LEAF(__VA_ARGS__), .chain = {world.private_ica.cert})

START_TEST(ordinary_chains_are_accepted)
{
	static const enum pki_key keys[] = {PKI_P256, PKI_P384, PKI_P521, PKI_RSA2048, PKI_RSA3072};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		struct verify_verdict v = JUDGE_PUBLIC(.key = keys[i]);

		ASSERT_REASON(v, VERIFY_OK);
		ck_assert(verify_verdict_accepts(&v) && v.below_public_root && v.notes == 0 && v.excepted == 0);
		ck_assert_int_eq(v.valid_from, PKI_NOW - PKI_DAY);
		ck_assert_int_eq(v.valid_until, PKI_NOW + 90 * PKI_DAY);
		ck_assert_uint_eq(v.generation, 7);
	}
	ASSERT_REASON(JUDGE_PRIVATE(.key = PKI_P256), VERIFY_OK);
	ASSERT_REASON(JUDGE_PUBLIC(.digest = EVP_sha384()), VERIFY_OK);
}
END_TEST

START_TEST(the_leaf_may_also_be_in_the_chain)
{
	X509 *leaf = PUBLIC_LEAF(.cn = "x");

	ASSERT_REASON(JUDGE(.leaf = leaf, .chain = {leaf, world.ica.cert}), VERIFY_OK);
	ASSERT_REASON(JUDGE(.leaf = leaf, .chain = {leaf, world.ica.cert, world.root.cert}), VERIFY_OK);
	ASSERT_REASON(JUDGE(.leaf = leaf, .chain = {world.root.cert, world.ica.cert, leaf}), VERIFY_OK);
}
END_TEST

START_TEST(nothing_is_accepted_by_default)
{
	struct verify_verdict v = verify_verdict_unjudged();

	ck_assert(!verify_verdict_accepts(&v));
	ASSERT_REASON(JUDGE(.leaf = NULL), VERIFY_NO_CERTIFICATE);
}
END_TEST

START_TEST(leaf_without_a_path_to_an_anchor_is_refused)
{
	struct pki_cert root = PKI_MAKE(.cn = "Nobody's Root", .is_ca = true);
	struct pki_cert same_name = PKI_MAKE(.cn = "Public Root", .is_ca = true);
	X509 *below = PKI_MAKE(.issuer = &root).cert;

	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.cn = "self").cert), VERIFY_SELF_SIGNED);
	ASSERT_REASON(JUDGE(.leaf = below), VERIFY_UNKNOWN_ISSUER);
	ASSERT_REASON(JUDGE(.leaf = below, .chain = {root.cert}), VERIFY_UNKNOWN_ISSUER);
	ASSERT_REASON(JUDGE(.leaf = PUBLIC_LEAF(.cn = "x")), VERIFY_UNKNOWN_ISSUER);
	/* A root that only has the name of ours. */
	ASSERT_REASON(
		JUDGE(.leaf = PKI_MAKE(.issuer = &same_name).cert, .chain = {same_name.cert}), VERIFY_UNKNOWN_ISSUER);
	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &same_name, .aki = PKI_NONE).cert), VERIFY_PROFILE);
}
END_TEST

START_TEST(dates_hold_to_the_second)
{
	X509 *leaf = PUBLIC_LEAF(.from = -10, .until = 10);

	ASSERT_REASON(JUDGE(.leaf = leaf, .chain = {world.ica.cert}, .at = -11), VERIFY_NOT_YET_VALID);
	ASSERT_REASON(JUDGE(.leaf = leaf, .chain = {world.ica.cert}, .at = -10), VERIFY_OK);
	ASSERT_REASON(JUDGE(.leaf = leaf, .chain = {world.ica.cert}, .at = 10), VERIFY_OK);
	ASSERT_REASON(JUDGE(.leaf = leaf, .chain = {world.ica.cert}, .at = 11), VERIFY_EXPIRED);
	ASSERT_REASON(JUDGE_PUBLIC(.from = -30 * PKI_DAY, .until = -PKI_DAY), VERIFY_EXPIRED);
	ASSERT_REASON(JUDGE_PUBLIC(.from = 2 * PKI_DAY), VERIFY_NOT_YET_VALID);
}
END_TEST

START_TEST(expired_issuers_are_refused)
{
	struct pki_cert ica =
		PKI_MAKE(.cn = "old", .is_ca = true, .issuer = &world.root, .from = -9 * PKI_DAY, .until = -1);
	struct pki_cert root = PKI_MAKE(.cn = "old root", .is_ca = true, .from = -9 * PKI_DAY, .until = -1);
	struct trust_builder *b = world_builder();
	struct verify_verdict v = JUDGE(.leaf = PKI_MAKE(.issuer = &ica).cert, .chain = {ica.cert});
	struct trust *trust;

	ASSERT_REASON(v, VERIFY_EXPIRED);
	ck_assert_uint_eq(v.depth, 1);
	add_anchor(b, root.cert, TRUST_SYSTEM);
	trust = build_trust(b);
	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &root).cert, .trust = trust), VERIFY_EXPIRED);
	trust_release(trust);
}
END_TEST

START_TEST(another_valid_path_is_found)
{
	struct pki_cert stranger = PKI_MAKE(.cn = "Nobody's Root", .is_ca = true);
	struct pki_cert good = PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = &world.root);
	/* The same key and name, certified otherwise. */
	X509 *expired = PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = &world.root, .use_key = good.key,
		.from = -9 * PKI_DAY, .until = -1)
				.cert;
	X509 *unknown = PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = &stranger, .use_key = good.key).cert;
	X509 *constrained = PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = &world.root, .use_key = good.key,
		.nc = "critical,excluded;DNS:example.org")
				    .cert;
	X509 *clients =
		PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = &world.root, .use_key = good.key, .eku = "clientAuth")
			.cert;
	X509 *weak =
		PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = &world.root, .use_key = good.key, .digest = EVP_sha1())
			.cert;
	X509 *others[] = {expired, unknown, constrained, clients, weak};
	X509 *leaf = PKI_MAKE(.issuer = &good).cert;

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		ck_assert(!verify_verdict_accepts(&(struct verify_verdict[]){JUDGE(.leaf = leaf, .chain = {others[i]})}[0]));
		ASSERT_REASON(JUDGE(.leaf = leaf, .chain = {others[i], good.cert}), VERIFY_OK);
		ASSERT_REASON(JUDGE(.leaf = leaf, .chain = {good.cert, others[i]}), VERIFY_OK);
	}
	ASSERT_REASON(
		JUDGE(.leaf = leaf, .chain = {expired, unknown, stranger.cert, constrained, clients, weak, good.cert}),
		VERIFY_OK);
}
END_TEST

START_TEST(cross_signed_root_is_not_needed_where_the_root_is_trusted)
{
	struct pki_cert old = PKI_MAKE(.cn = "Old Root", .is_ca = true, .from = -9 * PKI_DAY, .until = -1);
	X509 *cross = PKI_MAKE(.cn = "Public Root", .is_ca = true, .issuer = &old, .use_key = world.root.key,
		.from = -9 * PKI_DAY, .until = -1)
			      .cert;

	ASSERT_REASON(JUDGE(.leaf = PUBLIC_LEAF(.cn = "x"), .chain = {world.ica.cert, cross, old.cert}), VERIFY_OK);
}
END_TEST

START_TEST(issuers_that_are_no_authority_are_refused)
{
	struct pki_cert leaf = PKI_MAKE(.issuer = &world.ica, .cn = "a server");
	struct pki_cert no_bc = PKI_MAKE(.issuer = &world.root, .is_ca = true, .cn = "no bc", .bc = PKI_NONE);
	struct pki_cert ca_false = PKI_MAKE(.issuer = &world.root, .cn = "false", .san = PKI_NONE, .eku = PKI_NONE);
	struct pki_cert v1 = PKI_MAKE(.issuer = &world.root, .cn = "v1", .version = 1);
	struct pki_cert no_sign =
		PKI_MAKE(.issuer = &world.root, .is_ca = true, .cn = "no sign", .ku = "critical,digitalSignature");
	struct pki_cert *bad[] = {&no_bc, &ca_false, &v1, &no_sign};

	ck_assert(JUDGE(.leaf = PKI_MAKE(.issuer = &leaf).cert, .chain = {leaf.cert, world.ica.cert}).reason !=
		  VERIFY_OK);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		X509 *below = PKI_MAKE(.issuer = bad[i], .aki = bad[i] == &v1 ? PKI_NONE : NULL).cert;

		ck_assert_msg(JUDGE(.leaf = below, .chain = {bad[i]->cert}).reason != VERIFY_OK, "case %zu", i);
	}
}
END_TEST

START_TEST(path_length_is_kept)
{
	struct pki_cert zero =
		PKI_MAKE(.cn = "zero", .is_ca = true, .issuer = &world.root, .bc = "critical,CA:TRUE,pathlen:0");
	struct pki_cert below = PKI_MAKE(.cn = "below", .is_ca = true, .issuer = &zero);
	struct pki_cert one =
		PKI_MAKE(.cn = "one", .is_ca = true, .issuer = &world.root, .bc = "critical,CA:TRUE,pathlen:1");
	struct pki_cert two = PKI_MAKE(.cn = "two", .is_ca = true, .issuer = &one);
	struct pki_cert three = PKI_MAKE(.cn = "three", .is_ca = true, .issuer = &two);
	struct pki_cert itself = PKI_MAKE(.cn = "zero", .is_ca = true, .issuer = &zero);

	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &zero).cert, .chain = {zero.cert}), VERIFY_OK);
	ASSERT_REASON(
		JUDGE(.leaf = PKI_MAKE(.issuer = &below).cert, .chain = {below.cert, zero.cert}), VERIFY_PATH_LENGTH);
	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &two).cert, .chain = {two.cert, one.cert}), VERIFY_OK);
	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &three).cert, .chain = {three.cert, two.cert, one.cert}),
		VERIFY_PATH_LENGTH);
	/* Self-issued certificates do not count (RFC 5280 section 4.2.1.9). */
	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &itself).cert, .chain = {itself.cert, zero.cert}), VERIFY_OK);
}
END_TEST

START_TEST(certificates_for_other_purposes_are_refused)
{
	static const char *const others[] = {"clientAuth", "codeSigning", "emailProtection", "OCSPSigning", "msSGC"};

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		struct pki_cert ica = PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = &world.root, .eku = others[i]);

		ASSERT_REASON(JUDGE_PUBLIC(.eku = others[i]), VERIFY_EKU);
		ASSERT_REASON(JUDGE_PRIVATE(.eku = others[i]), VERIFY_EKU);
		ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &ica).cert, .chain = {ica.cert}), VERIFY_EKU);
	}
	ASSERT_REASON(JUDGE_PUBLIC(.eku = "clientAuth,serverAuth"), VERIFY_OK);
}
END_TEST

START_TEST(vague_purposes_are_noted_below_added_roots_and_refused_below_public_ones)
{
	struct verify_verdict none = JUDGE_PRIVATE(.eku = PKI_NONE), any = JUDGE_PRIVATE(.eku = "anyExtendedKeyUsage");
	struct pki_cert ica = PKI_MAKE(.cn = "any", .is_ca = true, .issuer = &world.root, .eku = "anyExtendedKeyUsage");

	ASSERT_REASON(JUDGE_PUBLIC(.eku = PKI_NONE), VERIFY_EKU);
	ASSERT_REASON(JUDGE_PUBLIC(.eku = "anyExtendedKeyUsage"), VERIFY_EKU);
	ASSERT_REASON(JUDGE_PUBLIC(.eku = "serverAuth,anyExtendedKeyUsage"), VERIFY_EKU);
	ASSERT_REASON(none, VERIFY_OK);
	ASSERT_REASON(any, VERIFY_OK);
	ck_assert_uint_eq(none.notes, VERIFY_NOTE_NO_EKU);
	ck_assert_uint_eq(any.notes, VERIFY_NOTE_ANY_EKU);
	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &ica).cert, .chain = {ica.cert}), VERIFY_OK);
}
END_TEST

START_TEST(leaf_whose_key_may_not_sign_is_refused)
{
	ASSERT_REASON(JUDGE_PUBLIC(.ku = "critical,keyEncipherment", .key = PKI_RSA2048), VERIFY_KEY_USAGE);
	ASSERT_REASON(JUDGE_PUBLIC(.ku = "keyAgreement"), VERIFY_KEY_USAGE);
	ASSERT_REASON(JUDGE_PRIVATE(.ku = "keyAgreement"), VERIFY_KEY_USAGE);
	ASSERT_REASON(JUDGE_PUBLIC(.ku = PKI_NONE), VERIFY_OK);
	ASSERT_REASON(JUDGE_PUBLIC(.ku = "digitalSignature,keyEncipherment", .key = PKI_RSA2048), VERIFY_OK);
}
END_TEST

START_TEST(leaf_that_is_an_authority_is_refused)
{
	ASSERT_REASON(JUDGE_PUBLIC(.bc = "critical,CA:TRUE"), VERIFY_CA_LEAF);
	ASSERT_REASON(
		JUDGE_PUBLIC(.bc = "critical,CA:TRUE", .ku = "critical,digitalSignature,keyCertSign"), VERIFY_CA_LEAF);
	ASSERT_REASON(JUDGE_PUBLIC(.ku = "digitalSignature,keyCertSign"), VERIFY_CA_LEAF);
	ASSERT_REASON(JUDGE_PRIVATE(.bc = "critical,CA:TRUE"), VERIFY_CA_LEAF);
}
END_TEST

START_TEST(weak_and_odd_keys_are_refused)
{
	static const struct {
		enum pki_key key;
		enum verify_reason reason;
	} cases[] = {
		{PKI_RSA1024, VERIFY_WEAK_KEY},
		{PKI_RSA2049, VERIFY_WEAK_KEY},
		{PKI_RSA16384, VERIFY_WEAK_KEY},
		{PKI_RSA_E1, VERIFY_WEAK_KEY},
		{PKI_RSA_EVEN, VERIFY_WEAK_KEY},
		{PKI_RSA_LONG_E, VERIFY_WEAK_KEY},
		{PKI_P192, VERIFY_KEY_TYPE},
		{PKI_SECP256K1, VERIFY_KEY_TYPE},
		{PKI_EXPLICIT, VERIFY_KEY_TYPE},
		{PKI_DSA, VERIFY_KEY_TYPE},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ASSERT_REASON(JUDGE_PUBLIC(.key = cases[i].key), cases[i].reason);
		ASSERT_REASON(JUDGE_PRIVATE(.key = cases[i].key), cases[i].reason);
	}
	ASSERT_REASON(JUDGE_PUBLIC(.key = PKI_ED25519), VERIFY_KEY_TYPE);
	ASSERT_REASON(JUDGE_PRIVATE(.key = PKI_ED25519), VERIFY_OK);
}
END_TEST

START_TEST(weak_keys_of_issuers_are_refused)
{
	static const enum pki_key keys[] = {PKI_RSA1024, PKI_DSA, PKI_P192, PKI_SECP256K1, PKI_EXPLICIT};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		struct pki_cert ica = PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = &world.root, .key = keys[i]);
		struct pki_cert root = PKI_MAKE(.cn = "weak root", .is_ca = true, .key = keys[i]);
		struct trust_builder *b = world_builder();
		struct trust *trust;
		struct verify_verdict v = JUDGE(.leaf = PKI_MAKE(.issuer = &ica).cert, .chain = {ica.cert});

		ck_assert_msg(
			v.reason == VERIFY_WEAK_KEY || v.reason == VERIFY_KEY_TYPE, "%s", verify_reason_code(v.reason));
		ck_assert_uint_eq(v.depth, 1);
		add_anchor(b, root.cert, TRUST_SYSTEM);
		trust = build_trust(b);
		v = JUDGE(.leaf = PKI_MAKE(.issuer = &root).cert, .trust = trust);
		ck_assert_msg(
			v.reason == VERIFY_WEAK_KEY || v.reason == VERIFY_KEY_TYPE, "%s", verify_reason_code(v.reason));
		trust_release(trust);
	}
}
END_TEST

START_TEST(weak_signatures_are_refused)
{
	struct pki_cert md5 = PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = &world.root, .digest = EVP_sha1());
	struct pki_cert rsa_root = PKI_MAKE(.cn = "RSA root", .is_ca = true, .key = PKI_RSA2048);
	struct trust_builder *b = world_builder();
	struct trust *trust;

	add_anchor(b, rsa_root.cert, TRUST_ADMIN);
	trust = build_trust(b);
	ASSERT_REASON(JUDGE_PUBLIC(.digest = EVP_sha1()), VERIFY_WEAK_SIGNATURE);
	ASSERT_REASON(JUDGE_PUBLIC(.digest = EVP_sha224()), VERIFY_WEAK_SIGNATURE);
	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &rsa_root, .digest = EVP_md5()).cert, .trust = trust),
		VERIFY_WEAK_SIGNATURE);
	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &rsa_root).cert, .trust = trust), VERIFY_OK);
	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &md5).cert, .chain = {md5.cert}), VERIFY_WEAK_SIGNATURE);
	trust_release(trust);
}
END_TEST

START_TEST(weak_signature_of_a_root_on_itself_does_not_matter)
{
	struct pki_cert root = PKI_MAKE(.cn = "SHA-1 root", .is_ca = true, .digest = EVP_sha1());
	struct trust_builder *b = world_builder();
	struct trust *trust;

	add_anchor(b, root.cert, TRUST_SYSTEM);
	trust = build_trust(b);
	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &root).cert, .trust = trust), VERIFY_OK);
	trust_release(trust);
}
END_TEST

START_TEST(two_signature_algorithms_in_one_certificate_are_refused)
{
	/* ecdsa-with-SHA256 and ecdsa-with-SHA384 differ in their last octet. */
	X509 *leaf = pki_patch(PUBLIC_LEAF(.cn = "x"), SLICE("\x2a\x86\x48\xce\x3d\x04\x03\x02"),
		SLICE("\x2a\x86\x48\xce\x3d\x04\x03\x03"));

	ASSERT_REASON(JUDGE(.leaf = leaf, .chain = {world.ica.cert}), VERIFY_SIGNATURE_MISMATCH);
}
END_TEST

START_TEST(wrong_signatures_are_refused)
{
	struct verify_verdict v = JUDGE(.leaf = pki_break_signature(PUBLIC_LEAF(.cn = "x")), .chain = {world.ica.cert});

	ASSERT_REASON(v, VERIFY_BAD_SIGNATURE);
	ck_assert_uint_eq(v.depth, 0);
	v = JUDGE(.leaf = PUBLIC_LEAF(.cn = "x"), .chain = {pki_break_signature(world.ica.cert)});
	ASSERT_REASON(v, VERIFY_BAD_SIGNATURE);
	ck_assert_uint_eq(v.depth, 1);
}
END_TEST

START_TEST(name_constraints_are_kept)
{
	static const struct {
		const char *nc, *san, *host;
		enum verify_reason reason;
	} cases[] = {
		{"permitted;DNS:example.org", "DNS:www.example.org", "www.example.org", VERIFY_OK},
		{"permitted;DNS:example.com", "DNS:www.example.org", "www.example.org", VERIFY_NAME_CONSTRAINTS},
		{"permitted;DNS:ample.org", "DNS:www.example.org", "www.example.org", VERIFY_NAME_CONSTRAINTS},
		{"excluded;DNS:example.org", "DNS:www.example.org", "www.example.org", VERIFY_NAME_CONSTRAINTS},
		{"excluded;DNS:example.org", "DNS:www.example.com,DNS:a.EXAMPLE.org", "www.example.com",
			VERIFY_NAME_CONSTRAINTS},
		{"excluded;DNS:example.net", "DNS:www.example.org", "www.example.org", VERIFY_OK},
		{"permitted;IP:10.0.0.0/255.0.0.0", "IP:10.1.2.3", "10.1.2.3", VERIFY_OK},
		{"permitted;IP:10.0.0.0/255.0.0.0", "IP:11.1.2.3", "11.1.2.3", VERIFY_NAME_CONSTRAINTS},
		{"excluded;IP:10.0.0.0/255.0.0.0", "IP:10.1.2.3", "10.1.2.3", VERIFY_NAME_CONSTRAINTS},
		/* A wildcard reaches into what is excluded below it (CVE-2025-61727). */
		{"excluded;DNS:x.ncw.example", "DNS:*.ncw.example", "x.ncw.example", VERIFY_NAME_CONSTRAINTS},
		{"excluded;DNS:X.ncw.example", "DNS:*.NCW.example", "y.ncw.example", VERIFY_NAME_CONSTRAINTS},
		{"excluded;DNS:x.y.ncw.example", "DNS:*.ncw.example", "y.ncw.example", VERIFY_OK},
		{"permitted;DNS:x.ncw.example", "DNS:*.ncw.example", "x.ncw.example", VERIFY_NAME_CONSTRAINTS},
		/* Not in the form of RFC 5280. */
		{"permitted;DNS:.example.org", "DNS:www.example.org", "www.example.org", VERIFY_NAME_CONSTRAINTS},
		{"excluded;DNS:.example.net", "DNS:www.example.org", "www.example.org", VERIFY_NAME_CONSTRAINTS},
		{"permitted;DNS:*.example.org", "DNS:www.example.org", "www.example.org", VERIFY_NAME_CONSTRAINTS},
		{"excluded;IP:10.0.0.0/255.0.255.0", "DNS:www.example.org", "www.example.org", VERIFY_NAME_CONSTRAINTS},
		{"DER:3000", "DNS:www.example.org", "www.example.org", VERIFY_NAME_CONSTRAINTS},
		{"DER:3004A000A100", "DNS:www.example.org", "www.example.org", VERIFY_NAME_CONSTRAINTS},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char nc[128];
		struct pki_cert ica, root, below;
		struct trust_builder *b = world_builder();
		struct trust *trust;
		struct verify_verdict v;

		snprintf(nc, sizeof nc, "critical,%s", cases[i].nc);
		ica = PKI_MAKE(.cn = "NC", .is_ca = true, .issuer = &world.root, .nc = nc);
		v = JUDGE(.leaf = PKI_MAKE(.issuer = &ica, .san = cases[i].san).cert, .chain = {ica.cert},
			.host = cases[i].host);
		ck_assert_msg(v.reason == cases[i].reason, "%s %s: %s", cases[i].nc, cases[i].san,
			verify_reason_code(v.reason));
		/* The same in a root, two levels up. */
		root = PKI_MAKE(.cn = "NC root", .is_ca = true, .nc = nc);
		below = PKI_MAKE(.cn = "below", .is_ca = true, .issuer = &root);
		add_anchor(b, root.cert, TRUST_ADMIN);
		trust = build_trust(b);
		v = JUDGE(.leaf = PKI_MAKE(.issuer = &below, .san = cases[i].san).cert, .chain = {below.cert},
			.host = cases[i].host, .trust = trust);
		ck_assert_msg(v.reason == cases[i].reason, "root %s: %s", cases[i].nc, verify_reason_code(v.reason));
		trust_release(trust);
	}
	ASSERT_REASON(JUDGE_PUBLIC(.nc = "critical,permitted;DNS:example.org"), VERIFY_NAME_CONSTRAINTS);
}
END_TEST

START_TEST(constraints_only_ever_narrow)
{
	struct pki_cert upper =
		PKI_MAKE(.cn = "up", .is_ca = true, .issuer = &world.root, .nc = "critical,permitted;DNS:a.example");
	struct pki_cert lower =
		PKI_MAKE(.cn = "low", .is_ca = true, .issuer = &upper, .nc = "critical,permitted;DNS:example");

	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &lower, .san = "DNS:b.example").cert,
			      .chain = {lower.cert, upper.cert}, .host = "b.example"),
		VERIFY_NAME_CONSTRAINTS);
	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &lower, .san = "DNS:w.a.example").cert,
			      .chain = {lower.cert, upper.cert}, .host = "w.a.example"),
		VERIFY_OK);
}
END_TEST

START_TEST(unknown_critical_extensions_count_only_on_the_path)
{
	struct pki_cert odd = PKI_MAKE(.cn = "odd", .is_ca = true, .issuer = &world.root,
		.extra = {{"1.2.3.4.5", "critical,DER:0500"}});

	ASSERT_REASON(JUDGE_PUBLIC(.extra = {{"1.2.3.4.5", "critical,DER:0500"}}), VERIFY_CRITICAL_EXTENSION);
	ASSERT_REASON(JUDGE_PUBLIC(.extra = {{"1.2.3.4.5", "DER:0500"}}), VERIFY_OK);
	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &odd).cert, .chain = {odd.cert}), VERIFY_CRITICAL_EXTENSION);
	ASSERT_REASON(JUDGE(.leaf = PUBLIC_LEAF(.cn = "x"), .chain = {odd.cert, world.ica.cert}), VERIFY_OK);
}
END_TEST

START_TEST(certificates_against_the_profile_are_refused)
{
	ASSERT_REASON(JUDGE_PUBLIC(.serial = "0"), VERIFY_PROFILE);
	ASSERT_REASON(JUDGE_PUBLIC(.serial = "-5"), VERIFY_PROFILE);
	ASSERT_REASON(JUDGE_PUBLIC(.serial = "7f0102030405060708090a0b0c0d0e0f1011121314"), VERIFY_PROFILE);
	ASSERT_REASON(JUDGE_PUBLIC(.serial = "7f0102030405060708090a0b0c0d0e0f10111213"), VERIFY_OK);
	ASSERT_REASON(JUDGE_PUBLIC(.serial = "ff0102030405060708090a0b0c0d0e0f10111213"), VERIFY_PROFILE);
	ASSERT_REASON(JUDGE_PUBLIC(.no_subject = true), VERIFY_PROFILE);
	ASSERT_REASON(JUDGE_PUBLIC(.no_subject = true, .san = "critical,DNS:www.example.org"), VERIFY_OK);
	ASSERT_REASON(JUDGE_PUBLIC(.aki = PKI_NONE), VERIFY_PROFILE);
}
END_TEST

START_TEST(private_pkis_may_omit_what_weakens_nothing)
{
	struct pki_cert root = PKI_MAKE(.cn = "plain", .is_ca = true, .bc = "CA:TRUE", .ku = PKI_NONE, .ski = PKI_NONE,
		.aki = PKI_NONE);
	struct trust_builder *b = world_builder();
	struct trust *trust;
	struct verify_verdict v;

	add_anchor(b, root.cert, TRUST_ADMIN);
	trust = build_trust(b);
	v = JUDGE(.leaf = PKI_MAKE(.issuer = &root, .ski = PKI_NONE, .aki = PKI_NONE, .ku = PKI_NONE, .bc = PKI_NONE,
			  .eku = PKI_NONE)
				  .cert,
		.trust = trust);
	ASSERT_REASON(v, VERIFY_OK);
	ck_assert_uint_eq(v.notes, VERIFY_NOTE_PROFILE | VERIFY_NOTE_NO_EKU);
	trust_release(trust);
}
END_TEST

START_TEST(malformed_certificates_are_refused)
{
	/* A duplicate extension; a SAN in indefinite length; one with a longer length than needed; with NUL in a name;
	 * with bytes after it; with a name that is not ASCII; with an empty name; with three octets of address. */
	static const char *const sans[] = {
		"DER:3080820F7777772E6578616D706C652E6F7267"
		"0000",
		"DER:308111820F7777772E6578616D706C652E6F7267",
		"DER:3013821177777700"
		"2E6578616D706C652E6F726700",
		"DER:3011820F7777772E6578616D706C652E6F72670500",
		"DER:3014820F7777772E6578616D706C652E6F72678201FF",
		"DER:3013820F7777772E6578616D706C652E6F72678200",
		"DER:3016820F7777772E6578616D706C652E6F726787030A0B0C",
		"DER:3000",
	};

	for (size_t i = 0; i < sizeof sans / sizeof sans[0]; i++) {
		struct verify_verdict v = JUDGE_PUBLIC(.san = sans[i]);

		ck_assert_msg(!verify_verdict_accepts(&v), "case %zu", i);
		ck_assert_msg(i == 7 || v.reason == VERIFY_MALFORMED, "case %zu: %s", i, verify_reason_code(v.reason));
	}
	ASSERT_REASON(JUDGE_PUBLIC(.extra = {{"extendedKeyUsage", "serverAuth"}}), VERIFY_MALFORMED);
	ASSERT_REASON(JUDGE_PUBLIC(.extra = {{"1.2.3.4", "DER:0500"}, {"1.2.3.4", "DER:0500"}}), VERIFY_MALFORMED);
}
END_TEST

START_TEST(our_own_ca_vouches_for_nobody)
{
	struct pki_cert ica = PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = &world.own_ca);
	/* Another certificate for the same key, from an authority that is trusted. */
	struct pki_cert cross =
		PKI_MAKE(.cn = "Our own CA", .is_ca = true, .issuer = &world.root, .use_key = world.own_ca.key);
	X509 *leaf = PKI_MAKE(.issuer = &world.own_ca).cert;
	struct trust_builder *b = world_builder();
	struct trust *trust;

	add_anchor(b, world.own_ca.cert, TRUST_SYSTEM);
	trust = build_trust(b);
	ASSERT_REASON(JUDGE(.leaf = leaf), VERIFY_OWN_CA);
	ASSERT_REASON(JUDGE(.leaf = leaf, .chain = {world.own_ca.cert}), VERIFY_OWN_CA);
	ASSERT_REASON(JUDGE(.leaf = leaf, .chain = {world.own_ca.cert}, .trust = trust), VERIFY_OWN_CA);
	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &ica).cert, .chain = {ica.cert}, .trust = trust), VERIFY_OWN_CA);
	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &cross).cert, .chain = {cross.cert}), VERIFY_OWN_CA);
	trust_release(trust);
}
END_TEST

START_TEST(denied_keys_are_refused_wherever_they_are)
{
	uint8_t spki[TRUST_DIGEST];
	struct trust_builder *b = world_builder();
	struct trust *trust;
	struct pki_cert evil_root = PKI_MAKE(.cn = "evil", .is_ca = true);
	struct problems problems = {0};

	ck_assert(trust_spki_digest(EVP_sha256(), world.ica.cert, spki) && trust_add_denied_key(b, spki));
	ck_assert(trust_spki_digest(EVP_sha256(), evil_root.cert, spki) && trust_add_denied_key(b, spki));
	add_anchor(b, evil_root.cert, TRUST_SYSTEM);
	trust = trust_build(b, 1, &problems);
	ck_assert_ptr_nonnull(trust);
	ck_assert_uint_eq(problems.count, 1); /* the anchor that was left out is said */
	ck_assert_uint_eq(trust_anchor_count(trust), 2);
	ASSERT_REASON(
		JUDGE(.leaf = PUBLIC_LEAF(.cn = "x"), .chain = {world.ica.cert}, .trust = trust), VERIFY_DENYLISTED);
	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &evil_root).cert, .trust = trust), VERIFY_UNKNOWN_ISSUER);
	trust_release(trust);
	trust_builder_free(b);
	problems_release(&problems);
}
END_TEST

START_TEST(distrusted_roots_keep_what_they_issued_before)
{
	uint8_t spki[TRUST_DIGEST];
	struct trust_builder *b = world_builder();
	struct trust *trust;

	ck_assert(trust_spki_digest(EVP_sha256(), world.root.cert, spki));
	ck_assert(trust_add_distrust_after(b, spki, PKI_NOW - 5 * PKI_DAY));
	ck_assert(trust_spki_digest(EVP_sha256(), world.private_root.cert, spki));
	ck_assert(trust_add_distrust_after(b, spki, PKI_NOW - 5 * PKI_DAY));
	trust = build_trust(b);
	ASSERT_REASON(
		JUDGE(.leaf = PUBLIC_LEAF(.from = -5 * PKI_DAY), .chain = {world.ica.cert}, .trust = trust), VERIFY_OK);
	ASSERT_REASON(JUDGE(.leaf = PUBLIC_LEAF(.from = -5 * PKI_DAY + 1), .chain = {world.ica.cert}, .trust = trust),
		VERIFY_DISTRUSTED);
	/* Who adds a root means it. */
	ASSERT_REASON(
		JUDGE(.leaf = PRIVATE_LEAF(.cn = "x"), .chain = {world.private_ica.cert}, .trust = trust), VERIFY_OK);
	trust_release(trust);
}
END_TEST

START_TEST(revocation_lists_count_when_their_issuer_signed_them)
{
	struct pki_cert impostor = PKI_MAKE(.cn = "Public ICA", .is_ca = true);
	X509 *revoked = PUBLIC_LEAF(.cn = "revoked"), *other = PUBLIC_LEAF(.cn = "other");
	struct {
		struct slice crl;
		enum verify_reason reason;
	} cases[] = {
		{pki_crl(&world.ica, revoked, 0), VERIFY_REVOKED},
		{pki_crl(&world.ica, revoked, 90 * PKI_DAY), VERIFY_REVOKED}, /* out of date */
		{pki_crl(&world.ica, other, 0), VERIFY_OK},
		{pki_crl(&world.ica, NULL, 0), VERIFY_OK},
		{pki_crl(&impostor, revoked, 0), VERIFY_OK},
		{pki_crl(&world.root, world.ica.cert, 0), VERIFY_REVOKED},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct trust_builder *b = world_builder();
		struct problems problems = {0};
		struct trust *trust;

		ck_assert(trust_add_crls(b, cases[i].crl, "crl", &problems));
		trust = build_trust(b);
		for (int twice = 0; twice < 2; twice++)
			ASSERT_REASON(
				JUDGE(.leaf = revoked, .chain = {world.ica.cert}, .trust = trust), cases[i].reason);
		trust_release(trust);
		problems_release(&problems);
	}
}
END_TEST

START_TEST(stapled_status_counts_when_it_is_genuine)
{
	X509 *leaf = PUBLIC_LEAF(.cn = "x"), *other = PUBLIC_LEAF(.cn = "y");
	struct pki_cert responder = PKI_MAKE(.cn = "OCSP", .issuer = &world.ica, .eku = "OCSPSigning", .san = PKI_NONE);
	struct pki_cert no_eku = PKI_MAKE(.cn = "OCSP", .issuer = &world.ica, .eku = "serverAuth", .san = PKI_NONE);
	struct pki_cert expired = PKI_MAKE(.cn = "OCSP", .issuer = &world.ica, .eku = "OCSPSigning", .san = PKI_NONE,
		.from = -9 * PKI_DAY, .until = -1);
	struct pki_cert foreign =
		PKI_MAKE(.cn = "OCSP", .issuer = &world.private_ica, .eku = "OCSPSigning", .san = PKI_NONE);
	struct {
		struct slice staple;
		enum verify_staple result;
	} cases[] = {
		{SLICE_EMPTY, VERIFY_STAPLE_NONE},
		{PKI_OCSP(.about = leaf, .issuer = &world.ica), VERIFY_STAPLE_GOOD},
		{PKI_OCSP(.about = leaf, .issuer = &world.ica, .signer = &responder), VERIFY_STAPLE_GOOD},
		{PKI_OCSP(.about = leaf, .issuer = &world.ica, .signer = &no_eku), VERIFY_STAPLE_USELESS},
		{PKI_OCSP(.about = leaf, .issuer = &world.ica, .signer = &expired), VERIFY_STAPLE_USELESS},
		{PKI_OCSP(.about = leaf, .issuer = &world.ica, .signer = &foreign), VERIFY_STAPLE_USELESS},
		{PKI_OCSP(.about = leaf, .issuer = &world.ica, .signer = &foreign, .status = PKI_REVOKED),
			VERIFY_STAPLE_USELESS},
		{PKI_OCSP(.about = other, .issuer = &world.ica), VERIFY_STAPLE_USELESS},
		{PKI_OCSP(.about = other, .issuer = &world.ica, .status = PKI_REVOKED), VERIFY_STAPLE_USELESS},
		{PKI_OCSP(.about = leaf, .issuer = &world.ica, .from = -9 * PKI_DAY, .until = -1),
			VERIFY_STAPLE_USELESS},
		{PKI_OCSP(.about = leaf, .issuer = &world.ica, .from = PKI_DAY), VERIFY_STAPLE_USELESS},
		{PKI_OCSP(.about = leaf, .issuer = &world.ica, .forged = true), VERIFY_STAPLE_USELESS},
		{PKI_OCSP(.about = leaf, .issuer = &world.ica, .status = PKI_UNKNOWN), VERIFY_STAPLE_USELESS},
		{SLICE("\x30\x03\x0a\x01\x06"), VERIFY_STAPLE_USELESS},
		{SLICE("nonsense"), VERIFY_STAPLE_USELESS},
		{PKI_OCSP(.about = leaf, .issuer = &world.ica, .status = PKI_REVOKED), VERIFY_STAPLE_REVOKED},
		{PKI_OCSP(.about = leaf, .issuer = &world.ica, .status = PKI_REVOKED, .from = -9 * PKI_DAY,
			 .until = -1),
			VERIFY_STAPLE_REVOKED},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct verify_verdict v = JUDGE(.leaf = leaf, .chain = {world.ica.cert}, .staple = cases[i].staple);

		ck_assert_msg(v.staple == cases[i].result, "case %zu: %d", i, v.staple);
		ASSERT_REASON(v, cases[i].result == VERIFY_STAPLE_REVOKED ? VERIFY_REVOKED : VERIFY_OK);
		ck_assert_int_eq(v.valid_until, PKI_NOW + (cases[i].result == VERIFY_STAPLE_GOOD ? 6 : 90) * PKI_DAY);
	}
}
END_TEST

START_TEST(must_staple_needs_a_good_staple)
{
	X509 *leaf = PUBLIC_LEAF(.extra = {{"tlsfeature", "status_request"}});
	struct slice good = PKI_OCSP(.about = leaf, .issuer = &world.ica);
	struct slice old = PKI_OCSP(.about = leaf, .issuer = &world.ica, .from = -9 * PKI_DAY, .until = -1);
	struct verify_verdict later = JUDGE(.leaf = leaf, .chain = {world.ica.cert}, .options = VERIFY_STAPLE_LATER);

	ASSERT_REASON(JUDGE(.leaf = leaf, .chain = {world.ica.cert}), VERIFY_MUST_STAPLE);
	ASSERT_REASON(JUDGE(.leaf = leaf, .chain = {world.ica.cert}, .staple = old), VERIFY_MUST_STAPLE);
	ASSERT_REASON(JUDGE(.leaf = leaf, .chain = {world.ica.cert}, .staple = good), VERIFY_OK);
	ASSERT_REASON(later, VERIFY_OK);
	ck_assert(later.must_staple);
}
END_TEST

START_TEST(only_the_name_asked_for_will_do)
{
	static const struct {
		const char *san, *host;
		enum verify_reason reason;
	} cases[] = {
		{"DNS:www.example.org", "WWW.Example.ORG.", VERIFY_OK},
		{"DNS:WWW.EXAMPLE.ORG", "www.example.org", VERIFY_OK},
		{"DNS:a.example.org,DNS:www.example.org", "www.example.org", VERIFY_OK},
		{"DNS:other.example.org", "www.example.org", VERIFY_NAME_MISMATCH},
		{"DNS:example.org", "www.example.org", VERIFY_NAME_MISMATCH},
		{"DNS:www.example.org.", "www.example.org", VERIFY_NAME_MISMATCH},
		{PKI_NONE, "www.example.org", VERIFY_NAME_MISMATCH},
		{"email:www@example.org", "www.example.org", VERIFY_NAME_MISMATCH},
		{"URI:https://www.example.org/", "www.example.org", VERIFY_NAME_MISMATCH},
		{"DNS:*.example.org", "www.example.org", VERIFY_OK},
		{"DNS:*.example.org", "xn--bcher-kva.example.org", VERIFY_OK},
		{"DNS:*.example.org", "a_b.example.org", VERIFY_OK},
		{"DNS:*.example.org", "example.org", VERIFY_NAME_MISMATCH},
		{"DNS:*.example.org", "a.b.example.org", VERIFY_NAME_MISMATCH},
		{"DNS:f*.example.org", "foo.example.org", VERIFY_NAME_MISMATCH},
		{"DNS:*o.example.org", "foo.example.org", VERIFY_NAME_MISMATCH},
		{"DNS:a.*.example.org", "a.b.example.org", VERIFY_NAME_MISMATCH},
		{"DNS:*.*.example.org", "a.b.example.org", VERIFY_NAME_MISMATCH},
		{"DNS:xn--*.example.org", "xn--bcher-kva.example.org", VERIFY_NAME_MISMATCH},
		{"DNS:*", "localhost", VERIFY_NAME_MISMATCH},
		{"DNS:*.test", "www.test", VERIFY_PUBLIC_SUFFIX},
		{"DNS:*.co.uk", "www.co.uk", VERIFY_PUBLIC_SUFFIX},
		{"DNS:*.co.uk,DNS:shop.co.uk", "shop.co.uk", VERIFY_OK},
		{"IP:192.0.2.1", "192.0.2.1", VERIFY_OK},
		{"IP:192.0.2.2", "192.0.2.1", VERIFY_NAME_MISMATCH},
		{"DNS:192.0.2.1", "192.0.2.1", VERIFY_NAME_MISMATCH},
		{"DNS:www.example.org", "192.0.2.1", VERIFY_NAME_MISMATCH},
		{"IP:2001:db8::1", "2001:db8:0::1", VERIFY_OK},
		{"IP:::ffff:192.0.2.1", "192.0.2.1", VERIFY_NAME_MISMATCH},
		{"IP:192.0.2.1", "::ffff:192.0.2.1", VERIFY_OK},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct verify_verdict v = JUDGE(.leaf = PUBLIC_LEAF(.san = cases[i].san, .cn = cases[i].host),
			.chain = {world.ica.cert}, .host = cases[i].host);

		ck_assert_msg(v.reason == cases[i].reason, "%s for %s: %s", cases[i].san, cases[i].host,
			verify_reason_code(v.reason));
	}
}
END_TEST

START_TEST(hosters_suffixes_are_refused_where_asked)
{
	X509 *leaf = PUBLIC_LEAF(.san = "DNS:*.github.io");

	ASSERT_REASON(JUDGE(.leaf = leaf, .chain = {world.ica.cert}, .host = "a.github.io"), VERIFY_OK);
	ASSERT_REASON(
		JUDGE(.leaf = leaf, .chain = {world.ica.cert}, .host = "a.github.io", .options = VERIFY_ALL_SUFFIXES),
		VERIFY_PUBLIC_SUFFIX);
}
END_TEST

START_TEST(no_name_matches_nothing)
{
	struct hostname none = {.kind = HOSTNAME_NONE};
	X509 *certs[] = {world.ica.cert};
	struct verify_input in = {.trust = world.trust,
		.leaf = PUBLIC_LEAF(.cn = "x"),
		.chain = pki_stack(1, certs),
		.host = &none,
		.now = PKI_NOW};
	struct verify_verdict v;

	verify_chain(&in, &v);
	ASSERT_REASON(v, VERIFY_NAME_MISMATCH);
}
END_TEST

START_TEST(two_faults_are_one_refusal)
{
	struct pki_cert ica = PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = &world.root, .eku = "clientAuth");

	ck_assert(JUDGE(.leaf = PKI_MAKE(.issuer = &ica, .until = -1, .from = -9 * PKI_DAY).cert, .chain = {ica.cert})
			  .reason != VERIFY_OK);
	ck_assert(JUDGE_PUBLIC(.until = -1, .from = -9 * PKI_DAY, .san = "DNS:x.example").reason != VERIFY_OK);
	ck_assert(JUDGE(.leaf = PKI_MAKE(.until = -1, .from = -9 * PKI_DAY).cert).reason != VERIFY_OK);
}
END_TEST

static struct trust *
trust_with_exception(const char *host, X509 *leaf, enum verify_reason reason, int64_t expires)
{
	struct trust_builder *b = world_builder();
	struct trust_exception e = {.host = host_of(host), .reason = reason, .expires = expires};

	ck_assert(trust_spki_digest(EVP_sha256(), leaf, e.leaf_spki));
	ck_assert(trust_add_exception(b, &e, PKI_NOW));
	return build_trust(b);
}

START_TEST(an_exception_lifts_one_fault_of_one_certificate_for_one_host)
{
	X509 *expired = PUBLIC_LEAF(.until = -1, .from = -9 * PKI_DAY);
	X509 *self = PKI_MAKE(.cn = "self").cert;
	X509 *twice = PUBLIC_LEAF(.until = -1, .from = -9 * PKI_DAY, .san = "DNS:other.example,DNS:www.example.org",
		.eku = "clientAuth");
	struct trust *t = trust_with_exception("www.example.org", expired, VERIFY_EXPIRED, PKI_NOW + 10);
	struct verify_verdict v = JUDGE(.leaf = expired, .chain = {world.ica.cert}, .trust = t);

	ASSERT_REASON(v, VERIFY_OK);
	ck_assert_uint_eq(v.excepted, UINT32_C(1) << VERIFY_EXPIRED);
	ck_assert_int_eq(v.valid_until, PKI_NOW + 9);
	ASSERT_REASON(JUDGE(.leaf = expired, .chain = {world.ica.cert}, .trust = t, .at = 10), VERIFY_EXPIRED);
	ASSERT_REASON(
		JUDGE(.leaf = expired, .chain = {world.ica.cert}, .trust = t, .host = "a.example.org"), VERIFY_EXPIRED);
	ASSERT_REASON(
		JUDGE(.leaf = PUBLIC_LEAF(.until = -1, .from = -9 * PKI_DAY), .chain = {world.ica.cert}, .trust = t),
		VERIFY_EXPIRED);
	ASSERT_REASON(JUDGE(.leaf = expired, .trust = t), VERIFY_UNKNOWN_ISSUER);
	trust_release(t);

	t = trust_with_exception("www.example.org", twice, VERIFY_EXPIRED, PKI_NOW + 10);
	ASSERT_REASON(JUDGE(.leaf = twice, .chain = {world.ica.cert}, .trust = t), VERIFY_EKU);
	trust_release(t);

	t = trust_with_exception("www.example.org", self, VERIFY_SELF_SIGNED, PKI_NOW + 10);
	ASSERT_REASON(JUDGE(.leaf = self, .trust = t), VERIFY_OK);
	ASSERT_REASON(JUDGE(.leaf = self, .trust = t, .host = "192.0.2.1"), VERIFY_SELF_SIGNED);
	trust_release(t);

	t = trust_with_exception("b.example", self, VERIFY_NAME_MISMATCH, PKI_NOW + 10);
	ASSERT_REASON(JUDGE(.leaf = self, .trust = t, .host = "b.example"), VERIFY_SELF_SIGNED);
	trust_release(t);
}
END_TEST

START_TEST(the_fault_is_named)
{
	struct pki_cert ica = PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = &world.root, .eku = "clientAuth");
	X509 *leaf = PKI_MAKE(.issuer = &ica).cert;
	struct verify_verdict v = JUDGE(.leaf = leaf, .chain = {ica.cert});
	uint8_t spki[TRUST_DIGEST];

	ck_assert(v.has_fault && trust_spki_digest(EVP_sha256(), ica.cert, spki));
	ck_assert_mem_eq(v.fault_spki, spki, TRUST_DIGEST);
	ck_assert_uint_eq(v.depth, 1);
	ck_assert(trust_spki_digest(EVP_sha256(), leaf, spki));
	ck_assert_mem_eq(v.leaf_spki, spki, TRUST_DIGEST);
}
END_TEST

Suite *
verify_suite(void)
{
	const TTest *const tests[] = {
		ordinary_chains_are_accepted,
		the_leaf_may_also_be_in_the_chain,
		nothing_is_accepted_by_default,
		leaf_without_a_path_to_an_anchor_is_refused,
		dates_hold_to_the_second,
		expired_issuers_are_refused,
		another_valid_path_is_found,
		cross_signed_root_is_not_needed_where_the_root_is_trusted,
		issuers_that_are_no_authority_are_refused,
		path_length_is_kept,
		certificates_for_other_purposes_are_refused,
		vague_purposes_are_noted_below_added_roots_and_refused_below_public_ones,
		leaf_whose_key_may_not_sign_is_refused,
		leaf_that_is_an_authority_is_refused,
		weak_and_odd_keys_are_refused,
		weak_keys_of_issuers_are_refused,
		weak_signatures_are_refused,
		weak_signature_of_a_root_on_itself_does_not_matter,
		two_signature_algorithms_in_one_certificate_are_refused,
		wrong_signatures_are_refused,
		name_constraints_are_kept,
		constraints_only_ever_narrow,
		unknown_critical_extensions_count_only_on_the_path,
		certificates_against_the_profile_are_refused,
		private_pkis_may_omit_what_weakens_nothing,
		malformed_certificates_are_refused,
		our_own_ca_vouches_for_nobody,
		denied_keys_are_refused_wherever_they_are,
		distrusted_roots_keep_what_they_issued_before,
		revocation_lists_count_when_their_issuer_signed_them,
		stapled_status_counts_when_it_is_genuine,
		must_staple_needs_a_good_staple,
		only_the_name_asked_for_will_do,
		hosters_suffixes_are_refused_where_asked,
		no_name_matches_nothing,
		two_faults_are_one_refusal,
		an_exception_lifts_one_fault_of_one_certificate_for_one_host,
		the_fault_is_named,
	};
	Suite *suite = suite_create("verify");
	TCase *tcase = tcase_create("verify");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 60);
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}

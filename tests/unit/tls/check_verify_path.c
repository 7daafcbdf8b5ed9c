/* Paths: which chains lead to an anchor, which certificates may be on them, and who is at fault where none does. */
#include "suites.h"
#include "verify_world.h"

START_TEST(ordinary_chains_are_accepted)
{
	static const enum pki_key keys[] = {PKI_P256, PKI_P384, PKI_P521, PKI_RSA2048, PKI_RSA3072};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		struct verify_verdict v = JUDGE_PUBLIC(.key = keys[i]);

		ASSERT_REASON(v, VERIFY_OK);
		ck_assert(verify_verdict_accepts(&v) && v.below_public_root && v.notes == 0 && v.excepted == 0);
		ck_assert_int_eq(v.valid_from, PKI_NOW - PKI_DAY);
		ck_assert_int_eq(v.valid_until, PKI_NOW + 90 * PKI_DAY);
		ck_assert_uint_eq(v.generation, WORLD_GENERATION);
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
	same_name = PKI_MAKE(.cn = "Private Root", .is_ca = true);
	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &same_name, .aki = PKI_NONE).cert), VERIFY_BAD_SIGNATURE);
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
	world_add_anchor(b, root.cert, TRUST_SYSTEM);
	trust = world_trust(b);
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
		ck_assert(!verify_verdict_accepts(
			&(struct verify_verdict[]){JUDGE(.leaf = leaf, .chain = {others[i]})}[0]));
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

START_TEST(two_faults_are_one_refusal)
{
	struct pki_cert ica = PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = &world.root, .eku = "clientAuth");

	ck_assert(JUDGE(.leaf = PKI_MAKE(.issuer = &ica, .until = -1, .from = -9 * PKI_DAY).cert, .chain = {ica.cert})
			  .reason != VERIFY_OK);
	ck_assert(JUDGE_PUBLIC(.until = -1, .from = -9 * PKI_DAY, .san = "DNS:x.example").reason != VERIFY_OK);
	ck_assert(JUDGE(.leaf = PKI_MAKE(.until = -1, .from = -9 * PKI_DAY).cert).reason != VERIFY_OK);
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

START_TEST(added_server_certificate_is_its_own_anchor)
{
	X509 *self = PKI_MAKE(.cn = "printer", .san = "DNS:printer.internal").cert;
	X509 *other = PKI_MAKE(.cn = "printer", .san = "DNS:printer.internal").cert;
	X509 *old = PKI_MAKE(.cn = "old", .san = "DNS:printer.internal", .from = -9, .until = -1).cert;
	struct trust_builder *b = world_builder();
	struct trust *trust;

	world_add_anchor(b, self, TRUST_ADMIN);
	world_add_anchor(b, old, TRUST_ADMIN);
	trust = world_trust(b);
	ASSERT_REASON(JUDGE(.leaf = self, .trust = trust, .host = "printer.internal"), VERIFY_OK);
	ASSERT_REASON(JUDGE(.leaf = self, .trust = trust, .host = "www.example.org"), VERIFY_NAME_MISMATCH);
	ASSERT_REASON(JUDGE(.leaf = other, .trust = trust, .host = "printer.internal"), VERIFY_SELF_SIGNED);
	ASSERT_REASON(JUDGE(.leaf = old, .trust = trust, .host = "printer.internal"), VERIFY_EXPIRED);
	trust_release(trust);
}
END_TEST

WORLD_SUITE(verify_path, "verify_path", ordinary_chains_are_accepted, the_leaf_may_also_be_in_the_chain,
	nothing_is_accepted_by_default, leaf_without_a_path_to_an_anchor_is_refused, dates_hold_to_the_second,
	expired_issuers_are_refused, another_valid_path_is_found,
	cross_signed_root_is_not_needed_where_the_root_is_trusted, issuers_that_are_no_authority_are_refused,
	path_length_is_kept, wrong_signatures_are_refused, unknown_critical_extensions_count_only_on_the_path,
	two_faults_are_one_refusal, the_fault_is_named, added_server_certificate_is_its_own_anchor)

/* Single certificates: purposes, keys, signature algorithms, encoding and profile. */
#include "suites.h"
#include "verify_world.h"

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
		{PKI_RSA512, VERIFY_WEAK_KEY},
		{PKI_RSA1016, VERIFY_WEAK_KEY},
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
		world_add_anchor(b, root.cert, TRUST_SYSTEM);
		trust = world_trust(b);
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

	world_add_anchor(b, rsa_root.cert, TRUST_ADMIN);
	trust = world_trust(b);
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

	world_add_anchor(b, root.cert, TRUST_SYSTEM);
	trust = world_trust(b);
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
	for (int critical = 0; critical < 2; critical++) {
		struct pki_cert ica = PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = &world.root,
			.extra = {{"policyConstraints",
				critical ? "critical,requireExplicitPolicy:3" : "requireExplicitPolicy:3"}});

		ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &ica).cert, .chain = {ica.cert}),
			critical ? VERIFY_OK : VERIFY_PROFILE);
	}
}
END_TEST

START_TEST(private_pkis_may_omit_what_weakens_nothing)
{
	struct pki_cert root = PKI_MAKE(.cn = "plain", .is_ca = true, .bc = "CA:TRUE", .ku = PKI_NONE, .ski = PKI_NONE,
		.aki = PKI_NONE);
	struct trust_builder *b = world_builder();
	struct trust *trust;
	struct verify_verdict v;

	world_add_anchor(b, root.cert, TRUST_ADMIN);
	trust = world_trust(b);
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

WORLD_SUITE(verify_cert, "verify_cert", certificates_for_other_purposes_are_refused,
	vague_purposes_are_noted_below_added_roots_and_refused_below_public_ones,
	leaf_whose_key_may_not_sign_is_refused, leaf_that_is_an_authority_is_refused, weak_and_odd_keys_are_refused,
	weak_keys_of_issuers_are_refused, weak_signatures_are_refused,
	weak_signature_of_a_root_on_itself_does_not_matter, two_signature_algorithms_in_one_certificate_are_refused,
	certificates_against_the_profile_are_refused, private_pkis_may_omit_what_weakens_nothing,
	malformed_certificates_are_refused)

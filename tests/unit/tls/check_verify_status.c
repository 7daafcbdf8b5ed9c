/* What is known about keys and certificates beyond the chain: our own CA, denied and distrusted keys, revocation,
 * stapled responses, exceptions. */
#include "suites.h"
#include "verify_world.h"

START_TEST(our_own_ca_vouches_for_nobody)
{
	struct pki_cert ica = PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = &world.own_ca);
	/* Another certificate for the same key, from an authority that is trusted. */
	struct pki_cert cross =
		PKI_MAKE(.cn = "Our own CA", .is_ca = true, .issuer = &world.root, .use_key = world.own_ca.key);
	X509 *leaf = PKI_MAKE(.issuer = &world.own_ca).cert;
	struct trust_builder *b = world_builder();
	struct trust *trust;

	world_add_anchor(b, world.own_ca.cert, TRUST_SYSTEM);
	trust = world_trust(b);
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
	world_add_anchor(b, evil_root.cert, TRUST_SYSTEM);
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
	trust = world_trust(b);
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
		trust = world_trust(b);
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

static struct trust *
trust_with_exception(const char *host, X509 *leaf, enum verify_reason reason, int64_t expires)
{
	struct trust_builder *b = world_builder();
	struct trust_exception e = {.host = world_host(host), .reason = reason, .expires = expires};

	ck_assert(trust_spki_digest(EVP_sha256(), leaf, e.leaf_spki));
	ck_assert(trust_add_exception(b, &e, PKI_NOW));
	return world_trust(b);
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

START_TEST(library_context_of_ones_own_is_enough)
{
	OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new();
	struct trust_builder *b = trust_builder_new(libctx);
	struct pki_cert leaf = PKI_MAKE(.issuer = &world.ica, .extra = {{"tlsfeature", "status_request"}});
	struct slice der = pki_der(leaf.cert), ica_der = pki_der(world.ica.cert);
	struct slice staple = PKI_OCSP(.about = leaf.cert, .issuer = &world.ica);
	struct slice revoked = PKI_OCSP(.about = leaf.cert, .issuer = &world.ica, .status = PKI_REVOKED);
	const unsigned char *at = (const unsigned char *)der.ptr, *ica_at = (const unsigned char *)ica_der.ptr;
	X509 *own_leaf = X509_new_ex(libctx, NULL), *own_ica = X509_new_ex(libctx, NULL);
	struct problems problems = {0};
	struct trust *trust;

	world_add_anchor(b, world.root.cert, TRUST_SYSTEM);
	ck_assert(trust_add_crls(b, pki_crl(&world.ica, world.ica.cert, 0), "crl", &problems));
	trust = world_trust(b);
	ck_assert_ptr_eq(trust_libctx(trust), libctx);
	ck_assert(d2i_X509(&own_leaf, &at, (long)der.len) && d2i_X509(&own_ica, &ica_at, (long)ica_der.len));
	ASSERT_REASON(JUDGE(.leaf = own_leaf, .chain = {own_ica}, .trust = trust, .staple = staple), VERIFY_OK);
	ASSERT_REASON(JUDGE(.leaf = own_leaf, .chain = {own_ica}, .trust = trust, .staple = revoked), VERIFY_REVOKED);
	ASSERT_REASON(JUDGE(.leaf = own_leaf, .chain = {own_ica}, .trust = trust), VERIFY_MUST_STAPLE);
	X509_free(own_leaf);
	X509_free(own_ica);
	trust_release(trust);
	OSSL_LIB_CTX_free(libctx);
}
END_TEST

WORLD_SUITE(verify_status, "verify_status", our_own_ca_vouches_for_nobody, denied_keys_are_refused_wherever_they_are,
	distrusted_roots_keep_what_they_issued_before, revocation_lists_count_when_their_issuer_signed_them,
	stapled_status_counts_when_it_is_genuine, must_staple_needs_a_good_staple,
	library_context_of_ones_own_is_enough, an_exception_lifts_one_fault_of_one_certificate_for_one_host)

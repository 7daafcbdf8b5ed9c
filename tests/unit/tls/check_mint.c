/* The mint: what a leaf is, and what is refused. */
#include "suites.h"

#include "mint_fixture.h"
#include "tls/leaf_spki.h"
#include "tls/mint_rate.h"
#include "tls/x509_time.h"

#include <openssl/ec.h>
#include <openssl/x509v3.h>
#include <stdio.h>

static void
assert_refused(struct mint_fixture *fixture, const char *status)
{
	struct leaf_name name = DNS("www.example.com");
	struct mint_request request = fixture->request;
	struct minted minted;

	if (request.names == NULL) {
		request.names = &name;
		request.name_count = 1;
	}
	ck_assert_str_eq(mint_status_name(mint_issue(fixture->mint, &request, NOW, &minted)), status);
}

START_TEST(strict_client_accepts_a_leaf)
{
	struct mint_fixture f = mint_fixture_make();
	X509 *leaf = fixture_issue(&f);
	char error[128];

	ck_assert_msg(fixture_verifies(leaf, f.trusted, NULL, error), "%s", error);
	ck_assert_int_eq(X509_check_host(leaf, "www.example.com", 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL), 1);
	ck_assert_int_ne(X509_check_host(leaf, "example.com", 0, 0, NULL), 1);
	ck_assert(!fixture_verifies(leaf, f.untrusted, NULL, error));
	X509_free(leaf);
	mint_fixture_release(&f);
}
END_TEST

START_TEST(leaf_of_an_rsa_ca_is_accepted_and_signed_with_sha256)
{
	struct mint_fixture f = mint_fixture_with(CA_KEY_RSA3072, 0, NOW);
	X509 *leaf = fixture_issue(&f);
	char error[128];

	ck_assert_msg(fixture_verifies(leaf, f.trusted, NULL, error), "%s", error);
	ck_assert_int_eq(X509_get_signature_nid(leaf), NID_sha256WithRSAEncryption);
	X509_free(leaf);
	mint_fixture_release(&f);
}
END_TEST

START_TEST(other_implementations_accept_a_leaf)
{
	/* certtool knows no other time than now. */
	struct mint_fixture f = mint_fixture_with(CA_KEY_P256, 0, time(NULL));
	char *directory = fixture_directory();
	X509 *leaf = fixture_issue(&f);

	fixture_write_pem(directory, "ca.pem", f.trusted);
	fixture_write_pem(directory, "leaf.pem", leaf);
	ck_assert_int_eq(fixture_run("openssl verify -x509_strict -purpose sslserver -verify_hostname www.example.com "
				     "-CAfile %s/ca.pem %s/leaf.pem >/dev/null",
				 directory, directory),
		0);
	if (fixture_run("command -v certtool >/dev/null") == 0)
		ck_assert_int_eq(fixture_run("certtool --verify --verify-hostname www.example.com "
					     "--verify-profile high --verify-purpose 1.3.6.1.5.5.7.3.1 "
					     "--load-ca-certificate %s/ca.pem --infile %s/leaf.pem >/dev/null",
					 directory, directory),
			0);
	X509_free(leaf);
	fixture_remove(directory);
	mint_fixture_release(&f);
}
END_TEST

START_TEST(leaf_has_a_key_of_its_own_and_key_ids_that_link_it_to_the_ca)
{
	struct mint_fixture f = mint_fixture_make();
	X509 *leaf = fixture_issue(&f);
	const ASN1_OCTET_STRING *leaf_id = X509_get0_subject_key_id(leaf);
	const ASN1_OCTET_STRING *authority = X509_get0_authority_key_id(leaf);
	const ASN1_OCTET_STRING *ca_id = X509_get0_subject_key_id(f.trusted);

	ck_assert_int_eq(EVP_PKEY_eq(X509_get0_pubkey(leaf), f.key), 1);
	ck_assert_int_ne(EVP_PKEY_eq(X509_get0_pubkey(leaf), X509_get0_pubkey(f.trusted)), 1);
	ck_assert_ptr_nonnull(leaf_id);
	ck_assert_ptr_nonnull(authority);
	ck_assert_int_eq(ASN1_OCTET_STRING_cmp(authority, ca_id), 0);
	ck_assert_int_ne(ASN1_OCTET_STRING_cmp(leaf_id, ca_id), 0);
	ck_assert_ptr_null(X509_get0_authority_serial(leaf));
	X509_free(leaf);
	mint_fixture_release(&f);
}
END_TEST

START_TEST(names_are_copied_exactly_and_in_order)
{
	static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	struct mint_fixture f = mint_fixture_make();
	const struct leaf_name names[] = {DNS("WWW.Example.com"), DNS("*.example.com"), IP("\xc0\x00\x02\x01"),
		{LEAF_NAME_IP, slice_make(v6, sizeof v6)}, DNS("xn--bcher-kva.example"), DNS("_dmarc.a_b.example"),
		DNS("-a.b-.example"), DNS("localhost")};
	size_t count = sizeof names / sizeof names[0];
	GENERAL_NAMES *have;
	X509 *leaf;

	f.request.names = names;
	f.request.name_count = count;
	leaf = fixture_issue(&f);
	have = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	ck_assert_int_eq(sk_GENERAL_NAME_num(have), (int)count);
	for (size_t i = 0; i < count; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(have, (int)i);
		const ASN1_STRING *text = name->type == GEN_DNS ? name->d.dNSName : name->d.iPAddress;

		ck_assert_int_eq(name->type, names[i].kind == LEAF_NAME_DNS ? GEN_DNS : GEN_IPADD);
		ck_assert(slice_eq(
			slice_make(ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text)), names[i].bytes));
	}
	GENERAL_NAMES_free(have);
	X509_free(leaf);
	mint_fixture_release(&f);
}
END_TEST

START_TEST(leaf_is_for_servers_only_and_never_a_ca)
{
	/* Every extension that a leaf has, and whether it is critical; nothing of an origin's can be among them. */
	static const struct {
		int nid;
		int critical;
	} want[] = {{NID_basic_constraints, 1}, {NID_key_usage, 1}, {NID_ext_key_usage, 0},
		{NID_authority_key_identifier, 0}, {NID_subject_key_identifier, 0}, {NID_subject_alt_name, 0}};
	struct mint_fixture f = mint_fixture_make();
	X509 *leaf = fixture_issue(&f);

	ck_assert_int_eq(X509_get_version(leaf), X509_VERSION_3);
	ck_assert_int_eq(X509_get_ext_count(leaf), (int)(sizeof want / sizeof want[0]));
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		X509_EXTENSION *extension = X509_get_ext(leaf, (int)i);

		ck_assert_int_eq(OBJ_obj2nid(X509_EXTENSION_get_object(extension)), want[i].nid);
		ck_assert_int_eq(X509_EXTENSION_get_critical(extension), want[i].critical);
	}
	ck_assert_int_eq(X509_check_ca(leaf), 0);
	ck_assert_uint_eq(X509_get_key_usage(leaf), KU_DIGITAL_SIGNATURE);
	ck_assert_uint_eq(X509_get_extended_key_usage(leaf), XKU_SSL_SERVER);
	ck_assert_int_eq(X509_get_signature_nid(leaf), NID_ecdsa_with_SHA256);
	X509_free(leaf);
	mint_fixture_release(&f);
}
END_TEST

START_TEST(serials_are_random_positive_and_never_repeated)
{
	enum { LEAVES = 100 };
	struct mint_fixture f = mint_fixture_make();
	char *serials[LEAVES];

	for (int i = 0; i < LEAVES; i++) {
		X509 *leaf = fixture_issue(&f);
		BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(leaf), NULL);

		ck_assert(!BN_is_negative(number) && !BN_is_zero(number));
		ck_assert_int_le(BN_num_bytes(number), 20);
		ck_assert_int_ge(BN_num_bits(number), 120);
		serials[i] = BN_bn2hex(number);
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(serials[i], serials[j]);
		BN_free(number);
		X509_free(leaf);
	}
	for (int i = 0; i < LEAVES; i++)
		OPENSSL_free(serials[i]);
	mint_fixture_release(&f);
}
END_TEST

START_TEST(dates_are_cut_to_the_life_of_the_ca)
{
	struct mint_fixture f = mint_fixture_with(CA_KEY_P256, 10, NOW);
	const struct ca *ca = mint_issuer(f.mint, MINT_TRUSTED);
	X509 *leaf;

	f.request.not_before = NOW - 5 * DAY;
	f.request.not_after = NOW + 40 * DAY;
	leaf = fixture_issue(&f);
	ck_assert_int_eq(x509_time_seconds(X509_get0_notBefore(leaf)), ca->not_before);
	ck_assert_int_eq(x509_time_seconds(X509_get0_notAfter(leaf)), ca->not_after);
	X509_free(leaf);
	mint_fixture_release(&f);
}
END_TEST

START_TEST(dates_within_the_cas_life_are_kept_to_the_second)
{
	struct mint_fixture f = mint_fixture_make();
	X509 *leaf;

	f.request.not_before = NOW - 3601;
	f.request.not_after = NOW + 6 * 3600 + 1;
	leaf = fixture_issue(&f);
	ck_assert_int_eq(x509_time_seconds(X509_get0_notBefore(leaf)), NOW - 3601);
	ck_assert_int_eq(x509_time_seconds(X509_get0_notAfter(leaf)), NOW + 6 * 3600 + 1);
	X509_free(leaf);
	mint_fixture_release(&f);
}
END_TEST

START_TEST(wrong_dates_are_refused)
{
	static const struct {
		int64_t not_before, not_after;
	} wrong[] = {
		{NOW, NOW + MINT_LIFE_MAX_SECONDS + 1}, /* a second more than 46 days */
		{NOW - 40 * DAY, NOW + 6 * DAY},        /* 46 days and a second, most of it backdated */
		{NOW + DAY, NOW},                       /* reversed */
		{NOW - 2 * DAY, NOW - 1},               /* over */
		{INT64_MIN, INT64_MAX},
		{INT64_MAX - 1, INT64_MAX},
		{INT64_MIN, INT64_MIN + 1},
	};
	struct mint_fixture f = mint_fixture_make();

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		f.request.not_before = wrong[i].not_before;
		f.request.not_after = wrong[i].not_after;
		assert_refused(&f, "dates_refused");
	}
	mint_fixture_release(&f);
}
END_TEST

START_TEST(untrusted_leaf_mirrors_an_expired_origin_and_is_trusted_by_nobody)
{
	struct mint_fixture f = mint_fixture_make();
	char error[128];
	X509 *leaf;

	f.request.issuer = MINT_UNTRUSTED;
	f.request.not_before = NOW - 40 * DAY;
	f.request.not_after = NOW - 20 * DAY;
	leaf = fixture_issue(&f);
	ck_assert_int_eq(x509_time_seconds(X509_get0_notAfter(leaf)), NOW - 20 * DAY);
	ck_assert(!fixture_verifies(leaf, f.trusted, NULL, error));
	ck_assert_str_eq(error, "unable to get local issuer certificate");
	ck_assert_int_eq(X509_check_issued(f.untrusted, leaf), X509_V_OK);
	X509_free(leaf);
	mint_fixture_release(&f);
}
END_TEST

START_TEST(expired_ca_issues_nothing)
{
	struct mint_fixture f = mint_fixture_with(CA_KEY_P256, 1, NOW);
	struct leaf_name name = DNS("www.example.com");
	struct minted minted;

	f.request.names = &name;
	f.request.name_count = 1;
	f.request.not_before = NOW + DAY;
	ck_assert_int_eq(mint_issue(f.mint, &f.request, NOW + DAY, &minted), MINT_OK);
	ck_assert_int_eq(mint_issue(f.mint, &f.request, NOW + DAY + 1, &minted), MINT_ISSUER_EXPIRED);
	ck_assert_int_eq(mint_issue(f.mint, &f.request, NOW - 2 * DAY, &minted), MINT_ISSUER_EXPIRED);
	mint_fixture_release(&f);
}
END_TEST

START_TEST(names_that_are_no_names_are_refused)
{
	const struct leaf_name wrong[] = {DNS(""), DNS("*"), DNS("*.com"), DNS("w*.example.com"),
		DNS("a.*.example.com"), DNS("*.*.example.com"), DNS("www.example.com."), DNS(".example.com"),
		DNS("www..example.com"), DNS("www.exa mple.com"), DNS("www.example.com\0.evil.test"),
		DNS("b\xc3\xbc"
		    "cher.example"),
		DNS("https://example.com"), DNS("a,DNS:b.example"), DNS("a\"b.example"),
		DNS("abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcd.example"), IP(""),
		IP("\x7f\x00\x01"), IP("127.0.0.1"), {7, SLICE("www.example.com")}};
	struct mint_fixture f = mint_fixture_make();

	f.request.name_count = 1;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		f.request.names = &wrong[i];
		assert_refused(&f, "name_refused");
	}
	f.request.name_count = 0;
	assert_refused(&f, "name_refused");
	mint_fixture_release(&f);
}
END_TEST

START_TEST(one_wrong_name_among_many_refuses_the_leaf)
{
	struct mint_fixture f = mint_fixture_make();
	const struct leaf_name names[] = {DNS("a.example"), DNS("b.example"), DNS("*.com")};

	f.request.names = names;
	f.request.name_count = 3;
	assert_refused(&f, "name_refused");
	mint_fixture_release(&f);
}
END_TEST

START_TEST(issuers_own_keys_are_never_certified)
{
	struct mint_fixture f = mint_fixture_make();
	X509 *issuers[] = {f.trusted, f.untrusted};

	for (int i = 0; i < 2; i++) {
		f.request.spki = fixture_spki(X509_get0_pubkey(issuers[i]));
		assert_refused(&f, "issuers_key");
		OPENSSL_free((void *)f.request.spki.ptr);
	}
	mint_fixture_release(&f);
}
END_TEST

START_TEST(keys_that_are_not_ours_are_refused)
{
	EVP_PKEY *wrong[] = {EVP_RSA_gen(1024), EVP_EC_gen("P-384"), EVP_EC_gen("secp256k1"),
		EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};
	struct mint_fixture f = mint_fixture_make();

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		f.request.spki = fixture_spki(wrong[i]);
		assert_refused(&f, "key_refused");
		OPENSSL_free((void *)f.request.spki.ptr);
		EVP_PKEY_free(wrong[i]);
	}
	mint_fixture_release(&f);
}
END_TEST

START_TEST(public_keys_with_any_changed_header_byte_or_off_the_curve_are_refused)
{
	struct mint_fixture f = mint_fixture_make();
	uint8_t spki[LEAF_P256_SPKI_BYTES + 1];

	memcpy(spki, f.request.spki.ptr, LEAF_P256_SPKI_BYTES);
	for (size_t i = 0; i <= LEAF_P256_SPKI_BYTES - LEAF_P256_POINT_BYTES; i++) {
		spki[i] ^= 1;
		f.request.spki = slice_make(spki, LEAF_P256_SPKI_BYTES);
		assert_refused(&f, "key_refused");
		spki[i] ^= 1;
	}
	spki[LEAF_P256_SPKI_BYTES - 1] ^= 1; /* another y: not on the curve */
	assert_refused(&f, "key_refused");
	spki[LEAF_P256_SPKI_BYTES - 1] ^= 1;
	f.request.spki = slice_make(spki, LEAF_P256_SPKI_BYTES + 1);
	assert_refused(&f, "key_refused");
	f.request.spki = slice_make(spki, LEAF_P256_SPKI_BYTES - 1);
	assert_refused(&f, "key_refused");
	f.request.spki = SLICE_EMPTY;
	assert_refused(&f, "key_refused");
	mint_fixture_release(&f);
}
END_TEST

START_TEST(rsa_key_of_2048_bits_is_certified)
{
	struct mint_fixture f = mint_fixture_make();
	EVP_PKEY *rsa = EVP_RSA_gen(2048);
	char error[128];
	X509 *leaf;

	f.request.spki = fixture_spki(rsa);
	leaf = fixture_issue(&f);
	ck_assert_msg(fixture_verifies(leaf, f.trusted, NULL, error), "%s", error);
	ck_assert_int_eq(EVP_PKEY_eq(X509_get0_pubkey(leaf), rsa), 1);
	OPENSSL_free((void *)f.request.spki.ptr);
	X509_free(leaf);
	EVP_PKEY_free(rsa);
	mint_fixture_release(&f);
}
END_TEST

START_TEST(name_too_long_for_a_subject_leaves_it_empty_and_the_names_critical)
{
	struct mint_fixture f = mint_fixture_make();
	const struct leaf_name fits = DNS("a123456789b123456789c123456789.d123456789e123456789f.example.com");
	const struct leaf_name too_long = DNS("a123456789b123456789c123456789.d123456789e123456789f1.example.com");
	char common_name[128], error[128];
	int critical;
	X509 *leaf;

	ck_assert_uint_eq(fits.bytes.len, 64);
	ck_assert_uint_eq(too_long.bytes.len, 65);
	f.request.name_count = 1;
	f.request.names = &too_long;
	leaf = fixture_issue(&f);
	ck_assert_int_eq(X509_NAME_entry_count(X509_get_subject_name(leaf)), 0);
	GENERAL_NAMES_free(X509_get_ext_d2i(leaf, NID_subject_alt_name, &critical, NULL));
	ck_assert_int_eq(critical, 1);
	ck_assert_msg(fixture_verifies(leaf, f.trusted, NULL, error), "%s", error);
	ck_assert_int_eq(X509_check_host(leaf, too_long.bytes.ptr, too_long.bytes.len, 0, NULL), 1);
	X509_free(leaf);

	f.request.names = &fits;
	leaf = fixture_issue(&f);
	ck_assert_int_eq(
		X509_NAME_get_text_by_NID(X509_get_subject_name(leaf), NID_commonName, common_name, sizeof common_name),
		64);
	GENERAL_NAMES_free(X509_get_ext_d2i(leaf, NID_subject_alt_name, &critical, NULL));
	ck_assert_int_eq(critical, 0);
	X509_free(leaf);

	f.request.names = &IP("\xc0\x00\x02\x01");
	leaf = fixture_issue(&f);
	ck_assert_int_eq(X509_NAME_entry_count(X509_get_subject_name(leaf)), 0);
	ck_assert_int_eq(X509_check_ip_asc(leaf, "192.0.2.1", 0), 1);
	X509_free(leaf);
	mint_fixture_release(&f);
}
END_TEST

START_TEST(leaf_with_as_many_names_as_allowed_stays_below_64_kib)
{
	static char texts[MINT_NAMES_MAX][32];
	static struct leaf_name names[MINT_NAMES_MAX];
	struct mint_fixture f = mint_fixture_make();
	char error[128];
	X509 *leaf;

	for (size_t i = 0; i < MINT_NAMES_MAX; i++) {
		snprintf(texts[i], sizeof texts[i], "host-%04zu.some.example.com", i);
		names[i] = (struct leaf_name){LEAF_NAME_DNS, slice_of(texts[i])};
	}
	f.request.names = names;
	f.request.name_count = MINT_NAMES_MAX;
	leaf = fixture_issue(&f);
	ck_assert_int_le(i2d_X509(leaf, NULL), 65536);
	ck_assert_msg(fixture_verifies(leaf, f.trusted, NULL, error), "%s", error);
	ck_assert_int_eq(X509_check_host(leaf, "host-1999.some.example.com", 0, 0, NULL), 1);
	X509_free(leaf);
	mint_fixture_release(&f);
}
END_TEST

START_TEST(leaf_that_would_not_fit_is_refused)
{
	static char text[HOST_NAME_LEN_MAX + 1];
	static struct leaf_name names[300];
	struct mint_fixture f = mint_fixture_make();

	for (size_t i = 0; i < HOST_NAME_LEN_MAX; i++)
		text[i] = i % 2 ? '.' : 'a';
	for (size_t i = 0; i < 300; i++)
		names[i] = (struct leaf_name){LEAF_NAME_DNS, slice_of(text)};
	f.request.names = names;
	f.request.name_count = 300;
	assert_refused(&f, "too_long");
	f.request.name_count = 200;
	X509_free(fixture_issue(&f));
	mint_fixture_release(&f);
}
END_TEST

START_TEST(rate_lets_a_burst_through_and_then_one_each_interval)
{
	struct mint_rate rate = mint_rate_make(10, 3);
	uint64_t second = 1000000000u, now = 5 * second, wait = 0;

	for (int i = 0; i < 3; i++)
		ck_assert(mint_rate_take(&rate, now, &wait));
	ck_assert(!mint_rate_take(&rate, now, &wait));
	ck_assert_uint_eq(wait, second / 10);
	ck_assert(!mint_rate_take(&rate, now + second / 10 - 1, &wait));
	ck_assert(mint_rate_take(&rate, now + second / 10, &wait));
	ck_assert(!mint_rate_take(&rate, now + second / 10, &wait));
	now += 60 * second; /* a long pause fills it to the burst, not beyond */
	for (int i = 0; i < 3; i++)
		ck_assert(mint_rate_take(&rate, now, &wait));
	ck_assert(!mint_rate_take(&rate, now, &wait));
}
END_TEST

UNIT_SLOW_SUITE(mint, "mint", strict_client_accepts_a_leaf, leaf_of_an_rsa_ca_is_accepted_and_signed_with_sha256,
	other_implementations_accept_a_leaf, leaf_has_a_key_of_its_own_and_key_ids_that_link_it_to_the_ca,
	names_are_copied_exactly_and_in_order, leaf_is_for_servers_only_and_never_a_ca,
	serials_are_random_positive_and_never_repeated, dates_are_cut_to_the_life_of_the_ca,
	dates_within_the_cas_life_are_kept_to_the_second, wrong_dates_are_refused,
	untrusted_leaf_mirrors_an_expired_origin_and_is_trusted_by_nobody, expired_ca_issues_nothing,
	names_that_are_no_names_are_refused, one_wrong_name_among_many_refuses_the_leaf,
	issuers_own_keys_are_never_certified, keys_that_are_not_ours_are_refused,
	public_keys_with_any_changed_header_byte_or_off_the_curve_are_refused, rsa_key_of_2048_bits_is_certified,
	name_too_long_for_a_subject_leaves_it_empty_and_the_names_critical,
	leaf_with_as_many_names_as_allowed_stays_below_64_kib, leaf_that_would_not_fit_is_refused,
	rate_lets_a_burst_through_and_then_one_each_interval)

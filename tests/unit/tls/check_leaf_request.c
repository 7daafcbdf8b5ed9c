/* From an origin's certificate to a leaf: what is copied, what is not, and that a fault stays a fault. */
#include "suites.h"

#include "mint_fixture.h"
#include "tls/leaf_request.h"

#include <openssl/conf.h>
#include <openssl/ec.h>
#include <openssl/x509v3.h>
#include <stdio.h>

_Static_assert(LEAF_DAYS_MAX * 86400 - 1 == MINT_LIFE_MAX_SECONDS, "what is asked for is what may be issued");

/* An origin's certificate, self-signed with SHA-512, and with everything in it that must not be copied. */
static X509 *
origin(const char *names, int64_t not_before, int64_t not_after)
{
	const struct {
		int nid;
		const char *value;
	} extensions[] = {{NID_subject_alt_name, names}, {NID_basic_constraints, "critical,CA:TRUE"},
		{NID_key_usage, "critical,keyCertSign,keyEncipherment"}, {NID_ext_key_usage, "clientAuth,codeSigning"},
		{NID_info_access, "OCSP;URI:http://ocsp.example/"},
		{NID_crl_distribution_points, "URI:http://crl.example/"}, {NID_certificate_policies, "2.23.140.1.1"},
		{NID_tlsfeature, "status_request"}};
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	CONF *sections = NCONF_new(NULL); /* none; some extensions look for them all the same */
	X509V3_CTX context;

	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	X509V3_set_nconf(&context, sections);
	X509_set_version(certificate, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 4711);
	ASN1_TIME_set(X509_getm_notBefore(certificate), not_before);
	ASN1_TIME_set(X509_getm_notAfter(certificate), not_after);
	X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName, MBSTRING_ASC,
		(const unsigned char *)"common.example", -1, -1, 0);
	X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
	X509_set_pubkey(certificate, key);
	for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
		X509_EXTENSION *extension;

		if (extensions[i].value == NULL)
			continue;
		extension = X509V3_EXT_nconf_nid(sections, &context, extensions[i].nid, extensions[i].value);
		ck_assert_msg(extension != NULL, "%s", extensions[i].value);
		X509_add_ext(certificate, extension, -1);
		X509_EXTENSION_free(extension);
	}
	ck_assert_int_ne(X509_sign(certificate, key, EVP_sha512()), 0);
	NCONF_free(sections);
	EVP_PKEY_free(key);
	return certificate;
}

/* The decoded request; `message` holds its bytes. */
static struct mint_request
decode(const struct buffer *message)
{
	static struct leaf_name names[MINT_NAMES_MAX];
	struct mint_request request;

	ck_assert(mint_request_decode(buffer_slice(message), names, &request));
	return request;
}

static struct mint_request
mirror(X509 *certificate, struct buffer *message)
{
	*message = buffer_make(MINT_REQUEST_MAX);
	ck_assert_int_eq(leaf_request_mirror(certificate, SLICE("spki"), LEAF_DAYS_MAX, NOW, message), LEAF_REQUEST_OK);
	return decode(message);
}

static void
assert_name(const struct mint_request *request, size_t index, const char *text)
{
	char have[LEAF_NAME_TEXT_MAX];

	ck_assert_uint_lt(index, request->name_count);
	ck_assert_str_eq(leaf_name_format(&request->names[index], have), text);
}

START_TEST(names_of_the_origin_are_mirrored_exactly_and_nothing_is_added)
{
	X509 *certificate = origin("DNS:b.example,DNS:*.A.example,IP:192.0.2.7,IP:2001:db8::7,DNS:under_score.example",
		NOW - DAY, NOW + DAY);
	struct buffer message;
	struct mint_request request = mirror(certificate, &message);

	ck_assert_int_eq(request.issuer, MINT_TRUSTED);
	ck_assert_uint_eq(request.name_count, 5);
	assert_name(&request, 0, "DNS:b.example");
	assert_name(&request, 1, "DNS:*.A.example");
	assert_name(&request, 2, "IP:192.0.2.7");
	assert_name(&request, 3, "IP:2001:db8::7");
	assert_name(&request, 4, "DNS:under_score.example");
	assert_slice(request.spki, "spki");
	buffer_release(&message);
	X509_free(certificate);
}
END_TEST

START_TEST(names_that_no_client_can_ask_for_are_left_out)
{
	X509 *certificate =
		origin("email:a@b.example,URI:https://u.example/,DNS:*,DNS:*.com,DNS:a..b,DNS:w*.example.com,"
		       "DNS:good.example,DNS:bad name.example,otherName:1.2.3.4;UTF8:x",
			NOW - DAY, NOW + DAY);
	struct buffer message;
	struct mint_request request = mirror(certificate, &message);

	ck_assert_uint_eq(request.name_count, 1);
	assert_name(&request, 0, "DNS:good.example");
	buffer_release(&message);
	X509_free(certificate);
}
END_TEST

START_TEST(origin_without_a_usable_name_gets_no_leaf)
{
	const char *const names[] = {NULL, "email:a@b.example", "DNS:*,DNS:*.com"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		X509 *certificate = origin(names[i], NOW - DAY, NOW + DAY);
		struct buffer message = buffer_make(MINT_REQUEST_MAX);

		ck_assert_int_eq(leaf_request_mirror(certificate, SLICE("spki"), LEAF_DAYS_MAX, NOW, &message),
			LEAF_REQUEST_NO_NAMES);
		ck_assert_uint_eq(buffer_len(&message), 0);
		X509_free(certificate);
	}
}
END_TEST

START_TEST(dates_stay_within_the_origins_and_46_days)
{
	const int64_t life = LEAF_DAYS_MAX * 86400 - 1;
	const struct {
		struct leaf_dates origin, leaf;
	} cases[] = {
		{{NOW - 400 * DAY, NOW + 500 * DAY}, {NOW - DAY, NOW - DAY + life}},
		{{NOW - 3600, NOW + 5 * 3600}, {NOW - 3600, NOW + 5 * 3600}},
		{{NOW - 300 * DAY, NOW + DAY}, {NOW - DAY, NOW + DAY}},
		{{NOW - 300 * DAY, NOW}, {NOW - DAY, NOW}},
		/* expired: over at the same second */
		{{NOW - 300 * DAY, NOW - 1}, {NOW - 1 - life, NOW - 1}},
		{{NOW - 20 * DAY, NOW - 10 * DAY}, {NOW - 20 * DAY, NOW - 10 * DAY}},
		/* not yet valid: begins at the same second */
		{{NOW + 1, NOW + 300 * DAY}, {NOW + 1, NOW + 1 + life}},
		/* reversed: never valid, so over */
		{{NOW + DAY, NOW - DAY}, {NOW - 2 * DAY, NOW - DAY}},
		{{0, 253402300799}, {NOW - DAY, NOW - DAY + life}},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct leaf_dates leaf = leaf_request_dates(cases[i].origin, LEAF_DAYS_MAX, NOW);

		ck_assert_int_eq(leaf.not_before, cases[i].leaf.not_before);
		ck_assert_int_eq(leaf.not_after, cases[i].leaf.not_after);
		ck_assert_int_le(leaf.not_after - leaf.not_before, MINT_LIFE_MAX_SECONDS);
	}
}
END_TEST

START_TEST(a_shorter_life_may_be_asked_for_and_a_longer_one_may_not)
{
	const struct leaf_dates origin_dates = {NOW - 400 * DAY, NOW + 500 * DAY};
	struct leaf_dates leaf = leaf_request_dates(origin_dates, 7, NOW);

	ck_assert_int_eq(leaf.not_after - leaf.not_before, 7 * DAY - 1);
	leaf = leaf_request_dates(origin_dates, 398, NOW);
	ck_assert_int_eq(leaf.not_after - leaf.not_before, MINT_LIFE_MAX_SECONDS);
	leaf = leaf_request_dates((struct leaf_dates){NOW - DAY, NOW + 2 * DAY}, 7, NOW);
	ck_assert_int_eq(leaf.not_after, NOW + 2 * DAY);
}
END_TEST

START_TEST(excepted_origin_gets_a_trusted_leaf_for_the_one_name_until_the_exception_ends)
{
	static const struct {
		const char *server_name;
		const char *name;
		int64_t until, not_after;
	} cases[] = {
		{"printer.example", "DNS:printer.example", NOW + 3 * DAY, NOW + 3 * DAY},
		{"printer.example", "DNS:printer.example", NOW + 90 * DAY, NOW - DAY + 46 * DAY - 1},
		{"", "IP:192.0.2.7", NOW + 3 * DAY, NOW + 3 * DAY},
	};
	struct addr address;

	ck_assert(addr_parse(SLICE("192.0.2.7"), &address));
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buffer message = buffer_make(MINT_REQUEST_MAX);
		struct mint_request request;

		ck_assert_int_eq(leaf_request_excepted(slice_of(cases[i].server_name), &address, SLICE("spki"),
					 cases[i].until, LEAF_DAYS_MAX, NOW, &message),
			LEAF_REQUEST_OK);
		request = decode(&message);
		ck_assert_int_eq(request.issuer, MINT_TRUSTED);
		ck_assert_uint_eq(request.name_count, 1);
		assert_name(&request, 0, cases[i].name);
		ck_assert_int_eq(request.not_before, NOW - DAY);
		ck_assert_int_eq(request.not_after, cases[i].not_after);
		buffer_release(&message);
	}
}
END_TEST

START_TEST(nothing_else_of_the_origin_reaches_the_leaf)
{
	struct mint_fixture f = mint_fixture_make();
	X509 *certificate = origin("DNS:www.example.com", NOW - 300 * DAY, NOW + 300 * DAY);
	struct buffer message = buffer_make(MINT_REQUEST_MAX);
	char error[128];
	X509 *leaf;

	ck_assert_int_eq(
		leaf_request_mirror(certificate, f.request.spki, LEAF_DAYS_MAX, NOW, &message), LEAF_REQUEST_OK);
	f.request = decode(&message);
	leaf = fixture_issue(&f);
	ck_assert_msg(fixture_verifies(leaf, f.trusted, NULL, error), "%s", error);
	ck_assert_int_eq(X509_get_ext_count(leaf), 6);
	ck_assert_int_eq(X509_check_ca(leaf), 0);
	ck_assert_uint_eq(X509_get_extended_key_usage(leaf), XKU_SSL_SERVER);
	ck_assert_int_eq(X509_get_signature_nid(leaf), NID_ecdsa_with_SHA256); /* the origin's is SHA-512 */
	ck_assert_int_eq(X509_check_host(leaf, "common.example", 0, 0, NULL), 0);
	X509_free(leaf);
	X509_free(certificate);
	buffer_release(&message);
	mint_fixture_release(&f);
}
END_TEST

static struct mint_request
untrusted(X509 *certificate, const char *server_name, const char *destination, struct buffer *message)
{
	struct addr address;

	ck_assert(addr_parse(slice_of(destination), &address));
	*message = buffer_make(MINT_REQUEST_MAX);
	ck_assert_int_eq(leaf_request_untrusted(certificate, slice_of(server_name), &address, SLICE("spki"),
				 LEAF_DAYS_MAX, NOW, message),
		LEAF_REQUEST_OK);
	return decode(message);
}

START_TEST(bad_origin_gets_the_clients_name_from_the_untrusted_issuer)
{
	X509 *certificate = origin("DNS:evil.example", NOW - 300 * DAY, NOW - 3 * DAY);
	struct buffer message;
	struct mint_request request = untrusted(certificate, "bank.example", "192.0.2.7", &message);

	ck_assert_int_eq(request.issuer, MINT_UNTRUSTED);
	ck_assert_uint_eq(request.name_count, 1);
	assert_name(&request, 0, "DNS:bank.example");
	ck_assert_int_eq(request.not_after, NOW - 3 * DAY);
	buffer_release(&message);
	X509_free(certificate);
}
END_TEST

START_TEST(untrusted_leaf_without_a_server_name_is_for_the_address)
{
	static const struct {
		const char *server_name, *destination, *name;
	} cases[] = {
		{NULL, "192.0.2.7", "IP:192.0.2.7"},
		{NULL, "2001:db8::7", "IP:2001:db8::7"},
		{"not a name", "192.0.2.7", "IP:192.0.2.7"},
		{"*.example.com", "192.0.2.7", "IP:192.0.2.7"},
		{"bank.example", "192.0.2.7", "DNS:bank.example"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buffer message;
		struct mint_request request = untrusted(NULL, cases[i].server_name, cases[i].destination, &message);

		assert_name(&request, 0, cases[i].name);
		ck_assert_int_lt(request.not_before, NOW);
		ck_assert_int_gt(request.not_after, NOW);
		buffer_release(&message);
	}
}
END_TEST

START_TEST(origin_with_too_many_names_is_refused_and_500_are_not)
{
	static char names[400000];
	size_t len = 0;
	struct buffer message = buffer_make(MINT_REQUEST_MAX);
	struct mint_request request;
	X509 *certificate;

	for (int i = 0; i < 500; i++)
		len += (size_t)snprintf(
			names + len, sizeof names - len, "%sDNS:h%d.some-host.example.com", i ? "," : "", i);
	certificate = origin(names, NOW - DAY, NOW + DAY);
	request = mirror(certificate, &message);
	ck_assert_uint_eq(request.name_count, 500);
	buffer_release(&message);
	X509_free(certificate);

	for (int i = 500; i < MINT_NAMES_MAX + 1; i++)
		len += (size_t)snprintf(names + len, sizeof names - len, ",DNS:h%d.some-host.example.com", i);
	certificate = origin(names, NOW - DAY, NOW + DAY);
	message = buffer_make(MINT_REQUEST_MAX);
	ck_assert_int_eq(
		leaf_request_mirror(certificate, SLICE("spki"), LEAF_DAYS_MAX, NOW, &message), LEAF_REQUEST_TOO_MANY);
	X509_free(certificate);
}
END_TEST

UNIT_SUITE(leaf_request, "leaf_request", a_shorter_life_may_be_asked_for_and_a_longer_one_may_not,
	excepted_origin_gets_a_trusted_leaf_for_the_one_name_until_the_exception_ends,
	names_of_the_origin_are_mirrored_exactly_and_nothing_is_added, names_that_no_client_can_ask_for_are_left_out,
	origin_without_a_usable_name_gets_no_leaf, dates_stay_within_the_origins_and_46_days,
	nothing_else_of_the_origin_reaches_the_leaf, bad_origin_gets_the_clients_name_from_the_untrusted_issuer,
	untrusted_leaf_without_a_server_name_is_for_the_address, origin_with_too_many_names_is_refused_and_500_are_not)

/* The CA in memory: what is made, and what is refused. */
#include "suites.h"

#include "mint_fixture.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>

static struct ca *
make(enum ca_key_type type, unsigned days)
{
	struct ca_options options = {.key_type = type, .days = days};
	struct problems problems = {0};
	struct ca *ca = ca_create(&options, NOW, &problems);

	ck_assert_ptr_nonnull(ca);
	ck_assert_uint_eq(problems.count, 0);
	return ca;
}

/* A CA certificate of any shape: each extension is "name=value" for OpenSSL; the subjectKeyIdentifier is "hash". */
struct shape {
	const char *basic_constraints;
	const char *key_usage;
	const char *extended_key_usage;
	const char *key_id;
	EVP_PKEY *key; /* taken; a P-256 key where NULL */
	int64_t not_before, not_after;
	X509 *issuer; /* self-signed where NULL */
	EVP_PKEY *issuer_key;
	const char *name;
};

static const struct shape good_shape = {"critical,CA:TRUE,pathlen:0", "critical,keyCertSign,cRLSign", "serverAuth",
	"hash", NULL, NOW - DAY, NOW + 1000 * DAY, NULL, NULL, "Imported CA"};

static void
add(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX context;

	if (value == NULL)
		return;
	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	ck_assert_ptr_nonnull(extension);
	ck_assert(X509_add_ext(certificate, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

static struct ca *
shaped(struct shape shape, X509 *above)
{
	EVP_PKEY *key = shape.key ? shape.key : EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	STACK_OF(X509) *chain = NULL;
	struct ca *ca;

	X509_set_version(certificate, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
	ASN1_TIME_set(X509_getm_notBefore(certificate), shape.not_before);
	ASN1_TIME_set(X509_getm_notAfter(certificate), shape.not_after);
	X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName, MBSTRING_ASC,
		(const unsigned char *)shape.name, -1, -1, 0);
	X509_set_issuer_name(certificate, X509_get_subject_name(shape.issuer ? shape.issuer : certificate));
	X509_set_pubkey(certificate, key);
	add(certificate, NID_basic_constraints, shape.basic_constraints);
	add(certificate, NID_key_usage, shape.key_usage);
	add(certificate, NID_ext_key_usage, shape.extended_key_usage);
	add(certificate, NID_subject_key_identifier, shape.key_id);
	ck_assert_int_ne(X509_sign(certificate, shape.issuer_key ? shape.issuer_key : key,
				 EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256()),
		0);
	if (above) {
		chain = sk_X509_new_null();
		X509_up_ref(above);
		sk_X509_push(chain, above);
	}
	ca = ca_take(certificate, key, chain);
	ck_assert_ptr_nonnull(ca);
	return ca;
}

/* Checks a CA and frees it; the text of the first problem, or "". */
static const char *
first_problem(struct ca *ca, bool *accepted)
{
	static char text[512];
	struct problems problems = {0};

	*accepted = ca_check(ca, NOW, "ca.crt", &problems);
	ck_assert_int_eq(*accepted, problems.errors == 0);
	snprintf(text, sizeof text, "%s", problems.count ? problems.items[0].text : "");
	problems_release(&problems);
	ca_free(ca);
	return text;
}

static void
assert_accepted(struct ca *ca)
{
	bool accepted;
	const char *text = first_problem(ca, &accepted);

	ck_assert_msg(accepted && text[0] == '\0', "%s", text);
}

static void
assert_refused(struct ca *ca, const char *part)
{
	bool accepted;
	const char *text = first_problem(ca, &accepted);

	ck_assert_msg(!accepted && strstr(text, part), "have \"%s\", want \"%s\"", text, part);
}

START_TEST(new_ca_may_sign_servers_and_nothing_else)
{
	struct ca *ca = make(CA_KEY_P256, 0);
	int critical = -1;
	BASIC_CONSTRAINTS *constraints = X509_get_ext_d2i(ca->certificate, NID_basic_constraints, &critical, NULL);

	ck_assert_int_eq(critical, 1);
	ck_assert_int_ne(constraints->ca, 0);
	ck_assert_int_eq(ASN1_INTEGER_get(constraints->pathlen), 0);
	BASIC_CONSTRAINTS_free(constraints);
	ck_assert_uint_eq(X509_get_key_usage(ca->certificate), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
	ck_assert_int_eq(X509_EXTENSION_get_critical(X509_get_ext(
				 ca->certificate, X509_get_ext_by_NID(ca->certificate, NID_key_usage, -1))),
		1);
	ck_assert_uint_eq(X509_get_extended_key_usage(ca->certificate), XKU_SSL_SERVER);
	ck_assert_int_eq(X509_get_signature_nid(ca->certificate), NID_ecdsa_with_SHA256);
	ck_assert_uint_eq(ca_key_id(ca).len, 20);
	ck_assert(ca_is_self_signed(ca));
	ck_assert_int_eq(ca->not_after, NOW + 3650LL * DAY);
	ck_assert_int_eq(ca->not_before, NOW - DAY);
	ck_assert_int_eq(ASN1_STRING_length(X509_get0_serialNumber(ca->certificate)), 16);
	assert_accepted(ca);
}
END_TEST

START_TEST(new_rsa_ca_has_3072_bits_and_sha256)
{
	struct ca *ca = make(CA_KEY_RSA3072, 0);

	ck_assert_int_eq(EVP_PKEY_get_bits(ca->key), 3072);
	ck_assert_int_eq(X509_get_signature_nid(ca->certificate), NID_sha256WithRSAEncryption);
	assert_accepted(ca);
}
END_TEST

START_TEST(two_cas_share_neither_key_nor_name_nor_serial)
{
	struct ca *a = make(CA_KEY_P256, 0), *b = make(CA_KEY_P256, 0);

	ck_assert_int_ne(
		X509_NAME_cmp(X509_get_subject_name(a->certificate), X509_get_subject_name(b->certificate)), 0);
	ck_assert_int_ne(EVP_PKEY_eq(a->key, b->key), 1);
	ck_assert_int_ne(
		ASN1_INTEGER_cmp(X509_get0_serialNumber(a->certificate), X509_get0_serialNumber(b->certificate)), 0);
	ck_assert_int_ne(memcmp(a->id, b->id, sizeof a->id), 0);
	ca_free(a);
	ca_free(b);
}
END_TEST

START_TEST(untrusted_issuer_says_so_in_its_name)
{
	struct problems problems = {0};
	struct ca *ca = ca_create_untrusted(NOW, &problems);
	char name[256];

	X509_NAME_get_text_by_NID(X509_get_subject_name(ca->certificate), NID_commonName, name, sizeof name);
	ck_assert_ptr_nonnull(strstr(name, "UNTRUSTED"));
	ck_assert_uint_eq(X509_get_extended_key_usage(ca->certificate), XKU_SSL_SERVER);
	ca_free(ca);
}
END_TEST

START_TEST(good_foreign_ca_is_accepted)
{
	struct shape shape = good_shape;

	assert_accepted(shaped(shape, NULL));
	shape.extended_key_usage = NULL;
	assert_accepted(shaped(shape, NULL));
	shape.key = EVP_EC_gen("P-384");
	assert_accepted(shaped(shape, NULL));
}
END_TEST

START_TEST(certificate_that_may_not_sign_servers_is_refused)
{
	struct shape shape = good_shape;

	shape.basic_constraints = "critical,CA:FALSE";
	assert_refused(shaped(shape, NULL), "not a CA's");
	shape.basic_constraints = NULL;
	assert_refused(shaped(shape, NULL), "not a CA's");
	shape = good_shape;
	shape.key_usage = "critical,digitalSignature";
	assert_refused(shaped(shape, NULL), "");
	shape = good_shape;
	shape.extended_key_usage = "clientAuth,codeSigning";
	assert_refused(shaped(shape, NULL), "not for servers");
	shape = good_shape;
	shape.key_id = NULL;
	assert_refused(shaped(shape, NULL), "subjectKeyIdentifier");
}
END_TEST

START_TEST(weak_or_odd_ca_keys_are_refused)
{
	struct shape shape = good_shape;

	shape.key = EVP_RSA_gen(1024);
	assert_refused(shaped(shape, NULL), "1024 bits");
	shape.key = EVP_EC_gen("secp256k1");
	assert_refused(shaped(shape, NULL), "secp256k1");
	shape.key = EVP_EC_gen("P-224");
	assert_refused(shaped(shape, NULL), "224 bits");
	shape.key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	assert_refused(shaped(shape, NULL), "ED25519");
}
END_TEST

START_TEST(rsa_ca_of_2048_bits_is_accepted_with_a_warning)
{
	struct shape shape = good_shape;
	bool accepted;

	shape.key = EVP_RSA_gen(2048);
	ck_assert_str_eq(first_problem(shaped(shape, NULL), &accepted), "the CA key is RSA of only 2048 bits");
	ck_assert(accepted);
}
END_TEST

START_TEST(ca_outside_its_dates_is_refused)
{
	struct shape shape = good_shape;

	shape.not_after = NOW - 1;
	assert_refused(shaped(shape, NULL), "expired");
	shape = good_shape;
	shape.not_before = NOW + 1;
	assert_refused(shaped(shape, NULL), "not valid yet");
}
END_TEST

START_TEST(key_of_another_ca_is_refused)
{
	struct ca *ca = shaped(good_shape, NULL);

	EVP_PKEY_free(ca->key);
	ca->key = EVP_EC_gen("P-256");
	assert_refused(ca, "does not belong");
}
END_TEST

START_TEST(intermediate_below_its_root_is_accepted_and_below_another_refused)
{
	struct shape root_shape = good_shape;
	struct shape shape = good_shape;
	struct ca *root, *other;

	root_shape.name = "Root";
	root_shape.basic_constraints = "critical,CA:TRUE";
	root = shaped(root_shape, NULL);
	other = shaped(root_shape, NULL);
	shape.issuer = root->certificate;
	shape.issuer_key = root->key;
	assert_accepted(shaped(shape, root->certificate));
	assert_accepted(shaped(shape, NULL));
	assert_refused(shaped(shape, other->certificate), "do not lead to it");
	ca_free(root);

	root_shape.basic_constraints = "critical,CA:TRUE,pathlen:0";
	root = shaped(root_shape, NULL);
	shape.issuer = root->certificate;
	shape.issuer_key = root->key;
	assert_refused(shaped(shape, root->certificate), "pathLen");
	ca_free(root);
	ca_free(other);
}
END_TEST

START_TEST(end_of_a_ca_is_announced_90_days_before)
{
	static const struct {
		int64_t after_now;
		unsigned life_days;
		int64_t left;
		size_t warnings, errors;
	} cases[] = {
		{0, 3650, 3650, 0, 0},
		{3559LL * DAY, 3650, 91, 0, 0},
		{3560LL * DAY + 1, 3650, 89, 1, 0},
		{3650LL * DAY, 3650, 0, 1, 0},
		{3650LL * DAY + 1, 3650, -1, 0, 1},
		{80LL * DAY, 90, 10, 0, 0}, /* a life of 90 days is announced in its last tenth */
		{82LL * DAY, 90, 8, 1, 0},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ca *ca = make(CA_KEY_P256, cases[i].life_days);
		struct problems problems = {0};

		ck_assert_int_eq(ca_check_expiry(ca, NOW + cases[i].after_now, "ca.crt", &problems), cases[i].left);
		ck_assert_uint_eq(problems.errors, cases[i].errors);
		ck_assert_uint_eq(problems.count - problems.errors, cases[i].warnings);
		problems_release(&problems);
		ca_free(ca);
	}
}
END_TEST

UNIT_SLOW_SUITE(ca, "ca", new_ca_may_sign_servers_and_nothing_else, new_rsa_ca_has_3072_bits_and_sha256,
	two_cas_share_neither_key_nor_name_nor_serial, untrusted_issuer_says_so_in_its_name,
	good_foreign_ca_is_accepted, certificate_that_may_not_sign_servers_is_refused, weak_or_odd_ca_keys_are_refused,
	rsa_ca_of_2048_bits_is_accepted_with_a_warning, ca_outside_its_dates_is_refused, key_of_another_ca_is_refused,
	intermediate_below_its_root_is_accepted_and_below_another_refused, end_of_a_ca_is_announced_90_days_before)

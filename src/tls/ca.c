/* Making and checking a certificate authority.  See ca.h. */
#include "tls/ca.h"

#include "tls/x509_time.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#define SECONDS_A_DAY 86400
#define KEY_ID_BYTES 20
#define SERIAL_BYTES 16
#define SUFFIX_BYTES 8
#define UNTRUSTED_DAYS 365
#define ALARM_DAYS 90
#define RSA_BITS_MIN 2048
#define RSA_BITS_RECOMMENDED 3072
#define RSA_BITS_MAX 8192
#define CONSTRAINTS_MAX 4096
#define CHAIN_AUTH_LEVEL 2 /* 112 bits: no SHA-1, no RSA below 2048 bits */

void
ca_problem_openssl(struct problems *problems, const char *file, const char *what)
{
	unsigned long code = ERR_peek_last_error();
	char reason[256] = "no reason given";

	if (code != 0)
		ERR_error_string_n(code, reason, sizeof reason);
	ERR_clear_error();
	problems_add(problems, false, file, 0, 0, NULL, "%s: %s", what, reason);
}

bool
ca_random_serial(uint8_t serial[16])
{
	if (RAND_bytes(serial, SERIAL_BYTES) != 1)
		return false;
	serial[0] = (serial[0] & 0x3f) | 0x40; /* neither negative nor with a leading zero byte */
	return true;
}

bool
ca_key_id_of(struct slice public_key, uint8_t key_id[20])
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (EVP_Digest(public_key.ptr, public_key.len, digest, NULL, EVP_sha256(), NULL) != 1)
		return false;
	memcpy(key_id, digest, KEY_ID_BYTES);
	return true;
}

void
ca_free(struct ca *ca)
{
	if (ca == NULL)
		return;
	X509_free(ca->certificate);
	EVP_PKEY_free(ca->key);
	sk_X509_pop_free(ca->chain, X509_free);
	free(ca);
}

struct ca *
ca_take(X509 *certificate, EVP_PKEY *key, STACK_OF(X509) *chain)
{
	struct ca *ca = calloc(1, sizeof *ca);

	if (ca == NULL) {
		X509_free(certificate);
		EVP_PKEY_free(key);
		sk_X509_pop_free(chain, X509_free);
		return NULL;
	}
	*ca = (struct ca){.certificate = certificate, .key = key, .chain = chain};
	ca->not_before = x509_time_seconds(X509_get0_notBefore(certificate));
	ca->not_after = x509_time_seconds(X509_get0_notAfter(certificate));
	if (ca->not_before == INT64_MIN || ca->not_after == INT64_MIN ||
		X509_digest(certificate, EVP_sha256(), ca->id, NULL) != 1) {
		ca_free(ca);
		return NULL;
	}
	return ca;
}

/* --- Making one --- */

static EVP_PKEY *
new_key(enum ca_key_type type)
{
	return type == CA_KEY_RSA3072 ? EVP_RSA_gen(RSA_BITS_RECOMMENDED) : EVP_EC_gen("P-256");
}

static bool
add_name_entry(X509_NAME *name, int nid, const char *text)
{
	return X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0) == 1;
}

/* "organization", "common name <64 random bits>". */
static bool
set_names(X509 *certificate, const char *organization, const char *common_name, const struct ca_above *above)
{
	X509_NAME *name = X509_NAME_new();
	uint8_t suffix[SUFFIX_BYTES];
	char text[128];
	int len;
	bool ok;

	ok = name && RAND_bytes(suffix, sizeof suffix) == 1;
	len = snprintf(text, sizeof text, "%s ", common_name);
	for (size_t i = 0; ok && i < sizeof suffix; i++)
		len += snprintf(text + len, sizeof text - (size_t)len, "%02x", suffix[i]);
	ok = ok && add_name_entry(name, NID_organizationName, organization) &&
	     add_name_entry(name, NID_commonName, text) && X509_set_subject_name(certificate, name) == 1 &&
	     X509_set_issuer_name(certificate, above ? X509_get_subject_name(above->certificate) : name) == 1;
	X509_NAME_free(name);
	return ok;
}

static bool
set_serial(X509 *certificate)
{
	uint8_t serial[SERIAL_BYTES];
	BIGNUM *number = NULL;
	bool ok;

	ok = ca_random_serial(serial) && (number = BN_bin2bn(serial, sizeof serial, NULL)) != NULL &&
	     BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
	BN_free(number);
	return ok;
}

/* Within the life of the one above. */
static bool
set_dates(X509 *certificate, int64_t now, const struct ca_options *options)
{
	unsigned days = options->days ? options->days : options->above ? CA_BELOW_DAYS : CA_DEFAULT_DAYS;
	int64_t from = now - CA_BACKDATE_SECONDS, until = now + (int64_t)days * SECONDS_A_DAY;

	if (options->above) {
		int64_t first = x509_time_seconds(X509_get0_notBefore(options->above->certificate));
		int64_t last = x509_time_seconds(X509_get0_notAfter(options->above->certificate));

		if (first == INT64_MIN || last == INT64_MIN)
			return false;
		from = from < first ? first : from;
		until = until > last ? last : until;
	}
	return ASN1_TIME_set(X509_getm_notBefore(certificate), from) != NULL &&
	       ASN1_TIME_set(X509_getm_notAfter(certificate), until) != NULL;
}

/* authorityKeyIdentifier: the subjectKeyIdentifier of the one above, where it has one. */
static bool
add_authority_key_id(X509 *certificate, X509 *issuer)
{
	AUTHORITY_KEYID *id = AUTHORITY_KEYID_new();
	bool ok = id != NULL;

	if (ok && X509_get0_subject_key_id(issuer)) {
		id->keyid = ASN1_OCTET_STRING_dup(X509_get0_subject_key_id(issuer));
		ok = id->keyid &&
		     X509_add1_ext_i2d(certificate, NID_authority_key_identifier, id, 0, X509V3_ADD_DEFAULT) == 1;
	}
	AUTHORITY_KEYID_free(id);
	return ok;
}

static bool
add_key_id(X509 *certificate)
{
	const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(certificate);
	ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
	uint8_t bytes[KEY_ID_BYTES];
	bool ok;

	ok = id && bits &&
	     ca_key_id_of(slice_make(ASN1_STRING_get0_data(bits), (size_t)ASN1_STRING_length(bits)), bytes) &&
	     ASN1_OCTET_STRING_set(id, bytes, sizeof bytes) == 1 &&
	     X509_add1_ext_i2d(certificate, NID_subject_key_identifier, id, 0, X509V3_ADD_DEFAULT) == 1;
	ASN1_OCTET_STRING_free(id);
	return ok;
}

static bool
add_extension(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	bool ok = extension && X509_add_ext(certificate, extension, -1) == 1;

	X509_EXTENSION_free(extension);
	return ok;
}

/* Always critical (RFC 5280 section 4.2.1.10). */
static bool
add_constraints(X509 *certificate, const char *constraints)
{
	char value[CONSTRAINTS_MAX];
	int len = snprintf(value, sizeof value, "critical,%s", constraints);

	return len > 0 && (size_t)len < sizeof value && add_extension(certificate, NID_name_constraints, value);
}

static struct ca *
create(const struct ca_options *options, const char *common_name, int64_t now, struct problems *problems)
{
	const char *organization = options->organization ? options->organization : "sluice";
	EVP_PKEY *key = new_key(options->key_type);
	const struct ca_above *above = options->above;
	X509 *certificate = X509_new();
	STACK_OF(X509) *chain = NULL;
	struct ca *ca = NULL;

	if (key == NULL || certificate == NULL || X509_set_version(certificate, X509_VERSION_3) != 1 ||
		!set_serial(certificate) || !set_names(certificate, organization, common_name, above) ||
		!set_dates(certificate, now, options) || X509_set_pubkey(certificate, key) != 1 ||
		!add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
		!add_extension(certificate, NID_key_usage, "critical,keyCertSign,cRLSign") ||
		!add_extension(certificate, NID_ext_key_usage, "serverAuth") || !add_key_id(certificate) ||
		(options->constraints && !add_constraints(certificate, options->constraints)) ||
		(above && !add_authority_key_id(certificate, above->certificate)) ||
		X509_sign(certificate, above ? above->key : key, EVP_sha256()) == 0) {
		ca_problem_openssl(problems, NULL, "a CA certificate cannot be made");
		goto out;
	}
	if (above && ((chain = sk_X509_new_null()) == NULL ||
			     !X509_add_cert(chain, above->certificate, X509_ADD_FLAG_UP_REF))) {
		sk_X509_free(chain);
		ca_problem_openssl(problems, NULL, "memory is out");
		goto out;
	}
	ca = ca_take(certificate, key, chain);
	certificate = NULL;
	key = NULL;
	if (ca == NULL)
		ca_problem_openssl(problems, NULL, "a CA certificate that was just made cannot be read");
out:
	X509_free(certificate);
	EVP_PKEY_free(key);
	return ca;
}

struct ca *
ca_create(const struct ca_options *options, int64_t now, struct problems *problems)
{
	return create(options, "sluice CA", now, problems);
}

struct ca *
ca_create_untrusted(int64_t now, struct problems *problems)
{
	static const struct ca_options options = {.key_type = CA_KEY_P256, .days = UNTRUSTED_DAYS};

	return create(&options, "UNTRUSTED: this site failed verification", now, problems);
}

/* --- Checking one --- */

struct slice
ca_key_id(const struct ca *ca)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(ca->certificate);

	return id ? slice_make(ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id)) : SLICE_EMPTY;
}

bool
ca_is_self_signed(const struct ca *ca)
{
	return X509_self_signed(ca->certificate, 0) == 1;
}

static bool
key_is_strong(const EVP_PKEY *key, const char *file, struct problems *problems)
{
	int bits = EVP_PKEY_get_bits(key);
	char group[32] = "";

	if (EVP_PKEY_is_a(key, "RSA")) {
		if (bits >= RSA_BITS_MIN && bits < RSA_BITS_RECOMMENDED)
			problems_add(problems, true, file, 0, 0, "make the next one with P-256 or RSA of 3072 bits",
				"the CA key is RSA of only %d bits", bits);
		if (bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX && bits % 8 == 0)
			return true;
	} else if (EVP_PKEY_is_a(key, "EC")) {
		EVP_PKEY_get_group_name(key, group, sizeof group, NULL);
		if (strcmp(group, SN_X9_62_prime256v1) == 0 || strcmp(group, SN_secp384r1) == 0)
			return true;
	}
	problems_add(problems, false, file, 0, 0, "use P-256, P-384, or RSA of 3072 bits",
		"the CA key (%s, %d bits%s%s) cannot be used", EVP_PKEY_get0_type_name(key), bits, group[0] ? ", " : "",
		group);
	return false;
}

/* What the certificate allows itself to do, one row a requirement. */
static bool
usage_is_right(X509 *certificate, const char *file, struct problems *problems)
{
	uint32_t flags = X509_get_extension_flags(certificate);
	uint32_t usage = X509_get_key_usage(certificate);             /* all bits where there is no extension */
	uint32_t extended = X509_get_extended_key_usage(certificate); /* the same */
	const struct {
		bool holds;
		const char *wrong;
	} rules[] = {
		{!(flags & EXFLAG_INVALID), "the CA certificate has malformed extensions"},
		{!(flags & EXFLAG_CRITICAL), "the CA certificate has a critical extension that is not known"},
		{(flags & EXFLAG_CA), "the certificate is not a CA's (basicConstraints CA:TRUE is missing)"},
		{(usage & KU_KEY_CERT_SIGN), "the CA certificate may not sign certificates (keyUsage keyCertSign)"},
		{(extended & (XKU_SSL_SERVER | XKU_ANYEKU)),
			"the CA certificate is not for servers (extKeyUsage serverAuth)"},
		{X509_get0_subject_key_id(certificate) != NULL, "the CA certificate has no subjectKeyIdentifier"},
	};
	bool right = true;

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		if (rules[i].holds)
			continue;
		problems_add(problems, false, file, 0, 0,
			"import a CA certificate that has it, or make one with 'sluicectl ca init'", "%s",
			rules[i].wrong);
		right = false;
	}
	return right;
}

static bool
sizes_are_right(const struct ca *ca, const char *file, struct problems *problems)
{
	int above = ca->chain ? sk_X509_num(ca->chain) : 0;
	bool right = above <= CA_CHAIN_MAX;

	for (int i = -1; i < above; i++) {
		X509 *certificate = i < 0 ? ca->certificate : sk_X509_value(ca->chain, i);

		if (i2d_X509(certificate, NULL) > CA_CERTIFICATE_MAX)
			right = false;
	}
	if (!right)
		problems_add(problems, false, file, 0, 0, "leave out what clients have or do not need",
			"the CA has more than %d certificates above it, or one of more than %d bytes", CA_CHAIN_MAX,
			CA_CERTIFICATE_MAX);
	return right;
}

/* Each certificate above must allow as many CAs below itself as there are; a leaf is what OpenSSL counts from, and the
 * chain has none here. */
static bool
path_lengths_suffice(const struct ca *ca, const char *file, struct problems *problems)
{
	for (int i = 0; i < sk_X509_num(ca->chain); i++) {
		long allowed = X509_get_pathlen(sk_X509_value(ca->chain, i));

		if (allowed < 0 || allowed > i)
			continue;
		problems_add(problems, false, file, 0, 0, "have the CA signed by one whose pathLen allows it",
			"certificate %d allows %ld CAs below itself (pathLen) and has %d", i + 2, allowed, i + 1);
		return false;
	}
	return true;
}

/* The certificates above ours, taken as they are given: each signs the one below, and nothing else is asked of the
 * topmost than that the operator gave it. */
static bool
chain_is_right(const struct ca *ca, int64_t now, const char *file, struct problems *problems)
{
	X509_STORE *store = NULL;
	X509_STORE_CTX *context = NULL;
	bool right = false;
	int above = ca->chain ? sk_X509_num(ca->chain) : 0;

	if (above == 0)
		return true;
	store = X509_STORE_new();
	context = X509_STORE_CTX_new();
	if (store == NULL || context == NULL || X509_STORE_add_cert(store, sk_X509_value(ca->chain, above - 1)) != 1 ||
		X509_STORE_CTX_init(context, store, ca->certificate, ca->chain) != 1) {
		ca_problem_openssl(problems, file, "the CA's chain cannot be checked");
		goto out;
	}
	X509_STORE_CTX_set_flags(context, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(context), CHAIN_AUTH_LEVEL);
	X509_STORE_CTX_set_time(context, 0, (time_t)now);
	if (!path_lengths_suffice(ca, file, problems))
		goto out;
	right = X509_verify_cert(context) == 1;
	if (!right)
		problems_add(problems, false, file, 0, 0,
			"put the CA's certificate first and behind it, in order, the ones that signed it",
			"the certificates after the CA's do not lead to it: %s (certificate %d)",
			X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)),
			X509_STORE_CTX_get_error_depth(context) + 1);
out:
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	ERR_clear_error();
	return right;
}

int64_t
ca_check_expiry(const struct ca *ca, int64_t now, const char *file, struct problems *problems)
{
	static const char remedy[] =
		"make a new one with 'sluicectl ca rotate', and give it to the clients before the switch";
	int64_t left = ca->not_after - now;
	int64_t alarm = (int64_t)ALARM_DAYS * SECONDS_A_DAY;

	if (alarm > (ca->not_after - ca->not_before) / 10)
		alarm = (ca->not_after - ca->not_before) / 10;
	if (left < 0)
		problems_add(problems, false, file, 0, 0, remedy, "the CA certificate expired %lld days ago",
			(long long)(-left / SECONDS_A_DAY));
	else if (left < alarm)
		problems_add(problems, true, file, 0, 0, remedy, "the CA certificate expires in %lld days",
			(long long)(left / SECONDS_A_DAY));
	return left < 0 ? -1 - (-left - 1) / SECONDS_A_DAY : left / SECONDS_A_DAY;
}

bool
ca_check(const struct ca *ca, int64_t now, const char *file, struct problems *problems)
{
	EVP_PKEY *public_key = X509_get0_pubkey(ca->certificate);
	bool right = true;

	if (public_key == NULL) {
		ca_problem_openssl(problems, file, "the CA certificate's public key cannot be read");
		return false;
	}
	if (ca->key && EVP_PKEY_eq(ca->key, public_key) != 1) {
		problems_add(problems, false, file, 0, 0, "put the certificate and the key that belong together there",
			"the CA key does not belong to the CA certificate");
		right = false;
	}
	if (!key_is_strong(public_key, file, problems))
		right = false;
	if (!usage_is_right(ca->certificate, file, problems))
		right = false;
	if (!sizes_are_right(ca, file, problems) || !chain_is_right(ca, now, file, problems))
		right = false;
	if (now < ca->not_before) {
		problems_add(
			problems, false, file, 0, 0, "check the system's clock", "the CA certificate is not valid yet");
		right = false;
	}
	if (ca_check_expiry(ca, now, file, problems) < 0)
		right = false;
	return right;
}

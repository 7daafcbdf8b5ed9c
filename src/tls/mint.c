/* Checks a request and issues the leaf.  See mint.h. */
#include "tls/mint.h"

#include "tls/leaf_spki.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>

/* What a CA signs with, by the kind of its key; AlgorithmIdentifier as DER (RFC 5758 section 3.2, RFC 4055 section 5).
 */
static const struct signature_scheme {
	const char *key_type;
	int bits_min;
	const char *digest;
	struct slice algorithm;
} schemes[] = {
	{"EC", 384, "SHA384", SLICE("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03")},
	{"EC", 256, "SHA256", SLICE("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02")},
	{"RSA", 2048, "SHA256", SLICE("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00")},
};

/* Everything that issuing needs of one CA, made once: fetching algorithms for each leaf costs more than the signature.
 */
struct issuer {
	struct ca *ca; /* owned */
	uint8_t *name; /* owned by OpenSSL: the subject's DER */
	uint8_t *spki; /* the same: the public key's DER */
	size_t spki_len;
	struct leaf_template template;
	EVP_MD *digest;       /* owned */
	EVP_MD_CTX *hash;     /* owned */
	EVP_PKEY_CTX *signer; /* owned; set up for signing */
};

struct mint {
	struct issuer issuers[MINT_ISSUER_KINDS];
	EVP_MD *sha256;   /* owned */
	EVP_MD_CTX *hash; /* owned */
	EC_GROUP *p256;   /* owned */
	EC_POINT *point;  /* owned: where a request's point is tried */
	struct leaf_space space;
	uint8_t signature[LEAF_SIGNATURE_MAX];
};

static const struct signature_scheme *
scheme_of(const EVP_PKEY *key)
{
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
		if (EVP_PKEY_is_a(key, schemes[i].key_type) && EVP_PKEY_get_bits(key) >= schemes[i].bits_min)
			return &schemes[i];
	return NULL;
}

static bool
issuer_set_up(struct issuer *issuer)
{
	const struct signature_scheme *scheme = scheme_of(issuer->ca->key);
	X509 *certificate = issuer->ca->certificate;
	int name_len = i2d_X509_NAME(X509_get_subject_name(certificate), &issuer->name);
	int spki_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &issuer->spki);

	if (scheme == NULL || name_len <= 0 || spki_len <= 0 ||
		(size_t)EVP_PKEY_get_size(issuer->ca->key) > LEAF_SIGNATURE_MAX)
		return false;
	issuer->spki_len = (size_t)spki_len;
	issuer->template = (struct leaf_template){
		.issuer = slice_make(issuer->name, (size_t)name_len),
		.signature_algorithm = scheme->algorithm,
		.issuer_key_id = ca_key_id(issuer->ca),
	};
	issuer->digest = EVP_MD_fetch(NULL, scheme->digest, NULL);
	issuer->hash = EVP_MD_CTX_new();
	issuer->signer = EVP_PKEY_CTX_new(issuer->ca->key, NULL);
	return issuer->template.issuer_key_id.len > 0 && issuer->digest && issuer->hash && issuer->signer &&
	       EVP_PKEY_sign_init(issuer->signer) == 1 &&
	       EVP_PKEY_CTX_set_signature_md(issuer->signer, issuer->digest) == 1;
}

static void
issuer_release(struct issuer *issuer)
{
	EVP_PKEY_CTX_free(issuer->signer);
	EVP_MD_CTX_free(issuer->hash);
	EVP_MD_free(issuer->digest);
	OPENSSL_free(issuer->name);
	OPENSSL_free(issuer->spki);
	ca_free(issuer->ca);
}

struct mint *
mint_create(struct ca *trusted, struct ca *untrusted, struct problems *problems)
{
	struct mint *mint = calloc(1, sizeof *mint);

	if (mint == NULL) {
		ca_free(trusted);
		ca_free(untrusted);
		problems_add(problems, false, NULL, 0, 0, NULL, "out of memory");
		return NULL;
	}
	mint->issuers[MINT_TRUSTED].ca = trusted;
	mint->issuers[MINT_UNTRUSTED].ca = untrusted;
	mint->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	mint->hash = EVP_MD_CTX_new();
	mint->p256 = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	mint->point = mint->p256 ? EC_POINT_new(mint->p256) : NULL;
	if (mint->sha256 && mint->hash && mint->point && issuer_set_up(&mint->issuers[MINT_TRUSTED]) &&
		issuer_set_up(&mint->issuers[MINT_UNTRUSTED]))
		return mint;
	ca_problem_openssl(problems, NULL, "the CA key cannot be used for signing");
	mint_destroy(mint);
	return NULL;
}

void
mint_destroy(struct mint *mint)
{
	if (mint == NULL)
		return;
	for (size_t i = 0; i < MINT_ISSUER_KINDS; i++)
		issuer_release(&mint->issuers[i]);
	EC_POINT_free(mint->point);
	EC_GROUP_free(mint->p256);
	EVP_MD_CTX_free(mint->hash);
	EVP_MD_free(mint->sha256);
	free(mint);
}

const struct ca *
mint_issuer(const struct mint *mint, enum mint_issuer_kind kind)
{
	return mint->issuers[kind].ca;
}

static bool
hash(struct mint *mint, struct slice bytes, uint8_t digest[32])
{
	return EVP_DigestInit_ex2(mint->hash, mint->sha256, NULL) == 1 &&
	       EVP_DigestUpdate(mint->hash, bytes.ptr, bytes.len) == 1 &&
	       EVP_DigestFinal_ex(mint->hash, digest, NULL) == 1;
}

static bool
names_are_valid(const struct mint_request *request)
{
	for (size_t i = 0; i < request->name_count; i++)
		if (!leaf_name_is_valid(&request->names[i]))
			return false;
	return request->name_count > 0 && request->name_count <= MINT_NAMES_MAX;
}

static enum mint_status
check_key(struct mint *mint, struct slice spki_der, struct leaf_spki *spki)
{
	bool on_curve;

	for (size_t i = 0; i < MINT_ISSUER_KINDS; i++)
		if (slice_eq(spki_der, slice_make(mint->issuers[i].spki, mint->issuers[i].spki_len)))
			return MINT_ISSUERS_KEY;
	if (!leaf_spki_parse(spki_der, spki))
		return MINT_KEY_REFUSED;
	if (spki->type != LEAF_KEY_P256)
		return MINT_OK;
	on_curve = EC_POINT_oct2point(mint->p256, mint->point, (const uint8_t *)spki->public_key.ptr,
			   spki->public_key.len, NULL) == 1;
	if (!on_curve)
		ERR_clear_error();
	return on_curve ? MINT_OK : MINT_KEY_REFUSED;
}

/* Cuts the request's dates to the issuer's; an untrusted issuer's own dates bind nobody. */
static enum mint_status
choose_dates(const struct mint_request *request, const struct ca *ca, int64_t now, struct leaf_fields *fields)
{
	int64_t life;

	if (request->not_after < request->not_before ||
		__builtin_sub_overflow(request->not_after, request->not_before, &life) || life > MINT_LIFE_MAX_SECONDS)
		return MINT_DATES_REFUSED;
	fields->not_before = request->not_before;
	fields->not_after = request->not_after;
	if (request->issuer == MINT_UNTRUSTED)
		return MINT_OK;
	if (now < ca->not_before || now > ca->not_after)
		return MINT_ISSUER_EXPIRED;
	if (fields->not_before < ca->not_before)
		fields->not_before = ca->not_before;
	if (fields->not_after > ca->not_after)
		fields->not_after = ca->not_after;
	return fields->not_after >= now && fields->not_before <= fields->not_after ? MINT_OK : MINT_DATES_REFUSED;
}

static bool
sign(struct mint *mint, struct issuer *issuer, struct slice tbs, struct slice *signature)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned digest_len;
	size_t len = sizeof mint->signature;

	if (EVP_DigestInit_ex2(issuer->hash, issuer->digest, NULL) != 1 ||
		EVP_DigestUpdate(issuer->hash, tbs.ptr, tbs.len) != 1 ||
		EVP_DigestFinal_ex(issuer->hash, digest, &digest_len) != 1 ||
		EVP_PKEY_sign(issuer->signer, mint->signature, &len, digest, digest_len) != 1) {
		ERR_clear_error();
		return false;
	}
	*signature = slice_make(mint->signature, len);
	return true;
}

enum mint_status
mint_issue(struct mint *mint, const struct mint_request *request, int64_t now, struct minted *minted)
{
	struct issuer *issuer = &mint->issuers[request->issuer];
	struct leaf_fields fields = {.names = request->names, .name_count = request->name_count, .spki = request->spki};
	struct slice tbs, signature;
	struct leaf_spki spki;
	enum mint_status status;
	uint8_t key_digest[32];

	if (!names_are_valid(request))
		return MINT_NAME_REFUSED;
	status = choose_dates(request, issuer->ca, now, &fields);
	if (status == MINT_OK)
		status = check_key(mint, request->spki, &spki);
	if (status != MINT_OK)
		return status;
	if (request->names[0].kind == LEAF_NAME_DNS && request->names[0].bytes.len <= LEAF_COMMON_NAME_MAX)
		fields.common_name = request->names[0].bytes;
	if (!ca_random_serial(fields.serial) || !hash(mint, spki.public_key, key_digest) ||
		!hash(mint, request->spki, minted->spki_sha256))
		return MINT_SIGNING_FAILED;
	memcpy(fields.key_id, key_digest, sizeof fields.key_id);

	tbs = leaf_template_tbs(&issuer->template, &fields, &mint->space);
	if (tbs.len == 0)
		return MINT_TOO_LONG;
	if (!sign(mint, issuer, tbs, &signature))
		return MINT_SIGNING_FAILED;
	minted->leaf = leaf_template_certificate(&issuer->template, &mint->space, tbs, signature);
	minted->issuer_id = issuer->ca->id;
	minted->not_before = fields.not_before;
	minted->not_after = fields.not_after;
	memcpy(minted->serial, fields.serial, sizeof minted->serial);
	return MINT_OK;
}

/* Test certificates: see verify_pki.h. */
#include "verify_pki.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/conf.h>
#include <openssl/core_names.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/ocsp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#define MUST(expression)                                                                 \
	do {                                                                             \
		if (!(expression)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #expression); \
			abort();                                                         \
		}                                                                        \
	} while (0)

enum owned_kind { OWNED_CERT, OWNED_KEY, OWNED_BYTES, OWNED_STACK };
struct owned {
	enum owned_kind kind;
	void *it;
};

static struct owned *owned;
static size_t owned_count;
static EVP_PKEY *rsa_keys[PKI_RSA_LONG_E + 1];

static void *
own(enum owned_kind kind, void *it)
{
	MUST(it);
	MUST(owned = reallocarray(owned, owned_count + 1, sizeof *owned));
	owned[owned_count++] = (struct owned){kind, it};
	return it;
}

void
pki_release(void)
{
	while (owned_count > 0) {
		struct owned o = owned[--owned_count];

		if (o.kind == OWNED_CERT)
			X509_free(o.it);
		else if (o.kind == OWNED_KEY)
			EVP_PKEY_free(o.it);
		else if (o.kind == OWNED_STACK)
			sk_X509_free(o.it);
		else
			OPENSSL_free(o.it);
	}
	free(owned);
	owned = NULL;
	memset(rsa_keys, 0, sizeof rsa_keys);
}

/* A public key of any numbers, for which nobody has the private half. */
static EVP_PKEY *
rsa_public(int bits, unsigned long e, int e_bits)
{
	BIGNUM *n = BN_new(), *exponent = BN_new();
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM *params;
	EVP_PKEY *key = NULL;

	MUST(BN_rand(n, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD));
	MUST(e_bits ? BN_rand(exponent, e_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD) : BN_set_word(exponent, e));
	MUST(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n));
	MUST(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent));
	MUST(params = OSSL_PARAM_BLD_to_param(build));
	MUST(EVP_PKEY_fromdata_init(ctx) == 1 && EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) == 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(exponent);
	return key;
}

static EVP_PKEY *
dsa_key(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
	EVP_PKEY *parameters = NULL, *key = NULL;

	MUST(EVP_PKEY_paramgen_init(ctx) == 1 && EVP_PKEY_CTX_set_dsa_paramgen_bits(ctx, 1024) == 1);
	MUST(EVP_PKEY_paramgen(ctx, &parameters) == 1);
	EVP_PKEY_CTX_free(ctx);
	MUST(ctx = EVP_PKEY_CTX_new_from_pkey(NULL, parameters, NULL));
	MUST(EVP_PKEY_keygen_init(ctx) == 1 && EVP_PKEY_keygen(ctx, &key) == 1);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(parameters);
	return key;
}

static EVP_PKEY *
explicit_key(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	MUST(EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT));
	return key;
}

static EVP_PKEY *
new_key(enum pki_key kind)
{
	switch (kind) {
	case PKI_P384:
		return EVP_EC_gen("P-384");
	case PKI_P521:
		return EVP_EC_gen("P-521");
	case PKI_P192:
		return EVP_EC_gen("P-192");
	case PKI_SECP256K1:
		return EVP_EC_gen("secp256k1");
	case PKI_EXPLICIT:
		return explicit_key();
	case PKI_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	case PKI_DSA:
		return dsa_key();
	case PKI_RSA1024:
		return EVP_RSA_gen(1024);
	case PKI_RSA2048:
		return EVP_RSA_gen(2048);
	case PKI_RSA3072:
		return EVP_RSA_gen(3072);
	case PKI_RSA512:
		return rsa_public(512, RSA_F4, 0);
	case PKI_RSA1016:
		return rsa_public(1016, RSA_F4, 0);
	case PKI_RSA2049:
		return rsa_public(2049, RSA_F4, 0);
	case PKI_RSA16384:
		return rsa_public(16384, RSA_F4, 0);
	case PKI_RSA_E1:
		return rsa_public(2048, 1, 0);
	case PKI_RSA_EVEN:
		return rsa_public(2048, 65536, 0);
	case PKI_RSA_LONG_E:
		return rsa_public(2048, 0, 2000);
	default:
		return EVP_EC_gen("P-256");
	}
}

EVP_PKEY *
pki_key(enum pki_key kind)
{
	if (kind < PKI_RSA1024)
		return own(OWNED_KEY, new_key(kind));
	if (rsa_keys[kind] == NULL)
		rsa_keys[kind] = own(OWNED_KEY, new_key(kind));
	return rsa_keys[kind];
}

EVP_PKEY *
pki_mismatched_key(EVP_PKEY *key)
{
	EVP_PKEY *other = pki_key(PKI_P256), *made = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	unsigned char point[128];
	BIGNUM *scalar = NULL;
	OSSL_PARAM *params;
	size_t len;

	MUST(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &len) == 1);
	MUST(EVP_PKEY_get_bn_param(other, OSSL_PKEY_PARAM_PRIV_KEY, &scalar) == 1);
	MUST(OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0));
	MUST(OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, len));
	MUST(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, scalar));
	MUST(params = OSSL_PARAM_BLD_to_param(build));
	MUST(EVP_PKEY_fromdata_init(ctx) == 1 && EVP_PKEY_fromdata(ctx, &made, EVP_PKEY_KEYPAIR, params) == 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_clear_free(scalar);
	return own(OWNED_KEY, made);
}

static void
add_extension(X509 *cert, X509 *issuer, const char *name, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;
	CONF *empty;

	if (value == NULL || *value == '\0')
		return;
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	MUST(empty = NCONF_new(NULL)); /* some extensions insist on having one */
	X509V3_set_nconf(&ctx, empty);
	extension = X509V3_EXT_nconf(empty, &ctx, name, value);
	NCONF_free(empty);
	if (extension == NULL)
		fprintf(stderr, "%s = %s\n", name, value);
	MUST(extension && X509_add_ext(cert, extension, -1));
	X509_EXTENSION_free(extension);
}

static void
add_extensions(X509 *cert, X509 *issuer, const struct pki_spec *s)
{
	const char *no_ids = issuer == cert && !s->is_ca ? PKI_NONE : NULL;

	add_extension(cert, issuer, "basicConstraints",
		s->bc      ? s->bc
		: s->is_ca ? "critical,CA:TRUE"
			   : "critical,CA:FALSE");
	add_extension(cert, issuer, "keyUsage",
		s->ku      ? s->ku
		: s->is_ca ? "critical,keyCertSign,cRLSign"
			   : "critical,digitalSignature");
	add_extension(cert, issuer, "extendedKeyUsage", s->eku ? s->eku : s->is_ca ? PKI_NONE : "serverAuth");
	add_extension(cert, issuer, "subjectAltName", s->san ? s->san : s->is_ca ? PKI_NONE : "DNS:www.example.org");
	add_extension(cert, issuer, "nameConstraints", s->nc);
	add_extension(cert, issuer, "subjectKeyIdentifier", s->ski ? s->ski : "hash");
	add_extension(cert, issuer, "authorityKeyIdentifier", s->aki ? s->aki : no_ids ? no_ids : "keyid");
	for (size_t i = 0; i < sizeof s->extra / sizeof s->extra[0] && s->extra[i].name; i++)
		add_extension(cert, issuer, s->extra[i].name, s->extra[i].value);
}

static void
set_serial(X509 *cert, const char *hex)
{
	unsigned char random[8];
	BIGNUM *number = NULL;

	if (hex)
		MUST(BN_hex2bn(&number, hex));
	else
		MUST(RAND_bytes(random, sizeof random) == 1 && (number = BN_bin2bn(random, sizeof random, NULL)));
	MUST(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)));
	BN_free(number);
}

static void
set_names(X509 *cert, X509 *issuer, const struct pki_spec *s)
{
	X509_NAME *name = X509_get_subject_name(cert);
	const char *cn = s->cn ? s->cn : s->is_ca ? "Test CA" : "server";

	if (!s->no_subject)
		MUST(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0));
	MUST(X509_set_issuer_name(cert, X509_get_subject_name(issuer)));
}

struct pki_cert
pki_make(const struct pki_spec *s)
{
	struct pki_cert made = {own(OWNED_CERT, X509_new()), s->use_key ? s->use_key : pki_key(s->key)};
	X509 *issuer = s->issuer ? s->issuer->cert : made.cert;
	EVP_PKEY *signer = s->issuer ? s->issuer->key : made.key;
	const EVP_MD *digest = EVP_PKEY_is_a(signer, "ED25519") ? NULL : s->digest ? s->digest : EVP_sha256();
	int64_t until = s->until ? s->until : s->is_ca ? 3650 * PKI_DAY : 90 * PKI_DAY;

	MUST(X509_set_version(made.cert, s->version ? s->version - 1 : 2));
	set_serial(made.cert, s->serial);
	set_names(made.cert, issuer, s);
	MUST(ASN1_TIME_set(X509_getm_notBefore(made.cert), PKI_NOW + (s->from ? s->from : -PKI_DAY)));
	MUST(ASN1_TIME_set(X509_getm_notAfter(made.cert), PKI_NOW + until));
	MUST(X509_set_pubkey(made.cert, made.key));
	if (s->version != 1)
		add_extensions(made.cert, issuer, s);
	MUST(X509_sign(made.cert, signer, digest) > 0);
	/* Parsed again, as from the wire: nothing of how it was made is left. */
	{
		struct slice der = pki_der(made.cert);
		const unsigned char *at = (const unsigned char *)der.ptr;

		made.cert = own(OWNED_CERT, d2i_X509(NULL, &at, (long)der.len));
	}
	return made;
}

struct slice
pki_der(X509 *cert)
{
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);

	MUST(len > 0);
	return slice_make(own(OWNED_BYTES, der), (size_t)len);
}

struct slice
pki_pem(X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text, *copy;
	long len;

	MUST(PEM_write_bio_X509(bio, cert) == 1);
	len = BIO_get_mem_data(bio, &text);
	copy = own(OWNED_BYTES, OPENSSL_memdup(text, (size_t)len));
	BIO_free(bio);
	return slice_make(copy, (size_t)len);
}

X509 *
pki_patch(X509 *cert, struct slice from, struct slice to)
{
	struct slice der = pki_der(cert), rest = der;
	const unsigned char *at = (const unsigned char *)der.ptr;
	char *last = NULL;
	size_t found;

	MUST(from.len == to.len);
	while ((found = slice_find_slice(rest, from)) < rest.len) {
		last = (char *)rest.ptr + found;
		rest = slice_sub(rest, found + 1, rest.len);
	}
	MUST(last);
	memcpy(last, to.ptr, to.len);
	return own(OWNED_CERT, d2i_X509(NULL, &at, (long)der.len));
}

X509 *
pki_break_signature(X509 *cert)
{
	struct slice der = pki_der(cert);
	const unsigned char *at = (const unsigned char *)der.ptr;

	((char *)der.ptr)[der.len - 1] ^= 1;
	return own(OWNED_CERT, d2i_X509(NULL, &at, (long)der.len));
}

struct slice
pki_crl(const struct pki_cert *issuer, X509 *revoked, int64_t age)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *time = ASN1_TIME_set(NULL, PKI_NOW - age);
	X509_REVOKED *entry;
	unsigned char *der = NULL;
	int len;

	MUST(X509_CRL_set_version(crl, 1) && X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->cert)));
	MUST(X509_CRL_set1_lastUpdate(crl, time));
	MUST(ASN1_TIME_set(time, PKI_NOW - age + 7 * PKI_DAY) && X509_CRL_set1_nextUpdate(crl, time));
	if (revoked) {
		MUST(entry = X509_REVOKED_new());
		MUST(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked)));
		MUST(X509_REVOKED_set_revocationDate(entry, time) && X509_CRL_add0_revoked(crl, entry));
	}
	MUST(X509_CRL_sign(crl, issuer->key, EVP_sha256()) > 0);
	len = i2d_X509_CRL(crl, &der);
	ASN1_TIME_free(time);
	X509_CRL_free(crl);
	return slice_make(own(OWNED_BYTES, der), (size_t)len);
}

struct slice
pki_ocsp(const struct pki_ocsp *s)
{
	static const int statuses[] = {V_OCSP_CERTSTATUS_GOOD, V_OCSP_CERTSTATUS_REVOKED, V_OCSP_CERTSTATUS_UNKNOWN};
	const struct pki_cert *signer = s->signer ? s->signer : s->issuer;
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), s->about, s->issuer->cert);
	ASN1_TIME *from = ASN1_TIME_set(NULL, PKI_NOW + (s->from ? s->from : -PKI_DAY));
	ASN1_TIME *until = ASN1_TIME_set(NULL, PKI_NOW + (s->until ? s->until : 6 * PKI_DAY));
	OCSP_RESPONSE *response;
	unsigned char *der = NULL;
	int len;

	MUST(OCSP_basic_add1_status(
		basic, id, statuses[s->status], 0, s->status == PKI_REVOKED ? from : NULL, from, until));
	MUST(OCSP_basic_sign(basic, signer->cert, signer->key, EVP_sha256(), NULL, s->forged ? OCSP_NOCERTS : 0) == 1);
	MUST(response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic));
	len = i2d_OCSP_RESPONSE(response, &der);
	MUST(len > 0);
	if (s->forged) /* without certificates in it, the signature is the end */
		der[len - 1] ^= 1;
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(from);
	ASN1_TIME_free(until);
	return slice_make(own(OWNED_BYTES, der), (size_t)len);
}

STACK_OF(X509) *
pki_stack(size_t count, X509 *const *certs)
{
	STACK_OF(X509) *stack = own(OWNED_STACK, sk_X509_new_null());

	for (size_t i = 0; i < count; i++)
		MUST(sk_X509_push(stack, certs[i]) > 0);
	return stack;
}

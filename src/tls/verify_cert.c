/* Checks of one certificate: see verify_cert.h. */
#include "tls/verify_cert.h"

#include "tls/verify_der.h"

#include <openssl/x509v3.h>

enum {
	RSA_BITS_MIN = 2048,
	RSA_BITS_MAX = 8192,        /* above, one signature costs milliseconds (CVE-2023-6237 and its like) */
	RSA_EXPONENT_BITS_MAX = 33, /* as in BoringSSL: a long public exponent makes a private operation of it */
};

/* Extensions whose content is walked for strictness, because it decides. */
static const struct {
	int nid;
	size_t bytes_max;
} watched_extensions[] = {
	{NID_subject_alt_name, VERIFY_SAN_BYTES_MAX},
	{NID_name_constraints, VERIFY_NC_BYTES_MAX},
	{NID_basic_constraints, 64},
	{NID_key_usage, 16},
	{NID_ext_key_usage, 1024},
	{NID_tlsfeature, 64},
};

static struct slice
octets_of(const ASN1_STRING *s)
{
	return slice_make(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
}

bool
verify_cert_extension(const X509 *cert, int nid, struct slice *content)
{
	int at = X509_get_ext_by_NID(cert, nid, -1);

	if (at < 0)
		return false;
	*content = octets_of(X509_EXTENSION_get_data(X509_get_ext(cert, at)));
	return true;
}

bool
verify_cert_time(const ASN1_TIME *date, int64_t *out)
{
	struct tm parts;

	if (date == NULL || ASN1_TIME_to_tm(date, &parts) != 1)
		return false;
	*out = (int64_t)timegm(&parts);
	return true;
}

static enum verify_reason
extension_shape(X509_EXTENSION *extension)
{
	struct slice content = octets_of(X509_EXTENSION_get_data(extension));
	int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));

	for (size_t i = 0; i < sizeof watched_extensions / sizeof watched_extensions[0]; i++) {
		if (watched_extensions[i].nid != nid)
			continue;
		if (content.len > watched_extensions[i].bytes_max)
			return VERIFY_PATHOLOGICAL;
		return content.len > 0 && der_is_strict(content) ? VERIFY_OK : VERIFY_MALFORMED;
	}
	return VERIFY_OK;
}

static enum verify_reason
extensions_shape(const X509 *cert)
{
	int count = X509_get_ext_count(cert);

	if (count > VERIFY_EXTENSIONS_MAX)
		return VERIFY_PATHOLOGICAL;
	for (int i = 0; i < count; i++) {
		X509_EXTENSION *extension = X509_get_ext(cert, i);
		const ASN1_OBJECT *kind = X509_EXTENSION_get_object(extension);
		enum verify_reason reason = extension_shape(extension);

		if (reason != VERIFY_OK)
			return reason;
		for (int k = 0; k < i; k++)
			if (OBJ_cmp(kind, X509_EXTENSION_get_object(X509_get_ext(cert, k))) == 0)
				return VERIFY_MALFORMED;
	}
	return VERIFY_OK;
}

/* The bits of a positive DER integer; 0 where it is not positive. */
static size_t
integer_bits(struct slice integer)
{
	const uint8_t *octets = (const uint8_t *)integer.ptr;
	size_t len = integer.len, bits;

	if (len > 0 && octets[0] >= 0x80)
		return 0;
	while (len > 0 && *octets == 0) {
		octets++;
		len--;
	}
	if (len == 0)
		return 0;
	bits = len * 8;
	for (uint8_t top = *octets; top < 0x80; top = (uint8_t)(top << 1))
		bits--;
	return bits;
}

struct key_facts {
	int nid;             /* of the algorithm */
	int curve;           /* of EC keys: NID_undef where it is not given by name */
	size_t modulus_bits; /* of RSA keys; 0 where the key cannot be read */
	size_t exponent_bits;
	bool exponent_is_odd;
};

static void
read_rsa(struct slice key, struct key_facts *facts)
{
	struct cursor c = cursor_over(key), inner;
	struct slice sequence, modulus, exponent;

	if (!der_expect(&c, DER_SEQUENCE, &sequence) || !cursor_at_end(&c))
		return;
	inner = cursor_over(sequence);
	if (!der_expect(&inner, DER_INTEGER, &modulus) || !der_expect(&inner, DER_INTEGER, &exponent) ||
		!cursor_at_end(&inner) || exponent.len == 0)
		return;
	facts->modulus_bits = integer_bits(modulus);
	facts->exponent_bits = integer_bits(exponent);
	facts->exponent_is_odd = exponent.ptr[exponent.len - 1] & 1;
}

/* Reads the key's own octets, so that no arithmetic is done on a key that will be refused. */
static struct key_facts
key_facts(X509 *cert)
{
	struct key_facts facts = {0};
	ASN1_OBJECT *algorithm = NULL;
	const unsigned char *key = NULL;
	X509_ALGOR *parameters = NULL;
	const void *value = NULL;
	int len = 0, type = V_ASN1_UNDEF;

	if (X509_PUBKEY_get0_param(&algorithm, &key, &len, &parameters, X509_get_X509_PUBKEY(cert)) != 1)
		return facts;
	facts.nid = OBJ_obj2nid(algorithm);
	if (facts.nid == NID_rsaEncryption)
		read_rsa(slice_make(key, (size_t)len), &facts);
	if (facts.nid == NID_X9_62_id_ecPublicKey) {
		X509_ALGOR_get0(NULL, &type, &value, parameters);
		facts.curve = type == V_ASN1_OBJECT ? OBJ_obj2nid(value) : NID_undef;
	}
	return facts;
}

/* Of a kind and size that may be computed with. */
static enum verify_reason
key_shape(const struct key_facts *key)
{
	switch (key->nid) {
	case NID_rsaEncryption:
		if (key->modulus_bits == 0)
			return VERIFY_MALFORMED;
		if (key->modulus_bits > RSA_BITS_MAX || key->exponent_bits > RSA_EXPONENT_BITS_MAX ||
			key->exponent_bits < 2 || !key->exponent_is_odd)
			return VERIFY_WEAK_KEY;
		return VERIFY_OK;
	case NID_X9_62_id_ecPublicKey:
		return key->curve == NID_X9_62_prime256v1 || key->curve == NID_secp384r1 || key->curve == NID_secp521r1
			       ? VERIFY_OK
			       : VERIFY_KEY_TYPE;
	case NID_ED25519:
		return VERIFY_OK;
	default:
		return VERIFY_KEY_TYPE;
	}
}

static enum verify_reason
encoding_shape(X509 *cert, size_t *bytes)
{
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);
	enum verify_reason reason = VERIFY_MALFORMED;

	if (len > 0) {
		*bytes += (size_t)len;
		reason = der_is_strict(slice_make(der, (size_t)len)) ? VERIFY_OK : VERIFY_MALFORMED;
	}
	OPENSSL_free(der);
	return reason;
}

enum verify_reason
verify_cert_shape(X509 *cert, size_t *bytes)
{
	enum verify_reason reason = encoding_shape(cert, bytes);
	const X509_ALGOR *outer;
	struct key_facts key;

	if (reason == VERIFY_OK)
		reason = extensions_shape(cert);
	if (reason != VERIFY_OK)
		return reason;
	key = key_facts(cert);
	reason = key_shape(&key);
	if (reason != VERIFY_OK)
		return reason;
	X509_get0_signature(NULL, &outer, cert);
	if (X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(cert)) != 0)
		return VERIFY_SIGNATURE_MISMATCH;
	return X509_get0_pubkey(cert) ? VERIFY_OK : VERIFY_MALFORMED;
}

enum verify_reason
verify_cert_key(X509 *cert, bool below_public_root)
{
	struct key_facts key = key_facts(cert);
	enum verify_reason reason = key_shape(&key);

	if (reason != VERIFY_OK)
		return reason;
	if (key.nid == NID_rsaEncryption && (key.modulus_bits < RSA_BITS_MIN || key.modulus_bits % 8 != 0))
		return VERIFY_WEAK_KEY;
	return key.nid == NID_ED25519 && below_public_root ? VERIFY_KEY_TYPE : VERIFY_OK;
}

enum verify_reason
verify_cert_signature(X509 *cert, bool below_public_root)
{
	int digest = NID_undef, key = NID_undef;

	if (X509_get_signature_info(cert, &digest, &key, NULL, NULL) != 1)
		return VERIFY_WEAK_SIGNATURE;
	if (key == NID_ED25519)
		return below_public_root ? VERIFY_WEAK_SIGNATURE : VERIFY_OK;
	if (key != NID_rsaEncryption && key != NID_rsassaPss && key != NID_X9_62_id_ecPublicKey)
		return VERIFY_WEAK_SIGNATURE;
	return digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512 ? VERIFY_OK : VERIFY_WEAK_SIGNATURE;
}

static bool
serial_is_sound(X509 *cert)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
	struct slice octets = octets_of(serial);
	bool is_zero = octets.len == 0 || (octets.len == 1 && octets.ptr[0] == 0);
	size_t encoded = octets.len + (octets.len > 0 && (octets.ptr[0] & 0x80));

	return ASN1_STRING_type(serial) != V_ASN1_NEG_INTEGER && !is_zero && encoded <= 20;
}

enum verify_reason
verify_cert_profile(X509 *cert)
{
	int at = X509_get_ext_by_NID(cert, NID_policy_constraints, -1);

	if (at >= 0 && !X509_EXTENSION_get_critical(X509_get_ext(cert, at)))
		return VERIFY_PROFILE;
	return serial_is_sound(cert) ? VERIFY_OK : VERIFY_PROFILE;
}

enum verify_reason
verify_cert_leaf(X509 *leaf)
{
	uint32_t flags = X509_get_extension_flags(leaf), usage = X509_get_key_usage(leaf);
	struct slice unused;

	if (flags & EXFLAG_INVALID)
		return VERIFY_MALFORMED;
	if ((flags & EXFLAG_CA) || ((flags & EXFLAG_KUSAGE) && (usage & KU_KEY_CERT_SIGN)))
		return VERIFY_CA_LEAF;
	if (verify_cert_extension(leaf, NID_name_constraints, &unused))
		return VERIFY_NAME_CONSTRAINTS;
	return (flags & EXFLAG_KUSAGE) && !(usage & KU_DIGITAL_SIGNATURE) ? VERIFY_KEY_USAGE : VERIFY_OK;
}

enum verify_eku
verify_cert_eku(X509 *cert)
{
	uint32_t usage = X509_get_extended_key_usage(cert);

	if (usage == UINT32_MAX)
		return VERIFY_EKU_ABSENT;
	if (usage & XKU_ANYEKU)
		return VERIFY_EKU_ANY;
	return usage & XKU_SSL_SERVER ? VERIFY_EKU_SERVER : VERIFY_EKU_OTHER;
}

bool
verify_cert_demands_staple(X509 *cert)
{
	struct slice content, features, feature;
	struct cursor c;

	if (!verify_cert_extension(cert, NID_tlsfeature, &content))
		return false;
	c = cursor_over(content);
	if (!der_expect(&c, DER_SEQUENCE, &features))
		return true; /* it demands something that cannot be read */
	c = cursor_over(features);
	while (der_expect(&c, DER_INTEGER, &feature))
		if (feature.len == 1 && (feature.ptr[0] == 5 || feature.ptr[0] == 17))
			return true; /* status_request, status_request_v2 */
	return false;
}

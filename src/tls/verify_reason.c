/* The table of reasons and the translation of OpenSSL's errors into it: see verify_reason.h. */
#include "tls/verify_reason.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

struct reason_row {
	const char *code;
	const char *text;
	int x509_error; /* chosen for the alert that libssl makes of it */
	uint8_t alert;
	bool is_exceptable;
};

static const struct reason_row reasons[VERIFY_REASONS] = {
	[VERIFY_OK] = {"ok", "the certificate is valid", X509_V_OK, 0, false},
	[VERIFY_UNJUDGED] = {"unjudged", "the certificate was not verified", X509_V_ERR_UNSPECIFIED,
		SSL_AD_INTERNAL_ERROR, false},
	[VERIFY_INTERNAL] = {"internal", "verification failed inside the proxy", X509_V_ERR_OUT_OF_MEM,
		SSL_AD_INTERNAL_ERROR, false},
	[VERIFY_NO_CERTIFICATE] = {"no_certificate", "the server sent no certificate", X509_V_ERR_UNSPECIFIED,
		SSL_AD_INTERNAL_ERROR, false},
	[VERIFY_PATHOLOGICAL] = {"pathological", "the certificates are larger or more than any server needs",
		X509_V_ERR_CERT_REJECTED, SSL_AD_BAD_CERTIFICATE, false},
	[VERIFY_MALFORMED] = {"malformed", "a certificate is not well-formed", X509_V_ERR_CERT_REJECTED,
		SSL_AD_BAD_CERTIFICATE, false},
	[VERIFY_EXPIRED] = {"expired", "a certificate has expired", X509_V_ERR_CERT_HAS_EXPIRED,
		SSL_AD_CERTIFICATE_EXPIRED, true},
	[VERIFY_NOT_YET_VALID] = {"not_yet_valid", "a certificate is not yet valid", X509_V_ERR_CERT_NOT_YET_VALID,
		SSL_AD_BAD_CERTIFICATE, true},
	[VERIFY_SELF_SIGNED] = {"self_signed", "the certificate is signed by itself",
		X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, SSL_AD_UNKNOWN_CA, true},
	[VERIFY_UNKNOWN_ISSUER] = {"unknown_issuer", "no trusted authority vouches for the certificate",
		X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, SSL_AD_UNKNOWN_CA, true},
	[VERIFY_OWN_CA] = {"own_ca", "the certificate is signed by the authority of this proxy",
		X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, SSL_AD_UNKNOWN_CA, false},
	[VERIFY_BAD_SIGNATURE] = {"bad_signature", "a signature in the chain is wrong",
		X509_V_ERR_CERT_SIGNATURE_FAILURE, SSL_AD_DECRYPT_ERROR, false},
	[VERIFY_NAME_MISMATCH] = {"name_mismatch", "the certificate is for another name", X509_V_ERR_HOSTNAME_MISMATCH,
		SSL_AD_BAD_CERTIFICATE, true},
	[VERIFY_PUBLIC_SUFFIX] = {"public_suffix", "the certificate's wildcard covers a whole public suffix",
		X509_V_ERR_HOSTNAME_MISMATCH, SSL_AD_BAD_CERTIFICATE, true},
	[VERIFY_KEY_TYPE] = {"key_type", "a key in the chain is of a kind that is not accepted",
		X509_V_ERR_CERT_REJECTED, SSL_AD_BAD_CERTIFICATE, false},
	[VERIFY_WEAK_KEY] = {"weak_key", "a key in the chain is too weak or of an odd size",
		X509_V_ERR_EE_KEY_TOO_SMALL, SSL_AD_BAD_CERTIFICATE, true},
	[VERIFY_WEAK_SIGNATURE] = {"weak_signature", "a certificate is signed with a weak or unknown algorithm",
		X509_V_ERR_CA_MD_TOO_WEAK, SSL_AD_BAD_CERTIFICATE, true},
	[VERIFY_SIGNATURE_MISMATCH] = {"signature_mismatch", "a certificate names two signature algorithms",
		X509_V_ERR_CERT_REJECTED, SSL_AD_BAD_CERTIFICATE, false},
	[VERIFY_EKU] = {"eku", "a certificate is not meant for servers", X509_V_ERR_INVALID_PURPOSE,
		SSL_AD_UNSUPPORTED_CERTIFICATE, true},
	[VERIFY_KEY_USAGE] = {"key_usage", "the certificate's key is not meant for signatures",
		X509_V_ERR_INVALID_PURPOSE, SSL_AD_UNSUPPORTED_CERTIFICATE, true},
	[VERIFY_CA_LEAF] = {"ca_leaf", "the server's certificate is that of an authority", X509_V_ERR_CERT_REJECTED,
		SSL_AD_BAD_CERTIFICATE, true},
	[VERIFY_NOT_A_CA] = {"not_a_ca", "an issuer in the chain is no authority", X509_V_ERR_INVALID_CA,
		SSL_AD_UNKNOWN_CA, false},
	[VERIFY_PATH_LENGTH] = {"path_length", "the chain is longer than an authority in it allows",
		X509_V_ERR_PATH_LENGTH_EXCEEDED, SSL_AD_UNKNOWN_CA, false},
	[VERIFY_NAME_CONSTRAINTS] = {"name_constraints", "an authority in the chain may not vouch for these names",
		X509_V_ERR_PERMITTED_VIOLATION, SSL_AD_BAD_CERTIFICATE, false},
	[VERIFY_CRITICAL_EXTENSION] = {"critical_extension", "a certificate has an unknown critical extension",
		X509_V_ERR_CERT_REJECTED, SSL_AD_BAD_CERTIFICATE, false},
	[VERIFY_PROFILE] = {"profile", "a certificate breaks the rules of RFC 5280", X509_V_ERR_CERT_REJECTED,
		SSL_AD_BAD_CERTIFICATE, true},
	[VERIFY_REVOKED] = {"revoked", "a certificate was revoked", X509_V_ERR_CERT_REVOKED, SSL_AD_CERTIFICATE_REVOKED,
		false},
	[VERIFY_MUST_STAPLE] = {"must_staple", "the certificate demands a stapled status and none was good",
		X509_V_ERR_CERT_REJECTED, SSL_AD_BAD_CERTIFICATE_STATUS_RESPONSE, true},
	[VERIFY_DISTRUSTED] = {"distrusted", "the certificate was issued after its authority was distrusted",
		X509_V_ERR_CERT_UNTRUSTED, SSL_AD_BAD_CERTIFICATE, true},
	[VERIFY_TRANSPARENCY] = {"transparency", "the certificate is not in the public logs that browsers ask for",
		X509_V_ERR_CERT_REJECTED, SSL_AD_BAD_CERTIFICATE, true},
	[VERIFY_DENYLISTED] = {"denylisted", "a key in the chain is known to be misused", X509_V_ERR_CERT_REJECTED,
		SSL_AD_BAD_CERTIFICATE, false},
};

static const struct {
	int error;
	enum verify_reason reason;
} x509_errors[] = {
	{X509_V_ERR_CERT_HAS_EXPIRED, VERIFY_EXPIRED},
	{X509_V_ERR_CERT_NOT_YET_VALID, VERIFY_NOT_YET_VALID},
	{X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD, VERIFY_MALFORMED},
	{X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD, VERIFY_MALFORMED},
	{X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, VERIFY_SELF_SIGNED},
	{X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, VERIFY_UNKNOWN_ISSUER},
	{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, VERIFY_UNKNOWN_ISSUER},
	{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, VERIFY_UNKNOWN_ISSUER},
	{X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, VERIFY_UNKNOWN_ISSUER},
	{X509_V_ERR_CERT_UNTRUSTED, VERIFY_UNKNOWN_ISSUER},
	{X509_V_ERR_CERT_CHAIN_TOO_LONG, VERIFY_PATHOLOGICAL},
	{X509_V_ERR_PATH_LOOP, VERIFY_PATHOLOGICAL},
	{X509_V_ERR_CERT_SIGNATURE_FAILURE, VERIFY_BAD_SIGNATURE},
	{X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, VERIFY_BAD_SIGNATURE},
	{X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, VERIFY_KEY_TYPE},
	{X509_V_ERR_NO_ISSUER_PUBLIC_KEY, VERIFY_KEY_TYPE},
	{X509_V_ERR_EC_KEY_EXPLICIT_PARAMS, VERIFY_KEY_TYPE},
	{X509_V_ERR_EE_KEY_TOO_SMALL, VERIFY_WEAK_KEY},
	{X509_V_ERR_CA_KEY_TOO_SMALL, VERIFY_WEAK_KEY},
	{X509_V_ERR_CA_MD_TOO_WEAK, VERIFY_WEAK_SIGNATURE},
	{X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM, VERIFY_WEAK_SIGNATURE},
	{X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH, VERIFY_BAD_SIGNATURE},
	{X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY, VERIFY_SIGNATURE_MISMATCH},
	{X509_V_ERR_INVALID_PURPOSE, VERIFY_EKU},
	{X509_V_ERR_CERT_REJECTED, VERIFY_EKU},
	{X509_V_ERR_INVALID_CA, VERIFY_NOT_A_CA},
	{X509_V_ERR_INVALID_NON_CA, VERIFY_CA_LEAF},
	{X509_V_ERR_KEYUSAGE_NO_CERTSIGN, VERIFY_NOT_A_CA},
	{X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA, VERIFY_CA_LEAF},
	{X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA, VERIFY_PROFILE},
	{X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN, VERIFY_NOT_A_CA},
	{X509_V_ERR_PATH_LENGTH_EXCEEDED, VERIFY_PATH_LENGTH},
	{X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED, VERIFY_CRITICAL_EXTENSION},
	{X509_V_ERR_PERMITTED_VIOLATION, VERIFY_NAME_CONSTRAINTS},
	{X509_V_ERR_EXCLUDED_VIOLATION, VERIFY_NAME_CONSTRAINTS},
	{X509_V_ERR_SUBTREE_MINMAX, VERIFY_NAME_CONSTRAINTS},
	{X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, VERIFY_NAME_CONSTRAINTS},
	{X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, VERIFY_NAME_CONSTRAINTS},
	{X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, VERIFY_NAME_CONSTRAINTS},
	{X509_V_ERR_UNSPECIFIED, VERIFY_NAME_CONSTRAINTS}, /* more names and constraints than OpenSSL compares */
	{X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, VERIFY_CRITICAL_EXTENSION},
	{X509_V_ERR_INVALID_EXTENSION, VERIFY_MALFORMED},
	{X509_V_ERR_INVALID_POLICY_EXTENSION, VERIFY_MALFORMED},
	{X509_V_ERR_ISSUER_NAME_EMPTY, VERIFY_PROFILE},
	{X509_V_ERR_SUBJECT_NAME_EMPTY, VERIFY_PROFILE},
	{X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER, VERIFY_PROFILE},
	{X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER, VERIFY_PROFILE},
	{X509_V_ERR_EMPTY_SUBJECT_ALT_NAME, VERIFY_PROFILE},
	{X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL, VERIFY_PROFILE},
	{X509_V_ERR_CA_BCONS_NOT_CRITICAL, VERIFY_PROFILE},
	{X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL, VERIFY_PROFILE},
	{X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL, VERIFY_PROFILE},
	{X509_V_ERR_CA_CERT_MISSING_KEY_USAGE, VERIFY_PROFILE},
	{X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3, VERIFY_PROFILE},
};

static const struct reason_row *
row_of(enum verify_reason reason)
{
	return &reasons[(unsigned)reason < VERIFY_REASONS ? reason : VERIFY_UNJUDGED];
}

const char *
verify_reason_code(enum verify_reason reason)
{
	return row_of(reason)->code;
}

const char *
verify_reason_text(enum verify_reason reason)
{
	return row_of(reason)->text;
}

uint8_t
verify_reason_alert(enum verify_reason reason)
{
	return row_of(reason)->alert;
}

int
verify_reason_x509_error(enum verify_reason reason)
{
	return row_of(reason)->x509_error;
}

bool
verify_reason_is_exceptable(enum verify_reason reason)
{
	return row_of(reason)->is_exceptable;
}

bool
verify_reason_parse(struct slice code, enum verify_reason *reason)
{
	for (unsigned i = 0; i < VERIFY_REASONS; i++) {
		if (!slice_eq(code, slice_of(reasons[i].code)))
			continue;
		*reason = (enum verify_reason)i;
		return true;
	}
	return false;
}

enum verify_reason
verify_reason_of_x509_error(int error)
{
	for (size_t i = 0; i < sizeof x509_errors / sizeof x509_errors[0]; i++)
		if (x509_errors[i].error == error)
			return x509_errors[i].reason;
	return VERIFY_INTERNAL;
}

/* Stapled OCSP responses: see verify_staple.h. */
#include "tls/verify_staple.h"

#include "tls/verify_cert.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#define CLOCK_SKEW INT64_C(300) /* seconds that a responder's clock may be ahead */

/* Whether the signer may speak for the issuer (RFC 6960 section 4.2.2.2). */
static bool
signer_is_authorized(X509 *signer, X509 *issuer, int64_t now)
{
	int64_t from, until;

	if (X509_cmp(signer, issuer) == 0)
		return true;
	return (X509_get_extended_key_usage(signer) & XKU_OCSP_SIGN) &&
	       X509_get_extended_key_usage(signer) != UINT32_MAX && X509_check_issued(issuer, signer) == X509_V_OK &&
	       verify_cert_signature(signer, false) == VERIFY_OK && verify_cert_key(signer, false) == VERIFY_OK &&
	       verify_cert_time(X509_get0_notBefore(signer), &from) && from <= now &&
	       verify_cert_time(X509_get0_notAfter(signer), &until) && now <= until &&
	       X509_verify(signer, X509_get0_pubkey(issuer)) == 1;
}

static bool
response_is_genuine(OCSP_BASICRESP *basic, X509 *issuer, int64_t now)
{
	STACK_OF(X509) *issuers = sk_X509_new_null();
	X509 *signer = NULL;
	bool genuine = false;

	/* NOVERIFY: the signature is checked here, the signer's authority below, at our time. */
	if (issuers && sk_X509_push(issuers, issuer) > 0 &&
		OCSP_basic_verify(basic, issuers, NULL, OCSP_NOVERIFY) == 1 &&
		OCSP_resp_get0_signer(basic, &signer, issuers) == 1)
		genuine = signer_is_authorized(signer, issuer, now);
	sk_X509_free(issuers);
	return genuine;
}

/* The answer that is about the leaf, or NULL. */
static OCSP_SINGLERESP *
answer_about(OCSP_BASICRESP *basic, X509 *leaf, X509 *issuer)
{
	int count = OCSP_resp_count(basic);

	for (int i = 0; i < count && i < 16; i++) {
		OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);
		OCSP_CERTID *theirs = (OCSP_CERTID *)OCSP_SINGLERESP_get0_id(single), *ours;
		ASN1_OBJECT *algorithm = NULL;
		const EVP_MD *digest;
		bool same;

		if (OCSP_id_get0_info(NULL, &algorithm, NULL, NULL, theirs) != 1 ||
			(digest = EVP_get_digestbyobj(algorithm)) == NULL)
			continue;
		ours = OCSP_cert_to_id(digest, leaf, issuer);
		same = ours && OCSP_id_cmp(ours, theirs) == 0;
		OCSP_CERTID_free(ours);
		if (same)
			return single;
	}
	return NULL;
}

/* Whether a good answer is current; sets *until. */
static bool
answer_is_current(
	const ASN1_GENERALIZEDTIME *this_update, const ASN1_GENERALIZEDTIME *next_update, int64_t now, int64_t *until)
{
	int64_t from;

	if (!verify_cert_time(this_update, &from) || from > now + CLOCK_SKEW)
		return false;
	*until = from + VERIFY_STAPLE_AGE_MAX;
	if (next_update && (!verify_cert_time(next_update, until) || *until < from))
		return false;
	return now <= *until;
}

static enum verify_staple
judge_basic(OCSP_BASICRESP *basic, X509 *leaf, X509 *issuer, int64_t now, int64_t *until)
{
	ASN1_GENERALIZEDTIME *revoked_at, *this_update, *next_update;
	OCSP_SINGLERESP *single = answer_about(basic, leaf, issuer);
	int reason;

	if (single == NULL || !response_is_genuine(basic, issuer, now))
		return VERIFY_STAPLE_USELESS;
	switch (OCSP_single_get0_status(single, &reason, &revoked_at, &this_update, &next_update)) {
	case V_OCSP_CERTSTATUS_REVOKED:
		return VERIFY_STAPLE_REVOKED;
	case V_OCSP_CERTSTATUS_GOOD:
		return answer_is_current(this_update, next_update, now, until) ? VERIFY_STAPLE_GOOD
									       : VERIFY_STAPLE_USELESS;
	default:
		return VERIFY_STAPLE_USELESS;
	}
}

enum verify_staple
verify_staple_judge(struct slice response, X509 *leaf, X509 *issuer, int64_t now, int64_t *until)
{
	const unsigned char *at = (const unsigned char *)response.ptr;
	enum verify_staple staple = VERIFY_STAPLE_USELESS;
	OCSP_RESPONSE *parsed = NULL;
	OCSP_BASICRESP *basic = NULL;

	*until = INT64_MAX;
	if (response.len == 0)
		return VERIFY_STAPLE_NONE;
	if (response.len > VERIFY_STAPLE_BYTES_MAX)
		return VERIFY_STAPLE_USELESS;
	parsed = d2i_OCSP_RESPONSE(NULL, &at, (long)response.len);
	if (parsed && OCSP_response_status(parsed) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
		basic = OCSP_response_get1_basic(parsed);
	if (basic)
		staple = judge_basic(basic, leaf, issuer, now, until);
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(parsed);
	ERR_clear_error();
	return staple;
}

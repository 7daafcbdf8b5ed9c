/* Signed certificate timestamps.  See verify_sct.h.
 *
 * OpenSSL reads them; what they sign is put together here, since its own validation wants the logs in a file of another
 * form, and its own of everything (RFC 6962 section 3.2). */
#include "tls/verify_sct.h"

#include <openssl/ct.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <string.h>

#define LONG_LIFE_S (180 * INT64_C(86400))
#define SKEW_MS (INT64_C(300) * 1000) /* a log's clock may be ahead */
#define SIGNED_HEAD 12                /* version, kind, time, entry type */

/* What a log signed: the leaf as it is, or without the timestamps (a precertificate). */
struct entry {
	unsigned char *der; /* owned by OpenSSL's allocator */
	int len;
	bool is_precertificate;
	uint8_t issuer_key[CT_LOG_ID];
};

static bool
entry_of_leaf(struct entry *e, X509 *leaf)
{
	*e = (struct entry){0};
	e->len = i2d_X509(leaf, &e->der);
	return e->len > 0;
}

static bool
entry_of_precertificate(struct entry *e, const struct verify_sct_input *in)
{
	X509 *copy = X509_dup(in->leaf);
	unsigned char *key = NULL;
	int at = copy ? X509_get_ext_by_NID(copy, NID_ct_precert_scts, -1) : -1;
	int key_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(in->issuer), &key);

	*e = (struct entry){.is_precertificate = true};
	if (at >= 0 && key_len > 0 && EVP_Digest(key, (size_t)key_len, e->issuer_key, NULL, in->sha256, NULL) == 1) {
		X509_EXTENSION_free(X509_delete_ext(copy, at));
		e->len = i2d_re_X509_tbs(copy, &e->der);
	}
	OPENSSL_free(key);
	X509_free(copy);
	return e->len > 0;
}

static void
put_number(uint8_t *out, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		out[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
}

/* Whether the log signed this entry (RFC 6962 section 3.2: digitally-signed struct). */
static bool
signature_is_right(const SCT *sct, const struct ct_log *log, const struct entry *e)
{
	uint8_t head[SIGNED_HEAD], length[3], extensions_length[2];
	unsigned char *signature, *extensions = NULL;
	size_t signature_len = SCT_get0_signature(sct, &signature), extensions_len;
	int nid = SCT_get_signature_nid(sct);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool right;

	extensions_len = SCT_get0_extensions(sct, &extensions);
	head[0] = 0; /* v1 */
	head[1] = 0; /* certificate_timestamp */
	put_number(head + 2, SCT_get_timestamp(sct), 8);
	put_number(head + 10, e->is_precertificate, 2);
	put_number(length, (uint64_t)e->len, sizeof length);
	put_number(extensions_length, extensions_len, sizeof extensions_length);
	right = ctx && nid == (EVP_PKEY_is_a(log->key, "EC") ? NID_ecdsa_with_SHA256 : NID_sha256WithRSAEncryption) &&
		EVP_DigestVerifyInit_ex(ctx, NULL, "SHA256", NULL, NULL, log->key, NULL) == 1 &&
		EVP_DigestVerifyUpdate(ctx, head, sizeof head) == 1 &&
		(!e->is_precertificate || EVP_DigestVerifyUpdate(ctx, e->issuer_key, sizeof e->issuer_key) == 1) &&
		EVP_DigestVerifyUpdate(ctx, length, sizeof length) == 1 &&
		EVP_DigestVerifyUpdate(ctx, e->der, (size_t)e->len) == 1 &&
		EVP_DigestVerifyUpdate(ctx, extensions_length, sizeof extensions_length) == 1 &&
		(extensions_len == 0 || EVP_DigestVerifyUpdate(ctx, extensions, extensions_len) == 1) &&
		EVP_DigestVerifyFinal(ctx, signature, signature_len) == 1;
	EVP_MD_CTX_free(ctx);
	return right;
}

/* The logs that vouched. */
struct tally {
	const struct ct_log *logs[VERIFY_SCTS_MAX];
	size_t count;
	bool has_usable;
	bool has_two_operators;
};

static void
tally_add(struct tally *t, const struct ct_log *log)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->logs[i] == log)
			return;
	if (t->count == VERIFY_SCTS_MAX)
		return;
	t->has_two_operators |= t->count > 0 && log->operator_number != t->logs[0]->operator_number;
	t->has_usable |= log->state == CT_LOG_USABLE;
	t->logs[t->count++] = log;
}

/* Counts the timestamps of a list that are genuine; those of retired logs only where that is allowed. */
static void
count_scts(struct tally *t, const struct verify_sct_input *in, STACK_OF(SCT) *scts, const struct entry *e, bool retired)
{
	for (int i = 0; i < sk_SCT_num(scts) && i < VERIFY_SCTS_MAX; i++) {
		const SCT *sct = sk_SCT_value(scts, i);
		uint64_t time_ms = SCT_get_timestamp(sct);
		const struct ct_log *log;
		unsigned char *id;

		if (SCT_get_version(sct) != SCT_VERSION_V1 || SCT_get0_log_id(sct, &id) != CT_LOG_ID ||
			(log = ct_logs_find(in->logs, id)) == NULL)
			continue;
		if (time_ms > (uint64_t)(in->now * 1000 + SKEW_MS) ||
			(log->state == CT_LOG_RETIRED && (!retired || time_ms >= (uint64_t)log->retired * 1000)))
			continue;
		if (signature_is_right(sct, log, e))
			tally_add(t, log);
	}
}

static bool
lives_long(X509 *leaf)
{
	int days, seconds;

	return ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(leaf), X509_get0_notAfter(leaf)) != 1 ||
	       (int64_t)days * 86400 + seconds > LONG_LIFE_S;
}

static bool
embedded_suffice(const struct verify_sct_input *in)
{
	STACK_OF(SCT) *scts = X509_get_ext_d2i(in->leaf, NID_ct_precert_scts, NULL, NULL);
	struct tally t = {0};
	struct entry e = {0};

	if (scts && entry_of_precertificate(&e, in))
		count_scts(&t, in, scts, &e, true);
	OPENSSL_free(e.der);
	SCT_LIST_free(scts);
	return t.has_usable && t.has_two_operators && t.count >= (lives_long(in->leaf) ? 3u : 2u);
}

/* The timestamps within a stapled response. */
static STACK_OF(SCT) *
scts_of_staple(struct slice staple)
{
	const unsigned char *at = (const unsigned char *)staple.ptr;
	OCSP_RESPONSE *response = staple.len ? d2i_OCSP_RESPONSE(NULL, &at, (long)staple.len) : NULL;
	OCSP_BASICRESP *basic = response ? OCSP_response_get1_basic(response) : NULL;
	OCSP_SINGLERESP *single = basic ? OCSP_resp_get0(basic, 0) : NULL;
	STACK_OF(SCT) *scts = single ? OCSP_SINGLERESP_get1_ext_d2i(single, NID_ct_cert_scts, NULL, NULL) : NULL;

	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	return scts;
}

static bool
delivered_suffice(const struct verify_sct_input *in)
{
	const unsigned char *at = (const unsigned char *)in->extension.ptr;
	STACK_OF(SCT) *of_extension = in->extension.len && in->extension.len <= VERIFY_SCT_BYTES_MAX
					      ? o2i_SCT_LIST(NULL, &at, in->extension.len)
					      : NULL;
	STACK_OF(SCT) *of_staple = scts_of_staple(in->staple);
	struct tally t = {0};
	struct entry e = {0};

	if ((of_extension || of_staple) && entry_of_leaf(&e, in->leaf)) {
		if (of_extension)
			count_scts(&t, in, of_extension, &e, false);
		if (of_staple)
			count_scts(&t, in, of_staple, &e, false);
	}
	OPENSSL_free(e.der);
	SCT_LIST_free(of_extension);
	SCT_LIST_free(of_staple);
	return t.has_two_operators && t.count >= 2;
}

bool
verify_sct_judge(const struct verify_sct_input *in)
{
	bool suffices = embedded_suffice(in) || delivered_suffice(in);

	ERR_clear_error();
	return suffices;
}

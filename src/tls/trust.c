/* Questions to a trust: see trust.h.  Nothing here changes it but the reference count and, under its lock, what is
 * known about the signature of a CRL. */
#include "tls/trust_state.h"

#include <openssl/x509v3.h>
#include <stdlib.h>

bool
trust_spki_digest(const EVP_MD *sha256, const X509 *cert, uint8_t out[TRUST_DIGEST])
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	bool ok = len > 0 && EVP_Digest(der, (size_t)len, out, NULL, sha256, NULL) == 1;

	OPENSSL_free(der);
	return ok;
}

struct trust *
trust_share(struct trust *t)
{
	atomic_fetch_add_explicit(&t->references, 1, memory_order_relaxed);
	return t;
}

void
trust_release(struct trust *t)
{
	if (t && atomic_fetch_sub_explicit(&t->references, 1, memory_order_acq_rel) == 1)
		trust_destroy(t);
}

void
trust_destroy(struct trust *t)
{
	struct trust_anchor *anchors = t->anchors.items;
	struct trust_own *own = t->own.items;
	struct trust_crl **crls = t->crls.items;

	for (size_t i = 0; i < t->anchors.count; i++)
		X509_free(anchors[i].cert);
	for (size_t i = 0; i < t->own.count; i++)
		X509_free(own[i].cert);
	for (size_t i = 0; i < t->crls.count; i++) {
		X509_CRL_free(crls[i]->crl);
		pthread_mutex_destroy(&crls[i]->lock);
		free(crls[i]);
	}
	free(t->anchors.items);
	free(t->own.items);
	free(t->denied.items);
	free(t->distrusted.items);
	free(t->crls.items);
	free(t->exceptions.items);
	ct_logs_free(t->ct_logs);
	EVP_MD_free(t->sha256);
	free(t);
}

uint64_t
trust_generation(const struct trust *t)
{
	return t->generation;
}

OSSL_LIB_CTX *
trust_libctx(const struct trust *t)
{
	return t->libctx;
}

const EVP_MD *
trust_sha256(const struct trust *t)
{
	return t->sha256;
}

const struct ct_logs *
trust_ct_logs(const struct trust *t)
{
	return t->ct_logs;
}

size_t
trust_anchor_count(const struct trust *t)
{
	return t->anchors.count;
}

int64_t
trust_age(const struct trust *t, int64_t now)
{
	return t->oldest > 0 && now > t->oldest ? now - t->oldest : 0;
}

const struct trust_anchor *
trust_anchors_named(const struct trust *t, const X509_NAME *subject, size_t *count)
{
	const struct trust_anchor *anchors = t->anchors.items;
	size_t low = 0, high = t->anchors.count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (X509_NAME_cmp(X509_get_subject_name(anchors[middle].cert), subject) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < t->anchors.count; end++)
		if (X509_NAME_cmp(X509_get_subject_name(anchors[end].cert), subject) != 0)
			break;
	*count = end - low;
	return end > low ? anchors + low : NULL;
}

const struct trust_anchor *
trust_anchor_of(const struct trust *t, const X509 *cert)
{
	size_t count;
	const struct trust_anchor *anchor = trust_anchors_named(t, X509_get_subject_name(cert), &count);

	for (; count > 0; anchor++, count--)
		if (X509_cmp(anchor->cert, cert) == 0)
			return anchor;
	return NULL;
}

bool
trust_key_is_own(const struct trust *t, const uint8_t spki[TRUST_DIGEST])
{
	const struct trust_own *own = t->own.items;

	for (size_t i = 0; i < t->own.count; i++)
		if (memcmp(own[i].spki, spki, TRUST_DIGEST) == 0)
			return true;
	return false;
}

bool
trust_signed_by_own_ca(const struct trust *t, X509 *cert)
{
	const struct trust_own *own = t->own.items;

	for (size_t i = 0; i < t->own.count; i++)
		if (X509_NAME_cmp(X509_get_issuer_name(cert), X509_get_subject_name(own[i].cert)) == 0 &&
			X509_verify(cert, X509_get0_pubkey(own[i].cert)) == 1)
			return true;
	return false;
}

static int
compare_key(const void *spki, const void *row)
{
	return memcmp(spki, ((const struct trust_key *)row)->spki, TRUST_DIGEST);
}

bool
trust_key_is_denied(const struct trust *t, const uint8_t spki[TRUST_DIGEST])
{
	return bsearch(spki, t->denied.items, t->denied.count, sizeof(struct trust_key), compare_key) != NULL;
}

const struct trust_exception *
trust_exception_for(const struct trust *t, const struct hostname *host, const uint8_t leaf_spki[TRUST_DIGEST],
	enum verify_reason reason, int64_t now)
{
	const struct trust_exception *e = t->exceptions.items;

	for (size_t i = 0; i < t->exceptions.count; i++)
		if (e[i].reason == reason && now < e[i].expires && hostname_eq(&e[i].host, host) &&
			memcmp(e[i].leaf_spki, leaf_spki, TRUST_DIGEST) == 0)
			return &e[i];
	return NULL;
}

/* Whether the issuer's key signed the CRL, and may. */
static bool
crl_is_genuine(const struct trust *t, struct trust_crl *entry, X509 *issuer)
{
	uint8_t key[TRUST_DIGEST];
	bool genuine;

	if ((X509_get_key_usage(issuer) & KU_CRL_SIGN) == 0 || !trust_spki_digest(t->sha256, issuer, key))
		return false;
	pthread_mutex_lock(&entry->lock);
	if (!entry->is_checked || memcmp(entry->key, key, TRUST_DIGEST) != 0) {
		entry->is_genuine = X509_CRL_verify(entry->crl, X509_get0_pubkey(issuer)) == 1;
		entry->is_checked = true;
		memcpy(entry->key, key, TRUST_DIGEST);
	}
	genuine = entry->is_genuine;
	pthread_mutex_unlock(&entry->lock);
	return genuine;
}

bool
trust_is_revoked(const struct trust *t, X509 *cert, X509 *issuer)
{
	struct trust_crl **crls = t->crls.items;
	X509_REVOKED *revoked;

	for (size_t i = 0; i < t->crls.count; i++) {
		if (X509_NAME_cmp(X509_CRL_get_issuer(crls[i]->crl), X509_get_issuer_name(cert)) != 0)
			continue;
		if (X509_CRL_get0_by_cert(crls[i]->crl, &revoked, cert) == 1 && crl_is_genuine(t, crls[i], issuer))
			return true;
	}
	return false;
}

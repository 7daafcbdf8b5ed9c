/* The verifier in OpenSSL's client handshake: see verify_ssl.h. */
#include "tls/verify_ssl.h"

#include "tls/verify_sct.h"

#include <pthread.h>
#include <stdlib.h>

#define EXTENSION_SCT 18 /* signed_certificate_timestamp, RFC 6962 section 3.3.1 */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int ex_index = -1;  /* of SSL ex_data: struct verify_ssl * */
static int sct_index = -1; /* of SSL ex_data: struct sct_extension *, owned */

/* What the server sent in that extension. */
struct sct_extension {
	size_t len;
	unsigned char bytes[];
};

static void
free_extension(void *parent, void *extension, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
	(void)parent, (void)ad, (void)index, (void)argl, (void)argp;
	free(extension);
}

static void
make_index(void)
{
	ex_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	sct_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, free_extension);
}

static struct verify_ssl *
attached(const SSL *ssl)
{
	return ssl && ex_index >= 0 ? SSL_get_ex_data(ssl, ex_index) : NULL;
}

static struct slice
stapled(SSL *ssl)
{
	const unsigned char *response = NULL;
	long len = SSL_get_tlsext_status_ocsp_resp(ssl, &response);

	return len > 0 && response ? slice_make(response, (size_t)len) : SLICE_EMPTY;
}

static struct slice
timestamps(SSL *ssl)
{
	const struct sct_extension *extension = SSL_get_ex_data(ssl, sct_index);

	return extension ? slice_make(extension->bytes, extension->len) : SLICE_EMPTY;
}

/* The extension is offered where somebody will look at the answer. */
static int
add_sct_extension(SSL *ssl, unsigned type, unsigned context, const unsigned char **out, size_t *out_len, X509 *cert,
	size_t at, int *alert, void *unused)
{
	const struct verify_ssl *v = attached(ssl);

	(void)type, (void)context, (void)cert, (void)at, (void)alert, (void)unused;
	*out = NULL;
	*out_len = 0;
	return v && trust_ct_logs(v->trust) ? 1 : 0;
}

/* In TLS 1.3 it comes with each certificate; the leaf's counts.  What is too long is no proof. */
static int
take_sct_extension(SSL *ssl, unsigned type, unsigned context, const unsigned char *in, size_t in_len, X509 *cert,
	size_t at, int *alert, void *unused)
{
	struct sct_extension *extension;

	(void)type, (void)context, (void)cert, (void)unused;
	if (at > 0 || in_len == 0 || in_len > VERIFY_SCT_BYTES_MAX || SSL_get_ex_data(ssl, sct_index))
		return 1;
	extension = malloc(sizeof *extension + in_len);
	if (extension == NULL) {
		*alert = SSL_AD_INTERNAL_ERROR;
		return 0;
	}
	extension->len = in_len;
	memcpy(extension->bytes, in, in_len);
	if (SSL_set_ex_data(ssl, sct_index, extension) == 1)
		return 1;
	free(extension);
	*alert = SSL_AD_INTERNAL_ERROR;
	return 0;
}

static void
judge(struct verify_ssl *v, SSL *ssl, X509 *leaf, STACK_OF(X509) *chain, struct slice staple, unsigned options)
{
	struct verify_input in = {
		.trust = v->trust,
		.leaf = leaf,
		.chain = chain,
		.extra = v->extra,
		.host = &v->host,
		.now = v->now,
		.staple = staple,
		.scts = timestamps(ssl),
		.revocations = v->revocations,
		.options = v->options | options,
	};

	verify_cache_judge(v->cache, &in, &v->verdict);
}

/* The certificate whose issuer is missing from what was presented and what was found; borrowed, or NULL. */
static X509 *
last_known(const struct verify_ssl *v, X509 *leaf, STACK_OF(X509) *chain)
{
	STACK_OF(X509) *all = chain ? sk_X509_dup(chain) : sk_X509_new_null();
	X509 *last;

	for (int i = 0; all && i < sk_X509_num(v->extra); i++)
		if (sk_X509_push(all, sk_X509_value(v->extra, i)) <= 0)
			break;
	last = all ? aia_last_known(leaf, all) : NULL;
	sk_X509_free(all);
	return last;
}

/* Judges again with what the store has, issuer after issuer. */
static void
complete(struct verify_ssl *v, SSL *ssl, X509 *leaf, STACK_OF(X509) *chain, unsigned options)
{
	struct aia_url urls[AIA_URLS_MAX];
	X509 *before = NULL;

	sk_X509_pop_free(v->extra, X509_free);
	v->extra = sk_X509_new_null();
	for (int hop = 0; v->extra && hop < AIA_HOPS_MAX && v->verdict.reason == VERIFY_UNKNOWN_ISSUER; hop++) {
		X509 *child = last_known(v, leaf, chain);
		enum issuer_known known;

		if (child == NULL || child == before)
			return; /* what was found does not lead on */
		known = issuer_store_find(v->issuers, child, v->now, v->extra);
		if (known == ISSUER_UNKNOWN && !v->is_final && aia_urls(child, urls) > 0 && X509_up_ref(child))
			v->missing = child;
		if (known != ISSUER_KNOWN)
			return;
		judge(v, ssl, leaf, chain, stapled(ssl), options);
		before = child;
	}
}

/* After a refusal OpenSSL itself has no peer certificate to show. */
static void
keep_refused(struct verify_ssl *v, X509 *leaf)
{
	if (leaf && v->refused == NULL && X509_up_ref(leaf))
		v->refused = leaf;
}

/* Whether the stapled response comes after the certificate, and on_status() will be called for it. */
static bool
staple_comes_later(SSL *ssl)
{
	return SSL_version(ssl) < TLS1_3_VERSION && SSL_get_tlsext_status_type(ssl) == TLSEXT_STATUSTYPE_ocsp;
}

/* In place of X509_verify_cert(). */
static int
on_certificate(X509_STORE_CTX *ctx, void *unused)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct verify_ssl *v = attached(ssl);
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_untrusted(ctx);
	X509 *leaf = X509_STORE_CTX_get0_cert(ctx);
	unsigned options = staple_comes_later(ssl) ? VERIFY_STAPLE_LATER : 0;

	(void)unused;
	if (v == NULL) {
		X509_STORE_CTX_set_error(ctx, verify_reason_x509_error(VERIFY_UNJUDGED));
		return 0;
	}
	X509_free(v->missing);
	v->missing = NULL;
	judge(v, ssl, leaf, chain, stapled(ssl), options);
	if (v->verdict.reason == VERIFY_UNKNOWN_ISSUER && v->issuers)
		complete(v, ssl, leaf, chain, options);
	if (v->missing)
		return SSL_set_retry_verify(ssl);
	X509_STORE_CTX_set_error(ctx, verify_reason_x509_error(v->verdict.reason));
	if (verify_verdict_accepts(&v->verdict))
		return 1;
	keep_refused(v, leaf);
	return 0;
}

/* Called once in each handshake, after the server's flight; 0 sends bad_certificate_status_response. */
static int
on_status(SSL *ssl, void *unused)
{
	struct verify_ssl *v = attached(ssl);
	struct slice staple = stapled(ssl);

	(void)unused;
	if (v == NULL)
		return 0;
	if (SSL_session_reused(ssl))
		return 1;
	if (staple_comes_later(ssl) && verify_verdict_accepts(&v->verdict) &&
		(staple.len > 0 || v->verdict.must_staple))
		judge(v, ssl, SSL_get0_peer_certificate(ssl), SSL_get_peer_cert_chain(ssl), staple, 0);
	if (verify_verdict_accepts(&v->verdict))
		return 1;
	keep_refused(v, SSL_get0_peer_certificate(ssl));
	return 0;
}

bool
verify_ssl_install(SSL_CTX *ctx)
{
	pthread_once(&once, make_index);
	if (ex_index < 0 || sct_index < 0)
		return false;
	if (!SSL_CTX_has_client_custom_ext(ctx, EXTENSION_SCT) &&
		SSL_CTX_add_custom_ext(ctx, EXTENSION_SCT,
			SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO | SSL_EXT_TLS1_3_CERTIFICATE,
			add_sct_extension, NULL, NULL, take_sct_extension, NULL) != 1)
		return false;
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, on_certificate, NULL);
	SSL_CTX_set_max_cert_list(ctx, VERIFY_BYTES_MAX);
	return SSL_CTX_set_tlsext_status_type(ctx, TLSEXT_STATUSTYPE_ocsp) == 1 &&
	       SSL_CTX_set_tlsext_status_cb(ctx, on_status) == 1;
}

bool
verify_ssl_attach(SSL *ssl, struct verify_ssl *v)
{
	v->verdict = verify_verdict_unjudged();
	return ex_index >= 0 && SSL_set_ex_data(ssl, ex_index, v) == 1;
}

void
verify_ssl_release(struct verify_ssl *v)
{
	sk_X509_pop_free(v->extra, X509_free);
	X509_free(v->missing);
	X509_free(v->refused);
	v->extra = NULL;
	v->missing = v->refused = NULL;
}

bool
verify_ssl_resume(struct verify_ssl *v, const struct verify_verdict *earlier)
{
	bool holds = verify_verdict_holds(earlier, trust_generation(v->trust), v->now);

	v->verdict = holds ? *earlier : verify_verdict_unjudged();
	verify_verdict_ask(&v->verdict, v->revocations);
	if (holds && !verify_verdict_accepts(&v->verdict)) {
		v->verdict = verify_verdict_unjudged();
		return false;
	}
	return holds;
}

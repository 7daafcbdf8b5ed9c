/* Contexts for both sides.  See context.h. */
#include "tls/context.h"

#include <openssl/err.h>
#include <pthread.h>

#include "tls/offer.h"
#include "tls/ticket.h"
#include "tls/tls_stream.h"

/* TLS 1.2 by ECDHE and AEAD alone: RFC 9325 section 4.2. */
#define SUITES_TLS12                                                 \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:" \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:" \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define SUITES_TLS13 "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
#define SIGNATURES \
	"ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA384:RSA+SHA384:RSA-PSS+SHA512:RSA+SHA512"
#define GROUPS_HYBRID "X25519MLKEM768:X25519:P-256:P-384"
#define GROUPS_CLASSICAL "X25519:P-256:P-384"

/* What a bulk transfer reads with one system call; freed again while a connection is idle. */
#define READ_BUFFER_BYTES 32768

bool
tls_library_init(void)
{
	return OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_SSL_STRINGS, NULL) == 1;
}

static bool has_hybrid_group;
static pthread_once_t hybrid_once = PTHREAD_ONCE_INIT;

/* One unknown name makes OpenSSL refuse a whole list, so the newer list is only tried. */
static void
look_for_hybrid_group(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());

	has_hybrid_group = ctx && SSL_CTX_set1_groups_list(ctx, GROUPS_HYBRID) == 1;
	SSL_CTX_free(ctx);
	ERR_clear_error();
}

bool
tls_has_hybrid_group(void)
{
	pthread_once(&hybrid_once, look_for_hybrid_group);
	return has_hybrid_group;
}

static SSL_CTX *
context_new(const SSL_METHOD *method)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	if (ctx == NULL)
		return NULL;
	SSL_CTX_set_security_level(ctx, 2);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_clear_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(
		ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_default_read_buffer_len(ctx, READ_BUFFER_BYTES);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
		SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) != 1 ||
		SSL_CTX_set_cipher_list(ctx, SUITES_TLS12) != 1 || SSL_CTX_set_ciphersuites(ctx, SUITES_TLS13) != 1 ||
		SSL_CTX_set1_sigalgs_list(ctx, SIGNATURES) != 1 ||
		SSL_CTX_set1_groups_list(ctx, tls_has_hybrid_group() ? GROUPS_HYBRID : GROUPS_CLASSICAL) != 1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	tls_stream_install(ctx);
	return ctx;
}

SSL_CTX *
tls_context_for_clients(struct tls_ticket_keys *tickets)
{
	SSL_CTX *ctx = context_new(TLS_server_method());

	if (ctx == NULL)
		return NULL;
	SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_max_early_data(ctx, 0);
	/* Sessions live in tickets alone; a cache here would grow without bound (CVE-2024-2511). */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	if (tickets == NULL)
		SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	else if (!tls_ticket_install(ctx, tickets)) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

SSL_CTX *
tls_context_for_origins(const struct tls_offer *offer)
{
	SSL_CTX *ctx = context_new(TLS_client_method());

	if (ctx == NULL)
		return NULL;
	if (offer && !tls_offer_apply(offer, ctx)) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_tlsext_status_type(ctx, TLSEXT_STATUSTYPE_ocsp);
	/* Sessions are kept by tls/origin_sessions.h, which knows for whom. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	return ctx;
}

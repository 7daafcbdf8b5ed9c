/* Ties the verifier to OpenSSL's client handshake: the handshake itself fails, with the right alert, before a byte of
 * the application is sent, unless the verifier accepts.  Whoever connects still asks for the verdict afterwards: a
 * handshake that verified nothing (a resumed one) leaves it VERIFY_UNJUDGED, which is a refusal.
 *
 * A chain that lacks an issuer is completed from a store.  Where that has never heard of the issuer, and the
 * certificate says where it is to be had, the handshake waits: it returns "more" with v->missing set.  Whoever connects
 * has it fetched and calls the handshake again, or sets v->is_final first, and the chain is judged as it is.
 *
 * In TLS 1.3 all is judged when the certificate arrives.  In TLS 1.2 the stapled response comes later, so the chain is
 * judged first without, and once more with it. */
#ifndef SLUICE_TLS_VERIFY_SSL_H
#define SLUICE_TLS_VERIFY_SSL_H

#include "tls/issuer_store.h"
#include "tls/verify.h"
#include "tls/verify_cache.h"

#include <openssl/ssl.h>

/* What one connection is verified with, and the result.  Everything is borrowed and must outlive the handshake. */
struct verify_ssl {
	const struct trust *trust;
	struct verify_cache *cache;   /* of this thread; may be NULL */
	struct issuer_store *issuers; /* completes chains that lack an issuer; NULL: they are refused at once */
	STACK_OF(X509) *extra;        /* owned: what the store had; NULL before */
	bool is_final;                /* nobody waits for an issuer any more: the chain is judged as it is */
	X509 *missing; /* owned: the handshake waits until the store knows this one's issuer; else NULL */
	const struct revocations *revocations; /* lists that were fetched; NULL: none are asked */
	struct hostname host;                  /* the client's SNI, or the destination's address where it sent none */
	int64_t now;                           /* Unix time */
	unsigned options;                      /* of enum verify_option */
	struct verify_verdict verdict;         /* set by verify_ssl_attach() and by the handshake */
	X509 *refused; /* owned, the caller may take it: the leaf that was refused when it was shown; else NULL */
};

/* Makes every client handshake of this context verified: SSL_VERIFY_PEER, our callbacks, a request for a stapled
 * response, and at most VERIFY_BYTES_MAX octets of certificates.  A connection without a verify_ssl is refused.  False
 * when memory is out. */
bool verify_ssl_install(SSL_CTX *ctx);
/* Before the handshake.  `v` stays with the caller, who keeps it in place until the SSL is freed or handshaken; its
 * verdict becomes VERIFY_UNJUDGED.  False when memory is out. */
bool verify_ssl_attach(SSL *ssl, struct verify_ssl *v);
/* Frees what is owned. */
void verify_ssl_release(struct verify_ssl *v);
/* For a session to be resumed: takes over the verdict that its full handshake got, for the same host, where that still
 * holds.  False, and unjudged, where it does not: the session must not be offered. */
bool verify_ssl_resume(struct verify_ssl *v, const struct verify_verdict *earlier);

#endif

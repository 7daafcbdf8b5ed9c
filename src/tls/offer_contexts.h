/* Contexts towards origins, one for each distinct offer (offer.h) of a configuration generation: a connection takes its
 * settings from one by reference, where parsing them anew would cost more than its handshake's own arithmetic.  Clients
 * come with few distinct offers; the least recently used is forgotten.  One thread owns a store. */
#ifndef SLUICE_TLS_OFFER_CONTEXTS_H
#define SLUICE_TLS_OFFER_CONTEXTS_H

#include "tls/offer.h"

#define TLS_OFFER_CONTEXTS_DEFAULT 64

/* The parts of a hello that are said for each connection, and that its fingerprint shows. */
enum tls_hello_form {
	TLS_HELLO_HAS_NAME = 1,
	TLS_HELLO_RESUMES = 2,
	TLS_HELLO_HTTP1 = 4, /* the first protocol of its ALPN offer */
	TLS_HELLO_HTTP2 = 8,
	TLS_HELLO_FORMS = 16
};
#define TLS_FINGERPRINT_MAX 40

struct tls_offer_context {
	SSL_CTX *ctx;
	/* Of our own hello in each form; empty until one was sent. */
	char fingerprints[TLS_HELLO_FORMS][TLS_FINGERPRINT_MAX];
};

struct tls_offer_contexts;

/* NULL when memory is out. */
struct tls_offer_contexts *tls_offer_contexts_new(size_t max);
/* NULL is accepted. */
void tls_offer_contexts_free(struct tls_offer_contexts *store);
/* The context of an offer in a generation; make(arg, offer) makes one that is not there yet.  Borrowed until the next
 * call (an SSL takes a reference of its own to the SSL_CTX).  NULL where none can be made. */
struct tls_offer_context *tls_offer_contexts_get(struct tls_offer_contexts *store, const struct tls_offer *offer,
	uint64_t generation, SSL_CTX *(*make)(void *arg, const struct tls_offer *offer), void *arg);
/* How many are kept. */
size_t tls_offer_contexts_count(const struct tls_offer_contexts *store);

#endif

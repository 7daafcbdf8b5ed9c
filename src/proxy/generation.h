/* A generation is everything that a reload replaces, as one immutable whole: settings, policy, pages, trust, TLS
 * contexts and issuer certificates.  Sessions hold the one they began with; a thread hands the newest to new sessions.
 * Built by the worker's main thread, shared by reference count. */
#ifndef SLUICE_PROXY_GENERATION_H
#define SLUICE_PROXY_GENERATION_H

#include <openssl/ssl.h>
#include <stdatomic.h>

#include "base/diag.h"
#include "classify/category_file.h"
#include "classify/phrases.h"
#include "classify/text_model.h"
#include "conf/snapshot.h"
#include "http/stream.h"
#include "ipc/bundle.h"
#include "policy/compile.h"
#include "tls/leaf_issuers.h"
#include "tls/ticket.h"
#include "tls/trust.h"

struct enforce;
struct tls_offer;
struct page_set;

struct generation {
	atomic_uint references;
	uint64_t number; /* also the trust generation and the policy epoch */
	struct conf *conf;
	struct policy *policy;
	struct phrases *phrases;  /* NULL: none are configured */
	struct text_model *model; /* NULL: none is configured */
	void *model_bytes;        /* owned, from pages_alloc(): what the model is a view of */
	size_t model_size;
	struct page_set *pages;
	struct enforce *enforce;
	struct category_file categories; /* no map: no lists are configured */
	struct trust *trust;
	SSL_CTX *client_context;
	SSL_CTX *origin_context;
	struct leaf_issuers *issuers; /* NULL where only a check is made */
	struct http_limits http_limits;
};

/* Names of the blobs that a bundle holds; configuration files carry their own path after the prefix. */
#define BLOB_CONF "conf:"                 /* followed by the file's name; the main file first */
#define BLOB_TRUST_SYSTEM "trust-system:" /* followed by "MTIME:PATH" */
#define BLOB_TRUST_ADMIN "trust-admin:"   /* likewise */
#define BLOB_CT_LOGS "ct-logs:"           /* followed by the path */
#define BLOB_PHRASES "phrases:"           /* followed by the path of the list; its includes stand in it already */
#define BLOB_MODEL "model:"               /* followed by the path */
#define BLOB_PAGES "pages:"               /* followed by the path of a file of pages { templates } */
#define BLOB_ISSUERS "issuers"            /* the signer's reply to MINT_OP_ISSUERS */

/* Builds generation `number` from a bundle, and the table of categories of the descriptor `table`, which is mapped and
 * stays the caller's (-1: there are no lists).  Mistakes go to problems; NULL when there is one.  The caller owns a
 * reference.  `tickets` outlives every generation. */
struct generation *generation_build(uint64_t number, const struct bundle *bundle, int table,
	struct tls_ticket_keys *tickets, struct problems *problems);
/* A context towards origins that offers what `offer` says; NULL (of it) for all that we have.  NULL where OpenSSL
 * refuses.  Any thread; it costs as much as a handshake. */
SSL_CTX *generation_origin_context(const struct generation *g, const struct tls_offer *offer);
struct generation *generation_share(struct generation *g);
void generation_release(struct generation *g);

#endif

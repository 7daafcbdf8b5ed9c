/* Idle connections to origins that a thread keeps for its next flows.  A connection serves one flow at a time: it comes
 * here when its flow has ended or can do without it, and leaves with the next that wants the same: the same
 * destination, TLS or not, server name, offer, generation of settings and trust, and where the client has been shown
 * one already, the same certificate and protocol.
 *
 * Kept is only what is whole and clean (docs/decisions/origin-pool.md).  While a connection waits here it is watched:
 * an origin that ends it or says anything of its own accord loses it.  Bounded for each origin and in all; each is
 * closed when its time is over, and all of them with their generation.  One loop thread. */
#ifndef SLUICE_PROXY_ORIGIN_POOL_H
#define SLUICE_PROXY_ORIGIN_POOL_H

#include "proxy/origin.h"

struct origin_pool;

/* What a flow asks for. */
struct origin_pool_question {
	struct generation *generation;
	const struct origin_target *target;
	bool speaks_http2; /* without TLS: the client began with HTTP/2 */
	/* What the client has been shown already, or NULL: the connection must have just that certificate, and this
	 * protocol of ALPN.  Borrowed. */
	X509 *certificate;
	struct slice alpn;
};

/* NULL when memory is out. */
struct origin_pool *origin_pool_new(struct proxy_thread *thread);
/* Closes what is kept; accepts NULL. */
void origin_pool_free(struct origin_pool *pool);
/* Takes the origin's connection where it may serve another flow; false where not, and nothing was done.  Before its
 * session's texts are gone; may be called from within the connection. */
bool origin_pool_put(struct origin_pool *pool, struct origin *o);
/* Hands one out, READY and with its HTTP connection, whose handlers and owner the caller sets; NULL where there is
 * none. The caller owns it. */
struct origin *origin_pool_take(struct origin_pool *pool, const struct origin_pool_question *question);
/* Closes all: trust or settings have changed, or the thread ends. */
void origin_pool_empty(struct origin_pool *pool);
size_t origin_pool_count(const struct origin_pool *pool);

#endif

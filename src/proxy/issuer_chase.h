/* The search for the issuer of a certificate, through the fetcher, into the store that threads share (RFC 5280 section
 * 4.2.2.1).  Embedded in the connection whose handshake waits for it; others are not concerned. */
#ifndef SLUICE_PROXY_ISSUER_CHASE_H
#define SLUICE_PROXY_ISSUER_CHASE_H

#include "proxy/fetcher.h"
#include "tls/issuer_store.h"

struct proxy_thread;

struct issuer_chase {
	struct proxy_thread *thread;
	struct fetch_job job;
	X509 *child;  /* a reference; NULL while nothing is looked for */
	size_t count; /* of the places that it names */
	size_t at;    /* the next to ask; they are read again from the child, for few connections ever need them */
	/* The store knows now, one way or the other; `is_known` is false where nobody could be asked. */
	void (*on_done)(struct issuer_chase *chase, bool is_known);
};

void issuer_chase_init(struct issuer_chase *chase, struct proxy_thread *thread,
	void (*on_done)(struct issuer_chase *chase, bool is_known));
/* Looks for the issuer of `child` (shared); on_done follows, never from within this call.  Not while one is sought. */
void issuer_chase_start(struct issuer_chase *chase, X509 *child);
/* on_done is not called any more; harmless where nothing is sought. */
void issuer_chase_cancel(struct issuer_chase *chase);
static inline bool
issuer_chase_runs(const struct issuer_chase *chase)
{
	return chase->child != NULL;
}

#endif

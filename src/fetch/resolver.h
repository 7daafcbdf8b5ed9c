/* Names to addresses on a loop, by c-ares: the hosts file first, then the servers of resolv.conf; remembered by their
 * time to live within a floor and a ceiling, failures briefly.  Nothing of a client goes into a query, and what one
 * asked for is remembered for all.  One thread. */
#ifndef SLUICE_FETCH_RESOLVER_H
#define SLUICE_FETCH_RESOLVER_H

#include "base/addr.h"
#include "base/list.h"
#include "loop/loop.h"

#define RESOLVER_ADDRS_MAX 64
#define RESOLVER_ENTRIES_MAX 4096 /* names remembered, or asked for */
#define RESOLVER_TTL_LEAST_S 30   /* a time to live below this counts as this */
#define RESOLVER_TTL_MOST_S 3600  /* and above this as this */
#define RESOLVER_NEGATIVE_S 10    /* how long a failure is remembered */

struct resolver;

/* Embedded in whoever asks. */
struct resolver_query {
	struct list_node node;
	/* The addresses, valid during the call; none where the name has none, or nobody knows. */
	void (*on_done)(struct resolver_query *query, const struct addr *addrs, size_t count);
};

struct resolver_counts {
	uint64_t asked;  /* of servers */
	uint64_t cached; /* answered from memory */
};

/* NULL when memory is out.  c-ares reads its files here, once, before the process is confined. */
struct resolver *resolver_new(struct loop *loop);
/* Queries under way are forgotten, not answered. */
void resolver_free(struct resolver *r);
/* New contents of resolv.conf and hosts.  What is under way fails, what is remembered is forgotten.  False when memory
 * is out: then the hosts file is not known. */
bool resolver_configure(struct resolver *r, struct slice resolv_conf, struct slice hosts);
/* Asks for a name in canonical form (tls/hostname.h); on_done follows; at once, from within this call, where that fails
 * at once. */
void resolver_ask(struct resolver *r, struct resolver_query *query, struct slice name);
/* Harmless on one that was answered, or set up by resolver_query_init() alone. */
void resolver_query_cancel(struct resolver_query *query);
void resolver_query_init(
	struct resolver_query *query, void (*on_done)(struct resolver_query *, const struct addr *, size_t));
struct resolver_counts resolver_counts(const struct resolver *r);

#endif

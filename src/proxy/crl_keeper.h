/* Fetches revocation lists in the background, checks them, and keeps them fresh: on the worker's main loop, so that no
 * flow ever waits for a list that is fetched, read, or verified.  What it has it gives to the threads as one immutable
 * set, anew with each list that comes.  A list that cannot be had revokes nothing (as browsers do); one that has come
 * stays in force until a newer one does, also when it is overdue: revocations are not undone. */
#ifndef SLUICE_PROXY_CRL_KEEPER_H
#define SLUICE_PROXY_CRL_KEEPER_H

#include "proxy/fetcher.h"
#include "tls/revocation.h"

#define CRL_KEEPER_LISTS_MAX 1024
#define CRL_KEEPER_BYTES_MAX ((size_t)64 << 20) /* of all lists; eight octets for each serial number */
/* Between two fetches of one list, whatever it says of its next issue. */
#define CRL_KEEPER_LEAST_S 600
#define CRL_KEEPER_MOST_S 43200

struct crl_keeper;

/* `publish` takes a reference to each new set.  NULL when memory is out. */
struct crl_keeper *crl_keeper_new(struct loop *loop, struct fetcher *fetcher,
	void (*publish)(void *owner, struct revocation_set *set), void *owner);
void crl_keeper_free(struct crl_keeper *keeper);
/* Any thread: this list is wanted; it is fetched unless it is there. */
void crl_keeper_want(struct crl_keeper *keeper, uint64_t list, struct slice url, X509 *issuer);

struct crl_counts {
	uint64_t lists;   /* that are there */
	uint64_t serials; /* on all of them */
	uint64_t fetched; /* lists taken since the start */
	uint64_t overdue; /* of the lists: their next issue should have come */
	uint64_t failed;  /* fetches that brought nothing that could be used */
};
/* On the main loop. */
struct crl_counts crl_keeper_counts(const struct crl_keeper *keeper);

#endif

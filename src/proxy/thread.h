/* A proxy thread: one event loop that owns its flows from accept to end, with all that its flows need beside them, so
 * that nothing on the way of a request is locked.  What threads share is in this list and nowhere else: the generation,
 * the listening sockets, the leaf cache, ticket keys, the learnt bypasses, the record writer. */
#ifndef SLUICE_PROXY_THREAD_H
#define SLUICE_PROXY_THREAD_H

#include <openssl/evp.h>
#include <pthread.h>

#include "base/list.h"
#include "classify/decode.h"
#include "intercept/original_dst.h"
#include "intercept/own_addrs.h"
#include "loop/loop.h"
#include "loop/splice.h"
#include "proxy/counters.h"
#include "proxy/fetcher.h"
#include "proxy/minter.h"
#include "record/recorder.h"
#include "tls/revocation.h"

#define PROXY_LISTENERS_MAX 32
#define PROXY_LISTS_WANTED 1024 /* a power of two */

struct bypasses;
struct generation;
struct crl_keeper;
struct issuer_store;
struct leaf_cache;
struct leaf_hints;
struct leaf_keys;
struct origin_pool;
struct origin_sessions;
struct overrides;
struct pass_proofs;
struct phrases_scratch;
struct tls_offer_contexts;
struct user_table;
struct verify_cache;
struct warn;
struct proxy_shared;

/* A listening socket as one thread sees it. */
struct proxy_listener {
	struct loop_fd io;
	struct proxy_thread *thread;
	const struct original_dst_way *way;
	struct endpoint address;
};

struct proxy_thread {
	unsigned number;
	struct loop *loop;
	pthread_t pthread;
	struct proxy_shared *shared;
	struct generation *generation; /* for new sessions; a reference */
	struct proxy_listener listeners[PROXY_LISTENERS_MAX];
	unsigned listener_count;
	struct own_addrs own_addrs;          /* of this machine, for the loop guard */
	uint16_t ports[PROXY_LISTENERS_MAX]; /* of the listeners, for the same */
	struct loop_timer accept_pause;      /* after EMFILE and the like */
	struct loop_timer drain_grace;
	bool is_accepting;
	struct list_node sessions;
	struct list_node resting; /* sessions that are idle and hold a connection to their origin, the longest first */
	unsigned resting_count;
	struct list_node spare_exchanges; /* their memory, for the next ones */
	unsigned spare_exchange_count;
	unsigned session_count;
	uint64_t next_session;
	struct minter minter;
	struct fetcher fetcher;
	struct pass_proofs *proofs;
	struct revocations revocations;            /* its set is a reference */
	uint64_t lists_wanted[PROXY_LISTS_WANTED]; /* of late, each in its place: they are not wanted again */
	struct pipe_pool *pipes;
	struct origin_pool *origin_pool;
	struct tls_offer_contexts *offers; /* what is offered to origins */
	struct verify_cache *verified;     /* chains that were accepted */
	struct recorder recorder;
	struct proxy_counters counters;
	char *peek_buffer; /* what MSG_PEEK reads into, PROXY_PEEK_MAX bytes */
	EVP_MD *sha256;
	struct phrases_scratch *phrases_scratch;
	struct user_table *users; /* a reference; NULL: no file of users is configured */
	int neighbours;           /* a socket to ask with; -1: none */
};

/* What threads share. */
struct proxy_shared {
	struct leaf_cache *leaves;
	struct leaf_hints *hints;
	struct leaf_keys *leaf_keys;
	int64_t ct_logs_made;                    /* of the main thread: seconds since 1970; 0: no list is configured */
	struct crl_keeper *crls;                 /* of the main thread; threads tell it what they want */
	struct issuer_store *issuers;            /* certificates that origins forgot */
	struct origin_sessions *origin_sessions; /* for resumption */
	struct writer *writer;
	struct tls_ticket_keys *tickets;
	struct decode_budget decode_budget; /* memory of all decoders */
	struct warn *warnings;
	struct overrides *overrides; /* codes that set a block aside, and whom */
	struct bypasses *bypasses;   /* flows that are passed because they cannot be read */
	atomic_bool clock_is_wrong;  /* no certificate can be judged or made */
	struct clients *clients;     /* connections for each client address, and who accepts our CA */
};

static inline bool
thread_clock_is_wrong(const struct proxy_thread *t)
{
	return atomic_load_explicit(&t->shared->clock_is_wrong, memory_order_relaxed);
}

/* A thread that is not running yet.  False with errno where something is out. */
bool proxy_thread_init(struct proxy_thread *t, unsigned number, struct proxy_shared *shared);
void proxy_thread_release(struct proxy_thread *t);
/* Takes a listening socket (shared with other threads and with the supervisor: it is never closed for others). */
bool proxy_thread_add_listener(struct proxy_thread *t, int fd, const struct original_dst_way *way);
bool proxy_thread_start(struct proxy_thread *t);

/* Any thread: these run on the thread itself, later. */
void proxy_thread_set_generation(struct proxy_thread *t, struct generation *g);        /* takes the reference */
void proxy_thread_set_users(struct proxy_thread *t, struct user_table *users);         /* takes the reference */
void proxy_thread_set_signer(struct proxy_thread *t, int fd);                          /* takes it */
void proxy_thread_set_fetcher(struct proxy_thread *t, int fd);                         /* takes it */
void proxy_thread_set_revocations(struct proxy_thread *t, struct revocation_set *set); /* takes the reference */
/* The machine's addresses have changed. */
void proxy_thread_refresh_addresses(struct proxy_thread *t);
/* Stops accepting, ends idle connections, lets exchanges finish until the grace is over, then stops the loop. */
void proxy_thread_drain(struct proxy_thread *t, uint64_t grace_ns);
/* On the thread itself. */
void proxy_thread_session_ended(struct proxy_thread *t);

#endif

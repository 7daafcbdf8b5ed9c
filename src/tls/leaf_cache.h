/* The leaves of a worker process: one for each origin certificate, whatever the number of connections to it.  Bounded;
 * the least recently used leaf goes first; leaves that are over go when they are asked for.
 *
 * Several connections that want the same new leaf at once cost one key and one signature: the first is told to mint,
 * the others to wait.  Whoever was told to mint owes leaf_cache_publish(), with NULL where it failed or gave up.
 *
 * Any thread; one lock, held for a look-up and never while anything is computed. */
#ifndef SLUICE_TLS_LEAF_CACHE_H
#define SLUICE_TLS_LEAF_CACHE_H

#include "base/list.h"
#include "tls/leaf.h"

#define LEAF_CACHE_DEFAULT 4096      /* leaves; about 12 KiB each */
#define LEAF_CACHE_MARGIN_SECONDS 60 /* a leaf that is over so soon is not handed out any more */

/* Which leaf: SHA-256 over all that decides what is in it (SECURITY row 85). */
struct leaf_cache_key {
	uint8_t bytes[32];
};

/* `origin` is the DER of the origin's certificate (empty where it showed none); `epoch` the generation of policy and
 * trust; `server_name` is what an untrusted leaf is for, and empty for a mirrored one.  False where the library
 * fails. */
bool leaf_cache_key_make(struct leaf_cache_key *key, struct slice origin, const uint8_t issuer_id[MINT_ID_BYTES],
	uint64_t epoch, enum leaf_key_type key_type, struct slice server_name);

struct leaf_cache;

/* One connection that waits for somebody else's minting. */
struct leaf_waiter {
	/* Called once, from the thread that publishes, with the cache's lock held: hand over to your own loop and
	 * return; no function of the cache may be called from it.  `leaf` below is set before. */
	void (*wake)(struct leaf_waiter *waiter);
	struct leaf *leaf;     /* a reference that the waiter owns from then on; NULL where minting failed */
	struct list_node link; /* the cache's, while it waits */
};

enum leaf_cache_answer {
	LEAF_CACHE_HIT,  /* *leaf is a reference that the caller owns */
	LEAF_CACHE_MINT, /* the caller mints and then publishes */
	LEAF_CACHE_WAIT, /* the waiter's wake() will be called */
};

/* A cache of at most `max` leaves; NULL when memory is out. */
struct leaf_cache *leaf_cache_create(size_t max);
/* No connection may be waiting any more.  NULL is accepted. */
void leaf_cache_destroy(struct leaf_cache *cache);
/* Looks for a leaf that is good at `now` (seconds since 1970-01-01 UTC).  The waiter stays the caller's. */
enum leaf_cache_answer leaf_cache_acquire(struct leaf_cache *cache, const struct leaf_cache_key *key, int64_t now,
	struct leaf_waiter *waiter, struct leaf **leaf);
/* Ends a minting: keeps the leaf (sharing it; NULL where there is none) and wakes those who wait for it. */
void leaf_cache_publish(struct leaf_cache *cache, const struct leaf_cache_key *key, struct leaf *leaf);
/* Stops waiting.  Afterwards wake() is not called; where it was called already, the waiter's leaf is released. */
void leaf_cache_cancel(struct leaf_cache *cache, struct leaf_waiter *waiter);
/* Forgets every leaf, as after a change of CA; those in use live on with their users. */
void leaf_cache_clear(struct leaf_cache *cache);

struct leaf_cache_counts {
	size_t leaves;
	uint64_t hits, mints, waits, evictions;
};
struct leaf_cache_counts leaf_cache_count(struct leaf_cache *cache);

#endif

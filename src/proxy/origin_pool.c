/* Idle origin connections of a thread.  See origin_pool.h. */
#include "proxy/origin_pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/map.h"
#include "proxy/generation.h"
#include "proxy/thread.h"

/* Of one thread, whatever the settings say for one origin. */
#define KEPT_MAX 512
/* Destination, what is spoken, and the name or the digest of the offer. */
#define KEY_MAX (18 + 1 + 256)

/* The connections of one key. */
struct slot {
	uint8_t key[KEY_MAX];
	size_t key_len;
	struct list_node kept; /* the newest first: the likeliest to live */
	unsigned count;
};

/* One connection. */
struct kept {
	struct origin_pool *pool;
	struct slot *slot;
	struct origin *origin;         /* owned */
	struct generation *generation; /* a reference */
	struct list_node by_slot;
	struct list_node by_age;
	uint64_t until; /* monotonic ns */
};

struct origin_pool {
	struct proxy_thread *thread;
	struct map slots;
	struct list_node by_age; /* the oldest first */
	size_t count;
	struct loop_timer timer; /* of the oldest */
};

static size_t
key_make(const struct origin_target *target, uint64_t generation, bool speaks_http2, uint8_t key[KEY_MAX])
{
	struct slice name = slice_sub(target->server_name, 0, 256);
	struct origin_session_key digest;
	size_t len = 0;

	memcpy(key, target->destination.addr.bytes, 16);
	memcpy(key + 16, &target->destination.port, 2);
	key[18] = (uint8_t)(target->is_tls << 1 | speaks_http2);
	len = 19;
	if (target->is_tls) {
		digest = origin_key(target, generation);
		name = slice_make(digest.digest, sizeof digest.digest);
	}
	if (name.len)
		memcpy(key + len, name.ptr, name.len);
	return len + name.len;
}

static struct slice
slot_key(const struct slot *slot)
{
	return slice_make(slot->key, slot->key_len);
}

/* Takes it out of all lists; what remains is the caller's: the connection. */
static struct origin *
unlink_kept(struct kept *k)
{
	struct origin_pool *pool = k->pool;
	struct slot *slot = k->slot;
	struct origin *o = k->origin;

	list_remove(&k->by_slot);
	list_remove(&k->by_age);
	pool->count--;
	if (--slot->count == 0) {
		map_remove(&pool->slots, slot_key(slot));
		free(slot);
	}
	generation_release(k->generation);
	free(k);
	return o;
}

/* We may be inside of it: its memory goes at the end of the turn. */
static void
drop(struct kept *k)
{
	struct origin_pool *pool = k->pool;

	counter_add(&pool->thread->counters.origin_pool_ended, 1);
	origin_retire(unlink_kept(k));
}

/* ---- while they wait ---- */

static void
on_closed(void *owner, enum http_error error)
{
	(void)error;
	drop(owner);
}

static const struct http_conn_handlers kept_handlers = {.on_closed = on_closed};

static void
arm(struct origin_pool *pool)
{
	struct kept *oldest;
	uint64_t now = loop_now(pool->thread->loop);

	if (list_is_empty(&pool->by_age)) {
		loop_timer_disarm(&pool->timer);
		return;
	}
	oldest = LIST_ENTRY(pool->by_age.next, struct kept, by_age);
	loop_timer_arm(&pool->timer, oldest->until > now ? oldest->until - now : 0);
}

static void
on_timer(struct loop_timer *timer)
{
	struct origin_pool *pool = LIST_ENTRY(timer, struct origin_pool, timer);
	uint64_t now = loop_now(timer->loop);

	while (!list_is_empty(&pool->by_age)) {
		struct kept *k = LIST_ENTRY(pool->by_age.next, struct kept, by_age);

		if (k->until > now)
			break;
		drop(k);
	}
	arm(pool);
}

/* ---- coming ---- */

/* Whether another flow may be served by it; the reasons are in docs/decisions/origin-pool.md. */
static bool
is_clean(const struct origin *o)
{
	const struct http_conn *http = o->http;

	return o->state == ORIGIN_READY && !o->is_burnt && http && http->is_usable && http->streams_open == 0 &&
	       http->streams_total > 0 && http_conn_is_quiet(http) &&
	       (!o->target.is_tls || verify_verdict_accepts(&o->verify.verdict));
}

static struct slot *
slot_of(struct origin_pool *pool, const uint8_t *key, size_t len)
{
	struct slot *slot = map_get(&pool->slots, slice_make(key, len));

	if (slot)
		return slot;
	slot = calloc(1, sizeof *slot);
	if (slot == NULL)
		return NULL;
	memcpy(slot->key, key, len);
	slot->key_len = len;
	list_init(&slot->kept);
	if (!map_put(&pool->slots, slot_key(slot), slot)) {
		free(slot);
		return NULL;
	}
	return slot;
}

bool
origin_pool_put(struct origin_pool *pool, struct origin *o)
{
	const struct conf *conf = o->generation->conf;
	struct proxy_thread *t = pool->thread;
	uint8_t key[KEY_MAX];
	struct slot *slot;
	struct kept *k;
	size_t len;

	if (!conf->http.pool || conf->http.pool_idle_ns == 0 || o->generation != t->generation || !t->is_accepting ||
		!is_clean(o))
		return false;
	len = key_make(&o->target, o->generation->number, !o->target.is_tls && o->http->is_http2, key);
	k = calloc(1, sizeof *k);
	slot = k ? slot_of(pool, key, len) : NULL;
	if (slot == NULL || slot->count >= conf->http.pool_per_origin) {
		free(k);
		return false;
	}
	slot->count++; /* so that making room does not free it */
	if (pool->count >= KEPT_MAX)
		drop(LIST_ENTRY(pool->by_age.next, struct kept, by_age));
	*k = (struct kept){.pool = pool, .slot = slot, .origin = o, .generation = generation_share(o->generation)};
	k->until = loop_now(t->loop) + conf->http.pool_idle_ns;
	list_push_front(&slot->kept, &k->by_slot);
	list_push_back(&pool->by_age, &k->by_age);
	pool->count++;
	o->http->handlers = &kept_handlers;
	o->http->owner = k;
	o->owner = NULL;
	o->target.server_name = o->target.alpn_wire = SLICE_EMPTY; /* the session's texts */
	if (pool->count == 1)
		arm(pool);
	return true;
}

/* ---- going ---- */

/* Nothing was said that has not been read: neither an end nor a byte that answers no request. */
static bool
is_silent(const struct origin *o)
{
	const struct stream *s = &o->stream.stream;
	char byte;

	if (s->ops->has_pending && s->ops->has_pending(s))
		return false;
	return recv(s->io.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static bool
matches(const struct origin *o, const struct origin_pool_question *q)
{
	if (q->certificate == NULL)
		return true;
	return slice_eq(tls_stream_alpn(&o->stream), q->alpn) && origin_certificate(o) &&
	       X509_cmp(origin_certificate(o), q->certificate) == 0;
}

struct origin *
origin_pool_take(struct origin_pool *pool, const struct origin_pool_question *q)
{
	uint8_t key[KEY_MAX];
	size_t len;
	struct slot *slot;

	if (pool->count == 0)
		return NULL;
	len = key_make(q->target, q->generation->number, !q->target->is_tls && q->speaks_http2, key);
	slot = map_get(&pool->slots, slice_make(key, len));
	if (slot == NULL)
		return NULL;
	slot->count++; /* it stays while we walk it */
	LIST_FOR_EACH(node, following, &slot->kept)
	{
		struct kept *k = LIST_ENTRY(node, struct kept, by_slot);
		struct origin *o = k->origin;

		/* A list that came since counts for it, too. */
		if (o->target.is_tls)
			verify_verdict_ask(&o->verify.verdict, o->verify.revocations);
		if (o->target.is_tls &&
			!verify_verdict_holds(&o->verify.verdict, trust_generation(q->generation->trust), time(NULL))) {
			drop(k);
			continue;
		}
		if (k->generation != q->generation || !matches(o, q) || !is_clean(o) || !is_silent(o))
			continue; /* what it said, or its end, is read in a moment */
		slot->count--;
		return unlink_kept(k);
	}
	if (--slot->count == 0) {
		map_remove(&pool->slots, slot_key(slot));
		free(slot);
	}
	return NULL;
}

/* ---- the pool ---- */

struct origin_pool *
origin_pool_new(struct proxy_thread *thread)
{
	struct origin_pool *pool = calloc(1, sizeof *pool);

	if (pool == NULL)
		return NULL;
	pool->thread = thread;
	map_init(&pool->slots);
	list_init(&pool->by_age);
	loop_timer_init(&pool->timer, thread->loop, on_timer);
	return pool;
}

void
origin_pool_empty(struct origin_pool *pool)
{
	while (!list_is_empty(&pool->by_age))
		drop(LIST_ENTRY(pool->by_age.next, struct kept, by_age));
	loop_timer_disarm(&pool->timer);
}

void
origin_pool_free(struct origin_pool *pool)
{
	if (pool == NULL)
		return;
	origin_pool_empty(pool);
	map_release(&pool->slots);
	free(pool);
}

size_t
origin_pool_count(const struct origin_pool *pool)
{
	return pool->count;
}

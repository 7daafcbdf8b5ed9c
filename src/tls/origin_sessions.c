/* A bounded store of single-use client sessions.  See origin_sessions.h. */
#include "tls/origin_sessions.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/map.h"

/* As many as clients come at the same time: each handshake uses one up, and brings one. */
#define SESSIONS_A_KEY 32
#define SESSIONS_A_SLOT 4

struct kept {
	SSL_SESSION *session;
	struct verify_verdict verdict;
	int64_t expires;
};

struct slot {
	struct origin_session_key key;
	struct list_node lru; /* the most recently used first */
	struct kept *kept;    /* owned; the newest last */
	unsigned count;
	unsigned room;
};

struct origin_sessions {
	pthread_mutex_t lock; /* of all that follows */
	struct map slots;
	struct list_node lru;
	size_t max;      /* slots */
	size_t sessions; /* in all of them; no more than SESSIONS_A_SLOT for each on average */
};

struct origin_session_key
origin_session_key_make(const struct endpoint *destination, struct slice server_name, struct slice alpn_wire,
	struct slice offer, uint64_t trust_generation)
{
	struct origin_session_key key;
	struct slice parts[3]; /* an empty one may have no address */
	uint8_t head[16 + 2 + 8 + 2 + 2] = {0};
	uint8_t text[sizeof head + 256 + 256 + 64];
	size_t n = 0;
	unsigned len = sizeof key.digest;

	server_name = parts[0] = slice_sub(server_name, 0, 256);
	alpn_wire = parts[1] = slice_sub(alpn_wire, 0, 256);
	parts[2] = slice_sub(offer, 0, 64);
	memcpy(head, destination->addr.bytes, 16);
	memcpy(head + 16, &destination->port, 2);
	memcpy(head + 18, &trust_generation, 8);
	head[26] = (uint8_t)(server_name.len >> 8);
	head[27] = (uint8_t)server_name.len;
	head[28] = (uint8_t)(alpn_wire.len >> 8);
	head[29] = (uint8_t)alpn_wire.len;
	memcpy(text, head, sizeof head);
	n = sizeof head;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (parts[i].len)
			memcpy(text + n, parts[i].ptr, parts[i].len);
		n += parts[i].len;
	}
	if (EVP_Digest(text, n, key.digest, &len, EVP_sha256(), NULL) != 1)
		memset(&key, 0, sizeof key);
	return key;
}

static struct slice
key_slice(const struct origin_session_key *key)
{
	return slice_make(key->digest, sizeof key->digest);
}

struct origin_sessions *
origin_sessions_new(size_t max)
{
	struct origin_sessions *store = calloc(1, sizeof *store);

	if (store == NULL)
		return NULL;
	pthread_mutex_init(&store->lock, NULL);
	map_init(&store->slots);
	list_init(&store->lru);
	store->max = max;
	return store;
}

static void
slot_free(struct origin_sessions *store, struct slot *slot)
{
	map_remove(&store->slots, key_slice(&slot->key));
	list_remove(&slot->lru);
	for (unsigned i = 0; i < slot->count; i++)
		SSL_SESSION_free(slot->kept[i].session);
	store->sessions -= slot->count;
	free(slot->kept);
	free(slot);
}

void
origin_sessions_free(struct origin_sessions *store)
{
	if (store == NULL)
		return;
	while (!list_is_empty(&store->lru))
		slot_free(store, LIST_ENTRY(store->lru.next, struct slot, lru));
	map_release(&store->slots);
	pthread_mutex_destroy(&store->lock);
	free(store);
}

static struct slot *
slot_new(struct origin_sessions *store, const struct origin_session_key *key)
{
	struct slot *slot;

	while (store->slots.count >= store->max)
		slot_free(store, LIST_ENTRY(store->lru.prev, struct slot, lru));
	slot = calloc(1, sizeof *slot);
	if (slot == NULL)
		return NULL;
	slot->key = *key;
	list_init(&slot->lru);
	if (!map_put(&store->slots, key_slice(&slot->key), slot)) {
		free(slot);
		return NULL;
	}
	list_push_front(&store->lru, &slot->lru);
	return slot;
}

/* Room for one more; false where memory is out. */
static bool
slot_grow(struct slot *slot)
{
	unsigned room = slot->room ? 2 * slot->room : 2;
	struct kept *kept;

	if (slot->count < slot->room)
		return true;
	kept = realloc(slot->kept, room * sizeof *kept);
	if (kept == NULL)
		return false;
	slot->kept = kept;
	slot->room = room;
	return true;
}

static void
slot_drop_oldest(struct origin_sessions *store, struct slot *slot)
{
	SSL_SESSION_free(slot->kept[0].session);
	slot->count--;
	store->sessions--;
	memmove(&slot->kept[0], &slot->kept[1], sizeof slot->kept[0] * slot->count);
}

static void
put(struct origin_sessions *store, const struct origin_session_key *key, SSL_SESSION *session,
	const struct verify_verdict *verdict, int64_t expires)
{
	struct slot *slot = map_get(&store->slots, key_slice(key));

	if (slot == NULL)
		slot = slot_new(store, key);
	if (slot == NULL) {
		SSL_SESSION_free(session);
		return;
	}
	if (slot->count == SESSIONS_A_KEY)
		slot_drop_oldest(store, slot);
	if (!slot_grow(slot)) {
		SSL_SESSION_free(session);
		if (slot->count == 0)
			slot_free(store, slot);
		return;
	}
	slot->kept[slot->count++] = (struct kept){session, *verdict, expires};
	store->sessions++;
	while (store->sessions > SESSIONS_A_SLOT * store->max) {
		struct slot *oldest = LIST_ENTRY(store->lru.prev, struct slot, lru);

		if (oldest == slot)
			slot_drop_oldest(store, slot);
		else
			slot_free(store, oldest);
	}
}

void
origin_sessions_put(struct origin_sessions *store, const struct origin_session_key *key, SSL_SESSION *session,
	const struct verify_verdict *verdict, int64_t expires)
{
	pthread_mutex_lock(&store->lock);
	put(store, key, session, verdict, expires);
	pthread_mutex_unlock(&store->lock);
}

static SSL_SESSION *
take(struct origin_sessions *store, const struct origin_session_key *key, int64_t now, struct verify_verdict *verdict)
{
	struct slot *slot = map_get(&store->slots, key_slice(key));
	SSL_SESSION *session = NULL;

	if (slot == NULL)
		return NULL;
	while (session == NULL && slot->count > 0) {
		struct kept *last = &slot->kept[--slot->count];

		store->sessions--;
		if (last->expires > now && SSL_SESSION_is_resumable(last->session)) {
			session = last->session;
			*verdict = last->verdict;
		} else
			SSL_SESSION_free(last->session);
	}
	list_remove(&slot->lru);
	list_push_front(&store->lru, &slot->lru);
	if (slot->count == 0)
		slot_free(store, slot);
	return session;
}

SSL_SESSION *
origin_sessions_take(struct origin_sessions *store, const struct origin_session_key *key, int64_t now,
	struct verify_verdict *verdict)
{
	SSL_SESSION *session;

	pthread_mutex_lock(&store->lock);
	session = take(store, key, now, verdict);
	pthread_mutex_unlock(&store->lock);
	return session;
}

size_t
origin_sessions_count(struct origin_sessions *store)
{
	size_t count;

	pthread_mutex_lock(&store->lock);
	count = store->slots.count;
	pthread_mutex_unlock(&store->lock);
	return count;
}

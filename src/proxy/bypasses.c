/* The memory of bypasses.  See bypasses.h. */
#include "proxy/bypasses.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/map.h"

/* Hashes of what was accepted: a set of ways that forgets the oldest of a row.  A power of two. */
#define ACCEPTED_ROWS 16384
#define ACCEPTED_WAYS 4

/* Cleared before it is set: the bytes are the key. */
struct key {
	uint32_t reason;
	uint32_t port;
	struct addr client;
	struct addr destination;
	char site[BYPASSES_SITE_MAX];
	char ja4[BYPASSES_JA4_MAX];
};

/* One client's program, as far as JA4 tells it: it lives as long as it has refusals. */
struct program {
	struct key key;
	struct list_node entries;
	unsigned names;
};

struct entry {
	struct key key;
	struct list_node recency;
	struct list_node of_program;
	struct program *program; /* of a refusal */
	struct endpoint destinations[BYPASSES_DESTINATIONS_MAX];
	unsigned destination_count;
	unsigned next_destination;
	unsigned refusals;
	int alert;
	int64_t first;
	int64_t last;
	int64_t until;
	bool is_active;
};

struct bypasses {
	atomic_uint active;  /* entries that pass flows; read without the lock */
	atomic_uint refused; /* entries of refusals; likewise */
	struct siphash_key seed;
	_Atomic uint64_t *accepted;
	pthread_mutex_t lock; /* for everything below */
	struct map entries;
	struct map programs;
	struct list_node recent; /* the latest first */
	size_t unpinned;
};

const char *
bypass_reason_name(enum bypass_reason reason)
{
	static const char *const names[] = {
		[BYPASS_NONE] = "",
		[BYPASS_REFUSED_LEAF] = "refused-leaf",
		[BYPASS_CLIENT_CERTIFICATE] = "client-certificate",
		[BYPASS_PINNED] = "pinned",
	};

	return names[reason];
}

const char *
bypass_reason_text(enum bypass_reason reason)
{
	static const char *const texts[] = {
		[BYPASS_NONE] = "",
		[BYPASS_REFUSED_LEAF] = "learnt: the client refuses our certificate for this name",
		[BYPASS_CLIENT_CERTIFICATE] = "learnt: the origin demands a certificate of the client",
		[BYPASS_PINNED] = "the administrator's bypass",
	};

	return texts[reason];
}

struct bypasses *
bypasses_new(void)
{
	struct bypasses *b = calloc(1, sizeof *b);

	if (b == NULL)
		return NULL;
	b->accepted = calloc(ACCEPTED_ROWS * ACCEPTED_WAYS, sizeof *b->accepted);
	if (b->accepted == NULL) {
		free(b);
		return NULL;
	}
	pthread_mutex_init(&b->lock, NULL);
	map_init(&b->entries);
	map_init(&b->programs);
	b->seed = siphash_random_key();
	list_init(&b->recent);
	return b;
}

/* ---- keys ---- */

static struct slice
key_slice(const struct key *key)
{
	return slice_make(key, sizeof *key);
}

/* Takes of the flow what tells such an entry from others. */
static void
key_make(struct key *key, enum bypass_reason reason, const struct bypass_flow *flow)
{
	memset(key, 0, sizeof *key);
	key->reason = reason;
	snprintf(key->site, sizeof key->site, "%s", flow->site);
	if (reason == BYPASS_CLIENT_CERTIFICATE) {
		key->destination = flow->destination.addr;
		key->port = flow->destination.port;
		return;
	}
	key->client = flow->client;
	if (reason == BYPASS_REFUSED_LEAF)
		snprintf(key->ja4, sizeof key->ja4, "%s", flow->ja4);
}

/* ---- entries ---- */

static void
set_active(struct bypasses *b, struct entry *e, bool is_active)
{
	if (e->is_active == is_active)
		return;
	e->is_active = is_active;
	if (is_active)
		atomic_fetch_add_explicit(&b->active, 1, memory_order_relaxed);
	else
		atomic_fetch_sub_explicit(&b->active, 1, memory_order_relaxed);
}

static void
leave_program(struct bypasses *b, struct entry *e)
{
	struct program *program = e->program;

	if (program == NULL)
		return;
	atomic_fetch_sub_explicit(&b->refused, 1, memory_order_relaxed);
	list_remove(&e->of_program);
	if (--program->names > 0)
		return;
	map_remove(&b->programs, key_slice(&program->key));
	free(program);
}

static void
drop(struct bypasses *b, struct entry *e)
{
	set_active(b, e, false);
	leave_program(b, e);
	if (e->key.reason != BYPASS_PINNED)
		b->unpinned--;
	map_remove(&b->entries, key_slice(&e->key));
	list_remove(&e->recency);
	free(e);
}

void
bypasses_free(struct bypasses *b)
{
	if (b == NULL)
		return;
	LIST_FOR_EACH(node, following, &b->recent)
	drop(b, LIST_ENTRY(node, struct entry, recency));
	map_release(&b->entries);
	map_release(&b->programs);
	pthread_mutex_destroy(&b->lock);
	free(b->accepted);
	free(b);
}

/* The program of a refusal, made with its first. */
static bool
join_program(struct bypasses *b, struct entry *e)
{
	struct program *program;
	struct key key = e->key;

	memset(key.site, 0, sizeof key.site);
	program = map_get(&b->programs, key_slice(&key));
	if (program == NULL) {
		program = calloc(1, sizeof *program);
		if (program == NULL)
			return false;
		memcpy(&program->key, &key, sizeof key);
		list_init(&program->entries);
		if (!map_put(&b->programs, key_slice(&program->key), program)) {
			free(program);
			return false;
		}
	}
	program->names++;
	list_push_back(&program->entries, &e->of_program);
	e->program = program;
	atomic_fetch_add_explicit(&b->refused, 1, memory_order_relaxed);
	return true;
}

static struct entry *
find_or_add(struct bypasses *b, const struct key *key, size_t max, int64_t now)
{
	struct entry *e = map_get(&b->entries, key_slice(key));

	if (e) {
		list_remove(&e->recency);
		list_push_front(&b->recent, &e->recency);
		return e;
	}
	e = calloc(1, sizeof *e);
	if (e == NULL)
		return NULL;
	memcpy(&e->key, key, sizeof *key);
	e->alert = -1;
	e->first = now;
	list_init(&e->recency);
	list_init(&e->of_program);
	if (!map_put(&b->entries, key_slice(&e->key), e)) {
		free(e);
		return NULL;
	}
	list_push_front(&b->recent, &e->recency);
	if (key->reason != BYPASS_PINNED)
		b->unpinned++;
	if (key->reason == BYPASS_REFUSED_LEAF && !join_program(b, e)) {
		drop(b, e);
		return NULL;
	}
	for (struct list_node *node = b->recent.prev; b->unpinned > max && node != &e->recency;) {
		struct entry *oldest = LIST_ENTRY(node, struct entry, recency);

		node = node->prev;
		if (oldest->key.reason != BYPASS_PINNED)
			drop(b, oldest);
	}
	return e;
}

static bool
is_over(const struct entry *e, int64_t now)
{
	return e->is_active && e->until && e->until <= now;
}

/* ---- looking up ---- */

static bool
has_destination(const struct entry *e, const struct endpoint *destination)
{
	for (unsigned i = 0; i < e->destination_count; i++)
		if (endpoint_eq(&e->destinations[i], destination))
			return true;
	return false;
}

static bool
passes(struct bypasses *b, enum bypass_reason reason, const struct bypass_flow *flow, int64_t now)
{
	struct entry *e;
	struct key key;

	key_make(&key, reason, flow);
	e = map_get(&b->entries, key_slice(&key));
	if (e && is_over(e, now)) {
		drop(b, e);
		return false;
	}
	return e && e->is_active && (reason != BYPASS_REFUSED_LEAF || has_destination(e, &flow->destination));
}

enum bypass_reason
bypasses_find(struct bypasses *b, const struct bypass_flow *flow, int64_t now)
{
	struct bypass_flow of_any = *flow;
	enum bypass_reason reason = BYPASS_NONE;

	if (atomic_load_explicit(&b->active, memory_order_relaxed) == 0 || flow->site[0] == '\0')
		return BYPASS_NONE;
	memset(&of_any.client, 0, sizeof of_any.client);
	pthread_mutex_lock(&b->lock);
	if (passes(b, BYPASS_PINNED, &of_any, now) || passes(b, BYPASS_PINNED, flow, now))
		reason = BYPASS_PINNED;
	else if (passes(b, BYPASS_CLIENT_CERTIFICATE, flow, now))
		reason = BYPASS_CLIENT_CERTIFICATE;
	else if (passes(b, BYPASS_REFUSED_LEAF, flow, now))
		reason = BYPASS_REFUSED_LEAF;
	pthread_mutex_unlock(&b->lock);
	return reason;
}

/* ---- acceptance ---- */

/* Never 0, which marks a free way. */
static uint64_t
hash_of(const struct bypasses *b, const struct bypass_flow *flow, const char *site)
{
	char text[sizeof flow->issuer + sizeof flow->client + BYPASSES_SITE_MAX + BYPASSES_JA4_MAX + 2];
	size_t len = 0;

	memcpy(text, &flow->issuer, sizeof flow->issuer);
	memcpy(text + sizeof flow->issuer, &flow->client, sizeof flow->client);
	len = sizeof flow->issuer + sizeof flow->client;
	len += (size_t)snprintf(
		text + len, sizeof text - len, "%.*s %.*s", BYPASSES_SITE_MAX, site, BYPASSES_JA4_MAX, flow->ja4);
	return siphash13(&b->seed, text, len) | 1;
}

static _Atomic uint64_t *
row_of(const struct bypasses *b, uint64_t hash)
{
	return &b->accepted[(hash >> 1) % ACCEPTED_ROWS * ACCEPTED_WAYS];
}

static bool
was_accepted(const struct bypasses *b, uint64_t hash)
{
	_Atomic uint64_t *row = row_of(b, hash);

	for (unsigned i = 0; i < ACCEPTED_WAYS; i++)
		if (atomic_load_explicit(&row[i], memory_order_relaxed) == hash)
			return true;
	return false;
}

/* Two threads may lose one of two at the same time in the same row: that client is asked once more. */
static void
remember_accepted(struct bypasses *b, uint64_t hash)
{
	_Atomic uint64_t *row = row_of(b, hash);

	if (was_accepted(b, hash))
		return;
	for (unsigned i = ACCEPTED_WAYS - 1; i > 0; i--)
		atomic_store_explicit(
			&row[i], atomic_load_explicit(&row[i - 1], memory_order_relaxed), memory_order_relaxed);
	atomic_store_explicit(&row[0], hash, memory_order_relaxed);
}

void
bypasses_note_accepted(struct bypasses *b, const struct bypass_flow *flow)
{
	struct entry *e;
	struct key key;

	remember_accepted(b, hash_of(b, flow, ""));
	if (flow->site[0] == '\0')
		return;
	remember_accepted(b, hash_of(b, flow, flow->site));
	if (atomic_load_explicit(&b->refused, memory_order_relaxed) == 0)
		return;
	key_make(&key, BYPASS_REFUSED_LEAF, flow);
	pthread_mutex_lock(&b->lock);
	e = map_get(&b->entries, key_slice(&key));
	if (e)
		drop(b, e);
	pthread_mutex_unlock(&b->lock);
}

/* ---- learning ---- */

static void
add_destination(struct entry *e, const struct endpoint *destination)
{
	if (has_destination(e, destination))
		return;
	e->destinations[e->next_destination] = *destination;
	e->next_destination = (e->next_destination + 1) % BYPASSES_DESTINATIONS_MAX;
	if (e->destination_count < BYPASSES_DESTINATIONS_MAX)
		e->destination_count++;
}

/* It refuses everything: it does not know our CA.  What was learnt of it was not pinning. */
static void
unlearn(struct bypasses *b, struct program *program)
{
	LIST_FOR_EACH(node, following, &program->entries)
	{
		struct entry *e = LIST_ENTRY(node, struct entry, of_program);

		set_active(b, e, false);
		e->until = 0;
	}
}

static enum bypass_outcome
count_refusal(
	struct bypasses *b, struct entry *e, bool program_accepts, const struct bypass_limits *limits, int64_t now)
{
	if (is_over(e, now) || now - e->last > limits->seconds) {
		set_active(b, e, false);
		e->refusals = 0;
		e->destination_count = e->next_destination = 0;
	}
	e->refusals++;
	e->last = now;
	if (!program_accepts && e->program->names > BYPASSES_PROGRAM_NAMES_MAX) {
		unlearn(b, e->program);
		return BYPASS_IGNORED;
	}
	if (e->refusals < limits->refusals)
		return BYPASS_COUNTED;
	set_active(b, e, true);
	e->until = now + limits->seconds;
	return BYPASS_LEARNT;
}

enum bypass_outcome
bypasses_note_refusal(struct bypasses *b, const struct bypass_flow *flow, bool accepts_ca, int alert,
	const struct bypass_limits *limits, int64_t now)
{
	enum bypass_outcome outcome = BYPASS_IGNORED;
	bool program_accepts = was_accepted(b, hash_of(b, flow, ""));
	struct entry *e;
	struct key key;

	if (!limits->learns || !accepts_ca || flow->site[0] == '\0' || flow->ja4[0] == '\0' ||
		was_accepted(b, hash_of(b, flow, flow->site)))
		return BYPASS_IGNORED;
	key_make(&key, BYPASS_REFUSED_LEAF, flow);
	pthread_mutex_lock(&b->lock);
	e = find_or_add(b, &key, limits->max, now);
	if (e) {
		if (e->last == 0)
			e->last = now;
		outcome = count_refusal(b, e, program_accepts, limits, now);
		e->alert = alert;
		add_destination(e, &flow->destination);
	}
	pthread_mutex_unlock(&b->lock);
	return outcome;
}

bool
bypasses_note_client_certificate(
	struct bypasses *b, const struct bypass_flow *flow, const struct bypass_limits *limits, int64_t now)
{
	struct entry *e;
	struct key key;

	if (!limits->learns || flow->site[0] == '\0')
		return false;
	key_make(&key, BYPASS_CLIENT_CERTIFICATE, flow);
	pthread_mutex_lock(&b->lock);
	e = find_or_add(b, &key, limits->max, now);
	if (e) {
		e->refusals++;
		e->last = now;
		e->until = now + limits->seconds;
		add_destination(e, &flow->destination);
		set_active(b, e, true);
	}
	pthread_mutex_unlock(&b->lock);
	return e != NULL;
}

/* ---- the administrator's ---- */

bool
bypasses_pin(struct bypasses *b, const struct addr *client, const char *site, int64_t until, int64_t now)
{
	struct bypass_flow flow = {.client = *client, .site = site, .ja4 = ""};
	struct entry *e;
	struct key key;

	key_make(&key, BYPASS_PINNED, &flow);
	pthread_mutex_lock(&b->lock);
	e = find_or_add(b, &key, SIZE_MAX, now);
	if (e) {
		e->last = now;
		e->until = until;
		set_active(b, e, true);
	}
	pthread_mutex_unlock(&b->lock);
	return e != NULL;
}

size_t
bypasses_forget(struct bypasses *b, const struct addr *client, const char *site)
{
	size_t count = 0;

	pthread_mutex_lock(&b->lock);
	LIST_FOR_EACH(node, following, &b->recent)
	{
		struct entry *e = LIST_ENTRY(node, struct entry, recency);

		if ((client && !addr_eq(&e->key.client, client)) || (site && strcmp(e->key.site, site) != 0))
			continue;
		drop(b, e);
		count++;
	}
	pthread_mutex_unlock(&b->lock);
	return count;
}

void
bypasses_unpin_all(struct bypasses *b)
{
	pthread_mutex_lock(&b->lock);
	LIST_FOR_EACH(node, following, &b->recent)
	{
		struct entry *e = LIST_ENTRY(node, struct entry, recency);

		if (e->key.reason == BYPASS_PINNED)
			drop(b, e);
	}
	pthread_mutex_unlock(&b->lock);
}

/* ---- listing ---- */

void
bypasses_each(
	struct bypasses *b, int64_t now, void (*visit)(void *context, const struct bypass_view *view), void *context)
{
	pthread_mutex_lock(&b->lock);
	LIST_FOR_EACH(node, following, &b->recent)
	{
		const struct entry *e = LIST_ENTRY(node, struct entry, recency);

		if (!is_over(e, now))
			visit(context, &(struct bypass_view){
					       .reason = e->key.reason,
					       .client = e->key.client,
					       .site = e->key.site,
					       .ja4 = e->key.ja4,
					       .destinations = e->destinations,
					       .destination_count = e->destination_count,
					       .refusals = e->refusals,
					       .alert = e->alert,
					       .first = e->first,
					       .last = e->last,
					       .until = e->until,
					       .is_active = e->is_active,
				       });
	}
	pthread_mutex_unlock(&b->lock);
}

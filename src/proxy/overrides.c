/* Override codes that threads share.  See overrides.h. */
#include "proxy/overrides.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/siphash.h"
#include "proxy/page_link.h"

#define LINK_PREFIX PAGE_LINK_RESERVED "override/"

/* A wrong code. */
struct failure {
	struct addr client; /* of IPv6 its /64 */
	uint64_t at;        /* monotonic ns */
};

struct overrides {
	pthread_mutex_t lock; /* of state and failures */
	struct override_state *state;
	struct failure failures[OVERRIDE_ATTEMPTS_MAX]; /* in the window; as many as may be looked at */
	size_t failure_count;
	atomic_size_t count; /* of codes */
	struct siphash_key key;
	struct page_links *links;
	bool (*tell)(void *context, const struct override_event *event);
	void *context;
};

const char *
override_result_name(enum override_result result)
{
	static const char *const names[OVERRIDE_RESULTS] = {
		[OVERRIDE_USED] = "used",
		[OVERRIDE_REFUSED] = "refused",
		[OVERRIDE_MISTYPED] = "mistyped",
		[OVERRIDE_LIMITED] = "limited",
	};

	return names[result];
}

struct overrides *
overrides_new(bool (*tell)(void *context, const struct override_event *event), void *context)
{
	struct overrides *o = calloc(1, sizeof *o);

	if (o == NULL)
		return NULL;
	pthread_mutex_init(&o->lock, NULL);
	o->key = siphash_random_key();
	o->tell = tell;
	o->context = context;
	o->state = override_state_new();
	o->links = page_links_new(LINK_PREFIX);
	if (o->state && o->links)
		return o;
	overrides_free(o);
	return NULL;
}

void
overrides_free(struct overrides *o)
{
	if (o == NULL)
		return;
	free(o->state);
	page_links_free(o->links);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

uint64_t
overrides_hash(const struct overrides *o, struct slice name)
{
	return siphash13(&o->key, name.ptr, name.len);
}

const struct page_links *
overrides_links(const struct overrides *o)
{
	return o->links;
}

bool
overrides_is_link(struct slice path)
{
	return slice_starts_with(path, SLICE(LINK_PREFIX));
}

void
overrides_take(struct overrides *o, const struct override_state *fresh, int64_t now, uint64_t now_ns)
{
	struct override_state *state = o->state, *old = malloc(sizeof *old);

	pthread_mutex_lock(&o->lock);
	if (old) {
		*old = *state;
		*state = *fresh;
		for (size_t i = 0; i < old->count; i++) {
			struct override *mine = override_state_find(state, old->items[i].id);

			if (mine && mine->used < old->items[i].used)
				mine->used = old->items[i].used;
		}
		for (size_t i = 0; i < old->grant_count; i++)
			if (override_grant_holds(state, &old->grants[i], now, now_ns))
				override_state_grant(state, &old->grants[i], now, now_ns);
	} else {
		/* What is revoked must not hold for want of memory. */
		state->count = state->grant_count = 0;
	}
	atomic_store_explicit(&o->count, state->count, memory_order_relaxed);
	pthread_mutex_unlock(&o->lock);
	free(old);
}

bool
overrides_exist(const struct overrides *o)
{
	return atomic_load_explicit(&o->count, memory_order_relaxed) > 0;
}

bool
overrides_could_apply(struct overrides *o, const struct policy *policy, const struct facts *facts,
	const struct rule *rule, int category, int64_t now)
{
	bool could = false;

	if (!overrides_exist(o))
		return false;
	pthread_mutex_lock(&o->lock);
	for (size_t i = 0; i < o->state->count && !could; i++) {
		const struct override *item = &o->state->items[i];

		could = override_is_usable(item, now) && override_covers_rule(&item->scope, policy, rule, category) &&
			override_covers_client(&item->scope, policy, facts);
	}
	pthread_mutex_unlock(&o->lock);
	return could;
}

/* ---- grants ---- */

static struct slice
user_of(const struct facts *facts)
{
	return facts->user_count ? facts->users[0] : SLICE_EMPTY;
}

static bool
is_granted_to(const struct override_grant *g, const struct facts *facts)
{
	if (g->site[0] && !slice_eq(facts->site, slice_of(g->site)))
		return false;
	if (g->user[0])
		return slice_eq(user_of(facts), slice_of(g->user));
	/* Who has signed in since is somebody else. */
	return facts->user_count == 0 && addr_eq(&g->client, &facts->client);
}

size_t
overrides_granted(struct overrides *o, const struct facts *facts, int64_t now, uint64_t now_ns,
	struct override_right rights[OVERRIDE_RIGHTS_MAX])
{
	size_t count = 0;

	if (!overrides_exist(o))
		return 0;
	pthread_mutex_lock(&o->lock);
	for (size_t i = 0; i < o->state->grant_count && count < OVERRIDE_RIGHTS_MAX; i++) {
		const struct override_grant *g = &o->state->grants[i];

		if (is_granted_to(g, facts) && override_grant_holds(o->state, g, now, now_ns))
			rights[count++] = (struct override_right){g->id, override_state_find(o->state, g->id)->scope};
	}
	pthread_mutex_unlock(&o->lock);
	return count;
}

/* ---- attempts ---- */

static struct addr
counted_as(const struct addr *client)
{
	struct addr a = *client;

	if (!addr_is_v4(client))
		memset(a.bytes + 8, 0, 8);
	return a;
}

/* Whether another code may be looked at. */
static bool
is_limited(struct overrides *o, const struct override_try *attempt, const struct addr *client, uint64_t now_ns)
{
	size_t kept = 0;
	unsigned own = 0;

	for (size_t i = 0; i < o->failure_count; i++) {
		if (o->failures[i].at + OVERRIDE_WINDOW_NS <= now_ns)
			continue;
		own += addr_eq(&o->failures[i].client, client);
		o->failures[kept++] = o->failures[i];
	}
	o->failure_count = kept;
	return own >= attempt->attempts || kept >= attempt->attempts_all || kept == OVERRIDE_ATTEMPTS_MAX;
}

/* The code with that hash.  All are compared, and each whole. */
static struct override *
find_by_hash(struct override_state *state, const uint8_t hash[OVERRIDE_HASH_SIZE])
{
	struct override *found = NULL;

	for (size_t i = 0; i < state->count; i++)
		if (CRYPTO_memcmp(state->items[i].hash, hash, OVERRIDE_HASH_SIZE) == 0)
			found = &state->items[i];
	return found;
}

/* Who, where, against which rule; until when, where a code is used. */
static void
fill_event(struct override_event *e, const struct override_try *attempt, const struct override *item, int64_t now,
	uint64_t now_ns)
{
	struct override_grant *g = &e->grant;
	int64_t seconds = 0;

	*e = (struct override_event){.result = OVERRIDE_REFUSED};
	g->client = attempt->facts->client;
	slice_to_cstr(user_of(attempt->facts), g->user, sizeof g->user);
	slice_to_cstr(attempt->facts->site, g->site, sizeof g->site);
	slice_to_cstr(slice_sub(attempt->rule->id, 0, sizeof e->rule - 1), e->rule, sizeof e->rule);
	if (item == NULL)
		return;
	g->id = item->id;
	seconds = item->expires - now < item->seconds ? item->expires - now : item->seconds;
	g->until = now + seconds;
	g->until_ns = now_ns + (uint64_t)(seconds > 0 ? seconds : 0) * 1000000000u;
}

/* Whether the code is for this, and the grant is there and known to the supervisor. */
static bool
use(struct overrides *o, const struct override_try *attempt, struct override *item, struct override_event *e,
	int64_t now, uint64_t now_ns)
{
	struct override_grant *grant;

	if (!override_is_usable(item, now) ||
		!override_covers_rule(&item->scope, attempt->policy, attempt->rule, attempt->category) ||
		!override_covers_client(&item->scope, attempt->policy, attempt->facts))
		return false;
	if (item->is_everywhere)
		e->grant.site[0] = '\0';
	else if (e->grant.site[0] == '\0')
		return false; /* a site without a name: there is nothing to bind it to */
	grant = override_state_grant(o->state, &e->grant, now, now_ns);
	if (grant == NULL)
		return false;
	e->result = OVERRIDE_USED;
	if (!o->tell(o->context, e)) {
		grant->until_ns = 0;
		return false;
	}
	item->used++;
	item->last = now;
	return true;
}

enum override_result
overrides_use(struct overrides *o, const struct override_try *attempt, int64_t now, uint64_t now_ns, uint32_t *id)
{
	struct addr client = counted_as(&attempt->facts->client);
	uint8_t hash[OVERRIDE_HASH_SIZE];
	struct override_code code;
	struct override_event e;
	enum override_result result = OVERRIDE_REFUSED;
	struct override *item;

	if (id)
		*id = 0;
	if (!override_code_parse(attempt->code, &code))
		return OVERRIDE_MISTYPED;
	pthread_mutex_lock(&o->lock);
	if (is_limited(o, attempt, &client, now_ns)) {
		result = OVERRIDE_LIMITED;
		goto out;
	}
	if (!override_code_hash(&code, o->state->key, hash))
		goto out;
	item = find_by_hash(o->state, hash);
	fill_event(&e, attempt, item, now, now_ns);
	if (id)
		*id = e.grant.id;
	if (item && use(o, attempt, item, &e, now, now_ns)) {
		result = OVERRIDE_USED;
		goto out;
	}
	o->failures[o->failure_count++] = (struct failure){client, now_ns};
	e.result = OVERRIDE_REFUSED;
	o->tell(o->context, &e);
out:
	pthread_mutex_unlock(&o->lock);
	override_code_wipe(&code);
	return result;
}

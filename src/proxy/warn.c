/* Warnings.  See warn.h. */
#include "proxy/warn.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/siphash.h"

#define LINK_PREFIX PAGE_LINK_RESERVED "continue/"
#define WAYS 8 /* places where an entry may lie */

/* What a link says: how long the click is remembered, and the hash of the rule's id. */
enum { SAYS_FOR_NS, SAYS_RULE };

/* A place of the table; the hashes stand for client, site and rule. */
struct entry {
	uint64_t hash[2];
	uint64_t until; /* 0: free */
};

struct warn {
	pthread_mutex_t lock; /* of entries */
	struct entry *entries;
	size_t sets;
	struct siphash_key keys[2];
	struct page_links *links;
};

struct warn *
warn_new(size_t entries)
{
	struct warn *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->sets = (entries + WAYS - 1) / WAYS;
	w->entries = calloc(w->sets * WAYS, sizeof *w->entries);
	w->links = page_links_new(LINK_PREFIX);
	if (w->entries == NULL || w->sets == 0 || w->links == NULL) {
		page_links_free(w->links);
		free(w->entries);
		free(w);
		return NULL;
	}
	for (size_t i = 0; i < 2; i++)
		w->keys[i] = siphash_random_key();
	pthread_mutex_init(&w->lock, NULL);
	return w;
}

void
warn_free(struct warn *w)
{
	if (w == NULL)
		return;
	pthread_mutex_destroy(&w->lock);
	page_links_free(w->links);
	free(w->entries);
	free(w);
}

/* ---- what is remembered ---- */

static uint64_t
rule_hash(const struct warn *w, struct slice rule)
{
	return siphash13(&w->keys[0], rule.ptr, rule.len);
}

/* Two hashes of 64 bits under keys that nobody knows: that two visits share both does not happen. */
static struct entry
entry_of(const struct warn *w, const struct addr *client, struct slice site, uint64_t rule)
{
	uint8_t bytes[sizeof client->bytes + sizeof rule + 256];
	size_t n = 0;
	struct entry e = {.until = 0};

	site = slice_sub(site, 0, 256);
	memcpy(bytes, client->bytes, sizeof client->bytes);
	n += sizeof client->bytes;
	memcpy(bytes + n, &rule, sizeof rule);
	n += sizeof rule;
	if (site.len)
		memcpy(bytes + n, site.ptr, site.len);
	n += site.len;
	for (size_t i = 0; i < 2; i++)
		e.hash[i] = siphash13(&w->keys[i], bytes, n);
	return e;
}

static struct entry *
set_of(const struct warn *w, const struct entry *e)
{
	return w->entries + e->hash[0] % w->sets * WAYS;
}

static bool
is_same(const struct entry *a, const struct entry *b)
{
	return a->hash[0] == b->hash[0] && a->hash[1] == b->hash[1];
}

bool
warn_is_accepted(struct warn *w, const struct addr *client, struct slice site, struct slice rule, uint64_t now)
{
	struct entry wanted = entry_of(w, client, site, rule_hash(w, rule));
	const struct entry *set = set_of(w, &wanted);
	bool is_accepted = false;

	pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < WAYS; i++)
		if (is_same(&set[i], &wanted))
			is_accepted |= set[i].until > now;
	pthread_mutex_unlock(&w->lock);
	return is_accepted;
}

/* In its own place, or in that of the one that ends first (a free one ends at 0). */
static void
remember(struct warn *w, const struct entry *e)
{
	struct entry *set = set_of(w, e), *place = set;

	pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < WAYS; i++) {
		if (is_same(&set[i], e)) {
			place = &set[i];
			break;
		}
		if (set[i].until < place->until)
			place = &set[i];
	}
	*place = *e;
	pthread_mutex_unlock(&w->lock);
}

/* ---- links ---- */

bool
warn_is_link(struct slice path)
{
	return slice_starts_with(path, SLICE(LINK_PREFIX));
}

struct slice
warn_link(const struct warn *w, const struct page_visit *visit, struct slice rule, uint64_t for_ns, uint64_t now,
	struct arena *arena)
{
	uint64_t says[2] = {[SAYS_FOR_NS] = for_ns, [SAYS_RULE] = rule_hash(w, rule)};

	return page_link_make(w->links, visit, says, now, arena);
}

bool
warn_follow(struct warn *w, const struct page_visit *visit, uint64_t now, struct slice *back)
{
	uint64_t says[2];
	struct entry e;

	if (!page_link_open(w->links, visit, now, says, back))
		return false;
	e = entry_of(w, visit->client, visit->site, says[SAYS_RULE]);
	e.until = now + says[SAYS_FOR_NS];
	remember(w, &e);
	return true;
}

/* The sites that rules name: one table for all rules, so that a host is looked up once for a walk however many
 * rules and names there are.  Each site condition has a number; the answer is a bit for each.
 *
 *   example.org          this host
 *   *.example.org        every host below it, not itself
 *   example.org/path/    URLs of this host whose path begins so (with *. likewise) */
#ifndef SLUICE_POLICY_SITE_H
#define SLUICE_POLICY_SITE_H

#include "base/arena.h"
#include "base/map.h"
#include "policy/facts.h"

#define SITE_CONDITIONS_MAX 4096
#define SITE_NAMES_MAX 2000000

struct site_bits {
	uint64_t words[SITE_CONDITIONS_MAX / 64];
};

/* One name in one condition. */
struct site_entry {
	struct site_entry *next;        /* of the same host */
	const struct site_entry *other; /* name of the same condition */
	struct slice host;              /* canonical */
	struct slice path;              /* in the form of policy/path.h; empty: every path */
	uint16_t condition;
	bool is_below; /* *. */
};

/* What a condition keeps of its names. */
struct site_names {
	const struct site_entry *first;
	uint16_t condition;
	bool has_path; /* one of them has */
};

struct sites {
	struct map by_name;
	size_t condition_count;
	size_t name_count;
};

void sites_init(struct sites *sites);
void sites_release(struct sites *sites);
/* Adds a name for a condition; the arena keeps it.  False on a mistake: *error and *remedy (may be NULL) say which. */
bool sites_add(struct sites *sites, struct site_names *names, struct slice text, struct arena *arena,
	const char **error, const char **remedy);
/* Which conditions the facts surely meet, and which they may meet once the path is known.  Only the words of
 * conditions that exist are written.  The site must be known. */
void sites_of(const struct sites *sites, const struct facts *facts, struct site_bits *sure, struct site_bits *maybe);
/* Whether a name of the condition holds wherever the entry does. */
bool sites_cover(const struct sites *sites, unsigned condition, const struct site_entry *entry);
/* Whether some URL meets both. */
bool site_entries_meet(const struct site_entry *a, const struct site_entry *b);

static inline bool
site_bits_has(const struct site_bits *bits, unsigned condition)
{
	return bits->words[condition / 64] >> (condition % 64) & 1;
}

#endif

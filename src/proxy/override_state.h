/* Override codes and what was granted by them, as plain values and as text: the supervisor keeps the text in a file,
 * and hands it to the worker.  Bounded; one thread (overrides.h is what threads share).  Dates are seconds since
 * 1970-01-01 UTC. */
#ifndef SLUICE_PROXY_OVERRIDE_STATE_H
#define SLUICE_PROXY_OVERRIDE_STATE_H

#include "base/buffer.h"
#include "policy/override.h"
#include "policy/user_table.h"
#include "proxy/override_code.h"

#define OVERRIDES_MAX 64
#define OVERRIDE_USES_MAX 1000
#define OVERRIDE_GRANTS_MAX 1024
#define OVERRIDE_BY_MAX 64    /* bytes */
#define OVERRIDE_NOTE_MAX 200 /* bytes */
#define OVERRIDE_SITE_MAX 255 /* bytes */
#define OVERRIDE_SECONDS_MAX (30 * 86400)
#define OVERRIDE_LIFE_MAX (366 * 86400)
/* Bytes of the text: each grant and each code with its longest names, every byte of them escaped. */
#define OVERRIDE_STATE_TEXT_MAX (4u << 20)

/* A code, but for the code. */
struct override {
	uint32_t id; /* from 1, never used again */
	uint8_t hash[OVERRIDE_HASH_SIZE];
	struct override_scope scope;
	bool is_everywhere; /* what it grants is not bound to the site where it was entered */
	uint32_t seconds;   /* how long a grant lasts */
	uint32_t uses;      /* at most */
	uint32_t used;
	int64_t made;
	int64_t expires;
	int64_t last; /* 0: it was never used */
	char by[OVERRIDE_BY_MAX + 1];
	char note[OVERRIDE_NOTE_MAX + 1];
};

struct override_grant {
	uint32_t id;
	struct addr client;               /* where the code was entered */
	char user[USER_NAME_MAX + 1];     /* who is granted; empty: the address */
	char site[OVERRIDE_SITE_MAX + 1]; /* empty: everywhere */
	int64_t until;
	uint64_t until_ns; /* monotonic; not in the text */
};

struct override_state {
	uint8_t key[OVERRIDE_KEY_SIZE]; /* of the hashes */
	uint32_t last_id;
	struct override items[OVERRIDES_MAX];
	size_t count;
	struct override_grant grants[OVERRIDE_GRANTS_MAX];
	size_t grant_count;
};

/* Empty, with a fresh key.  NULL when memory or randomness is out; free() it. */
struct override_state *override_state_new(void);
/* As text: the SHA-256 of what follows in hexadecimal, a line feed, and JSON.  False where the buffer is full. */
bool override_state_write(const struct override_state *state, struct buffer *out);
/* Reads such a text, which it replaces the whole by; until_ns is reckoned from the two clocks.  NULL, or what is wrong
 * with the text (a literal): the state is then not to be used. */
const char *override_state_read(struct override_state *state, struct slice text, int64_t now, uint64_t now_ns);

/* NULL where there is none. */
struct override *override_state_find(struct override_state *state, uint32_t id);
/* Whether it can still be entered. */
bool override_is_usable(const struct override *o, int64_t now);
/* Whether a grant is in force: by the monotonic clock, and not beyond the end of its code. */
bool override_grant_holds(
	struct override_state *state, const struct override_grant *grant, int64_t now, uint64_t now_ns);
/* Adds a grant, in the place of one of the same code, person and site; it lies in the state, until that changes.  NULL
 * where there is no room. */
struct override_grant *override_state_grant(
	struct override_state *state, const struct override_grant *grant, int64_t now, uint64_t now_ns);
/* Drops the code and its grants. */
void override_state_drop(struct override_state *state, uint32_t id);
/* Drops the grants that are over, and the codes that can neither be used nor are granted any more: over() is told
 * of each of these before (NULL: nobody).  Whether anything was dropped. */
bool override_state_sweep(struct override_state *state, int64_t now, uint64_t now_ns,
	void (*over)(const struct override *o, bool is_expired));
size_t override_state_grants_of(const struct override_state *state, uint32_t id);

#endif

/* Override codes as the worker's threads share them (docs/decisions/overrides.md): which can be entered, who was
 * granted what, and how often was guessed.  Behind a mutex that is held for a walk over at most OVERRIDE_GRANTS_MAX
 * grants, and only taken where a rule blocks; while there is no code, nothing is asked but a counter.
 *
 * The supervisor keeps the truth: what is used here is told to it before it counts.  All calls: any thread.  Dates are
 * seconds since 1970-01-01 UTC, now_ns is monotonic. */
#ifndef SLUICE_PROXY_OVERRIDES_H
#define SLUICE_PROXY_OVERRIDES_H

#include "proxy/override_state.h"

/* Wrong codes are counted for so long. */
#define OVERRIDE_WINDOW_NS (UINT64_C(900) * 1000000000u)
#define OVERRIDE_ATTEMPTS_MAX 1024
/* As many codes may hold for one request. */
#define OVERRIDE_RIGHTS_MAX 8

struct overrides;

/* What became of a code that was entered. */
enum override_result {
	OVERRIDE_NOT_TRIED,
	OVERRIDE_USED,
	OVERRIDE_REFUSED,  /* no such code, over, or not for this */
	OVERRIDE_MISTYPED, /* it is no code at all */
	OVERRIDE_LIMITED,  /* too many were wrong: it was not looked at */
	OVERRIDE_RESULTS
};
/* "used", "refused", "mistyped", "limited"; NULL for the first. */
const char *override_result_name(enum override_result result);

/* What the supervisor is told; also the message to it. */
struct override_event {
	enum override_result result;      /* used or refused */
	struct override_grant grant;      /* of a refused code only who and where; id 0: there is no such code */
	char rule[OVERRIDE_NAME_MAX + 1]; /* that blocked */
};

/* `tell` is called under the lock: false where the supervisor cannot be told, and then a code is refused.  NULL when
 * memory or randomness is out. */
struct overrides *overrides_new(bool (*tell)(void *context, const struct override_event *event), void *context);
/* NULL is accepted. */
void overrides_free(struct overrides *o);
/* Takes the supervisor's state over: codes that are not in it are gone with their grants; of the others no use that
 * was counted here is forgotten. */
void overrides_take(struct overrides *o, const struct override_state *fresh, int64_t now, uint64_t now_ns);

/* Whether there is any code, used up or not. */
bool overrides_exist(const struct overrides *o);
/* Whether a code could be entered against this rule by who is in the facts. */
bool overrides_could_apply(struct overrides *o, const struct policy *policy, const struct facts *facts,
	const struct rule *rule, int category, int64_t now);

/* A code that holds for a request. */
struct override_right {
	uint32_t id;
	struct override_scope scope;
};
/* Those that were granted to the user or the address of the facts, for their site or everywhere.  How many. */
size_t overrides_granted(struct overrides *o, const struct facts *facts, int64_t now, uint64_t now_ns,
	struct override_right rights[OVERRIDE_RIGHTS_MAX]);

/* An attempt: who, where and against what. */
struct override_try {
	struct slice code; /* as it was typed */
	const struct policy *policy;
	const struct facts *facts; /* of the client, and the site */
	const struct rule *rule;
	int category;          /* that made the rule true, or -1 */
	unsigned attempts;     /* of one client in the window */
	unsigned attempts_all; /* of all */
};
/* *id (may be NULL) is the code's number where there is such a code, else 0. */
enum override_result overrides_use(
	struct overrides *o, const struct override_try *attempt, int64_t now, uint64_t now_ns, uint32_t *id);
/* A keyed hash of a rule's or category's name, for links. */
uint64_t overrides_hash(const struct overrides *o, struct slice name);
const struct page_links *overrides_links(const struct overrides *o);
/* Whether a request's path is one that codes are posted to. */
bool overrides_is_link(struct slice path);

#endif

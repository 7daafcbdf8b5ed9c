/* What was learnt of an origin on the way of an earlier connection: enough to greet the next client while the dial is
 * still under way (the leaf, the ALPN that the origin chose, its TLS version).  A hint is only ever a head start: the
 * new connection to the origin is verified all the same, and its answer decides.
 *
 * Asked by destination, server name and what the client offers, since the origin's choice depends on all of it.
 * Bounded; the least recently used goes first; a hint is over after the time that was given with it.  Any thread. */
#ifndef SLUICE_TLS_LEAF_HINTS_H
#define SLUICE_TLS_LEAF_HINTS_H

#include "base/addr.h"
#include "tls/leaf.h"

#define LEAF_HINTS_DEFAULT 8192
#define LEAF_HINT_ALPN_MAX 31

struct leaf_hint_question {
	struct endpoint destination;
	struct slice server_name; /* as the client sent it; letter case makes no difference; empty for none */
	struct slice alpn_offer;  /* the extension's ProtocolNameList, in the client's order; empty for none */
	struct slice offer;       /* tls_offer_key() of what is offered to the origin for this client */
	enum leaf_key_type key_type;
	uint64_t epoch; /* the generation of policy and trust: hints of another are not found */
};

struct leaf_hint {
	struct leaf *leaf;    /* a reference */
	uint16_t tls_version; /* of the connection to the origin, as on the wire */
	uint8_t alpn_len;     /* 0: the origin chose none */
	char alpn[LEAF_HINT_ALPN_MAX];
};

struct leaf_hints;

struct leaf_hints *leaf_hints_create(size_t max);
/* NULL is accepted. */
void leaf_hints_destroy(struct leaf_hints *hints);
/* True with a hint that is good at `now` (seconds since 1970-01-01 UTC); the caller owns the reference in it. */
bool leaf_hints_find(
	struct leaf_hints *hints, const struct leaf_hint_question *question, int64_t now, struct leaf_hint *hint);
/* Remembers the hint (sharing its leaf) until `until`; one of the same question is replaced. */
void leaf_hints_remember(struct leaf_hints *hints, const struct leaf_hint_question *question,
	const struct leaf_hint *hint, int64_t until);
/* Forgets what an origin has disproved. */
void leaf_hints_forget(struct leaf_hints *hints, const struct leaf_hint_question *question);
/* Forgets everything. */
void leaf_hints_clear(struct leaf_hints *hints);

#endif

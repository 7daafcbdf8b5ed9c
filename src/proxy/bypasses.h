/* Flows that are passed although no rule passes them, because reading them cannot succeed (docs/decisions/bypass.md):
 *
 *   refused leaf         a client refused our leaf for a name, by an alert about certificates, often enough, and never
 *                        accepted one for it: (client, name, JA4), at destinations that were verified for the name
 *   client certificate   an origin, verified, demanded a certificate of the client: (destination, name)
 *   pinned               the administrator said so: (client or all, name)
 *
 * This is the memory, bounded, and shared by all threads behind a mutex that is held for a lookup; while nothing is
 * bypassed a lookup is the load of a counter.  Whether policy allows a bypass is asked elsewhere (policy_may_bypass()).
 * Times are seconds since 1970-01-01 UTC. */
#ifndef SLUICE_PROXY_BYPASSES_H
#define SLUICE_PROXY_BYPASSES_H

#include "base/addr.h"

#define BYPASSES_SITE_MAX 254
#define BYPASSES_JA4_MAX 40
#define BYPASSES_DESTINATIONS_MAX 8
/* A program that accepts none of our leaves and refuses them for more names than this has not our CA, and pins nothing.
 */
#define BYPASSES_PROGRAM_NAMES_MAX 16

struct bypasses;

enum bypass_reason { BYPASS_NONE, BYPASS_REFUSED_LEAF, BYPASS_CLIENT_CERTIFICATE, BYPASS_PINNED };
/* "refused-leaf", "client-certificate", "pinned". */
const char *bypass_reason_name(enum bypass_reason reason);
/* The same as a sentence's end, for records. */
const char *bypass_reason_text(enum bypass_reason reason);

struct bypass_flow {
	struct addr client;
	struct endpoint destination;
	const char *site; /* canonical; empty: nothing is found, nothing learnt */
	const char *ja4;
	uint64_t issuer; /* of our leaves: what was accepted of another does not count */
};

struct bypass_limits {
	bool learns;
	unsigned refusals;
	int64_t seconds; /* how long what was learnt holds */
	size_t max;      /* entries that are not pinned */
};

/* What is kept, for those who list it. */
struct bypass_view {
	enum bypass_reason reason;
	struct addr client; /* all zero: any */
	const char *site;
	const char *ja4; /* empty: any */
	const struct endpoint *destinations;
	unsigned destination_count; /* 0: any */
	unsigned refusals;
	int alert; /* the last one; -1: none */
	int64_t first;
	int64_t last;
	int64_t until; /* 0: no end, of a pinned one; not passed yet, of others */
	bool is_active;
};

/* NULL when memory is out. */
struct bypasses *bypasses_new(void);
/* NULL is accepted. */
void bypasses_free(struct bypasses *b);

/* Why this flow may be passed; BYPASS_NONE where nothing says so. */
enum bypass_reason bypasses_find(struct bypasses *b, const struct bypass_flow *flow, int64_t now);

/* The client has made use of a leaf of ours.  Takes no lock, but where there is a refusal of the same to forget. */
void bypasses_note_accepted(struct bypasses *b, const struct bypass_flow *flow);
enum bypass_outcome { BYPASS_IGNORED, BYPASS_COUNTED, BYPASS_LEARNT };
/* The client has refused our leaf by that alert, and the destination is verified for the name.  `accepts_ca`: this
 * client address is known to accept leaves of ours. */
enum bypass_outcome bypasses_note_refusal(struct bypasses *b, const struct bypass_flow *flow, bool accepts_ca,
	int alert, const struct bypass_limits *limits, int64_t now);
/* The destination, verified for the name, demanded a certificate of the client.  Whether it was learnt. */
bool bypasses_note_client_certificate(
	struct bypasses *b, const struct bypass_flow *flow, const struct bypass_limits *limits, int64_t now);

/* Replaces nothing: adds the administrator's, or prolongs it; until 0: without end.  False when memory is out. */
bool bypasses_pin(struct bypasses *b, const struct addr *client, const char *site, int64_t until, int64_t now);
/* Forgets what is of this client (NULL: of any) and site (NULL: of any).  How many. */
size_t bypasses_forget(struct bypasses *b, const struct addr *client, const char *site);
/* Forgets all that are pinned, before they are pinned anew. */
void bypasses_unpin_all(struct bypasses *b);

/* Calls visit() for each, the latest first; what is over is left out.  Under the lock: visit() calls nothing of this.
 */
void bypasses_each(
	struct bypasses *b, int64_t now, void (*visit)(void *context, const struct bypass_view *view), void *context);

#endif

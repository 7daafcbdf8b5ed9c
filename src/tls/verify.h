/* Judges an origin's certificate chain as a strict browser does: OpenSSL's path validation at its strictest, plus what
 * that accepts and a browser refuses.  A decider: time is an argument; nothing is fetched, logged or remembered (the
 * memory is verify_cache.h).  Any failure, of memory too, is a refusal; once refused, nothing that follows lifts it.
 * Cost on hostile input is bounded before anything is computed.  What is checked, and why: docs/decisions/verifier.md.
 */
#ifndef SLUICE_TLS_VERIFY_H
#define SLUICE_TLS_VERIFY_H

#include "tls/hostname.h"
#include "tls/revocation.h"
#include "tls/trust.h"
#include "tls/verify_reason.h"
#include "tls/verify_staple.h"

#define VERIFY_CERTS_MAX 20                  /* presented, the leaf among them */
#define VERIFY_BYTES_MAX ((size_t)100 << 10) /* of all presented certificates in DER */
#define VERIFY_DEPTH_MAX 8                   /* intermediates on a path */

enum verify_option {
	/* The stapled response is not there yet (TLS 1.2 sends it after the certificate): neither it nor must-staple is
	 * judged.  The verdict says must_staple; the caller has to judge again once the response is there. */
	VERIFY_STAPLE_LATER = 1 << 0,
	/* Refuse wildcards directly below hosters' suffixes ("*.github.io"), too, which browsers accept. */
	VERIFY_ALL_SUFFIXES = 1 << 1,
};

/* What was let through although a public root's certificate would be refused for it: a set, for the record. */
enum verify_note {
	VERIFY_NOTE_NO_EKU = 1 << 0,   /* no extended key usage, below an added root */
	VERIFY_NOTE_ANY_EKU = 1 << 1,  /* anyExtendedKeyUsage, below an added root */
	VERIFY_NOTE_PROFILE = 1 << 2,  /* key identifiers or usage missing, below an added root or in a root */
	VERIFY_NOTE_UNLOGGED = 1 << 3, /* no proof of transparency, and the list of logs is too old to refuse by */
};

struct verify_input {
	const struct trust *trust;
	X509 *leaf;                  /* borrowed, as all below */
	STACK_OF(X509) *chain;       /* as presented; may contain the leaf; NULL where there is nothing else */
	STACK_OF(X509) *extra;       /* untrusted intermediates from elsewhere (AIA, earlier chains); may be NULL */
	const struct hostname *host; /* whom the client wants: its SNI, or the destination's address */
	int64_t now;                 /* Unix time */
	struct slice staple;         /* the stapled OCSP response in DER; empty where there is none */
	struct slice scts;           /* the TLS extension signed_certificate_timestamp; empty where there is none */
	const struct revocations *revocations; /* lists that were fetched; NULL: none are asked */
	unsigned options;                      /* of enum verify_option */
};

/* A plain value: copied, compared and kept freely. */
struct verify_verdict {
	enum verify_reason reason; /* VERIFY_OK, or the first thing wrong */
	uint8_t depth;             /* of the certificate at fault; 0 is the leaf */
	bool has_fault;            /* fault_spki is set */
	bool below_public_root;
	bool must_staple; /* the leaf demands a stapled response */
	enum verify_staple staple;
	unsigned notes;     /* of enum verify_note */
	uint32_t excepted;  /* reasons (1 << reason) that an administrator's exception lifted */
	int64_t valid_from; /* an accepting verdict holds for this span of Unix time, both ends included ... */
	int64_t valid_until;
	uint64_t generation; /* ... and for this generation of trust */
	uint8_t mark_count;  /* certificates of the path that a list could name, now or later: see revocation.h */
	struct revocation_mark marks[REVOCATION_MARKS_MAX];
	uint8_t leaf_spki[TRUST_DIGEST];
	uint8_t fault_spki[TRUST_DIGEST];
};

/* A verdict before anybody has judged: a refusal. */
struct verify_verdict verify_verdict_unjudged(void);
static inline bool
verify_verdict_accepts(const struct verify_verdict *v)
{
	return v->reason == VERIFY_OK;
}
/* Whether an accepting verdict still holds: for resumed sessions and remembered chains. */
static inline bool
verify_verdict_holds(const struct verify_verdict *v, uint64_t generation, int64_t now)
{
	return verify_verdict_accepts(v) && v->generation == generation && v->valid_from <= now &&
	       now <= v->valid_until;
}

/* Refuses an accepting verdict, fresh or remembered, one of whose marks is revoked by now.  Never accepts. */
void verify_verdict_ask(struct verify_verdict *v, const struct revocations *revocations);

/* Judges, and fills *out.  Takes nothing, keeps nothing.  Any thread; the certificates may be shared between threads.
 */
void verify_chain(const struct verify_input *in, struct verify_verdict *out);

#endif

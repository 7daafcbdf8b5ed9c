/* The facts that a decision may look at: plain values, each with a bit that says whether it is known.  Evaluators
 * see nothing else, so the same walk serves live traffic, `explain` and `replay`.
 *
 * Known is final: a fact that is known does not change while one exchange is judged, and being known to be absent
 * is knowing (no name in the ClientHello: FACT_SITE is known, and the site is empty).  Two facts may say something
 * before they are known: `size` and `phrases` are then lower bounds that only grow.
 *
 * An upload and the download that answers it are two judgements, each with facts of its own: same client, site and
 * head, different direction, size, type and content. */
#ifndef SLUICE_POLICY_FACTS_H
#define SLUICE_POLICY_FACTS_H

#include "base/addr.h"

/* The points at which more is known.  A fact is learnt at one of them, see fact_stage(). */
enum policy_stage {
	STAGE_CONNECTION, /* the first bytes of the client were seen */
	STAGE_ORIGIN,     /* the origin's certificate was seen; nothing was decrypted yet */
	STAGE_REQUEST,    /* the head of a request */
	STAGE_RESPONSE,   /* the head of the response, and the first bytes of its body */
	STAGE_BODY,       /* the content */
	STAGES
};

enum fact {
	FACT_CLIENT,
	FACT_MAC,
	FACT_USER,
	FACT_TIME,
	FACT_DESTINATION,
	FACT_TRANSPORT,
	FACT_SITE,
	FACT_CATEGORY,
	FACT_JA4,
	FACT_CERTIFICATE,
	FACT_APPLICATION,
	FACT_PATH,
	FACT_METHOD,
	FACT_HEADER,
	FACT_DIRECTION,
	FACT_SIZE,
	FACT_TYPE,
	FACT_PHRASES,
	FACT_TOPIC,
	FACT_SEARCH,
	FACT_SEARCH_SCORE,
	FACT_SHAPE,
	FACT_UNREAD,
	FACTS
};

#define FACT_BIT(fact) (UINT32_C(1) << (fact))

enum fact_transport { TRANSPORT_OTHER, TRANSPORT_TLS, TRANSPORT_HTTP, TRANSPORT_QUIC };

/* What is spoken inside, as bits: a WebSocket over HTTP/2 is both. */
enum fact_application {
	APPLICATION_HTTP1 = 1,
	APPLICATION_HTTP2 = 2,
	APPLICATION_HTTP3 = 4,
	APPLICATION_WEBSOCKET = 8,
	APPLICATION_GRPC = 16,
};

/* What the shape of a name suggests, as bits 1 << kind. */
enum fact_suspicion { SUSPICION_GENERATED, SUSPICION_LOOKALIKE, SUSPICIONS };

enum fact_direction { DIRECTION_DOWNLOAD, DIRECTION_UPLOAD };

/* A set of small numbers: bit n of words[n / 64]. */
struct fact_set {
	const uint64_t *words;
	size_t count; /* of words */
};

/* The nth value (from 0) of the request's header field called name (any case); false where there is none. */
typedef bool fact_header(const void *context, struct slice name, unsigned nth, struct slice *value);

/* Borrows everything; all zero is the empty set of facts. */
struct facts {
	uint32_t known; /* FACT_BIT()s */

	struct addr client;
	struct endpoint destination;
	uint8_t mac[6];            /* all zero: none */
	const struct slice *users; /* the user's name and those of his groups */
	size_t user_count;
	int64_t time; /* seconds since 1970-01-01 UTC */
	enum fact_transport transport;
	struct slice site; /* canonical host: lower case, A-labels, no trailing dot, or address without brackets */
	bool site_is_unproved; /* the destination was not shown to be the site's: no rule passes by it */
	struct fact_set categories; /* of the site, and of the URL once the path is known */
	struct fact_set
		categories_possible; /* may yet come when the path is known; empty where no URL of the site is listed */
	struct slice ja4;
	struct {
		bool present;
		bool self_signed;
		int64_t age;         /* seconds since notBefore */
		struct slice issuer; /* the issuer's name as one line of text */
	} certificate;
	uint32_t application; /* enum fact_application bits */
	struct slice path;    /* path and query, in the form of policy/path.h */
	struct slice method;
	fact_header *header; /* NULL where there are none */
	const void *header_context;
	enum fact_direction direction;
	uint64_t size;                  /* bytes of the body; until known, how many came so far */
	struct slice mime;              /* by content: "application/zip" */
	const struct slice *more_mimes; /* of a body of several parts: the other types in it */
	size_t more_mime_count;
	uint64_t type_classes; /* bits, numbered as the type classes are in struct policy_names; of all parts so far */
	int32_t phrases;       /* score; until known, what it is so far */
	const uint8_t *topics; /* score of each topic, 0 to 100, numbered as in struct policy_names */
	size_t topic_count;
	struct slice search;  /* what is searched for: words in lower case with single spaces; empty: it is no search */
	int32_t search_score; /* of the phrase lists on it */
	uint32_t suspicions;  /* bits, of the site's name */
	struct slice suspicion; /* what they rest on: "lookalike of bank (near)" */
	struct slice unread;    /* why the body could not be read to its end: "over-ratio"; empty where it could */
};

static inline bool
fact_is_known(const struct facts *facts, enum fact fact)
{
	return (facts->known & FACT_BIT(fact)) != 0;
}

static inline void
facts_learn(struct facts *facts, enum fact fact)
{
	facts->known |= FACT_BIT(fact);
}

/* Makes every fact that is learnt at the stage or before it known: what did not come by then will not come. */
void facts_settle(struct facts *facts, enum policy_stage stage);

enum policy_stage fact_stage(enum fact fact);
/* "client address", "site"... */
const char *fact_name(enum fact fact);
/* "connection", "origin", "request", "response", "body". */
const char *policy_stage_name(enum policy_stage stage);
/* The names of the facts in a set, with commas; returns dst. */
const char *facts_list(uint32_t set, char *dst, size_t dst_size);

#endif

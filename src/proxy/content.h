/* A body under the eyes of policy: what a rule must read before it can decide is held back, within limits, and scanned
 * as it comes; then the verdict is asked again.  What no rule asks for is not done at all.  One loop thread. */
#ifndef SLUICE_PROXY_CONTENT_H
#define SLUICE_PROXY_CONTENT_H

#include "base/buffer.h"
#include "classify/body_scan.h"
#include "http/message.h"
#include "policy/evaluate.h"

struct exchange;

/* What a body says, but for what stands in a posted search form. */
#define CONTENT_FACTS                                                                                \
	(FACT_BIT(FACT_SIZE) | FACT_BIT(FACT_TYPE) | FACT_BIT(FACT_PHRASES) | FACT_BIT(FACT_TOPIC) | \
		FACT_BIT(FACT_UNREAD))

/* Of one exchange; all zero: nothing is scanned. */
struct content {
	struct body_scan *scan;        /* owned; NULL while nothing is read */
	const struct phrases *phrases; /* borrowed from the exchange's generation */
	unsigned classes;              /* of its model */
	struct buffer held;            /* owned: what came and was not shown yet */
	uint64_t begun;                /* monotonic ns */
	uint64_t held_ns;              /* how long it was held in the end */
	uint64_t held_bytes;
	uint64_t size;     /* bytes of the body so far */
	uint64_t length;   /* of the whole body, as its head says; UINT64_MAX where it does not */
	size_t ahead;      /* bytes at hand that were read, and not sent on yet */
	uint64_t judged;   /* what was known when the verdict was asked last; see content_has_news() */
	bool is_open;      /* somebody looks at the body */
	bool is_holding;   /* nothing of it was sent on yet */
	bool is_whole;     /* the body has ended */
	bool is_last_call; /* holding ends now: what was read must do */
};

/* A response that policy cannot judge by its head, or that rules watch: begins to scan for the facts that they ask for,
 * and to hold it where the verdict says so.  False where there is no memory: the response is then shown without. */
bool content_begin(struct content *c, const struct exchange *x, const struct verdict *verdict);
/* The same for the body of the request. */
bool content_begin_upload(struct content *c, const struct exchange *x, const struct verdict *verdict);
/* The next bytes of the body (held only while is_holding, and then at most what content_room() says). */
bool content_add(struct content *c, struct slice bytes);
/* Behind the hold: reads what is at hand before it is sent on.  True when it held something new, so that the verdict is
 * asked first: an origin takes a request for whole when its last byte has come. */
bool content_read_ahead(struct content *c, struct slice at_hand);
/* So much of what is at hand was sent on. */
void content_sent(struct content *c, size_t n);
/* There is no more; twice does no harm.  A body whose length is known ends with its last byte. */
void content_end(struct content *c);
/* How many more bytes may be held. */
size_t content_room(const struct content *c);
/* Whether more is known than when this was last asked (which says that the verdict is asked now). */
bool content_has_news(struct content *c, uint32_t asked);
/* Whether policy waits for facts of the body, or watches them. */
bool content_is_wanted(const struct verdict *verdict);
/* Whether the terms of a search form that is posted may matter yet: to a rule behind the one that waits, or to one that
 * watches.  They are read now or never. */
bool content_form_is_wanted(const struct verdict *verdict);
/* What was learnt so far, into facts that hold everything up to the head. */
void content_facts(struct content *c, struct facts *facts);
/* Why the body could not be read to its end ("over-ratio"); empty where it could so far. */
struct slice content_unread(const struct content *c);
/* Ends holding; what is held is to be sent now. */
void content_let_go(struct content *c);
void content_release(struct content *c);

/* Bodies that are never held: they have no end that anybody waits for, or are a piece of something. */
bool content_is_exempt(const struct http_message *message);

#endif

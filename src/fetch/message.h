/* What the fetcher is asked and what it answers: the payloads of IPC_FETCH and IPC_FETCHED.  The worker is read by the
 * fetcher, and the fetcher by the worker and the supervisor, as strangers are: every field has a maximum, and a message
 * that is anything else is refused as a whole.  Pure; nothing is kept. */
#ifndef SLUICE_FETCH_MESSAGE_H
#define SLUICE_FETCH_MESSAGE_H

#include "base/addr.h"
#include "base/buffer.h"

#define FETCH_TARGET_MAX 2048             /* octets of a name or an URL */
#define FETCH_VALIDATOR_MAX 512           /* of an entity tag or a date */
#define FETCH_ERROR_MAX 256               /* of the text that says why not */
#define FETCH_ADDRESSES_MAX 64            /* in one answer */
#define FETCH_BODY_MAX ((size_t)64 << 10) /* in the message itself; more comes as a descriptor */
#define FETCH_QUESTION_MAX (FETCH_TARGET_MAX + 2 * FETCH_VALIDATOR_MAX + 16)
#define FETCH_ANSWER_MAX (FETCH_BODY_MAX + 2 * FETCH_VALIDATOR_MAX + FETCH_ERROR_MAX + 16)

enum fetch_kind {
	FETCH_NAMES,  /* target: a DNS name; answered by all its addresses, IPv4 and IPv6 */
	FETCH_ISSUER, /* target: the URL of a certificate (AIA caIssuers); answered by the body */
	FETCH_CRL,    /* target: the URL of a revocation list; answered by a sealed memory file */
	FETCH_LIST,   /* target: the URL of a filter list, with validators; answered by a sealed memory file */
	FETCH_KINDS
};

/* "names", "issuer", "crl", "list". */
const char *fetch_kind_name(enum fetch_kind kind);

/* Borrows its texts. */
struct fetch_question {
	enum fetch_kind kind;
	struct slice target;
	struct slice etag;          /* of the copy that is at hand; empty where there is none (LIST) */
	struct slice last_modified; /* likewise, as the server wrote it */
};

enum fetch_status {
	FETCH_OK,
	FETCH_NOT_MODIFIED, /* the copy at hand is current */
	FETCH_REFUSED,      /* an URL or an address where nothing is ever fetched from */
	FETCH_UNRESOLVED,   /* the name has no address */
	FETCH_FAILED,       /* no connection, or no answer that is one */
	FETCH_TOO_LARGE,
	FETCH_TIMEOUT,
	FETCH_BUSY,        /* too much is under way */
	FETCH_UNAVAILABLE, /* there is no fetcher just now; never on the wire */
	FETCH_STATUSES
};

/* "ok", "not-modified", "refused", ... */
const char *fetch_status_name(enum fetch_status status);

/* Borrows its texts. */
struct fetch_answer {
	enum fetch_status status;
	struct slice etag; /* of the body, where the server gave one */
	struct slice last_modified;
	struct slice error; /* one sentence for people; empty unless something went wrong */
	struct slice body;  /* of ISSUER; of NAMES the addresses, see fetch_answer_addresses() */
};

/* False, and nothing written, where a field is above its maximum. */
bool fetch_question_encode(const struct fetch_question *question, struct buffer *out);
bool fetch_answer_encode(const struct fetch_answer *answer, struct buffer *out);
/* False where the bytes are not exactly one message.  What is read borrows from them. */
bool fetch_question_decode(struct slice bytes, struct fetch_question *question);
bool fetch_answer_decode(struct slice bytes, struct fetch_answer *answer);
/* The addresses of an answer to NAMES; returns how many.  Zero for everything else. */
size_t fetch_answer_addresses(const struct fetch_answer *answer, struct addr addresses[FETCH_ADDRESSES_MAX]);

/* How far a list is that is being fetched; sent to the supervisor as it is. */
struct fetch_progress {
	uint64_t bytes;
	uint64_t total; /* 0: the server did not say */
};

/* What the fetcher has done since it was started; sent to the supervisor as it is. */
#define FETCH_COUNTS(X)                                                                       \
	X(names, "Names that were asked for")                                                 \
	X(issuers, "Issuer certificates that were asked for")                                 \
	X(crls, "Revocation lists that were asked for")                                       \
	X(lists, "Filter lists that were asked for")                                          \
	X(joined, "Questions that another one under way answered, too")                       \
	X(ok, "Questions answered with what was asked for")                                   \
	X(not_modified, "Lists that were current")                                            \
	X(refused, "Questions refused for their URL or for the address behind it")            \
	X(failed, "Questions that failed: no address, no connection, too large, or too late") \
	X(busy, "Questions refused because too much was under way")                           \
	X(dns_queries, "Names asked of the servers in resolv.conf")                           \
	X(dns_cached, "Names answered from memory")                                           \
	X(bytes, "Bytes of bodies that came")

struct fetch_counts {
#define FETCH_COUNT_FIELD(name, help) uint64_t name;
	FETCH_COUNTS(FETCH_COUNT_FIELD)
#undef FETCH_COUNT_FIELD
};

#endif

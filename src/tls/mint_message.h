/* What a worker and the signer say to each other: the bytes of a request and of its answer.  The signer decodes
 * strictly, since a worker may be in an attacker's hands: one encoding for each request, every length bounded, nothing
 * left over.  A request names what may differ between leaves (names, dates, public key, which issuer) and nothing else.
 *
 *   request ISSUE    op(1)=1 issuer(1) not_before(8) not_after(8) spki(vec16) count(2) { kind(1) name(vec8) }
 *   request ISSUERS  op(1)=2
 *   reply            op(1) status(1) retry_ms(4), and where the status is MINT_OK:
 *           ISSUE    issuer_id(32) leaf(vec24)
 *           ISSUERS  trusted(vec24) chain_count(1) { certificate(vec24) } untrusted(vec24)
 *
 * Numbers are in network byte order, dates are seconds since 1970-01-01 UTC in two's complement. */
#ifndef SLUICE_TLS_MINT_MESSAGE_H
#define SLUICE_TLS_MINT_MESSAGE_H

#include "base/buffer.h"
#include "tls/leaf_name.h"

/* 2,000 names is what public CAs put into a certificate at most.  A request of 60 KiB makes a leaf that fits
 * LEAF_DER_MAX: each name grows by one byte at most on the way from here to there. */
#define MINT_NAMES_MAX 2000
#define MINT_REQUEST_MAX (60 * 1024)
#define MINT_CHAIN_MAX 5           /* issuing certificates between the leaf and a root */
#define MINT_ID_BYTES 32           /* SHA-256 of the issuer's certificate */
#define MINT_REPLY_MAX (66 * 1024) /* one leaf, or the certificates of both issuers */

enum mint_op { MINT_OP_ISSUE = 1, MINT_OP_ISSUERS = 2 };

enum mint_issuer_kind {
	MINT_TRUSTED = 0,   /* the CA that clients have installed */
	MINT_UNTRUSTED = 1, /* an issuer that nobody trusts, for an origin that failed verification */
};
#define MINT_ISSUER_KINDS 2

enum mint_status {
	MINT_OK,
	MINT_MALFORMED,      /* not a request of this format */
	MINT_NAME_REFUSED,   /* a name that is no host name and no address */
	MINT_DATES_REFUSED,  /* over before they begin, too long, or all in the past */
	MINT_KEY_REFUSED,    /* not P-256, not RSA of 2048 to 4096 bits, or not on the curve */
	MINT_ISSUERS_KEY,    /* the public key is an issuer's own */
	MINT_TOO_LONG,       /* the leaf would exceed LEAF_DER_MAX */
	MINT_ISSUER_EXPIRED, /* the CA is over, or not yet valid */
	MINT_RATE_LIMITED,   /* ask again after retry_ms */
	MINT_LOG_FAILED,     /* the issuance log could not be written, so nothing was issued */
	MINT_SIGNING_FAILED, /* the library could not sign */
};
#define MINT_STATUSES (MINT_SIGNING_FAILED + 1)

struct mint_request {
	enum mint_issuer_kind issuer;
	int64_t not_before;
	int64_t not_after;
	struct slice spki;             /* borrowed */
	const struct leaf_name *names; /* borrowed; at least one */
	size_t name_count;
};

struct mint_reply {
	enum mint_op op;
	enum mint_status status;
	uint32_t retry_ms; /* with MINT_RATE_LIMITED */
	/* with MINT_OP_ISSUE, both borrowed from the message */
	struct slice issuer_id;
	struct slice leaf;
	/* with MINT_OP_ISSUERS: certificates in DER, borrowed from the message */
	struct slice trusted;
	struct slice chain[MINT_CHAIN_MAX]; /* to be sent after the leaf, from the issuer upwards, without the root */
	size_t chain_count;
	struct slice untrusted;
};

/* "rate_limited": a word for records and metrics. */
const char *mint_status_name(enum mint_status status);
/* A sentence for the operator. */
const char *mint_status_text(enum mint_status status);

/* Appends the request; false where it exceeds a limit above or the buffer's ceiling (the buffer is then as before). */
bool mint_request_encode(const struct mint_request *request, struct buffer *out);
/* Appends the request for the issuers' certificates. */
bool mint_issuers_request_encode(struct buffer *out);
/* Which request this is; 0 where the first byte names none. */
unsigned mint_message_op(struct slice message);
/* Reads an ISSUE request into `out`, its names into `names` (room for MINT_NAMES_MAX); everything borrows the message.
 * The form is checked, not the meaning: a name may still be no host name. */
bool mint_request_decode(struct slice message, struct leaf_name *names, struct mint_request *out);

/* Appends the answer; false where it exceeds the buffer's ceiling (the buffer is then as before). */
bool mint_reply_encode(const struct mint_reply *reply, struct buffer *out);
/* False where the message is not an answer; everything borrows the message. */
bool mint_reply_decode(struct slice message, struct mint_reply *out);

#endif

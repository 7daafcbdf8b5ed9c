/* A session is the life of one client connection, as a table of named steps:
 *
 *     PEEK -> ROUTE -> DIAL -> MINT -> GREET -> SERVE -> CLOSE        ROUTE, DIAL -> TUNNEL        any -> REFUSE
 *
 *   PEEK    looks at the first bytes without consuming them
 *   ROUTE   asks policy what to do with the flow
 *   DIAL    connects to the origin (for HTTPS with the handshake; for HTTP when a request wants it)
 *   MINT    gets the leaf that mirrors the origin's names
 *   GREET   is the TLS handshake with the client
 *   SERVE   carries exchanges
 *   TUNNEL  relays bytes untouched
 *   REFUSE  says no in the protocol's own words: an alert, a page under our own leaf, or a reset
 *
 * Each step has a deadline.  A step is a function that is called when the session enters it, and again on each event,
 * until it moves on.  One loop thread from accept to end. */
#ifndef SLUICE_PROXY_SESSION_H
#define SLUICE_PROXY_SESSION_H

#include "peek/client_hello.h"
#include "peek/ja4.h"
#include "peek/sniff.h"
#include "policy/evaluate.h"
#include "proxy/bypasses.h"
#include "proxy/identity.h"
#include "proxy/minter.h"
#include "proxy/origin.h"
#include "proxy/thread.h"
#include "tls/leaf_cache.h"
#include "tls/leaf_keys.h"
#include "tls/offer.h"

#define PROXY_PEEK_MAX CLIENT_HELLO_WIRE_MAX

enum session_step {
	SESSION_PEEK,
	SESSION_ROUTE,
	SESSION_DIAL,
	SESSION_MINT,
	SESSION_GREET,
	SESSION_SERVE,
	SESSION_TUNNEL,
	SESSION_REFUSE,
	SESSION_CLOSE,
	SESSION_STEPS,
};

/* What the client speaks, as far as the first bytes say. */
enum session_protocol { PROTOCOL_UNKNOWN, PROTOCOL_SILENT, PROTOCOL_HTTP, PROTOCOL_TLS };

struct pass_proof;

struct session {
	struct proxy_thread *thread;
	struct generation *generation; /* a reference */
	struct list_node node;         /* in thread->sessions */
	uint64_t id;
	enum session_step step;
	struct loop_timer deadline;
	struct loop_task resume; /* runs the step again at the end of the turn */

	/* who and where */
	struct endpoint client;
	struct endpoint destination;
	struct identity identity;
	uint64_t started;      /* monotonic ns */
	uint64_t started_real; /* since 1970 */

	/* what the first bytes said */
	enum session_protocol protocol;
	char site[HOST_NAME_LEN_MAX + 1]; /* canonical SNI or Host; empty where there is none */
	enum sni_status sni_status;
	char ja4[JA4_TEXT_MAX];
	uint8_t alpn_offer[64]; /* what is offered to the origin: wire form */
	uint8_t alpn_offer_len;
	uint16_t warm_version; /* of TLS, of the origin's last connection, or of the one that was used again */
	char warm_alpn[31];
	uint8_t warm_alpn_len;
	bool client_offers_alpn; /* of any kind */
	bool client_offers_http; /* by one of its older names */
	bool client_speaks_ecdsa;
	bool client_may_resume; /* TLS 1.3, or TLS 1.2 with the extended master secret */
	bool has_ech;
	bool has_offer; /* something of what the client offers is left for the origin */
	struct tls_offer offer;

	/* what was decided */
	struct verdict verdict;
	bool peeked_any;           /* the client said something */
	bool waits_for_bytes;      /* the kernel wakes us for so many (SO_RCVLOWAT), not for one */
	bool is_http2_preface;     /* plain HTTP/2 with prior knowledge */
	bool is_bad_origin;        /* the leaf comes from the issuer that nobody trusts */
	bool is_warm;              /* greeted by what is known of the origin, while the dial is under way */
	bool is_pooled;            /* greeted by a connection to the origin that has served others */
	bool is_refused;           /* whatever policy said: the origin was not fit */
	bool is_page_trusted;      /* the page about a bad origin comes under a leaf of the trusted issuer */
	bool is_unread_for_clock;  /* the machine's date cannot be relied on: no certificate can be judged */
	bool is_ech_public;        /* ECH under a public name: read, whatever rules say of that name */
	bool ends_after_exchanges; /* the client is to come again on another connection */
	bool is_acceptance_noted;  /* of our leaf, by a request */
	enum bypass_reason bypass; /* why it was passed, where no rule said so */
	bool is_pq_downgrade;      /* a post-quantum group was asked for, and one leg is without */
	struct pass_proof *proof;  /* owned: sought for a pass by the name; NULL where none is */
	const char *pass_proof;    /* what proved it, or "none"; NULL where nothing had to */
	bool site_is_unproved;     /* no rule passes this flow by its name */
	bool is_page_only;         /* blocked: every request is answered by the block page */

	/* the legs */
	struct tls_stream client_stream;
	struct http_conn *client_http;
	struct origin *origin;     /* owned; never NULL */
	X509 *origin_certificate;  /* a reference: as verified when this flow was dialled */
	const char *verify_reason; /* "ok", "excepted" or why not; NULL before */
	char verify_key[72];       /* where it is not "ok": the certificate's key as records and exceptions write it */
	struct mint_job mint;
	enum leaf_key_type leaf_key_type;
	EVP_PKEY *leaf_key;               /* owned: of the leaf that this session mints */
	struct loop_timer leaf_key_retry; /* an RSA key is still being made */
	bool owes_leaf;                   /* to the cache, where others may wait for it */
	struct leaf_wait *leaf_wait;      /* another session mints it */
	struct leaf *leaf;                /* a reference */
	struct leaf_cache_key leaf_cache_key;
	struct splice_relay relay;
	bool relay_runs;

	struct list_node exchanges; /* under way */
	struct list_node waiting;   /* exchanges that wait for an origin connection */
	uint64_t exchange_count;

	struct loop_timer origin_rest; /* idle for long enough to do without its origin's connection */
	struct list_node resting;      /* in thread->resting meanwhile */
	struct loop_task redial;       /* exchanges wait, and the origin's connection has gone */

	bool is_passed;   /* relayed untouched */
	bool is_recorded; /* the flow has its record */
	bool is_over;     /* freed at the end of the turn */
	const char *close_reason;
	const char *answer; /* what the client was told: page, alert, reset; NULL for nothing */
};

const char *session_step_name(enum session_step step);
const char *session_protocol_name(enum session_protocol protocol);

/* Takes the accepted socket.  NULL when memory is out (the socket is closed). */
struct session *session_new(
	struct proxy_thread *thread, int fd, const struct endpoint *client, const struct endpoint *destination);
/* Ends it from outside: what is under way is cut off and recorded with the reason (a literal). */
void session_abort(struct session *s, const char *reason);
/* The thread drains: an idle session ends, a busy one after its exchanges. */
void session_drain(struct session *s);

/* For exchanges: an origin that asked for a certificate has answered so. */
void session_note_reply(struct session *s, unsigned status);
/* For exchanges: the origin's connection has failed because it wants a certificate of the client, which is noted. */
bool session_origin_wants_certificate(struct session *s);
/* For exchanges: a connection to the origin that can carry a request is wanted; exchange_on_origin() follows. */
void session_want_origin(struct session *s);
/* The origin has answered: what a connection that has served others was not trusted with may go now. */
void session_origin_answered(struct session *s);
/* Once connected: which version the origin's connection carries. */
bool session_origin_speaks_http2(const struct session *s);

#endif

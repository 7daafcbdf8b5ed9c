/* A connection to an origin: dialled to the client's original destination, never anywhere else; for HTTPS with the
 * handshake done and the certificate judged; then carrying HTTP.  It belongs to one client flow at a time.  One loop
 * thread.
 *
 *     CONNECT -> HANDSHAKE (HTTPS) -> READY      any -> FAILED
 */
#ifndef SLUICE_PROXY_ORIGIN_H
#define SLUICE_PROXY_ORIGIN_H

#include "base/addr.h"
#include "http/stream.h"
#include "peek/ja4.h"
#include "proxy/issuer_chase.h"
#include "proxy/origin_error.h"
#include "tls/offer.h"
#include "tls/origin_sessions.h"
#include "tls/tls_stream.h"
#include "tls/verify_ssl.h"

struct proxy_thread;
struct generation;

enum origin_state { ORIGIN_IDLE, ORIGIN_CONNECT, ORIGIN_HANDSHAKE, ORIGIN_READY, ORIGIN_FAILED };

struct origin_target {
	struct endpoint destination;
	bool is_tls;
	struct slice server_name;      /* empty: none is sent, and the address is what is verified. Borrowed. */
	struct slice alpn_wire;        /* the offer, as SSL_set_alpn_protos() takes it. Borrowed. */
	const struct tls_offer *offer; /* is_tls: what else is offered. Borrowed. */
	const char *client_ja4;        /* is_tls: to compare our own hello with. Borrowed. */
};

struct origin {
	struct proxy_thread *thread;
	struct generation *generation; /* borrowed from the session */
	struct origin_target target;
	enum origin_state state;
	struct tls_stream stream;
	struct loop_timer deadline;
	struct verify_ssl verify;  /* parameters and verdict */
	struct issuer_chase chase; /* the handshake waits for a certificate that the origin forgot */
	unsigned chases;           /* that there were */
	struct origin_session_key session_key;
	char ja4[JA4_TEXT_MAX]; /* of our own hello; empty before */
	char *ja4_of_form;      /* while the first flight is made: where this form of hello is remembered */
	bool is_resumed;
	enum origin_error error;
	int system_error; /* errno behind `error`, or 0 */
	uint64_t dial_started;
	uint64_t dial_ns; /* until READY */
	/* Called once for each dial, from the loop, with state READY or FAILED. */
	void (*on_done)(struct origin *o);
	void *owner;
	struct http_conn *http;    /* owned, once READY and serving */
	bool is_unproven;          /* it has served another flow, and answered nothing of this one yet */
	bool asks_for_certificate; /* of the client; none was shown */
	bool awaits_word;          /* HANDSHAKE is done but for what the origin says of that */
	bool has_spoken;           /* it has sent a ticket: it goes on */
	uint64_t connect_ns;       /* until connected */
	bool is_burnt;             /* no other flow is served by it: an anomaly, or it knows who the client is */
	struct loop_task burial;
};

/* Puts the callback that keeps sessions into a context for origins. */
void origin_context_install(SSL_CTX *ctx);

/* IDLE; NULL when memory is out. */
struct origin *origin_new(
	struct proxy_thread *thread, struct generation *generation, void *owner, void (*on_done)(struct origin *));
/* Closes and frees it; accepts NULL.  Not from within its connection. */
void origin_free(struct origin *o);
/* The same from anywhere: its memory goes at the end of the turn. */
void origin_retire(struct origin *o);
/* The digest of what a connection is asked for: by it sessions are resumed and connections used again. */
struct origin_session_key origin_key(const struct origin_target *target, uint64_t generation);
/* Begins; on_done follows, never from within this call. */
void origin_dial(struct origin *o, const struct origin_target *target);
/* The connection has failed, or will, because the origin, verified, wants a certificate of the client. */
bool origin_wants_certificate(const struct origin *o);
/* Closes whatever there is and returns to IDLE; on_done is not called any more. */
void origin_close(struct origin *o, bool reset);
/* HTTPS and READY: the certificate that was verified, borrowed. */
X509 *origin_certificate(const struct origin *o);
/* Detaches the socket of a plain origin that is READY, for a tunnel. */
int origin_detach(struct origin *o);

#endif

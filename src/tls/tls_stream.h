/* A byte stream that becomes TLS: it starts as the plain stream of loop/stream.h over a connected socket, and after
 * tls_stream_start() and a finished handshake reads and writes plaintext of the TLS connection.  One loop thread.
 *
 * The owner drives the handshake: it calls tls_stream_handshake() first, and again from on_readable and on_writable
 * until the answer is not TLS_HANDSHAKE_MORE.  Nothing suspends inside OpenSSL.
 *
 * A client of TLS 1.3 whose tickets are bound (tls/ticket.h) gets one with the first bytes that are written to it. */
#ifndef SLUICE_TLS_TLS_STREAM_H
#define SLUICE_TLS_TLS_STREAM_H

#include <openssl/ssl.h>

#include "base/slice.h"
#include "loop/stream.h"
#include "tls/socket_bio.h"

enum tls_handshake { TLS_HANDSHAKE_DONE, TLS_HANDSHAKE_MORE, TLS_HANDSHAKE_FAILED };

/* Why a handshake or a read failed. */
struct tls_failure {
	int alert_received; /* TLS alert description, or -1 */
	int alert_sent;     /* or -1 */
	int error;          /* negative errno of the socket, 0 where TLS itself failed */
	char text[96];      /* OpenSSL's reason, or strerror; empty while nothing failed */
};

struct tls_stream {
	struct stream stream;     /* first: a struct stream * to it is handed upwards */
	SSL *ssl;                 /* owned; NULL while plain */
	struct socket_bio socket; /* below it */
	struct tls_failure failure;
	uint8_t alpn[64]; /* server role: the one protocol to select (wire form: length, name); empty: none */
	uint8_t alpn_len;
	bool was_asked_to_renegotiate; /* and has refused: what the peer wanted it will not get */
	bool is_starved;               /* what lies above the socket is less than a record */
	bool is_greeted;               /* the handshake is done */
	bool owes_ticket;              /* server role, TLS 1.3 */
	unsigned late_messages; /* steps of handshake messages and alerts since then: tickets, key updates, refusals */
};

/* A peer may ask for new keys or send tickets; one that does little else is a flood, which SSL_read would follow for as
 * long as it lasts, at the cost of every other flow of the thread.  A message is two steps at most, and an honest
 * connection has a few of them in a hundred gigabytes. */
#define TLS_LATE_MESSAGES_MAX 1000

/* Takes the socket, as stream_init_plain() does. */
void tls_stream_init(struct tls_stream *t, struct loop *loop, int fd);

/* Puts the callbacks that streams rely on into a new context, of either role. */
void tls_stream_install(SSL_CTX *ctx);

/* Makes it TLS.  The context is shared; the connection takes a reference.  False when memory is out. */
bool tls_stream_start(struct tls_stream *t, SSL_CTX *ctx, bool is_server);
/* Server role: the leaf, its key and its chain for this connection (all shared, references are taken). */
bool tls_stream_set_leaf(struct tls_stream *t, X509 *leaf, EVP_PKEY *key, STACK_OF(X509) *chain);
/* Server role: the one ALPN protocol that may be selected; empty for none. */
void tls_stream_set_alpn_choice(struct tls_stream *t, struct slice protocol);
/* Goes on with the handshake and sets the interest that it needs. */
enum tls_handshake tls_stream_handshake(struct tls_stream *t);
/* After a finished handshake, and before anything is read: whether the peer has sent data (DONE), nothing yet, or only
 * messages of TLS (MORE), or has ended it (FAILED, with the alert in `failure`).  Takes nothing.  Sets the interest. */
enum tls_handshake tls_stream_hear(struct tls_stream *t);
/* The protocol that was agreed on by ALPN; empty for none. */
struct slice tls_stream_alpn(const struct tls_stream *t);
/* Sends a fatal alert where a handshake has not begun (SSL_free sends none), and drops what the client has sent, so
 * that the close behind it does not overtake the alert.  Best effort, plain record. */
void tls_stream_send_alert(struct stream *plain, uint8_t description);

static inline bool
tls_stream_is_tls(const struct tls_stream *t)
{
	return t->ssl != NULL;
}

#endif

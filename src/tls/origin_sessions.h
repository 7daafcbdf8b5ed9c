/* Sessions with origins, kept for resumption: keyed by (destination, server name, what was offered, trust generation),
 * each used once (RFC 8446 appendix C.4), bounded, dropped when the certificate that was verified with them expires.
 * All threads share one store, so that a client need not come back to the thread that it met first.  It is locked for a
 * look, once for each handshake with an origin, never for a request. */
#ifndef SLUICE_TLS_ORIGIN_SESSIONS_H
#define SLUICE_TLS_ORIGIN_SESSIONS_H

#include <openssl/ssl.h>

#include "base/addr.h"
#include "tls/verify.h"

#define ORIGIN_SESSION_KEY_LEN 32
#define ORIGIN_SESSIONS_DEFAULT 8192 /* keys */

struct origin_sessions;

/* The digest under which sessions with an origin are found. */
struct origin_session_key {
	uint8_t digest[ORIGIN_SESSION_KEY_LEN];
};

/* `offer`: further bytes that tell what was offered apart (tls_offer_key()), at most 64. */
struct origin_session_key origin_session_key_make(const struct endpoint *destination, struct slice server_name,
	struct slice alpn_wire, struct slice offer, uint64_t trust_generation);

struct origin_sessions *origin_sessions_new(size_t max);
void origin_sessions_free(struct origin_sessions *store);
/* Takes the session (its reference), and keeps the verdict that its full handshake got.  `expires` is Unix seconds: no
 * use after it. */
void origin_sessions_put(struct origin_sessions *store, const struct origin_session_key *key, SSL_SESSION *session,
	const struct verify_verdict *verdict, int64_t expires);
/* Hands out a session, the newest first, and forgets it; NULL when there is none.  The caller owns the reference. */
SSL_SESSION *origin_sessions_take(struct origin_sessions *store, const struct origin_session_key *key, int64_t now,
	struct verify_verdict *verdict);
/* For how many keys there are some. */
size_t origin_sessions_count(struct origin_sessions *store);

#endif

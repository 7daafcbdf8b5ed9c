/* The two SSL_CTX of a configuration generation: one towards clients (we are the server), one towards origins (we are
 * the client).  Immutable once made, shared by all threads by reference count.  Which certificate a client sees, what
 * is offered to an origin, and whether a ticket may be used is said for each connection (tls/tls_stream.h).
 *
 * Settings are those of a present-day browser and of a server that is graded A; the file docs/decisions/tls-settings.md
 * says why each.  Nothing is read from OpenSSL's configuration file or from the environment. */
#ifndef SLUICE_TLS_CONTEXT_H
#define SLUICE_TLS_CONTEXT_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

struct tls_offer;
struct tls_ticket_keys;

/* Prepares OpenSSL for the whole process, before its first other use: no configuration file.  False where it fails. */
bool tls_library_init(void);

/* Towards clients.  `tickets` is shared, outlives the context, and may be NULL (no tickets). NULL when OpenSSL refuses.
 */
SSL_CTX *tls_context_for_clients(struct tls_ticket_keys *tickets);
/* Towards origins, offering what `offer` says, or all that we have where it is NULL; verification is installed by the
 * caller (tls/verify_ssl.h). */
SSL_CTX *tls_context_for_origins(const struct tls_offer *offer);
/* Whether the OpenSSL found has the hybrid group X25519MLKEM768 (3.5 and later). */
bool tls_has_hybrid_group(void);

#endif

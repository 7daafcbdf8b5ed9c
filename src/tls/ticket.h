/* Session tickets towards clients: keys in memory only, made anew at start, rotated, at most three alive; and each
 * ticket bound to what it was issued for (name, origin certificate, CA, policy generation), so that it resumes nothing
 * else (SECURITY-BAR rows 95, 97, 101).  Shared by all threads; a mutex guards the rotation. */
#ifndef SLUICE_TLS_TICKET_H
#define SLUICE_TLS_TICKET_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#define TLS_TICKET_BINDING_LEN 32
#define TLS_TICKET_KEYS_ALIVE 3
#define TLS_TICKET_ROTATE_SECONDS (4 * 3600)

struct tls_ticket_keys;

/* NULL when memory or randomness is out. */
struct tls_ticket_keys *tls_ticket_keys_new(void);
/* Wipes and frees. */
void tls_ticket_keys_free(struct tls_ticket_keys *keys);
/* Makes a new key the issuing one and forgets the oldest; `now` in monotonic seconds. */
bool tls_ticket_keys_rotate(struct tls_ticket_keys *keys, uint64_t now);
/* Puts ticket keys and the binding check into a context for clients, which makes no TLS 1.3 tickets of its own accord:
 * streams do (tls_stream.h).  `keys` outlives it. */
bool tls_ticket_install(SSL_CTX *ctx, struct tls_ticket_keys *keys);
/* What this connection's tickets are bound to; before the handshake. Copied. False when memory is out. */
bool tls_ticket_bind(SSL *ssl, const uint8_t binding[TLS_TICKET_BINDING_LEN]);
bool tls_ticket_is_bound(const SSL *ssl);

#endif

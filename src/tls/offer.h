/* What is offered to an origin: what the client itself offers, as far as our settings have it, in the client's order
 * (SECURITY row 59).  Thus nothing is agreed on upstream that the client would not have agreed on, and nothing that we
 * would not.  Values are those of the TLS registries, as they came on the wire; a value that is not ours (GREASE, too)
 * is left out.  Pure; any thread. */
#ifndef SLUICE_TLS_OFFER_H
#define SLUICE_TLS_OFFER_H

#include <openssl/ssl.h>

#include "base/slice.h"

#define TLS_OFFER_SUITES_13 3
#define TLS_OFFER_SUITES_12 6
#define TLS_OFFER_GROUPS 4
#define TLS_OFFER_SIGNATURES 8

/* The hybrid group of draft-ietf-tls-ecdhe-mlkem, which OpenSSL has from 3.5 on. */
#define TLS_GROUP_X25519MLKEM768 0x11ec

/* What a ClientHello says; every list of two-byte values, empty where it was not sent. */
struct tls_offer_lists {
	bool speaks_tls12;
	bool speaks_tls13;
	bool has_encrypt_then_mac; /* the extension of RFC 7366, which decides nothing among our suites */
	struct slice cipher_suites;
	struct slice groups;
	struct slice signature_algorithms;
};

/* What we allow. */
struct tls_offer_limits {
	bool allows_tls12;
	bool has_hybrid; /* the OpenSSL found knows X25519MLKEM768 */
};

/* Rows of our tables, in the order in which they are offered.  Bytes alone, all of them set: the whole is its own key.
 */
struct tls_offer {
	uint8_t has_tls12;
	uint8_t has_tls13;
	uint8_t has_encrypt_then_mac;
	uint8_t has_hybrid;
	uint8_t is_fallback; /* the client has tried a better version before (RFC 7507) */
	uint8_t suite_13_count;
	uint8_t suite_12_count;
	uint8_t group_count;
	uint8_t signature_count;
	uint8_t suites_13[TLS_OFFER_SUITES_13];
	uint8_t suites_12[TLS_OFFER_SUITES_12];
	uint8_t groups[TLS_OFFER_GROUPS];
	uint8_t signatures[TLS_OFFER_SIGNATURES];
};

/* False where nothing is left that a handshake could be made of: the client is to hear so. */
bool tls_offer_make(
	const struct tls_offer_lists *client, const struct tls_offer_limits *limits, struct tls_offer *offer);
/* Makes a context offer just that.  False where OpenSSL refuses. */
bool tls_offer_apply(const struct tls_offer *offer, SSL_CTX *ctx);
/* The bytes by which it is told from others. */
struct slice tls_offer_key(const struct tls_offer *offer);

/* Whether a group is the hybrid one, as SSL_get_negotiated_group() numbers those that have no NID. */
bool tls_group_is_hybrid(int negotiated);
/* Whether a connection came down: the client asked for a hybrid group, the OpenSSL found has it, and one leg at least
 * was agreed on without (SECURITY row 68). */
bool tls_pq_is_downgrade(bool client_offers_hybrid, bool client_leg_is_hybrid, bool origin_leg_is_hybrid);

#endif

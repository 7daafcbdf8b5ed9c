/* The mint decides whether a leaf may be issued, and issues it.  It is no signing oracle: it builds the certificate
 * itself from names, dates and a public key (leaf_template.h), so no caller can have a CA certificate, another usage, a
 * longer life or an origin's extensions signed.  Nothing here reads a socket, a file or a clock.
 *
 * One thread; it holds the CA keys, so it lives in the signer process alone. */
#ifndef SLUICE_TLS_MINT_H
#define SLUICE_TLS_MINT_H

#include "tls/ca.h"
#include "tls/leaf_template.h"
#include "tls/mint_message.h"

/* The longest life of a leaf, notAfter minus notBefore: 46 days, both ends counted.  (Browsers refuse more than 47
 * days for public CAs from 2029, and some hold installed ones to the same rule.) */
#define MINT_LIFE_MAX_SECONDS (46 * 86400 - 1)

struct mint;

/* What was issued, for the log; the leaf borrows the mint's memory until the next call. */
struct minted {
	struct slice leaf; /* DER */
	const uint8_t *issuer_id;
	uint8_t serial[LEAF_SERIAL_BYTES];
	int64_t not_before;
	int64_t not_after;
	uint8_t spki_sha256[32];
};

/* Takes both CAs (freed with the mint, also where this fails); ca_check() has accepted the trusted one. */
struct mint *mint_create(struct ca *trusted, struct ca *untrusted, struct problems *problems);
/* Frees it and wipes the keys; NULL is accepted. */
void mint_destroy(struct mint *mint);
/* Borrowed. */
const struct ca *mint_issuer(const struct mint *mint, enum mint_issuer_kind kind);

/* Issues the leaf that the request asks for, or says why not.  The dates are cut to the issuer's own; a trusted leaf
 * that would be over at `now` (seconds since 1970-01-01 UTC) is refused, an untrusted one may mirror an origin that is
 * over or not yet valid.  The subject is the first name where that is a DNS name of at most 64 bytes, else empty. */
enum mint_status mint_issue(struct mint *mint, const struct mint_request *request, int64_t now, struct minted *minted);

#endif

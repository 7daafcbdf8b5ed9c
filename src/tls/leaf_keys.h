/* The keys of leaves, made in the worker: a P-256 key for each leaf on the spot (25 microseconds), RSA of 2048 bits
 * (a tenth of a second) by a thread of its own that keeps a few in stock for clients without ECDSA, from the first of
 * them on.  Where the stock is
 * empty the last RSA key is used again: then two leaves of this process share a key, never a leaf and a CA.
 * Any thread. */
#ifndef SLUICE_TLS_LEAF_KEYS_H
#define SLUICE_TLS_LEAF_KEYS_H

#include "tls/leaf_spki.h"

#include <openssl/evp.h>

#define LEAF_KEYS_STOCK_MAX 16
#define LEAF_KEYS_STOCK_DEFAULT 2

struct leaf_keys;

/* Starts the thread that keeps `stock` RSA keys (0: there will be none).  NULL where it cannot be started. */
struct leaf_keys *leaf_keys_create(size_t stock);
/* Stops the thread, also in the middle of a key, and wipes what is in stock.  NULL is accepted. */
void leaf_keys_destroy(struct leaf_keys *keys);
/* A key for a leaf; the caller frees it with EVP_PKEY_free().  NULL where the library fails, or no RSA key has been
 * made yet: never waits; ask again. */
EVP_PKEY *leaf_keys_new(struct leaf_keys *keys, enum leaf_key_type type);
/* The key's SubjectPublicKeyInfo into `spki`; its length, 0 where it is no key of the types above. */
size_t leaf_keys_spki(const EVP_PKEY *key, uint8_t spki[LEAF_SPKI_MAX]);

#endif

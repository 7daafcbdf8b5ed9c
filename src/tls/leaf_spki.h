/* The public keys that a leaf may carry, read strictly from their SubjectPublicKeyInfo: ECDSA P-256 uncompressed, and
 * RSA of 2048 to 4096 bits with the exponent 65537, in the one DER encoding that RFC 5480 and RFC 3279 allow.
 * Nothing else is a key of ours, so nothing else is certified. */
#ifndef SLUICE_TLS_LEAF_SPKI_H
#define SLUICE_TLS_LEAF_SPKI_H

#include "base/slice.h"

enum leaf_key_type { LEAF_KEY_P256, LEAF_KEY_RSA };
#define LEAF_KEY_TYPES 2

#define LEAF_SPKI_MAX 600 /* RSA of 4096 bits has 550 bytes */
#define LEAF_P256_POINT_BYTES 65
#define LEAF_P256_SPKI_BYTES 91

struct leaf_spki {
	enum leaf_key_type type;
	struct slice der;        /* borrowed: the whole SubjectPublicKeyInfo */
	struct slice public_key; /* borrowed: the content of its BIT STRING */
};

/* False where it is anything but one of the keys above.  Whether a P-256 point lies on its curve is not looked at. */
bool leaf_spki_parse(struct slice der, struct leaf_spki *out);
/* The SubjectPublicKeyInfo of an uncompressed P-256 point (its first byte is 4). */
void leaf_spki_of_p256(const uint8_t point[LEAF_P256_POINT_BYTES], uint8_t spki[LEAF_P256_SPKI_BYTES]);

#endif

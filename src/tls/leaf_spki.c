/* Strict reading of SubjectPublicKeyInfo.  See leaf_spki.h. */
#include "tls/leaf_spki.h"

#include "base/cursor.h"
#include "tls/der_writer.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 4096
#define POINT_UNCOMPRESSED 4

/* SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING of 66 bytes, no unused bits } up to the point. */
static const uint8_t p256_prefix[] = {DER_SEQUENCE, 0x59, DER_SEQUENCE, 0x13, DER_OID, 0x07, 0x2a, 0x86, 0x48, 0xce,
	0x3d, 0x02, 0x01, DER_OID, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, DER_BIT_STRING, 0x42, 0x00};

/* AlgorithmIdentifier of rsaEncryption with its NULL. */
static const uint8_t rsa_algorithm[] = {
	DER_SEQUENCE, 0x0d, DER_OID, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, DER_NULL, 0x00};

/* INTEGER 65537, the only exponent that our keys have. */
static const uint8_t rsa_exponent[] = {DER_INTEGER, 0x03, 0x01, 0x00, 0x01};

/* The content of the next value, which must have this tag and a definite length in its shortest form. */
static struct slice
read_value(struct cursor *c, uint8_t tag)
{
	size_t len;

	if (cursor_u8(c) != tag)
		c->failed = true;
	len = cursor_u8(c);
	if (len == 0x81) {
		len = cursor_u8(c);
		if (len < 0x80)
			c->failed = true;
	} else if (len == 0x82) {
		len = cursor_u16(c);
		if (len < 0x100)
			c->failed = true;
	} else if (len >= 0x80) {
		c->failed = true;
	}
	return cursor_bytes(c, len);
}

static void
expect(struct cursor *c, const uint8_t *bytes, size_t len)
{
	if (!slice_eq(cursor_bytes(c, len), slice_make(bytes, len)))
		c->failed = true;
}

/* An odd, positive, minimally encoded modulus whose length in bits is a whole number of bytes. */
static bool
modulus_is_valid(struct slice integer)
{
	const uint8_t *bytes = (const uint8_t *)integer.ptr;
	size_t len = integer.len;

	/* With its top bit set the number needs one zero byte before it, and no more. */
	if (len < 2 || bytes[0] != 0 || !(bytes[1] & 0x80))
		return false;
	return (len - 1) * 8 >= RSA_BITS_MIN && (len - 1) * 8 <= RSA_BITS_MAX && (bytes[len - 1] & 1);
}

static bool
parse_rsa(struct slice der, struct leaf_spki *out)
{
	struct cursor outer = cursor_over(der);
	struct cursor spki = cursor_over(read_value(&outer, DER_SEQUENCE));
	struct cursor bits, key, numbers;
	struct slice modulus;

	expect(&spki, rsa_algorithm, sizeof rsa_algorithm);
	bits = cursor_over(read_value(&spki, DER_BIT_STRING));
	if (cursor_u8(&bits) != 0)
		return false;
	out->public_key = cursor_bytes(&bits, cursor_left(&bits));
	key = cursor_over(out->public_key);
	numbers = cursor_over(read_value(&key, DER_SEQUENCE));
	modulus = read_value(&numbers, DER_INTEGER);
	expect(&numbers, rsa_exponent, sizeof rsa_exponent);
	out->type = LEAF_KEY_RSA;
	return cursor_at_end(&outer) && cursor_at_end(&spki) && cursor_at_end(&key) && cursor_at_end(&numbers) &&
	       modulus_is_valid(modulus);
}

bool
leaf_spki_parse(struct slice der, struct leaf_spki *out)
{
	struct slice prefix = slice_make(p256_prefix, sizeof p256_prefix);

	*out = (struct leaf_spki){.der = der};
	if (der.len > LEAF_SPKI_MAX)
		return false;
	if (!slice_starts_with(der, prefix))
		return parse_rsa(der, out);
	out->type = LEAF_KEY_P256;
	out->public_key = slice_sub(der, prefix.len, der.len);
	return out->public_key.len == LEAF_P256_POINT_BYTES && out->public_key.ptr[0] == POINT_UNCOMPRESSED;
}

void
leaf_spki_of_p256(const uint8_t point[LEAF_P256_POINT_BYTES], uint8_t spki[LEAF_P256_SPKI_BYTES])
{
	memcpy(spki, p256_prefix, sizeof p256_prefix);
	memcpy(spki + sizeof p256_prefix, point, LEAF_P256_POINT_BYTES);
}

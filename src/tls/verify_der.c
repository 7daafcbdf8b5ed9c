/* Strict DER: see verify_der.h. */
#include "tls/verify_der.h"

#define DER_DEPTH_MAX 16 /* a certificate nests 9 deep */

static bool
fail(struct cursor *c)
{
	c->failed = true;
	return false;
}

bool
der_read(struct cursor *c, uint8_t *tag, struct slice *content)
{
	size_t length, octets;

	*content = SLICE_EMPTY;
	*tag = cursor_u8(c);
	length = cursor_u8(c);
	if ((*tag & 0x1f) == 0x1f || length == 0x80)
		return fail(c);
	if (length > 0x80) {
		octets = length - 0x80;
		if (octets > 3)
			return fail(c);
		for (length = 0; octets > 0; octets--) {
			uint8_t octet = cursor_u8(c);

			if (length == 0 && octet == 0)
				return fail(c);
			length = length << 8 | octet;
		}
		if (length < 0x80)
			return fail(c);
	}
	*content = cursor_bytes(c, length);
	return cursor_ok(c);
}

bool
der_expect(struct cursor *c, uint8_t tag, struct slice *content)
{
	uint8_t got;

	return der_read(c, &got, content) && (got == tag || fail(c));
}

uint8_t
der_peek(const struct cursor *c)
{
	return cursor_left(c) > 0 ? *c->at : 0;
}

static bool
primitive_is_strict(uint8_t tag, struct slice content)
{
	const uint8_t *octets = (const uint8_t *)content.ptr;

	switch (tag) {
	case DER_BOOLEAN:
		return content.len == 1 && (octets[0] == 0x00 || octets[0] == 0xff);
	case DER_INTEGER:
		if (content.len == 0)
			return false;
		return content.len == 1 ||
		       !((octets[0] == 0x00 && octets[1] < 0x80) || (octets[0] == 0xff && octets[1] >= 0x80));
	case DER_OID:
		return content.len > 0 && octets[content.len - 1] < 0x80;
	default:
		return true;
	}
}

static bool
elements_are_strict(struct slice bytes, unsigned depth)
{
	struct cursor c = cursor_over(bytes);
	struct slice content;
	uint8_t tag;

	while (cursor_left(&c) > 0) {
		if (!der_read(&c, &tag, &content))
			return false;
		if ((tag & 0x20) == 0) {
			if (!primitive_is_strict(tag, content))
				return false;
			continue;
		}
		/* Of the universal types only SEQUENCE and SET may be constructed. */
		if ((tag & 0xc0) == 0 && tag != 0x30 && tag != 0x31)
			return false;
		if (depth == 0 || !elements_are_strict(content, depth - 1))
			return false;
	}
	return true;
}

bool
der_is_strict(struct slice bytes)
{
	return elements_are_strict(bytes, DER_DEPTH_MAX);
}

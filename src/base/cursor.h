/* A cursor reads a wire format the way its specification is written: field after field, in network byte
 * order, with one sticky error.  After a read past the end every further read yields zero or an empty slice,
 * so a parser may read on and ask cursor_ok() once.  No packet is indexed outside this file. */
#ifndef SLUICE_BASE_CURSOR_H
#define SLUICE_BASE_CURSOR_H

#include "base/slice.h"

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	bool failed;
};

static inline struct cursor
cursor_over(struct slice bytes)
{
	const uint8_t *at = (const uint8_t *)(bytes.len ? bytes.ptr : "");

	return (struct cursor){at, at + bytes.len, false};
}

static inline size_t
cursor_left(const struct cursor *c)
{
	return c->failed ? 0 : (size_t)(c->end - c->at);
}

static inline bool
cursor_ok(const struct cursor *c)
{
	return !c->failed;
}

/* True when everything was read and nothing was missing. */
static inline bool
cursor_at_end(const struct cursor *c)
{
	return !c->failed && c->at == c->end;
}

static inline bool
cursor_need(struct cursor *c, size_t n)
{
	if (c->failed || (size_t)(c->end - c->at) < n)
		c->failed = true;
	return !c->failed;
}

static inline uint8_t
cursor_u8(struct cursor *c)
{
	return cursor_need(c, 1) ? *c->at++ : 0;
}

static inline uint16_t
cursor_u16(struct cursor *c)
{
	if (!cursor_need(c, 2))
		return 0;
	c->at += 2;
	return (uint16_t)(c->at[-2] << 8 | c->at[-1]);
}

static inline uint32_t
cursor_u24(struct cursor *c)
{
	if (!cursor_need(c, 3))
		return 0;
	c->at += 3;
	return (uint32_t)c->at[-3] << 16 | (uint32_t)c->at[-2] << 8 | c->at[-1];
}

static inline uint32_t
cursor_u32(struct cursor *c)
{
	if (!cursor_need(c, 4))
		return 0;
	c->at += 4;
	return (uint32_t)c->at[-4] << 24 | (uint32_t)c->at[-3] << 16 | (uint32_t)c->at[-2] << 8 | c->at[-1];
}

/* Little-endian fields: files, never network protocols. */
static inline uint16_t
cursor_le16(struct cursor *c)
{
	return __builtin_bswap16(cursor_u16(c));
}

static inline uint32_t
cursor_le32(struct cursor *c)
{
	return __builtin_bswap32(cursor_u32(c));
}

static inline struct slice
cursor_bytes(struct cursor *c, size_t n)
{
	if (!cursor_need(c, n))
		return SLICE_EMPTY;
	c->at += n;
	return slice_make(c->at - n, n);
}

/* Vectors with a length prefix of one, two or three bytes (RFC 8446 section 3.4). */
static inline struct slice
cursor_vec8(struct cursor *c)
{
	return cursor_bytes(c, cursor_u8(c));
}

static inline struct slice
cursor_vec16(struct cursor *c)
{
	return cursor_bytes(c, cursor_u16(c));
}

static inline struct slice
cursor_vec24(struct cursor *c)
{
	return cursor_bytes(c, cursor_u24(c));
}

#endif

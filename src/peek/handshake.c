/* The first handshake message, over records.  See handshake.h. */
#include "peek/handshake.h"

#include "base/cursor.h"

#define CONTENT_HANDSHAKE 22
#define MESSAGE_HEADER 4

static enum parse
bad(struct handshake *out, enum handshake_error error)
{
	out->error = error;
	return PARSE_BAD;
}

/* Checks what there is of a record's header; *length stays 0 until it is whole. */
static enum handshake_error
check_header(struct slice header, size_t *length)
{
	struct cursor c = cursor_over(header);
	unsigned type = cursor_u8(&c), major = cursor_u8(&c);

	*length = 0;
	if (header.len >= 1 && type != CONTENT_HANDSHAKE)
		return type & 0x80 ? HANDSHAKE_NOT_TLS : HANDSHAKE_BAD_RECORD;
	if (header.len >= 2 && major != 3)
		return HANDSHAKE_NOT_TLS;
	cursor_u8(&c); /* the minor version is to be ignored */
	*length = cursor_u16(&c);
	if (cursor_ok(&c) && (*length == 0 || *length > HANDSHAKE_RECORD_MAX))
		return HANDSHAKE_BAD_RECORD;
	return HANDSHAKE_OK;
}

/* What has been seen of the message. */
struct progress {
	uint8_t header[MESSAGE_HEADER];
	size_t have;  /* bytes in the records so far; more than whole where other messages follow */
	size_t whole; /* all bytes of the message; those of the header until it is complete */
};

static enum handshake_error
see_fragment(struct progress *p, struct slice fragment, uint8_t type, size_t limit)
{
	size_t length;

	for (size_t i = 0; i < fragment.len && p->have + i < MESSAGE_HEADER; i++)
		p->header[p->have + i] = (uint8_t)fragment.ptr[i];
	p->have += fragment.len;
	if (p->have >= 1 && p->header[0] != type)
		return HANDSHAKE_OTHER;
	if (p->have < MESSAGE_HEADER)
		return HANDSHAKE_OK;
	length = (size_t)p->header[1] << 16 | (size_t)p->header[2] << 8 | p->header[3];
	p->whole = MESSAGE_HEADER + length;
	return length > limit ? HANDSHAKE_TOO_LARGE : HANDSHAKE_OK;
}

/* Copies the body of a whole message whose records were all checked. */
static struct slice
join(struct slice peeked, size_t whole, struct arena *arena)
{
	struct cursor c = cursor_over(peeked);
	char *copy = arena_alloc(arena, whole);

	if (copy == NULL)
		return (struct slice){NULL, 0};
	for (size_t at = 0; at < whole;) {
		size_t length;
		struct slice fragment;

		check_header(cursor_bytes(&c, HANDSHAKE_RECORD_HEADER), &length);
		fragment = cursor_bytes(&c, length < whole - at ? length : whole - at);
		memcpy(copy + at, fragment.ptr, fragment.len);
		at += fragment.len;
	}
	return slice_make(copy + MESSAGE_HEADER, whole - MESSAGE_HEADER);
}

/* The least total that can hold the whole message: what the record in hand lacks, then records as large as can be. */
static size_t
least_total(const struct progress *p, size_t seen, size_t record_end)
{
	size_t missing = p->whole - p->have;
	size_t in_record = record_end > seen ? record_end - seen : 0;
	size_t after;

	if (missing <= in_record)
		return seen + missing;
	after = missing - in_record;
	return record_end + after +
	       HANDSHAKE_RECORD_HEADER * ((after + HANDSHAKE_RECORD_MAX - 1) / HANDSHAKE_RECORD_MAX);
}

enum parse
handshake_read(struct slice peeked, uint8_t type, struct handshake_limits limits, struct arena *arena,
	struct handshake *out, size_t *need)
{
	struct progress p = {.whole = MESSAGE_HEADER};
	size_t at = 0, records = 0, length;
	enum handshake_error error;

	*out = (struct handshake){.body = SLICE_EMPTY};
	while (p.have < p.whole && at <= peeked.len) {
		struct slice header = slice_sub(peeked, at, at + HANDSHAKE_RECORD_HEADER);

		error = check_header(header, &length);
		if (error)
			return bad(out, error);
		if (header.len < HANDSHAKE_RECORD_HEADER)
			break;
		at += HANDSHAKE_RECORD_HEADER;
		error = see_fragment(&p, slice_sub(peeked, at, at + length), type, limits.message);
		if (error)
			return bad(out, error);
		at += length; /* past what is there, where the record is not whole */
		records++;
	}
	out->wire_len = at < peeked.len ? at : peeked.len;
	if (p.have < p.whole) {
		*need = least_total(&p, peeked.len, at);
		return *need > limits.wire ? bad(out, HANDSHAKE_TOO_LARGE) : PARSE_MORE;
	}
	out->wire_len -= p.have - p.whole;
	if (out->wire_len > limits.wire)
		return bad(out, HANDSHAKE_TOO_LARGE);
	if (records == 1)
		out->body =
			slice_sub(peeked, HANDSHAKE_RECORD_HEADER + MESSAGE_HEADER, HANDSHAKE_RECORD_HEADER + p.whole);
	else
		out->body = join(peeked, p.whole, arena);
	return out->body.ptr ? PARSE_DONE : bad(out, HANDSHAKE_NO_MEMORY);
}

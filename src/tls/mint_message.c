/* The bytes between worker and signer.  See mint_message.h for the format. */
#include "tls/mint_message.h"

#include "base/cursor.h"
#include "tls/leaf_spki.h"

static const struct {
	const char *name;
	const char *text;
} statuses[MINT_STATUSES] = {
	[MINT_OK] = {"ok", "the leaf was issued"},
	[MINT_MALFORMED] = {"malformed", "the signer could not read the request"},
	[MINT_NAME_REFUSED] = {"name_refused", "a name is neither a host name nor an address"},
	[MINT_DATES_REFUSED] = {"dates_refused", "the dates are reversed, too far apart, or over"},
	[MINT_KEY_REFUSED] = {"key_refused", "the public key is neither P-256 nor RSA of 2048 to 4096 bits"},
	[MINT_ISSUERS_KEY] = {"issuers_key", "the public key belongs to an issuer"},
	[MINT_TOO_LONG] = {"too_long", "the certificate would be too long"},
	[MINT_ISSUER_EXPIRED] = {"issuer_expired", "the CA has expired or is not yet valid"},
	[MINT_RATE_LIMITED] = {"rate_limited", "too many certificates were asked for in a short time"},
	[MINT_LOG_FAILED] = {"log_failed", "the issuance log could not be written"},
	[MINT_SIGNING_FAILED] = {"signing_failed", "the certificate could not be signed"},
};

const char *
mint_status_name(enum mint_status status)
{
	return statuses[status].name;
}

const char *
mint_status_text(enum mint_status status)
{
	return statuses[status].text;
}

/* Big-endian, into a writer of known room. */
struct writer {
	uint8_t *at;
};

static void
write_number(struct writer *w, uint64_t value, unsigned bytes)
{
	while (bytes-- > 0)
		*w->at++ = (uint8_t)(value >> (8 * bytes));
}

static void
write_bytes(struct writer *w, struct slice bytes)
{
	if (bytes.len)
		memcpy(w->at, bytes.ptr, bytes.len);
	w->at += bytes.len;
}

static void
write_vector(struct writer *w, struct slice bytes, unsigned length_bytes)
{
	write_number(w, bytes.len, length_bytes);
	write_bytes(w, bytes);
}

static uint64_t
read_u64(struct cursor *c)
{
	uint64_t high = cursor_u32(c);

	return high << 32 | cursor_u32(c);
}

/* Length of an ISSUE request, or 0 where a field exceeds its limit. */
static size_t
request_length(const struct mint_request *request)
{
	size_t len = 1 + 1 + 8 + 8 + 2 + request->spki.len + 2;

	if (request->spki.len > LEAF_SPKI_MAX || request->name_count == 0 || request->name_count > MINT_NAMES_MAX)
		return 0;
	for (size_t i = 0; i < request->name_count; i++) {
		if (request->names[i].bytes.len > UINT8_MAX)
			return 0;
		len += 2 + request->names[i].bytes.len;
	}
	return len <= MINT_REQUEST_MAX ? len : 0;
}

bool
mint_request_encode(const struct mint_request *request, struct buffer *out)
{
	size_t len = request_length(request);
	char *room = len ? buffer_reserve(out, len) : NULL;
	struct writer w = {(uint8_t *)room};

	if (room == NULL)
		return false;
	write_number(&w, MINT_OP_ISSUE, 1);
	write_number(&w, request->issuer, 1);
	write_number(&w, (uint64_t)request->not_before, 8);
	write_number(&w, (uint64_t)request->not_after, 8);
	write_vector(&w, request->spki, 2);
	write_number(&w, request->name_count, 2);
	for (size_t i = 0; i < request->name_count; i++) {
		write_number(&w, request->names[i].kind, 1);
		write_vector(&w, request->names[i].bytes, 1);
	}
	buffer_commit(out, len);
	return true;
}

bool
mint_issuers_request_encode(struct buffer *out)
{
	const uint8_t op = MINT_OP_ISSUERS;

	return buffer_append(out, slice_make(&op, 1));
}

unsigned
mint_message_op(struct slice message)
{
	struct cursor c = cursor_over(message);
	unsigned op = cursor_u8(&c);

	return op == MINT_OP_ISSUE || op == MINT_OP_ISSUERS ? op : 0;
}

bool
mint_request_decode(struct slice message, struct leaf_name *names, struct mint_request *out)
{
	struct cursor c = cursor_over(message);
	unsigned op = cursor_u8(&c);
	unsigned issuer = cursor_u8(&c);
	size_t count;

	if (message.len > MINT_REQUEST_MAX || op != MINT_OP_ISSUE || issuer >= MINT_ISSUER_KINDS)
		return false;
	*out = (struct mint_request){.issuer = issuer, .names = names};
	out->not_before = (int64_t)read_u64(&c);
	out->not_after = (int64_t)read_u64(&c);
	out->spki = cursor_vec16(&c);
	count = cursor_u16(&c);
	if (!cursor_ok(&c) || out->spki.len > LEAF_SPKI_MAX || count == 0 || count > MINT_NAMES_MAX)
		return false;
	for (size_t i = 0; i < count; i++) {
		unsigned kind = cursor_u8(&c);

		if (kind != LEAF_NAME_DNS && kind != LEAF_NAME_IP)
			return false;
		names[i] = (struct leaf_name){kind, cursor_vec8(&c)};
	}
	out->name_count = count;
	return cursor_at_end(&c);
}

static size_t
reply_length(const struct mint_reply *reply)
{
	size_t len = 1 + 1 + 4;

	if (reply->status != MINT_OK)
		return len;
	if (reply->op == MINT_OP_ISSUE)
		return len + MINT_ID_BYTES + 3 + reply->leaf.len;
	len += 3 + reply->trusted.len + 1 + 3 + reply->untrusted.len;
	for (size_t i = 0; i < reply->chain_count; i++)
		len += 3 + reply->chain[i].len;
	return len;
}

bool
mint_reply_encode(const struct mint_reply *reply, struct buffer *out)
{
	size_t len = reply_length(reply);
	char *room = len <= MINT_REPLY_MAX ? buffer_reserve(out, len) : NULL;
	struct writer w = {(uint8_t *)room};

	if (room == NULL)
		return false;
	write_number(&w, reply->op, 1);
	write_number(&w, reply->status, 1);
	write_number(&w, reply->retry_ms, 4);
	if (reply->status == MINT_OK && reply->op == MINT_OP_ISSUE) {
		write_bytes(&w, slice_sub(reply->issuer_id, 0, MINT_ID_BYTES));
		write_vector(&w, reply->leaf, 3);
	} else if (reply->status == MINT_OK) {
		write_vector(&w, reply->trusted, 3);
		write_number(&w, reply->chain_count, 1);
		for (size_t i = 0; i < reply->chain_count; i++)
			write_vector(&w, reply->chain[i], 3);
		write_vector(&w, reply->untrusted, 3);
	}
	buffer_commit(out, len);
	return true;
}

bool
mint_reply_decode(struct slice message, struct mint_reply *out)
{
	struct cursor c = cursor_over(message);
	unsigned status;

	*out = (struct mint_reply){.op = mint_message_op(message)};
	cursor_u8(&c);
	status = cursor_u8(&c);
	if (message.len > MINT_REPLY_MAX || out->op == 0 || status >= MINT_STATUSES)
		return false;
	out->status = status;
	out->retry_ms = cursor_u32(&c);
	if (out->status == MINT_OK && out->op == MINT_OP_ISSUE) {
		out->issuer_id = cursor_bytes(&c, MINT_ID_BYTES);
		out->leaf = cursor_vec24(&c);
	} else if (out->status == MINT_OK) {
		out->trusted = cursor_vec24(&c);
		out->chain_count = cursor_u8(&c);
		if (out->chain_count > MINT_CHAIN_MAX)
			return false;
		for (size_t i = 0; i < out->chain_count; i++)
			out->chain[i] = cursor_vec24(&c);
		out->untrusted = cursor_vec24(&c);
	}
	return cursor_at_end(&c);
}

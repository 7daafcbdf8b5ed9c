/* The framing gate.  See framing.h. */
#include "http/framing.h"

#include "http/token.h"

#define LENGTH_DIGITS_MAX 19

/* What a head says of its body's length. */
struct claims {
	unsigned lengths;
	unsigned codings;
	struct slice length;
	struct slice coding;
};

bool
http_content_length_parse(struct slice text, uint64_t *length)
{
	return text.len <= LENGTH_DIGITS_MAX && slice_to_u64(text, length);
}

/* Collects the claims and takes them out of the fields. */
static struct claims
claims_take(struct http_message *m, bool keep_length)
{
	struct claims claims = {.length = SLICE_EMPTY, .coding = SLICE_EMPTY};
	size_t kept = 0;

	for (size_t i = 0; i < m->field_count; i++) {
		const struct http_field *field = &m->fields[i];

		if (field->id == HTTP_FIELD_CONTENT_LENGTH) {
			claims.lengths++;
			claims.length = field->value;
			if (!keep_length)
				continue;
		} else if (field->id == HTTP_FIELD_TRANSFER_ENCODING) {
			claims.codings++;
			claims.coding = field->value;
			continue;
		}
		m->fields[kept++] = *field;
	}
	m->field_count = kept;
	return claims;
}

/* A list of codings that ends in chunked is understood and not served; anything else is ambiguous. */
static enum http_error
coding_error(struct slice coding)
{
	struct slice rest = coding, member, last = SLICE_EMPTY;

	while (http_list_next(&rest, &member)) {
		if (!http_is_token(member) || slice_eq_nocase(last, SLICE("chunked")))
			return HTTP_ERR_FRAMING;
		last = member;
	}
	return slice_eq_nocase(last, SLICE("chunked")) && last.len < coding.len ? HTTP_ERR_UNSUPPORTED
										: HTTP_ERR_FRAMING;
}

/* The rules that hold for every message; sets body and content_length where the claims decide. */
static enum http_error
claims_apply(const struct claims *claims, struct http_message *m)
{
	if (claims->lengths > 1 || claims->codings > 1 || (claims->lengths && claims->codings))
		return HTTP_ERR_FRAMING;
	if (claims->codings) {
		if (m->version != HTTP_VERSION_1_1)
			return HTTP_ERR_FRAMING;
		if (!slice_eq_nocase(claims->coding, SLICE("chunked")))
			return coding_error(claims->coding);
		m->body = HTTP_BODY_CHUNKED;
	}
	if (claims->lengths) {
		if (!http_content_length_parse(claims->length, &m->content_length))
			return HTTP_ERR_FRAMING;
		m->body = HTTP_BODY_LENGTH;
	}
	return HTTP_OK;
}

static bool
method_expects_body(enum http_method method)
{
	return method == HTTP_METHOD_POST || method == HTTP_METHOD_PUT || method == HTTP_METHOD_PATCH;
}

enum http_error
http_framing_request(struct http_message *m, bool ends_here)
{
	struct claims claims = claims_take(m, false);
	enum http_error error;

	m->body = HTTP_BODY_NONE;
	m->content_length = 0;
	error = claims_apply(&claims, m);
	if (error)
		return error;
	if (m->method == HTTP_METHOD_CONNECT && claims.lengths + claims.codings)
		return HTTP_ERR_FRAMING;
	/* TRACE has no content (RFC 9110 section 9.3.8). */
	if (m->method == HTTP_METHOD_TRACE && (m->body == HTTP_BODY_CHUNKED || m->content_length))
		return HTTP_ERR_FRAMING;
	if (m->version != HTTP_VERSION_2)
		return HTTP_OK;
	if (ends_here) {
		if (claims.lengths && m->content_length)
			return HTTP_ERR_FRAMING;
		/* Without END_STREAM to say so, HTTP/1 has to be told that nothing comes (RFC 9110 section 8.6). */
		m->body = claims.lengths || method_expects_body(m->method) ? HTTP_BODY_LENGTH : HTTP_BODY_NONE;
	} else if (m->body == HTTP_BODY_NONE) {
		m->body = HTTP_BODY_CHUNKED;
	}
	return HTTP_OK;
}

static bool
status_has_no_body(unsigned status)
{
	return (status >= 100 && status < 200) || status == 204 || status == 304;
}

/* Responses that end with their head.  A length on 1xx and 204 is forbidden (RFC 9110 section 8.6) and dropped; if it
 * promises bytes, whatever follows must not be read as the next response. */
static enum http_error
bodiless_response(struct http_message *m, const struct claims *claims)
{
	bool is_head_or_304 = !status_has_no_body(m->status) || m->status == 304;

	if (claims->codings && !is_head_or_304)
		return HTTP_ERR_FRAMING;
	if (!is_head_or_304) {
		http_message_remove(m, HTTP_FIELD_CONTENT_LENGTH);
		if (m->content_length)
			m->keep_alive = false;
	}
	m->body = HTTP_BODY_NONE;
	m->content_length = 0;
	return HTTP_OK;
}

enum http_error
http_framing_response(struct http_message *m, enum http_method request, bool may_tunnel, bool ends_here)
{
	bool bodiless = status_has_no_body(m->status) || request == HTTP_METHOD_HEAD;
	struct claims claims = claims_take(m, bodiless);
	enum http_error error;

	m->body = HTTP_BODY_NONE;
	m->content_length = 0;
	error = claims_apply(&claims, m);
	if (error)
		return error;
	if (m->status == 101 || (request == HTTP_METHOD_CONNECT && m->status >= 200 && m->status < 300)) {
		/* RFC 9113 section 8.6: HTTP/2 has no 101. */
		if (!may_tunnel || claims.lengths + claims.codings ||
			(m->status == 101 && m->version == HTTP_VERSION_2))
			return HTTP_ERR_FRAMING;
		m->body = HTTP_BODY_TUNNEL;
		return HTTP_OK;
	}
	if (bodiless)
		return bodiless_response(m, &claims);
	if (m->version == HTTP_VERSION_2) {
		if (ends_here && m->content_length)
			return HTTP_ERR_FRAMING;
		if (m->body == HTTP_BODY_NONE)
			m->body = ends_here ? HTTP_BODY_LENGTH : HTTP_BODY_CHUNKED;
		return HTTP_OK;
	}
	if (m->body == HTTP_BODY_NONE) {
		m->body = HTTP_BODY_UNTIL_CLOSE;
		m->keep_alive = false;
	}
	return HTTP_OK;
}

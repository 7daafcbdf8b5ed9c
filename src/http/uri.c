/* Request targets and authorities.  See uri.h. */
#include "http/uri.h"

#include "base/addr.h"
#include "http/token.h"

static bool
port_parse(struct slice text, uint16_t *port)
{
	uint64_t value;

	if (text.len > 5 || !slice_to_u64(text, &value) || value == 0 || value > 65535)
		return false;
	*port = (uint16_t)value;
	return true;
}

static bool
ipv6_parse(struct slice text, struct http_authority *out, struct slice *rest)
{
	size_t close = slice_find(text, ']');
	struct addr addr;

	if (close == text.len)
		return false;
	out->kind = HTTP_HOST_IPV6;
	out->host = slice_sub(text, 1, close);
	*rest = slice_sub(text, close + 1, text.len);
	return slice_find(out->host, ':') < out->host.len && addr_parse(out->host, &addr);
}

static bool
name_parse(struct slice text, struct http_authority *out, struct slice *rest)
{
	size_t colon = slice_find(text, ':');
	enum host_name_kind kind;
	struct addr addr;

	out->host = slice_sub(text, 0, colon);
	*rest = slice_sub(text, colon, text.len);
	kind = host_name_check(out->host);
	out->kind = kind == HOST_NAME_NUMBER ? HTTP_HOST_IPV4 : HTTP_HOST_NAME;
	return kind == HOST_NAME_VALID || (kind == HOST_NAME_NUMBER && addr_parse(out->host, &addr));
}

bool
http_authority_parse(struct slice text, struct http_authority *out)
{
	struct slice rest;
	bool ok;

	*out = (struct http_authority){.host = SLICE_EMPTY};
	ok = text.len && text.ptr[0] == '[' ? ipv6_parse(text, out, &rest) : name_parse(text, out, &rest);
	if (!ok)
		return false;
	return rest.len == 0 || (rest.ptr[0] == ':' && port_parse(slice_sub(rest, 1, rest.len), &out->port));
}

uint16_t
http_authority_port(const struct http_authority *a, struct slice scheme)
{
	if (a->port)
		return a->port;
	return slice_eq_nocase(scheme, SLICE("https")) ? 443 : 80;
}

struct slice
http_authority_host(const struct http_authority *a, char dst[HOST_NAME_LEN_MAX + 1])
{
	struct slice host = a->host;
	struct addr addr;

	if (a->kind == HTTP_HOST_IPV6 && addr_parse(host, &addr)) {
		char text[ADDR_TEXT_MAX];

		host = slice_of(addr_format(&addr, text));
		memcpy(dst, host.ptr, host.len);
		dst[host.len] = '\0';
		return slice_make(dst, host.len);
	}
	if (host.len && host.ptr[host.len - 1] == '.')
		host.len--;
	for (size_t i = 0; i < host.len; i++)
		dst[i] = ascii_lower(host.ptr[i]);
	dst[host.len] = '\0';
	return slice_make(dst, host.len);
}

bool
http_authority_eq(struct slice a, struct slice b, struct slice scheme)
{
	char text_a[HOST_NAME_LEN_MAX + 1], text_b[HOST_NAME_LEN_MAX + 1];
	struct http_authority one, other;

	if (!http_authority_parse(a, &one) || !http_authority_parse(b, &other))
		return false;
	return http_authority_port(&one, scheme) == http_authority_port(&other, scheme) &&
	       slice_eq(http_authority_host(&one, text_a), http_authority_host(&other, text_b));
}

bool
http_message_host(const struct http_message *m, char dst[HOST_NAME_LEN_MAX + 1], struct slice *host, uint16_t *port)
{
	struct http_authority authority;

	if (!http_authority_parse(m->authority, &authority))
		return false;
	*host = http_authority_host(&authority, dst);
	*port = http_authority_port(&authority, m->scheme);
	return true;
}

/* Visible ASCII but "#", and obs-text: raw UTF-8 is met in paths, and no reader takes it for a delimiter. */
static bool
target_chars_are_valid(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c <= ' ' || c == 0x7f || c == '#')
			return false;
	}
	return text.len > 0;
}

static bool
absolute_parse(struct slice text, struct http_target *out)
{
	struct http_authority authority;
	struct slice rest;
	size_t end;

	out->form = HTTP_TARGET_ABSOLUTE;
	if (slice_starts_with_nocase(text, SLICE("http://")))
		out->scheme = SLICE("http");
	else if (slice_starts_with_nocase(text, SLICE("https://")))
		out->scheme = SLICE("https");
	else
		return false;
	rest = slice_sub(text, out->scheme.len + 3, text.len);
	for (end = 0; end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?'; end++)
		;
	out->authority = slice_sub(rest, 0, end);
	out->path = slice_sub(rest, end, rest.len);
	return http_authority_parse(out->authority, &authority);
}

bool
http_target_parse(struct slice text, enum http_method method, struct http_target *out)
{
	struct http_authority authority;

	*out = (struct http_target){.scheme = SLICE_EMPTY, .authority = SLICE_EMPTY, .path = SLICE_EMPTY};
	if (!target_chars_are_valid(text))
		return false;
	if (method == HTTP_METHOD_CONNECT) {
		out->form = HTTP_TARGET_AUTHORITY;
		out->authority = text;
		return http_authority_parse(text, &authority) && authority.port != 0;
	}
	if (text.ptr[0] == '/') {
		out->form = HTTP_TARGET_ORIGIN;
		out->path = text;
		return true;
	}
	if (slice_eq(text, SLICE("*"))) {
		out->form = HTTP_TARGET_ASTERISK;
		out->path = text;
		return method == HTTP_METHOD_OPTIONS;
	}
	return absolute_parse(text, out);
}

/* IP addresses, endpoints and prefixes.  See addr.h. */
#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>

static const uint8_t v4_mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool
addr_is_v4(const struct addr *a)
{
	return memcmp(a->bytes, v4_mapped, sizeof v4_mapped) == 0;
}

static void
addr_set_v4(struct addr *a, const void *four)
{
	memcpy(a->bytes, v4_mapped, sizeof v4_mapped);
	memcpy(a->bytes + 12, four, 4);
}

bool
addr_is_special(const struct addr *a)
{
	const uint8_t *b = a->bytes;
	static const uint8_t zero[15];

	if (addr_is_v4(a))
		return b[12] == 0 || b[12] == 127 || b[12] >= 224 || (b[12] == 169 && b[13] == 254);
	if (memcmp(b, zero, 15) == 0 && b[15] <= 1)
		return true;
	return b[0] == 0xff || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80);
}

bool
addr_is_loopback(const struct addr *a)
{
	static const uint8_t loopback6[16] = {[15] = 1};

	return addr_is_v4(a) ? a->bytes[12] == 127 : memcmp(a->bytes, loopback6, sizeof loopback6) == 0;
}

bool
addr_parse(struct slice text, struct addr *out)
{
	char copy[INET6_ADDRSTRLEN];
	struct in_addr v4;

	if (!slice_to_cstr(text, copy, sizeof copy) || memchr(text.ptr, '\0', text.len))
		return false;
	if (inet_pton(AF_INET, copy, &v4) == 1) {
		addr_set_v4(out, &v4);
		return true;
	}
	return inet_pton(AF_INET6, copy, out->bytes) == 1;
}

/* inet_ntop() goes by way of printf; each record has two. */
static void
format_v4(const uint8_t bytes[4], char *to)
{
	for (int i = 0; i < 4; i++) {
		unsigned n = bytes[i];

		if (i)
			*to++ = '.';
		if (n >= 100)
			*to++ = (char)('0' + n / 100);
		if (n >= 10)
			*to++ = (char)('0' + n / 10 % 10);
		*to++ = (char)('0' + n % 10);
	}
	*to = '\0';
}

const char *
addr_format(const struct addr *a, char dst[ADDR_TEXT_MAX])
{
	if (addr_is_v4(a))
		format_v4(a->bytes + 12, dst);
	else
		inet_ntop(AF_INET6, a->bytes, dst, ADDR_TEXT_MAX);
	return dst;
}

const char *
endpoint_format(const struct endpoint *e, char dst[ENDPOINT_TEXT_MAX])
{
	char text[ADDR_TEXT_MAX];

	addr_format(&e->addr, text);
	snprintf(dst, ENDPOINT_TEXT_MAX, addr_is_v4(&e->addr) ? "%s:%u" : "[%s]:%u", text, e->port);
	return dst;
}

bool
endpoint_parse(struct slice text, struct endpoint *out)
{
	size_t colon = text.len;
	struct slice host;
	uint64_t port;

	while (colon > 0 && text.ptr[colon - 1] != ':')
		colon--;
	if (colon == 0)
		return false;
	host = slice_sub(text, 0, colon - 1);
	if (host.len >= 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
		host = slice_sub(host, 1, host.len - 1);
	else if (slice_find(host, ':') != host.len)
		return false;
	if (!slice_to_u64(slice_sub(text, colon, text.len), &port) || port > 65535 || !addr_parse(host, &out->addr))
		return false;
	out->port = (uint16_t)port;
	return true;
}

/* Compares the first `bits` bits. */
static bool
bits_eq(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8;
	unsigned mask = 0xff00u >> (bits % 8) & 0xff;

	return memcmp(a, b, whole) == 0 && (bits % 8 == 0 || ((a[whole] ^ b[whole]) & mask) == 0);
}

bool
prefix_parse(struct slice text, struct prefix *out)
{
	size_t slash = slice_find(text, '/');
	uint64_t bits;
	unsigned widest;
	static const uint8_t zero[16];
	uint8_t rest[16];

	if (!addr_parse(slice_sub(text, 0, slash), &out->addr))
		return false;
	widest = addr_is_v4(&out->addr) && slice_find(text, ':') == text.len ? 32 : 128;
	if (slash == text.len)
		bits = widest;
	else if (!slice_to_u64(slice_sub(text, slash + 1, text.len), &bits) || bits > widest)
		return false;
	out->bits = (uint8_t)(bits + 128 - widest);
	/* 10.1.2.3/8 is far more often a slip than a wish. */
	memcpy(rest, out->addr.bytes, sizeof rest);
	for (unsigned i = 0; i < out->bits; i++)
		rest[i / 8] &= (uint8_t) ~(0x80u >> (i % 8));
	return memcmp(rest, zero, sizeof rest) == 0;
}

const char *
prefix_format(const struct prefix *p, char dst[ADDR_TEXT_MAX + 4])
{
	char text[ADDR_TEXT_MAX];
	bool v4 = addr_is_v4(&p->addr) && p->bits >= 96;

	addr_format(&p->addr, text);
	snprintf(dst, ADDR_TEXT_MAX + 4, "%s/%u", text, v4 ? p->bits - 96u : p->bits);
	return dst;
}

bool
prefix_contains(const struct prefix *p, const struct addr *a)
{
	return bits_eq(p->addr.bytes, a->bytes, p->bits);
}

bool
prefix_covers(const struct prefix *outer, const struct prefix *inner)
{
	return outer->bits <= inner->bits && prefix_contains(outer, &inner->addr);
}

bool
endpoint_from_sockaddr(const struct sockaddr *sa, struct endpoint *out)
{
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)sa;

		addr_set_v4(&out->addr, &in->sin_addr);
		out->port = ntohs(in->sin_port);
		return true;
	}
	if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)sa;

		memcpy(out->addr.bytes, &in6->sin6_addr, 16);
		out->port = ntohs(in6->sin6_port);
		return true;
	}
	return false;
}

socklen_t
endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof *out);
	if (addr_is_v4(&e->addr)) {
		struct sockaddr_in *in = (struct sockaddr_in *)out;

		in->sin_family = AF_INET;
		in->sin_port = htons(e->port);
		memcpy(&in->sin_addr, e->addr.bytes + 12, 4);
		return sizeof *in;
	}
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(e->port);
	memcpy(&in6->sin6_addr, e->addr.bytes, 16);
	return sizeof *in6;
}

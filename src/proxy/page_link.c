/* Links on our own pages.  See page_link.h. */
#include "proxy/page_link.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdlib.h>

#define MAC_SIZE 32
#define KEY_SIZE 32

/* What a token holds; base64url in the link. */
struct token {
	uint64_t until; /* when the link ends */
	uint64_t says[2];
	uint8_t mac[MAC_SIZE];
};

#define TOKEN_SIZE (3 * 8 + MAC_SIZE)
#define TOKEN_TEXT 75 /* base64 of TOKEN_SIZE without padding */

struct page_links {
	struct slice prefix;
	uint8_t key[KEY_SIZE];
};

struct page_links *
page_links_new(const char *prefix)
{
	struct page_links *links = calloc(1, sizeof *links);

	if (links == NULL)
		return NULL;
	links->prefix = slice_of(prefix);
	if (RAND_bytes(links->key, sizeof links->key) == 1)
		return links;
	free(links);
	return NULL;
}

void
page_links_free(struct page_links *links)
{
	if (links == NULL)
		return;
	OPENSSL_cleanse(links->key, sizeof links->key);
	free(links);
}

/* ---- tokens ---- */

static void
put_u64(uint8_t *to, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		to[i] = (uint8_t)(value >> (56 - 8 * i));
}

static uint64_t
get_u64(const uint8_t *from)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | from[i];
	return value;
}

/* Over fields of fixed size alone, so that no two visits give the same bytes: site and path come as their digests. */
static bool
sign(const struct page_links *links, const struct page_visit *visit, const struct token *token, uint8_t mac[MAC_SIZE])
{
	uint8_t signed_bytes[16 + 3 * 8 + 2 * MAC_SIZE];
	unsigned length = MAC_SIZE;

	memcpy(signed_bytes, visit->client->bytes, 16);
	put_u64(signed_bytes + 16, token->until);
	put_u64(signed_bytes + 24, token->says[0]);
	put_u64(signed_bytes + 32, token->says[1]);
	return EVP_Digest(visit->site.ptr, visit->site.len, signed_bytes + 40, NULL, EVP_sha256(), NULL) == 1 &&
	       EVP_Digest(visit->path.ptr, visit->path.len, signed_bytes + 40 + MAC_SIZE, NULL, EVP_sha256(), NULL) ==
		       1 &&
	       HMAC(EVP_sha256(), links->key, KEY_SIZE, signed_bytes, sizeof signed_bytes, mac, &length) != NULL;
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* base64url without padding (RFC 4648 section 5). */
static void
token_format(const struct token *token, char text[TOKEN_TEXT])
{
	uint8_t bytes[TOKEN_SIZE + 1] = {0};

	put_u64(bytes, token->until);
	put_u64(bytes + 8, token->says[0]);
	put_u64(bytes + 16, token->says[1]);
	memcpy(bytes + 24, token->mac, MAC_SIZE);
	for (size_t i = 0; i < TOKEN_TEXT; i++) {
		size_t bit = i * 6;
		unsigned two = (unsigned)bytes[bit / 8] << 8 | (bit / 8 + 1 < sizeof bytes ? bytes[bit / 8 + 1] : 0);

		text[i] = alphabet[two >> (10 - bit % 8) & 63];
	}
}

static bool
token_parse(struct slice text, struct token *token)
{
	uint8_t bytes[TOKEN_SIZE + 1] = {0};

	if (text.len != TOKEN_TEXT)
		return false;
	for (size_t i = 0; i < TOKEN_TEXT; i++) {
		const char *found = text.ptr[i] ? strchr(alphabet, text.ptr[i]) : NULL;
		size_t bit = i * 6;
		unsigned two;

		if (found == NULL)
			return false;
		two = (unsigned)(found - alphabet) << (10 - bit % 8);
		bytes[bit / 8] |= (uint8_t)(two >> 8);
		if (bit / 8 + 1 < sizeof bytes)
			bytes[bit / 8 + 1] |= (uint8_t)two;
	}
	token->until = get_u64(bytes);
	token->says[0] = get_u64(bytes + 8);
	token->says[1] = get_u64(bytes + 16);
	memcpy(token->mac, bytes + 24, MAC_SIZE);
	return bytes[TOKEN_SIZE] == 0; /* the bits beyond the last byte: one token has one text */
}

/* ---- links ---- */

struct slice
page_link_make(const struct page_links *links, const struct page_visit *visit, const uint64_t says[2], uint64_t now,
	struct arena *arena)
{
	struct token token = {.until = now + PAGE_LINK_NS, .says = {says[0], says[1]}};
	char text[TOKEN_TEXT];
	struct slice link;

	if (visit->path.len == 0 || visit->path.ptr[0] != '/' || !sign(links, visit, &token, token.mac))
		return SLICE_EMPTY;
	token_format(&token, text);
	link = arena_printf(arena, "%.*s%.*s%.*s", SLICE_ARG(links->prefix), TOKEN_TEXT, text, SLICE_ARG(visit->path));
	return link.ptr ? link : SLICE_EMPTY;
}

bool
page_link_open(const struct page_links *links, const struct page_visit *visit, uint64_t now, uint64_t says[2],
	struct slice *back)
{
	struct slice rest = slice_sub(visit->path, links->prefix.len, visit->path.len);
	struct slice text = slice_sub(rest, 0, slice_find(rest, '/'));
	struct page_visit origin = *visit;
	uint8_t mac[MAC_SIZE];
	struct token token;

	origin.path = slice_sub(rest, text.len, rest.len);
	*back = origin.path.len && !slice_starts_with(origin.path, SLICE(PAGE_LINK_RESERVED)) ? origin.path
											      : SLICE("/");
	if (!token_parse(text, &token) || !sign(links, &origin, &token, mac) ||
		CRYPTO_memcmp(mac, token.mac, sizeof mac) != 0 || token.until <= now)
		return false;
	says[0] = token.says[0];
	says[1] = token.says[1];
	return true;
}

bool
page_link_is_from_elsewhere(const struct http_message *request)
{
	const struct http_field *site = http_message_find_name(request, SLICE("sec-fetch-site"));
	const struct http_field *origin = http_message_find_name(request, SLICE("origin"));
	size_t scheme = request->scheme.len;

	if (site && !slice_eq(site->value, SLICE("same-origin")) && !slice_eq(site->value, SLICE("none")))
		return true;
	return origin && !slice_eq(origin->value, SLICE("null")) &&
	       !(slice_eq_nocase(slice_sub(origin->value, 0, scheme), request->scheme) &&
		       slice_eq(slice_sub(origin->value, scheme, scheme + 3), SLICE("://")) &&
		       slice_eq_nocase(slice_sub(origin->value, scheme + 3, origin->value.len), request->authority));
}

struct slice
page_link_url(const struct http_message *request, struct slice path, struct arena *arena)
{
	return arena_printf(
		arena, "%.*s://%.*s%.*s", SLICE_ARG(request->scheme), SLICE_ARG(request->authority), SLICE_ARG(path));
}

/* Warnings.  See warn.h. */
#include "proxy/warn.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/siphash.h"

#define LINK_PREFIX "/.well-known/sluice/continue/"
#define WAYS 8 /* places where an entry may lie */
#define MAC_SIZE 32
#define KEY_SIZE 32

/* What a token holds; base64url in the link. */
struct token {
	uint64_t until;  /* when the link ends */
	uint64_t for_ns; /* how long the click is remembered */
	uint64_t rule;   /* hash of its id */
	uint8_t mac[MAC_SIZE];
};

#define TOKEN_SIZE (3 * 8 + MAC_SIZE)
#define TOKEN_TEXT 75 /* base64 of TOKEN_SIZE without padding */

/* A place of the table; the hashes stand for client, site and rule. */
struct entry {
	uint64_t hash[2];
	uint64_t until; /* 0: free */
};

struct warn {
	pthread_mutex_t lock; /* of entries */
	struct entry *entries;
	size_t sets;
	struct siphash_key keys[2];
	uint8_t mac_key[KEY_SIZE];
};

struct warn *
warn_new(size_t entries)
{
	struct warn *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->sets = (entries + WAYS - 1) / WAYS;
	w->entries = calloc(w->sets * WAYS, sizeof *w->entries);
	if (w->entries == NULL || w->sets == 0 || RAND_bytes(w->mac_key, sizeof w->mac_key) != 1) {
		free(w->entries);
		free(w);
		return NULL;
	}
	for (size_t i = 0; i < 2; i++)
		w->keys[i] = siphash_random_key();
	pthread_mutex_init(&w->lock, NULL);
	return w;
}

void
warn_free(struct warn *w)
{
	if (w == NULL)
		return;
	pthread_mutex_destroy(&w->lock);
	OPENSSL_cleanse(w->mac_key, sizeof w->mac_key);
	free(w->entries);
	free(w);
}

/* ---- what is remembered ---- */

static uint64_t
rule_hash(const struct warn *w, struct slice rule)
{
	return siphash13(&w->keys[0], rule.ptr, rule.len);
}

/* Two hashes of 64 bits under keys that nobody knows: that two visits share both does not happen. */
static struct entry
entry_of(const struct warn *w, const struct addr *client, struct slice site, uint64_t rule)
{
	uint8_t bytes[sizeof client->bytes + sizeof rule + 256];
	size_t n = 0;
	struct entry e = {.until = 0};

	site = slice_sub(site, 0, 256);
	memcpy(bytes, client->bytes, sizeof client->bytes);
	n += sizeof client->bytes;
	memcpy(bytes + n, &rule, sizeof rule);
	n += sizeof rule;
	if (site.len)
		memcpy(bytes + n, site.ptr, site.len);
	n += site.len;
	for (size_t i = 0; i < 2; i++)
		e.hash[i] = siphash13(&w->keys[i], bytes, n);
	return e;
}

static struct entry *
set_of(const struct warn *w, const struct entry *e)
{
	return w->entries + e->hash[0] % w->sets * WAYS;
}

static bool
is_same(const struct entry *a, const struct entry *b)
{
	return a->hash[0] == b->hash[0] && a->hash[1] == b->hash[1];
}

bool
warn_is_accepted(struct warn *w, const struct addr *client, struct slice site, struct slice rule, uint64_t now)
{
	struct entry wanted = entry_of(w, client, site, rule_hash(w, rule));
	const struct entry *set = set_of(w, &wanted);
	bool is_accepted = false;

	pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < WAYS; i++)
		if (is_same(&set[i], &wanted))
			is_accepted |= set[i].until > now;
	pthread_mutex_unlock(&w->lock);
	return is_accepted;
}

/* In its own place, or in that of the one that ends first (a free one ends at 0). */
static void
remember(struct warn *w, const struct entry *e)
{
	struct entry *set = set_of(w, e), *place = set;

	pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < WAYS; i++) {
		if (is_same(&set[i], e)) {
			place = &set[i];
			break;
		}
		if (set[i].until < place->until)
			place = &set[i];
	}
	*place = *e;
	pthread_mutex_unlock(&w->lock);
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
sign(const struct warn *w, const struct warn_visit *visit, const struct token *token, uint8_t mac[MAC_SIZE])
{
	uint8_t signed_bytes[16 + 3 * 8 + 2 * MAC_SIZE];
	unsigned length = MAC_SIZE;

	memcpy(signed_bytes, visit->client->bytes, 16);
	put_u64(signed_bytes + 16, token->until);
	put_u64(signed_bytes + 24, token->for_ns);
	put_u64(signed_bytes + 32, token->rule);
	return EVP_Digest(visit->site.ptr, visit->site.len, signed_bytes + 40, NULL, EVP_sha256(), NULL) == 1 &&
	       EVP_Digest(visit->path.ptr, visit->path.len, signed_bytes + 40 + MAC_SIZE, NULL, EVP_sha256(), NULL) ==
		       1 &&
	       HMAC(EVP_sha256(), w->mac_key, KEY_SIZE, signed_bytes, sizeof signed_bytes, mac, &length) != NULL;
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* base64url without padding (RFC 4648 section 5). */
static void
token_format(const struct token *token, char text[TOKEN_TEXT])
{
	uint8_t bytes[TOKEN_SIZE + 1] = {0};

	put_u64(bytes, token->until);
	put_u64(bytes + 8, token->for_ns);
	put_u64(bytes + 16, token->rule);
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
	token->for_ns = get_u64(bytes + 8);
	token->rule = get_u64(bytes + 16);
	memcpy(token->mac, bytes + 24, MAC_SIZE);
	return bytes[TOKEN_SIZE] == 0; /* the bits beyond the last byte: one token has one text */
}

/* ---- links ---- */

bool
warn_is_link(struct slice path)
{
	return slice_starts_with(path, SLICE(LINK_PREFIX));
}

struct slice
warn_link(const struct warn *w, const struct warn_visit *visit, struct slice rule, uint64_t for_ns, uint64_t now,
	struct arena *arena)
{
	struct token token = {.until = now + WARN_LINK_NS, .for_ns = for_ns, .rule = rule_hash(w, rule)};
	char text[TOKEN_TEXT];
	struct slice link;

	if (visit->path.len == 0 || visit->path.ptr[0] != '/' || !sign(w, visit, &token, token.mac))
		return SLICE_EMPTY;
	token_format(&token, text);
	link = arena_printf(arena, LINK_PREFIX "%.*s%.*s", TOKEN_TEXT, text, SLICE_ARG(visit->path));
	return link.ptr ? link : SLICE_EMPTY;
}

bool
warn_follow(struct warn *w, const struct warn_visit *visit, uint64_t now, struct slice *back)
{
	struct slice rest = slice_sub(visit->path, sizeof LINK_PREFIX - 1, visit->path.len);
	struct slice text = slice_sub(rest, 0, slice_find(rest, '/'));
	struct warn_visit origin = *visit;
	uint8_t mac[MAC_SIZE];
	struct token token;
	struct entry e;

	origin.path = slice_sub(rest, text.len, rest.len);
	*back = origin.path.len && !warn_is_link(origin.path) ? origin.path : SLICE("/");
	if (!token_parse(text, &token) || !sign(w, &origin, &token, mac) ||
		CRYPTO_memcmp(mac, token.mac, sizeof mac) != 0 || token.until <= now)
		return false;
	e = entry_of(w, visit->client, visit->site, token.rule);
	e.until = now + token.for_ns;
	remember(w, &e);
	return true;
}

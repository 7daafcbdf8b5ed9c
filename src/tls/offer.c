/* Our tables, and what a client's offer leaves of them.  See offer.h. */
#include "tls/offer.h"

#include <stdio.h>
#include <string.h>

#define NAMES_MAX 512

struct row {
	uint16_t value;
	const char *name; /* as OpenSSL's lists have it */
};

static const struct row suites_13[TLS_OFFER_SUITES_13] = {
	{0x1301, "TLS_AES_128_GCM_SHA256"},
	{0x1302, "TLS_AES_256_GCM_SHA384"},
	{0x1303, "TLS_CHACHA20_POLY1305_SHA256"},
};

#define FALLBACK_SCSV 0x5600 /* RFC 7507 */

/* ECDHE and AEAD alone: RFC 9325 section 4.2. */
static const struct row suites_12[TLS_OFFER_SUITES_12] = {
	{0xc02b, "ECDHE-ECDSA-AES128-GCM-SHA256"},
	{0xc02f, "ECDHE-RSA-AES128-GCM-SHA256"},
	{0xc02c, "ECDHE-ECDSA-AES256-GCM-SHA384"},
	{0xc030, "ECDHE-RSA-AES256-GCM-SHA384"},
	{0xcca9, "ECDHE-ECDSA-CHACHA20-POLY1305"},
	{0xcca8, "ECDHE-RSA-CHACHA20-POLY1305"},
};

static const struct row groups[TLS_OFFER_GROUPS] = {
	{TLS_GROUP_X25519MLKEM768, "X25519MLKEM768"},
	{0x001d, "X25519"},
	{0x0017, "P-256"},
	{0x0018, "P-384"},
};

static const struct row signatures[TLS_OFFER_SIGNATURES] = {
	{0x0403, "ecdsa_secp256r1_sha256"},
	{0x0804, "rsa_pss_rsae_sha256"},
	{0x0401, "rsa_pkcs1_sha256"},
	{0x0503, "ecdsa_secp384r1_sha384"},
	{0x0805, "rsa_pss_rsae_sha384"},
	{0x0501, "rsa_pkcs1_sha384"},
	{0x0806, "rsa_pss_rsae_sha512"},
	{0x0601, "rsa_pkcs1_sha512"},
};

/* The rows whose values are in the list, in the list's order, each once. */
static uint8_t
choose(struct slice list, const struct row *rows, size_t row_count, uint8_t *chosen)
{
	uint8_t count = 0;
	unsigned taken = 0;

	for (size_t at = 0; at + 1 < list.len; at += 2) {
		uint16_t value = (uint16_t)((uint8_t)list.ptr[at] << 8 | (uint8_t)list.ptr[at + 1]);

		for (size_t i = 0; i < row_count; i++)
			if (rows[i].value == value && !(taken & 1u << i)) {
				taken |= 1u << i;
				chosen[count++] = (uint8_t)i;
			}
	}
	return count;
}

static bool
names_suite(struct slice list, uint16_t suite)
{
	for (size_t at = 0; at + 1 < list.len; at += 2)
		if (((uint8_t)list.ptr[at] << 8 | (uint8_t)list.ptr[at + 1]) == suite)
			return true;
	return false;
}

/* A client of TLS 1.2 that names no curves takes any (RFC 8422 section 4); row 0 is the hybrid group. */
static void
choose_groups(const struct tls_offer_lists *client, const struct tls_offer_limits *limits, struct tls_offer *offer)
{
	static const uint8_t classical[] = {1, 2, 3};
	uint8_t named[TLS_OFFER_GROUPS];
	uint8_t count = choose(client->groups, groups, TLS_OFFER_GROUPS, named);

	if (client->groups.len == 0) {
		count = sizeof classical;
		memcpy(named, classical, sizeof classical);
	}
	for (uint8_t i = 0; i < count; i++) {
		if (named[i] == 0 && !limits->has_hybrid)
			continue;
		offer->has_hybrid |= named[i] == 0;
		offer->groups[offer->group_count++] = named[i];
	}
}

bool
tls_offer_make(const struct tls_offer_lists *client, const struct tls_offer_limits *limits, struct tls_offer *offer)
{
	memset(offer, 0, sizeof *offer);
	choose_groups(client, limits, offer);
	offer->signature_count =
		choose(client->signature_algorithms, signatures, TLS_OFFER_SIGNATURES, offer->signatures);
	if (client->speaks_tls13)
		offer->suite_13_count = choose(client->cipher_suites, suites_13, TLS_OFFER_SUITES_13, offer->suites_13);
	if (client->speaks_tls12 && limits->allows_tls12)
		offer->suite_12_count = choose(client->cipher_suites, suites_12, TLS_OFFER_SUITES_12, offer->suites_12);
	offer->has_tls13 = offer->suite_13_count > 0 && client->groups.len > 0;
	offer->has_tls12 = offer->suite_12_count > 0;
	offer->is_fallback = names_suite(client->cipher_suites, FALLBACK_SCSV) && !offer->has_tls13;
	offer->has_encrypt_then_mac = client->has_encrypt_then_mac && offer->has_tls12;
	return offer->group_count > 0 && offer->signature_count > 0 && (offer->has_tls12 || offer->has_tls13);
}

/* ---- OpenSSL ---- */

static const char *
names_of(const uint8_t *chosen, unsigned count, const struct row *rows, char text[NAMES_MAX])
{
	size_t len = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < count; i++)
		len += (size_t)snprintf(text + len, NAMES_MAX - len, "%s%s", i ? ":" : "", rows[chosen[i]].name);
	return text;
}

bool
tls_offer_apply(const struct tls_offer *offer, SSL_CTX *ctx)
{
	char text[NAMES_MAX];

	if (!offer->has_encrypt_then_mac)
		SSL_CTX_set_options(ctx, SSL_OP_NO_ENCRYPT_THEN_MAC);
	/* Whether better was to be had is for the origin to say, whose version the client is shown. */
	if (offer->is_fallback)
		SSL_CTX_set_mode(ctx, SSL_MODE_SEND_FALLBACK_SCSV);
	if (offer->has_tls13 ? SSL_CTX_set_ciphersuites(
				       ctx, names_of(offer->suites_13, offer->suite_13_count, suites_13, text)) != 1
			     : SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION) != 1)
		return false;
	if (offer->has_tls12 ? SSL_CTX_set_cipher_list(
				       ctx, names_of(offer->suites_12, offer->suite_12_count, suites_12, text)) != 1
			     : SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1)
		return false;
	return SSL_CTX_set1_groups_list(ctx, names_of(offer->groups, offer->group_count, groups, text)) == 1 &&
	       SSL_CTX_set1_sigalgs_list(ctx, names_of(offer->signatures, offer->signature_count, signatures, text)) ==
		       1;
}

struct slice
tls_offer_key(const struct tls_offer *offer)
{
	_Static_assert(sizeof *offer ==
			       9 + TLS_OFFER_SUITES_13 + TLS_OFFER_SUITES_12 + TLS_OFFER_GROUPS + TLS_OFFER_SIGNATURES,
		"there are no bytes between the fields");
	return slice_make(offer, sizeof *offer);
}

/* ---- post-quantum ---- */

bool
tls_group_is_hybrid(int negotiated)
{
	return negotiated == (TLSEXT_nid_unknown | TLS_GROUP_X25519MLKEM768);
}

bool
tls_pq_is_downgrade(bool client_offers_hybrid, bool client_leg_is_hybrid, bool origin_leg_is_hybrid)
{
	return client_offers_hybrid && !(client_leg_is_hybrid && origin_leg_is_hybrid);
}

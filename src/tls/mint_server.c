/* Decode, limit, mint, log, encode.  See mint_server.h. */
#include "tls/mint_server.h"

#include <stdlib.h>

_Static_assert(MINT_CHAIN_MAX > CA_CHAIN_MAX, "the CA and all that is above it fit an answer");
_Static_assert((CA_CHAIN_MAX + 2) * CA_CERTIFICATE_MAX < MINT_REPLY_MAX, "certificates of full length fit, too");

bool
mint_server_init(
	struct mint_server *server, struct mint *mint, struct issuance_log *log, uint32_t per_second, uint32_t burst)
{
	*server = (struct mint_server){.mint = mint, .log = log, .rate = mint_rate_make(per_second, burst)};
	server->names = calloc(MINT_NAMES_MAX, sizeof *server->names);
	if (server->names == NULL)
		mint_server_release(server);
	return server->names != NULL;
}

void
mint_server_release(struct mint_server *server)
{
	mint_destroy(server->mint);
	server->mint = NULL;
	free(server->names);
	server->names = NULL;
}

static bool
log_minted(struct mint_server *server, const struct mint_request *request, const struct minted *minted, int64_t now,
	uint64_t monotonic_ns)
{
	struct issuance entry = {
		.time = now,
		.issuer = request->issuer == MINT_TRUSTED ? "trusted" : "untrusted",
		.issuer_id = minted->issuer_id,
		.serial = slice_make(minted->serial, sizeof minted->serial),
		.not_before = minted->not_before,
		.not_after = minted->not_after,
		.names = request->names,
		.name_count = request->name_count,
	};

	memcpy(entry.spki_sha256, minted->spki_sha256, sizeof entry.spki_sha256);
	return issuance_log_append(server->log, &entry, monotonic_ns);
}

static void
answer_issue(
	struct mint_server *server, struct slice message, int64_t now, uint64_t monotonic_ns, struct mint_reply *reply)
{
	struct mint_request request;
	struct minted minted;
	uint64_t wait_ns;

	if (!mint_request_decode(message, server->names, &request)) {
		reply->status = MINT_MALFORMED;
		return;
	}
	if (!mint_rate_take(&server->rate, monotonic_ns, &wait_ns)) {
		reply->status = MINT_RATE_LIMITED;
		reply->retry_ms = (uint32_t)(wait_ns / 1000000u + 1);
		return;
	}
	reply->status = mint_issue(server->mint, &request, now, &minted);
	if (reply->status == MINT_OK && !log_minted(server, &request, &minted, now, monotonic_ns))
		reply->status = MINT_LOG_FAILED;
	if (reply->status != MINT_OK)
		return;
	reply->issuer_id = slice_make(minted.issuer_id, MINT_ID_BYTES);
	reply->leaf = minted.leaf;
}

/* A certificate as DER that OpenSSL allocates; the caller frees it. */
static struct slice
der_of(X509 *certificate)
{
	uint8_t *der = NULL;
	int len = i2d_X509(certificate, &der);

	return len > 0 ? slice_make(der, (size_t)len) : SLICE_EMPTY;
}

static void
free_der(struct slice der)
{
	if (der.len)
		OPENSSL_free((void *)der.ptr);
}

/* The certificates that follow the leaf: the CA and what is above it, without the root. */
static void
answer_issuers(struct mint_server *server, struct mint_reply *reply)
{
	const struct ca *trusted = mint_issuer(server->mint, MINT_TRUSTED);

	reply->trusted = der_of(trusted->certificate);
	reply->untrusted = der_of(mint_issuer(server->mint, MINT_UNTRUSTED)->certificate);
	for (int i = -1; i < (trusted->chain ? sk_X509_num(trusted->chain) : 0); i++) {
		X509 *issuer = i < 0 ? trusted->certificate : sk_X509_value(trusted->chain, i);

		if (X509_self_signed(issuer, 0) != 1)
			reply->chain[reply->chain_count++] = der_of(issuer);
	}
}

static void
free_issuers(struct mint_reply *reply)
{
	free_der(reply->trusted);
	free_der(reply->untrusted);
	for (size_t i = 0; i < reply->chain_count; i++)
		free_der(reply->chain[i]);
}

enum mint_status
mint_server_answer(
	struct mint_server *server, struct slice request, int64_t now, uint64_t monotonic_ns, struct buffer *out)
{
	struct mint_reply reply = {.op = mint_message_op(request)};

	if (reply.op == 0)
		return MINT_MALFORMED;
	if (reply.op == MINT_OP_ISSUE) {
		answer_issue(server, request, now, monotonic_ns, &reply);
		server->answered[reply.status]++;
	} else if (request.len != 1) {
		reply.status = MINT_MALFORMED;
	} else {
		answer_issuers(server, &reply);
	}
	if (!mint_reply_encode(&reply, out))
		reply.status = MINT_TOO_LONG;
	if (reply.op == MINT_OP_ISSUERS)
		free_issuers(&reply);
	return reply.status;
}

/* See leaf_fixture.h. */
#include "leaf_fixture.h"

#include "tls/leaf_keys.h"

#include <fcntl.h>
#include <openssl/ec.h>
#include <unistd.h>

struct leaf_fixture
leaf_fixture_make(void)
{
	struct leaf_fixture f = {.answer = buffer_make(MINT_REPLY_MAX)};
	struct ca_options options = {.key_type = CA_KEY_P256};
	struct buffer request = buffer_make(16);
	struct problems problems = {0};
	struct mint_reply reply;

	f.log_fd = open("/tmp", O_TMPFILE | O_RDWR | O_APPEND, 0600);
	ck_assert(issuance_log_init(&f.log, f.log_fd, 1000, "issued.log", &problems));
	ck_assert(mint_server_init(&f.server,
		mint_create(ca_create(&options, NOW, &problems), ca_create_untrusted(NOW, &problems), &problems),
		&f.log, 1000, 1000));
	f.server.log = &f.log;
	ck_assert(mint_issuers_request_encode(&request));
	ck_assert_int_eq(mint_server_answer(&f.server, buffer_slice(&request), NOW, 1, &f.answer), MINT_OK);
	ck_assert(mint_reply_decode(buffer_slice(&f.answer), &reply));
	f.issuers = leaf_issuers_create(&reply);
	ck_assert_ptr_nonnull(f.issuers);
	buffer_release(&request);
	return f;
}

void
leaf_fixture_release(struct leaf_fixture *fixture)
{
	leaf_issuers_release(fixture->issuers);
	mint_server_release(&fixture->server);
	fixture->log.is_dirty = false; /* the log moved when the fixture was returned, its descriptor did not */
	issuance_log_release(&fixture->log);
	close(fixture->log_fd);
	buffer_release(&fixture->answer);
}

struct mint_reply
leaf_fixture_ask(
	struct leaf_fixture *fixture, enum mint_issuer_kind issuer, const char *name, EVP_PKEY *key, int64_t seconds)
{
	struct leaf_name leaf_name = {LEAF_NAME_DNS, slice_of(name)};
	uint8_t spki[LEAF_SPKI_MAX];
	struct mint_request request = {.issuer = issuer,
		.not_before = NOW - DAY,
		.not_after = NOW + seconds,
		.spki = slice_make(spki, leaf_keys_spki(key, spki)),
		.names = &leaf_name,
		.name_count = 1};
	struct buffer message = buffer_make(MINT_REQUEST_MAX);
	struct mint_reply reply;

	ck_assert_uint_gt(request.spki.len, 0);
	ck_assert(mint_request_encode(&request, &message));
	buffer_clear(&fixture->answer);
	fixture->server.log = &fixture->log;
	mint_server_answer(&fixture->server, buffer_slice(&message), NOW, 1, &fixture->answer);
	ck_assert(mint_reply_decode(buffer_slice(&fixture->answer), &reply));
	buffer_release(&message);
	return reply;
}

struct leaf *
leaf_fixture_leaf(struct leaf_fixture *fixture, const char *name, int64_t seconds)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct mint_reply reply = leaf_fixture_ask(fixture, MINT_TRUSTED, name, key, seconds);
	struct leaf *leaf;

	ck_assert_int_eq(leaf_create(&reply, key, fixture->issuers, &leaf), LEAF_OK);
	EVP_PKEY_free(key);
	return leaf;
}

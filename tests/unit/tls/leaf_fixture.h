/* Leaves as a worker gets them: by way of the messages, from a mint in the same process. */
#ifndef SLUICE_TESTS_UNIT_TLS_LEAF_FIXTURE_H
#define SLUICE_TESTS_UNIT_TLS_LEAF_FIXTURE_H

#include "mint_fixture.h"

#include "tls/leaf.h"
#include "tls/mint_server.h"

struct leaf_fixture {
	struct mint_server server;
	struct issuance_log log;
	int log_fd;
	struct leaf_issuers *issuers;
	struct buffer answer;
};

struct leaf_fixture leaf_fixture_make(void);
void leaf_fixture_release(struct leaf_fixture *fixture);
/* Asks for a leaf for one name with this key, valid for `seconds` from NOW; the answer borrows the fixture. */
struct mint_reply leaf_fixture_ask(
	struct leaf_fixture *fixture, enum mint_issuer_kind issuer, const char *name, EVP_PKEY *key, int64_t seconds);
/* The leaf itself, with a new P-256 key. */
struct leaf *leaf_fixture_leaf(struct leaf_fixture *fixture, const char *name, int64_t seconds);

#endif

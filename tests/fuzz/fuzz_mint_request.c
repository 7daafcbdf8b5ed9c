/* A worker in a stranger's hands talks to the signer.  Whatever comes in: the answer can be decoded, and a leaf in it
 * is a certificate that the CA signed, for servers only, within 46 days, with the names of the request. */
#include "tls/mint_server.h"
#include "tls/x509_time.h"

#include <assert.h>
#include <fcntl.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The requests of the corpus were valid at this time. */
#define NOW 1795000000

static struct mint_server server;
static struct issuance_log log_state;

static void
set_up(void)
{
	struct ca_options options = {.key_type = CA_KEY_P256};
	struct problems problems = {0};
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_APPEND, 0600);

	if (fd < 0 || !issuance_log_init(&log_state, fd, 1000000, "log", &problems) ||
		!mint_server_init(&server,
			mint_create(
				ca_create(&options, NOW, &problems), ca_create_untrusted(NOW, &problems), &problems),
			&log_state, UINT32_MAX, UINT32_MAX))
		abort();
}

static void
check_leaf(const struct mint_reply *reply, const struct mint_request *request)
{
	const uint8_t *at = (const uint8_t *)reply->leaf.ptr;
	X509 *leaf = d2i_X509(NULL, &at, (long)reply->leaf.len);
	const struct ca *ca = mint_issuer(server.mint, request->issuer);
	GENERAL_NAMES *names;

	assert(leaf != NULL && at == (const uint8_t *)reply->leaf.ptr + reply->leaf.len);
	assert(X509_verify(leaf, ca->key) == 1);
	assert(X509_check_ca(leaf) == 0);
	assert(X509_get_key_usage(leaf) == KU_DIGITAL_SIGNATURE);
	assert(X509_get_extended_key_usage(leaf) == XKU_SSL_SERVER);
	assert(x509_time_seconds(X509_get0_notAfter(leaf)) - x509_time_seconds(X509_get0_notBefore(leaf)) <=
		MINT_LIFE_MAX_SECONDS);
	names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	assert(sk_GENERAL_NAME_num(names) == (int)request->name_count);
	GENERAL_NAMES_free(names);
	X509_free(leaf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct leaf_name names[MINT_NAMES_MAX];
	static struct buffer answer;
	struct slice message = slice_make(data, size);
	struct mint_request request;
	struct mint_reply reply;
	enum mint_status status;

	if (server.mint == NULL) {
		set_up();
		answer = buffer_make(MINT_REPLY_MAX);
	}
	buffer_clear(&answer);
	mint_reply_decode(message, &reply); /* the worker's side reads bytes, too */
	status = mint_server_answer(&server, message, NOW, 1, &answer);
	if (buffer_len(&answer) == 0) {
		assert(status == MINT_MALFORMED);
		return 0;
	}
	assert(mint_reply_decode(buffer_slice(&answer), &reply) && reply.status == status);
	if (reply.op == MINT_OP_ISSUE && status == MINT_OK) {
		assert(mint_request_decode(message, names, &request));
		check_leaf(&reply, &request);
	}
	if (log_state.size > 16 * 1024 * 1024) { /* the log of a long run would fill the disk */
		struct problems problems = {0};

		issuance_log_release(&log_state);
		if (ftruncate(log_state.fd, 0) != 0 ||
			!issuance_log_init(&log_state, log_state.fd, 1000000, "log", &problems))
			abort();
	}
	return 0;
}

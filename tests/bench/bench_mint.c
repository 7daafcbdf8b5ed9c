/* What a leaf costs: through the template, through OpenSSL's X.509 functions (how the peers do it), and the parts of
 * it.  Prints microseconds of CPU for each, one thread.
 *
 * Build and run: make tests/bench/bench_mint && tests/bench/bench_mint [leaves [lean]]
 * With "lean" the process has the lean provider, as a worker has and the signer has not. */
#include "tls/leaf_cache.h"
#include "tls/leaf_keys.h"
#include "tls/leaf_request.h"
#include "tls/lean_provider.h"
#include "tls/mint_server.h"

#include <openssl/ec.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define DAY 86400

struct bench {
	struct ca *ca; /* borrowed from the mint's own options: the X.509 functions need one, too */
	struct mint_server server;
	struct issuance_log log;
	EVP_PKEY *key;
	struct mint_request request;
	struct buffer message;
	struct buffer reply;
	struct mint_reply decoded; /* borrows reply */
	struct leaf_issuers *issuers;
	struct leaf *leaf;
	X509 *origin;
	SSL *ssl;
	int64_t now;
};

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
die(const char *what)
{
	fprintf(stderr, "bench_mint: %s failed\n", what);
	exit(EXIT_FAILURE);
}

static void
add_extension(X509 *leaf, X509V3_CTX *context, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, context, nid, value);

	if (extension == NULL || X509_add_ext(leaf, extension, -1) != 1)
		die("X509_add_ext");
	X509_EXTENSION_free(extension);
}

/* The same leaf, object by object. */
static void
issue_by_objects(struct bench *b)
{
	X509 *leaf = X509_new();
	X509V3_CTX context;
	uint8_t serial[16];
	BIGNUM *number;
	uint8_t *der = NULL;

	RAND_bytes(serial, sizeof serial);
	number = BN_bin2bn(serial, sizeof serial, NULL);
	X509_set_version(leaf, X509_VERSION_3);
	BN_to_ASN1_INTEGER(number, X509_get_serialNumber(leaf));
	BN_free(number);
	X509_set_issuer_name(leaf, X509_get_subject_name(b->ca->certificate));
	ASN1_TIME_set(X509_getm_notBefore(leaf), b->now - DAY);
	ASN1_TIME_set(X509_getm_notAfter(leaf), b->now + 30 * DAY);
	X509_NAME_add_entry_by_NID(X509_get_subject_name(leaf), NID_commonName, MBSTRING_UTF8,
		(const unsigned char *)"www.example.com", -1, -1, 0);
	X509_set_pubkey(leaf, b->key);
	X509V3_set_ctx(&context, b->ca->certificate, leaf, NULL, NULL, 0);
	add_extension(leaf, &context, NID_basic_constraints, "critical,CA:FALSE");
	add_extension(leaf, &context, NID_key_usage, "critical,digitalSignature");
	add_extension(leaf, &context, NID_ext_key_usage, "serverAuth");
	add_extension(leaf, &context, NID_authority_key_identifier, "keyid");
	add_extension(leaf, &context, NID_subject_key_identifier, "hash");
	add_extension(leaf, &context, NID_subject_alt_name, "DNS:www.example.com,DNS:example.com");
	if (X509_sign(leaf, b->ca->key, EVP_sha256()) == 0 || i2d_X509(leaf, &der) <= 0)
		die("X509_sign");
	OPENSSL_free(der);
	X509_free(leaf);
}

static void
issue_by_template(struct bench *b)
{
	struct minted minted;

	if (mint_issue(b->server.mint, &b->request, b->now, &minted) != MINT_OK)
		die("mint_issue");
}

/* With decoding, rate limit, log line and answer: what the signer process does for one request. */
static void
answer_request(struct bench *b)
{
	buffer_clear(&b->reply);
	if (mint_server_answer(&b->server, buffer_slice(&b->message), b->now, (uint64_t)b->now, &b->reply) != MINT_OK)
		die("mint_server_answer");
}

static void
sign_alone(struct bench *b)
{
	static const uint8_t digest[32];
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(b->ca->key, NULL);
	uint8_t signature[256];
	size_t len;

	EVP_PKEY_sign_init(context);
	for (int i = 0; i < 100; i++) {
		len = sizeof signature;
		if (EVP_PKEY_sign(context, signature, &len, digest, sizeof digest) != 1)
			die("EVP_PKEY_sign");
	}
	EVP_PKEY_CTX_free(context);
}

static void
make_key(struct bench *b)
{
	EVP_PKEY_free(EVP_EC_gen("P-256"));
}

/* --- The worker's side --- */

static void
encode_key(struct bench *b)
{
	uint8_t spki[LEAF_SPKI_MAX];

	if (leaf_keys_spki(b->key, spki) == 0)
		die("leaf_keys_spki");
}

static void
make_request(struct bench *b)
{
	buffer_clear(&b->message);
	if (leaf_request_mirror(b->origin, b->request.spki, LEAF_DAYS_MAX, b->now, &b->message) != LEAF_REQUEST_OK)
		die("leaf_request_mirror");
}

static void
read_answer(struct bench *b)
{
	struct leaf *leaf;

	if (leaf_create(&b->decoded, b->key, b->issuers, &leaf) != LEAF_OK)
		die("leaf_create");
	leaf_release(leaf);
}

static void
use_leaf(struct bench *b)
{
	if (!leaf_use(b->leaf, b->ssl))
		die("leaf_use");
}

static void
make_cache_key(struct bench *b)
{
	static const uint8_t issuer[MINT_ID_BYTES];
	struct leaf_cache_key key;
	uint8_t *der = NULL;
	int len = i2d_X509(b->origin, &der);

	if (!leaf_cache_key_make(&key, slice_make(der, (size_t)len), issuer, 1, LEAF_KEY_P256, SLICE_EMPTY))
		die("leaf_cache_key_make");
	OPENSSL_free(der);
}

/* The leaf of an earlier answer stands for an origin: it has names and dates. */
static void
set_up_worker(struct bench *b)
{
	struct buffer question = buffer_make(16), answer = buffer_make(MINT_REPLY_MAX);
	struct mint_reply issuers;
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (!mint_issuers_request_encode(&question) ||
		mint_server_answer(&b->server, buffer_slice(&question), b->now, 1, &answer) != MINT_OK ||
		!mint_reply_decode(buffer_slice(&answer), &issuers) ||
		(b->issuers = leaf_issuers_create(&issuers)) == NULL)
		die("leaf_issuers_create");
	if (!mint_reply_decode(buffer_slice(&b->reply), &b->decoded) ||
		leaf_create(&b->decoded, b->key, b->issuers, &b->leaf) != LEAF_OK)
		die("leaf_create");
	b->origin = b->leaf->certificate;
	b->ssl = SSL_new(context);
	SSL_CTX_free(context);
	buffer_release(&question);
	buffer_release(&answer);
}

static void
measure(struct bench *b, const char *what, void (*run)(struct bench *), int count, int in_one)
{
	double start;

	for (int i = 0; i < count / 10; i++)
		run(b);
	start = cpu_us();
	for (int i = 0; i < count; i++)
		run(b);
	printf("%-48s %8.1f us\n", what, (cpu_us() - start) / count / in_one);
}

int
main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 20000;
	const struct leaf_name names[] = {
		{LEAF_NAME_DNS, SLICE("www.example.com")}, {LEAF_NAME_DNS, SLICE("example.com")}};
	struct ca_options options = {.key_type = CA_KEY_P256};
	struct bench b = {.message = buffer_make(MINT_REQUEST_MAX), .reply = buffer_make(MINT_REPLY_MAX)};
	struct problems problems = {0};
	FILE *log_file = tmpfile();
	uint8_t *spki = NULL;

	if (argc > 2 && strcmp(argv[2], "lean") == 0 && !lean_provider_install(&problems))
		die("lean_provider_install");
	b.now = time(NULL);
	b.ca = ca_create(&options, b.now, &problems);
	if (b.ca == NULL || log_file == NULL || !issuance_log_init(&b.log, fileno(log_file), 1000, "log", &problems) ||
		!mint_server_init(&b.server,
			mint_create(ca_create(&options, b.now, &problems), ca_create_untrusted(b.now, &problems),
				&problems),
			&b.log, 1000000000, 1000000000))
		die("making the mint");
	b.key = EVP_EC_gen("P-256");
	b.request = (struct mint_request){
		.not_before = b.now - DAY, .not_after = b.now + 30 * DAY, .names = names, .name_count = 2};
	b.request.spki.len = (size_t)i2d_PUBKEY(b.key, &spki);
	b.request.spki.ptr = (char *)spki;
	if (!mint_request_encode(&b.request, &b.message))
		die("mint_request_encode");

	measure(&b, "leaf through X.509 objects", issue_by_objects, count / 4, 1);
	measure(&b, "leaf through the template (mint_issue)", issue_by_template, count, 1);
	measure(&b, "request to answer, with log (mint_server_answer)", answer_request, count, 1);
	measure(&b, "P-256 signature alone", sign_alone, count / 100, 100);
	measure(&b, "P-256 key", make_key, count, 1);

	set_up_worker(&b);
	measure(&b, "worker: public key to DER", encode_key, count, 1);
	measure(&b, "worker: origin certificate to request", make_request, count, 1);
	measure(&b, "worker: answer to leaf", read_answer, count, 1);
	measure(&b, "worker: leaf into a connection", use_leaf, count, 1);
	measure(&b, "worker: key of the leaf cache", make_cache_key, count, 1);

	SSL_free(b.ssl);
	leaf_release(b.leaf);
	leaf_issuers_release(b.issuers);
	mint_server_release(&b.server);
	issuance_log_release(&b.log);
	buffer_release(&b.message);
	buffer_release(&b.reply);
	OPENSSL_free(spki);
	EVP_PKEY_free(b.key);
	ca_free(b.ca);
	fclose(log_file);
	return EXIT_SUCCESS;
}

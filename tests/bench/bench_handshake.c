/* What the two handshakes of an intercepted connection cost in OpenSSL alone: a full TLS 1.3 handshake as a server, and
 * a resumed one as a client, between two ends in one process.  It is what tests/bench/run compares a new connection
 * with.
 *
 * Both are as a plain program would have them: X25519, AES-128-GCM, a P-256 leaf below a P-256 issuer, nothing
 * verified, memory in place of sockets.  Counted is the CPU time of the one end alone, from SSL_new() to SSL_free(), a
 * server with the ticket that it sends, a client with the ticket that it reads.
 *
 * usage: bench_handshake [HANDSHAKES]
 * Prints one line: microseconds of CPU of the server's full handshake and of the client's resumed one. */
#include "bench.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>

struct end {
	SSL *ssl;
	uint64_t ns;
};

static SSL_SESSION *kept; /* what the last handshake of a client has been given */

static void
check(bool is_done, const char *what)
{
	if (is_done)
		return;
	fprintf(stderr, "bench_handshake: %s failed\n", what);
	exit(EXIT_FAILURE);
}

static X509 *
make_certificate(EVP_PKEY *key, EVP_PKEY *issuer_key, const char *name, bool is_ca)
{
	X509 *certificate = X509_new();
	X509_NAME *subject = X509_NAME_new();
	X509V3_CTX context;
	X509_EXTENSION *extension;

	check(certificate && subject && X509_set_version(certificate, X509_VERSION_3) == 1, "X509_new");
	check(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0) == 1,
		name);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), is_ca ? 1 : 2);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 30 * 86400);
	X509_set_subject_name(certificate, subject);
	X509_set_issuer_name(certificate, subject);
	X509_set_pubkey(certificate, key);
	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, is_ca ? NID_basic_constraints : NID_subject_alt_name,
		is_ca ? "critical,CA:TRUE" : "DNS:bench.sluice.test");
	check(extension && X509_add_ext(certificate, extension, -1) == 1, "X509_add_ext");
	X509_EXTENSION_free(extension);
	X509_NAME_free(subject);
	check(X509_sign(certificate, issuer_key, EVP_sha256()) > 0, "X509_sign");
	return certificate;
}

/* A leaf and its issuer, as a proxy shows them. */
static void
use_made_chain(SSL_CTX *ctx)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *issuer_key = EVP_EC_gen("P-256");
	X509 *issuer, *leaf;

	check(key && issuer_key, "EVP_EC_gen");
	issuer = make_certificate(issuer_key, issuer_key, "bench issuer", true);
	leaf = make_certificate(key, issuer_key, "bench.sluice.test", false);
	check(SSL_CTX_use_certificate(ctx, leaf) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1 &&
			SSL_CTX_add_extra_chain_cert(ctx, issuer) == 1,
		"SSL_CTX_use_certificate");
	X509_free(leaf);
	EVP_PKEY_free(key);
	EVP_PKEY_free(issuer_key);
}

static int
on_session(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	SSL_SESSION_free(kept);
	kept = session;
	return 1;
}

static SSL_CTX *
make_context(const SSL_METHOD *method)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	check(ctx && SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
			SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256") == 1 &&
			SSL_CTX_set1_groups_list(ctx, "X25519") == 1,
		"SSL_CTX_new");
	return ctx;
}

static void
begin(struct end *end, SSL_CTX *ctx, SSL_SESSION *session, bool is_server)
{
	uint64_t before = bench_cpu_ns();

	end->ssl = SSL_new(ctx);
	check(end->ssl != NULL, "SSL_new");
	SSL_set_bio(end->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	if (is_server) {
		SSL_set_accept_state(end->ssl);
	} else {
		SSL_set_connect_state(end->ssl);
		check(SSL_set_tlsext_host_name(end->ssl, "bench.sluice.test") == 1, "SSL_set_tlsext_host_name");
		check(session == NULL || SSL_set_session(end->ssl, session) == 1, "SSL_set_session");
	}
	end->ns = bench_cpu_ns() - before;
}

/* What it has written becomes what the other reads: not its own work. */
static void
carry(const struct end *from, const struct end *to)
{
	char *bytes;
	long len = BIO_get_mem_data(SSL_get_wbio(from->ssl), &bytes);

	check(len <= 0 || BIO_write(SSL_get_rbio(to->ssl), bytes, (int)len) == len, "BIO_write");
	BIO_reset(SSL_get_wbio(from->ssl));
}

static bool
step(struct end *end)
{
	uint64_t before = bench_cpu_ns();
	bool is_done = SSL_do_handshake(end->ssl) == 1;

	end->ns += bench_cpu_ns() - before;
	return is_done;
}

static void
finish(struct end *end)
{
	uint64_t before = bench_cpu_ns();

	SSL_set_shutdown(end->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(end->ssl);
	end->ns += bench_cpu_ns() - before;
}

/* One handshake, with the ticket that the client reads; what each end spent. */
static void
shake(SSL_CTX *server_ctx, SSL_CTX *client_ctx, SSL_SESSION *session, struct end *server, struct end *client)
{
	uint64_t before;
	char byte;

	begin(server, server_ctx, NULL, true);
	begin(client, client_ctx, session, false);
	step(client);
	carry(client, server);
	step(server);
	carry(server, client);
	check(step(client), "the client's handshake");
	carry(client, server);
	check(step(server), "the server's handshake");
	carry(server, client);
	before = bench_cpu_ns();
	check(SSL_read(client->ssl, &byte, 1) < 0 && kept != NULL, "the ticket");
	client->ns += bench_cpu_ns() - before;
	check((SSL_session_reused(client->ssl) == 1) == (session != NULL), "resumption");
	finish(client);
	finish(server);
}

int
main(int argc, char **argv)
{
	unsigned count = argc > 1 ? (unsigned)atoi(argv[1]) : 2000;
	SSL_CTX *server_ctx = make_context(TLS_server_method());
	SSL_CTX *client_ctx = make_context(TLS_client_method());
	uint64_t full_ns = 0, resumed_ns = 0;
	struct end server, client;

	use_made_chain(server_ctx);
	SSL_CTX_set_num_tickets(server_ctx, 1);
	SSL_CTX_set_session_cache_mode(client_ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(client_ctx, on_session);
	for (unsigned i = 0; i < count + count / 10; i++) {
		SSL_SESSION *session;

		shake(server_ctx, client_ctx, NULL, &server, &client);
		full_ns += i < count / 10 ? 0 : server.ns; /* the first are for warming up */
		session = kept;
		kept = NULL;
		shake(server_ctx, client_ctx, session, &server, &client);
		resumed_ns += i < count / 10 ? 0 : client.ns;
		SSL_SESSION_free(session);
	}
	printf("%.1f %.1f\n", (double)full_ns / 1e3 / count, (double)resumed_ns / 1e3 / count);
	SSL_SESSION_free(kept);
	SSL_CTX_free(server_ctx);
	SSL_CTX_free(client_ctx);
	return EXIT_SUCCESS;
}

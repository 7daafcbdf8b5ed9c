/* The verifier inside real handshakes, TLS 1.2 and 1.3, in memory. */
#include "suites.h"
#include "verify_world.h"

#include "tls/verify_ssl.h"

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

/* A server with a certificate and perhaps a stapled response, and what the client told it. */
struct peer {
	SSL_CTX *server, *client;
	struct pki_cert leaf;
	struct slice staple;
	int alert;               /* that the server received; -1 for none */
	STACK_OF(X509) *fetched; /* what fetching a missing issuer brings */
	unsigned waits;          /* of the handshake, for that */
	SSL_SESSION *session;    /* the last one the client was given */
};

static struct peer *current;

static int
send_staple(SSL *ssl, void *user)
{
	struct peer *peer = user;

	if (peer->staple.len == 0)
		return SSL_TLSEXT_ERR_NOACK;
	SSL_set_tlsext_status_ocsp_resp(
		ssl, OPENSSL_memdup(peer->staple.ptr, peer->staple.len), (long)peer->staple.len);
	return SSL_TLSEXT_ERR_OK;
}

static void
note_alert(const SSL *ssl, int where, int value)
{
	(void)ssl;
	if (where == SSL_CB_READ_ALERT)
		current->alert = value & 0xff;
}

static int
keep_session(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	SSL_SESSION_free(current->session);
	current->session = session;
	return 1;
}

static void
peer_open(struct peer *peer, int version, struct pki_cert leaf, X509 *issuer)
{
	STACK_OF(X509) *chain = issuer ? pki_stack(1, &issuer) : NULL;

	*peer = (struct peer){.leaf = leaf, .alert = -1};
	current = peer;
	peer->server = SSL_CTX_new(TLS_server_method());
	peer->client = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_security_level(peer->server, 0);
	SSL_CTX_set_min_proto_version(peer->client, version);
	SSL_CTX_set_max_proto_version(peer->client, version);
	ck_assert_int_eq(SSL_CTX_use_cert_and_key(peer->server, leaf.cert, leaf.key, chain, 1), 1);
	SSL_CTX_set_tlsext_status_cb(peer->server, send_staple);
	SSL_CTX_set_tlsext_status_arg(peer->server, peer);
	SSL_CTX_set_info_callback(peer->server, note_alert);
	SSL_CTX_set_session_cache_mode(peer->client, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(peer->client, keep_session);
	ck_assert(verify_ssl_install(peer->client));
}

static void
peer_close(struct peer *peer)
{
	SSL_SESSION_free(peer->session);
	SSL_CTX_free(peer->server);
	SSL_CTX_free(peer->client);
}

struct resumption {
	SSL_SESSION *session;
	const struct verify_verdict *earlier;
	bool is_known_to_the_server;
};

/* Runs a handshake and one byte of answer; true when the client finished it. */
static bool
handshake(struct peer *peer, struct verify_ssl *v, const struct resumption *resumption)
{
	SSL *server = SSL_new(peer->server), *client = SSL_new(peer->client);
	BIO *one, *other;
	int client_done = 0;
	char byte;

	ck_assert_int_eq(BIO_new_bio_pair(&one, 0, &other, 0), 1);
	SSL_set_bio(server, one, one);
	SSL_set_bio(client, other, other);
	if (v)
		ck_assert(verify_ssl_attach(client, v));
	if (resumption) {
		ck_assert(verify_ssl_resume(v, resumption->earlier));
		ck_assert_int_eq(SSL_set_session(client, resumption->session), 1);
	}
	for (int turn = 0; turn < 10; turn++) {
		client_done = SSL_connect(client);
		if (v && v->missing) {
			ck_assert_int_eq(SSL_get_error(client, client_done), SSL_ERROR_WANT_RETRY_VERIFY);
			peer->waits++;
			issuer_store_put(v->issuers, v->missing, peer->fetched, PKI_NOW);
		}
		if (SSL_accept(server) == 1)
			SSL_write(server, "x", 1);
		if (client_done == 1)
			SSL_read(client, &byte, 1);
	}
	if (resumption)
		ck_assert_int_eq(SSL_session_reused(client), resumption->is_known_to_the_server);
	SSL_shutdown(client);
	SSL_free(client);
	SSL_free(server);
	if (v) {
		ck_assert_int_eq(v->refused != NULL, client_done != 1 && v->verdict.reason > VERIFY_UNJUDGED);
		verify_ssl_release(v);
	}
	return client_done == 1;
}

static struct verify_ssl
parameters(const char *host)
{
	return (struct verify_ssl){.trust = world.trust, .host = world_host(host), .now = PKI_NOW};
}

START_TEST(good_origins_are_accepted)
{
	for (size_t i = 0; i < 2; i++) {
		struct verify_ssl v = parameters("www.example.org");
		struct peer peer;

		v.cache = verify_cache_new(10);
		peer_open(&peer, versions[i], PKI_MAKE(.issuer = &world.ica), world.ica.cert);
		for (int twice = 0; twice < 2; twice++) {
			ck_assert(handshake(&peer, &v, NULL));
			ASSERT_REASON(v.verdict, VERIFY_OK);
		}
		ck_assert_uint_eq(verify_cache_counts(v.cache).hits, 1);
		peer_close(&peer);
		verify_cache_free(v.cache);
	}
}
END_TEST

START_TEST(bad_origins_fail_the_handshake_with_the_right_alert)
{
	struct {
		struct pki_cert leaf;
		X509 *issuer;
		const char *host;
		enum verify_reason reason;
		int alert;
	} cases[] = {
		{PKI_MAKE(.issuer = &world.ica, .from = -9, .until = -1), world.ica.cert, "www.example.org",
			VERIFY_EXPIRED, SSL_AD_CERTIFICATE_EXPIRED},
		{PKI_MAKE(.cn = "self"), NULL, "www.example.org", VERIFY_SELF_SIGNED, SSL_AD_UNKNOWN_CA},
		{PKI_MAKE(.issuer = &world.ica), NULL, "www.example.org", VERIFY_UNKNOWN_ISSUER, SSL_AD_UNKNOWN_CA},
		{PKI_MAKE(.issuer = &world.own_ca), NULL, "www.example.org", VERIFY_OWN_CA, SSL_AD_UNKNOWN_CA},
		{PKI_MAKE(.issuer = &world.ica), world.ica.cert, "other.example", VERIFY_NAME_MISMATCH,
			SSL_AD_BAD_CERTIFICATE},
		{PKI_MAKE(.issuer = &world.ica), world.ica.cert, "192.0.2.1", VERIFY_NAME_MISMATCH,
			SSL_AD_BAD_CERTIFICATE},
		{PKI_MAKE(.issuer = &world.ica, .eku = "clientAuth"), world.ica.cert, "www.example.org", VERIFY_EKU,
			SSL_AD_UNSUPPORTED_CERTIFICATE},
		{PKI_MAKE(.issuer = &world.ica, .key = PKI_RSA1024), world.ica.cert, "www.example.org", VERIFY_WEAK_KEY,
			SSL_AD_BAD_CERTIFICATE},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (size_t k = 0; k < 2; k++) {
			struct verify_ssl v = parameters(cases[i].host);
			struct peer peer;

			peer_open(&peer, versions[k], cases[i].leaf, cases[i].issuer);
			ck_assert(!handshake(&peer, &v, NULL));
			ASSERT_REASON(v.verdict, cases[i].reason);
			ck_assert_int_eq(peer.alert, cases[i].alert);
			ck_assert_int_eq(verify_reason_alert(cases[i].reason), cases[i].alert);
			peer_close(&peer);
		}
	}
}
END_TEST

START_TEST(a_missing_issuer_is_waited_for_and_remembered)
{
	struct pki_cert leaf =
		PKI_MAKE(.issuer = &world.ica, .extra = {{"authorityInfoAccess", "caIssuers;URI:http://ca.example/a"}});

	for (size_t k = 0; k < 2; k++) {
		struct verify_ssl v = parameters("www.example.org");
		struct peer peer;

		v.issuers = issuer_store_new(4);
		peer_open(&peer, versions[k], leaf, NULL);
		/* Nobody can be asked; nothing comes; then the issuer is there, for this one and the next. */
		v.is_final = true;
		ck_assert(!handshake(&peer, &v, NULL));
		ASSERT_REASON(v.verdict, VERIFY_UNKNOWN_ISSUER);
		ck_assert_uint_eq(peer.waits, 0);
		v.is_final = false;
		ck_assert(!handshake(&peer, &v, NULL));
		ASSERT_REASON(v.verdict, VERIFY_UNKNOWN_ISSUER);
		ck_assert_uint_eq(peer.waits, 1);
		v.now += ISSUER_FAILED_SECONDS;
		peer.fetched = pki_stack(1, &world.ica.cert);
		ck_assert(handshake(&peer, &v, NULL));
		ck_assert_uint_eq(peer.waits, 2);
		ck_assert(handshake(&peer, &v, NULL));
		ASSERT_REASON(v.verdict, VERIFY_OK);
		ck_assert_uint_eq(peer.waits, 2);
		peer_close(&peer);
		issuer_store_free(v.issuers);
	}
}
END_TEST

START_TEST(stapled_responses_reach_the_verifier)
{
	struct pki_cert leaf = PKI_MAKE(.issuer = &world.ica, .extra = {{"tlsfeature", "status_request"}});
	struct slice good = PKI_OCSP(.about = leaf.cert, .issuer = &world.ica);
	struct slice revoked = PKI_OCSP(.about = leaf.cert, .issuer = &world.ica, .status = PKI_REVOKED);

	for (size_t k = 0; k < 2; k++) {
		struct verify_ssl v = parameters("www.example.org");
		struct peer peer;

		peer_open(&peer, versions[k], leaf, world.ica.cert);
		v.cache = verify_cache_new(10);
		ck_assert(!handshake(&peer, &v, NULL));
		ASSERT_REASON(v.verdict, VERIFY_MUST_STAPLE);
		/* Where libssl chooses the alert, it knows none for this. */
		ck_assert_int_eq(peer.alert, versions[k] == TLS1_2_VERSION ? SSL_AD_BAD_CERTIFICATE_STATUS_RESPONSE
									   : SSL_AD_BAD_CERTIFICATE);
		peer.staple = good;
		for (int twice = 0; twice < 2; twice++) {
			ck_assert(handshake(&peer, &v, NULL));
			ASSERT_REASON(v.verdict, VERIFY_OK);
			ck_assert_int_eq(v.verdict.staple, VERIFY_STAPLE_GOOD);
		}
		peer.staple = revoked;
		ck_assert(!handshake(&peer, &v, NULL));
		ASSERT_REASON(v.verdict, VERIFY_REVOKED);
		peer_close(&peer);
		verify_cache_free(v.cache);
	}
}
END_TEST

START_TEST(right_chain_with_the_wrong_private_key_fails)
{
	struct pki_cert leaf = PKI_MAKE(.issuer = &world.ica);

	for (size_t k = 0; k < 2; k++) {
		struct verify_ssl v = parameters("www.example.org");
		struct pki_cert thief = {leaf.cert, pki_mismatched_key(leaf.key)};
		struct peer peer;

		peer_open(&peer, versions[k], thief, world.ica.cert);
		ck_assert(!handshake(&peer, &v, NULL));
		ck_assert_int_eq(peer.alert, SSL_AD_DECRYPT_ERROR);
		peer_close(&peer);
	}
}
END_TEST

START_TEST(connection_without_parameters_is_refused)
{
	for (size_t k = 0; k < 2; k++) {
		struct peer peer;

		peer_open(&peer, versions[k], PKI_MAKE(.issuer = &world.ica), world.ica.cert);
		ck_assert(!handshake(&peer, NULL, NULL));
		peer_close(&peer);
	}
}
END_TEST

START_TEST(resumed_handshake_has_the_verdict_of_the_full_one)
{
	for (size_t k = 0; k < 2; k++) {
		struct verify_ssl v = parameters("www.example.org");
		struct verify_verdict earlier;
		struct peer peer, other;
		SSL_SESSION *session;

		peer_open(&peer, versions[k], PKI_MAKE(.issuer = &world.ica), world.ica.cert);
		ck_assert(handshake(&peer, &v, NULL));
		ck_assert_ptr_nonnull(peer.session);
		earlier = v.verdict;
		session = SSL_SESSION_dup(peer.session);
		ck_assert(handshake(&peer, &v, &(struct resumption){session, &earlier, true}));
		ASSERT_REASON(v.verdict, VERIFY_OK);
		SSL_SESSION_free(session);
		/* A server that does not know the session and has another certificate: that is judged. */
		session = SSL_SESSION_dup(peer.session);
		peer_open(&other, versions[k], PKI_MAKE(.cn = "self"), NULL);
		ck_assert(!handshake(&other, &v, &(struct resumption){session, &earlier, false}));
		ASSERT_REASON(v.verdict, VERIFY_SELF_SIGNED);
		SSL_SESSION_free(session);
		peer_close(&other);
		peer_close(&peer);
	}
}
END_TEST

START_TEST(verdict_that_no_longer_holds_is_not_taken_over)
{
	struct verify_ssl v = parameters("www.example.org");
	struct verify_verdict earlier;
	struct peer peer;

	peer_open(&peer, TLS1_3_VERSION, PKI_MAKE(.issuer = &world.ica), world.ica.cert);
	ck_assert(handshake(&peer, &v, NULL));
	earlier = v.verdict;
	ck_assert(verify_ssl_resume(&v, &earlier));
	v.now = earlier.valid_until + 1;
	ck_assert(!verify_ssl_resume(&v, &earlier));
	ASSERT_REASON(v.verdict, VERIFY_UNJUDGED);
	v.now = PKI_NOW;
	earlier.generation++;
	ck_assert(!verify_ssl_resume(&v, &earlier));
	earlier = verify_verdict_unjudged();
	ck_assert(!verify_ssl_resume(&v, &earlier));
	peer_close(&peer);
}
END_TEST

WORLD_SUITE(verify_ssl, "verify_ssl", good_origins_are_accepted, a_missing_issuer_is_waited_for_and_remembered,
	bad_origins_fail_the_handshake_with_the_right_alert, stapled_responses_reach_the_verifier,
	right_chain_with_the_wrong_private_key_fails, connection_without_parameters_is_refused,
	resumed_handshake_has_the_verdict_of_the_full_one, verdict_that_no_longer_holds_is_not_taken_over)

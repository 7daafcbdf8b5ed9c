/* The TLS stream over a socket pair, both roles in one loop; and what tickets may and may not resume. */
#include "suites.h"

#include "base/clock.h"
#include "tls/context.h"
#include "tls/ticket.h"
#include "tls/tls_stream.h"

#include <errno.h>
#include <openssl/x509v3.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct side {
	struct tls_stream tls;
	enum tls_handshake state;
	char text[70000];
	size_t len;
	ssize_t last; /* what the last read answered */
};

struct pair {
	struct loop *loop;
	struct tls_ticket_keys *tickets;
	SSL_CTX *server_ctx;
	SSL_CTX *client_ctx;
	X509 *leaf;
	EVP_PKEY *key;
	SSL_SESSION *session; /* of the last handshake, the client's */
	struct side server;
	struct side client;
};

static struct pair *current;

static void
on_io(void *owner)
{
	struct side *side = owner;
	ssize_t n;

	if (side->state == TLS_HANDSHAKE_MORE) {
		side->state = tls_stream_handshake(&side->tls);
		if (side->state == TLS_HANDSHAKE_DONE)
			stream_want_read(&side->tls.stream, true);
		return;
	}
	while ((n = stream_read(&side->tls.stream, side->text + side->len, sizeof side->text - side->len)) > 0)
		side->len += (size_t)n;
	side->last = n;
	if (n != STREAM_AGAIN)
		stream_want_read(&side->tls.stream, false);
}

static const struct stream_events io_events = {on_io, on_io};

static int
on_session(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	SSL_SESSION_free(current->session);
	current->session = session;
	return 1;
}

static void
pair_open(struct pair *p)
{
	*p = (struct pair){.loop = loop_new(), .tickets = tls_ticket_keys_new()};
	current = p;
	p->server_ctx = tls_context_for_clients(p->tickets);
	p->client_ctx = tls_context_for_origins(NULL);
	ck_assert(p->loop && p->tickets && p->server_ctx && p->client_ctx);
	SSL_CTX_sess_set_new_cb(p->client_ctx, on_session);
	p->key = EVP_EC_gen("P-256");
	p->leaf = X509_new();
	X509_set_version(p->leaf, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(p->leaf), 5);
	X509_gmtime_adj(X509_getm_notBefore(p->leaf), -60);
	X509_gmtime_adj(X509_getm_notAfter(p->leaf), 3600);
	X509_set_pubkey(p->leaf, p->key);
	ck_assert_int_gt(X509_sign(p->leaf, p->key, EVP_sha256()), 0);
}

static void
pair_close(struct pair *p)
{
	SSL_SESSION_free(p->session);
	X509_free(p->leaf);
	EVP_PKEY_free(p->key);
	SSL_CTX_free(p->server_ctx);
	SSL_CTX_free(p->client_ctx);
	tls_ticket_keys_free(p->tickets);
	loop_free(p->loop);
}

static void
side_start(struct side *side, struct loop *loop, int fd, SSL_CTX *ctx, bool is_server)
{
	*side = (struct side){.state = TLS_HANDSHAKE_MORE};
	tls_stream_init(&side->tls, loop, fd);
	stream_set_owner(&side->tls.stream, &io_events, side);
	ck_assert(tls_stream_start(&side->tls, ctx, is_server));
}

static void
turn_until(struct pair *p, bool (*done)(struct pair *p))
{
	for (int turn = 0; turn < 2000 && !done(p); turn++)
		loop_turn(p->loop, 5);
}

static bool
is_greeted(struct pair *p)
{
	return p->server.state != TLS_HANDSHAKE_MORE && p->client.state != TLS_HANDSHAKE_MORE;
}

/* A handshake whose tickets are bound to `binding`, resuming p->session where there is one.  True when it resumed. */
static bool
greet(struct pair *p, uint8_t binding, const char *choice, const char *offer)
{
	uint8_t bound[TLS_TICKET_BINDING_LEN] = {binding};
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	side_start(&p->server, p->loop, fds[0], p->server_ctx, true);
	side_start(&p->client, p->loop, fds[1], p->client_ctx, false);
	ck_assert(tls_stream_set_leaf(&p->server.tls, p->leaf, p->key, NULL));
	ck_assert(tls_ticket_bind(p->server.tls.ssl, bound));
	tls_stream_set_alpn_choice(&p->server.tls, slice_of(choice));
	if (offer)
		SSL_set_alpn_protos(p->client.tls.ssl, (const uint8_t *)offer, (unsigned)strlen(offer));
	if (p->session)
		ck_assert_int_eq(SSL_set_session(p->client.tls.ssl, p->session), 1);
	on_io(&p->client);
	on_io(&p->server);
	turn_until(p, is_greeted);
	return p->client.state == TLS_HANDSHAKE_DONE && SSL_session_reused(p->client.tls.ssl) == 1;
}

static bool
client_has_read(struct pair *p)
{
	return p->client.len >= 3;
}

static void
hang_up(struct pair *p)
{
	stream_close(&p->server.tls.stream, false);
	stream_close(&p->client.tls.stream, false);
}

START_TEST(bytes_pass_and_the_end_is_orderly)
{
	static struct pair p;
	struct iovec pieces[3] = {{(void *)"a", 1}, {(void *)"", 0}, {(void *)"bc", 2}};

	pair_open(&p);
	ck_assert(!greet(&p, 1, "", NULL));
	ck_assert_int_eq(p.client.state, TLS_HANDSHAKE_DONE);
	ck_assert_int_eq(stream_writev(&p.server.tls.stream, pieces, 3), 3);
	turn_until(&p, client_has_read);
	assert_slice(slice_make(p.client.text, p.client.len), "abc");
	ck_assert_int_eq(stream_shutdown(&p.server.tls.stream), 0);
	for (int turn = 0; turn < 100 && p.client.last != 0; turn++)
		loop_turn(p.loop, 5);
	ck_assert_int_eq(p.client.last, 0);
	hang_up(&p);
	pair_close(&p);
}
END_TEST

/* The client asks for new keys so many times, and then says "abc". */
static void
update_keys(struct pair *p, unsigned times)
{
	for (unsigned i = 0; i < times && p->server.last >= STREAM_AGAIN; i++) {
		ck_assert_int_eq(SSL_key_update(p->client.tls.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
		if (SSL_do_handshake(p->client.tls.ssl) != 1)
			break;
		if (i % 16 == 15)
			loop_turn(p->loop, 0);
	}
}

static bool
server_has_read(struct pair *p)
{
	return p->server.len >= 3 || (p->server.last < 0 && p->server.last != STREAM_AGAIN);
}

START_TEST(keys_are_renewed_and_a_flood_of_that_is_an_error)
{
	static struct pair p;

	pair_open(&p);
	greet(&p, 1, "", NULL);
	p.server.last = STREAM_AGAIN;
	update_keys(&p, 40);
	ck_assert_int_eq(stream_write(&p.client.tls.stream, "abc", 3), 3);
	turn_until(&p, server_has_read);
	assert_slice(slice_make(p.server.text, p.server.len), "abc");
	ck_assert_uint_gt(p.server.tls.late_messages, 39);
	p.server.len = 0;
	update_keys(&p, 5000);
	turn_until(&p, server_has_read);
	ck_assert_int_eq(p.server.last, -EPROTO);
	ck_assert_str_eq(p.server.tls.failure.text, "flood of handshake messages");
	/* What OpenSSL had read already is followed to its end: a buffer of records of 27 octets. */
	ck_assert_uint_le(p.server.tls.late_messages, TLS_LATE_MESSAGES_MAX + 4 * 16384 / 27);
	hang_up(&p);
	pair_close(&p);
}
END_TEST

START_TEST(an_end_without_close_notify_is_a_truncation)
{
	static struct pair p;

	pair_open(&p);
	greet(&p, 1, "", NULL);
	ck_assert_int_eq(stream_write(&p.server.tls.stream, "abc", 3), 3);
	turn_until(&p, client_has_read);
	shutdown(p.server.tls.stream.io.fd, SHUT_WR);
	for (int turn = 0; turn < 100 && p.client.last == STREAM_AGAIN; turn++)
		loop_turn(p.loop, 5);
	ck_assert_int_eq(p.client.last, STREAM_TRUNCATED);
	hang_up(&p);
	pair_close(&p);
}
END_TEST

START_TEST(alpn_is_the_one_choice_or_an_alert)
{
	static struct pair p;

	pair_open(&p);
	greet(&p, 1, "http/1.1", "\x02h2\x08http/1.1");
	assert_slice(tls_stream_alpn(&p.client.tls), "http/1.1");
	hang_up(&p);
	greet(&p, 1, "", "\x02h2");
	assert_slice(tls_stream_alpn(&p.client.tls), "");
	hang_up(&p);
	greet(&p, 1, "http/1.1", "\x02h2");
	ck_assert_int_eq(p.client.state, TLS_HANDSHAKE_FAILED);
	ck_assert_int_eq(p.client.tls.failure.alert_received, 120);
	hang_up(&p);
	pair_close(&p);
}
END_TEST

START_TEST(a_ticket_resumes_only_what_it_was_issued_for)
{
	static struct pair p;

	pair_open(&p);
	ck_assert(!greet(&p, 1, "", NULL));
	stream_write(&p.server.tls.stream, "abc", 3);
	turn_until(&p, client_has_read); /* the ticket came before it */
	ck_assert_ptr_nonnull(p.session);
	hang_up(&p);
	ck_assert(!greet(&p, 2, "", NULL)); /* another name or leaf */
	hang_up(&p);
	pair_close(&p);

	pair_open(&p);
	greet(&p, 1, "", NULL);
	stream_write(&p.server.tls.stream, "abc", 3);
	turn_until(&p, client_has_read);
	hang_up(&p);
	ck_assert(greet(&p, 1, "", NULL));
	hang_up(&p);
	pair_close(&p);
}
END_TEST

/* In TLS 1.3 a client forgets a ticket that it has used: each visit is to bring one for the next. */
START_TEST(a_connection_that_was_resumed_brings_a_ticket)
{
	static struct pair p;

	pair_open(&p);
	for (int visit = 0; visit < 4; visit++) {
		ck_assert(greet(&p, 1, "", NULL) == (visit > 0));
		SSL_SESSION_free(p.session);
		p.session = NULL;
		p.client.len = 0;
		stream_write(&p.server.tls.stream, "abc", 3);
		turn_until(&p, client_has_read);
		ck_assert_ptr_nonnull(p.session);
		hang_up(&p);
	}
	pair_close(&p);
}
END_TEST

static int
bytes_for(const struct side *side)
{
	int waiting = -1;

	ck_assert_int_eq(ioctl(side->tls.stream.io.fd, FIONREAD, &waiting), 0);
	return waiting;
}

START_TEST(a_ticket_leaves_with_the_first_bytes)
{
	static struct pair p;
	static const char text[16384] = "abc";
	size_t sent = 0;
	int before;

	pair_open(&p);
	greet(&p, 1, "", NULL);
	for (int turn = 0; turn < 5; turn++)
		loop_turn(p.loop, 1);
	ck_assert_int_eq(bytes_for(&p.client), 0);
	ck_assert_ptr_null(p.session);
	stream_write(&p.server.tls.stream, "abc", 3);
	ck_assert_int_gt(bytes_for(&p.client), 100 + 3);
	turn_until(&p, client_has_read);
	ck_assert_ptr_nonnull(p.session);
	/* The next bytes come alone: a header, the bytes, their type and the tag (RFC 8446 section 5.2). */
	before = bytes_for(&p.client);
	stream_write(&p.server.tls.stream, "abc", 3);
	ck_assert_int_eq(bytes_for(&p.client) - before, 5 + 3 + 1 + 16);
	hang_up(&p);
	pair_close(&p);

	/* Where the socket takes only a part nothing is lost, and nothing comes twice. */
	pair_open(&p);
	greet(&p, 1, "", NULL);
	ck_assert_int_eq(setsockopt(p.server.tls.stream.io.fd, SOL_SOCKET, SO_SNDBUF, &(int){1}, sizeof(int)), 0);
	for (int turn = 0; turn < 100 && sent < sizeof text; turn++) {
		ssize_t put = stream_write(&p.server.tls.stream, text + sent, sizeof text - sent);

		sent += put > 0 ? (size_t)put : 0;
		loop_turn(p.loop, 1);
	}
	ck_assert_uint_eq(sent, sizeof text);
	for (int turn = 0; turn < 100 && p.client.tls.stream.bytes_in < sizeof text; turn++)
		loop_turn(p.loop, 1);
	ck_assert_uint_eq(p.client.tls.stream.bytes_in, sizeof text);
	ck_assert_ptr_nonnull(p.session);
	hang_up(&p);
	pair_close(&p);
}
END_TEST

START_TEST(a_ticket_outlives_two_rotations_and_no_third)
{
	for (int rotations = 1; rotations <= 3; rotations++) {
		static struct pair p;

		pair_open(&p);
		greet(&p, 1, "", NULL);
		stream_write(&p.server.tls.stream, "abc", 3);
		turn_until(&p, client_has_read);
		hang_up(&p);
		for (int i = 0; i < rotations; i++)
			ck_assert(tls_ticket_keys_rotate(p.tickets, clock_monotonic_ns() / 1000000000u));
		ck_assert_int_eq(greet(&p, 1, "", NULL), rotations < TLS_TICKET_KEYS_ALIVE);
		hang_up(&p);
		pair_close(&p);
	}
}
END_TEST

START_TEST(old_versions_and_weak_suites_are_refused)
{
	static const struct {
		int max;
		const char *suites;
	} cases[] = {
		{TLS1_1_VERSION, "ALL:@SECLEVEL=0"},
		{TLS1_2_VERSION, "AES128-SHA:@SECLEVEL=0"},
		{TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"},
		{TLS1_2_VERSION, "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		static struct pair p;

		pair_open(&p);
		SSL_CTX_set_min_proto_version(p.client_ctx, TLS1_VERSION);
		SSL_CTX_set_max_proto_version(p.client_ctx, cases[i].max);
		SSL_CTX_set_cipher_list(p.client_ctx, cases[i].suites);
		greet(&p, 1, "", NULL);
		ck_assert_msg(p.client.state == TLS_HANDSHAKE_FAILED, "case %zu", i);
		hang_up(&p);
		pair_close(&p);
	}
}
END_TEST

UNIT_SUITE(tls_stream, "tls_stream", keys_are_renewed_and_a_flood_of_that_is_an_error,
	bytes_pass_and_the_end_is_orderly, an_end_without_close_notify_is_a_truncation,
	alpn_is_the_one_choice_or_an_alert, a_ticket_resumes_only_what_it_was_issued_for,
	a_connection_that_was_resumed_brings_a_ticket, a_ticket_leaves_with_the_first_bytes,
	a_ticket_outlives_two_rotations_and_no_third, old_versions_and_weak_suites_are_refused)

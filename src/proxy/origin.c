/* Dialling an origin.  See origin.h. */
#include "proxy/origin.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "proxy/generation.h"
#include "proxy/thread.h"
#include "tls/offer_contexts.h"

/* No session is resumed for longer than this, whatever the origin promises. */
#define SESSION_SECONDS_MAX (6 * 3600)
/* How long an origin that asked for a certificate may take to say that it insists. */
#define WORD_NS_MIN 50000000u
#define WORD_NS_MAX 500000000u

const char *
origin_error_name(enum origin_error error)
{
	static const char *const names[] = {
		[ORIGIN_OK] = "ok",
		[ORIGIN_REFUSED] = "connection refused",
		[ORIGIN_UNREACHABLE] = "unreachable",
		[ORIGIN_TIMEOUT] = "timeout",
		[ORIGIN_TLS] = "tls failure",
		[ORIGIN_CERTIFICATE] = "certificate refused",
		[ORIGIN_CLOCK] = "date cannot be relied on",
		[ORIGIN_CLIENT_CERTIFICATE] = "client certificate demanded",
		[ORIGIN_MEMORY] = "out of memory",
	};

	return names[error];
}

static void
origin_finish(struct origin *o, enum origin_error error, int system_error)
{
	struct proxy_counters *counters = &o->thread->counters;

	loop_timer_disarm(&o->deadline);
	issuer_chase_cancel(&o->chase);
	o->error = error;
	o->system_error = system_error;
	o->dial_ns = clock_monotonic_ns() - o->dial_started;
	if (error == ORIGIN_OK) {
		o->state = ORIGIN_READY;
		stream_want_read(&o->stream.stream, false);
		stream_want_write(&o->stream.stream, false);
	} else {
		o->state = ORIGIN_FAILED;
		stream_close(&o->stream.stream, false);
		if (error == ORIGIN_CERTIFICATE) {
			counter_add(&counters->origins_refused, 1);
			counter_add(&counters->refusals[o->verify.verdict.reason], 1);
		} else {
			counter_add(&counters->origin_connects_failed, 1);
			counter_add(&counters->connect_failures[error], 1);
		}
	}
	o->on_done(o);
}

/* ---- the handshake ---- */

static bool
origin_is_over_deadline_of_session(X509 *certificate, int64_t now, int64_t *expires)
{
	struct tm end;

	*expires = now + SESSION_SECONDS_MAX;
	if (certificate && ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) == 1) {
		time_t not_after = timegm(&end);

		if (not_after < *expires)
			*expires = not_after;
	}
	return *expires <= now;
}

/* A ticket came.  What it resumes was verified in this connection; it is bound to the trust generation by its key. */
static int
on_new_session(SSL *ssl, SSL_SESSION *session)
{
	struct tls_stream *stream = SSL_get_app_data(ssl);
	struct origin *o = LIST_ENTRY(stream, struct origin, stream);
	int64_t expires;

	o->has_spoken = true;
	/* Who resumes is not asked again, and has shown no certificate. */
	if (o->asks_for_certificate)
		return 0;
	if (!o->generation->conf->tls.origin_resume || !verify_verdict_accepts(&o->verify.verdict) ||
		origin_is_over_deadline_of_session(SSL_SESSION_get0_peer(session), time(NULL), &expires))
		return 0;
	origin_sessions_put(o->thread->shared->origin_sessions, &o->session_key, session, &o->verify.verdict, expires);
	return 1;
}

/* The origin wants to know who the client is: whoever that is, it is nobody else (SEC-104).  None is shown. */
static int
on_client_certificate(SSL *ssl, X509 **certificate, EVP_PKEY **key)
{
	struct tls_stream *stream = SSL_get_app_data(ssl);
	struct origin *o = LIST_ENTRY(stream, struct origin, stream);

	(void)certificate, (void)key;
	o->is_burnt = true;
	o->asks_for_certificate = true;
	return 0;
}

/* ---- our own hello ---- */

_Static_assert(TLS_FINGERPRINT_MAX >= JA4_TEXT_MAX, "a fingerprint is a JA4");

/* The first message of the first handshake of its form is looked at: its JA4 is that of all that follow. */
static void
on_message(int is_written, int version, int type, const void *bytes, size_t len, SSL *ssl, void *arg)
{
	struct tls_stream *stream = SSL_get_app_data(ssl);
	struct origin *o = LIST_ENTRY(stream, struct origin, stream);
	struct client_hello hello;

	(void)version, (void)arg;
	/* The message begins with its type, client_hello(1), and three bytes of length (RFC 8446 section 4). */
	if (!is_written || type != SSL3_RT_HANDSHAKE || len < 4 || *(const uint8_t *)bytes != SSL3_MT_CLIENT_HELLO)
		return;
	SSL_set_msg_callback(ssl, NULL);
	if (client_hello_read_body(slice_make((const char *)bytes + 4, len - 4), &hello) == PARSE_DONE &&
		ja4_format(&hello, JA4_TCP, o->thread->sha256, o->ja4))
		memcpy(o->ja4_of_form, o->ja4, sizeof o->ja4);
}

static unsigned
form_of_hello(const struct origin *o, bool resumes)
{
	struct slice alpn = o->target.alpn_wire;

	return (o->target.server_name.len ? TLS_HELLO_HAS_NAME : 0) | (resumes ? TLS_HELLO_RESUMES : 0) |
	       (slice_starts_with(alpn, SLICE("\x02h2")) ? TLS_HELLO_HTTP2
		       : alpn.len                        ? TLS_HELLO_HTTP1
							 : 0);
}

static void
watch_hello(struct origin *o, struct tls_offer_context *context, bool resumes)
{
	char *known = context->fingerprints[form_of_hello(o, resumes)];

	memcpy(o->ja4, known, sizeof o->ja4);
	o->ja4_of_form = known;
	if (o->ja4[0] == '\0')
		SSL_set_msg_callback(o->stream.ssl, on_message);
}

static void
count_hello(const struct origin *o)
{
	struct proxy_counters *counters = &o->thread->counters;

	if (o->ja4[0] && o->target.client_ja4)
		counter_add(strcmp(o->ja4, o->target.client_ja4) == 0 ? &counters->hellos_equal
								      : &counters->hellos_different,
			1);
}

void
origin_context_install(SSL_CTX *ctx)
{
	SSL_CTX_sess_set_new_cb(ctx, on_new_session);
	SSL_CTX_set_client_cert_cb(ctx, on_client_certificate);
}

struct origin_session_key
origin_key(const struct origin_target *target, uint64_t generation)
{
	return origin_session_key_make(
		&target->destination, target->server_name, target->alpn_wire, tls_offer_key(target->offer), generation);
}

static enum origin_error
origin_handshake_error(const struct origin *o)
{
	if (o->verify.verdict.reason > VERIFY_UNJUDGED)
		return ORIGIN_CERTIFICATE;
	/* Nothing else can be wrong with our answer to a verified origin that asked. */
	if (o->asks_for_certificate && verify_verdict_accepts(&o->verify.verdict))
		return ORIGIN_CLIENT_CERTIFICATE;
	if (o->stream.failure.error == -ECONNRESET)
		return ORIGIN_REFUSED;
	return ORIGIN_TLS;
}

static bool
is_alert_about_certificate(int alert)
{
	return alert == SSL_AD_CERTIFICATE_REQUIRED || alert == SSL_AD_HANDSHAKE_FAILURE ||
	       alert == SSL_AD_BAD_CERTIFICATE || alert == SSL_AD_CERTIFICATE_UNKNOWN;
}

bool
origin_wants_certificate(const struct origin *o)
{
	int alert = o->stream.failure.alert_received;

	if (!o->target.is_tls || !verify_verdict_accepts(&o->verify.verdict))
		return false;
	return o->stream.was_asked_to_renegotiate || alert == SSL_AD_CERTIFICATE_REQUIRED ||
	       (o->asks_for_certificate && is_alert_about_certificate(alert));
}

static void
origin_established(struct origin *o)
{
	o->awaits_word = false;
	o->is_resumed = SSL_session_reused(o->stream.ssl) == 1;
	count_hello(o);
	counter_add(&o->thread->counters.handshakes_origin, 1);
	if (o->is_resumed)
		counter_add(&o->thread->counters.handshakes_origin_resumed, 1);
	origin_finish(o, ORIGIN_OK, 0);
}

/* In TLS 1.3 our handshake is done before the origin has read our answer, and the origin that insists on a certificate
 * says so later (RFC 8446 section 4.4.2.4).  It is given the time of a few round trips to say that, or anything. */
static void
origin_hear(struct origin *o)
{
	switch (tls_stream_hear(&o->stream)) {
	case TLS_HANDSHAKE_MORE:
		if (o->has_spoken)
			origin_established(o);
		return;
	case TLS_HANDSHAKE_DONE:
		origin_established(o);
		return;
	case TLS_HANDSHAKE_FAILED:
		origin_finish(o, ORIGIN_CLIENT_CERTIFICATE, 0);
		return;
	}
}

static void
origin_await_word(struct origin *o)
{
	uint64_t wait = WORD_NS_MIN + 4 * o->connect_ns;

	o->awaits_word = true;
	loop_timer_arm(&o->deadline, wait < WORD_NS_MAX ? wait : WORD_NS_MAX);
	origin_hear(o);
}

static void
origin_handshake(struct origin *o)
{
	switch (tls_stream_handshake(&o->stream)) {
	case TLS_HANDSHAKE_MORE:
		if (o->verify.missing && !issuer_chase_runs(&o->chase))
			issuer_chase_start(&o->chase, o->verify.missing);
		return;
	case TLS_HANDSHAKE_FAILED:
		origin_finish(o, origin_handshake_error(o), -o->stream.failure.error);
		return;
	case TLS_HANDSHAKE_DONE:
		/* What verified nothing is not verified. */
		if (!verify_verdict_accepts(&o->verify.verdict)) {
			origin_finish(o, ORIGIN_CERTIFICATE, 0);
			return;
		}
		if (o->asks_for_certificate && SSL_version(o->stream.ssl) >= TLS1_3_VERSION)
			origin_await_word(o);
		else
			origin_established(o);
		return;
	}
}

static SSL_CTX *
make_context(void *generation, const struct tls_offer *offer)
{
	return generation_origin_context(generation, offer);
}

static void
on_issuer(struct issuer_chase *chase, bool is_known)
{
	struct origin *o = LIST_ENTRY(chase, struct origin, chase);

	/* Whoever leads us from one to the next without end is not followed. */
	if (!is_known || ++o->chases == AIA_HOPS_MAX)
		o->verify.is_final = true;
	origin_handshake(o);
}

static bool
origin_start_tls(struct origin *o)
{
	struct generation *generation = o->generation;
	struct tls_offer_context *context = tls_offer_contexts_get(
		o->thread->offers, o->target.offer, generation->number, make_context, generation);
	struct slice name = o->target.server_name;
	struct verify_verdict earlier;
	SSL_SESSION *session;
	char text[256];
	bool resumes;

	if (context == NULL || !tls_stream_start(&o->stream, context->ctx, false))
		return false;
	if (name.len && (!slice_to_cstr(name, text, sizeof text) || SSL_set_tlsext_host_name(o->stream.ssl, text) != 1))
		return false;
	if (o->target.alpn_wire.len && SSL_set_alpn_protos(o->stream.ssl, (const uint8_t *)o->target.alpn_wire.ptr,
					       (unsigned)o->target.alpn_wire.len) != 0)
		return false;
	o->verify = (struct verify_ssl){
		.trust = generation->trust,
		.cache = o->thread->verified,
		.revocations = generation->conf->tls.crl == CONF_CRL_BACKGROUND ? &o->thread->revocations : NULL,
		.issuers = generation->conf->tls.fetch_issuers ? o->thread->shared->issuers : NULL,
		.now = time(NULL),
	};
	if (name.len == 0)
		o->verify.host = hostname_of_addr(&o->target.destination.addr);
	else if (!hostname_parse(name, &o->verify.host))
		return false;
	if (!verify_ssl_attach(o->stream.ssl, &o->verify))
		return false;
	o->session_key = origin_key(&o->target, generation->number);
	session = origin_sessions_take(o->thread->shared->origin_sessions, &o->session_key, o->verify.now, &earlier);
	resumes = session && verify_ssl_resume(&o->verify, &earlier) && SSL_set_session(o->stream.ssl, session) == 1;
	SSL_SESSION_free(session);
	watch_hello(o, context, resumes);
	return true;
}

/* ---- the connection ---- */

static void
origin_connected(struct origin *o)
{
	int error = 0;
	socklen_t len = sizeof error;

	if (getsockopt(o->stream.stream.io.fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (error) {
		origin_finish(o,
			error == ECONNREFUSED || error == ECONNRESET ? ORIGIN_REFUSED
			: error == ETIMEDOUT                         ? ORIGIN_TIMEOUT
								     : ORIGIN_UNREACHABLE,
			error);
		return;
	}
	o->connect_ns = clock_monotonic_ns() - o->dial_started;
	counter_add(&o->thread->counters.origin_connects, 1);
	if (!o->target.is_tls) {
		origin_finish(o, ORIGIN_OK, 0);
		return;
	}
	if (thread_clock_is_wrong(o->thread)) {
		origin_finish(o, ORIGIN_CLOCK, 0);
		return;
	}
	if (!origin_start_tls(o)) {
		origin_finish(o, ORIGIN_MEMORY, ENOMEM);
		return;
	}
	o->state = ORIGIN_HANDSHAKE;
	loop_timer_arm(&o->deadline, o->generation->conf->limits.handshake_ns);
	origin_handshake(o);
}

static void
on_ready(void *owner)
{
	struct origin *o = owner;

	if (o->state == ORIGIN_CONNECT)
		origin_connected(o);
	else if (o->state == ORIGIN_HANDSHAKE && o->awaits_word)
		origin_hear(o);
	else if (o->state == ORIGIN_HANDSHAKE)
		origin_handshake(o);
}

static const struct stream_events dial_events = {.on_readable = on_ready, .on_writable = on_ready};

static void
on_deadline(struct loop_timer *timer)
{
	struct origin *o = LIST_ENTRY(timer, struct origin, deadline);

	if (o->state == ORIGIN_IDLE) { /* the dial failed before it began */
		origin_finish(o, o->error, o->system_error);
		return;
	}
	if (o->awaits_word)
		origin_established(o);
	else
		origin_finish(o, ORIGIN_TIMEOUT, ETIMEDOUT);
}

static void
on_burial(struct loop_task *task)
{
	free(LIST_ENTRY(task, struct origin, burial));
}

struct origin *
origin_new(struct proxy_thread *thread, struct generation *generation, void *owner, void (*on_done)(struct origin *))
{
	struct origin *o = calloc(1, sizeof *o);

	if (o == NULL)
		return NULL;
	o->thread = thread;
	o->generation = generation;
	o->owner = owner;
	o->on_done = on_done;
	loop_timer_init(&o->deadline, thread->loop, on_deadline);
	loop_task_init(&o->burial, on_burial);
	issuer_chase_init(&o->chase, thread, on_issuer);
	return o;
}

void
origin_free(struct origin *o)
{
	if (o == NULL)
		return;
	origin_close(o, false);
	free(o);
}

void
origin_retire(struct origin *o)
{
	origin_close(o, false);
	loop_defer(o->thread->loop, &o->burial);
}

static int
origin_open_socket(const struct endpoint *destination)
{
	struct sockaddr_storage address;
	socklen_t len = endpoint_to_sockaddr(destination, &address);
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return -errno;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (connect(fd, (struct sockaddr *)&address, len) < 0 && errno != EINPROGRESS) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

void
origin_dial(struct origin *o, const struct origin_target *target)
{
	int fd;

	o->target = *target;
	o->dial_started = clock_monotonic_ns();
	o->is_resumed = o->is_unproven = o->is_burnt = false;
	o->chases = 0;
	o->asks_for_certificate = o->awaits_word = o->has_spoken = false;
	fd = origin_open_socket(&target->destination);
	if (fd < 0) {
		o->state = ORIGIN_IDLE;
		o->error = fd == -ECONNREFUSED ? ORIGIN_REFUSED : fd == -ENOMEM ? ORIGIN_MEMORY : ORIGIN_UNREACHABLE;
		o->system_error = -fd;
		loop_timer_arm(&o->deadline, 0);
		return;
	}
	tls_stream_init(&o->stream, o->thread->loop, fd);
	stream_set_owner(&o->stream.stream, &dial_events, o);
	o->state = ORIGIN_CONNECT;
	loop_timer_arm(&o->deadline, o->generation->conf->limits.connect_ns);
	stream_want_write(&o->stream.stream, true);
}

void
origin_close(struct origin *o, bool reset)
{
	loop_timer_disarm(&o->deadline);
	issuer_chase_cancel(&o->chase);
	verify_ssl_release(&o->verify);
	if (o->http) {
		struct http_conn *http = o->http;

		o->http = NULL;
		http->ops->free(http, reset ? HTTP_ERR_CANCEL : HTTP_OK);
	}
	stream_close(&o->stream.stream, reset);
	o->state = ORIGIN_IDLE;
}

X509 *
origin_certificate(const struct origin *o)
{
	return o->stream.ssl ? SSL_get0_peer_certificate(o->stream.ssl) : NULL;
}

int
origin_detach(struct origin *o)
{
	int fd = stream_detach(&o->stream.stream);

	loop_timer_disarm(&o->deadline);
	o->state = ORIGIN_IDLE;
	return fd;
}

/* DIAL, MINT and GREET: the two TLS legs of an inspected flow, and the leaf between them. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proxy/clients.h"
#include "proxy/generation.h"
#include "proxy/judge.h"
#include "proxy/recording.h"
#include "proxy/session_steps.h"
#include "tls/leaf_hints.h"
#include "tls/leaf_request.h"
#include "tls/ticket.h"

#define ALERT_INTERNAL_ERROR 80
#define ALERT_HANDSHAKE_FAILURE 40

/* Alerts by which a client says that it does not want our issuer (RFC 8446 section 6.2). */
#define ALERT_BAD_CERTIFICATE 42
#define ALERT_CERTIFICATE_UNKNOWN 46
#define ALERT_UNKNOWN_CA 48
/* The client has hidden the name that it wants, and this server is not the one that could read it. */
#define ALERT_ECH_REQUIRED 121

/* How long what was learnt of an origin is taken for its present state. */
#define HINT_SECONDS 600
/* RSA keys are made by another thread; the first takes a while after the start. */
#define LEAF_KEY_RETRY_NS 50000000u
/* A leaf under which only a page is served need not live long. */
#define PAGE_LEAF_SECONDS 86400
/* RFC 5280 section 4.1.2.2. */
#define SERIAL_MAX 20

static enum step_result
fail_with_alert(struct session *s, uint8_t alert, const char *reason)
{
	tls_stream_send_alert(&s->client_stream.stream, alert);
	s->answer = "alert";
	return session_over(s, reason);
}

/* ---- DIAL ---- */

struct origin_target
session_target(const struct session *s, bool is_tls)
{
	return (struct origin_target){
		.destination = s->destination,
		.is_tls = is_tls,
		.server_name = slice_of(s->site),
		.alpn_wire = slice_make(s->alpn_offer, s->alpn_offer_len),
		.offer = is_tls ? &s->offer : NULL,
		.client_ja4 = s->ja4,
	};
}

void
session_dial(struct session *s, bool is_tls)
{
	struct origin_target target = session_target(s, is_tls);

	origin_dial(s->origin, &target);
}

/* Keeps for the record how the origin's certificate was judged, and whose key it was where something was wrong. */
static void
note_verdict(struct session *s, const struct verify_verdict *v)
{
	size_t n = 0;

	s->verify_reason = !verify_verdict_accepts(v) ? verify_reason_code(v->reason) : v->excepted ? "excepted" : "ok";
	if (verify_verdict_accepts(v) && !v->excepted)
		return;
	n = (size_t)snprintf(s->verify_key, sizeof s->verify_key, "sha256:");
	for (size_t i = 0; i < TRUST_DIGEST; i++)
		n += (size_t)snprintf(s->verify_key + n, sizeof s->verify_key - n, "%02x", v->leaf_spki[i]);
}

/* The origin is not what it claims: the client is to see it, in TLS, by an issuer that nobody trusts. */
static enum step_result
bad_origin(struct session *s)
{
	note_verdict(s, &s->origin->verify.verdict);
	s->origin_certificate = s->origin->verify.refused; /* taken; NULL where none was shown */
	s->origin->verify.refused = NULL;
	s->is_bad_origin = true;
	s->is_refused = true;
	if (s->generation->conf->tls.bad_origin == CONF_BAD_ORIGIN_BLOCK_PAGE && session_may_show_page(s))
		s->is_page_trusted = true;
	return session_go(s, SESSION_MINT);
}

/* ---- warm names: the client is greeted while the dial is under way ---- */

static struct leaf_hint_question
hint_question(const struct session *s)
{
	return (struct leaf_hint_question){
		.destination = s->destination,
		.server_name = slice_of(s->site),
		.alpn_offer = slice_make(s->alpn_offer, s->alpn_offer_len),
		.offer = tls_offer_key(&s->offer),
		.key_type = s->leaf_key_type,
		.epoch = s->generation->number,
	};
}

/* What an earlier connection has learnt of this origin.  Not where a rule asks for the certificate: then nothing may be
 * shown to the client before it was seen. */
static bool
find_hint(struct session *s)
{
	struct leaf_hint_question question = hint_question(s);
	struct leaf_hint hint;

	if ((s->generation->policy->facts & FACT_BIT(FACT_CERTIFICATE)) ||
		!leaf_hints_find(s->thread->shared->hints, &question, time(NULL), &hint))
		return false;
	s->leaf = hint.leaf;
	s->is_warm = true;
	s->warm_version = hint.tls_version;
	s->warm_alpn_len = hint.alpn_len;
	memcpy(s->warm_alpn, hint.alpn, hint.alpn_len);
	return true;
}

static void
remember_hint(struct session *s)
{
	struct leaf_hint_question question = hint_question(s);
	struct slice alpn = tls_stream_alpn(&s->origin->stream);
	struct leaf_hint hint = {.leaf = s->leaf, .tls_version = (uint16_t)SSL_version(s->origin->stream.ssl)};

	if (alpn.len > sizeof hint.alpn)
		return;
	hint.alpn_len = (uint8_t)alpn.len;
	memcpy(hint.alpn, alpn.ptr, alpn.len);
	leaf_hints_remember(s->thread->shared->hints, &question, &hint, time(NULL) + HINT_SECONDS);
}

/* The client is greeted by what this connection says; it may end at any time. */
static void
note_pooled(struct session *s)
{
	struct slice alpn = tls_stream_alpn(&s->origin->stream);

	s->is_pooled = true;
	s->warm_version = (uint16_t)SSL_version(s->origin->stream.ssl);
	s->warm_alpn_len = (uint8_t)(alpn.len < sizeof s->warm_alpn ? alpn.len : 0);
	memcpy(s->warm_alpn, alpn.ptr, s->warm_alpn_len);
}

/* Once both legs stand: whether a hybrid group was agreed on for each (SECURITY row 68).  Where the OpenSSL found has
 * none, none was offered. */
static void
compare_groups(struct session *s)
{
	SSL *client = s->client_stream.ssl, *origin = s->origin->stream.ssl;

	if (!s->offer.has_hybrid || s->is_pq_downgrade || s->origin->state != ORIGIN_READY || client == NULL ||
		!SSL_is_init_finished(client))
		return;
	if (!tls_pq_is_downgrade(true, tls_group_is_hybrid((int)SSL_get_negotiated_group(client)),
		    tls_group_is_hybrid((int)SSL_get_negotiated_group(origin))))
		return;
	s->is_pq_downgrade = true;
	counter_add(&s->thread->counters.pq_downgrades, 1);
}

/* The dial that ran beside the greeting has ended.  False where the session ends with it. */
static bool
warm_dial_ended(struct session *s)
{
	struct leaf_hint_question question = hint_question(s);
	struct origin *o = s->origin;

	s->is_warm = false;
	if (o->state == ORIGIN_READY) {
		note_verdict(s, &o->verify.verdict);
		s->origin_certificate = origin_certificate(o);
		X509_up_ref(s->origin_certificate);
		remember_hint(s);
		compare_groups(s);
		return true;
	}
	leaf_hints_forget(s->thread->shared->hints, &question);
	if (o->error == ORIGIN_CLIENT_CERTIFICATE) {
		session_note_client_certificate(s);
		s->ends_after_exchanges = true;
	}
	if (o->error != ORIGIN_CERTIFICATE)
		return true; /* the exchanges that wait are told */
	/* Nothing of it was let through; the next connection meets the fault in its handshake. */
	note_verdict(s, &o->verify.verdict);
	s->is_refused = true;
	session_over(s, "the origin's certificate went bad");
	return false;
}

void
session_on_origin(struct origin *o)
{
	struct session *s = o->owner;

	if (s->is_over || (s->is_warm && !warm_dial_ended(s)))
		return;
	if (s->step == SESSION_SERVE)
		session_origin_dialled(s);
	else if (s->step != SESSION_GREET)
		session_run(s);
}

/* What the client is told of a dial that failed. */
static uint8_t
alert_of_origin(const struct origin *o)
{
	if (o->error != ORIGIN_TLS && o->error != ORIGIN_CLIENT_CERTIFICATE)
		return ALERT_INTERNAL_ERROR;
	/* The client came with less than it can, and the origin has more: somebody in between may want that. */
	return o->stream.failure.alert_received == SSL_AD_INAPPROPRIATE_FALLBACK ? SSL_AD_INAPPROPRIATE_FALLBACK
										 : ALERT_HANDSHAKE_FAILURE;
}

enum step_result
step_dial(struct session *s)
{
	struct origin *o = s->origin;

	switch (o->state) {
	case ORIGIN_IDLE:
		/* Whatever the origin chose, the client could not be shown the same. */
		if (!s->has_offer)
			return fail_with_alert(s, ALERT_HANDSHAKE_FAILURE, "nothing offered that is allowed");
		stream_want_read(&s->client_stream.stream, false);
		s->leaf_key_type = s->client_speaks_ecdsa ? LEAF_KEY_P256 : LEAF_KEY_RSA;
		if (session_take_pooled(s, true)) {
			o = s->origin;
			note_pooled(s);
			break;
		}
		session_dial(s, true);
		return find_hint(s) ? session_go(s, SESSION_GREET) : STEP_WAIT;
	case ORIGIN_READY:
		break;
	case ORIGIN_FAILED:
		if (o->error == ORIGIN_CERTIFICATE)
			return bad_origin(s);
		if (o->error == ORIGIN_CLIENT_CERTIFICATE)
			session_note_client_certificate(s);
		/* What the client would see without us: a connection that does not work. */
		return fail_with_alert(s, alert_of_origin(o), origin_error_name(o->error));
	default:
		return STEP_WAIT;
	}
	note_verdict(s, &o->verify.verdict);
	s->origin_certificate = origin_certificate(o);
	X509_up_ref(s->origin_certificate);
	judge_origin(s, &s->verdict);
	if (s->verdict.verb == VERB_PASS) {
		/* Decided by the certificate: the client's own hello goes to the origin, on a connection of its own. */
		session_part_with_origin(s);
		return session_go(s, SESSION_TUNNEL);
	}
	if (s->verdict.verb == VERB_BLOCK)
		return session_go(s, SESSION_REFUSE);
	return session_go(s, SESSION_MINT);
}

/* ---- MINT ---- */

bool
session_may_show_page(struct session *s)
{
	return s->sni_status == SNI_NAME && !thread_clock_is_wrong(s->thread) &&
	       clients_trust(s->thread->shared->clients, &s->client.addr, session_issuer(s)) != CLIENT_REFUSES_CA;
}

/* A page of ours is all that will be served under the leaf, and the client may see it without a warning. */
static bool
session_leaf_is_for_page(const struct session *s)
{
	return s->is_page_only || s->is_page_trusted;
}

/* A request for a leaf of the trusted issuer for one name, under which nothing but our own page is ever served. */
static bool
request_page_leaf(struct session *s, struct slice spki, int64_t now)
{
	struct leaf_name name = {.kind = LEAF_NAME_DNS, .bytes = slice_of(s->site)};
	struct mint_request request = {
		.issuer = MINT_TRUSTED,
		.not_before = now - LEAF_BACKDATE_SECONDS,
		.not_after = now + PAGE_LEAF_SECONDS,
		.spki = spki,
		.names = &name,
		.name_count = 1,
	};

	return mint_request_encode(&request, &s->mint.request);
}

/* An administrator's exception let the origin through: its names and dates are not to be mirrored. */
static bool
origin_is_excepted(const struct session *s)
{
	return !s->is_bad_origin && !session_leaf_is_for_page(s) && s->verify_key[0] != '\0';
}

static bool
request_leaf(struct session *s)
{
	unsigned days = s->generation->conf->tls.leaf_days;
	int64_t now = time(NULL);
	uint8_t der[LEAF_SPKI_MAX];
	struct slice spki = slice_make(der, leaf_keys_spki(s->leaf_key, der));

	if (session_leaf_is_for_page(s))
		return request_page_leaf(s, spki, now);
	if (s->is_bad_origin)
		return leaf_request_untrusted(s->origin_certificate, slice_of(s->site), &s->destination.addr, spki,
			       days, now, &s->mint.request) == LEAF_REQUEST_OK;
	if (origin_is_excepted(s))
		return leaf_request_excepted(slice_of(s->site), &s->destination.addr, spki,
			       s->origin->verify.verdict.valid_until, days, now, &s->mint.request) == LEAF_REQUEST_OK;
	return leaf_request_mirror(s->origin_certificate, spki, days, now, &s->mint.request) == LEAF_REQUEST_OK;
}

/* The leaf is decided by the origin's certificate, or by the name where there is none to mirror. */
static bool
make_cache_key(struct session *s)
{
	const struct generation *g = s->generation;
	bool is_mirror = !s->is_bad_origin && !session_leaf_is_for_page(s);
	uint8_t *der = NULL;
	int len = s->origin_certificate && (is_mirror || s->is_bad_origin) ? i2d_X509(s->origin_certificate, &der) : 0;
	bool is_trusted = is_mirror || session_leaf_is_for_page(s);
	bool done = leaf_cache_key_make(&s->leaf_cache_key, slice_make(der, len > 0 ? (size_t)len : 0),
		g->issuers->ids[is_trusted ? MINT_TRUSTED : MINT_UNTRUSTED], g->number, s->leaf_key_type,
		is_mirror && !origin_is_excepted(s) ? SLICE_EMPTY : slice_of(s->site));

	OPENSSL_free(der);
	return done;
}

static void
leaf_came(struct session *s, struct leaf *leaf)
{
	if (leaf == NULL) {
		counter_add(&s->thread->counters.mint_failures, 1);
		fail_with_alert(s, ALERT_INTERNAL_ERROR, "no leaf");
		return;
	}
	s->leaf = leaf;
	session_run(s);
}

/* ---- somebody else is minting it ---- */

/* Lives until the publisher's call has come home, even where the session has ended meanwhile. */
struct leaf_wait {
	struct leaf_waiter waiter;
	struct loop *loop;
	struct session *session; /* NULL once it has ended */
	bool is_woken;
};

static void
on_leaf_published(void *arg)
{
	struct leaf_wait *wait = arg;
	struct session *s = wait->session;

	if (s) {
		s->leaf_wait = NULL;
		leaf_came(s, wait->waiter.leaf);
	}
	free(wait);
}

static void
wake(struct leaf_waiter *waiter)
{
	struct leaf_wait *wait = LIST_ENTRY(waiter, struct leaf_wait, waiter);

	wait->is_woken = true;
	if (!loop_post(wait->loop, on_leaf_published, wait))
		abort(); /* a few bytes were not to be had */
}

static void
stop_waiting(struct session *s)
{
	struct leaf_wait *wait = s->leaf_wait;

	if (wait == NULL)
		return;
	s->leaf_wait = NULL;
	leaf_cache_cancel(s->thread->shared->leaves, &wait->waiter);
	wait->session = NULL;
	if (!wait->is_woken)
		free(wait);
}

/* ---- we mint it ---- */

static void
publish(struct session *s, struct leaf *leaf)
{
	s->owes_leaf = false;
	leaf_cache_publish(s->thread->shared->leaves, &s->leaf_cache_key, leaf);
}

/* A session that began before the CA was changed may be answered by the new one, which its clients have by then. */
static bool
take_leaf(struct session *s, const struct mint_reply *reply, struct leaf **leaf)
{
	enum leaf_result result = leaf_create(reply, s->leaf_key, s->generation->issuers, leaf);

	if (result == LEAF_UNKNOWN_ISSUER)
		result = leaf_create(reply, s->leaf_key, s->thread->generation->issuers, leaf);
	return result == LEAF_OK;
}

static void
on_minted(struct mint_job *job, struct slice message)
{
	struct session *s = LIST_ENTRY(job, struct session, mint);
	struct mint_reply reply;
	struct leaf *leaf = NULL;

	if (mint_reply_decode(message, &reply) && reply.op == MINT_OP_ISSUE && reply.status == MINT_OK &&
		take_leaf(s, &reply, &leaf))
		counter_add(&s->thread->counters.leaves_minted, 1);
	publish(s, leaf);
	if (s->is_over)
		leaf_release(leaf);
	else
		leaf_came(s, leaf);
}

void
session_release_mint(struct session *s)
{
	stop_waiting(s);
	mint_job_cancel(&s->mint);
	if (s->leaf_key_retry.loop)
		loop_timer_disarm(&s->leaf_key_retry);
	if (s->owes_leaf)
		publish(s, NULL);
	EVP_PKEY_free(s->leaf_key);
	leaf_release(s->leaf);
}

static enum step_result ask_for_leaf(struct session *s);

static void
on_leaf_key_retry(struct loop_timer *timer)
{
	struct session *s = LIST_ENTRY(timer, struct session, leaf_key_retry);

	if (!s->is_over)
		ask_for_leaf(s);
}

static enum step_result
start_minting(struct session *s)
{
	s->owes_leaf = true;
	mint_job_init(&s->mint, on_minted);
	loop_timer_init(&s->leaf_key_retry, s->thread->loop, on_leaf_key_retry);
	return ask_for_leaf(s);
}

static enum step_result
ask_for_leaf(struct session *s)
{
	s->leaf_key = leaf_keys_new(s->thread->shared->leaf_keys, s->leaf_key_type);
	if (s->leaf_key == NULL && s->leaf_key_type == LEAF_KEY_RSA) {
		loop_timer_arm(&s->leaf_key_retry, LEAF_KEY_RETRY_NS);
		return STEP_WAIT; /* at most until the step's deadline */
	}
	if (s->leaf_key == NULL || !request_leaf(s)) {
		publish(s, NULL);
		return fail_with_alert(s, ALERT_INTERNAL_ERROR, "no leaf can be asked for");
	}
	minter_submit(&s->thread->minter, &s->mint);
	return STEP_WAIT;
}

enum step_result
step_mint(struct session *s)
{
	struct leaf_wait *wait;

	if (s->leaf)
		return session_go(s, SESSION_GREET);
	if (s->owes_leaf || s->leaf_wait)
		return STEP_WAIT;
	s->leaf_key_type = s->client_speaks_ecdsa ? LEAF_KEY_P256 : LEAF_KEY_RSA;
	wait = calloc(1, sizeof *wait);
	if (wait == NULL || !make_cache_key(s)) {
		free(wait);
		return fail_with_alert(s, ALERT_INTERNAL_ERROR, "out of memory");
	}
	*wait = (struct leaf_wait){.waiter = {.wake = wake}, .loop = s->thread->loop, .session = s};
	list_init(&wait->waiter.link);
	switch (leaf_cache_acquire(
		s->thread->shared->leaves, &s->leaf_cache_key, time(NULL), &wait->waiter, &s->leaf)) {
	case LEAF_CACHE_WAIT:
		s->leaf_wait = wait;
		return STEP_WAIT;
	case LEAF_CACHE_MINT:
		free(wait);
		return start_minting(s);
	case LEAF_CACHE_HIT:
		free(wait);
		counter_add(&s->thread->counters.leaves_cached, 1);
		return session_go(s, SESSION_GREET);
	}
	return STEP_WAIT;
}

/* ---- GREET ---- */

/* What the client gets is exactly what the origin chose; where there is no origin, what serves a page. */
static struct slice
alpn_choice(const struct session *s)
{
	if (s->is_warm || s->is_pooled)
		return slice_make(s->warm_alpn, s->warm_alpn_len);
	if (!s->is_page_only && !s->is_bad_origin)
		return tls_stream_alpn(&s->origin->stream);
	if (s->alpn_offer_len == 0)
		return SLICE_EMPTY;
	return slice_make(s->alpn_offer + 1, s->alpn_offer[0]);
}

/* A ticket resumes only what it was issued for: this name, this leaf, this issuer, this generation.  Without a binding
 * it resumes nothing; so it is where a session could be mixed up with another's (triple handshake, RFC 7627
 * section 5.4). */
static bool
bind_tickets(struct session *s)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(s->leaf->certificate);
	struct {
		uint64_t generation;
		uint8_t issuer[MINT_ID_BYTES];
		uint8_t serial[SERIAL_MAX]; /* random: one of a kind */
		char site[sizeof s->site];
	} bound;
	uint8_t binding[TLS_TICKET_BINDING_LEN];
	unsigned len = sizeof binding;

	if (!s->client_may_resume)
		return true;
	if (ASN1_STRING_length(serial) > SERIAL_MAX)
		return false;
	memset(&bound, 0, sizeof bound);
	bound.generation = s->generation->number;
	memcpy(bound.issuer, s->generation->issuers->ids[s->leaf->issuer], sizeof bound.issuer);
	memcpy(bound.serial, ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial));
	memcpy(bound.site, s->site, strlen(s->site));
	return EVP_Digest(&bound, sizeof bound, binding, &len, s->thread->sha256, NULL) == 1 &&
	       tls_ticket_bind(s->client_stream.ssl, binding);
}

/* The client is shown no better version than the origin speaks (SECURITY row 60). */
static bool
mirror_version(const struct session *s)
{
	int version = s->is_warm || s->is_pooled ? s->warm_version : 0;

	if (version == 0 && s->origin->state == ORIGIN_READY)
		version = SSL_version(s->origin->stream.ssl);
	return version == 0 || SSL_set_max_proto_version(s->client_stream.ssl, version) == 1;
}

static bool
start_greeting(struct session *s)
{
	struct tls_stream *t = &s->client_stream;

	if (!tls_stream_start(t, s->generation->client_context, true) || !leaf_use(s->leaf, t->ssl) || !bind_tickets(s))
		return false;
	tls_stream_set_alpn_choice(t, alpn_choice(s));
	if (!mirror_version(s))
		return false;
	if (!s->is_warm && !s->is_pooled && !s->is_page_only && !s->is_bad_origin)
		remember_hint(s);
	return true;
}

enum step_result
session_ech_retry(struct session *s)
{
	counter_add(&s->thread->counters.ech_retries, 1);
	s->close_reason = "client retries without ECH";
	if (!s->is_recorded)
		session_record_flow(s, NULL);
	return session_over(s, s->close_reason);
}

bool
session_is_ech_retry(const struct session *s)
{
	return s->client_stream.failure.alert_received == ALERT_ECH_REQUIRED;
}

static enum step_result
greeting_failed(struct session *s)
{
	const struct tls_failure *failure = &s->client_stream.failure;
	int alert = failure->alert_received;
	bool refuses_ca =
		alert == ALERT_BAD_CERTIFICATE || alert == ALERT_CERTIFICATE_UNKNOWN || alert == ALERT_UNKNOWN_CA;

	/* It was meant for another name, and comes again without ECH: nothing went wrong (RFC 9849 section 6.1.6). */
	if (alert == ALERT_ECH_REQUIRED)
		return session_ech_retry(s);
	counter_add(&s->thread->counters.handshakes_client_failed, 1);
	if (s->is_bad_origin)
		return session_over(s, "bad origin was shown to the client");
	if (refuses_ca) {
		session_note_refusal(s, alert);
		return session_over(s, "client refused the leaf");
	}
	return session_over(s, "client handshake failed");
}

enum step_result
step_greet(struct session *s)
{
	struct tls_stream *t = &s->client_stream;

	if (!tls_stream_is_tls(t) && !start_greeting(s))
		return fail_with_alert(s, ALERT_INTERNAL_ERROR, "out of memory");
	switch (tls_stream_handshake(t)) {
	case TLS_HANDSHAKE_MORE:
		return STEP_WAIT;
	case TLS_HANDSHAKE_FAILED:
		return greeting_failed(s);
	case TLS_HANDSHAKE_DONE:
		break;
	}
	counter_add(&s->thread->counters.handshakes_client, 1);
	if (SSL_session_reused(t->ssl))
		counter_add(&s->thread->counters.handshakes_client_resumed, 1);
	compare_groups(s);
	return session_go(s, SESSION_SERVE);
}

enum step_result
late_greet(struct session *s)
{
	counter_add(&s->thread->counters.handshakes_client_failed, 1);
	return session_over(s, "client handshake timed out");
}

void
session_record_flow(struct session *s, const char *error)
{
	record_flow(s, error);
}

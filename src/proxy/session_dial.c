/* DIAL: the connection with the origin, and what is known of an origin that others have dialled before. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "proxy/generation.h"
#include "proxy/judge.h"
#include "proxy/session_steps.h"
#include "tls/leaf_hints.h"

/* How long what was learnt of an origin is taken for its present state. */
#define HINT_SECONDS 600

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

void
session_remember_hint(struct session *s)
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

void
session_compare_groups(struct session *s)
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
		session_remember_hint(s);
		session_compare_groups(s);
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
		return SSL_AD_INTERNAL_ERROR;
	/* The client came with less than it can, and the origin has more: somebody in between may want that. */
	return o->stream.failure.alert_received == SSL_AD_INAPPROPRIATE_FALLBACK ? SSL_AD_INAPPROPRIATE_FALLBACK
										 : SSL_AD_HANDSHAKE_FAILURE;
}

enum step_result
step_dial(struct session *s)
{
	struct origin *o = s->origin;

	switch (o->state) {
	case ORIGIN_IDLE:
		/* Whatever the origin chose, the client could not be shown the same. */
		if (!s->has_offer)
			return session_over_with_alert(s, SSL_AD_HANDSHAKE_FAILURE, "nothing offered that is allowed");
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
		return session_over_with_alert(s, alert_of_origin(o), origin_error_name(o->error));
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

/* GREET: the client's handshake. */
#include <string.h>

#include "proxy/generation.h"
#include "proxy/recording.h"
#include "proxy/session_steps.h"
#include "tls/ticket.h"

/* RFC 5280 section 4.1.2.2. */
#define SERIAL_MAX 20
/* The client has hidden the name that it wants, and this server is not the one that could read it (RFC 9849). */
#define ALERT_ECH_REQUIRED 121

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
		session_remember_hint(s);
	return true;
}

enum step_result
session_ech_retry(struct session *s)
{
	counter_add(&s->thread->counters.ech_retries, 1);
	s->close_reason = "client retries without ECH";
	if (!s->is_recorded)
		record_flow(s, NULL);
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
		alert == SSL_AD_BAD_CERTIFICATE || alert == SSL_AD_CERTIFICATE_UNKNOWN || alert == SSL_AD_UNKNOWN_CA;

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
		return session_over_with_alert(s, SSL_AD_INTERNAL_ERROR, "out of memory");
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
	session_compare_groups(s);
	return session_go(s, SESSION_SERVE);
}

enum step_result
late_greet(struct session *s)
{
	counter_add(&s->thread->counters.handshakes_client_failed, 1);
	return session_over(s, "client handshake timed out");
}

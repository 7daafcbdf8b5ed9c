/* SERVE, TUNNEL and REFUSE: what a session does once it is decided how it is treated. */
#include <errno.h>
#include <string.h>

#include "base/diag.h"
#include "proxy/exchange.h"
#include "proxy/generation.h"
#include "proxy/origin_pool.h"
#include "proxy/recording.h"
#include "proxy/session_steps.h"

/* While the thread drains: long enough for what was written to leave, too short for another request. */
#define DRAIN_IDLE_NS 100000000u

/* So many idle clients of a thread keep a connection to their origin; those who have been idle the longest do without,
 * before pool_idle is over.  With all of them idle clients would hold twice the memory, and twice the descriptors. */
#define RESTING_MAX 1000

static void on_origin_settings(void *owner);

/* ---- the client's connection ---- */

void
session_end_rest(struct session *s)
{
	if (list_is_empty(&s->resting))
		return;
	list_remove(&s->resting);
	s->thread->resting_count--;
}

/* From here on it may lose its connection to the origin. */
static void
begin_rest(struct session *s)
{
	struct proxy_thread *t = s->thread;

	session_end_rest(s);
	if (s->generation->conf->http.pool_idle_ns == 0 || s->origin->state != ORIGIN_READY || s->origin->is_burnt)
		return;
	loop_timer_arm(&s->origin_rest, s->generation->conf->http.pool_idle_ns);
	list_push_back(&t->resting, &s->resting);
	if (++t->resting_count > RESTING_MAX) {
		struct session *longest = LIST_ENTRY(t->resting.next, struct session, resting);

		session_end_rest(longest);
		loop_timer_arm(&longest->origin_rest, 0);
	}
}

static void
on_request(void *owner, struct http_stream *stream)
{
	struct session *s = owner;

	/* Between its end and the end of the turn more may be read: no exchange begins that would outlive it. */
	if (s->is_over) {
		http_stream_reset(stream, HTTP_ERR_REFUSED);
		http_stream_close(stream);
		return;
	}
	loop_timer_disarm(&s->deadline);
	session_end_rest(s);
	if (!s->is_acceptance_noted && tls_stream_is_tls(&s->client_stream))
		session_note_accepted(s);
	exchange_start(s, stream);
}

static void
on_bad_request(void *owner, enum http_error error, struct slice line)
{
	struct session *s = owner;

	counter_add(&s->thread->counters.requests_bad, 1);
	s->origin->is_burnt = true; /* who knows what came before it */
	record_bad_request(s, line, http_error_name(error), http_error_status(error));
}

static void
on_client_idle(void *owner)
{
	struct session *s = owner;

	if (s->is_over)
		return;
	session_go(s, SESSION_SERVE); /* arms the idle deadline anew */
	begin_rest(s);
	if (!s->thread->is_accepting)
		loop_timer_arm(&s->deadline, DRAIN_IDLE_NS);
}

static void
on_client_closed(void *owner, enum http_error error)
{
	struct session *s = owner;

	if (s->exchange_count == 0 && session_is_ech_retry(s)) {
		session_ech_retry(s);
		return;
	}
	s->is_recorded = true; /* its exchanges are */
	session_over(s, error == HTTP_OK ? "client closed" : http_error_name(error));
}

static const struct http_conn_handlers client_handlers = {
	.on_request = on_request,
	.on_bad_request = on_bad_request,
	.on_idle = on_client_idle,
	.on_closed = on_client_closed,
};

enum step_result
step_serve(struct session *s)
{
	struct generation *g = s->generation;
	bool is_tls = tls_stream_is_tls(&s->client_stream);
	bool is_http2 = is_tls ? slice_eq(tls_stream_alpn(&s->client_stream), SLICE("h2")) : s->is_http2_preface;

	if (s->client_http)
		return STEP_WAIT;
	if (s->origin->state == ORIGIN_READY && !session_origin_serve(s))
		return session_over(s, "out of memory");
	s->client_http = (is_http2 ? http2_conn_new : http1_conn_new)(&s->client_stream.stream, true,
		is_tls ? SLICE("https") : SLICE("http"), &g->http_limits, &client_handlers, s);
	if (s->client_http == NULL)
		return session_over(s, "out of memory");
	on_origin_settings(s);
	if (!s->is_page_only && !s->is_bad_origin)
		counter_add(&s->thread->counters.flows_inspected, 1);
	return STEP_WAIT;
}

/* Nothing was asked for too long, or a request head did not come to its end. */
enum step_result
late_serve(struct session *s)
{
	s->is_recorded = true;
	return session_over(s, "idle");
}

void
session_drain(struct session *s)
{
	/* Steps before SERVE end by their deadlines or with the grace. */
	if (s->client_http == NULL || s->is_over)
		return;
	s->client_http->ops->drain(s->client_http);
	if (list_is_empty(&s->exchanges) && !s->is_over)
		loop_timer_arm(&s->deadline, DRAIN_IDLE_NS);
}

/* ---- the origin's connection ---- */

/* This request must not be lost to a connection that may be gone already: it gets one of its own. */
static void
origin_replace(struct session *s)
{
	session_part_with_origin(s);
	session_dial(s, tls_stream_is_tls(&s->client_stream));
}

/* Exchanges wait in order; HTTP/1 takes one, HTTP/2 as many as the origin allows. */
static void
origin_serve_waiting(struct session *s)
{
	while (!list_is_empty(&s->waiting) && s->origin->http && s->origin->http->is_usable) {
		struct exchange *x = LIST_ENTRY(s->waiting.next, struct exchange, waiting);

		if (s->origin->is_unproven && !exchange_may_be_repeated(x)) {
			/* An answer to what is under way will prove it. */
			if (s->origin->http->streams_open == 0)
				origin_replace(s);
			return;
		}
		exchange_on_origin(x);
		if (s->is_over || s->waiting.next == &x->waiting)
			return; /* it found no place: the connection is full */
	}
}

static void
on_origin_idle(void *owner)
{
	struct session *s = owner;

	if (!s->is_over)
		origin_serve_waiting(s);
}

static void
on_origin_closed(void *owner, enum http_error error)
{
	struct session *s = owner;

	(void)error;
	/* It may be called from within the connection: it is freed when the next is wanted, or with the session. */
	if (!s->is_over && !list_is_empty(&s->waiting))
		loop_defer(s->thread->loop, &s->redial);
}

/* A client of HTTP/2 is offered WebSocket only where the origin takes it: it tries no other way once it was. */
static void
on_origin_settings(void *owner)
{
	struct session *s = owner;

	if (!s->is_over && s->client_http && s->origin->http && s->origin->http->allows_websocket)
		http_conn_offer_websocket(s->client_http);
}

static const struct http_conn_handlers origin_handlers = {
	.on_idle = on_origin_idle,
	.on_settings = on_origin_settings,
	.on_closed = on_origin_closed,
};

/* In the clear the origin is spoken to as the client speaks; within TLS it has chosen. */
bool
session_origin_speaks_http2(const struct session *s)
{
	if (!tls_stream_is_tls(&s->origin->stream))
		return s->is_http2_preface;
	return slice_eq(tls_stream_alpn(&s->origin->stream), SLICE("h2"));
}

bool
session_take_pooled(struct session *s, bool is_tls)
{
	struct origin_target target = session_target(s, is_tls);
	bool is_shown = tls_stream_is_tls(&s->client_stream);
	struct origin_pool_question question = {
		.generation = s->generation,
		.target = &target,
		.speaks_http2 = s->is_http2_preface,
		.certificate = is_shown ? s->origin_certificate : NULL,
		.alpn = is_shown ? tls_stream_alpn(&s->client_stream) : SLICE_EMPTY,
	};
	struct origin *o;

	if (!s->generation->conf->http.pool)
		return false;
	o = origin_pool_take(s->thread->origin_pool, &question);
	counter_add(o ? &s->thread->counters.origin_pool_hits : &s->thread->counters.origin_pool_misses, 1);
	if (o == NULL)
		return false;
	origin_retire(s->origin);
	s->origin = o;
	o->target = target;
	o->owner = s;
	o->on_done = session_on_origin;
	o->http->handlers = &origin_handlers;
	o->http->owner = s;
	o->is_unproven = true;
	o->is_resumed = false;
	o->dial_ns = 0;
	return true;
}

void
session_part_with_origin(struct session *s)
{
	struct origin *fresh = origin_new(s->thread, s->generation, s, session_on_origin);

	if (fresh && origin_pool_put(s->thread->origin_pool, s->origin)) {
		s->origin = fresh;
		return;
	}
	origin_free(fresh);
	origin_close(s->origin, false);
}

/* The client has asked for nothing for a while: whoever asks first, this client or another, may have the connection,
 * and the many that nobody asks for hold no memory, here and at their origins.  Not where it knows who the client is.
 */
void
session_on_origin_rest(struct loop_timer *timer)
{
	struct session *s = LIST_ENTRY(timer, struct session, origin_rest);

	session_end_rest(s);
	if (s->step == SESSION_SERVE && list_is_empty(&s->exchanges) && s->origin->state == ORIGIN_READY &&
		!s->origin->is_burnt)
		session_part_with_origin(s);
}

void
session_origin_answered(struct session *s)
{
	s->origin->is_unproven = false;
	if (!list_is_empty(&s->waiting))
		loop_defer(s->thread->loop, &s->redial);
}

bool
session_origin_serve(struct session *s)
{
	struct origin *o = s->origin;
	bool is_http2 = session_origin_speaks_http2(s);

	if (o->http) { /* it has served others */
		on_origin_settings(s);
		return true;
	}
	o->http = (is_http2 ? http2_conn_new : http1_conn_new)(&o->stream.stream, false,
		o->target.is_tls ? SLICE("https") : SLICE("http"), &s->generation->http_limits, &origin_handlers, s);
	on_origin_settings(s);
	return o->http != NULL;
}

void
session_want_origin(struct session *s)
{
	struct origin *o = s->origin;

	if (o->state == ORIGIN_CONNECT || o->state == ORIGIN_HANDSHAKE)
		return; /* session_on_origin() will come */
	if (o->state == ORIGIN_READY && o->http && (o->http->is_usable || o->http->streams_open > 0)) {
		if (o->http->is_usable)
			origin_serve_waiting(s);
		return; /* or on_idle, on_closed */
	}
	session_part_with_origin(s);
	if (exchange_may_be_repeated(LIST_ENTRY(s->waiting.next, struct exchange, waiting)) &&
		session_take_pooled(s, tls_stream_is_tls(&s->client_stream)) && session_origin_serve(s)) {
		origin_serve_waiting(s);
		return;
	}
	session_dial(s, tls_stream_is_tls(&s->client_stream));
}

void
session_on_redial(struct loop_task *task)
{
	struct session *s = LIST_ENTRY(task, struct session, redial);

	if (!s->is_over && !list_is_empty(&s->waiting))
		session_want_origin(s);
}

/* The dial that exchanges wait for has ended. */
void
session_origin_dialled(struct session *s)
{
	struct origin *o = s->origin;

	if (o->state == ORIGIN_READY && session_origin_serve(s)) {
		origin_serve_waiting(s);
		return;
	}
	LIST_FOR_EACH(node, following, &s->waiting)
	{
		exchange_on_no_origin(LIST_ENTRY(node, struct exchange, waiting), o->error);
		if (s->is_over)
			return;
	}
	if (s->ends_after_exchanges)
		session_drain(s);
}

void
session_cut_exchanges(struct session *s, const char *reason)
{
	LIST_FOR_EACH(node, following, &s->exchanges)
	exchange_cut(LIST_ENTRY(node, struct exchange, node), reason);
}

/* ---- TUNNEL ---- */

static void
on_relay_done(struct splice_relay *relay, int error)
{
	struct session *s = LIST_ENTRY(relay, struct session, relay);

	s->relay_runs = false;
	session_over(s, error == 0 ? "closed" : error == -ETIMEDOUT ? "idle" : "reset");
}

enum step_result
step_tunnel(struct session *s)
{
	if (s->origin->state == ORIGIN_IDLE) {
		stream_want_read(&s->client_stream.stream, false);
		session_dial(s, false);
		return STEP_WAIT;
	}
	if (s->origin->state == ORIGIN_FAILED)
		return session_over(s, origin_error_name(s->origin->error));
	if (s->origin->state != ORIGIN_READY || s->relay_runs)
		return STEP_WAIT;
	counter_add(&s->thread->counters.flows_passed, 1);
	s->relay_runs = true;
	s->is_passed = true;
	splice_relay_start(&s->relay, s->thread->loop, s->thread->pipes, stream_detach(&s->client_stream.stream),
		origin_detach(s->origin), s->generation->conf->limits.tunnel_idle_ns, on_relay_done);
	return STEP_WAIT;
}

/* ---- REFUSE ---- */

/* Who can be told is told: HTTP by a page; HTTPS by a page under our own leaf, unless this client is known to refuse
 * our CA, for which a warning about certificates would be the wrong message; everything else by an alert or a reset. */
enum step_result
step_refuse(struct session *s)
{
	const char *reason = s->close_reason ? s->close_reason : "blocked";

	counter_add(&s->thread->counters.flows_blocked, 1);
	/* In the clear each request is judged by its own host, and this one finds the same rule. */
	if (s->protocol == PROTOCOL_HTTP && s->verdict.verb == VERB_BLOCK)
		return session_go(s, SESSION_SERVE);
	if (s->protocol == PROTOCOL_TLS && s->verdict.verb == VERB_BLOCK && session_may_show_page(s)) {
		s->is_page_only = true;
		return session_go(s, SESSION_MINT);
	}
	if (s->protocol == PROTOCOL_TLS)
		return session_over_with_alert(s, SSL_AD_ACCESS_DENIED, reason);
	s->answer = "reset";
	return session_over(s, reason);
}

/* One request and its response.  See exchange.h. */
#include "proxy/exchange.h"
#include "proxy/exchange_steps.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "http/semantics.h"
#include "proxy/generation.h"
#include "proxy/judge.h"
#include "proxy/overrides.h"
#include "proxy/recording.h"
#include "proxy/warn.h"
#include "proxy/warn_exchange.h"
#include "tls/verify_names.h"

#define SPARE_EXCHANGES 64

const char *
exchange_step_name(enum exchange_step step)
{
	static const char *const names[EXCHANGE_STEPS] = {
		[EXCHANGE_JUDGE] = "judge",
		[EXCHANGE_FORWARD] = "forward",
		[EXCHANGE_READ_REPLY] = "read-reply",
		[EXCHANGE_JUDGE_REPLY] = "judge-reply",
		[EXCHANGE_DELIVER] = "deliver",
		[EXCHANGE_ANSWER_SELF] = "answer-self",
		[EXCHANGE_RECORD] = "record",
	};

	return names[step];
}

void
exchange_progress(struct exchange *x)
{
	loop_timer_arm(&x->deadline,
		x->is_tunnel ? x->generation->conf->limits.tunnel_idle_ns : x->generation->conf->limits.body_ns);
}

/* ---- memory: one for each request, and a block too large for the allocator's quick ways ---- */

static struct exchange *
exchange_alloc(struct proxy_thread *t)
{
	struct exchange *x;

	if (list_is_empty(&t->spare_exchanges))
		return calloc(1, sizeof *x);
	x = LIST_ENTRY(t->spare_exchanges.next, struct exchange, node);
	list_remove(&x->node);
	t->spare_exchange_count--;
	memset(x, 0, sizeof *x);
	return x;
}

static void
exchange_free(struct proxy_thread *t, struct exchange *x)
{
	if (t->spare_exchange_count >= SPARE_EXCHANGES) {
		free(x);
		return;
	}
	list_push_front(&t->spare_exchanges, &x->node);
	t->spare_exchange_count++;
}

void
exchanges_trim(struct proxy_thread *t)
{
	LIST_FOR_EACH(node, following, &t->spare_exchanges)
	free(LIST_ENTRY(node, struct exchange, node));
	list_init(&t->spare_exchanges);
	t->spare_exchange_count = 0;
}

/* ---- the end ---- */

void
exchange_drop_origin(struct exchange *x)
{
	struct http_stream *origin = x->origin;
	struct session *s = x->session;

	if (origin == NULL)
		return;
	/* What was not whole in every respect leaves nothing for others (SEC-135). */
	if (x->error || x->is_tunnel || x->reply == NULL || !x->upload.is_ended ||
		origin->body_state != HTTP_BODY_ENDED)
		x->session->origin->is_burnt = true;
	x->origin = NULL;
	x->reply = NULL;
	loop_timer_disarm(&x->hold);
	origin->ops->close(origin);
	/* Its place is free, while other streams may go on for long. */
	if (!list_is_empty(&s->waiting) && !s->is_over)
		loop_defer(s->thread->loop, &s->redial);
}

/* RECORD: writes what happened and frees everything.  Closing a stream whose messages are not whole resets it, so a
 * peer never takes a part for the whole. */
void
exchange_end(struct exchange *x, const char *error)
{
	struct session *s = x->session;
	struct http_stream *client = x->client;

	if (error)
		x->error = error;
	if (client) {
		x->body_in = client->body_in;
		x->body_out = client->body_out;
	}
	counter_add(&s->thread->counters.exchanges, 1);
	counter_add(x->request->version == HTTP_VERSION_2 ? &s->thread->counters.exchanges_http2
							  : &s->thread->counters.exchanges_http1,
		1);
	if (x->error)
		counter_add(&s->thread->counters.exchanges_failed, 1);
	record_exchange(x);
	x->step = EXCHANGE_RECORD;
	loop_timer_disarm(&x->deadline);
	list_remove(&x->node);
	list_remove(&x->waiting);
	exchange_drop_origin(x);
	loop_timer_disarm(&x->hold);
	content_release(&x->content);
	content_release(&x->sent);
	page_release(&x->page);
	generation_release(x->generation);
	identity_release(&x->identity);
	exchange_free(s->thread, x);
	client->ops->close(client);
}

void
exchange_cut(struct exchange *x, const char *reason)
{
	if (!x->download.is_ended)
		x->is_truncated = x->download.is_started;
	exchange_end(x, x->upload.is_ended && x->download.is_ended ? NULL : reason);
}

/* ---- JUDGE ---- */

bool
exchange_answer_verdict(struct exchange *x)
{
	if (x->verdict.verb != VERB_BLOCK && (x->verdict.verb != VERB_WARN || warn_exchange_is_accepted(x)))
		return false;
	counter_add(&x->session->thread->counters.exchanges_blocked, 1);
	if (x->download.is_started) {
		/* Too late for a page: what is left is to stop. */
		x->is_truncated = true;
		exchange_end(x, "blocked by its content");
		return true;
	}
	exchange_answer(x, x->verdict.verb == VERB_BLOCK ? PAGE_BLOCKED : PAGE_WARNING, SLICE_EMPTY);
	return true;
}

/* Inside TLS a request may name another host than the handshake did; the origin's verified certificate must cover it
 * (RFC 9110 section 7.4), or it would be served under a name that nobody proved.  An exception is for one name only. */
static bool
exchange_is_misdirected(const struct exchange *x)
{
	const struct session *s = x->session;
	struct hostname host;

	if (!tls_stream_is_tls(&s->client_stream) || s->is_page_only || s->is_bad_origin ||
		strcmp(x->host, s->site) == 0)
		return false;
	return s->origin_certificate == NULL || s->verify_key[0] || /* excepted */
	       !hostname_parse(slice_of(x->host), &host) ||
	       verify_names_cover(s->origin_certificate, &host, HOSTNAME_SUFFIXES_ICANN) != VERIFY_OK;
}

void
exchange_judge(struct exchange *x)
{
	struct session *s = x->session;

	/* Greeted before the dial has ended: whose names the origin may serve is not known yet. */
	if (s->is_warm && strcmp(x->host, s->site) != 0) {
		list_push_back(&s->waiting, &x->waiting);
		exchange_progress(x);
		return; /* exchange_on_origin() */
	}

	if (s->is_bad_origin) {
		exchange_answer(x, PAGE_BAD_CERTIFICATE, slice_of(s->verify_reason));
		return;
	}
	if (s->is_page_only && overrides_is_link(x->request->path)) {
		exchange_take_code(x);
		return;
	}
	if (s->is_page_only) {
		x->verdict = s->verdict;
		if (exchange_leave_page(x))
			return;
		counter_add(&s->thread->counters.exchanges_blocked, 1);
		exchange_answer(x, PAGE_BLOCKED, SLICE_EMPTY);
		return;
	}
	if (x->request->method == HTTP_METHOD_CONNECT && x->request->protocol.len == 0) {
		x->error = "CONNECT on an intercepted port";
		exchange_answer(x, PAGE_METHOD, SLICE_EMPTY);
		return;
	}
	if (exchange_is_misdirected(x)) {
		x->error = "misdirected request";
		exchange_answer(x, PAGE_MISDIRECTED, SLICE_EMPTY);
		return;
	}
	if (http_request_ends_here(x->request)) {
		exchange_answer(x, PAGE_METHOD, SLICE_EMPTY);
		return;
	}
	if (warn_is_link(x->request->path)) {
		exchange_follow_warning(x);
		return;
	}
	if (overrides_is_link(x->request->path)) {
		exchange_take_code(x);
		return;
	}
	judge_request(x, &x->verdict);
	if (!exchange_answer_verdict(x) && !exchange_upload_begin(x))
		exchange_forward(x);
}

/* ---- the client's stream ---- */

static void
on_client_body(void *owner, struct http_stream *stream)
{
	struct exchange *x = owner;

	(void)stream;
	if (x->sent.is_holding)
		exchange_upload_hold(x);
	else if (x->form && x->step == EXCHANGE_JUDGE)
		exchange_read_form(x);
	else
		exchange_pump_upload(x);
}

static void
on_client_writable(void *owner, struct http_stream *stream)
{
	struct exchange *x = owner;

	(void)stream;
	if (x->step == EXCHANGE_ANSWER_SELF)
		exchange_answer_pump(x);
	else
		exchange_pump_download(x);
}

static void
on_client_error(void *owner, struct http_stream *stream, enum http_error error)
{
	struct exchange *x = owner;

	(void)stream;
	x->is_truncated = x->download.is_started && !x->download.is_ended;
	exchange_end(x, error == HTTP_ERR_RESET ? "client reset" : http_error_name(error));
}

static const struct http_stream_handlers client_stream_handlers = {
	.on_body = on_client_body,
	.on_writable = on_client_writable,
	.on_error = on_client_error,
};

static void
on_deadline(struct loop_timer *timer)
{
	struct exchange *x = LIST_ENTRY(timer, struct exchange, deadline);

	counter_add(&x->session->thread->counters.timeouts, 1);
	if (x->step == EXCHANGE_ANSWER_SELF || x->form)
		exchange_end(x, "timeout");
	else
		exchange_fail(x, PAGE_ORIGIN_TIMEOUT, "timeout");
}

void
exchange_start(struct session *s, struct http_stream *client)
{
	struct exchange *x = exchange_alloc(s->thread);
	struct slice host;

	if (x == NULL) {
		client->ops->reset(client, HTTP_ERR_INTERNAL);
		client->ops->close(client);
		return;
	}
	x->session = s;
	/* What is all pages says what was decided then, in the words of then. */
	x->generation = generation_share(s->is_page_only ? s->generation : s->thread->generation);
	identity_find(&x->identity, s->thread, &s->client.addr, 0);
	memcpy(x->identity.mac, s->identity.mac, sizeof x->identity.mac);
	x->number = ++s->exchange_count;
	x->client = client;
	x->request = client->request;
	x->is_websocket = http_is_websocket(client->request);
	x->frames[0].from_client = true;
	x->verdict = (struct verdict){.verb = VERB_UNDECIDED, .category = -1}; /* until policy is asked */
	x->reply_length = UINT64_MAX;
	x->started = clock_monotonic_ns();
	x->started_real = clock_realtime_ns();
	list_init(&x->node);
	list_init(&x->waiting);
	loop_timer_init(&x->deadline, s->thread->loop, on_deadline);
	loop_timer_init(&x->hold, s->thread->loop, exchange_on_hold_over);
	list_push_back(&s->exchanges, &x->node);
	client->handlers = &client_stream_handlers;
	client->owner = x;
	if (!http_message_host(x->request, x->host, &host, &x->port))
		x->host[0] = '\0';
	exchange_judge(x);
}

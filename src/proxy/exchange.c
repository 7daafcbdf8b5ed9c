/* One request and its response.  See exchange.h. */
#include "proxy/exchange.h"
#include "proxy/exchange_steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "http/bound_auth.h"
#include "http/semantics.h"
#include "proxy/enforce.h"
#include "proxy/generation.h"
#include "proxy/judge.h"
#include "proxy/overrides.h"
#include "proxy/recording.h"
#include "proxy/warn.h"
#include "proxy/warn_exchange.h"
#include "proxy/websocket.h"
#include "tls/verify_names.h"

/* A request is sent again at most this often, and only where nothing can have come of it. */
#define RETRIES_MAX 2
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

/* ---- the origin's stream ---- */

static void
deliver_reply(struct exchange *x)
{
	x->step = EXCHANGE_DELIVER;
	if (!exchange_prepare_reply(x)) {
		exchange_fail(x, PAGE_ORIGIN_FAILED, "out of memory");
		return;
	}
	x->status = x->back.status;
	x->download.is_started = true;
	if (x->client->ops->send_head(x->client, &x->back, !exchange_has_body(x->reply)) < 0) {
		exchange_end(x, "client reset");
		return;
	}
	if (x->reply->body == HTTP_BODY_TUNNEL) {
		x->is_tunnel = true;
		x->client->ops->become_tunnel(x->client);
		x->origin->ops->become_tunnel(x->origin);
		x->upload.is_ended = false;
		if (!exchange_pump_upload(x))
			return;
	}
	if (!exchange_has_body(x->reply)) {
		x->download.is_ended = true;
		if (!x->upload.is_ended)
			exchange_end_upload_early(x);
		exchange_end(x, NULL);
		return;
	}
	exchange_pump_download(x);
}

/* A verdict that is an answer of ours is given; false where the response may be shown. */
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

/* Holding has ended, by a verdict or by its limits. */
static void
show_held(struct exchange *x)
{
	loop_timer_disarm(&x->hold);
	if (x->verdict.verb == VERB_UNDECIDED && !x->content.is_whole) {
		struct verdict last = x->verdict;

		/* What was read must do; where it is not enough to stop it, the rest is read as it passes. */
		x->content.is_last_call = true;
		judge_content(x, &last);
		x->content.is_last_call = false;
		if (last.verb == VERB_BLOCK || last.verb == VERB_WARN) {
			x->verdict = last;
			if (exchange_answer_verdict(x))
				return;
		}
	}
	content_let_go(&x->content);
	deliver_reply(x);
}

static void
on_hold_over(struct loop_timer *timer)
{
	struct exchange *x = LIST_ENTRY(timer, struct exchange, hold);

	if (x->step == EXCHANGE_JUDGE)
		exchange_upload_hold_over(x);
	else
		show_held(x);
}

bool
exchange_take_held(struct http_stream *from, struct content *c)
{
	for (;;) {
		struct slice bytes = from->ops->body_peek(from);
		size_t room = content_room(c);

		if (bytes.len == 0 || room == 0)
			break;
		bytes = slice_sub(bytes, 0, room);
		if (!content_add(c, bytes))
			return false;
		from->ops->body_consume(from, bytes.len);
	}
	if (from->body_state == HTTP_BODY_ENDED && from->ops->body_peek(from).len == 0)
		content_end(c);
	return true;
}

/* Takes what has come into the hold, and asks for the verdict again. */
static void
hold_body(struct exchange *x)
{
	struct http_stream *from = x->origin;

	exchange_progress(x);
	if (!exchange_take_held(from, &x->content)) {
		exchange_fail(x, PAGE_ORIGIN_FAILED, "out of memory");
		return;
	}
	judge_content(x, &x->verdict);
	if (exchange_answer_verdict(x))
		return;
	if (x->verdict.verb != VERB_UNDECIDED || x->content.is_whole || from->body_state == HTTP_BODY_FAILED ||
		content_room(&x->content) == 0)
		show_held(x);
}

/* RFC 9110 section 15.2: interim responses are passed on, but a 1.0 client knows none.  One that cannot be is left out:
 * nobody may rely on it. */
static void
pass_interim(struct exchange *x, const struct http_message *head)
{
	struct http_message interim;

	if (x->request->version != HTTP_VERSION_1_0 && exchange_prepare_interim(x, head, &interim))
		x->client->ops->send_head(x->client, &interim, false);
}

static void
on_reply_head(void *owner, struct http_stream *stream, struct http_message *head)
{
	struct exchange *x = owner;
	struct origin *o = x->session->origin;

	exchange_progress(x);
	if (o->is_unproven)
		session_origin_answered(x->session);
	/* 400 and 408: it has not understood us, or waits for something. */
	if (head->status == 400 || head->status == 408 || http_binds_connection(head))
		o->is_burnt = true;
	if (head->status < 200 && head->status != 101) {
		pass_interim(x, head);
		return;
	}
	(void)stream;
	x->reply = head;
	x->replied = clock_monotonic_ns();
	x->reply_is_exempt = !exchange_has_body(head) || content_is_exempt(head);
	x->reply_length = head->body == HTTP_BODY_NONE     ? 0
			  : head->body == HTTP_BODY_LENGTH ? head->content_length
							   : UINT64_MAX;
	if (x->session->origin->asks_for_certificate)
		session_note_reply(x->session, head->status);
	x->step = EXCHANGE_JUDGE_REPLY;
	judge_reply(x, &x->verdict);
	if (exchange_answer_verdict(x))
		return;
	if (content_is_wanted(&x->verdict) && exchange_has_body(head) && !content_is_exempt(head) &&
		content_begin(&x->content, x, &x->verdict) && x->content.is_holding) {
		loop_timer_arm(&x->hold, x->generation->conf->hold.time_ns);
		return; /* on_origin_body() */
	}
	deliver_reply(x);
}

static void
on_origin_body(void *owner, struct http_stream *stream)
{
	struct exchange *x = owner;

	(void)stream;
	if (x->content.is_holding)
		hold_body(x);
	else
		exchange_pump_download(x);
}

static void
on_origin_writable(void *owner, struct http_stream *stream)
{
	(void)stream;
	exchange_pump_upload(owner);
}

/* RFC 9110 section 9.2.2. */
static bool
is_idempotent(enum http_method method)
{
	return method == HTTP_METHOD_GET || method == HTTP_METHOD_HEAD || method == HTTP_METHOD_OPTIONS ||
	       method == HTTP_METHOD_TRACE || method == HTTP_METHOD_PUT || method == HTTP_METHOD_DELETE;
}

bool
exchange_may_be_repeated(const struct exchange *x)
{
	return x->tries == 0 && is_idempotent(x->request->method) && !exchange_has_body(x->request) && !x->is_websocket;
}

/* Only a request without a body is still whole on our side. */
static bool
exchange_may_retry(const struct exchange *x, enum http_error error)
{
	if (x->tries >= RETRIES_MAX || x->reply || exchange_has_body(x->request) || x->download.is_started)
		return false;
	if (error == HTTP_ERR_REFUSED)
		return true;
	return x->origin_was_reused && is_idempotent(x->request->method);
}

static void
on_origin_error(void *owner, struct http_stream *stream, enum http_error error)
{
	struct exchange *x = owner;

	(void)stream;
	if (session_origin_wants_certificate(x->session)) {
		exchange_fail(x, PAGE_ORIGIN_FAILED, origin_error_name(ORIGIN_CLIENT_CERTIFICATE));
		return;
	}
	if (exchange_may_retry(x, error)) {
		x->tries++;
		exchange_drop_origin(x);
		x->upload = (struct exchange_flow){0};
		x->step = EXCHANGE_FORWARD;
		list_push_back(&x->session->waiting, &x->waiting);
		session_want_origin(x->session);
		return;
	}
	exchange_fail(x, error == HTTP_ERR_TIMEOUT ? PAGE_ORIGIN_TIMEOUT : PAGE_ORIGIN_FAILED, http_error_name(error));
}

static const struct http_stream_handlers origin_stream_handlers = {
	.on_head = on_reply_head,
	.on_body = on_origin_body,
	.on_writable = on_origin_writable,
	.on_error = on_origin_error,
};

/* ---- FORWARD ---- */

static void exchange_judge(struct exchange *x);

void
exchange_on_origin(struct exchange *x)
{
	struct session *s = x->session;
	struct http_conn *http = s->origin->http;

	if (x->step == EXCHANGE_JUDGE) {
		list_remove(&x->waiting);
		exchange_judge(x);
		return;
	}
	x->origin = http->ops->open(http, &origin_stream_handlers, x);
	if (x->origin == NULL)
		return; /* still in session->waiting */
	list_remove(&x->waiting);
	x->origin_was_reused = http->streams_total > 1;
	if (x->origin_was_reused)
		counter_add(&s->thread->counters.origin_reused, 1);
	if (!exchange_prepare_request(x)) {
		exchange_fail(x, PAGE_ORIGIN_FAILED, "out of memory");
		return;
	}
	if (x->onward.is_upgrade || http_binds_connection(&x->onward))
		s->origin->is_burnt = true;
	x->step = EXCHANGE_READ_REPLY;
	x->upload.is_started = true;
	exchange_progress(x);
	if (x->origin->ops->send_head(x->origin, &x->onward, !exchange_has_body(&x->onward)) < 0) {
		/* What this connection cannot say: more fields than fit, a WebSocket that its origin does not take. */
		exchange_fail(x, PAGE_ORIGIN_FAILED, "the request cannot be sent on");
		return;
	}
	if (!exchange_has_body(&x->onward)) {
		x->upload.is_ended = true;
		x->request_sent = clock_monotonic_ns();
		return;
	}
	exchange_pump_upload(x);
}

void
exchange_on_no_origin(struct exchange *x, enum origin_error error)
{
	enum page_kind kind = error == ORIGIN_TIMEOUT ? PAGE_ORIGIN_TIMEOUT : PAGE_ORIGIN_FAILED;

	list_remove(&x->waiting);
	exchange_fail(x, kind, origin_error_name(error));
}

void
exchange_forward(struct exchange *x)
{
	struct session *s = x->session;

	x->step = EXCHANGE_FORWARD;
	list_push_back(&s->waiting, &x->waiting);
	exchange_progress(x);
	session_want_origin(s);
}

/* ---- JUDGE ---- */

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

static void
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
	loop_timer_init(&x->hold, s->thread->loop, on_hold_over);
	list_push_back(&s->exchanges, &x->node);
	client->handlers = &client_stream_handlers;
	client->owner = x;
	if (!http_message_host(x->request, x->host, &host, &x->port))
		x->host[0] = '\0';
	exchange_judge(x);
}

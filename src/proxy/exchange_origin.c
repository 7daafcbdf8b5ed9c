/* FORWARD, READ_REPLY, JUDGE_REPLY and DELIVER: what an exchange does with its origin's stream. */
#include "base/clock.h"
#include "http/bound_auth.h"
#include "proxy/exchange_steps.h"
#include "proxy/generation.h"
#include "proxy/judge.h"

/* A request is sent again at most this often, and only where nothing can have come of it. */
#define RETRIES_MAX 2

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

void
exchange_on_hold_over(struct loop_timer *timer)
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

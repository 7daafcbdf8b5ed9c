/* A request's body under the eyes of policy: its beginning is held back where a rule must read it, then it is sent on,
 * and read as it passes where the rule could not be decided yet. */
#include "proxy/exchange_steps.h"
#include "proxy/generation.h"
#include "proxy/judge.h"

bool
exchange_ask_for_body(struct exchange *x)
{
	struct http_message head;

	if (!x->request->expects_continue)
		return true;
	http_message_init(&head, &x->client->arena, false);
	head.version = x->request->version;
	head.status = 100;
	head.body = HTTP_BODY_NONE;
	x->request->expects_continue = false;
	return x->client->ops->send_head(x->client, &head, false) >= 0;
}

/* Forms are small, so that holding them costs nothing even where nobody but a watching rule asks. */
static bool
form_is_wanted(const struct exchange *x)
{
	return x->search.waits_for_form &&
	       (content_form_is_wanted(&x->upload_verdict) || content_form_is_wanted(&x->verdict));
}

/* By what is there of the body; true where that was the end of it.  With is_all_there_is its form is read as it is. */
static bool
judge_held(struct exchange *x, bool is_all_there_is)
{
	bool had_form = is_all_there_is && form_is_wanted(x);

	if (is_all_there_is)
		search_read_form(x, buffer_slice(&x->sent.held));
	if (judge_sent(x) && exchange_answer_verdict(x))
		return true;
	if (!had_form)
		return false;
	judge_searched(x, &x->verdict);
	return exchange_answer_verdict(x);
}

/* Holding has ended, by a verdict or by its limits. */
static void
send_held(struct exchange *x)
{
	loop_timer_disarm(&x->hold);
	if (!x->sent.is_whole) {
		/* What was read must do. */
		x->sent.is_last_call = true;
		if (judge_held(x, true))
			return;
		x->sent.is_last_call = false;
	}
	content_let_go(&x->sent);
	exchange_forward(x);
}

void
exchange_upload_hold_over(struct exchange *x)
{
	send_held(x);
}

void
exchange_upload_hold(struct exchange *x)
{
	struct http_stream *from = x->client;
	struct content *c = &x->sent;
	bool waits;

	exchange_progress(x);
	if (!exchange_take_held(from, c)) {
		exchange_fail(x, PAGE_ORIGIN_FAILED, "out of memory");
		return;
	}
	if (from->body_state == HTTP_BODY_FAILED) {
		exchange_end(x, "client ended inside its request");
		return;
	}
	if (judge_held(x, c->is_whole))
		return;
	waits = (content_is_wanted(&x->upload_verdict) && x->upload_verdict.holds_body) || form_is_wanted(x);
	if (!waits || c->is_whole || content_room(c) == 0)
		send_held(x);
}

bool
exchange_upload_begin(struct exchange *x)
{
	bool has_form = form_is_wanted(x);

	if ((!has_form && !content_is_wanted(&x->upload_verdict)) || !exchange_has_body(x->request) ||
		content_is_exempt(x->request) || !content_begin_upload(&x->sent, x, &x->upload_verdict))
		return false;
	x->sent.is_holding |= has_form;
	if (!x->sent.is_holding)
		return false;
	loop_timer_arm(&x->hold, x->generation->conf->hold.time_ns);
	if (!exchange_ask_for_body(x))
		exchange_end(x, "client reset");
	else
		exchange_upload_hold(x);
	return true;
}

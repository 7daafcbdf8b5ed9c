/* An exchange in which an override code is sent, and one that finds its connection's block lifted. */
#include "proxy/exchange_steps.h"
#include "proxy/generation.h"
#include "proxy/override_exchange.h"
#include "proxy/page_link.h"

/* A connection whose leaf is good for a page only cannot carry what follows. */
static void
leave_connection(struct exchange *x)
{
	if (x->session->is_page_only)
		session_drain(x->session);
}

bool
exchange_leave_page(struct exchange *x)
{
	enum http_method method = x->request->method;

	if ((method != HTTP_METHOD_GET && method != HTTP_METHOD_HEAD) || !override_lifts_page(x->session))
		return false;
	leave_connection(x);
	exchange_redirect(x, page_link_url(x->request, x->request->path, &x->client->arena));
	return true;
}

/* The form is there, or as much of it as is looked at.  (It is read also where the link is not good: some clients want
 * to be rid of it before they take an answer.) */
static void
decide(struct exchange *x)
{
	struct override_form *form = x->form;

	if (form->rule == NULL) {
		x->verdict = x->session->verdict;
		exchange_redirect(x, page_link_url(x->request, form->back, &x->client->arena));
		return;
	}
	override_exchange_try(x);
	if (form->result == OVERRIDE_USED) {
		counter_add(&x->session->thread->counters.overrides_used, 1);
		leave_connection(x);
		exchange_redirect(x, page_link_url(x->request, form->back, &x->client->arena));
		return;
	}
	counter_add(&x->session->thread->counters.overrides_refused, 1);
	x->verdict.verb = VERB_BLOCK;
	x->verdict.rule = form->rule;
	x->verdict.category = form->category;
	exchange_answer(x, PAGE_BLOCKED, SLICE_EMPTY);
}

void
exchange_read_form(struct exchange *x)
{
	struct override_form *form = x->form;
	struct http_stream *from = x->client;
	struct slice bytes;

	while (!form->is_too_long && (bytes = from->ops->body_peek(from)).len > 0) {
		form->is_too_long = bytes.len > sizeof form->bytes - form->len;
		if (form->is_too_long)
			break;
		memcpy(form->bytes + form->len, bytes.ptr, bytes.len);
		form->len += bytes.len;
		from->ops->body_consume(from, bytes.len);
	}
	if (from->body_state == HTTP_BODY_FAILED)
		exchange_end(x, "client ended inside its request");
	else if (from->body_state == HTTP_BODY_ENDED || form->is_too_long)
		decide(x);
	/* else the rest comes, or the deadline, which does not begin anew */
}

void
exchange_take_code(struct exchange *x)
{
	override_exchange_open(x);
	if (x->form == NULL) {
		exchange_end(x, "out of memory");
		return;
	}
	loop_timer_arm(&x->deadline, x->generation->conf->limits.header_ns);
	if (!exchange_ask_for_body(x))
		exchange_end(x, "client reset");
	else
		exchange_read_form(x);
}

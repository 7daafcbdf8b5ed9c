/* ANSWER_SELF: the proxy's own answers on an exchange's client stream. */
#include <stdio.h>

#include "proxy/exchange_steps.h"
#include "proxy/generation.h"
#include "proxy/override_exchange.h"
#include "proxy/warn_exchange.h"

void
exchange_answer_pump(struct exchange *x)
{
	bool has_body = x->page.head.body != HTTP_BODY_NONE; /* not for HEAD */
	struct slice rest = has_body ? buffer_slice(&x->page.body) : SLICE_EMPTY;
	ssize_t n;

	rest = slice_sub(rest, x->page_sent, rest.len);
	while (rest.len > 0) {
		n = x->client->ops->send_body(x->client, rest);
		if (n < 0) {
			exchange_end(x, "client reset");
			return;
		}
		if (n == 0)
			return; /* on_writable */
		x->page_sent += (size_t)n;
		rest = slice_sub(rest, (size_t)n, rest.len);
	}
	if (!x->download.is_ended && has_body)
		x->client->ops->send_end(x->client, NULL);
	x->download.is_ended = true;
	exchange_end(x, NULL);
}

static void
answer_begin(struct exchange *x)
{
	x->step = EXCHANGE_ANSWER_SELF;
	list_remove(&x->waiting);
	exchange_drop_origin(x);
}

/* Sends x->page, if it could be built. */
static void
answer_send(struct exchange *x, bool is_built)
{
	if (!is_built) {
		exchange_end(x, "out of memory");
		return;
	}
	x->status = x->page.head.status;
	x->download.is_started = true;
	exchange_progress(x);
	if (x->client->ops->send_head(x->client, &x->page.head, x->page.head.body == HTTP_BODY_NONE) < 0) {
		exchange_end(x, "client reset");
		return;
	}
	exchange_answer_pump(x);
}

void
exchange_answer(struct exchange *x, enum page_kind kind, struct slice detail)
{
	struct session *s = x->session;
	struct slice override = kind == PAGE_BLOCKED ? override_exchange_link(x) : SLICE_EMPTY;
	struct page_facts facts = {
		.host = slice_of(x->host),
		.rule = verdict_rule_id(&x->verdict),
		.category = slice_of(verdict_category(x->generation->policy, &x->verdict)),
		.reason = verdict_reason(&x->verdict),
		.detail = detail,
		.proceed = kind == PAGE_WARNING ? warn_exchange_link(x) : SLICE_EMPTY,
		.override = override,
		.is_code_refused = x->form != NULL,
	};

	answer_begin(x);
	snprintf(facts.request_id, sizeof facts.request_id, "%llx-%llu", (unsigned long long)s->id,
		(unsigned long long)x->number);
	answer_send(x, page_build(&x->page, kind, x->generation->pages, x->generation->conf, x->request, &facts,
			       &x->client->arena));
}

void
exchange_redirect(struct exchange *x, struct slice url)
{
	answer_begin(x);
	answer_send(x, url.ptr && page_build_redirect(&x->page, url, &x->client->arena));
}

/* A person goes on after a warning: back to where it came up. */
void
exchange_follow_warning(struct exchange *x)
{
	struct slice url = warn_exchange_follow(x);

	x->verdict = x->session->verdict;
	exchange_redirect(x, url);
}

/* The origin failed before anything of its answer was shown: say so; afterwards only truncation is honest. */
void
exchange_fail(struct exchange *x, enum page_kind kind, const char *error)
{
	x->error = error;
	if (x->download.is_started) {
		x->is_truncated = true;
		exchange_end(x, error);
		return;
	}
	exchange_answer(x, kind, slice_of(error));
}

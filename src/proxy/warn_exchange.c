/* Warnings of exchanges.  See warn_exchange.h. */
#include "proxy/warn_exchange.h"

#include "base/clock.h"
#include "proxy/warn.h"

static struct page_visit
visit_of(const struct exchange *x)
{
	return (struct page_visit){
		.client = &x->session->client.addr,
		.site = slice_of(x->host),
		.path = x->request->path,
	};
}

bool
warn_exchange_is_accepted(struct exchange *x)
{
	const struct verdict *v = &x->verdict;

	if (x->warning == EXCHANGE_WARNING_ACCEPTED)
		return true; /* it holds to the exchange's end */
	if (v->verb != VERB_WARN || x->host[0] == '\0' ||
		!warn_is_accepted(x->session->thread->shared->warnings, &x->session->client.addr, slice_of(x->host),
			verdict_rule_id(v), clock_monotonic_ns()))
		return false;
	x->warning = EXCHANGE_WARNING_ACCEPTED;
	return true;
}

struct slice
warn_exchange_link(struct exchange *x)
{
	struct page_visit visit = visit_of(x);

	x->warning = EXCHANGE_WARNED;
	if (x->host[0] == '\0' || x->verdict.rule == NULL)
		return SLICE_EMPTY;
	return warn_link(x->session->thread->shared->warnings, &visit, verdict_rule_id(&x->verdict),
		x->verdict.rule->for_ns, clock_monotonic_ns(), &x->client->arena);
}

/* A link is followed by a person on our own page; what a page elsewhere makes the browser do is no click (W3C Fetch
 * Metadata). */
static bool
is_from_elsewhere(const struct http_message *request)
{
	const struct http_field *site = http_message_find_name(request, SLICE("sec-fetch-site"));

	return site && !slice_eq(site->value, SLICE("same-origin")) && !slice_eq(site->value, SLICE("none"));
}

struct slice
warn_exchange_follow(struct exchange *x)
{
	struct page_visit visit = visit_of(x);
	struct slice back = SLICE("/");

	/* Somebody else's click leads back to the warning. */
	if (is_from_elsewhere(x->request))
		visit.site = SLICE_EMPTY;
	if (warn_follow(x->session->thread->shared->warnings, &visit, clock_monotonic_ns(), &back))
		x->warning = EXCHANGE_FOLLOWS_WARNING;
	return arena_printf(&x->client->arena, "%.*s://%.*s%.*s", SLICE_ARG(x->request->scheme),
		SLICE_ARG(x->request->authority), SLICE_ARG(back));
}

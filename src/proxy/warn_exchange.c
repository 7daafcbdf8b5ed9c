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

struct slice
warn_exchange_follow(struct exchange *x)
{
	struct page_visit visit = visit_of(x);
	struct slice back = SLICE("/");

	/* Somebody else's click leads back to the warning. */
	if (page_link_is_from_elsewhere(x->request))
		visit.site = SLICE_EMPTY;
	if (warn_follow(x->session->thread->shared->warnings, &visit, clock_monotonic_ns(), &back))
		x->warning = EXCHANGE_FOLLOWS_WARNING;
	return page_link_url(x->request, back, &x->client->arena);
}

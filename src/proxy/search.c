/* Search terms of exchanges.  See search.h. */
#include "proxy/search.h"

#include "base/form.h"
#include "classify/search_terms.h"
#include "proxy/exchange.h"
#include "proxy/generation.h"

#define SEARCH_FACTS (FACT_BIT(FACT_SEARCH) | FACT_BIT(FACT_SEARCH_SCORE))
#define NORMAL_MAX (3 * SEARCH_TERMS_MAX)

/* What the phrase lists make of the terms; they stand between spaces, as text does. */
static int32_t
score_terms(const struct exchange *x, struct slice terms)
{
	const struct generation *g = x->generation;
	struct phrases_scratch *scratch = x->session->thread->phrases_scratch;
	struct phrases_limits limits = phrases_limits_default;
	struct phrases_result result = {0};
	struct phrases_scan *scan;

	if (g->phrases == NULL || !(g->policy->facts & FACT_BIT(FACT_SEARCH_SCORE)) ||
		!phrases_scratch_fit(scratch, g->phrases->engine))
		return 0;
	limits.threshold = (int64_t)g->phrases->positive_sum - 1;
	scan = phrases_scan_open(g->phrases, scratch, &limits);
	if (scan == NULL)
		return 0;
	if (phrases_scan_push(scan, SLICE(" ")) && phrases_scan_push(scan, terms))
		phrases_scan_push(scan, SLICE(" "));
	phrases_scan_result(scan, &result);
	phrases_scan_close(scan);
	if (result.verdict == PHRASES_ARE_BANNED)
		return INT32_MAX;
	return result.verdict == PHRASES_ARE_EXCEPTED ? 0 : (int32_t)result.score;
}

static void
take(struct exchange *x, struct slice terms)
{
	char normal[NORMAL_MAX];

	x->search.text = arena_copy(&x->client->arena, search_terms_normal(terms, normal, sizeof normal));
	if (x->search.text.ptr == NULL)
		x->search.text = SLICE_EMPTY;
	x->search.score = score_terms(x, x->search.text);
}

static bool
posts_form(const struct http_message *request)
{
	return request->method == HTTP_METHOD_POST &&
	       form_is_type(http_message_value(request, HTTP_FIELD_CONTENT_TYPE));
}

void
search_find(struct exchange *x)
{
	struct slice path = x->request->path, host = slice_of(x->host), terms;
	char decoded[SEARCH_TERMS_MAX];

	if (x->search.was_looked_for)
		return;
	x->search = (struct search){.was_looked_for = true, .text = SLICE_EMPTY};
	if (search_terms_find_in_url(host, path, decoded, sizeof decoded, &terms))
		take(x, terms);
	else if (posts_form(x->request) && search_terms_takes_form(host, slice_sub(path, 0, slice_find(path, '?'))))
		x->search.waits_for_form = true;
}

void
search_read_form(struct exchange *x, struct slice form)
{
	struct slice path = slice_sub(x->request->path, 0, slice_find(x->request->path, '?')), terms;
	char decoded[SEARCH_TERMS_MAX];

	if (!x->search.waits_for_form)
		return;
	x->search.waits_for_form = false;
	if (search_terms_find(slice_of(x->host), path, form, decoded, sizeof decoded, &terms))
		take(x, terms);
}

void
search_facts(struct exchange *x, struct facts *facts)
{
	facts->search = SLICE_EMPTY;
	if (!(x->generation->policy->facts & SEARCH_FACTS))
		return;
	search_find(x);
	if (x->search.waits_for_form) {
		facts->known &= ~SEARCH_FACTS;
		return;
	}
	facts->search = x->search.text;
	facts->search_score = x->search.score;
}

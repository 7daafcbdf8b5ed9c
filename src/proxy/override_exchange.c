/* Override codes of exchanges.  See override_exchange.h. */
#include "proxy/override_exchange.h"

#include <openssl/crypto.h>
#include <time.h>

#include "base/clock.h"
#include "base/form.h"
#include "proxy/generation.h"
#include "proxy/page_form.h"
#include "proxy/page_link.h"

/* What a link says: hashes of the rule's id and of the category's name (0: none made the rule true). */
enum { SAYS_RULE, SAYS_CATEGORY };

/* ---- what was granted ---- */

static uint32_t
exempts(const struct policy_exemption *self, const struct rule *rule, int category)
{
	const struct override_exemption *e = LIST_ENTRY(self, const struct override_exemption, exemption);

	for (size_t i = 0; i < e->count; i++)
		if (override_covers_rule(&e->rights[i].scope, e->policy, rule, category) &&
			override_covers_client(&e->rights[i].scope, e->policy, e->facts))
			return e->rights[i].id;
	return 0;
}

bool
override_exemption_find(struct override_exemption *e, struct overrides *overrides, const struct policy *policy,
	const struct facts *facts, uint64_t since)
{
	e->exemption.exempts = exempts;
	e->policy = policy;
	e->facts = facts;
	e->count = overrides_granted(overrides, facts, time(NULL), since, e->rights);
	return e->count > 0;
}

/* What codes look at: the client, and the site. */
static void
client_facts(const struct session *s, const struct identity *identity, const char *site, struct facts *facts)
{
	*facts = (struct facts){.client = s->client.addr, .site = slice_of(site)};
	identity_facts(identity, facts);
	facts_settle(facts, STAGE_CONNECTION);
}

bool
override_lifts_page(const struct session *s)
{
	struct overrides *overrides = s->thread->shared->overrides;
	struct override_exemption e;
	struct facts facts;

	if (!overrides_exist(overrides) || s->verdict.rule == NULL)
		return false;
	client_facts(s, &s->identity, s->site, &facts);
	return override_exemption_find(&e, overrides, s->generation->policy, &facts, clock_monotonic_ns()) &&
	       exempts(&e.exemption, s->verdict.rule, s->verdict.category);
}

/* ---- the field ---- */

/* The site whose grant will be asked for: under a page's own leaf that is the one of the connection. */
static const char *
site_of(const struct exchange *x)
{
	return x->session->is_page_only ? x->session->site : x->host;
}

/* A person looks at it, as a page of its own: within another's frame it could be clicked unseen. */
static bool
is_page_of_its_own(const struct http_message *request)
{
	const struct http_field *destination = http_message_find(request, HTTP_FIELD_SEC_FETCH_DEST);

	return page_form_of(request) == PAGE_FORM_HTML &&
	       (destination == NULL || slice_eq(destination->value, SLICE("document")));
}

struct slice
override_exchange_link(struct exchange *x)
{
	struct overrides *overrides = x->session->thread->shared->overrides;
	const struct verdict *v = &x->verdict;
	const char *category = verdict_category(x->generation->policy, v);
	struct page_visit visit = {&x->session->client.addr, slice_of(site_of(x)), x->request->path};
	uint64_t says[2] = {0};
	struct facts facts;

	if (!overrides_exist(overrides) || !x->generation->conf->override.codes || v->rule == NULL ||
		visit.site.len == 0 || !is_page_of_its_own(x->request))
		return SLICE_EMPTY;
	client_facts(x->session, &x->identity, site_of(x), &facts);
	if (!overrides_could_apply(overrides, x->generation->policy, &facts, v->rule, v->category, time(NULL)))
		return SLICE_EMPTY;
	if (x->form)
		visit.path = x->form->back;
	says[SAYS_RULE] = overrides_hash(overrides, v->rule->id);
	if (category)
		says[SAYS_CATEGORY] = overrides_hash(overrides, slice_of(category));
	return page_link_make(overrides_links(overrides), &visit, says, clock_monotonic_ns(), &x->client->arena);
}

/* ---- the form ---- */

static const struct rule *
find_rule(const struct overrides *overrides, const struct policy *policy, uint64_t hash)
{
	for (size_t i = 0; i < policy->rule_count; i++)
		if (overrides_hash(overrides, policy->rules[i].id) == hash && rule_may_be_exempted(&policy->rules[i]))
			return &policy->rules[i];
	return NULL;
}

static int
find_category(const struct overrides *overrides, const struct policy *policy, uint64_t hash)
{
	const char *name;

	for (unsigned i = 0; hash && (name = policy_name(policy, NAME_CATEGORY, i)) != NULL; i++)
		if (overrides_hash(overrides, slice_of(name)) == hash)
			return (int)i;
	return -1;
}

/* A form of another site's can send nothing else without being asked first (CORS), and no token at all. */
static bool
is_form(const struct http_message *request)
{
	return request->method == HTTP_METHOD_POST &&
	       form_is_type(http_message_value(request, HTTP_FIELD_CONTENT_TYPE)) &&
	       !page_link_is_from_elsewhere(request);
}

void
override_exchange_open(struct exchange *x)
{
	struct overrides *overrides = x->session->thread->shared->overrides;
	const struct policy *policy = x->generation->policy;
	struct page_visit visit = {&x->session->client.addr, slice_of(site_of(x)), x->request->path};
	struct override_form *form = arena_zalloc(&x->client->arena, sizeof *form);
	uint64_t says[2];

	x->form = form;
	if (form == NULL ||
		!page_link_open(overrides_links(overrides), &visit, clock_monotonic_ns(), says, &form->back) ||
		!is_form(x->request) || !x->generation->conf->override.codes)
		return;
	form->rule = find_rule(overrides, policy, says[SAYS_RULE]);
	form->category = find_category(overrides, policy, says[SAYS_CATEGORY]);
}

void
override_exchange_try(struct exchange *x)
{
	const struct conf *conf = x->generation->conf;
	struct override_form *form = x->form;
	char code[64];
	struct facts facts;
	struct override_try attempt = {
		.policy = x->generation->policy,
		.facts = &facts,
		.rule = form->rule,
		.category = form->category,
		.attempts = conf->override.attempts,
		.attempts_all = conf->override.attempts_all,
	};
	struct slice value = form_find(slice_make(form->bytes, form->len), SLICE("code"));

	client_facts(x->session, &x->identity, site_of(x), &facts);
	attempt.code = value.ptr && !form->is_too_long ? form_decode(value, code, sizeof code) : SLICE_EMPTY;
	form->result = overrides_use(
		x->session->thread->shared->overrides, &attempt, time(NULL), clock_monotonic_ns(), &form->id);
	OPENSSL_cleanse(code, sizeof code);
	OPENSSL_cleanse(form->bytes, sizeof form->bytes);
}

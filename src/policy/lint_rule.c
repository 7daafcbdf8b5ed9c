/* One rule by itself: conditions that cannot be met together, exceptions that lift nothing or everything, options
 * without effect, and settings that are not there.  See lint_rule.h. */
#include "policy/lint_rule.h"

#include "policy/condition_text.h"
#include "policy/evaluate.h"

#include <stdio.h>

#define TLS_ONLY (1u << TRANSPORT_TLS)
#define HTTP_ONLY (1u << TRANSPORT_HTTP)

void
lint_terms_of(const struct policy *policy, const struct rule *rule, struct lint_terms *terms)
{
	terms->group = (struct condition){
		.kind = condition_kind_find(SLICE("client")),
		.facts = FACT_BIT(FACT_CLIENT),
		.text = policy->groups.names[rule->group],
		.values = policy->groups.names[rule->group],
		.line = rule->line,
		.column = rule->column,
	};
	group_set_add(&terms->group.groups, rule->group);
	terms->items[0] = &terms->group;
	terms->count = 1;
	for (size_t i = 0; i < rule->condition_count; i++)
		terms->items[terms->count++] = &rule->conditions[i];
}

/* ---- what can never be ---- */

/* Every way in which a rule never matches ends in this. */
static void
warn_never(struct problems *problems, const struct rule *rule, const struct condition *at, const char *remedy,
	const char *why)
{
	if (at->is_exception)
		lint_warn(problems, rule, at->line, at->column, "remove the exception, or the rule",
			"the rule never matches: the exception \"%.*s\" lifts all of it", SLICE_ARG(at->text));
	else
		lint_warn(problems, rule, at->line, at->column, remedy, "the rule never matches: %s", why);
}

static void
warn_idle_exception(
	struct problems *problems, const struct rule *rule, const struct condition *exception, const char *why)
{
	lint_warn(problems, rule, exception->line, exception->column, "remove it",
		"the exception \"%.*s\" never matters: %s", SLICE_ARG(exception->text), why);
}

/* One term by itself; false where it is never met. */
static bool
lint_term(const struct policy *policy, const struct rule *rule, const struct condition *c, struct problems *problems)
{
	char why[200];
	const char *never = condition_never_holds(policy, c, why, sizeof why);

	if (never == NULL && condition_always_holds(policy, c)) {
		snprintf(why, sizeof why, "\"%.*s\" is never so", SLICE_ARG(slice_sub(c->text, 0, 150)));
		if (c->is_negated)
			warn_never(problems, rule, c, "remove it", why);
		else if (c->is_exception)
			warn_idle_exception(problems, rule, c, why);
		return !c->is_negated;
	}
	if (never && !c->is_negated)
		warn_never(problems, rule, c, NULL, never);
	else if (never && c->is_exception)
		warn_idle_exception(problems, rule, c, never);
	return never == NULL || c->is_negated;
}

/* Two terms in their order; false where they are never met together. */
static bool
lint_pair(const struct policy *policy, const struct rule *rule, const struct lint_terms *terms, size_t first,
	size_t second, struct problems *problems)
{
	const struct condition *a = terms->items[first], *b = terms->items[second];
	bool are_twins = first > 0 && a->kind == b->kind && !a->is_negated && !b->is_negated;
	char why[400];

	if (condition_contradicts(policy, a, b)) {
		snprintf(why, sizeof why, "\"%.*s\" contradicts \"%.*s\"", SLICE_ARG(slice_sub(b->text, 0, 150)),
			SLICE_ARG(slice_sub(a->text, 0, 150)));
		warn_never(problems, rule, b,
			are_twins ? "values of one condition are alternatives: write them behind one keyword" : NULL,
			why);
		return false;
	}
	/* What is certain by itself was said before. */
	if (!b->is_exception || condition_is_certain(policy, b))
		return true;
	if (condition_implies(policy, a, b)) {
		snprintf(why, sizeof why, "\"%.*s\" %s", SLICE_ARG(slice_sub(a->text, 0, 150)),
			a->is_exception ? "lifts the rule wherever it would" : "rules it out");
		warn_idle_exception(problems, rule, b, why);
	} else if (a->is_exception && condition_implies(policy, b, a)) {
		snprintf(why, sizeof why, "\"%.*s\" lifts the rule wherever it would",
			SLICE_ARG(slice_sub(b->text, 0, 150)));
		warn_idle_exception(problems, rule, a, why);
	}
	return true;
}

/* The other term that leaves it no transport; NULL where it takes several. */
static const struct condition *
find_rival(const struct lint_terms *terms, size_t at)
{
	for (size_t i = 0; i < terms->count; i++)
		if (i != at && !(condition_transports(terms->items[i]) & condition_transports(terms->items[at])))
			return terms->items[i];
	return NULL;
}

/* What the terms say of the transport, together; false where none is left. */
static bool
lint_transports(const struct rule *rule, const struct lint_terms *terms, uint32_t *left, struct problems *problems)
{
	*left = ~0u;
	for (size_t i = 0; i < terms->count; i++) {
		const struct condition *c = terms->items[i], *rival;
		struct condition lifting = *c; /* as it would have to be to lift the rule */

		lifting.is_negated = !c->is_negated;
		if (c->is_exception && (*left & condition_transports(c)) && !(*left & condition_transports(&lifting)))
			warn_idle_exception(problems, rule, c, "the conditions rule it out");
		*left &= condition_transports(c);
		if (*left)
			continue;
		rival = find_rival(terms, i);
		lint_warn(problems, rule, c->line, c->column, NULL,
			"the rule never matches: \"%.*s\" is never known where %s%.*s%s holds", SLICE_ARG(c->text),
			rival ? "\"" : "", SLICE_ARG(rival ? rival->text : SLICE("all in front of it")),
			rival ? "\"" : "");
		return false;
	}
	return true;
}

/* ---- what is hardly ever ---- */

static const struct condition *
find_kind(const struct rule *rule, enum truth (*evaluate)(const struct condition *, struct condition_input *))
{
	for (size_t i = 0; i < rule->condition_count; i++)
		if (rule->conditions[i].kind->evaluate == evaluate && !rule->conditions[i].is_negated)
			return &rule->conditions[i];
	return NULL;
}

static void
lint_port(const struct rule *rule, uint32_t transports, struct problems *problems)
{
	static const struct {
		uint16_t port;
		uint32_t transports;
		const char *carries;
	} usual[] = {{80, TLS_ONLY, "plain HTTP"}, {443, HTTP_ONLY, "TLS"}};
	const struct condition *port = find_kind(rule, condition_evaluate_port);

	for (size_t i = 0; port && port->port.count == 1 && i < sizeof usual / sizeof usual[0]; i++)
		if (port->port.ranges[0].from == usual[i].port && port->port.ranges[0].to == usual[i].port &&
			transports == usual[i].transports)
			lint_warn(problems, rule, port->line, port->column, NULL,
				"the rule hardly ever matches: port %u carries %s, and the other conditions ask for %s",
				usual[i].port, usual[i].carries, usual[1 - i].carries);
}

/* Whether the condition is on methods of this list only. */
static bool
has_only_methods(const struct condition *method, const char *const *names, size_t count)
{
	if (method == NULL || method->texts.pattern_count)
		return false;
	for (size_t i = 0; i < method->texts.count; i++) {
		size_t n = 0;

		while (n < count && !slice_eq(method->texts.items[i], slice_of(names[n])))
			n++;
		if (n == count)
			return false;
	}
	return true;
}

/* RFC 9110: an answer to HEAD has no content (section 9.3.2); content of a GET or HEAD request means nothing (9.3.1).
 */
static void
lint_content(const struct rule *rule, struct problems *problems)
{
	static const char *const without_request[] = {"GET", "HEAD", "TRACE"}, *const without_answer[] = {"HEAD"};
	const struct condition *method = find_kind(rule, condition_evaluate_method);
	const struct condition *direction = find_kind(rule, condition_evaluate_direction);
	const uint32_t content =
		FACT_BIT(FACT_TYPE) | FACT_BIT(FACT_PHRASES) | FACT_BIT(FACT_TOPIC) | FACT_BIT(FACT_UNREAD);

	if (direction && direction->direction == DIRECTION_UPLOAD) {
		if (has_only_methods(method, without_request, 3))
			lint_warn(problems, rule, direction->line, direction->column, NULL,
				"the rule hardly ever matches: a request with \"%.*s\" uploads nothing",
				SLICE_ARG(method->text));
		return;
	}
	for (size_t i = 0; has_only_methods(method, without_answer, 1) && i < rule->condition_count; i++) {
		const struct condition *c = &rule->conditions[i];

		if (!c->is_negated && (c->facts & content))
			lint_warn(problems, rule, c->line, c->column, NULL,
				"the rule never matches: an answer to HEAD has no content for \"%.*s\"",
				SLICE_ARG(c->text));
	}
}

/* A method that nobody registered, and that is a slip away from one that somebody did (RFC 9110 section 16.1). */
static void
lint_methods(const struct rule *rule, struct problems *problems)
{
	static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE",
		"PATCH", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH",
		"QUERY", "PRI", "BIND", "LINK"};
	const struct condition *method = find_kind(rule, condition_evaluate_method);

	for (size_t i = 0; method && i < method->texts.count; i++) {
		struct conf_suggest search = {.word = method->texts.items[i]};
		char remedy[64];
		size_t n = 0;

		while (n < sizeof methods / sizeof methods[0] && !slice_eq(search.word, slice_of(methods[n])))
			conf_suggest_offer(&search, methods[n++]);
		if (n == sizeof methods / sizeof methods[0] && search.best && !slice_ends_with(search.word, SLICE("*")))
			lint_warn(problems, rule, method->line, method->column,
				conf_suggest_text(&search, NULL, remedy, sizeof remedy), "\"%.*s\" is no usual method",
				SLICE_ARG(search.word));
	}
}

/* Of every condition, negated or not: what the names are for is a mistake either way. */
static void
lint_types(
	const struct policy *policy, const struct rule *rule, const struct condition *type, struct problems *problems)
{
	const struct condition_texts *mimes = &type->type.mimes;
	unsigned known = policy->name_counts[NAME_MIME];

	for (size_t i = 0; known && i < mimes->count; i++) {
		struct condition_texts one = {.items = &mimes->items[i], .count = 1};
		struct conf_suggest search = {.word = mimes->items[i]};
		char remedy[160];
		unsigned n = 0;

		while (n < known && !condition_texts_match(&one, slice_of(policy_name(policy, NAME_MIME, n)), true))
			conf_suggest_offer(&search, policy_name(policy, NAME_MIME, n++));
		if (n == known)
			lint_warn(problems, rule, type->line, type->column,
				conf_suggest_text(&search, "types are told by content; see docs/content.md", remedy,
					sizeof remedy),
				"no body is found to be \"%.*s\"", SLICE_ARG(mimes->items[i]));
	}
}

/* ---- options ---- */

static void
lint_options(const struct rule *rule, struct problems *problems)
{
	if (rule->is_no_override && (rule->verb == VERB_PASS || rule->is_monitor))
		lint_warn(problems, rule, rule->line, rule->column, "remove it",
			"no_override has no effect: the rule %s", rule->is_monitor ? "only watches" : "stops nobody");
	if (rule->is_monitor && rule->log != RULE_LOG_FULL)
		lint_warn(problems, rule, rule->line, rule->column, "write it with the rule that decides",
			"log has no effect: the rule only watches");
	if (slice_eq(rule->id, VERDICT_DEFAULT_ID) || slice_eq(rule->id, SLICE("bypass")))
		lint_warn(problems, rule, rule->line, rule->column, "write another id",
			"records say \"%.*s\" where no rule has decided", SLICE_ARG(rule->id));
}

bool
lint_rule(const struct policy *policy, const struct rule *rule, struct problems *problems)
{
	struct lint_terms terms;
	uint32_t transports;
	bool may_match = true;

	lint_options(rule, problems);
	for (size_t i = 0; i < rule->condition_count; i++)
		if (rule->conditions[i].kind->evaluate == condition_evaluate_type)
			lint_types(policy, rule, &rule->conditions[i], problems);
	lint_terms_of(policy, rule, &terms);
	for (size_t i = 0; i < terms.count; i++)
		may_match &= lint_term(policy, rule, terms.items[i], problems);
	for (size_t i = 0; may_match && i < terms.count; i++)
		for (size_t k = i + 1; k < terms.count; k++)
			may_match &= lint_pair(policy, rule, &terms, i, k, problems);
	if (!may_match || !lint_transports(rule, &terms, &transports, problems))
		return false;
	lint_port(rule, transports, problems);
	lint_methods(rule, problems);
	lint_content(rule, problems);
	return true;
}

/* ---- settings ---- */

/* Whether the kernel sends us connections of our own choice of ports only. */
static bool
steers(const struct conf *conf)
{
	return conf->gateway.install_rules && (conf->gateway.interface.count || conf->gateway.local);
}

static bool
is_steered_port(const struct condition *port, const struct conf *conf)
{
	for (size_t i = 0; i < port->port.count; i++)
		for (size_t k = 0; k < conf->gateway.ports.count; k++)
			if (conf->gateway.ports.items[k] >= port->port.ranges[i].from &&
				conf->gateway.ports.items[k] <= port->port.ranges[i].to)
				return true;
	return false;
}

static bool
is_excluded(const struct condition *destination, const struct conf *conf)
{
	for (size_t i = 0; i < destination->destination.count; i++) {
		size_t k = 0;

		while (k < conf->gateway.exclude.count &&
			!prefix_covers(&conf->gateway.exclude.items[k], &destination->destination.prefixes[i]))
			k++;
		if (k == conf->gateway.exclude.count)
			return false;
	}
	return true;
}

/* What the settings make of a condition: a warning, or NULL. */
static const char *
odd_by_settings(const struct condition *c, const struct conf *conf, const char **remedy)
{
	if (conf->content.phrases.count == 0) {
		*remedy = "name some: content { phrases FILE... }";
		if (c->kind->evaluate == condition_evaluate_phrases)
			return "no phrase list is configured, so the score is always 0";
		if (c->kind->evaluate == condition_evaluate_search && c->search.by_score)
			return "no phrase list is configured, so the score of every search is 0";
	}
	if (c->kind->evaluate == condition_evaluate_suspicious && c->suspicions == 1u << SUSPICION_LOOKALIKE &&
		conf->content.protect.count == 0) {
		*remedy = "name some: content { protect NAME... }";
		return "no name is protected, so none looks like one";
	}
	if (c->is_negated || !steers(conf))
		return NULL;
	if (c->kind->evaluate == condition_evaluate_port && !is_steered_port(c, conf)) {
		*remedy = "name it: gateway { ports PORT... }";
		return "the rule never matches: the port is not intercepted";
	}
	if (c->kind->evaluate == condition_evaluate_destination && is_excluded(c, conf)) {
		*remedy = "see gateway { exclude }";
		return "the rule never matches: what goes there is not intercepted";
	}
	return NULL;
}

void
lint_rule_settings(const struct rule *rule, const struct conf *conf, struct problems *problems)
{
	for (size_t i = 0; i < rule->condition_count; i++) {
		const struct condition *c = &rule->conditions[i];
		const char *remedy, *odd = odd_by_settings(c, conf, &remedy);

		if (odd)
			lint_warn(problems, rule, c->line, c->column, remedy, "%s", odd);
	}
}

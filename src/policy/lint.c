/* Looks at rules as an administrator would: here at how they stand to one another.  All of it errs on the side of
 * silence: what is warned of is so.  See lint.h. */
#include "policy/lint_rule.h"

#include "policy/evaluate.h"

#include <stdio.h>

#define COMPARED_RULES_MAX 2000 /* beyond it, rules are not compared with each other */
#define PARTS_MAX 64            /* values of one condition that are looked at one by one */

void
lint_row_of(const struct rule *rule, struct lint_row *row)
{
	*row = (struct lint_row){.rule = rule, .stage = rule->stage};
	facts_list(rule->facts, row->facts, sizeof row->facts);
	for (size_t i = 0; i < rule->condition_count; i++)
		if (rule->conditions[i].kind->holds && (row->holds == NULL || rule->conditions[i].stage == STAGE_BODY))
			row->holds = rule->conditions[i].kind->holds;
}

const char *
lint_row_format(const struct lint_row *row, char *dst, size_t dst_size)
{
	bool is_always = row->facts[0] == '\0';

	snprintf(dst, dst_size, "%.*s: %.*s: decided at the %s%s%s%s, holds %s", SLICE_ARG(row->rule->id),
		SLICE_ARG(row->rule->text), policy_stage_name(row->stage), is_always ? "" : " (", row->facts,
		is_always ? "" : ")", row->holds && !row->rule->is_monitor ? row->holds : "nothing");
	return dst;
}

/* Whether the earlier rule surely matches whatever meets the terms of a later one. */
static bool
is_met(const struct policy *policy, const struct lint_terms *later, const struct condition *wanted)
{
	for (size_t i = 0; i < later->count; i++)
		if (condition_implies(policy, later->items[i], wanted))
			return true;
	return false;
}

/* The group last: it costs the most. */
static bool
rule_covers(const struct policy *policy, const struct rule *earlier, const struct lint_terms *later)
{
	struct lint_terms wanted;

	for (size_t i = 0; i < earlier->condition_count; i++)
		if (!is_met(policy, later, &earlier->conditions[i]))
			return false;
	lint_terms_of(policy, earlier, &wanted);
	return is_met(policy, later, &wanted.group);
}

/* Whether it is never decided without reading what is inside.  A URL's site decides most of the time. */
static bool
is_late(const struct condition *condition)
{
	return condition->stage >= STAGE_REQUEST &&
	       !(condition->facts & (FACT_BIT(FACT_SITE) | FACT_BIT(FACT_TRANSPORT)));
}

/* An earlier rule that waits for what is inside, whenever the terms of the later one are met. */
static const struct rule *
looks_inside_first(const struct policy *policy, size_t number, const struct lint_terms *later)
{
	struct lint_terms wanted;

	for (size_t e = 0; e < number && number < COMPARED_RULES_MAX; e++) {
		const struct rule *earlier = &policy->rules[e];
		bool waits = false, is_open = !earlier->is_monitor;

		for (size_t i = 0; i < earlier->condition_count && is_open; i++) {
			waits |= is_late(&earlier->conditions[i]);
			is_open = is_late(&earlier->conditions[i]) || is_met(policy, later, &earlier->conditions[i]);
		}
		if (!waits || !is_open)
			continue;
		lint_terms_of(policy, earlier, &wanted);
		if (is_met(policy, later, &wanted.group))
			return earlier;
	}
	return NULL;
}

static void
lint_pass(const struct policy *policy, size_t number, struct problems *problems)
{
	const struct rule *rule = &policy->rules[number], *earlier;
	struct lint_terms terms;
	uint32_t transports = ~0u;

	for (size_t i = 0; i < rule->condition_count; i++) {
		const struct condition *c = &rule->conditions[i];

		transports &= condition_transports(c);
		if (c->stage < STAGE_REQUEST)
			continue;
		lint_warn(problems, rule, c->line, c->column,
			"write inspect, or ask for what is known before: site, category",
			"\"%.*s\" is known only after decryption, so that nothing can pass untouched: the rule acts as "
			"inspect",
			SLICE_ARG(c->text));
		return;
	}
	lint_terms_of(policy, rule, &terms);
	/* What is neither TLS nor HTTP is passed before anybody could look inside. */
	earlier = transports == 1u << TRANSPORT_OTHER ? NULL : looks_inside_first(policy, number, &terms);
	if (earlier)
		lint_warn(problems, rule, rule->line, rule->column, "move it in front of that rule",
			"nothing passes untouched here: %.*s must look inside first", SLICE_ARG(earlier->id));
}

/* Whether the later rule stands there for those who got past the earlier one with an override code. */
static bool
is_backstop(const struct rule *earlier, const struct rule *later)
{
	return rule_may_be_exempted(earlier) && later->is_no_override;
}

/* An earlier rule that matches whatever meets the terms; NULL where there is none. */
static const struct rule *
find_cover(const struct policy *policy, size_t number, const struct lint_terms *terms)
{
	for (size_t e = 0; e < number && number < COMPARED_RULES_MAX; e++)
		if (!policy->rules[e].is_monitor && !is_backstop(&policy->rules[e], &policy->rules[number]) &&
			rule_covers(policy, &policy->rules[e], terms))
			return &policy->rules[e];
	return NULL;
}

/* Whether earlier rules together match all values of the term: *first and *last are two of them. */
static bool
term_is_shared(const struct policy *policy, size_t number, struct lint_terms *terms, size_t term,
	const struct rule **first, const struct rule **last)
{
	const struct condition *whole = terms->items[term];
	unsigned count = condition_count_parts(whole), n;
	struct condition_part part;

	if (count < 2 || count > PARTS_MAX)
		return false;
	terms->items[term] = &part.condition;
	for (n = 0; n < count; n++) {
		condition_take_part(whole, n, &part);
		*last = find_cover(policy, number, terms);
		if (*last == NULL)
			break;
		if (n == 0)
			*first = *last;
	}
	terms->items[term] = whole;
	return n == count;
}

/* Adds a warning, and returns false, where earlier rules match all that the rule matches. */
static bool
lint_reach(const struct policy *policy, size_t number, struct problems *problems)
{
	const struct rule *rule = &policy->rules[number], *cover, *other;
	struct lint_terms terms;

	lint_terms_of(policy, rule, &terms);
	cover = find_cover(policy, number, &terms);
	if (cover) {
		lint_warn(problems, rule, rule->line, rule->column, "remove it, or move it in front of that rule",
			"the rule is never reached: %.*s matches all that it matches", SLICE_ARG(cover->id));
		return false;
	}
	for (size_t i = 0; i < terms.count; i++) {
		if (!term_is_shared(policy, number, &terms, i, &cover, &other))
			continue;
		lint_warn(problems, rule, rule->line, rule->column, "remove it, or move it in front of those rules",
			"the rule is never reached: earlier rules, such as %.*s and %.*s, match all that it matches",
			SLICE_ARG(cover->id), SLICE_ARG(other->id));
		return false;
	}
	return true;
}

static void
lint_id(const struct policy *policy, size_t number, struct problems *problems)
{
	const struct rule *rule = &policy->rules[number];

	for (size_t e = 0; e < number && number < COMPARED_RULES_MAX; e++) {
		if (!slice_eq(policy->rules[e].id, rule->id))
			continue;
		lint_warn(problems, rule, rule->line, rule->column, "write another id",
			"the rule in line %u is called \"%.*s\", too: records cannot tell them apart",
			policy->rules[e].line, SLICE_ARG(rule->id));
		return;
	}
}

void
policy_lint(const struct policy *policy, const struct conf *conf, struct problems *problems)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct rule *rule = &policy->rules[i];
		bool may_match = lint_rule(policy, rule, problems);
		bool is_reached = may_match && lint_reach(policy, i, problems);

		lint_id(policy, i, problems);
		if (conf)
			lint_rule_settings(rule, conf, problems);
		if (is_reached && rule->verb == VERB_PASS)
			lint_pass(policy, i, problems);
	}
}

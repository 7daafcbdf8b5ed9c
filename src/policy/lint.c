/* Looks at rules as an administrator would.  All of it errs on the side of silence: what is warned of is so.
 * See lint.h. */
#include "policy/lint.h"

#include "policy/condition_text.h"
#include "policy/evaluate.h"

#include <stdio.h>

#define COMPARED_RULES_MAX 2000 /* beyond it, rules are not compared with each other */

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

static bool
is_kind(const struct condition *condition, const char *name)
{
	return strcmp(condition->kind->name, name) == 0;
}

static bool
is_any(const struct condition *condition)
{
	return condition->kind->least == 0;
}

/* The words behind the kind's name: `not port 80 443` yields "80 443". */
static struct slice
values_of(const struct condition *condition)
{
	struct slice text = condition->text, word;

	if (condition->is_negated != condition->is_exception)
		slice_split(&text, ' ', &word);
	slice_split(&text, ' ', &word);
	return text.ptr ? text : SLICE_EMPTY;
}

static bool
word_covers(struct slice wide, struct slice narrow)
{
	if (slice_eq_nocase(wide, narrow))
		return true;
	/* *.example.org covers www.example.org, *.www.example.org, and its paths. */
	if (slice_starts_with(wide, SLICE("*.")) && slice_find(wide, '/') == wide.len) {
		struct slice host = slice_sub(narrow, 0, slice_find(narrow, '/'));

		return host.len >= wide.len && slice_ends_with(host, slice_sub(wide, 1, wide.len));
	}
	/* example.org covers example.org/path. */
	return slice_find(wide, '/') == wide.len && slice_starts_with(narrow, wide) && narrow.ptr[wide.len] == '/';
}

static bool
has_covering_word(struct slice values, struct slice narrow)
{
	struct slice word;

	while (slice_split(&values, ' ', &word))
		if (word_covers(word, narrow))
			return true;
	return false;
}

/* Kinds whose values are alternatives, so that fewer of them mean less. */
static bool
has_alternatives(const struct condition *condition)
{
	static const char *const names[] = {
		"site", "category", "destination", "client", "protocol", "ja4", "method", "type", "during"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (is_kind(condition, names[i]))
			return true;
	return false;
}

static bool
ports_lie_in(const struct condition *a, const struct condition *b)
{
	for (size_t i = 0; i < a->port.count; i++) {
		bool found = false;

		for (size_t j = 0; j < b->port.count; j++)
			found |= a->port.ranges[i].from >= b->port.ranges[j].from &&
				 a->port.ranges[i].to <= b->port.ranges[j].to;
		if (!found)
			return false;
	}
	return true;
}

/* Whether b holds wherever a holds, both taken without their `not`. */
static bool
implies_plain(const struct condition *a, const struct condition *b)
{
	struct slice values, word;

	if (is_any(b))
		return true;
	if (a->kind != b->kind)
		return false;
	if (is_kind(a, "port"))
		return ports_lie_in(a, b);
	if (is_kind(a, "phrases"))
		return a->phrases >= b->phrases;
	if (is_kind(a, "size"))
		return a->size.is_over == b->size.is_over &&
		       (a->size.is_over ? a->size.bytes >= b->size.bytes : a->size.bytes <= b->size.bytes);
	values = values_of(a);
	if (!has_alternatives(a))
		return slice_eq(values, values_of(b));
	while (slice_split(&values, ' ', &word))
		if (!has_covering_word(values_of(b), word))
			return false;
	return true;
}

static bool
implies(const struct condition *a, const struct condition *b)
{
	if (is_any(b))
		return true;
	if (a->is_negated != b->is_negated)
		return false;
	return a->is_negated ? implies_plain(b, a) : implies_plain(a, b);
}

/* Whether the earlier rule surely matches whatever the later one matches. */
static bool
rule_covers(const struct policy *policy, const struct rule *earlier, const struct rule *later)
{
	if (!groups_contains(&policy->groups, earlier->group, later->group))
		return false;
	for (size_t e = 0; e < earlier->condition_count; e++) {
		bool is_implied = is_any(&earlier->conditions[e]);

		for (size_t l = 0; l < later->condition_count && !is_implied; l++)
			is_implied = implies(&later->conditions[l], &earlier->conditions[e]);
		if (!is_implied)
			return false;
	}
	return true;
}

static bool
port_ranges_meet(const struct condition *a, const struct condition *b)
{
	for (size_t i = 0; i < a->port.count; i++)
		for (size_t j = 0; j < b->port.count; j++)
			if (a->port.ranges[i].from <= b->port.ranges[j].to &&
				b->port.ranges[j].from <= a->port.ranges[i].to)
				return true;
	return false;
}

static bool
schedules_meet(const struct condition *a, const struct condition *b)
{
	for (size_t i = 0; i < a->during.count; i++)
		for (size_t j = 0; j < b->during.count; j++)
			if (!schedule_is_disjoint(a->during.schedules[i], b->during.schedules[j]))
				return true;
	return false;
}

/* Whether lists of plain words (no pattern, no wildcard) share none. */
static bool
words_are_disjoint(const struct condition *a, const struct condition *b)
{
	struct slice values = values_of(a), word;

	if (slice_find(values, '*') < values.len || slice_find(values, '~') < values.len)
		return false;
	values = values_of(b);
	if (slice_find(values, '*') < values.len || slice_find(values, '~') < values.len)
		return false;
	while (slice_split(&values, ' ', &word))
		if (has_covering_word(values_of(a), word))
			return false;
	values = values_of(a);
	while (slice_split(&values, ' ', &word))
		if (has_covering_word(values_of(b), word))
			return false;
	return true;
}

/* Two conditions of one kind, both plain, that no exchange meets together. */
static bool
excludes(const struct condition *a, const struct condition *b)
{
	if (is_kind(a, "port"))
		return !port_ranges_meet(a, b);
	if (is_kind(a, "during"))
		return !schedules_meet(a, b);
	if (is_kind(a, "direction"))
		return a->direction != b->direction;
	if (is_kind(a, "protocol"))
		return !a->protocol.applications && !b->protocol.applications &&
		       !(a->protocol.transports & b->protocol.transports);
	if (is_kind(a, "size"))
		return a->size.is_over != b->size.is_over &&
		       (a->size.is_over ? a->size.bytes + 1 >= b->size.bytes : b->size.bytes + 1 >= a->size.bytes);
	return (is_kind(a, "site") || is_kind(a, "method")) && words_are_disjoint(a, b);
}

static bool
contradicts(const struct condition *a, const struct condition *b)
{
	if (a->is_negated && b->is_negated)
		return false;
	if (a->is_negated)
		return implies_plain(b, a);
	if (b->is_negated)
		return implies_plain(a, b);
	return a->kind == b->kind && excludes(a, b);
}

/* Connections that are neither TLS nor HTTP are never looked into. */
static bool
is_opaque(const struct condition *condition)
{
	uint32_t readable = 1u << TRANSPORT_TLS | 1u << TRANSPORT_HTTP;

	return is_kind(condition, "protocol") && !condition->is_negated && !condition->protocol.applications &&
	       !(condition->protocol.transports & readable);
}

#define warn_rule(problems, rule, at_line, at_column, remedy, ...) \
	problems_add(problems, true, (rule)->file, at_line, at_column, remedy, __VA_ARGS__)

static void
lint_conditions(const struct rule *rule, struct problems *problems)
{
	for (size_t i = 0; i < rule->condition_count; i++) {
		const struct condition *a = &rule->conditions[i];

		for (size_t j = i + 1; j < rule->condition_count; j++) {
			const struct condition *b = &rule->conditions[j];

			if (contradicts(a, b))
				warn_rule(problems, rule, b->line, b->column,
					"values of one condition are alternatives: write them behind one keyword",
					"the rule never matches: \"%.*s\" contradicts \"%.*s\"", SLICE_ARG(b->text),
					SLICE_ARG(a->text));
		}
		for (size_t j = 0; is_opaque(a) && j < rule->condition_count; j++)
			if (rule->conditions[j].stage > STAGE_CONNECTION)
				warn_rule(problems, rule, rule->conditions[j].line, rule->conditions[j].column, NULL,
					"the rule never matches: \"%.*s\" is never looked into, so \"%.*s\" is never "
					"known",
					SLICE_ARG(a->text), SLICE_ARG(rule->conditions[j].text));
	}
}

static void
lint_settings(const struct rule *rule, const struct conf *conf, struct problems *problems)
{
	for (size_t i = 0; i < rule->condition_count; i++) {
		const struct condition *c = &rule->conditions[i];

		if (is_kind(c, "phrases") && conf->content.phrases.count == 0)
			warn_rule(problems, rule, c->line, c->column, "name some: content { phrases FILE... }",
				"no phrase list is configured, so the score is always 0");
		if (is_kind(c, "search") && c->search.by_score && conf->content.phrases.count == 0)
			warn_rule(problems, rule, c->line, c->column, "name some: content { phrases FILE... }",
				"no phrase list is configured, so the score of every search is 0");
		if (is_kind(c, "suspicious") && c->suspicions == 1u << SUSPICION_LOOKALIKE &&
			conf->content.protect.count == 0)
			warn_rule(problems, rule, c->line, c->column, "name some: content { protect NAME... }",
				"no name is protected, so none looks like one");
	}
}

/* An earlier rule for the same clients that always needs what is inside. */
static const struct rule *
looks_inside_first(const struct policy *policy, size_t pass)
{
	for (size_t i = 0; i < pass; i++) {
		const struct rule *earlier = &policy->rules[i];
		bool is_late = !earlier->is_monitor &&
			       groups_contains(&policy->groups, earlier->group, policy->rules[pass].group);

		for (size_t c = 0; c < earlier->condition_count && is_late; c++)
			is_late = earlier->conditions[c].stage >= STAGE_REQUEST;
		if (is_late)
			return earlier;
	}
	return NULL;
}

static void
lint_pass(const struct policy *policy, size_t number, struct problems *problems)
{
	const struct rule *rule = &policy->rules[number];
	const struct rule *earlier;

	for (size_t i = 0; i < rule->condition_count; i++) {
		const struct condition *c = &rule->conditions[i];

		if (c->stage < STAGE_REQUEST)
			continue;
		warn_rule(problems, rule, c->line, c->column,
			"write inspect, or ask for what is known before: site, category",
			"\"%.*s\" is known only after decryption, so that nothing can pass untouched: the rule acts as "
			"inspect",
			SLICE_ARG(c->text));
		return;
	}
	earlier = looks_inside_first(policy, number);
	if (earlier)
		warn_rule(problems, rule, rule->line, rule->column, "move it in front of that rule",
			"nothing passes untouched here: %.*s must look inside first", SLICE_ARG(earlier->id));
}

/* Whether the later rule stands there for those who got past the earlier one with an override code. */
static bool
is_backstop(const struct rule *earlier, const struct rule *later)
{
	return rule_may_be_exempted(earlier) && later->is_no_override;
}

static void
lint_no_override(const struct rule *rule, struct problems *problems)
{
	if (rule->is_no_override && (rule->verb == VERB_PASS || rule->is_monitor))
		warn_rule(problems, rule, rule->line, rule->column, "remove it",
			"no_override has no effect: the rule %s", rule->is_monitor ? "only watches" : "stops nobody");
}

void
policy_lint(const struct policy *policy, const struct conf *conf, struct problems *problems)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct rule *rule = &policy->rules[i];
		const struct rule *cover = NULL;

		lint_conditions(rule, problems);
		lint_no_override(rule, problems);
		if (conf)
			lint_settings(rule, conf, problems);
		for (size_t e = 0; e < i && i < COMPARED_RULES_MAX && cover == NULL; e++)
			if (!policy->rules[e].is_monitor && !is_backstop(&policy->rules[e], rule) &&
				rule_covers(policy, &policy->rules[e], rule))
				cover = &policy->rules[e];
		if (cover)
			warn_rule(problems, rule, rule->line, rule->column,
				"remove it, or move it in front of that rule",
				"the rule is never reached: %.*s matches all that it matches", SLICE_ARG(cover->id));
		else if (rule->verb == VERB_PASS)
			lint_pass(policy, i, problems);
	}
}

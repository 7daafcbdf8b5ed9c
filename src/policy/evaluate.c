/* The three-valued walk.  See evaluate.h. */
#include "policy/evaluate.h"

#include "policy/condition_text.h"

/* Facts that are the content of a body: waiting for them holds it back. */
#define CONTENT_FACTS                                                                                  \
	(FACT_BIT(FACT_TYPE) | FACT_BIT(FACT_PHRASES) | FACT_BIT(FACT_TOPIC) | FACT_BIT(FACT_SEARCH) | \
		FACT_BIT(FACT_SEARCH_SCORE) | FACT_BIT(FACT_UNREAD))

struct walk {
	struct condition_input input; /* not cleared as a whole: it is large */
	const struct policy_exemption *exemption;
	policy_trace *trace;
	void *context;
};

/* The step is put together only where somebody looks. */
static inline void
trace_step(const struct walk *walk, const struct rule *rule, const struct condition *condition, enum truth truth)
{
	if (walk->trace)
		walk->trace(walk->context, &(struct policy_step){.rule = rule, .condition = condition, .truth = truth});
}

static inline void
trace_rule(const struct walk *walk, const struct rule *rule, bool is_exempted, enum truth truth)
{
	if (walk->trace)
		walk->trace(walk->context,
			&(struct policy_step){
				.rule = rule, .is_rule = true, .is_exempted = is_exempted, .truth = truth});
}

static enum truth
evaluate_group(const struct rule *rule, const struct condition_input *input)
{
	if (group_set_has(&input->groups_sure, rule->group))
		return TRUTH_TRUE;
	return group_set_has(&input->groups_maybe, rule->group) ? TRUTH_UNKNOWN : TRUTH_FALSE;
}

/* Group and conditions; the first that is surely false ends it.  *needs gets what the unknown ones wait for. */
static enum truth
evaluate_rule(const struct rule *rule, struct walk *walk, uint32_t *needs)
{
	enum truth truth = evaluate_group(rule, &walk->input);
	uint32_t missing = ~walk->input.facts->known;

	*needs = truth == TRUTH_UNKNOWN ? missing & (FACT_BIT(FACT_CLIENT) | FACT_BIT(FACT_MAC) | FACT_BIT(FACT_USER))
					: 0;
	trace_step(walk, rule, NULL, truth);
	for (size_t i = 0; i < rule->condition_count && truth != TRUTH_FALSE; i++) {
		const struct condition *condition = &rule->conditions[i];
		enum truth one = condition_evaluate(condition, &walk->input);

		trace_step(walk, rule, condition, one);
		if (one == TRUTH_UNKNOWN) {
			uint32_t own = condition->facts & missing;

			/* A category may wait for the path. */
			*needs |= own ? own : missing & FACT_BIT(FACT_PATH);
		}
		truth = truth_and(truth, one);
	}
	return truth;
}

/* The first category that a condition of the rule and the facts share. */
static int
matched_category(const struct rule *rule, const struct facts *facts)
{
	for (size_t i = 0; i < rule->condition_count; i++) {
		const struct condition *condition = &rule->conditions[i];

		if (condition->kind->evaluate != condition_evaluate_category || condition->is_negated)
			continue;
		for (size_t w = 0; w < condition->category.words && w < facts->categories.count; w++) {
			uint64_t both = condition->category.mask[w] & facts->categories.words[w];

			if (both)
				return (int)(w * 64) + __builtin_ctzll(both);
		}
	}
	return -1;
}

static void
note_monitored(struct verdict *verdict, const struct rule *rule, enum truth truth, uint32_t needs)
{
	if (truth == TRUTH_UNKNOWN)
		verdict->wanted |= needs;
	else if (truth == TRUTH_TRUE && verdict->monitored_count < VERDICT_MONITORED_MAX)
		verdict->monitored[verdict->monitored_count++] = rule;
}

bool
rule_may_be_exempted(const struct rule *rule)
{
	return rule->verb == VERB_BLOCK && !rule->is_monitor && !rule->is_no_override;
}

static uint32_t
exempted_by(const struct walk *walk, const struct rule *rule)
{
	const struct policy_exemption *e = walk->exemption;

	return rule_may_be_exempted(rule) ? e->exempts(e, rule, matched_category(rule, walk->input.facts)) : 0;
}

void
policy_evaluate_traced(const struct policy *policy, const struct facts *facts, const struct policy_exemption *exemption,
	struct verdict *verdict, policy_trace *trace, void *context)
{
	struct walk walk;
	uint32_t needs;

	walk.exemption = exemption;
	walk.trace = trace;
	walk.context = context;
	walk.input.facts = facts;
	walk.input.sites = &policy->sites;
	walk.input.sites_are_looked_up = false;
	groups_of(&policy->groups, facts, &walk.input.groups_sure, &walk.input.groups_maybe);
	verdict->verb = VERB_INSPECT;
	verdict->rule = NULL;
	verdict->category = -1;
	verdict->needs = verdict->wanted = 0;
	verdict->next = STAGE_CONNECTION;
	verdict->holds_body = false;
	verdict->monitored_count = 0;
	verdict->exempted = NULL;
	verdict->exempted_by = 0;
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct rule *rule = &policy->rules[i];
		enum truth truth = evaluate_rule(rule, &walk, &needs);
		uint32_t by;

		if (truth == TRUTH_FALSE) {
			trace_rule(&walk, rule, false, truth);
			continue;
		}
		by = truth == TRUTH_TRUE && walk.exemption ? exempted_by(&walk, rule) : 0;
		trace_rule(&walk, rule, by != 0, truth);
		if (facts->site_is_unproved && rule_passes_by_name(rule))
			continue;
		if (rule->is_monitor) {
			note_monitored(verdict, rule, truth, needs);
			continue;
		}
		if (by && verdict->exempted == NULL) {
			verdict->exempted = rule;
			verdict->exempted_by = by;
		}
		if (by)
			continue;
		verdict->rule = rule;
		if (truth == TRUTH_TRUE) {
			verdict->verb = rule->verb;
			verdict->category = matched_category(rule, facts);
		} else {
			verdict->verb = VERB_UNDECIDED;
			verdict->needs = needs;
			verdict->next = rule->stage;
			verdict->holds_body = needs & CONTENT_FACTS;
		}
		return;
	}
}

void
policy_evaluate(const struct policy *policy, const struct facts *facts, struct verdict *verdict)
{
	policy_evaluate_traced(policy, facts, NULL, verdict, NULL, NULL);
}

void
policy_evaluate_exempting(const struct policy *policy, const struct facts *facts,
	const struct policy_exemption *exemption, struct verdict *verdict)
{
	policy_evaluate_traced(policy, facts, exemption, verdict, NULL, NULL);
}

void
verdict_note_monitored(struct verdict *verdict, const struct verdict *other)
{
	for (size_t i = 0; i < other->monitored_count; i++) {
		size_t at = 0;

		while (at < verdict->monitored_count && verdict->monitored[at] != other->monitored[i])
			at++;
		if (at == verdict->monitored_count && at < VERDICT_MONITORED_MAX)
			verdict->monitored[verdict->monitored_count++] = other->monitored[i];
	}
}

/* Whether the rule is about this very site, rather than about all traffic. */
static bool
names_site(const struct rule *rule)
{
	for (size_t i = 0; i < rule->condition_count; i++)
		if (!rule->conditions[i].is_negated &&
			(rule->conditions[i].facts & (FACT_BIT(FACT_SITE) | FACT_BIT(FACT_CATEGORY))))
			return true;
	return false;
}

bool
policy_may_bypass(const struct policy *policy, const struct facts *facts, const struct rule **why)
{
	struct walk walk = {.trace = NULL};
	uint32_t needs;

	walk.input.facts = facts;
	walk.input.sites = &policy->sites;
	walk.input.sites_are_looked_up = false;
	groups_of(&policy->groups, facts, &walk.input.groups_sure, &walk.input.groups_maybe);
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct rule *rule = &policy->rules[i];
		enum truth truth = rule->is_monitor ? TRUTH_FALSE : evaluate_rule(rule, &walk, &needs);
		bool is_demand = rule->verb != VERB_PASS && (rule->is_no_override || names_site(rule));

		if (truth == TRUTH_FALSE)
			continue;
		if (is_demand || (truth == TRUTH_TRUE && rule->verb != VERB_PASS && rule->verb != VERB_INSPECT)) {
			if (why)
				*why = rule;
			return false;
		}
		if (truth == TRUTH_TRUE)
			return true;
	}
	return true;
}

bool
verdict_needs_proof(const struct verdict *verdict)
{
	return verdict->verb == VERB_PASS && verdict->rule && rule_passes_by_name(verdict->rule);
}

struct slice
verdict_rule_id(const struct verdict *verdict)
{
	return verdict->rule ? verdict->rule->id : VERDICT_DEFAULT_ID;
}

struct slice
verdict_reason(const struct verdict *verdict)
{
	return verdict->rule && verdict->verb != VERB_UNDECIDED ? verdict->rule->reason : SLICE_EMPTY;
}

const char *
verdict_category(const struct policy *policy, const struct verdict *verdict)
{
	return verdict->category < 0 ? NULL : policy_name(policy, NAME_CATEGORY, (unsigned)verdict->category);
}

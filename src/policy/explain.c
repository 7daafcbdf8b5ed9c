/* Traces the walk into rows.  See explain.h. */
#include "policy/explain.h"

#include <stdio.h>

#define EXPLANATION_MAX (16u << 20) /* bytes of an explanation's arena */

struct tracer {
	const struct policy *policy;
	const struct facts *facts;
	struct explanation *explanation;
	size_t capacity;
	bool is_lifted; /* the last condition was an exception, and it holds */
};

const char *
truth_name(enum truth truth)
{
	static const char *const names[] = {"false", "unknown", "true"};

	return names[truth];
}

/* How many rows there can be: a rule, its group, its conditions. */
static size_t
count_rows(const struct policy *policy)
{
	size_t count = 0;

	for (size_t i = 0; i < policy->rule_count; i++)
		count += 2 + policy->rules[i].condition_count;
	return count;
}

/* Why the client is in the group or not. */
static void
group_evidence(const struct tracer *t, const struct rule *rule, enum truth truth, char *dst, size_t dst_size)
{
	struct group_set one = {{0}};
	struct condition client = {.kind = condition_kind_find(SLICE("client")), .facts = rule->facts};

	if (rule->group == GROUP_EVERYONE) {
		snprintf(dst, dst_size, "always");
		return;
	}
	group_set_add(&one, rule->group);
	client.groups = one;
	client.facts = FACT_BIT(FACT_CLIENT);
	if (truth == TRUTH_UNKNOWN)
		client.facts = rule->facts & (FACT_BIT(FACT_CLIENT) | FACT_BIT(FACT_MAC) | FACT_BIT(FACT_USER));
	condition_evidence(&client, t->facts, &t->policy->names, dst, dst_size);
}

static const char *
outcome(const struct tracer *t, const struct policy_step *step)
{
	if (step->truth == TRUTH_FALSE)
		return t->is_lifted ? "lifted by an exception" : "skipped";
	if (step->is_exempted)
		return "would decide; set aside by the override";
	if (step->rule->is_monitor)
		return step->truth == TRUTH_TRUE ? "would decide; monitor" : "not known yet; monitor";
	return step->truth == TRUTH_TRUE ? "decides" : "stops the walk";
}

static void
add_step(void *context, const struct policy_step *step)
{
	struct tracer *t = context;
	struct explanation *e = t->explanation;
	struct explain_row row = {.rule = step->rule, .truth = step->truth};
	char text[512] = "";

	if (step->is_rule) {
		row.kind = EXPLAIN_RULE;
		row.what = step->rule->text;
		snprintf(text, sizeof text, "%s", outcome(t, step));
		t->is_lifted = false;
	} else if (step->condition) {
		row.kind = step->condition->is_exception ? EXPLAIN_EXCEPTION : EXPLAIN_CONDITION;
		row.what = step->condition->text;
		if (step->condition->is_exception)
			row.truth = truth_not(step->truth);
		t->is_lifted = step->condition->is_exception && step->truth == TRUTH_FALSE;
		condition_evidence(step->condition, t->facts, &t->policy->names, text, sizeof text);
	} else {
		row.kind = EXPLAIN_GROUP;
		row.what = t->policy->groups.names[step->rule->group];
		group_evidence(t, step->rule, step->truth, text, sizeof text);
	}
	row.evidence = arena_copy(&e->arena, slice_of(text));
	if (row.evidence.ptr == NULL || e->count == t->capacity)
		e->is_cut = true;
	else
		e->rows[e->count++] = row;
}

void
policy_explain(const struct policy *policy, const struct facts *facts, const struct policy_exemption *exemption,
	struct explanation *explanation)
{
	struct tracer tracer = {policy, facts, explanation, count_rows(policy), false};

	*explanation = (struct explanation){.arena = arena_make(EXPLANATION_MAX)};
	explanation->rows = arena_alloc(&explanation->arena, (tracer.capacity + 1) * sizeof *explanation->rows);
	if (explanation->rows == NULL)
		tracer.capacity = 0;
	policy_evaluate_traced(policy, facts, exemption, &explanation->verdict, add_step, &tracer);
}

void
explanation_release(struct explanation *explanation)
{
	arena_release(&explanation->arena);
	*explanation = (struct explanation){0};
}

const char *
verdict_format(const struct policy *policy, const struct verdict *verdict, char *dst, size_t dst_size)
{
	const char *category = verdict_category(policy, verdict);
	struct slice reason = verdict_reason(verdict);
	char needs[160];

	if (verdict->verb == VERB_UNDECIDED)
		snprintf(dst, dst_size, "inspect for now: %.*s waits for the %s (%s)",
			SLICE_ARG(verdict_rule_id(verdict)), policy_stage_name(verdict->next),
			facts_list(verdict->needs, needs, sizeof needs));
	else if (verdict->rule == NULL)
		snprintf(dst, dst_size, "inspect: no rule matches");
	else
		snprintf(dst, dst_size, "%s by %.*s%s%s%s%s%.*s", verb_name(verdict->verb),
			SLICE_ARG(verdict_rule_id(verdict)), category ? " (category " : "", category ? category : "",
			category ? ")" : "", reason.len ? ": " : "", SLICE_ARG(reason));
	return dst;
}

/* A rule's line comes in front of its conditions, although the walk knows it after them. */
static bool
print_rule(const struct explanation *e, size_t first, size_t last, struct buffer *out)
{
	static const char *const prefixes[] = {
		[EXPLAIN_GROUP] = "group ", [EXPLAIN_CONDITION] = "", [EXPLAIN_EXCEPTION] = "except "};
	const struct explain_row *rule = &e->rows[last];

	if (!buffer_printf(out, "%.*s  %.*s  [%.*s]\n", SLICE_ARG(rule->rule->id), SLICE_ARG(rule->what),
		    SLICE_ARG(rule->evidence)))
		return false;
	for (size_t i = first; i < last; i++) {
		const struct explain_row *row = &e->rows[i];

		if (!buffer_printf(out, "    %-7s  %s%.*s: %.*s\n", truth_name(row->truth), prefixes[row->kind],
			    SLICE_ARG(row->what), SLICE_ARG(row->evidence)))
			return false;
	}
	return true;
}

bool
explanation_print(const struct policy *policy, const struct explanation *explanation, struct buffer *out)
{
	char text[1024];
	size_t first = 0;

	for (size_t i = 0; i < explanation->count; i++) {
		if (explanation->rows[i].kind != EXPLAIN_RULE)
			continue;
		if (!print_rule(explanation, first, i, out))
			return false;
		first = i + 1;
	}
	if (!buffer_printf(out, "verdict: %s\n", verdict_format(policy, &explanation->verdict, text, sizeof text)))
		return false;
	return !verdict_needs_proof(&explanation->verdict) ||
	       buffer_append_cstr(out, "         only where the destination is shown to be the site's own, by its DNS "
				       "answers or its certificate; else the next rules decide\n");
}

/* The walk over the rules: plain facts in, a plain verdict out.  The first rule that surely matches decides; a rule
 * that surely does not is skipped; a rule that cannot be decided yet stops the walk.  Pure, allocates nothing, any
 * thread.  `explain` traces this very walk. */
#ifndef SLUICE_POLICY_EVALUATE_H
#define SLUICE_POLICY_EVALUATE_H

#include "policy/compile.h"

#define VERDICT_MONITORED_MAX 8

struct verdict {
	enum verb verb; /* VERB_UNDECIDED: inspect, and ask again when one of `needs` is known */
	/* The rule that decides, or that stopped the walk; NULL where no rule matches: then the verb is inspect. */
	const struct rule *rule;
	int category;           /* the category that matched, or -1 */
	uint32_t needs;         /* FACT_BIT()s that the walk waits for */
	enum policy_stage next; /* by then the rule that stopped the walk is decided */
	bool holds_body;        /* undecided for want of content: hold the body, within the limits of `hold` */
	uint32_t wanted; /* FACT_BIT()s that monitor rules still wait for: find them out where that is free of delay */
	/* Monitor rules that would have decided; the first ones, in order. */
	const struct rule *monitored[VERDICT_MONITORED_MAX];
	size_t monitored_count;
	const struct rule *exempted; /* the first rule that would have decided, had it not been exempted; or NULL */
	uint32_t exempted_by;        /* what the exemption said of it */
};

/* What records say of a verdict without a rule. */
#define VERDICT_DEFAULT_ID SLICE("default")

/* The verdict borrows the policy's rules: hold a reference as long as it is used. */
void policy_evaluate(const struct policy *policy, const struct facts *facts, struct verdict *verdict);

/* Rules that block and are not to, for this request.  exempts() is asked of each that matches, with the category that
 * made it match (or -1): 0 where it holds, else a number that the verdict keeps.  Embedded in what it decides by. */
struct policy_exemption {
	uint32_t (*exempts)(const struct policy_exemption *self, const struct rule *rule, int category);
};

/* The same walk past the rules that are exempted: the rules behind them decide.  Rules that do not block, or have
 * no_override, are never asked about. */
void policy_evaluate_exempting(const struct policy *policy, const struct facts *facts,
	const struct policy_exemption *exemption, struct verdict *verdict);
/* Whether an exemption may hold for the rule. */
bool rule_may_be_exempted(const struct rule *rule);

/* Adds the monitor rules of another judgement of the same exchange, each once. */
void verdict_note_monitored(struct verdict *verdict, const struct verdict *other);

/* Whether a flow that the walk does not pass may be passed nevertheless, because reading it cannot succeed: a client
 * that pins its certificates, an origin that wants the client's.  Never against a rule that blocks or warns; nor
 * against one that has no_override, or names the site or its category, and wants it read or may yet refuse it. `inspect
 * everyone any` does not stand in the way.  All rules are walked, for one that waits for more must not hide the next.
 * *why (may be NULL) gets the rule that forbids. */
bool policy_may_bypass(const struct policy *policy, const struct facts *facts, const struct rule **why);

/* A step of the walk, for those who explain it. */
struct policy_step {
	const struct rule *rule;
	const struct condition *condition; /* NULL: the group, or the rule as a whole */
	bool is_rule;                      /* the rule as a whole, after its conditions */
	bool is_exempted;                  /* it matches, and the walk goes on */
	enum truth truth;
};

typedef void policy_trace(void *context, const struct policy_step *step);

/* The same walk; trace is called for every step of it.  exemption may be NULL. */
void policy_evaluate_traced(const struct policy *policy, const struct facts *facts,
	const struct policy_exemption *exemption, struct verdict *verdict, policy_trace *trace, void *context);

/* A pass by the name: it is given only where the destination is shown to be the site's (gateway { prove_pass }). */
bool verdict_needs_proof(const struct verdict *verdict);
/* "sluice.conf:31" (of a rule that waits, where nothing is decided yet) or "default"; the reason, or the empty slice where there
 * is none or nothing is decided yet; the category's name or NULL. */
struct slice verdict_rule_id(const struct verdict *verdict);
struct slice verdict_reason(const struct verdict *verdict);
const char *verdict_category(const struct policy *policy, const struct verdict *verdict);

#endif

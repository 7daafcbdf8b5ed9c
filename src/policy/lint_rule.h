/* What is odd about one rule by itself, whatever stands around it.  See lint.h. */
#ifndef SLUICE_POLICY_LINT_RULE_H
#define SLUICE_POLICY_LINT_RULE_H

#include "policy/condition_relation.h"
#include "policy/lint.h"

/* All that a rule wants: its group as a condition on the client, and its conditions. */
struct lint_terms {
	struct condition group;
	const struct condition *items[RULE_CONDITIONS_MAX + 1]; /* the group's is the first */
	size_t count;
};

void lint_terms_of(const struct policy *policy, const struct rule *rule, struct lint_terms *terms);
/* Adds warnings; false where the rule never matches, so that there is no more to say of it. */
bool lint_rule(const struct policy *policy, const struct rule *rule, struct problems *problems);
/* What depends on settings. */
void lint_rule_settings(const struct rule *rule, const struct conf *conf, struct problems *problems);

#define lint_warn(problems, rule, at_line, at_column, remedy, ...) \
	problems_add(problems, true, (rule)->file, at_line, at_column, remedy, __VA_ARGS__)

#endif

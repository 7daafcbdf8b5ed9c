/* What an override code covers.  See override.h. */
#include "policy/override.h"

bool
override_covers_client(const struct override_scope *scope, const struct policy *policy, const struct facts *facts)
{
	struct group_set sure, maybe;
	int group;

	if (scope->has_client && !prefix_contains(&scope->client, &facts->client))
		return false;
	if (scope->group[0] == '\0')
		return true;
	group = groups_find(&policy->groups, slice_of(scope->group));
	if (group < 0)
		return false;
	groups_of(&policy->groups, facts, &sure, &maybe);
	return group_set_has(&sure, (unsigned)group);
}

bool
override_covers_rule(
	const struct override_scope *scope, const struct policy *policy, const struct rule *rule, int category)
{
	const char *name = category < 0 ? NULL : policy_name(policy, NAME_CATEGORY, (unsigned)category);

	if (!rule_may_be_exempted(rule))
		return false;
	if (scope->rule[0] && !slice_eq(rule->id, slice_of(scope->rule)))
		return false;
	return scope->category[0] == '\0' || (name && strcmp(name, scope->category) == 0);
}

/* The policy blocks of a configuration to one immutable snapshot: groups, times, rules, and the tables that make
 * walking them cheap.  Shared by reference count; swapped whole.  All `policy` blocks together are one list of rules,
 * in the order in which they were read. */
#ifndef SLUICE_POLICY_COMPILE_H
#define SLUICE_POLICY_COMPILE_H

#include "policy/rule.h"

#include <stdatomic.h>

#define POLICY_RULES_MAX 10000
#define POLICY_TIMES_MAX 256
#define POLICY_ARENA_MAX (256u << 20)

/* What is known of a category beside its name. */
struct policy_category {
	uint16_t same_as; /* the number of the one that it is another name of, or its own */
	bool is_empty;    /* nothing is listed in it */
};

struct policy {
	struct groups groups;
	struct sites sites;
	const struct rule *rules;
	size_t rule_count;
	const struct schedule *const *schedules;
	size_t schedule_count;
	uint32_t facts;        /* all that any rule looks at: what no rule asks need not be found out */
	uint32_t upload_facts; /* what rules with `direction upload` look at, and sizes: no other content of requests is
				  read */
	/* Names, copied: number to name, for messages and answers. */
	struct policy_names names;
	const char **name_lists[NAME_KINDS];
	unsigned name_counts[NAME_KINDS];
	const struct policy_category *categories; /* name_counts[NAME_CATEGORY] of them */
	struct arena arena;
	atomic_uint references;
};

/* Compiles.  names (NULL: none are known) is asked during the call only; numbers in facts must be numbered as it was,
 * so compile again when the lists change.  User files and time zones are taken from the tree's sources, see
 * conf/load.h.  Mistakes and warnings are added to problems; NULL when there was a mistake.  Keeps nothing of the tree.
 * The caller owns one reference. */
struct policy *policy_compile(
	const struct conf_tree *tree, const struct policy_names *names, struct problems *problems);
/* One more reference; any thread.  Returns policy. */
struct policy *policy_share(struct policy *policy);
/* Gives one reference back and frees with the last; any thread; NULL is allowed. */
void policy_release(struct policy *policy);
/* The name of a category, type class, topic or MIME type by number; NULL where there is none. */
const char *policy_name(const struct policy *policy, enum policy_name kind, unsigned number);

#endif

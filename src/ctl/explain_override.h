/* `sluicectl explain` and override codes: which of the daemon's could be entered, and what one would make of it. */
#ifndef SLUICE_CTL_EXPLAIN_OVERRIDE_H
#define SLUICE_CTL_EXPLAIN_OVERRIDE_H

#include "ctl/policy_file.h"
#include "policy/override.h"

#include <jansson.h>

/* A code that is taken for entered. */
struct entered_override {
	struct policy_exemption exemption;
	struct override_scope scope;
	const struct policy *policy;
	const struct facts *facts;
	uint32_t id; /* 0: none */
};

/* The daemon's code of that number, for a policy and facts that it borrows; EX_OK, or what was said: there is none, or
 * this configuration takes no codes. */
int explain_override_enter(struct ctl *ctl, uint64_t id, const struct policy_file *file, const struct facts *facts,
	struct entered_override *e);
/* Those that cover the rule that blocks: the caller's array, or NULL where the block page would ask for none. */
json_t *explain_overrides_find(
	struct ctl *ctl, const struct policy_file *file, const struct facts *facts, const struct verdict *v);
/* In words, for people. */
void explain_overrides_print(struct ctl *ctl, const json_t *overrides);

#endif

/* What a policy means before it is used: when each rule can be decided, what it makes the proxy hold back, and which
 * rules can never matter.  For `sluiced -t`; nothing of it is needed to decide. */
#ifndef SLUICE_POLICY_LINT_H
#define SLUICE_POLICY_LINT_H

#include "conf/snapshot.h"
#include "policy/compile.h"

/* A rule, as one line of a table. */
struct lint_row {
	const struct rule *rule;
	enum policy_stage stage; /* decided by then at the latest */
	char facts[160];         /* what it waits for: "site, time" */
	const char *holds;       /* NULL: nothing */
};

void lint_row_of(const struct rule *rule, struct lint_row *row);
/* "sluice.conf:31: block pupils type executable: decided at the response (type), holds the first bytes of the body";
 * returns dst. */
const char *lint_row_format(const struct lint_row *row, char *dst, size_t dst_size);

/* Adds a warning, with line and column, for each rule that can never be reached, that contradicts itself, or that
 * cannot do what its verb says.  conf may be NULL: what depends on settings is then not looked at. */
void policy_lint(const struct policy *policy, const struct conf *conf, struct problems *problems);

#endif

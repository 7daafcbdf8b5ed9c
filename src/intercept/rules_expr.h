/* One rule of our description as a rule of libnftnl. */
#ifndef SLUICE_INTERCEPT_RULES_EXPR_H
#define SLUICE_INTERCEPT_RULES_EXPR_H

#include "intercept/rules.h"

#include <libnftnl/rule.h>

/* A new rule for that table and chain, which the caller frees; NULL when memory is out. */
struct nftnl_rule *rules_expr_build(const char *table, const char *chain, const struct rules_rule *rule);

#endif

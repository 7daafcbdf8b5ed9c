/* What an override code covers: of which rules, for which clients.  Plain values in, an answer out: no secret, no
 * clock; so live traffic and `explain` ask the same. */
#ifndef SLUICE_POLICY_OVERRIDE_H
#define SLUICE_POLICY_OVERRIDE_H

#include "policy/evaluate.h"

#define OVERRIDE_NAME_MAX 128 /* bytes of a group's, rule's or category's name */

/* Names that are empty say nothing. */
struct override_scope {
	bool has_client;
	struct prefix client; /* the address, or a network */
	char group[OVERRIDE_NAME_MAX + 1];
	char rule[OVERRIDE_NAME_MAX + 1];     /* the rule's id */
	char category[OVERRIDE_NAME_MAX + 1]; /* that made the rule true */
};

/* Whether it covers the client that the facts describe.  Names are looked up as they are now: a group that is gone
 * covers nobody. */
bool override_covers_client(const struct override_scope *scope, const struct policy *policy, const struct facts *facts);
/* Whether it covers the rule, made true by that category (number, or -1); never one that may not be exempted. */
bool override_covers_rule(
	const struct override_scope *scope, const struct policy *policy, const struct rule *rule, int category);

#endif

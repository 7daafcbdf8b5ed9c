/* What conditions have to do with one another, whatever the facts: so that the linter can say what an administrator
 * would see by looking.  Nothing of it decides anything.  Every answer may be false where nobody would wait for the
 * true one, or where it is not worth its code; none is true where it is not so. */
#ifndef SLUICE_POLICY_CONDITION_RELATION_H
#define SLUICE_POLICY_CONDITION_RELATION_H

#include "policy/compile.h"

/* The functions of the rows of condition_kinds. */
#define CONDITION_IMPLIES(name) \
	bool condition_implies_##name(const struct policy *, const struct condition *, const struct condition *);
#define CONDITION_EXCLUDES(name) \
	bool condition_excludes_##name(const struct policy *, const struct condition *, const struct condition *);
CONDITION_IMPLIES(site)
CONDITION_IMPLIES(category)
CONDITION_IMPLIES(port)
CONDITION_IMPLIES(destination)
CONDITION_IMPLIES(client)
CONDITION_IMPLIES(protocol)
CONDITION_IMPLIES(ja4)
CONDITION_IMPLIES(certificate)
CONDITION_IMPLIES(during)
CONDITION_IMPLIES(method)
CONDITION_IMPLIES(header)
CONDITION_IMPLIES(type)
CONDITION_IMPLIES(size)
CONDITION_IMPLIES(direction)
CONDITION_IMPLIES(phrases)
CONDITION_IMPLIES(topic)
CONDITION_IMPLIES(search)
CONDITION_IMPLIES(suspicious)
CONDITION_IMPLIES(unreadable)
CONDITION_EXCLUDES(site)
CONDITION_EXCLUDES(port)
CONDITION_EXCLUDES(destination)
CONDITION_EXCLUDES(client)
CONDITION_EXCLUDES(protocol)
CONDITION_EXCLUDES(ja4)
CONDITION_EXCLUDES(certificate)
CONDITION_EXCLUDES(during)
CONDITION_EXCLUDES(method)
CONDITION_EXCLUDES(size)
CONDITION_EXCLUDES(direction)
CONDITION_EXCLUDES(unreadable)

/* Of conditions as rules want them, with `not` and `except`: whether b is met wherever a is. */
bool condition_implies(const struct policy *policy, const struct condition *a, const struct condition *b);
/* Whether no exchange meets both. */
bool condition_contradicts(const struct policy *policy, const struct condition *a, const struct condition *b);

/* Whether every exchange meets the condition. */
bool condition_is_certain(const struct policy *policy, const struct condition *condition);

/* Why the values (without `not`) hold of nothing: "the time \"x\" never comes"; NULL where they may. */
const char *condition_never_holds(
	const struct policy *policy, const struct condition *condition, char *dst, size_t dst_size);
/* Whether they hold of everything. */
bool condition_always_holds(const struct policy *policy, const struct condition *condition);
/* A condition with a single one of its values, and what it borrows. */
struct condition_part {
	struct condition condition;
	uint64_t categories[NAMES_MAX / 64 + 1];
	struct site_entry site;
};

/* How many values are alternatives that can be looked at one by one: 0 where that is not so. */
unsigned condition_count_parts(const struct condition *condition);
/* The nth of them; it borrows from the condition. */
void condition_take_part(const struct condition *condition, unsigned n, struct condition_part *part);

/* The transports (bits 1 << enum fact_transport) over which the condition can be met. */
uint32_t condition_transports(const struct condition *condition);

#endif

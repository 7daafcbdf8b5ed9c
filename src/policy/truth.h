/* Three-valued logic (Kleene): what is not known yet is neither true nor false. */
#ifndef SLUICE_POLICY_TRUTH_H
#define SLUICE_POLICY_TRUTH_H

#include <stdbool.h>

enum truth { TRUTH_FALSE, TRUTH_UNKNOWN, TRUTH_TRUE };

static inline enum truth
truth_of(bool value)
{
	return value ? TRUTH_TRUE : TRUTH_FALSE;
}

static inline enum truth
truth_not(enum truth a)
{
	return (enum truth)(TRUTH_TRUE - a);
}

static inline enum truth
truth_and(enum truth a, enum truth b)
{
	return a < b ? a : b;
}

static inline enum truth
truth_or(enum truth a, enum truth b)
{
	return a > b ? a : b;
}

#endif

/* The names that rules may use and that other parts own: categories, type classes, topics, and the MIME types that
 * bodies are found to be.  They are numbered by those parts, from 0 without holes; facts carry the numbers, but of MIME
 * types the names. */
#ifndef SLUICE_POLICY_NAMES_H
#define SLUICE_POLICY_NAMES_H

#include "base/slice.h"

enum policy_name { NAME_CATEGORY, NAME_TYPE_CLASS, NAME_TOPIC, NAME_MIME, NAME_KINDS };

#define NAMES_MAX 65535     /* of one kind */
#define TYPE_CLASSES_MAX 64 /* they are bits of one word */

/* The name of a number; NULL past the last.  The text must live as long as the call that asks. */
typedef const char *policy_name_of(const void *context, unsigned number);

struct policy_names {
	policy_name_of *of[NAME_KINDS]; /* NULL where there are none of that kind */
	/* Of categories, for messages only, each may be NULL: the number that this one is another name of, or -1; and
	 * whether nothing is listed in it. */
	int (*alias_of)(const void *context, unsigned category);
	bool (*is_empty)(const void *context, unsigned category);
	const void *context;
};

/* The number of a name; -1 where it is not known. */
static inline int
policy_name_find(const struct policy_names *names, enum policy_name kind, struct slice text)
{
	const char *name;

	if (names == NULL || names->of[kind] == NULL)
		return -1;
	for (unsigned i = 0; i < NAMES_MAX && (name = names->of[kind](names->context, i)) != NULL; i++)
		if (slice_eq(slice_of(name), text))
			return (int)i;
	return -1;
}

#endif

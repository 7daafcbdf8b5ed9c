/* Which categories the rules of a configuration name, before anybody knows whether they exist. */
#ifndef SLUICE_POLICY_NAMED_H
#define SLUICE_POLICY_NAMED_H

#include "conf/parse.h"

#define NAMED_CATEGORIES_MAX 512

struct named_categories {
	const char *items[NAMED_CATEGORIES_MAX]; /* each once; they lie in `memory` */
	size_t count;
	struct arena memory;
};

/* Further names than NAMED_CATEGORIES_MAX are left out.  Release it. */
void named_categories_of(const struct conf_tree *tree, struct named_categories *named);
void named_categories_release(struct named_categories *named);

#endif

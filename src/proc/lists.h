/* The compiled table of category lists, for the worker. */
#ifndef SLUICE_PROC_LISTS_H
#define SLUICE_PROC_LISTS_H

#include "base/diag.h"
#include "classify/list_compile.h"
#include "conf/snapshot.h"
#include "policy/named.h"

/* What there is to compile in a configuration; borrows the configuration. */
struct lists_work {
	struct list_job job;
	char folder[4000];
	struct named_categories named;
};

/* False where there are no lists; nothing needs releasing then. */
bool lists_work_begin(struct lists_work *work, const struct conf *conf, const struct conf_tree *tree);
void lists_work_release(struct lists_work *work);
/* Whether the table on disk was built from something else than what the lists are now. */
bool lists_work_is_stale(const struct lists_work *work);

/* The table of the configured lists: a descriptor that can only be read, the caller's; -1 where no lists are
 * configured, or there is no table.  May compile: the table on disk is looked at, and compiled first where it is older
 * than the lists; else it is taken as it is.  When lists cannot be compiled, the last table goes on and the problem is
 * a warning. */
int lists_open_table(
	const struct conf *conf, const struct conf_tree *tree, bool may_compile, struct problems *problems);

#endif

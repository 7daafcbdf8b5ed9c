/* Reads, with the supervisor's rights, every file that a generation is made from, and puts the bytes into a bundle for
 * the worker, which has no file access.  It parses the configuration's own language and nothing else. */
#ifndef SLUICE_PROC_GATHER_H
#define SLUICE_PROC_GATHER_H

#include "base/diag.h"
#include "conf/load.h"
#include "conf/snapshot.h"

/* The configuration as it stands on disk now. */
struct gathered {
	struct conf_sources sources;
	struct conf_tree *tree;
	struct conf *conf;       /* a reference */
	bool lists_are_compiled; /* the table on disk is taken as it is: who gathers must not wait */
};

/* Loads FILE (and conf.d/) and checks the settings.  False with problems; nothing needs releasing then. */
bool gather_configuration(const char *path, struct gathered *g, struct problems *problems);
void gathered_release(struct gathered *g);
/* Policy and trust are checked as the worker will: the whole generation is built once, in this process, for `sluiced
 * -t` and before a reload.  `issuers` may be empty (none known yet).  False with problems; otherwise the
 * descriptors are the caller's: the sealed bundle, and the table of categories, or -1 where there is none. */
bool gather_bundle(const struct gathered *g, struct slice issuers, int *bundle, int *table, struct problems *problems);
/* What the fetcher needs of it, and the two files that say how names are found: a sealed bundle (fetch/server.h), or
 * negative errno.  What cannot be read is left out, and said. */
int gather_fetcher_bundle(
	const struct gathered *g, const char *resolv_conf, const char *hosts, struct problems *problems);

#endif

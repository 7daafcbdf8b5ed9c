/* The compiled table of category lists, for the bundle.  Lists are strangers' text: they are read and compiled in a
 * process of its own, as the unprivileged user and bounded in time, and only when the table on disk is older than they
 * are. */
#ifndef SLUICE_PROC_LISTS_H
#define SLUICE_PROC_LISTS_H

#include "base/diag.h"
#include "conf/snapshot.h"
#include "ipc/bundle.h"

/* Adds the blob BLOB_CATEGORIES where lists are configured.  When they cannot be compiled, the last table goes on and
 * the problem is a warning. */
void lists_add_table(struct bundle_writer *w, const struct conf *conf, struct problems *problems);

#endif

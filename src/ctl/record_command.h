/* Commands over records: their filter, and which file of records is meant, are found here. */
#ifndef SLUICE_CTL_RECORD_COMMAND_H
#define SLUICE_CTL_RECORD_COMMAND_H

#include "ctl/ctl.h"
#include "ctl/filter.h"

/* Parses argv into `options` and a filter, and runs `work` on the file of records: *file, which is one of the options,
 * or the configuration's.  Returns the exit status. */
int record_command_run(struct ctl *ctl, int argc, char **argv, void *options, const char *const *file,
	int (*work)(struct ctl *ctl, const char *path, const struct filter *filter, const void *options));

#endif

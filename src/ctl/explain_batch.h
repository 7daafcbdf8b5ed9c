/* `sluicectl explain --batch`: a verdict for each line of a file, without the walk. */
#ifndef SLUICE_CTL_EXPLAIN_BATCH_H
#define SLUICE_CTL_EXPLAIN_BATCH_H

#include "ctl/policy_file.h"

/* Reads a JSON object from each line of the file ("-" is standard input) and writes one for each to ctl->out.  A line
 * that is wrong gets an answer with "error"; the status is then EX_DATAERR. */
int explain_batch(struct ctl *ctl, struct policy_file *policy, const char *path);

#endif

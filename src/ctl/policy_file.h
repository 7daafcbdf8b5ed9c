/* A configuration with its compiled policy, as the daemon would have it: for commands that decide without the daemon.
 */
#ifndef SLUICE_CTL_POLICY_FILE_H
#define SLUICE_CTL_POLICY_FILE_H

#include "ctl/settings.h"
#include "policy/compile.h"

struct policy_file {
	struct settings settings;
	struct policy *policy; /* owned */
};

/* Loads and compiles; mistakes are said, and the answer is EX_CONFIG or EX_NOINPUT.  Release in either case. */
int policy_file_load(struct ctl *ctl, const char *path, struct policy_file *p);
void policy_file_release(struct policy_file *p);

#endif

/* A process gives up, for good, what its role does not need: user, capabilities, file access (landlock), system calls
 * (seccomp), core dumps, being read by others.  Each measure that this kernel lacks is named once in the log and the
 * rest is applied; a measure that the kernel has and that fails ends the process. */
#ifndef SLUICE_PROC_CONFINE_H
#define SLUICE_PROC_CONFINE_H

#include "proc/role.h"

/* user: whom to become when root; NULL or unknown: nobody.  Call once, before threads and before any byte of a stranger
 * is read.  False with the reason in the log. */
bool confine(enum role role, const char *user);

#endif

/* The issuance log over all its files, as tools read it: issuance.log and those before it, compressed or not, in the
 * order in which they were written. */
#ifndef SLUICE_CTL_ISSUANCE_CHECK_H
#define SLUICE_CTL_ISSUANCE_CHECK_H

#include <stdio.h>

#include "tls/issuance_log.h"

struct issuance_check {
	struct issuance_verdict verdict; /* over all files */
	size_t files;
};

/* Verifies the whole chain of the files in `folder`, then writes the last `lines` of them to `out`.  False with a
 * problem where the chain does not hold, or nothing could be read (files is 0 then). */
bool issuance_check(int folder, FILE *out, size_t lines, struct issuance_check *check, struct problems *problems);

#endif

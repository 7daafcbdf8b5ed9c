/* The supervisor's side of the signer: starts it and starts it again, and takes the certificates of the issuers from
 * it, which the worker cannot begin without.  One loop thread. */
#ifndef SLUICE_PROC_SIGNER_KEEPER_H
#define SLUICE_PROC_SIGNER_KEEPER_H

#include "proc/supervisor.h"

void signer_keeper_init(struct supervisor *s);
/* Starts it; the worker follows once it is ready. */
void signer_keeper_begin(struct supervisor *s);
/* It has ended; it is started again, but where its first start has failed for a reason that it told: then all ends. */
void signer_keeper_ended(struct supervisor *s, int status);

#endif

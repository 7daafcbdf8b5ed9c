/* Configurations on their way to the worker: the first one, and each reload, whole or not at all.  The supervisor's
 * loop; what a reload is asked by and ends with stands in struct supervisor. */
#ifndef SLUICE_PROC_RELOAD_H
#define SLUICE_PROC_RELOAD_H

#include "ipc/channel.h"
#include "proc/supervisor.h"

/* Sends it as the next generation; false where it could not, which was logged. */
bool reload_send(struct supervisor *s, const struct gathered *g);
/* The worker has said of a generation that it is in force, or why not. */
void reload_answered(struct supervisor *s, const struct ipc_message *m);
/* Nobody will say any more. */
void reload_worker_ended(struct supervisor *s);
/* When the file of the CA that signs was written. */
struct timespec reload_ca_written(const struct supervisor *s);

#endif

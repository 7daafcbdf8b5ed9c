/* The supervisor's side of the worker: starts it and starts it again, gives it all that it works with (the access log,
 * users, listening sockets, lines to the signer and the fetcher, the configuration), and takes what it says.  Functions
 * that send answer 0 or a negative errno; what cannot be sent is put right by a new worker.  One loop thread. */
#ifndef SLUICE_PROC_WORKER_KEEPER_H
#define SLUICE_PROC_WORKER_KEEPER_H

#include "proc/supervisor.h"

void worker_keeper_init(struct supervisor *s);
/* Starts it; the signer is there. */
void worker_keeper_begin(struct supervisor *s);
/* It has ended; it is started again, at once or after a while. */
void worker_keeper_ended(struct supervisor *s, int status);
/* The access log, which was opened or opened anew. */
int worker_keeper_send_log(struct supervisor *s);
/* Whether the date may be relied on. */
int worker_keeper_send_clock(struct supervisor *s);
/* For user_files_init(): takes the bundle. */
bool worker_keeper_send_users(struct user_files *users, int bundle);
/* A channel between the signer and each thread of the worker; false, and said, where that fails. */
bool worker_keeper_connect_signer(struct supervisor *s);

#endif

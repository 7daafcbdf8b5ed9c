/* Control requests that the worker answers: each waits in a place of the supervisor's until the reply with its number
 * comes, the client goes away, or the worker ends. */
#ifndef SLUICE_PROC_QUERIES_H
#define SLUICE_PROC_QUERIES_H

#include "ipc/channel.h"
#include "proc/supervisor.h"

/* A reply of the worker. */
void queries_replied(struct supervisor *s, const struct ipc_message *m);
/* Asks the worker for its status on our own account; alarm_checks_worker() sees the answer, too.  on_reply (may be
 * NULL) gets it, borrowed, or NULL where the worker ended before; it is not called where false is returned: the worker
 * cannot be asked now. */
bool queries_ask_status(struct supervisor *s, void (*on_reply)(void *context, const json_t *status), void *context);
/* The worker has ended: nobody will answer what is waiting. */
void queries_forget(struct supervisor *s);

#endif

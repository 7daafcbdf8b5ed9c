/* The administrator's bypasses (`sluicectl bypass pin`): kept in a file of state_dir, written by the supervisor alone,
 * and told to each worker before it accepts anything.  What workers learn is theirs, and ends with them. */
#ifndef SLUICE_PROC_PINS_H
#define SLUICE_PROC_PINS_H

#include "proc/supervisor.h"

/* More would not fit into one message to the worker. */
#define PINS_MAX 128

/* Reads the file; a file that cannot be read is reported, and nothing is pinned. */
void pins_load(struct supervisor *s);
/* Tells the worker.  0 or a negative errno. */
int pins_send(struct supervisor *s);
/* The control command: list, pin, forget. */
void pins_handle(void *context, struct control_request *r, const json_t *arguments);

#endif

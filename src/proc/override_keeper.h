/* The supervisor's side of override codes (docs/decisions/overrides.md): it makes them, keeps them in two files of
 * state_dir that say the same, tells each worker before it accepts anything, counts what the worker says was used, and
 * says in the log who made, used, tried and revoked what.  The codes themselves it forgets at once. */
#ifndef SLUICE_PROC_OVERRIDE_KEEPER_H
#define SLUICE_PROC_OVERRIDE_KEEPER_H

#include "proc/supervisor.h"

/* Reads the files; what cannot be read is reported, and then there is no code.  False when memory is out. */
bool override_keeper_init(struct supervisor *s);
/* Tells the worker.  0 or a negative errno. */
int override_keeper_send(struct supervisor *s);
/* The worker's message about a code that was entered; false where it is malformed. */
bool override_keeper_event(struct supervisor *s, struct slice payload);
/* The control command: list, new, revoke. */
void override_keeper_handle(void *context, struct control_request *r, const json_t *arguments);

#endif

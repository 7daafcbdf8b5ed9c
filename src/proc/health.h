/* Whether the daemon does its job now: what /healthz says. */
#ifndef SLUICE_PROC_HEALTH_H
#define SLUICE_PROC_HEALTH_H

#include "base/buffer.h"
#include "proc/supervisor.h"

/* Appends a line for each thing that keeps it from that, or "ok" where there is none, which it returns true for.
 * worker_answers: false where it was asked and is silent. */
bool health_write(const struct supervisor *s, bool worker_answers, struct buffer *out);

#endif

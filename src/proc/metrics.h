/* The metrics, written from what the supervisor knows: of its processes, the configuration, the lists, and of the
 * counters that the worker answers with.  What a family is called, and what its labels say, is a contract with those
 * who watch: rows are added, none is renamed.  No label ever holds the name or address of a client or a server. */
#ifndef SLUICE_PROC_METRICS_H
#define SLUICE_PROC_METRICS_H

#include "base/buffer.h"
#include "proc/supervisor.h"

/* Appends the exposition.  worker: its answer to "status", just now; NULL where it is not there or does not answer:
 * its counters are then as they were seen last, and what it only has while it runs is left out.  False where it did
 * not fit. */
bool metrics_write(const struct supervisor *s, const json_t *worker, struct buffer *out);

/* Whether a counter of proxy/counters.h is told by a family; for the test that none is forgotten. */
bool metrics_tell(const char *counter);

#endif

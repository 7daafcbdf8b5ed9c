/* What all workers of this daemon have counted: a worker that ends takes its counters along, and the next begins with
 * zero.  What each was last seen to have counted is kept here and added, so that what we tell never falls: `status` and
 * the metrics tell the same sums.  What a worker counted after it was looked at last, and before it ended of itself, is
 * lost; it is looked at with each `status`, each scrape, and each hour.
 *
 * One thread. */
#ifndef SLUICE_PROC_WORKER_COUNTS_H
#define SLUICE_PROC_WORKER_COUNTS_H

#include <jansson.h>
#include <stdint.h>

struct worker_counts {
	json_t *past; /* owned: of workers that have ended, by object and name as in their answers; NULL: none */
	json_t *last; /* owned: of the one that runs, when it was looked at last; NULL: not yet */
};

/* The worker has answered "status": takes note of its counters, and puts the sums of all workers in their place. */
void worker_counts_take(struct worker_counts *counts, json_t *status);
/* The worker has ended. */
void worker_counts_end(struct worker_counts *counts);
/* As in the worker's answer: what one of a name has reached, now or when it was seen last; 0 where there is none. */
uint64_t worker_counts_value(const struct worker_counts *counts, const char *object, const char *name);
void worker_counts_release(struct worker_counts *counts);

#endif

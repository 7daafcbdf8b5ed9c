/* One output of the writer: a file descriptor, the queues that feed it, and how it fares.  Only writer.c uses it.
 * Threads: the writer's, but for output_replace_fd() and output_stats(): any. */
#ifndef SLUICE_RECORD_OUTPUT_H
#define SLUICE_RECORD_OUTPUT_H

#include "record/writer.h"

#include <stdatomic.h>

struct output {
	char *name; /* owned */
	int fd;     /* owned; -1: none */
	const struct record_format *format;
	struct queue **queues; /* owned, one a producer */
	size_t queue_count;
	uint64_t retry_ns;

	/* A line of which `partial` bytes are written is the first of this queue. */
	size_t partial_queue;
	size_t partial;

	uint64_t retry_at; /* monotonic; 0: it works */
	uint64_t said_at;  /* when the operator was told last; 0: never */
	uint64_t refused_said;
	bool failure_said;

	_Atomic int next_fd; /* -1: none */
	_Atomic uint64_t lines;
	_Atomic uint64_t bytes;
	_Atomic uint64_t lost;
	_Atomic uint64_t failures;
	_Atomic int error;
};

/* Takes from->fd on success; false when memory is out. */
bool output_init(
	struct output *o, const struct writer_output *from, size_t producers, size_t capacity, unsigned retry_ms);
void output_release(struct output *o);
/* Writes until the queues are empty or the output fails.  With `last`, what cannot be written is counted as lost. */
void output_drain(struct output *o, uint64_t now, bool last);
/* Lines are waiting, and it is not known to fail; or a new descriptor is. */
bool output_has_work(const struct output *o);
bool output_is_urgent(const struct output *o);
/* In how many milliseconds to look again though nothing happens; 0: never. */
uint64_t output_wait_ms(const struct output *o, uint64_t now);
void output_replace_fd(struct output *o, int fd);
struct writer_stats output_stats(const struct output *o);

#endif

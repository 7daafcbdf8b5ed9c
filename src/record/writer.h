/* The writer is a thread of its own that carries lines from the producers' queues to files (or pipes): gathered
 * writes, no more than one wake-up for each `linger_ms` under load, and never a wait for a producer.
 *
 * A disk that is full, or any other failing output, keeps its lines in the queues and is tried again each second; what
 * no longer fits in a queue is counted as lost.  Once a minute at most the operator is told.  A line that was written
 * in part is finished before the next one, so that each line in a file is whole; the program that opens the file must
 * let nobody else write to it.
 *
 * Lines of one producer keep their order; those of several producers mix in batches. */
#ifndef SLUICE_RECORD_WRITER_H
#define SLUICE_RECORD_WRITER_H

#include "base/slice.h"
#include "record/format.h"
#include "record/queue.h"

#define WRITER_OUTPUTS_MAX 4
#define WRITER_PRODUCERS_MAX 256

struct writer;

struct writer_output {
	const char *name;                   /* for messages: the path; copied */
	int fd;                             /* taken on success; opened with O_APPEND where it is a file */
	const struct record_format *format; /* of the lines that recorders push for it */
};

struct writer_options {
	size_t queue_capacity; /* bytes for each producer and output; 0: 4 MiB */
	unsigned linger_ms;    /* how long lines may gather before they are written; 0: 50 */
	unsigned retry_ms;     /* between attempts on a failing output; 0: 1000 */
};

struct writer_stats {
	uint64_t lines; /* written whole */
	uint64_t bytes;
	uint64_t refused;  /* lost because a queue was full */
	uint64_t lost;     /* lost because the output still failed when the writer was stopped */
	uint64_t failures; /* attempts that failed */
	uint64_t waiting_bytes;
	int error; /* errno of the last attempt; 0 while the output works */
};

/* NULL with errno where memory is out; nothing was taken then. */
struct writer *writer_create(const struct writer_output *outputs, size_t output_count, size_t producers,
	const struct writer_options *options);
/* Starts the thread, with all signals blocked.  False with errno where none can be made. */
bool writer_start(struct writer *w);
/* Writes what is waiting, ends the thread and closes the outputs.  The producers have ended.  Accepts NULL. */
void writer_stop(struct writer *w);

size_t writer_output_count(const struct writer *w);
const struct record_format *writer_format(const struct writer *w, size_t output);

/* Queues a line, with its line feed, from producer number `producer` (one thread each).  False where it was lost. */
bool writer_push(struct writer *w, size_t output, size_t producer, struct slice line);
/* From the next line on, output goes to fd, which is taken; lines before it are in the old file, whole, which is then
 * closed.  Any thread. */
void writer_replace_fd(struct writer *w, size_t output, int fd);
/* Any thread. */
struct writer_stats writer_stats(const struct writer *w, size_t output);

#endif

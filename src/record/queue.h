/* A bounded queue of lines from one producer thread to one consumer thread, without a lock: a ring of bytes, each
 * line contiguous in it.  A full queue takes nothing and counts what it refused; it never waits.
 *
 * Threads: queue_push() and queue_producer_*: the producer's thread.  queue_peek(), queue_release(): the consumer's.
 * queue_counts(): any. */
#ifndef SLUICE_RECORD_QUEUE_H
#define SLUICE_RECORD_QUEUE_H

#include "base/slice.h"

#include <sys/uio.h>

#define QUEUE_CAPACITY_MIN (64u << 10)
#define QUEUE_CAPACITY_MAX (256u << 20)

struct queue;

struct queue_counts {
	uint64_t pushed;
	uint64_t refused; /* the queue was full */
	uint64_t waiting_bytes;
};

/* capacity in bytes; rounded up to a power of two within the limits above.  NULL when memory is out. */
struct queue *queue_create(size_t capacity);
/* Neither thread uses it any more.  Accepts NULL. */
void queue_destroy(struct queue *q);

/* Copies the line in; false where it did not fit: it is counted, and gone. */
bool queue_push(struct queue *q, struct slice line);
/* True where more than half of it is taken. */
bool queue_is_half_full(const struct queue *q);
bool queue_is_empty(const struct queue *q);

/* The oldest lines, without taking them: sets up to max entries of iov and returns how many.  They stay valid until
 * queue_release(). */
size_t queue_peek(struct queue *q, struct iovec *iov, size_t max);
/* Drops the first count lines of what queue_peek() gave last. */
void queue_release(struct queue *q, size_t count);

struct queue_counts queue_counts(const struct queue *q);

#endif

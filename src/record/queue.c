/* A bounded queue of lines.  See queue.h. */
#include "record/queue.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#define CACHE_LINE 64

/* In front of each line; lines begin at multiples of its size. */
struct entry {
	uint32_t len; /* of the line, or ENTRY_SKIP: go on at the ring's start */
	uint32_t unused;
};
#define ENTRY_SKIP UINT32_MAX

struct queue {
	char *ring; /* owned */
	size_t capacity;
	/* Positions only grow; the place in the ring is the position modulo the capacity. */
	_Alignas(CACHE_LINE) _Atomic uint64_t tail; /* written by the producer */
	uint64_t head_seen;                         /* the producer's last look at head */
	_Atomic uint64_t pushed;
	_Atomic uint64_t refused;
	_Alignas(CACHE_LINE) _Atomic uint64_t head; /* written by the consumer */
};

/* The span of a line of n bytes in the ring. */
static uint64_t
entry_span(uint64_t n)
{
	return sizeof(struct entry) + ((n + sizeof(struct entry) - 1) & ~(uint64_t)(sizeof(struct entry) - 1));
}

static struct entry *
entry_at(const struct queue *q, uint64_t position)
{
	return (struct entry *)(void *)(q->ring + (position & (q->capacity - 1)));
}

struct queue *
queue_create(size_t capacity)
{
	struct queue *q = aligned_alloc(CACHE_LINE, sizeof *q);
	size_t rounded = QUEUE_CAPACITY_MIN;

	while (rounded < capacity && rounded < QUEUE_CAPACITY_MAX)
		rounded *= 2;
	if (q == NULL)
		return NULL;
	*q = (struct queue){.capacity = rounded, .ring = malloc(rounded)};
	if (q->ring == NULL) {
		free(q);
		return NULL;
	}
	return q;
}

void
queue_destroy(struct queue *q)
{
	if (q == NULL)
		return;
	free(q->ring);
	free(q);
}

/* A counter that one thread writes and all may read. */
static void
count_one(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1, memory_order_relaxed);
}

/* Whether n bytes from position on are free. */
static bool
queue_has_room(struct queue *q, uint64_t position, uint64_t n)
{
	if (position + n - q->head_seen <= q->capacity)
		return true;
	q->head_seen = atomic_load_explicit(&q->head, memory_order_acquire);
	return position + n - q->head_seen <= q->capacity;
}

bool
queue_push(struct queue *q, struct slice line)
{
	uint64_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed);
	uint64_t span = entry_span(line.len);
	uint64_t to_end = q->capacity - (tail & (q->capacity - 1));
	uint64_t skip = span > to_end ? to_end : 0;
	struct entry *e;

	if (span > q->capacity / 2 || !queue_has_room(q, tail, skip + span)) {
		count_one(&q->refused);
		return false;
	}
	if (skip) {
		entry_at(q, tail)->len = ENTRY_SKIP;
		tail += skip;
	}
	e = entry_at(q, tail);
	e->len = (uint32_t)line.len;
	memcpy(e + 1, line.ptr, line.len);
	atomic_store_explicit(&q->tail, tail + span, memory_order_release);
	count_one(&q->pushed);
	return true;
}

static uint64_t
queue_taken(const struct queue *q)
{
	uint64_t head = atomic_load_explicit(&q->head, memory_order_acquire);

	return atomic_load_explicit(&q->tail, memory_order_acquire) - head;
}

bool
queue_is_half_full(const struct queue *q)
{
	return queue_taken(q) > q->capacity / 2;
}

bool
queue_is_empty(const struct queue *q)
{
	return queue_taken(q) == 0;
}

/* The entry at *position, past a skip; NULL at the tail. */
static struct entry *
entry_next(const struct queue *q, uint64_t *position, uint64_t tail)
{
	struct entry *e;

	if (*position == tail)
		return NULL;
	e = entry_at(q, *position);
	if (e->len != ENTRY_SKIP)
		return e;
	*position += q->capacity - (*position & (q->capacity - 1));
	return entry_at(q, *position);
}

size_t
queue_peek(struct queue *q, struct iovec *iov, size_t max)
{
	uint64_t tail = atomic_load_explicit(&q->tail, memory_order_acquire);
	uint64_t position = atomic_load_explicit(&q->head, memory_order_relaxed);
	size_t count = 0;

	while (count < max) {
		struct entry *e = entry_next(q, &position, tail);

		if (e == NULL)
			break;
		iov[count++] = (struct iovec){e + 1, e->len};
		position += entry_span(e->len);
	}
	return count;
}

void
queue_release(struct queue *q, size_t count)
{
	uint64_t tail = atomic_load_explicit(&q->tail, memory_order_acquire);
	uint64_t position = atomic_load_explicit(&q->head, memory_order_relaxed);

	for (; count > 0; count--) {
		struct entry *e = entry_next(q, &position, tail);

		assert(e);
		position += entry_span(e->len);
	}
	atomic_store_explicit(&q->head, position, memory_order_release);
}

struct queue_counts
queue_counts(const struct queue *q)
{
	return (struct queue_counts){
		.pushed = atomic_load_explicit(&q->pushed, memory_order_relaxed),
		.refused = atomic_load_explicit(&q->refused, memory_order_relaxed),
		.waiting_bytes = queue_taken(q),
	};
}

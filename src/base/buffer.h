/* A byte queue with a ceiling: written at the tail, read from the head.  It owns its memory, grows by
 * doubling up to `max`, and gives everything back with buffer_release() when it is empty and idle.
 * One thread.  Never used for secrets. */
#ifndef SLUICE_BASE_BUFFER_H
#define SLUICE_BASE_BUFFER_H

#include "base/slice.h"

struct buffer {
	char *data; /* owned; NULL while nothing is held */
	size_t head;
	size_t tail;
	size_t capacity;
	size_t max; /* no more than this many bytes are ever held */
};

/* An empty buffer that holds at most max bytes; allocates nothing yet. */
static inline struct buffer
buffer_make(size_t max)
{
	return (struct buffer){.max = max};
}

static inline size_t
buffer_len(const struct buffer *b)
{
	return b->tail - b->head;
}

static inline struct slice
buffer_slice(const struct buffer *b)
{
	return b->data ? (struct slice){b->data + b->head, b->tail - b->head} : SLICE_EMPTY;
}

/* How many more bytes fit below the ceiling. */
static inline size_t
buffer_room(const struct buffer *b)
{
	return b->max - buffer_len(b);
}

/* Makes room for n contiguous bytes at the tail and returns where they go, or NULL where the ceiling or
 * memory forbids it.  Slices taken before are invalid afterwards.  Follow with buffer_commit(). */
char *buffer_reserve(struct buffer *b, size_t n);
void buffer_commit(struct buffer *b, size_t n);
/* Drops n bytes from the head; n must be held. */
void buffer_consume(struct buffer *b, size_t n);
/* All of it or nothing; false where the ceiling or memory forbids it. */
bool buffer_append(struct buffer *b, struct slice bytes);
bool buffer_append_cstr(struct buffer *b, const char *text);
bool buffer_printf(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Empties it and keeps the memory for the next use. */
void buffer_clear(struct buffer *b);
/* Empties it and frees the memory; the ceiling stays. */
void buffer_release(struct buffer *b);

#endif

/* A byte queue with a ceiling.  See buffer.h. */
#include "base/buffer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_CAPACITY 512

char *
buffer_reserve(struct buffer *b, size_t n)
{
	size_t held = buffer_len(b);
	size_t want;
	char *grown;

	if (n > b->max - held)
		return NULL;
	if (b->capacity - b->tail >= n && b->data)
		return b->data + b->tail;
	if (b->data && b->capacity - held >= n && b->head >= held) {
		/* Moving costs no more than what was already consumed. */
		memcpy(b->data, b->data + b->head, held);
		b->head = 0;
		b->tail = held;
		return b->data + b->tail;
	}
	want = b->capacity ? b->capacity : FIRST_CAPACITY;
	while (want < held + n)
		want *= 2;
	if (want > b->max && held + n <= b->max)
		want = b->max;
	grown = malloc(want);
	if (grown == NULL)
		return NULL;
	if (held)
		memcpy(grown, b->data + b->head, held);
	free(b->data);
	b->data = grown;
	b->capacity = want;
	b->head = 0;
	b->tail = held;
	return b->data + b->tail;
}

void
buffer_commit(struct buffer *b, size_t n)
{
	assert(n <= b->capacity - b->tail);
	b->tail += n;
}

void
buffer_consume(struct buffer *b, size_t n)
{
	assert(n <= buffer_len(b));
	b->head += n;
	if (b->head == b->tail)
		b->head = b->tail = 0;
}

bool
buffer_append(struct buffer *b, struct slice bytes)
{
	char *to;

	if (bytes.len == 0)
		return true;
	to = buffer_reserve(b, bytes.len);
	if (to == NULL)
		return false;
	memcpy(to, bytes.ptr, bytes.len);
	b->tail += bytes.len;
	return true;
}

bool
buffer_append_cstr(struct buffer *b, const char *text)
{
	return buffer_append(b, slice_of(text));
}

bool
buffer_printf(struct buffer *b, const char *format, ...)
{
	va_list args;
	int n;
	char *to;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		return false;
	to = buffer_reserve(b, (size_t)n + 1);
	if (to == NULL)
		return false;
	va_start(args, format);
	vsnprintf(to, (size_t)n + 1, format, args);
	va_end(args);
	b->tail += (size_t)n;
	return true;
}

void
buffer_clear(struct buffer *b)
{
	b->head = b->tail = 0;
}

void
buffer_release(struct buffer *b)
{
	free(b->data);
	*b = buffer_make(b->max);
}

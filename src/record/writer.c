/* The thread that writes.  See writer.h. */
#include "record/writer.h"

#include "base/clock.h"
#include "base/diag.h"
#include "record/output.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define QUEUE_CAPACITY (4u << 20)
#define LINGER_MS 50
#define RETRY_MS 1000

/* What the thread does; producers read it to know whether a wake-up is due. */
enum writer_state {
	WRITER_BUSY,   /* it will look at the queues before it sleeps */
	WRITER_LINGER, /* it lets lines gather; a queue that fills up wakes it */
	WRITER_IDLE,   /* the queues were empty; any line wakes it */
};

struct writer {
	struct output outputs[WRITER_OUTPUTS_MAX];
	size_t output_count;
	size_t producers;
	unsigned linger_ms;
	pthread_t thread;
	bool started;
	_Atomic bool stopping;
	_Atomic uint32_t state; /* the futex */
};

struct writer *
writer_create(const struct writer_output *outputs, size_t output_count, size_t producers,
	const struct writer_options *options)
{
	size_t capacity = options->queue_capacity ? options->queue_capacity : QUEUE_CAPACITY;
	struct writer *w = NULL;
	size_t made = 0;

	if (output_count == 0 || output_count > WRITER_OUTPUTS_MAX || producers == 0 ||
		producers > WRITER_PRODUCERS_MAX) {
		errno = EINVAL;
		return NULL;
	}
	w = calloc(1, sizeof *w);
	if (w == NULL)
		return NULL;
	w->output_count = output_count;
	w->producers = producers;
	w->linger_ms = options->linger_ms ? options->linger_ms : LINGER_MS;
	for (; made < output_count; made++) {
		if (!output_init(&w->outputs[made], &outputs[made], producers, capacity,
			    options->retry_ms ? options->retry_ms : RETRY_MS))
			goto out;
	}
	return w;
out:
	for (size_t i = 0; i < made; i++) {
		atomic_store(&w->outputs[i].next_fd, -1); /* it stays the caller's */
		output_release(&w->outputs[i]);
	}
	free(w);
	errno = ENOMEM;
	return NULL;
}

static void
futex_wait(struct writer *w, enum writer_state state, uint64_t ms)
{
	struct timespec limit = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

	syscall(SYS_futex, &w->state, FUTEX_WAIT_PRIVATE, (uint32_t)state, ms ? &limit : NULL, NULL, 0);
}

static void
writer_wake(struct writer *w)
{
	if (atomic_exchange(&w->state, WRITER_BUSY) != WRITER_BUSY)
		syscall(SYS_futex, &w->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* Whether there is something that can be done now. */
static bool
writer_has_work(struct writer *w)
{
	if (atomic_load(&w->stopping))
		return true;
	for (size_t i = 0; i < w->output_count; i++) {
		if (output_has_work(&w->outputs[i]))
			return true;
	}
	return false;
}

static bool
writer_is_urgent(struct writer *w)
{
	if (atomic_load(&w->stopping))
		return true;
	for (size_t i = 0; i < w->output_count; i++) {
		if (output_is_urgent(&w->outputs[i]))
			return true;
	}
	return false;
}

/* Sleeps until there is a line, or an output is to be tried again; then lets more lines gather. */
static void
writer_sleep(struct writer *w)
{
	uint64_t ms = 0;

	for (size_t i = 0; i < w->output_count; i++) {
		uint64_t wanted = output_wait_ms(&w->outputs[i], clock_monotonic_ns());

		if (wanted && (ms == 0 || wanted < ms))
			ms = wanted;
	}
	/* The state is set before the queues are looked at, and a producer fills its queue before it looks at the state
	 * (both sequentially consistent): so one of the two sees the other. */
	atomic_store(&w->state, WRITER_IDLE);
	atomic_thread_fence(memory_order_seq_cst);
	if (!writer_has_work(w))
		futex_wait(w, WRITER_IDLE, ms);
	atomic_store(&w->state, WRITER_LINGER);
	atomic_thread_fence(memory_order_seq_cst);
	if (!writer_is_urgent(w))
		futex_wait(w, WRITER_LINGER, w->linger_ms);
	atomic_store(&w->state, WRITER_BUSY);
	atomic_thread_fence(memory_order_seq_cst);
}

static void *
writer_main(void *arg)
{
	struct writer *w = arg;
	bool last;

	do {
		last = atomic_load(&w->stopping);
		for (size_t i = 0; i < w->output_count; i++)
			output_drain(&w->outputs[i], clock_monotonic_ns(), last);
		if (!last)
			writer_sleep(w);
	} while (!last);
	return NULL;
}

bool
writer_start(struct writer *w)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&w->thread, NULL, writer_main, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error) {
		errno = error;
		return false;
	}
	pthread_setname_np(w->thread, "record");
	w->started = true;
	return true;
}

void
writer_stop(struct writer *w)
{
	if (w == NULL)
		return;
	if (w->started) {
		atomic_store(&w->stopping, true);
		writer_wake(w);
		pthread_join(w->thread, NULL);
	}
	for (size_t i = 0; i < w->output_count; i++)
		output_release(&w->outputs[i]);
	free(w);
}

size_t
writer_output_count(const struct writer *w)
{
	return w->output_count;
}

const struct record_format *
writer_format(const struct writer *w, size_t output)
{
	return w->outputs[output].format;
}

bool
writer_push(struct writer *w, size_t output, size_t producer, struct slice line)
{
	struct output *o = &w->outputs[output];
	struct queue *q = o->queues[producer];
	bool taken = queue_push(q, line);
	uint32_t state;

	if (atomic_load_explicit(&o->error, memory_order_relaxed))
		return taken; /* it is tried again on time, not on lines */
	atomic_thread_fence(memory_order_seq_cst);
	state = atomic_load_explicit(&w->state, memory_order_relaxed);
	if (state == WRITER_IDLE || (state == WRITER_LINGER && queue_is_half_full(q)))
		writer_wake(w);
	return taken;
}

void
writer_replace_fd(struct writer *w, size_t output, int fd)
{
	output_replace_fd(&w->outputs[output], fd);
	writer_wake(w);
}

struct writer_stats
writer_stats(const struct writer *w, size_t output)
{
	return output_stats(&w->outputs[output]);
}

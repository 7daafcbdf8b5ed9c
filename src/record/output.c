/* One output of the writer.  See output.h. */
#include "record/output.h"

#include "base/diag.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define BATCH 256 /* lines in one writev(2) */
#define SAY_AGAIN_NS (60u * 1000000000ull)

bool
output_init(struct output *o, const struct writer_output *from, size_t producers, size_t capacity, unsigned retry_ms)
{
	*o = (struct output){.fd = -1, .next_fd = from->fd, .format = from->format, .retry_ns = retry_ms * 1000000ull};
	o->name = slice_dup(slice_of(from->name));
	o->queues = calloc(producers, sizeof o->queues[0]);
	if (o->name == NULL || o->queues == NULL)
		goto out;
	for (; o->queue_count < producers; o->queue_count++) {
		o->queues[o->queue_count] = queue_create(capacity);
		if (o->queues[o->queue_count] == NULL)
			goto out;
	}
	return true;
out:
	o->next_fd = -1;
	output_release(o);
	return false;
}

void
output_release(struct output *o)
{
	int next = atomic_exchange(&o->next_fd, -1);

	if (next >= 0)
		close(next);
	if (o->fd >= 0)
		close(o->fd);
	for (size_t i = 0; i < o->queue_count; i++)
		queue_destroy(o->queues[i]);
	free(o->queues);
	free(o->name);
}

/* Tells the operator, but no more than once a minute. */
static void
output_say(struct output *o, uint64_t now)
{
	int error = atomic_load(&o->error);
	uint64_t refused = output_stats(o).refused;

	if ((error == 0 && refused == o->refused_said) || (o->said_at && now - o->said_at < SAY_AGAIN_NS))
		return;
	if (error)
		diag(DIAG_ERROR, "record",
			"%s: cannot write records: %s; they wait in memory, and %llu are lost so far; free space or "
			"rotate the file",
			o->name, strerror(error), (unsigned long long)refused);
	else
		diag(DIAG_WARNING, "record",
			"%s: %llu records lost because the queue was full; the disk is too slow, or the queue too "
			"small",
			o->name, (unsigned long long)(refused - o->refused_said));
	o->failure_said = error != 0;
	o->said_at = now;
	o->refused_said = refused;
}

static void
output_failed(struct output *o, int error, uint64_t now)
{
	atomic_store(&o->error, error);
	atomic_fetch_add(&o->failures, 1);
	o->retry_at = now + o->retry_ns;
	output_say(o, now);
}

static void
output_works(struct output *o)
{
	if (o->retry_at == 0)
		return;
	if (o->failure_said)
		diag(DIAG_INFO, "record", "%s: records are written again", o->name);
	o->failure_said = false;
	o->retry_at = 0;
	atomic_store(&o->error, 0);
}

/* Counts the written bytes off the lines of queue number `from`. */
static void
output_account(struct output *o, size_t from, const struct iovec *iov, size_t count, size_t written)
{
	size_t whole = 0;

	atomic_fetch_add(&o->bytes, written);
	while (whole < count && written >= iov[whole].iov_len)
		written -= iov[whole++].iov_len;
	atomic_fetch_add(&o->lines, whole);
	/* The first line's iovec had lost what was written of it before. */
	o->partial = written + (whole == 0 ? o->partial : 0);
	o->partial_queue = from;
	queue_release(o->queues[from], whole);
}

/* One gathered write from a queue: 1 where something was written, 0 where it is empty, -1 where the output fails. */
static int
output_write(struct output *o, size_t from, uint64_t now)
{
	struct iovec iov[BATCH];
	size_t count = queue_peek(o->queues[from], iov, BATCH);
	ssize_t written;

	if (count == 0)
		return 0;
	if (o->fd < 0) {
		output_failed(o, EBADF, now);
		return -1;
	}
	if (o->partial) {
		iov[0].iov_base = (char *)iov[0].iov_base + o->partial;
		iov[0].iov_len -= o->partial;
	}
	do
		written = writev(o->fd, iov, (int)count);
	while (written < 0 && errno == EINTR);
	if (written <= 0) {
		output_failed(o, written < 0 ? errno : EIO, now);
		return -1;
	}
	output_account(o, from, iov, count, (size_t)written);
	return 1;
}

/* Takes away what was written of a line that this file will not see the end of. */
static void
output_cut_partial(struct output *o)
{
	struct stat st;

	if (o->partial && fstat(o->fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size >= o->partial &&
		ftruncate(o->fd, st.st_size - (off_t)o->partial) == 0)
		atomic_fetch_sub(&o->bytes, o->partial);
	o->partial = 0;
}

/* A crash may have left the file's last line without an end. */
static void
end_last_line(int fd)
{
	struct stat st;
	char last = '\n';

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) == 1 &&
		last != '\n' && write(fd, "\n", 1) < 0)
		return; /* a full disk; the first record will meet the same, and say so */
}

/* Changes to a descriptor that was handed in, once no line is left half written to the old one. */
static void
output_adopt(struct output *o, uint64_t now)
{
	int next = atomic_exchange(&o->next_fd, -1);

	if (next < 0)
		return;
	while (o->partial && output_write(o, o->partial_queue, now) > 0)
		;
	if (o->fd >= 0) {
		output_cut_partial(o);
		close(o->fd);
	}
	o->fd = next;
	end_last_line(next);
	o->retry_at = o->retry_at ? now : 0;
}

/* One write from each queue, and the rest of a line that was written in part. */
static int
output_turn(struct output *o, uint64_t now)
{
	int progress = 0;

	for (size_t i = 0; i < o->queue_count; i++) {
		/* A half written line comes first, wherever the last turn stopped. */
		size_t from = o->partial ? o->partial_queue : i;
		int answer;

		do {
			answer = output_write(o, from, now);
			if (answer < 0)
				return -1;
			progress |= answer;
		} while (o->partial);
	}
	return progress;
}

/* What is left is lost: the writer ends. */
static void
output_give_up(struct output *o)
{
	struct iovec iov[BATCH];
	size_t count;
	uint64_t lost = 0;

	for (size_t i = 0; i < o->queue_count; i++) {
		while ((count = queue_peek(o->queues[i], iov, BATCH)) > 0) {
			queue_release(o->queues[i], count);
			lost += count;
		}
	}
	if (o->fd >= 0)
		output_cut_partial(o);
	atomic_fetch_add(&o->lost, lost);
	if (lost)
		diag(DIAG_ERROR, "record", "%s: %llu records lost: %s", o->name, (unsigned long long)lost,
			strerror(atomic_load(&o->error)));
}

void
output_drain(struct output *o, uint64_t now, bool last)
{
	int progress;

	output_adopt(o, now);
	if (o->retry_at > now && !last)
		return;
	while ((progress = output_turn(o, now)) > 0) {
		output_works(o);
		output_adopt(o, now);
	}
	output_say(o, now);
	if (last && progress < 0)
		output_give_up(o);
}

static bool
output_any(const struct output *o, bool (*ask)(const struct queue *q), bool answer)
{
	for (size_t i = 0; i < o->queue_count; i++) {
		if (ask(o->queues[i]) == answer)
			return true;
	}
	return false;
}

bool
output_has_work(const struct output *o)
{
	return atomic_load(&o->next_fd) >= 0 || (o->retry_at == 0 && output_any(o, queue_is_empty, false));
}

bool
output_is_urgent(const struct output *o)
{
	return atomic_load(&o->next_fd) >= 0 || (o->retry_at == 0 && output_any(o, queue_is_half_full, true));
}

uint64_t
output_wait_ms(const struct output *o, uint64_t now)
{
	if (o->retry_at)
		return o->retry_at > now ? (o->retry_at - now) / 1000000 + 1 : 1;
	return 0;
}

void
output_replace_fd(struct output *o, int fd)
{
	int unused = atomic_exchange(&o->next_fd, fd);

	if (unused >= 0)
		close(unused);
}

struct writer_stats
output_stats(const struct output *o)
{
	struct writer_stats s = {
		.lines = atomic_load(&o->lines),
		.bytes = atomic_load(&o->bytes),
		.lost = atomic_load(&o->lost),
		.failures = atomic_load(&o->failures),
		.error = atomic_load(&o->error),
	};

	for (size_t i = 0; i < o->queue_count; i++) {
		struct queue_counts counts = queue_counts(o->queues[i]);

		s.refused += counts.refused;
		s.waiting_bytes += counts.waiting_bytes;
	}
	return s;
}

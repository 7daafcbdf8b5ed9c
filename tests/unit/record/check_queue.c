/* The queue: nothing lost or torn between two threads, and a full one counts. */
#include "suites.h"

#include "record/queue.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>

START_TEST(lines_come_out_whole_and_in_order_across_the_end_of_the_ring)
{
	struct queue *q = queue_create(1);
	struct iovec iov[8];
	unsigned in = 0, out = 0, torn = 0;
	char line[1200];

	srand(3);
	for (int round = 0; round < 20000; round++) {
		size_t n = (size_t)rand() % sizeof line;

		memset(line, 'a' + (int)(in % 26), sizeof line);
		in += queue_push(q, slice_make(line, n));
		if (rand() % 4 == 0) {
			size_t count = queue_peek(q, iov, 1 + (size_t)rand() % 8);

			for (size_t i = 0; i < count; i++) {
				for (size_t k = 0; k < iov[i].iov_len; k++)
					torn += ((char *)iov[i].iov_base)[k] != 'a' + (int)((out + i) % 26);
			}
			count = count ? (size_t)rand() % (count + 1) : 0;
			queue_release(q, count);
			out += (unsigned)count;
		}
	}
	ck_assert_uint_eq(torn, 0);
	ck_assert_uint_eq(queue_counts(q).pushed, in);
	ck_assert_uint_gt(queue_counts(q).refused, 0);
	queue_destroy(q);
}
END_TEST

START_TEST(full_queue_refuses_and_counts_until_there_is_room)
{
	struct queue *q = queue_create(QUEUE_CAPACITY_MIN);
	char line[1000] = {0};
	struct iovec iov[1];
	unsigned taken = 0;

	ck_assert(queue_is_empty(q));
	while (queue_push(q, slice_make(line, sizeof line)))
		taken++;
	ck_assert_uint_eq(taken, QUEUE_CAPACITY_MIN / (sizeof line + 8));
	ck_assert(!queue_push(q, slice_make(line, sizeof line)));
	ck_assert_uint_eq(queue_counts(q).refused, 2);
	ck_assert_uint_eq(queue_counts(q).pushed, taken);
	ck_assert(queue_is_half_full(q));
	/* The first release only frees the ring's start; the gap at its end is skipped. */
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_uint_eq(queue_peek(q, iov, 1), 1);
		queue_release(q, 1);
	}
	ck_assert(queue_push(q, slice_make(line, sizeof line)));
	queue_destroy(q);
}
END_TEST

START_TEST(line_of_more_than_half_the_ring_is_refused)
{
	static char line[QUEUE_CAPACITY_MIN];
	struct queue *q = queue_create(QUEUE_CAPACITY_MIN);

	ck_assert(!queue_push(q, slice_make(line, sizeof line)));
	ck_assert(!queue_push(q, slice_make(line, QUEUE_CAPACITY_MIN / 2)));
	ck_assert(queue_push(q, slice_make(line, QUEUE_CAPACITY_MIN / 2 - 8)));
	ck_assert_uint_eq(queue_counts(q).refused, 2);
	queue_destroy(q);
}
END_TEST

#define SENT 100000u

static void *
send_numbers(void *arg)
{
	struct queue *q = arg;
	char line[64];

	for (unsigned i = 0; i < SENT; i++) {
		int n = snprintf(
			line, sizeof line, "%u%.*s", i, (int)(i % 40), "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");

		while (!queue_push(q, slice_make(line, (size_t)n)))
			sched_yield();
	}
	return NULL;
}

START_TEST(two_threads_see_every_line_once_and_in_order)
{
	struct queue *q = queue_create(QUEUE_CAPACITY_MIN);
	struct iovec iov[16];
	pthread_t producer;
	unsigned next = 0;

	ck_assert_int_eq(pthread_create(&producer, NULL, send_numbers, q), 0);
	while (next < SENT) {
		size_t count = queue_peek(q, iov, 16);

		if (count == 0)
			sched_yield();
		for (size_t i = 0; i < count; i++) {
			char want[16];
			int n = snprintf(want, sizeof want, "%u", next);

			ck_assert_uint_eq(iov[i].iov_len, (size_t)n + next % 40);
			ck_assert_int_eq(memcmp(iov[i].iov_base, want, (size_t)n), 0);
			next++;
		}
		queue_release(q, count);
	}
	pthread_join(producer, NULL);
	ck_assert(queue_is_empty(q));
	queue_destroy(q);
}
END_TEST

UNIT_SUITE(queue, "queue", lines_come_out_whole_and_in_order_across_the_end_of_the_ring,
	full_queue_refuses_and_counts_until_there_is_room, line_of_more_than_half_the_ring_is_refused,
	two_threads_see_every_line_once_and_in_order)

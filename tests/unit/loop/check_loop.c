/* The loop: order and deadlines of timers, deferred tasks, posts of other threads, forgotten descriptors. */
#include "suites.h"

#include "loop/loop.h"

#include <pthread.h>
#include <unistd.h>

enum { TIMERS = 300 };

struct timed {
	struct loop_timer timer;
	uint64_t due;
};

static uint64_t last_due;
static unsigned fired;

static void
on_fire(struct loop_timer *timer)
{
	struct timed *t = (struct timed *)timer;

	ck_assert_uint_ge(t->due, last_due);
	last_due = t->due;
	fired++;
}

START_TEST(timers_fire_in_the_order_of_their_deadlines_also_after_moving)
{
	static struct timed timers[TIMERS];
	struct loop *loop = loop_new();
	unsigned armed = 0;

	srand(7);
	last_due = fired = 0;
	for (int i = 0; i < TIMERS; i++)
		loop_timer_init(&timers[i].timer, loop, on_fire);
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < TIMERS; i++) {
			uint64_t delay = (uint64_t)(1 + rand() % 20000) * 1000;

			loop_timer_arm(&timers[i].timer, delay);
			timers[i].due = loop_now(loop) + delay;
		}
	for (int i = 0; i < TIMERS; i++)
		if (i % 3 == 0)
			loop_timer_disarm(&timers[i].timer);
		else
			armed++;
	for (int turn = 0; turn < 2000 && fired < armed; turn++)
		loop_turn(loop, 100);
	ck_assert_uint_eq(fired, armed);
	loop_free(loop);
}
END_TEST

static struct loop *tasks_loop;
static int runs;

static void
run_again(struct loop_task *task)
{
	if (++runs < 3)
		loop_defer(tasks_loop, task);
}

START_TEST(a_task_that_defers_itself_runs_once_a_turn)
{
	struct loop_task task;

	tasks_loop = loop_new();
	runs = 0;
	loop_task_init(&task, run_again);
	loop_defer(tasks_loop, &task);
	loop_defer(tasks_loop, &task);
	loop_turn(tasks_loop, 0);
	ck_assert_int_eq(runs, 1);
	loop_turn(tasks_loop, -1); /* does not wait: there is work */
	ck_assert_int_eq(runs, 2);
	loop_task_cancel(&task);
	loop_turn(tasks_loop, 0);
	ck_assert_int_eq(runs, 2);
	loop_free(tasks_loop);
}
END_TEST

static void
count_up(void *arg)
{
	++*(int *)arg;
}

struct poster {
	struct loop *loop;
	int *counter;
};

static void *
post_many(void *arg)
{
	struct poster *p = arg;

	for (int i = 0; i < 1000; i++)
		ck_assert(loop_post(p->loop, count_up, p->counter));
	loop_stop(p->loop);
	return NULL;
}

START_TEST(what_another_thread_posts_runs_before_its_stop)
{
	int counter = 0;
	struct poster poster = {loop_new(), &counter};
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, post_many, &poster), 0);
	ck_assert_int_eq(loop_run(poster.loop), 0);
	pthread_join(thread, NULL);
	loop_turn(poster.loop, 0);
	ck_assert_int_eq(counter, 1000);
	loop_free(poster.loop);
}
END_TEST

static struct loop_fd ends[2];
static int seen;

static void
forget_both(struct loop_fd *self, uint32_t events)
{
	(void)self, (void)events;
	seen++;
	loop_fd_forget(&ends[0]);
	loop_fd_forget(&ends[1]);
}

START_TEST(a_descriptor_forgotten_in_the_same_turn_is_not_called)
{
	struct loop *loop = loop_new();
	int a[2], b[2];

	ck_assert_int_eq(pipe(a) | pipe(b), 0);
	ck_assert_int_eq(write(a[1], "x", 1) + write(b[1], "x", 1), 2);
	loop_fd_init(&ends[0], loop, a[0], forget_both);
	loop_fd_init(&ends[1], loop, b[0], forget_both);
	loop_fd_want(&ends[0], EPOLLIN);
	loop_fd_want(&ends[1], EPOLLIN);
	seen = 0;
	loop_turn(loop, 100);
	ck_assert_int_eq(seen, 1);
	loop_free(loop);
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
}
END_TEST

UNIT_SUITE(loop, "loop", timers_fire_in_the_order_of_their_deadlines_also_after_moving,
	a_task_that_defers_itself_runs_once_a_turn, what_another_thread_posts_runs_before_its_stop,
	a_descriptor_forgotten_in_the_same_turn_is_not_called)

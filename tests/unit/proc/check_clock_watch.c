/* The watch on the machine's clock.  The clock itself is left alone: what the kernel is asked for is read back from
 * proc(5), and its event comes from a descriptor that stands where the timer's was. */
#include "suites.h"

#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "proc/clock_watch.h"

#define DAY INT64_C(86400)
#define FUTURE (INT64_C(1) << 40)

static unsigned changes;

static void
count_change(struct clock_watch *w)
{
	(void)w;
	changes++;
}

static struct loop *loop;
static struct clock_watch watch;

static void
begin(int64_t build)
{
	changes = 0;
	loop = loop_new();
	ck_assert_ptr_nonnull(loop);
	ck_assert(clock_watch_init(&watch, loop, build, count_change));
}

static void
end(void)
{
	clock_watch_release(&watch);
	loop_free(loop);
}

START_TEST(the_kernel_is_asked_to_say_when_the_date_is_set)
{
	char path[64], text[1024] = "";
	FILE *info;

	begin(0);
	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", watch.set.fd);
	info = fopen(path, "re");
	ck_assert_ptr_nonnull(info);
	ck_assert_uint_gt(fread(text, 1, sizeof text - 1, info), 0);
	fclose(info);
	ck_assert_msg(strstr(text, "clockid: 0\n"), "%s", text); /* CLOCK_REALTIME */
	/* TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, in octal */
	ck_assert_msg(strstr(text, "settime flags: 03\n"), "%s", text);
	ck_assert_int_eq(watch.state, CLOCK_GOOD);
	end();
}
END_TEST

START_TEST(its_word_is_enough_to_look_and_there_may_be_a_next)
{
	uint64_t one = 1;
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	begin(0);
	ck_assert_int_eq(dup2(fd, watch.set.fd), watch.set.fd);
	watch.guard.anchor_is_synchronised = true;
	for (unsigned i = 1; i <= 3; i++) {
		watch.guard.anchor += i % 2 ? 2 * DAY : -2 * DAY; /* as if the date had been set */
		ck_assert_int_eq(write(fd, &one, sizeof one), sizeof one);
		while (changes < i)
			ck_assert_int_eq(loop_turn(loop, -1), 0);
		ck_assert_int_eq(watch.state, i % 2 ? CLOCK_STEPPED : CLOCK_GOOD);
	}
	ck_assert_uint_eq(watch.steps, 2);
	ck_assert(clock_watch_accept(&watch));
	ck_assert_int_eq(watch.state, CLOCK_GOOD);
	ck_assert_uint_eq(changes, 4);
	close(fd);
	end();
}
END_TEST

START_TEST(while_it_is_wrong_it_is_looked_at_again)
{
	begin(FUTURE);
	ck_assert_int_eq(watch.state, CLOCK_BEFORE_BUILD);
	ck_assert_uint_eq(watch.steps, 1);
	ck_assert(!clock_watch_accept(&watch));
	watch.guard.build = 0; /* as if the date had been set */
	while (changes == 0)
		ck_assert_int_eq(loop_turn(loop, -1), 0);
	ck_assert_int_eq(watch.state, CLOCK_GOOD);
	end();
}
END_TEST

UNIT_SUITE(clock_watch, "clock_watch", the_kernel_is_asked_to_say_when_the_date_is_set,
	its_word_is_enough_to_look_and_there_may_be_a_next, while_it_is_wrong_it_is_looked_at_again)

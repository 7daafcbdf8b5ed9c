/* Events of the machine's clock.  See clock_watch.h. */
#include "proc/clock_watch.h"

#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

/* How soon the next look is, where nobody tells: while the date is not believed, and while no time server keeps it. */
#define AGAIN_NS UINT64_C(1000000000)
#define AGAIN_UNSYNCHRONISED_NS UINT64_C(60000000000)

static struct clock_reading
read_clocks(void)
{
	struct timespec real, boot;
	struct timex nothing = {.modes = 0}; /* asks, and changes nothing */
	int kept = adjtimex(&nothing);

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (struct clock_reading){
		.real = real.tv_sec,
		.boot = boot.tv_sec,
		.is_synchronised = kept >= 0 && kept != TIME_ERROR,
	};
}

static void
look_again_later(struct clock_watch *w)
{
	if (w->state != CLOCK_GOOD)
		loop_timer_arm(&w->again, AGAIN_NS);
	else if (clock_guard_awaits_synchronisation(&w->guard))
		loop_timer_arm(&w->again, AGAIN_UNSYNCHRONISED_NS);
	else
		loop_timer_disarm(&w->again);
}

static void
settle(struct clock_watch *w, enum clock_state state)
{
	bool is_news = state != w->state;

	if (w->state == CLOCK_GOOD && is_news)
		w->steps++;
	w->state = state;
	look_again_later(w);
	if (is_news)
		w->on_change(w);
}

void
clock_watch_look(struct clock_watch *w)
{
	struct clock_reading reading = read_clocks();

	settle(w, clock_guard_judge(&w->guard, &reading));
}

bool
clock_watch_accept(struct clock_watch *w)
{
	struct clock_reading reading = read_clocks();

	if (!clock_guard_accept(&w->guard, &reading))
		return false;
	settle(w, CLOCK_GOOD);
	return true;
}

/* A timer that never fires, but is cancelled when the date is set. */
static bool
wait_for_set(int fd)
{
	const struct itimerspec never = {.it_value = {.tv_sec = INT64_C(1) << 32}};

	return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) == 0;
}

static void
on_set(struct loop_fd *set, uint32_t events)
{
	struct clock_watch *w = LIST_ENTRY(set, struct clock_watch, set);
	uint64_t count;

	(void)events;
	(void)!read(set->fd, &count, sizeof count); /* ECANCELED: it was set */
	wait_for_set(set->fd);
	clock_watch_look(w);
}

static void
on_again(struct loop_timer *again)
{
	clock_watch_look(LIST_ENTRY(again, struct clock_watch, again));
}

bool
clock_watch_init(struct clock_watch *w, struct loop *loop, int64_t build, void (*on_change)(struct clock_watch *self))
{
	struct clock_reading reading = read_clocks();
	int fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);

	*w = (struct clock_watch){.guard.build = build, .on_change = on_change, .set.fd = fd};
	loop_timer_init(&w->again, loop, on_again);
	if (fd < 0 || !wait_for_set(fd))
		return false;
	loop_fd_init(&w->set, loop, fd, on_set);
	loop_fd_want(&w->set, EPOLLIN);
	w->state = clock_guard_judge(&w->guard, &reading);
	w->steps = w->state != CLOCK_GOOD;
	look_again_later(w);
	return true;
}

void
clock_watch_release(struct clock_watch *w)
{
	if (w->set.loop == NULL)
		return;
	loop_timer_disarm(&w->again);
	loop_fd_forget(&w->set);
	close(w->set.fd);
}

/* Watches the machine's date for the supervisor: the kernel says when it is set (timerfd_create(2),
 * TFD_TIMER_CANCEL_ON_SET), and what it says then is judged by clock_guard.h.  Until a time server keeps the clock, it
 * is looked at from time to time as well, for the kernel does not say when one begins to.  One loop thread. */
#ifndef SLUICE_PROC_CLOCK_WATCH_H
#define SLUICE_PROC_CLOCK_WATCH_H

#include "loop/loop.h"
#include "proc/clock_guard.h"

struct clock_watch {
	struct clock_guard guard;
	enum clock_state state;
	uint64_t steps;     /* how often the date stopped being believed */
	struct loop_fd set; /* readable when somebody has set the date */
	struct loop_timer again;
	/* The state has changed. */
	void (*on_change)(struct clock_watch *self);
};

/* Judges the date and watches it from now on; on_change is called for what changes afterwards.  False with errno where
 * the kernel refuses. */
bool clock_watch_init(
	struct clock_watch *w, struct loop *loop, int64_t build, void (*on_change)(struct clock_watch *self));
void clock_watch_release(struct clock_watch *w);
/* Looks now. */
void clock_watch_look(struct clock_watch *w);
/* The administrator says that the date is right; false where it is before the build. */
bool clock_watch_accept(struct clock_watch *w);

#endif

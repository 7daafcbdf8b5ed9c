/* One thread's event loop: descriptors by epoll, deadlines, work put off to the end of the turn, and work posted
 * by other threads.  Everything but loop_post() and loop_stop() is for the loop's own thread.
 *
 * A turn: wait, call the handlers of ready descriptors, fire timers, run deferred tasks until none is left, then
 * tell epoll which interests changed.  Interest is a plain assignment during the turn, so a descriptor whose
 * interest flips and flips back costs no system call. */
#ifndef SLUICE_LOOP_LOOP_H
#define SLUICE_LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "base/list.h"

struct loop;

/* A watched descriptor.  Embedded in its owner, who keeps it alive until loop_fd_forget(). */
struct loop_fd {
	struct loop *loop;
	int fd;
	uint32_t wanted;     /* EPOLLIN | EPOLLOUT | EPOLLRDHUP, as the owner wishes them now */
	uint32_t registered; /* as epoll knows them */
	bool added;
	/* Called with the events that epoll saw (EPOLLERR and EPOLLHUP unasked).  May forget or free any loop_fd. */
	void (*on_event)(struct loop_fd *self, uint32_t events);
	struct list_node changed; /* in loop.changed while wanted may differ from registered */
};

/* A deadline.  Embedded in its owner; arming again merely moves it, which is cheap when it moves later. */
struct loop_timer {
	struct loop *loop;
	uint64_t deadline; /* monotonic ns; 0 while not armed */
	uint64_t key;      /* where it stands in the heap: never later than the deadline */
	uint32_t place;    /* index in the heap plus 1; 0 while not in it */
	void (*on_fire)(struct loop_timer *self);
};

/* Work at the end of this turn.  Embedded in its owner; deferring it twice runs it once. */
struct loop_task {
	struct list_node node;
	void (*run)(struct loop_task *self);
};

/* NULL with errno where the kernel refuses. */
struct loop *loop_new(void);
void loop_free(struct loop *loop);
/* Runs turns until loop_stop().  0, or a negative errno where epoll itself failed. */
int loop_run(struct loop *loop);
/* Runs one turn that waits at most timeout_ms (-1: until something happens).  For tests and wiring. */
int loop_turn(struct loop *loop, int timeout_ms);
/* Any thread: loop_run() returns after the turn under way. */
void loop_stop(struct loop *loop);
/* Any thread: runs fn(arg) on the loop's thread, in order.  False when memory is out. */
bool loop_post(struct loop *loop, void (*fn)(void *arg), void *arg);
/* Monotonic ns, read once a turn. */
uint64_t loop_now(const struct loop *loop);

void loop_fd_init(struct loop_fd *f, struct loop *loop, int fd, void (*on_event)(struct loop_fd *, uint32_t));
static inline bool
loop_fd_is_watched(const struct loop_fd *f)
{
	return f->loop != NULL;
}
/* Says which events matter from now on; takes effect at the end of the turn. */
void loop_fd_want(struct loop_fd *f, uint32_t events);
/* Stops watching at once: no handler runs for it any more, this turn included.  Call before close(). */
void loop_fd_forget(struct loop_fd *f);
/* The same, and closes the descriptor, which must be the only one of its open file: epoll(7) then lets go of it by
 * itself. */
void loop_fd_close(struct loop_fd *f);

void loop_timer_init(struct loop_timer *t, struct loop *loop, void (*on_fire)(struct loop_timer *));
/* Arms or moves it to `delay_ns` from now. */
void loop_timer_arm(struct loop_timer *t, uint64_t delay_ns);
void loop_timer_disarm(struct loop_timer *t);

void loop_task_init(struct loop_task *t, void (*run)(struct loop_task *));
void loop_defer(struct loop *loop, struct loop_task *t);
void loop_task_cancel(struct loop_task *t);

#endif

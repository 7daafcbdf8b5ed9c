/* An epoll loop with a timer heap, deferred tasks and posts from other threads.  See loop.h. */
#include "loop/loop.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"

#define EVENTS_A_TURN 256

struct post {
	struct post *next;
	void (*fn)(void *arg);
	void *arg;
};

struct loop {
	int epoll_fd;
	uint64_t now;
	struct list_node changed; /* loop_fd whose interest may have changed */
	struct list_node tasks;   /* deferred to the end of the turn */
	struct loop_timer **heap; /* by key, smallest first */
	uint32_t heap_count;
	uint32_t heap_capacity;
	/* The events of this turn, so that a forgotten descriptor can be struck out. */
	struct epoll_event events[EVENTS_A_TURN];
	int event_count;
	int event_at;
	/* From other threads. */
	struct loop_fd wake;
	pthread_mutex_t post_lock;
	struct post *post_first;
	struct post **post_last;
	atomic_bool stopping;
};

static void
loop_on_wake(struct loop_fd *self, uint32_t events)
{
	struct loop *loop = self->loop;
	struct post *posts;
	uint64_t count;

	(void)events;
	if (read(self->fd, &count, sizeof count) < 0 && errno != EAGAIN)
		return;
	pthread_mutex_lock(&loop->post_lock);
	posts = loop->post_first;
	loop->post_first = NULL;
	loop->post_last = &loop->post_first;
	pthread_mutex_unlock(&loop->post_lock);
	while (posts) {
		struct post *next = posts->next;

		posts->fn(posts->arg);
		free(posts);
		posts = next;
	}
}

struct loop *
loop_new(void)
{
	struct loop *loop = calloc(1, sizeof *loop);
	int wake_fd;

	if (loop == NULL)
		return NULL;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->epoll_fd < 0 || wake_fd < 0) {
		if (loop->epoll_fd >= 0)
			close(loop->epoll_fd);
		if (wake_fd >= 0)
			close(wake_fd);
		free(loop);
		return NULL;
	}
	list_init(&loop->changed);
	list_init(&loop->tasks);
	pthread_mutex_init(&loop->post_lock, NULL);
	loop->post_last = &loop->post_first;
	loop->now = clock_monotonic_ns();
	loop_fd_init(&loop->wake, loop, wake_fd, loop_on_wake);
	loop_fd_want(&loop->wake, EPOLLIN);
	return loop;
}

void
loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	while (loop->post_first) {
		struct post *next = loop->post_first->next;

		free(loop->post_first);
		loop->post_first = next;
	}
	pthread_mutex_destroy(&loop->post_lock);
	close(loop->wake.fd);
	close(loop->epoll_fd);
	free(loop->heap);
	free(loop);
}

uint64_t
loop_now(const struct loop *loop)
{
	return loop->now;
}

void
loop_stop(struct loop *loop)
{
	uint64_t one = 1;

	atomic_store(&loop->stopping, true);
	if (write(loop->wake.fd, &one, sizeof one) < 0)
		return; /* EAGAIN: it is awake already */
}

bool
loop_post(struct loop *loop, void (*fn)(void *arg), void *arg)
{
	struct post *post = malloc(sizeof *post);
	uint64_t one = 1;

	if (post == NULL)
		return false;
	*post = (struct post){.fn = fn, .arg = arg};
	pthread_mutex_lock(&loop->post_lock);
	*loop->post_last = post;
	loop->post_last = &post->next;
	pthread_mutex_unlock(&loop->post_lock);
	if (write(loop->wake.fd, &one, sizeof one) < 0)
		return true; /* EAGAIN: it is awake already */
	return true;
}

/* ---- descriptors ---- */

void
loop_fd_init(struct loop_fd *f, struct loop *loop, int fd, void (*on_event)(struct loop_fd *, uint32_t))
{
	*f = (struct loop_fd){.loop = loop, .fd = fd, .on_event = on_event};
	list_init(&f->changed);
}

void
loop_fd_want(struct loop_fd *f, uint32_t events)
{
	if (f->wanted == events)
		return;
	f->wanted = events;
	if (list_is_empty(&f->changed))
		list_push_back(&f->loop->changed, &f->changed);
}

static void
drop_events(struct loop_fd *f)
{
	struct loop *loop = f->loop;

	for (int i = loop->event_at; i < loop->event_count; i++)
		if (loop->events[i].data.ptr == f)
			loop->events[i].data.ptr = NULL;
	list_remove(&f->changed);
	f->loop = NULL;
	f->added = false;
}

void
loop_fd_forget(struct loop_fd *f)
{
	if (f->loop == NULL)
		return;
	if (f->added)
		epoll_ctl(f->loop->epoll_fd, EPOLL_CTL_DEL, f->fd, NULL);
	drop_events(f);
}

void
loop_fd_close(struct loop_fd *f)
{
	if (f->loop != NULL)
		drop_events(f);
	close(f->fd);
}

static void
loop_apply_one(struct loop *loop, struct loop_fd *f)
{
	struct epoll_event event = {.events = f->wanted, .data.ptr = f};

	if (f->added && f->registered == f->wanted)
		return;
	/* Nothing wanted still reports errors and hang-ups, over and over; so such a descriptor leaves epoll. */
	if (f->wanted == 0) {
		if (f->added)
			epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, f->fd, NULL);
		f->added = false;
		f->registered = 0;
		return;
	}
	if (epoll_ctl(loop->epoll_fd, f->added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, f->fd, &event) == 0) {
		f->added = true;
		f->registered = f->wanted;
	} else {
		/* Out of memory or of watches: the owner learns it as an error on its descriptor. */
		f->on_event(f, EPOLLERR);
	}
}

/* An owner that is told of an error may forget any other descriptor, and may change its mind once more: what changes
 * meanwhile waits for the next turn. */
static void
loop_apply_interest(struct loop *loop)
{
	struct list_node batch;

	if (list_is_empty(&loop->changed))
		return;
	list_init(&batch);
	list_insert_after(loop->changed.prev, &batch);
	list_remove(&loop->changed);
	while (!list_is_empty(&batch)) {
		struct list_node *node = batch.next;

		list_remove(node);
		loop_apply_one(loop, LIST_ENTRY(node, struct loop_fd, changed));
	}
}

/* ---- timers: a binary heap; arming later leaves the entry where it is ---- */

static void
heap_set(struct loop *loop, uint32_t at, struct loop_timer *t)
{
	loop->heap[at] = t;
	t->place = at + 1;
}

static void
heap_up(struct loop *loop, uint32_t at)
{
	struct loop_timer *t = loop->heap[at];

	while (at > 0 && loop->heap[(at - 1) / 2]->key > t->key) {
		heap_set(loop, at, loop->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	heap_set(loop, at, t);
}

static void
heap_down(struct loop *loop, uint32_t at)
{
	struct loop_timer *t = loop->heap[at];

	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child >= loop->heap_count)
			break;
		if (child + 1 < loop->heap_count && loop->heap[child + 1]->key < loop->heap[child]->key)
			child++;
		if (loop->heap[child]->key >= t->key)
			break;
		heap_set(loop, at, loop->heap[child]);
		at = child;
	}
	heap_set(loop, at, t);
}

static void
heap_remove(struct loop *loop, struct loop_timer *t)
{
	uint32_t at = t->place - 1;
	struct loop_timer *last = loop->heap[--loop->heap_count];

	t->place = 0;
	if (last == t)
		return;
	heap_set(loop, at, last);
	heap_up(loop, at);
	heap_down(loop, last->place - 1);
}

void
loop_timer_init(struct loop_timer *t, struct loop *loop, void (*on_fire)(struct loop_timer *))
{
	*t = (struct loop_timer){.loop = loop, .on_fire = on_fire};
}

void
loop_timer_arm(struct loop_timer *t, uint64_t delay_ns)
{
	struct loop *loop = t->loop;

	t->deadline = loop->now + delay_ns;
	if (t->place && t->key <= t->deadline)
		return; /* it will be put back when its key comes up */
	if (t->place) {
		t->key = t->deadline;
		heap_up(loop, t->place - 1);
		return;
	}
	if (loop->heap_count == loop->heap_capacity) {
		uint32_t capacity = loop->heap_capacity ? loop->heap_capacity * 2 : 256;
		struct loop_timer **grown = realloc(loop->heap, capacity * sizeof(struct loop_timer *));

		if (grown == NULL)
			abort(); /* a session without deadlines is worse than a restarted worker */
		loop->heap = grown;
		loop->heap_capacity = capacity;
	}
	t->key = t->deadline;
	heap_set(loop, loop->heap_count++, t);
	heap_up(loop, t->place - 1);
}

void
loop_timer_disarm(struct loop_timer *t)
{
	t->deadline = 0;
	if (t->place)
		heap_remove(t->loop, t);
}

static void
loop_fire_timers(struct loop *loop)
{
	while (loop->heap_count && loop->heap[0]->key <= loop->now) {
		struct loop_timer *t = loop->heap[0];

		if (t->deadline > t->key) { /* it was moved meanwhile */
			t->key = t->deadline;
			heap_down(loop, 0);
			continue;
		}
		heap_remove(loop, t);
		t->deadline = 0;
		t->on_fire(t);
	}
}

/* ---- deferred tasks ---- */

static void
loop_task_nothing(struct loop_task *t)
{
	(void)t;
}

void
loop_task_init(struct loop_task *t, void (*run)(struct loop_task *))
{
	list_init(&t->node);
	t->run = run ? run : loop_task_nothing;
}

void
loop_defer(struct loop *loop, struct loop_task *t)
{
	if (list_is_empty(&t->node))
		list_push_back(&loop->tasks, &t->node);
}

void
loop_task_cancel(struct loop_task *t)
{
	list_remove(&t->node);
}

/* Tasks that are deferred while these run wait for the next turn, so that no pair of them can starve the sockets. */
static void
loop_run_tasks(struct loop *loop)
{
	struct list_node batch;

	if (list_is_empty(&loop->tasks))
		return;
	list_init(&batch);
	list_insert_after(loop->tasks.prev, &batch);
	list_remove(&loop->tasks);
	while (!list_is_empty(&batch)) {
		struct loop_task *t = LIST_ENTRY(batch.next, struct loop_task, node);

		list_remove(&t->node);
		t->run(t);
	}
}

/* ---- turns ---- */

static int
loop_wait_ms(const struct loop *loop, int limit)
{
	uint64_t wait_ns, wait_ms;

	if (!list_is_empty(&loop->tasks))
		return 0;
	if (loop->heap_count == 0)
		return limit;
	if (loop->heap[0]->key <= loop->now)
		return 0;
	wait_ns = loop->heap[0]->key - loop->now;
	wait_ms = (wait_ns + 999999) / 1000000;
	if (wait_ms > 60000)
		wait_ms = 60000;
	return limit >= 0 && (uint64_t)limit < wait_ms ? limit : (int)wait_ms;
}

int
loop_turn(struct loop *loop, int timeout_ms)
{
	int n;

	loop_apply_interest(loop);
	n = epoll_wait(loop->epoll_fd, loop->events, EVENTS_A_TURN, loop_wait_ms(loop, timeout_ms));
	if (n < 0 && errno != EINTR)
		return -errno;
	loop->now = clock_monotonic_ns();
	loop->event_count = n < 0 ? 0 : n;
	for (loop->event_at = 0; loop->event_at < loop->event_count;) {
		struct epoll_event *event = &loop->events[loop->event_at++];
		struct loop_fd *f = event->data.ptr;

		if (f)
			f->on_event(f, event->events);
	}
	loop->event_count = loop->event_at = 0;
	loop_fire_timers(loop);
	loop_run_tasks(loop);
	return 0;
}

int
loop_run(struct loop *loop)
{
	int err = 0;

	while (err == 0 && !atomic_load_explicit(&loop->stopping, memory_order_relaxed))
		err = loop_turn(loop, -1);
	return err;
}

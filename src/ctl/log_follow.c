/* Following a file of records.  See log_follow.h. */
#include "ctl/log_follow.h"

#include "base/clock.h"
#include "record/record.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_STEP 65536
/* How long lines may still come to a file that was moved away: the writer changes over a moment later. */
#define FAREWELL_NS 1000000000u

static int
open_file(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Watches the folder, so that a file that is made anew is seen, too. */
static int
watch_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (watch < 0 || !slice_to_cstr(slash ? slice_make(path, (size_t)(slash - path) + 1) : SLICE("./"), folder,
				 sizeof folder))
		return watch;
	inotify_add_watch(watch, folder, IN_MODIFY | IN_CREATE | IN_MOVED_TO);
	return watch;
}

void
log_follow_init(struct log_follow *l, const char *path)
{
	*l = (struct log_follow){
		.path = path, .fd = open_file(path), .watch = watch_folder(path), .in = buffer_make(RECORD_LINE_MAX)};
}

void
log_follow_release(struct log_follow *l)
{
	if (l->fd >= 0)
		close(l->fd);
	if (l->watch >= 0)
		close(l->watch);
	buffer_release(&l->in);
}

void
log_follow_rewind(struct log_follow *l, size_t count)
{
	char block[READ_STEP];
	off_t at = l->fd >= 0 ? lseek(l->fd, 0, SEEK_END) : 0;
	size_t seen = 0;

	buffer_clear(&l->in);
	l->searched = 0;
	l->skipping = false;
	/* One line feed more than lines: the one before the first of them. */
	while (at > 0) {
		off_t from = at > READ_STEP ? at - READ_STEP : 0;
		ssize_t n = pread(l->fd, block, (size_t)(at - from), from);

		if (n <= 0)
			break;
		for (ssize_t i = n - 1; i >= 0; i--) {
			if (block[i] == '\n' && seen++ == count) {
				lseek(l->fd, from + i + 1, SEEK_SET);
				return;
			}
		}
		at = from;
	}
	if (l->fd >= 0)
		lseek(l->fd, 0, SEEK_SET);
}

/* Whether the path names another file by now. */
static bool
is_replaced(const struct log_follow *l)
{
	struct stat ours, now;

	if (stat(l->path, &now) < 0)
		return false;
	return l->fd < 0 || fstat(l->fd, &ours) < 0 || ours.st_ino != now.st_ino || ours.st_dev != now.st_dev;
}

/* Nothing is left in the open file: opens the one in its place once the old one is done with.  True where it did. */
static bool
change_over(struct log_follow *l)
{
	uint64_t now = clock_monotonic_ns();

	if (!is_replaced(l))
		return false;
	if (l->fd >= 0 && l->replaced_at == 0)
		l->replaced_at = now;
	if (l->fd >= 0 && now - l->replaced_at < FAREWELL_NS)
		return false;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = open_file(l->path);
	l->replaced_at = 0;
	l->searched = 0;
	l->skipping = false;
	buffer_clear(&l->in);
	return l->fd >= 0;
}

/* True where bytes were added, or another file was opened. */
static bool
fill(struct log_follow *l)
{
	size_t room = buffer_room(&l->in) < READ_STEP ? buffer_room(&l->in) : READ_STEP;
	struct stat st;
	ssize_t n = 0;
	char *to;

	if (room == 0) {
		l->skipping = true;
		l->searched = 0;
		buffer_clear(&l->in);
		room = READ_STEP;
	}
	to = buffer_reserve(&l->in, room);
	if (to && l->fd >= 0)
		n = read(l->fd, to, room);
	if (n > 0) {
		buffer_commit(&l->in, (size_t)n);
		return true;
	}
	/* Emptied in place, as "copytruncate" does. */
	if (l->fd >= 0 && fstat(l->fd, &st) == 0 && st.st_size < lseek(l->fd, 0, SEEK_CUR))
		return lseek(l->fd, 0, SEEK_SET) == 0 && st.st_size > 0;
	return change_over(l);
}

bool
log_follow_next(struct log_follow *l, struct slice *line)
{
	for (;;) {
		struct slice held = buffer_slice(&l->in);
		size_t end = l->searched + slice_find(slice_sub(held, l->searched, held.len), '\n');
		bool skip = l->skipping;

		if (end == held.len) {
			l->searched = held.len;
			if (!fill(l))
				return false;
			continue;
		}
		*line = slice_sub(held, 0, end);
		buffer_consume(&l->in, end + 1);
		l->searched = 0;
		l->skipping = false;
		if (!skip)
			return true;
	}
}

void
log_follow_wait(struct log_follow *l, int timeout_ms)
{
	struct pollfd wait = {.fd = l->watch, .events = POLLIN};
	char events[4096];

	/* The descriptor counts as absent where it is below zero: then only the time passes. */
	if (poll(&wait, 1, l->replaced_at || l->watch < 0 ? 100 : timeout_ms) > 0) {
		while (read(l->watch, events, sizeof events) > 0)
			;
	}
}

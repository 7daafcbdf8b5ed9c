/* Following a file of records while it is written and rotated: the last lines of it, and then each new one. */
#ifndef SLUICE_CTL_LOG_FOLLOW_H
#define SLUICE_CTL_LOG_FOLLOW_H

#include "base/buffer.h"

struct log_follow {
	const char *path;     /* borrowed */
	int fd;               /* -1: the file is not there (yet) */
	int watch;            /* inotify; -1: only the clock wakes */
	uint64_t replaced_at; /* monotonic ns: when another file was seen in its place; 0: none */
	struct buffer in;
	size_t searched; /* bytes of `in` that hold no line feed */
	bool skipping;   /* within a line that is too long, or whose start was not read */
};

/* Opens the file where it is there. */
void log_follow_init(struct log_follow *l, const char *path);
void log_follow_release(struct log_follow *l);
/* Goes back so that at least `count` whole lines follow, or all there are. */
void log_follow_rewind(struct log_follow *l, size_t count);
/* The next line that is there already, without its line feed; borrowed until the next call.  False: none now. */
bool log_follow_next(struct log_follow *l, struct slice *line);
/* Waits until there may be more, at most timeout_ms. */
void log_follow_wait(struct log_follow *l, int timeout_ms);

#endif

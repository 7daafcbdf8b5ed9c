/* Rotation of the issuance log.  See issuance_files.h. */
#include "tls/issuance_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tls/utc_date.h"

/* issuance.log-YYYYMMDD-hhmmss, and a number where several came in a second */
#define NAME_MAX_LEN 64
#define DATED_PREFIX ISSUANCE_LOG_NAME "-"
#define SAME_SECOND_MAX 100

bool
issuance_files_is_rotated(struct slice name)
{
	struct slice base = SLICE(ISSUANCE_LOG_NAME), rest;

	if (!slice_starts_with(name, base) || name.len < base.len + 2)
		return false;
	rest = slice_sub(name, base.len, name.len - (slice_ends_with(name, SLICE(".gz")) ? 3 : 0));
	if (rest.len < 2 || (rest.ptr[0] != '.' && rest.ptr[0] != '-'))
		return false;
	for (size_t i = 1; i < rest.len; i++)
		if (!ascii_is_digit(rest.ptr[i]) && rest.ptr[i] != '-')
			return false;
	return true;
}

int
issuance_files_open(int folder)
{
	return openat(folder, ISSUANCE_LOG_NAME, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* ---- beginning ---- */

/* Whether the file goes on beyond what `log` has; it is continued instead then. */
static bool
take_if_later(struct issuance_log *log, int fd, unsigned sync_interval_ms, const char *name, struct problems *problems)
{
	struct issuance_log other;
	bool done = issuance_log_init(&other, fd, sync_interval_ms, name, problems);

	if (done && other.seq > log->seq) {
		issuance_log_release(log);
		*log = other;
	} else
		issuance_log_release(&other);
	return done;
}

/* Goes on where the newest of the rotated files ends, in `fd`. */
static bool
continue_newest(
	struct issuance_log *log, int folder, int fd, unsigned sync_interval_ms, int64_t now, struct problems *problems)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	bool done = dir != NULL, is_compressed = false;
	const struct dirent *item;

	while (done && (item = readdir(dir)) != NULL) {
		struct slice name = slice_of(item->d_name);
		int old;

		if (!issuance_files_is_rotated(name))
			continue;
		if (slice_ends_with(name, SLICE(".gz"))) {
			is_compressed = true;
			continue;
		}
		old = openat(folder, item->d_name, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
		done = old >= 0 && take_if_later(log, old, sync_interval_ms, item->d_name, problems);
		/* What is continued is only remembered by its end. */
		if (old >= 0)
			close(old);
	}
	if (dir)
		closedir(dir);
	else if (copy >= 0)
		close(copy);
	if (done && log->seq == 0 && is_compressed) {
		problems_add(problems, false, ISSUANCE_LOG_NAME, 0, 0, "uncompress the newest of them",
			"the log is empty, and those before it are compressed");
		return false;
	}
	if (done && log->seq)
		done = issuance_log_move(log, fd, now);
	if (!done && problems->errors == 0)
		problems_add(problems, false, ISSUANCE_LOG_NAME, 0, 0, NULL,
			"the log cannot go on from the one before: %s", strerror(errno));
	return done;
}

bool
issuance_files_begin(
	struct issuance_log *log, int folder, int fd, unsigned sync_interval_ms, int64_t now, struct problems *problems)
{
	if (!issuance_log_init(log, fd, sync_interval_ms, ISSUANCE_LOG_NAME, problems))
		return false;
	return log->seq > 0 || continue_newest(log, folder, fd, sync_interval_ms, now, problems);
}

/* ---- rotation ---- */

bool
issuance_files_rotate(int folder, int64_t now)
{
	struct utc_date d;
	char name[NAME_MAX_LEN];
	int error = EEXIST;

	if (!utc_date_of(now, &d)) {
		errno = EINVAL;
		return false;
	}
	for (unsigned i = 0; error == EEXIST && i < SAME_SECOND_MAX; i++) {
		int n = snprintf(name, sizeof name, DATED_PREFIX "%04d%02u%02u-%02u%02u%02u", d.year, d.month, d.day,
			d.hour, d.minute, d.second);

		if (i)
			snprintf(name + n, sizeof name - (size_t)n, "-%02u", i);
		error = renameat2(folder, ISSUANCE_LOG_NAME, folder, name, RENAME_NOREPLACE) == 0 ? 0 : errno;
	}
	errno = error;
	return error == 0;
}

static bool
is_ours(const char *name)
{
	return strncmp(name, DATED_PREFIX, sizeof DATED_PREFIX - 1) == 0 && issuance_files_is_rotated(slice_of(name));
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
issuance_files_prune(int folder, size_t keep)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *item;
	char **names = NULL, **grown;
	size_t count = 0;

	while (dir && (item = readdir(dir)) != NULL) {
		if (!is_ours(item->d_name) || (grown = realloc(names, (count + 1) * sizeof *names)) == NULL)
			continue;
		names = grown;
		names[count] = strdup(item->d_name);
		count += names[count] != NULL;
	}
	/* Their names are dates: the oldest comes first. */
	if (count)
		qsort(names, count, sizeof *names, by_name);
	for (size_t i = 0; i < count; i++) {
		if (i + keep < count)
			unlinkat(folder, names[i], 0);
		free(names[i]);
	}
	free(names);
	if (dir)
		closedir(dir);
	else if (copy >= 0)
		close(copy);
}

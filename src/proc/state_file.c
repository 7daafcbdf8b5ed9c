/* Small files of state_dir.  See state_file.h. */
#include "proc/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"

#define PATH_SIZE 4096

static bool
write_all(int fd, struct slice bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n < 0 && errno != EINTR)
			return false;
		bytes = slice_sub(bytes, n > 0 ? (size_t)n : 0, bytes.len);
	}
	return true;
}

bool
state_file_write(const char *state_dir, const char *name, struct slice bytes)
{
	char path[PATH_SIZE], fresh[PATH_SIZE];
	bool done = false;
	int fd;

	snprintf(path, sizeof path, "%s/%s", state_dir, name);
	snprintf(fresh, sizeof fresh, "%s/%s.new", state_dir, name);
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0) {
		done = write_all(fd, bytes) && fsync(fd) == 0;
		done = close(fd) == 0 && done && rename(fresh, path) == 0;
	}
	if (!done)
		diag(DIAG_ERROR, "supervisor", "%s cannot be written: %s", path, strerror(errno));
	return done;
}

char *
state_file_read(const char *state_dir, const char *name, size_t max, size_t *len)
{
	char path[PATH_SIZE], *text = NULL;
	struct stat st;
	ssize_t n = -1;
	int fd, error;

	snprintf(path, sizeof path, "%s/%s", state_dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && (uintmax_t)st.st_size <= max)
		text = malloc((size_t)st.st_size + 1);
	else
		errno = EFBIG;
	if (text)
		n = read(fd, text, (size_t)st.st_size);
	error = errno;
	close(fd);
	if (n < 0) {
		free(text);
		errno = error;
		return NULL;
	}
	*len = (size_t)n;
	return text;
}

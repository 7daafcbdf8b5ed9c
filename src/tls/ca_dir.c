/* Safe files in a private directory.  See ca_dir.h. */
#include "tls/ca_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_TEXT_MAX 512
#define ANCESTORS_MAX 64
#define DIRECTORY_MODE 0700
#define FILE_MODE 0600
#define OTHERS 077

const char *
ca_dir_file(const struct ca_dir *dir, const char *name, char *dst, size_t dst_size)
{
	snprintf(dst, dst_size, "%s/%s", dir->path, name);
	return dst;
}

static void
file_problem(
	const struct ca_dir *dir, const char *name, const char *remedy, const char *what, struct problems *problems)
{
	char path[PATH_TEXT_MAX];

	problems_add(problems, false, ca_dir_file(dir, name, path, sizeof path), 0, 0, remedy, "%s", what);
}

static void
errno_problem(const struct ca_dir *dir, const char *name, const char *verb, struct problems *problems)
{
	char path[PATH_TEXT_MAX];
	int error = errno;

	problems_add(problems, false, ca_dir_file(dir, name, path, sizeof path), 0, 0, NULL, "cannot %s it: %s", verb,
		strerror(error));
}

static bool
is_ours(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

/* --- The directory --- */

/* Walks upwards by "..", so that no path is looked at twice. */
static bool
parents_are_safe(int directory, const char *path, struct problems *problems)
{
	int fd = openat(directory, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat below = {0}, st;
	bool safe = false;

	for (int i = 0; i < ANCESTORS_MAX; i++) {
		int parent;

		/* Directly above not even a sticky directory will do; further up it protects what is in it. */
		if (fd < 0 || fstat(fd, &st) != 0 || ((st.st_mode & S_IWOTH) && (i == 0 || !(st.st_mode & S_ISVTX))))
			break;
		safe = st.st_ino == below.st_ino && st.st_dev == below.st_dev; /* the root is its own parent */
		if (safe)
			break;
		below = st;
		parent = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = parent;
	}
	if (fd >= 0)
		close(fd);
	if (!safe)
		problems_add(problems, false, path, 0, 0, "chmod o-w the directories above it, or move it",
			"everybody can write to a directory above the CA's");
	return safe;
}

static bool
directory_is_safe(int fd, const char *path, struct problems *problems)
{
	struct stat st;

	if (fstat(fd, &st) != 0) {
		problems_add(problems, false, path, 0, 0, NULL, "cannot look at it: %s", strerror(errno));
		return false;
	}
	if (!is_ours(&st)) {
		problems_add(problems, false, path, 0, 0, "chown it to root",
			"the CA's directory belongs to user %u, neither root nor the user that runs this",
			(unsigned)st.st_uid);
		return false;
	}
	if (st.st_mode & OTHERS) {
		problems_add(problems, false, path, 0, 0,
			"chmod 0700 it, and make a new CA if others could read the key",
			"the CA's directory is open to others (mode %04o)", (unsigned)st.st_mode & 07777);
		return false;
	}
	return parents_are_safe(fd, path, problems);
}

enum ca_dir_result
ca_dir_open(struct ca_dir *dir, const char *path, bool create, struct problems *problems)
{
	int fd;

	if (create && mkdir(path, DIRECTORY_MODE) != 0 && errno != EEXIST) {
		problems_add(problems, false, path, 0, 0, "make the directory above it, or choose another 'state_dir'",
			"the CA's directory cannot be made: %s", strerror(errno));
		return CA_DIR_FAILED;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return CA_DIR_ABSENT;
	if (fd < 0) {
		problems_add(problems, false, path, 0, 0, "it must be a directory, and no symbolic link",
			"the CA's directory cannot be opened: %s", strerror(errno));
		return CA_DIR_FAILED;
	}
	if (!directory_is_safe(fd, path, problems)) {
		close(fd);
		return CA_DIR_FAILED;
	}
	*dir = (struct ca_dir){.fd = fd, .path = strdup(path)};
	if (dir->path == NULL) {
		close(fd);
		problems_add(problems, false, path, 0, 0, NULL, "out of memory");
		return CA_DIR_FAILED;
	}
	return CA_DIR_OK;
}

void
ca_dir_close(struct ca_dir *dir)
{
	if (dir->path)
		close(dir->fd);
	free(dir->path);
	*dir = (struct ca_dir){.fd = -1};
}

/* --- Reading --- */

void
ca_bytes_release(struct ca_bytes *bytes)
{
	OPENSSL_secure_clear_free(bytes->data, bytes->capacity);
	*bytes = (struct ca_bytes){0};
}

/* Reads all of a file that fstat() described; false (and errno) where it cannot be, or is longer than CA_FILE_MAX. */
static bool
read_all(int fd, const struct stat *st, struct ca_bytes *bytes)
{
	*bytes = (struct ca_bytes){0};
	if (st->st_size > CA_FILE_MAX) {
		errno = EFBIG;
		return false;
	}
	bytes->capacity = (size_t)st->st_size + 1; /* one more, to see that it ends there */
	bytes->data = OPENSSL_secure_zalloc(bytes->capacity);
	if (bytes->data == NULL) {
		errno = ENOMEM;
		return false;
	}
	while (bytes->len < bytes->capacity) {
		ssize_t n = read(fd, bytes->data + bytes->len, bytes->capacity - bytes->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			return true;
		if (n < 0)
			break;
		bytes->len += (size_t)n;
	}
	if (bytes->len == bytes->capacity)
		errno = EAGAIN; /* it grew while it was read */
	ca_bytes_release(bytes);
	return false;
}

static bool
file_is_safe(
	const struct ca_dir *dir, const char *name, const struct stat *st, bool is_secret, struct problems *problems)
{
	if (!S_ISREG(st->st_mode)) {
		file_problem(dir, name, "put the file itself there", "it is no plain file", problems);
		return false;
	}
	if (!is_ours(st)) {
		file_problem(dir, name, "chown it to root",
			"it belongs to another user than root or the one that runs this", problems);
		return false;
	}
	if (is_secret && (st->st_mode & OTHERS)) {
		file_problem(dir, name,
			"make a new CA, since the key may be known; or chmod 0600 it where you are sure",
			"the CA key can be read by others", problems);
		return false;
	}
	if (is_secret && st->st_nlink != 1) {
		file_problem(dir, name, "remove the other names", "the CA key has a second name (hard link)", problems);
		return false;
	}
	if (st->st_mode & (S_IWGRP | S_IWOTH)) {
		file_problem(dir, name, "chmod go-w it", "others can write to it", problems);
		return false;
	}
	return true;
}

enum ca_dir_result
ca_dir_read(const struct ca_dir *dir, const char *name, bool is_secret, struct ca_bytes *bytes, int64_t *modified,
	struct problems *problems)
{
	/* O_NONBLOCK: a FIFO in its place must not stop us. */
	int fd = openat(dir->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	enum ca_dir_result result = CA_DIR_FAILED;
	struct stat st;

	*bytes = (struct ca_bytes){0};
	if (fd < 0 && errno == ENOENT)
		return CA_DIR_ABSENT;
	if (fd < 0 && errno == ELOOP)
		file_problem(dir, name, "put the file itself there", "it is a symbolic link", problems);
	else if (fd < 0 || fstat(fd, &st) != 0)
		errno_problem(dir, name, "open", problems);
	else if (!file_is_safe(dir, name, &st, is_secret, problems))
		;
	else if (!read_all(fd, &st, bytes))
		errno_problem(dir, name, "read", problems);
	else
		result = CA_DIR_OK;
	if (result == CA_DIR_OK && modified)
		*modified = st.st_mtim.tv_sec;
	if (fd >= 0)
		close(fd);
	return result;
}

bool
ca_bytes_read(const char *path, struct ca_bytes *bytes, struct problems *problems)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	bool ok = fd >= 0 && fstat(fd, &st) == 0 && read_all(fd, &st, bytes);

	if (!ok)
		problems_add(problems, false, path, 0, 0, NULL, "cannot read it: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return ok;
}

/* --- Writing --- */

static bool
write_all(int fd, struct slice bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes = slice_sub(bytes, (size_t)n, bytes.len);
	}
	return true;
}

bool
ca_dir_write(const struct ca_dir *dir, const char *name, struct slice bytes, struct problems *problems)
{
	char beside[PATH_TEXT_MAX];
	bool ok = false;
	int fd;

	snprintf(beside, sizeof beside, ".%s.new", name);
	if (unlinkat(dir->fd, beside, 0) != 0 && errno != ENOENT) {
		errno_problem(dir, beside, "remove", problems);
		return false;
	}
	fd = openat(dir->fd, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	if (fd < 0) {
		errno_problem(dir, beside, "make", problems);
		return false;
	}
	if (fchmod(fd, FILE_MODE) != 0 || !write_all(fd, bytes) || fsync(fd) != 0)
		errno_problem(dir, name, "write", problems);
	else if (renameat(dir->fd, beside, dir->fd, name) != 0 || fsync(dir->fd) != 0)
		errno_problem(dir, name, "replace", problems);
	else
		ok = true;
	if (!ok)
		unlinkat(dir->fd, beside, 0);
	close(fd);
	return ok;
}

/* Best effort, after the file has lost its name: nothing depends on it any more. */
static void
overwrite(int fd)
{
	static const char zeros[4096];
	struct stat st;

	if (fstat(fd, &st) != 0 || st.st_size > CA_FILE_MAX)
		return;
	for (int64_t left = st.st_size; left > 0; left -= (int64_t)sizeof zeros)
		if (!write_all(fd, slice_make(zeros, left < (int64_t)sizeof zeros ? (size_t)left : sizeof zeros)))
			return;
	fsync(fd);
}

bool
ca_dir_replace(const struct ca_dir *dir, const char *from, const char *to, struct problems *problems)
{
	int old = openat(dir->fd, to, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool ok = renameat(dir->fd, from, dir->fd, to) == 0 && fsync(dir->fd) == 0;

	if (!ok)
		errno_problem(dir, to, "replace", problems);
	if (old >= 0 && ok)
		overwrite(old);
	if (old >= 0)
		close(old);
	return ok;
}

bool
ca_dir_exists(const struct ca_dir *dir, const char *name)
{
	struct stat st;

	return fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool
ca_dir_remove(const struct ca_dir *dir, const char *name, struct problems *problems)
{
	if (unlinkat(dir->fd, name, 0) == 0 || errno == ENOENT)
		return true;
	errno_problem(dir, name, "remove", problems);
	return false;
}

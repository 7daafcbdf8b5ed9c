/* The directory that holds the CA's files, and the only way to them.  What is there is used only where nobody but us
 * and root can have put it there or can read the key: the directory is 0700 and ours or root's, no parent of it can be
 * written by everybody, nothing is a symbolic link, secrets are 0600 with one name.  Anything else is a problem with a
 * remedy, never repaired silently.  Files are replaced whole (written beside, flushed, renamed), so a crash leaves the
 * old or the new one.
 *
 * Every check is made on the opened descriptor, not on the path, so nothing can be swapped in between. */
#ifndef SLUICE_TLS_CA_DIR_H
#define SLUICE_TLS_CA_DIR_H

#include "base/diag.h"

#define CA_FILE_MAX (64 * 1024)

struct ca_dir {
	int fd;     /* owned */
	char *path; /* owned; for messages */
};

enum ca_dir_result {
	CA_DIR_OK,
	CA_DIR_ABSENT, /* there is no such file: no problem is added */
	CA_DIR_FAILED, /* a problem was added */
};

/* Bytes of a file, in the library's secure heap where one was set up; wiped when released. */
struct ca_bytes {
	char *data; /* owned */
	size_t len;
	size_t capacity;
};

/* Opens the directory; `create` makes it (0700) where it is absent, but not its parents.  After CA_DIR_OK only,
 * ca_dir_close() is due. */
enum ca_dir_result ca_dir_open(struct ca_dir *dir, const char *path, bool create, struct problems *problems);
void ca_dir_close(struct ca_dir *dir);
/* Reads a file of at most CA_FILE_MAX bytes.  A secret must be readable by its owner alone.  `modified` (seconds since
 * 1970-01-01 UTC) may be NULL. */
enum ca_dir_result ca_dir_read(const struct ca_dir *dir, const char *name, bool is_secret, struct ca_bytes *bytes,
	int64_t *modified, struct problems *problems);
void ca_bytes_release(struct ca_bytes *bytes);
/* Replaces a file, or makes it, with mode 0600; it is on the disk when this returns true. */
bool ca_dir_write(const struct ca_dir *dir, const char *name, struct slice bytes, struct problems *problems);
/* Renames a file over another, which is overwritten with zeros before it is let go (as far as the file system does
 * that in place: journals and flash may keep a copy). */
bool ca_dir_replace(const struct ca_dir *dir, const char *from, const char *to, struct problems *problems);
bool ca_dir_exists(const struct ca_dir *dir, const char *name);
/* Removes a file; one that is absent is no error. */
bool ca_dir_remove(const struct ca_dir *dir, const char *name, struct problems *problems);
/* "DIRECTORY/name", for messages; returns dst. */
const char *ca_dir_file(const struct ca_dir *dir, const char *name, char *dst, size_t dst_size);
/* Reads a file that the operator names, wherever it is: nothing is asked of its mode, it is only read. */
bool ca_bytes_read(const char *path, struct ca_bytes *bytes, struct problems *problems);

#endif

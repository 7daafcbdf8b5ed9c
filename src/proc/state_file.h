/* Small files of state_dir that the supervisor keeps: each is whole or not at all, after a crash the old one or the new
 * one. */
#ifndef SLUICE_PROC_STATE_FILE_H
#define SLUICE_PROC_STATE_FILE_H

#include "base/slice.h"

/* Writes it beside, then renames it; mode 0600.  False where it failed, which was said: the old one is still there. */
bool state_file_write(const char *state_dir, const char *name, struct slice bytes);
/* The whole of it, at most max bytes; NULL with errno (ENOENT, EFBIG...).  free() it. */
char *state_file_read(const char *state_dir, const char *name, size_t max, size_t *len);

#endif

/* The files of the issuance log: issuance.log, and what rotation has made of it beside it
 * (issuance.log-20261127-193000, or issuance.log.1 where another program does it; either with .gz).  The chain of
 * hashes goes on from file to file: the first line of each says that it goes on, and holds the hash of the last line of
 * the one before.
 *
 * Rotation renames the file, then opens a new one under the name, then hands it to the signer, who goes on writing to
 * the old one until it has it.  Whatever fails in between, no line is lost, and a signer that starts with an empty file
 * beside others goes on where the newest of them ends. */
#ifndef SLUICE_TLS_ISSUANCE_FILES_H
#define SLUICE_TLS_ISSUANCE_FILES_H

#include "tls/issuance_log.h"

#define ISSUANCE_LOG_NAME "issuance.log"

/* Whether a file of this name is what rotation has made of the log. */
bool issuance_files_is_rotated(struct slice name);
/* Opens the log in the folder for appending, made where there is none.  -1 with errno. */
int issuance_files_open(int folder);
/* Begins to write to `fd`, which issuance_files_open() has opened (borrowed): goes on where it ends, or where the
 * newest rotated file does where it is empty.  False with a problem. */
bool issuance_files_begin(struct issuance_log *log, int folder, int fd, unsigned sync_interval_ms, int64_t now,
	struct problems *problems);
/* Renames the log for good, by the time (seconds since 1970).  False with errno; ENOENT: there is none. */
bool issuance_files_rotate(int folder, int64_t now);
/* Removes the oldest of the files that issuance_files_rotate() has named, until `keep` are left. */
void issuance_files_prune(int folder, size_t keep);

#endif

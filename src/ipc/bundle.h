/* A bundle hands named blobs of any size to a process that has no file access: configuration files, trust anchors, the
 * CA certificate.  It is written into a sealed memory file by the supervisor and mapped by the worker. */
#ifndef SLUICE_IPC_BUNDLE_H
#define SLUICE_IPC_BUNDLE_H

#include "base/slice.h"

#define BUNDLE_MAX (256u * 1024 * 1024)

struct bundle_writer {
	int fd; /* owned until bundle_seal() */
	size_t size;
	int error; /* sticky negative errno */
};

struct bundle {
	char *map; /* owned mapping */
	size_t size;
};

/* Check w->error once, at bundle_seal(). */
void bundle_begin(struct bundle_writer *w);
void bundle_add(struct bundle_writer *w, struct slice name, struct slice bytes);
/* The descriptor, sealed against every change, owned by the caller; or negative errno. */
int bundle_seal(struct bundle_writer *w);

/* Maps a bundle; checks it whole before anything is handed out.  0 or negative errno. */
int bundle_open(struct bundle *b, int fd);
void bundle_close(struct bundle *b);
/* Walks the blobs: start with *at = 0; false at the end. */
bool bundle_next(const struct bundle *b, size_t *at, struct slice *name, struct slice *bytes);

#endif

/* The files that say who uses which address: other systems write them, the supervisor looks each second whether one has
 * changed, and hands them to the worker in one bundle.  A file that is not there counts as empty; one that cannot be
 * read leaves the worker with what it has. */
#ifndef SLUICE_PROC_USER_FILES_H
#define SLUICE_PROC_USER_FILES_H

#include "base/siphash.h"
#include "conf/snapshot.h"
#include "loop/loop.h"

#define USER_FILES_MAX 16
#define USER_FILE_BYTES_MAX (16u << 20)

/* What tells one state of a file from another. */
struct user_file_state {
	uint64_t device;
	uint64_t inode;
	uint64_t size;
	int64_t modified_ns;
	int error; /* of looking at it */
};

struct user_file_state user_file_look(const char *path);
bool user_file_is_same(const struct user_file_state *a, const struct user_file_state *b);
/* Whether it was changed so lately that another change could look the same; `now` is the real time in ns. */
bool user_file_is_unsettled(const struct user_file_state *state, int64_t now);
/* The bytes of a regular file (never of a device, or a pipe that would not end), the caller's.  0, or an errno. */
int user_file_read(const char *path, struct slice *bytes);

struct user_files {
	struct loop_timer timer;
	const struct conf_texts *paths; /* borrowed */
	size_t count;                   /* of the files that are watched */
	struct user_file_state states[USER_FILES_MAX];
	bool is_settled; /* none was changed so lately that another change could look the same */
	struct siphash_key key;
	uint64_t digest; /* of what was sent last */
	/* Sends the bundle; the callee closes it.  False where it could not, and will be asked again. */
	bool (*send)(struct user_files *self, int bundle);
};

void user_files_init(struct user_files *u, struct loop *loop, bool (*send)(struct user_files *self, int bundle));
/* Watches the files of these settings from now on, and sends them at once; a new worker needs them, too. */
void user_files_watch(struct user_files *u, const struct conf *conf);
/* There is no worker to send to. */
void user_files_pause(struct user_files *u);

#endif

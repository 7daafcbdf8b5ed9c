/* The files of `group { users FILE }`: the supervisor looks each second whether one has changed, and sends the
 * configuration in force once more with what it says now.  The configuration's own files are not read again.  A file
 * that cannot be read, and one that the worker refuses, leaves the members that are known. */
#ifndef SLUICE_PROC_GROUP_FILES_H
#define SLUICE_PROC_GROUP_FILES_H

#include "proc/gather.h"
#include "proc/user_files.h"

#define GROUP_FILES_MAX 64

struct supervisor;

/* One file: which of the configuration's sources it is, and how it looked when it was read. */
struct group_file {
	struct conf_source *source; /* of the configuration in force */
	struct user_file_state state;
	bool is_unsettled; /* changed so lately that another change could look the same */
	struct slice
		before; /* owned: its bytes until the worker has answered; ptr is NULL where nothing is under way */
};

struct group_files {
	struct loop_timer timer;
	struct supervisor *supervisor;
	struct group_file items[GROUP_FILES_MAX];
	size_t count;
	uint32_t generation; /* that was sent with new members, and not answered yet; 0: none */
};

void group_files_init(struct group_files *f, struct supervisor *s, struct loop *loop);
/* Watches the files of the configuration that is in force from now on, as it has just read them. */
void group_files_watch(struct group_files *f, struct gathered *configuration);
/* The worker has taken a generation over, or says why not (NULL: it has); false where it is none of these. */
bool group_files_configured(struct group_files *f, uint32_t generation, const char *mistakes);
/* There is no worker to send to: the next one starts with what the last one had, and is told what is new then. */
void group_files_pause(struct group_files *f);

#endif

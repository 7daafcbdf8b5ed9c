/* Reads the configuration's files, for a process that may: FILE, every conf.d/NAME.conf beside it in order of name,
 * and the files that these name and whose contents the policy needs (user lists, time zones).  Another process can
 * then be handed the bytes and parse them without file access. */
#ifndef SLUICE_CONF_LOAD_H
#define SLUICE_CONF_LOAD_H

#include "conf/parse.h"

#define CONF_FILE_MAX (16 << 20)  /* bytes of one file */
#define CONF_FILES_MAX 512        /* files */
#define CONF_TOTAL_MAX (64 << 20) /* bytes of all files */

struct conf_sources {
	struct conf_source *items; /* owned, with names and bytes */
	size_t count;
	size_t bytes;
};

/* False where the main file, or one of conf.d/, cannot be read: problems say which and why.  A file named by a
 * group or a time that cannot be read is not an error here: whoever compiles it says so, at its line.
 * The caller frees with conf_sources_release(), also after a failure. */
bool conf_load(const char *path, struct conf_sources *sources, struct problems *problems);
/* Adds one more regular file that is not the configuration's own; false where it cannot be read. */
bool conf_load_file(const char *path, struct conf_sources *sources);
void conf_sources_release(struct conf_sources *sources);
/* Copies one more file's contents in; false when a limit or memory forbids it.  For a process that receives them. */
bool conf_sources_add(struct conf_sources *sources, struct slice name, struct slice bytes);

#define CONF_ZONE_DIR "/usr/share/zoneinfo/"
#define CONF_LOCAL_ZONE "/etc/localtime"

#endif

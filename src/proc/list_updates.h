/* Keeps fetched lists fresh, and the table of categories up to date, beside everything else that the supervisor does:
 * it waits for no process and no server.
 *
 * A list that is due is asked for (fetches.h).  What comes is read in a process of its own (list_child.h) and takes the
 * place of the last copy only when it holds names, and not suspiciously fewer than before.  Whatever else happens, the
 * last copy stays, the reason is kept with it, and the list is asked for again later.  Once copies have changed the
 * table is compiled, again in a process of its own, and handed to the worker as a new generation of the configuration
 * that is in force: sessions that are open go on with the one they began with. */
#ifndef SLUICE_PROC_LIST_UPDATES_H
#define SLUICE_PROC_LIST_UPDATES_H

#include <jansson.h>

#include "classify/list_store.h"
#include "loop/loop.h"
#include "proc/fetches.h"
#include "proc/list_child.h"
#include "proc/lists.h"

struct supervisor;
struct list_update;

struct list_updates {
	struct supervisor *supervisor;
	struct loop_timer tick;
	struct loop_task step;
	struct list_update *items; /* owned, linked: the lists with an url of the configuration in force */
	struct list_child reader;  /* of what `reading` has fetched */
	struct list_update *reading;
	struct list_child compiler;
	bool is_compiling_reload; /* for the configuration that is on its way, not for the one in force */
	bool reload_waits;        /* until the lists of the configuration on its way are compiled */
	bool is_changed;          /* copies were replaced since the last compilation */
	uint32_t generation;      /* that carries new lists to the worker; 0: none is on its way */
	char error[256];          /* why lists were not taken over the last time; "": they were */
};

void list_updates_init(struct list_updates *u, struct supervisor *s, struct loop *loop);
/* The configuration in force is another one. */
void list_updates_configure(struct list_updates *u);
/* supervisor->reload is to be sent once its lists are compiled: supervisor_send_reload() is called then. */
void list_updates_prepare_reload(struct list_updates *u);
/* The reload was given up. */
void list_updates_forget_reload(struct list_updates *u);
/* The worker has answered to a generation; true where it was one that carries new lists.  mistakes: NULL, or why not.
 */
bool list_updates_configured(struct list_updates *u, uint32_t generation, const char *mistakes);
/* A child process has ended; true where it was ours. */
bool list_updates_ended(struct list_updates *u, pid_t pid, int status);
void list_updates_release(struct list_updates *u);

/* Asks for the list (NULL: all) now.  forces: whatever comes is taken, be it much smaller.  Returns how many. */
unsigned list_updates_ask(struct list_updates *u, const char *name, bool forces);
/* How many lists were not brought up to date for three times as long as they should be, or never came; the first of
 * them in words. */
unsigned list_updates_overdue(const struct list_updates *u, char *first, size_t first_size);
/* {"busy": whether anything is under way, "error", "lists": [{"list", "phase", "bytes", "error"...}]} */
json_t *list_updates_describe(const struct list_updates *u);

#endif

/* The process that reads lists.  Lists are strangers' text: whoever reads them is the unprivileged user, may open the
 * lists and nothing else, and has a minute.  One such process compiles all lists into a table; another reads a list
 * that was just fetched, before it may replace the last copy.  What they make is written by them, to files that were
 * opened for them, and takes its name only when they have ended well. */
#ifndef SLUICE_PROC_LIST_CHILD_H
#define SLUICE_PROC_LIST_CHILD_H

#include <sys/types.h>

#include "classify/list_compile.h"

#define LIST_CHILD_SECONDS_MAX 60
#define LIST_CHILD_NICENESS 5

/* What such a process has found, and while it works, how far it is; written by it, in memory that it shares. */
struct list_finding {
	uint64_t bytes;   /* read, of all lists */
	uint64_t total;   /* that are to be read; 0 where one list is read */
	uint64_t entries; /* so far */
	uint64_t skipped; /* at the end */
};

struct list_child {
	pid_t pid;                    /* 0: none runs */
	int out;                      /* the table, or the copy of a list */
	int report;                   /* what there is to say, as lines of text */
	struct list_finding *finding; /* shared with the process */
	char beside[4096];            /* where `out` lies, until it is renamed; "": it has no name */
	char path[4096];              /* what it becomes */
};

/* Starts compiling.  The table goes to the folder of lists, or where that cannot be written, to a memory file.  False
 * where no process could be started; the struct is then empty again. */
bool list_child_compile(struct list_child *c, const struct list_job *job, const char *user);
/* Starts reading the list in `body` (taken), and copies it to where its copy is kept. */
bool list_child_try(
	struct list_child *c, const struct list_job *job, const struct conf_list *list, const char *user, int body);
/* Waits for the end of the process, for who has nothing else to do. */
int list_child_wait(const struct list_child *c);
/* The process has ended with this status: adds what it said to the problems, as warnings.  True where it ended well. */
bool list_child_ended(struct list_child *c, int status, struct problems *problems);
/* What it wrote, once more, for who may only read it: a descriptor, the caller's; or -1. */
int list_child_open_result(const struct list_child *c);
/* Afterwards: what it made takes its place (0 or negative errno; 0 too where it has no name), or is removed. */
int list_child_keep(struct list_child *c);
/* Ends the process where it still runs, closes and removes what was not kept. */
void list_child_release(struct list_child *c);

#endif

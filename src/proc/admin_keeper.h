/* The supervisor's side of the admin process (admin.c): opens the admin port, starts the process and starts it again,
 * and writes the answers to what it asks, for which the worker is asked in turn.  A worker that is silent keeps nobody
 * waiting for more than two seconds.  One loop thread. */
#ifndef SLUICE_PROC_ADMIN_KEEPER_H
#define SLUICE_PROC_ADMIN_KEEPER_H

#include "ipc/channel.h"
#include "loop/loop.h"
#include "proc/admin_messages.h"
#include "proc/child.h"

struct supervisor;

/* What was asked, and is not answered yet. */
struct admin_question {
	struct supervisor *supervisor;
	uint32_t id;
	bool is_open;
	bool worker_is_asked; /* and has not answered: of this question, or of one that was given up */
	struct loop_timer patience;
};

struct admin_keeper {
	struct child child;
	struct loop_fd channel;
	struct loop_timer restart;
	int listeners[IPC_FDS_MAX];
	unsigned listener_count; /* 0: nothing is served, and there is no process */
	struct admin_question questions[ADMIN_SUBJECTS];
};

/* Opens the admin port.  False, and said, where it cannot be; where it is only the default one, which nobody has asked
 * for, that is said and true. */
bool admin_keeper_open(struct supervisor *s);
/* Starts the process, where anything is to be served. */
void admin_keeper_begin(struct supervisor *s);
/* The configuration in force has changed. */
void admin_keeper_reconfigure(struct supervisor *s);
/* The process has ended; it is started again after a while. */
void admin_keeper_ended(struct supervisor *s, int status);
void admin_keeper_release(struct supervisor *s);

#endif

/* A process that the supervisor started: by fork and exec of the same program, so that nothing is inherited but the
 * channel, and with a back-off so that one that crashes at once does not burn the machine. */
#ifndef SLUICE_PROC_CHILD_H
#define SLUICE_PROC_CHILD_H

#include <sys/types.h>

#include "ipc/messages.h"
#include "loop/loop.h"
#include "proc/role.h"

struct child {
	enum role role;
	pid_t pid;   /* 0 while none runs */
	int channel; /* our end, or -1 */
	unsigned restarts;
	unsigned quick_deaths; /* in a row, each within a second of its start */
	uint64_t started;      /* monotonic ns */
	uint64_t started_real; /* ns since 1970 */
	uint64_t past_cpu_ns;  /* processor time of those that have ended */
};

void child_init(struct child *c, enum role role);
/* Starts it; arguments go behind the role, NULL-ended.  0 or negative errno. */
int child_start(struct child *c, const char *const *arguments);
/* It has ended (waitpid said so): forgets the process, closes the channel, and says after how many ns to start it
 * again: at once after a life of a second or more, else doubling up to 10 s. */
uint64_t child_ended(struct child *c, int status);
/* Gives two running children `count` channels to each other: `to` gets each end in an IPC_CHANNEL, `from` the other
 * ends in one message of the type.  What could not be is said; false then. */
bool child_connect(const struct child *from, enum ipc_type type, const struct child *to, unsigned count);
void child_signal(const struct child *c, int signal_number);

#endif

/* The processes of sluice.  Each is the same program, started by the supervisor with a role; the table in role.c says
 * what each holds and what it may do once it runs.  docs/ARCHITECTURE.md has the picture. */
#ifndef SLUICE_PROC_ROLE_H
#define SLUICE_PROC_ROLE_H

#include <stdbool.h>

#include "base/slice.h"

enum role { ROLE_SUPERVISOR, ROLE_SIGNER, ROLE_WORKER, ROLE_FETCHER, ROLE_ADMIN, ROLE_COUNT };

/* Descriptor of the channel to the supervisor in every other role. */
#define ROLE_CHANNEL_FD 3

struct role_row {
	const char *name;
	int (*run)(int argc, char **argv); /* after main; returns the exit status */
	/* confinement, applied by confine(): */
	bool keeps_root;             /* stays privileged */
	bool keeps_files;            /* may open files after start */
	bool locks_memory;           /* holds secrets: nothing of it may be swapped out */
	const char *const *syscalls; /* allowed system calls, NULL-ended; NULL for all */
	const int *families;         /* of the sockets that it may make, 0-ended; where syscalls has "socket" */
};

extern const struct role_row roles[ROLE_COUNT];

/* ROLE_COUNT where there is none of that name. */
enum role role_find(const char *name);

/* What is meant for the supervisor (the terminal, rotation, reload) leaves a child alone; a pipe that broke is an error
 * of its write. */
void role_ignore_signals(void);

int supervisor_main(int argc, char **argv);
int signer_main(int argc, char **argv);
int worker_main(int argc, char **argv);
int fetcher_main(int argc, char **argv);
int admin_main(int argc, char **argv);

#endif

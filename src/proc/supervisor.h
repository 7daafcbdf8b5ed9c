/* The supervisor: holds root's few verbs and parses nothing from the network.  It reads the configuration, opens the
 * listening sockets and the access log, installs the kernel rules, starts the signer and the worker and starts them
 * again when they die.  It holds the listening sockets itself, so that no connection is refused while a worker is on
 * its way. */
#ifndef SLUICE_PROC_SUPERVISOR_H
#define SLUICE_PROC_SUPERVISOR_H

#include "admin/control_server.h"
#include "base/buffer.h"
#include "intercept/original_dst.h"
#include "intercept/ruleset.h"
#include "loop/loop.h"
#include "proc/admin_keeper.h"
#include "proc/alarms.h"
#include "proc/child.h"
#include "proc/clock_watch.h"
#include "proc/fetches.h"
#include "proc/gather.h"
#include "proc/group_files.h"
#include "proc/issuance_rotation.h"
#include "proc/list_updates.h"
#include "proc/user_files.h"
#include "proc/worker_counts.h"

#define SUPERVISOR_LISTENERS_MAX 64
#define SUPERVISOR_QUERIES_MAX 32

struct override_state;

/* A listening socket, and which thread accepts on it. */
struct held_listener {
	int fd;
	const struct original_dst_way *way;
	unsigned thread;
};

/* A control request that the worker answers. */
struct pending_query {
	uint32_t id;                     /* 0: free */
	struct control_request *request; /* NULL: the client has gone */
	bool is_status;                  /* ours is put around the answer */
	json_t *answer;                  /* owned: what is answered whatever the worker says; or NULL */
	bool is_own;                     /* nobody asked but ourselves, for the status */
	void (*on_reply)(void *context, const json_t *status); /* of our own; may be NULL */
	void *context;
};

struct supervisor {
	const char *config_path;
	bool stays_in_foreground;
	struct gathered configuration; /* as the worker runs it */
	struct loop *loop;
	struct loop_fd signals;
	struct loop_fd worker_channel;
	struct loop_fd signer_channel;
	struct loop_timer restart_worker;
	struct loop_timer restart_signer;
	struct loop_timer unsent;    /* a stop waits for what clients have not acknowledged */
	uint64_t drained_by;         /* monotonic ns: how long it waits */
	struct loop_timer keepalive; /* refreshes the dead man's switch in the kernel */
	struct child worker;
	struct child signer;
	struct fetches fetches; /* the fetcher, and what it is asked for */
	struct admin_keeper admin;
	struct list_updates lists;
	struct clock_watch clock;
	struct alarms alarms;
	struct loop_timer alarm_look;
	struct issuance_rotation issuance;
	char *buffer;               /* of one message */
	struct buffer issuers;      /* the signer's certificates, as it sent them */
	struct timespec ca_written; /* when the file of the CA that the signer has was written */
	uint32_t generation;        /* of the configuration that was sent last */
	struct held_listener listeners[SUPERVISOR_LISTENERS_MAX];
	unsigned listener_count;
	unsigned thread_count;
	int log_fd;
	struct user_files users;
	struct group_files groups;
	struct ruleset *rules;    /* NULL where none are asked for */
	struct steering steering; /* of the rules that stand */
	bool rules_stand;
	struct control_server *control;
	json_t *pins; /* an array: the administrator's bypasses, see pins.h */
	struct override_state *overrides;
	struct loop_timer override_sweep;
	struct worker_counts counts;
	struct pending_query queries[SUPERVISOR_QUERIES_MAX];
	uint32_t next_query;
	bool worker_is_ready;
	bool was_ready; /* once */
	bool is_stopping;
	int exit_status;
	uint64_t started;      /* monotonic ns */
	uint64_t started_real; /* ns since 1970 */
	struct {
		uint64_t taken, refused; /* of those that were asked for */
		uint64_t taken_at;       /* ns since 1970: when the configuration in force was taken */
		bool last_was_refused;
	} reloads;
	/* a reload under way */
	struct gathered reload;
	bool is_reloading;
	struct control_request *reload_request; /* NULL: a signal asked, or the client has gone */
};

/* Lets what is under way end, then leaves the loop with this exit status. */
void supervisor_stop(struct supervisor *s, int status);
/* While it stops, the worker has ended: leaves the loop once the clients have what it wrote. */
void supervisor_drained(struct supervisor *s);
/* Begins a reload: the files are read and sent to the worker, which takes the whole or says why not.  Answers `request`
 * (may be NULL) when it is done. */
void supervisor_reload(struct supervisor *s, struct control_request *request);
/* The lists of s->reload are compiled: it goes to the worker. */
void supervisor_send_reload(struct supervisor *s);
/* The configuration in force goes to the worker once more, with the table of categories that is on disk now.  Returns
 * the generation; 0 where it could not be sent. */
uint32_t supervisor_send_again(struct supervisor *s);
/* The kernel rules stand: refreshes them from now on. */
void supervisor_keep_alive(struct supervisor *s);
/* Opens the access log anew under its name. */
bool supervisor_rotate(struct supervisor *s);
/* Sends a control request to the worker and answers with what comes back. */
void supervisor_ask_worker(
	struct supervisor *s, struct control_request *request, const json_t *arguments, bool is_status);
/* Answers with this, which is taken, once the worker has done what it was told before; at once where it is not there.
 */
void supervisor_answer_after_worker(struct supervisor *s, struct control_request *request, json_t *answer);

/* commands.c: answers a query with what the worker replied (taken; NULL where it was malformed). */
void commands_answer(struct supervisor *s, struct pending_query *q, json_t *reply);
extern const struct control_command supervisor_commands[];
extern const size_t supervisor_command_count;

#endif

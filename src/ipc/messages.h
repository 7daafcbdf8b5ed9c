/* The table of messages that our processes speak.  A row says who may send it to whom, and its bounds. */
#ifndef SLUICE_IPC_MESSAGES_H
#define SLUICE_IPC_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ipc_type {
	IPC_NONE,
	/* supervisor to worker */
	IPC_CONFIGURE, /* fds: a bundle (bundle.h) with all that a generation is made from, and, where there are lists,
			  the table of categories; id: the generation */
	IPC_LISTENERS, /* payload: struct ipc_listener for each fd */
	IPC_SIGNER,    /* fds: a channel to the signer for each thread */
	IPC_USERS,     /* fd: a bundle of the files that say who uses which address */
	IPC_OVERRIDES, /* fd: a bundle of one blob, the state of proxy/override_state.h */
	IPC_LOG,       /* fd: the access log, opened for appending; payload: the name of its format */
	IPC_QUERY,     /* payload: a control request (JSON); answered by IPC_REPLY with the same id */
	IPC_FETCHER,   /* fds: a channel to the fetcher for each thread, and one for the main thread */
	IPC_CLOCK, /* payload: u8, whether the machine's date may be relied on; it may until the first such message */
	IPC_STOP,  /* finish what is under way, then exit; payload: u32 seconds of grace */
	/* worker to supervisor */
	IPC_READY,      /* everything arrived, accepting has begun */
	IPC_CONFIGURED, /* id: the generation; payload empty, or why it was refused */
	IPC_REPLY,      /* payload: JSON */
	IPC_OVERRIDE,   /* payload: struct override_event of proxy/overrides.h */
	/* supervisor to signer */
	IPC_CHANNEL,      /* fd: a new channel to serve */
	IPC_ISSUANCE_LOG, /* fd: the file in which the issuance log goes on; answered by IPC_ISSUANCE_LOG_TAKEN */
	/* signer to supervisor */
	IPC_CA,                 /* payload: the CA certificate, PEM (untrusted issuer last); once, when ready */
	IPC_ISSUANCE_LOG_TAKEN, /* payload: u8, whether it goes on there */
	/* worker to signer and back */
	IPC_MINT,   /* payload: tls/mint.h request */
	IPC_MINTED, /* payload: tls/mint.h response */
	/* supervisor to fetcher (beside IPC_CHANNEL) */
	IPC_FETCH_SETTINGS, /* fd: a bundle, see fetch/server.h */
	/* worker or supervisor to fetcher and back */
	IPC_FETCH,   /* payload: a question of fetch/message.h */
	IPC_FETCHED, /* payload: its answer; fd: the body, where it is long */
	/* fetcher to supervisor */
	IPC_FETCH_PROGRESS, /* id: of the question; payload: struct fetch_progress */
	IPC_FETCH_COUNTS,   /* payload: struct fetch_counts */
	/* supervisor to admin */
	IPC_ADMIN_LISTENERS, /* fds: the listening sockets of the admin port */
	IPC_ADMIN_NETWORKS,  /* payload: struct prefix for each network that may ask */
	IPC_ADMIN_ANSWER, /* payload: struct admin_answer of proc/admin_messages.h; fd: a bundle of one blob, the text
			   */
	/* admin to supervisor */
	IPC_ADMIN_ASK, /* payload: u8, an enum admin_subject; answered by IPC_ADMIN_ANSWER with the same id */
	IPC_TYPE_COUNT,
};

#define IPC_ADMIN_NETWORKS_MAX 256 /* of IPC_ADMIN_NETWORKS */

struct ipc_rule {
	const char *name;
	size_t payload_min;
	size_t payload_max;
	unsigned fd_min;
	unsigned fd_max;
};

/* One for each descriptor of IPC_LISTENERS. */
struct ipc_listener {
	char way[16]; /* a name of intercept/original_dst.h, NUL-terminated */
};

/* NULL for a type outside the table. */
const struct ipc_rule *ipc_rule_of(enum ipc_type type);

#endif

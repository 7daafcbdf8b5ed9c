/* The daemon's side of the control protocol (control.h): a socket that only root, the daemon's user and one group may
 * speak to, and a table of commands whose handlers the program supplies.  A handler answers at once or later; many
 * clients are served at the same time, none can hold memory or the loop: what is too long, too slow or too many is
 * refused.  One loop thread. */
#ifndef SLUICE_ADMIN_CONTROL_SERVER_H
#define SLUICE_ADMIN_CONTROL_SERVER_H

#include "admin/control.h"
#include "loop/loop.h"

#include <sys/types.h>

#define CONTROL_CLIENTS_MAX 32
#define CONTROL_PENDING_MAX (32u << 20) /* bytes of an answer that the client has not read yet */
#define CONTROL_REQUEST_NS 5000000000u  /* for the request to arrive */
#define CONTROL_SEND_NS 30000000000u    /* for the client to read any byte of the answer */

struct control_server;
/* One client's question, from its arrival until it is answered or gone. */
struct control_request;

struct control_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

struct control_command {
	const char *name;
	/* Answers now, or keeps the request and answers later.  `arguments` is the whole request, borrowed. */
	void (*handle)(void *context, struct control_request *r, const json_t *arguments);
	bool is_audited; /* changes something: who asked is logged */
};

struct control_options {
	const struct control_command *commands; /* borrowed */
	size_t command_count;
	void *context; /* for the handlers */
	uid_t owner;   /* may ask, beside root */
	gid_t group;   /* its members may ask; (gid_t)-1: none */
};

/* A listening socket at `path`, mode 0600, or 0660 and of that group.  A socket that nobody listens on any more is
 * replaced; one that answers is not.  -1 with errno (EADDRINUSE: a daemon runs already). */
int control_listen(const char *path, gid_t group);

/* Takes listen_fd.  NULL when memory is out. */
struct control_server *control_server_new(struct loop *loop, int listen_fd, const struct control_options *options);
/* Closes all clients (handlers are told) and the socket.  Accepts NULL. */
void control_server_free(struct control_server *s);

/* Each takes the reference of its JSON value.  control_answer_with() and control_refuse() end the request. */
/* False where the client is gone or reads too slowly: the request has then ended, and on_gone was called. */
bool control_send_item(struct control_request *r, json_t *item);
void control_answer_with(struct control_request *r, json_t *result);
/* remedy may be NULL. */
void control_refuse(struct control_request *r, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* on_gone(owner) is called when the client goes away before it was answered; the request is invalid from then on. */
void control_request_set_owner(struct control_request *r, void *owner, void (*on_gone)(void *owner));
struct control_peer control_request_peer(const struct control_request *r);

#endif

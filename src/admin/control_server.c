/* The daemon's side of the control protocol.  See control_server.h. */
#include "admin/control_server.h"

#include "base/buffer.h"
#include "base/diag.h"
#include "record/json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define GROUPS_MAX 1024
#define READ_STEP 4096
/* Only that the client went away, and once: one that merely ended its side would be reported over and over. */
#define GOING_AWAY (EPOLLRDHUP | EPOLLET)
#define ACCEPT_AGAIN_NS 1000000000u

enum request_state {
	REQUEST_READING, /* the line is not whole yet */
	REQUEST_PENDING, /* the handler has it; items may be sent */
	REQUEST_SENDING, /* answered; what is left goes out, then it is closed */
};

struct control_request {
	struct list_node node; /* in the server's clients */
	struct control_server *server;
	struct loop_fd io;
	struct loop_timer deadline;
	enum request_state state;
	struct control_peer peer;
	struct buffer in;
	struct buffer out;
	void *owner;
	void (*on_gone)(void *owner);
};

struct control_server {
	struct loop *loop;
	struct loop_fd listener;
	struct loop_timer accept_again;
	struct control_options options;
	struct list_node clients;
	size_t client_count;
};

static bool
somebody_listens(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool answered = fd >= 0 && (connect(fd, (const struct sockaddr *)at, sizeof *at) == 0 || errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return answered;
}

int
control_listen(const char *path, gid_t group)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	mode_t before;
	int fd, error;

	if (!slice_to_cstr(slice_of(path), at.sun_path, sizeof at.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (somebody_listens(&at)) {
		errno = EADDRINUSE;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (unlink(path) < 0 && errno != ENOENT)
		goto out;
	before = umask(0177);
	error = bind(fd, (struct sockaddr *)&at, sizeof at) < 0 ? errno : 0;
	umask(before);
	errno = error;
	if (error)
		goto out;
	if (group != (gid_t)-1 && (chown(path, (uid_t)-1, group) < 0 || chmod(path, 0660) < 0))
		goto out;
	if (listen(fd, CONTROL_CLIENTS_MAX) < 0)
		goto out;
	return fd;
out:
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* Whether the peer is in the group, by its first or any other group. */
static bool
peer_has_group(int fd, const struct control_peer *peer, gid_t group)
{
	gid_t groups[GROUPS_MAX];
	socklen_t len = sizeof groups;

	if (group == (gid_t)-1)
		return false;
	if (peer->gid == group)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
		return false;
	for (size_t i = 0; i < len / sizeof groups[0]; i++) {
		if (groups[i] == group)
			return true;
	}
	return false;
}

static bool
peer_may_ask(const struct control_server *s, int fd, struct control_peer *peer)
{
	struct ucred cred;
	socklen_t len = sizeof cred;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return false;
	*peer = (struct control_peer){cred.pid, cred.uid, cred.gid};
	return cred.uid == 0 || cred.uid == s->options.owner || peer_has_group(fd, peer, s->options.group);
}

static void
request_free(struct control_request *r)
{
	loop_timer_disarm(&r->deadline);
	loop_fd_forget(&r->io);
	close(r->io.fd);
	list_remove(&r->node);
	r->server->client_count--;
	buffer_release(&r->in);
	buffer_release(&r->out);
	free(r);
}

/* Ends it unanswered, and tells whoever kept it. */
static void
request_drop(struct control_request *r)
{
	void (*on_gone)(void *) = r->state == REQUEST_PENDING ? r->on_gone : NULL;
	void *owner = r->owner;

	request_free(r);
	if (on_gone)
		on_gone(owner);
}

/* Sends what can be sent now; false where the request has ended. */
static bool
request_flush(struct control_request *r)
{
	while (buffer_len(&r->out) > 0) {
		struct slice held = buffer_slice(&r->out);
		ssize_t n = send(r->io.fd, held.ptr, held.len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			loop_fd_want(&r->io, EPOLLOUT);
			return true;
		}
		if (n < 0) {
			request_drop(r);
			return false;
		}
		buffer_consume(&r->out, (size_t)n);
		loop_timer_arm(&r->deadline, CONTROL_SEND_NS);
	}
	if (r->state == REQUEST_SENDING) {
		request_free(r);
		return false;
	}
	loop_fd_want(&r->io, GOING_AWAY);
	loop_timer_disarm(&r->deadline);
	return true;
}

/* Queues one line {"key": value}, taking the value; false where it does not fit or memory is out. */
static bool
request_queue(struct control_request *r, const char *key, json_t *value)
{
	json_t *line = json_pack("{s:o}", key, value);
	char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
	bool done = text && buffer_append_cstr(&r->out, text) && buffer_append(&r->out, SLICE("\n"));

	free(text);
	json_decref(line);
	return done;
}

/* Sends the last line.  The owner's part is over, so on_gone is not called any more. */
static void
request_finish(struct control_request *r, bool queued)
{
	r->state = REQUEST_SENDING;
	r->on_gone = NULL;
	if (!queued) {
		request_drop(r);
		return;
	}
	loop_timer_arm(&r->deadline, CONTROL_SEND_NS);
	request_flush(r);
}

bool
control_send_item(struct control_request *r, json_t *item)
{
	bool was_empty = buffer_len(&r->out) == 0;

	if (!request_queue(r, "item", item)) {
		request_drop(r);
		return false;
	}
	if (!was_empty)
		return true; /* EPOLLOUT and the deadline are set already */
	loop_timer_arm(&r->deadline, CONTROL_SEND_NS);
	return request_flush(r);
}

void
control_answer_with(struct control_request *r, json_t *result)
{
	request_finish(r, request_queue(r, "result", result));
}

void
control_refuse(struct control_request *r, const char *remedy, const char *format, ...)
{
	char *text = NULL;
	struct json j;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	/* The text may quote what is no UTF-8, which jansson would not take. */
	json_begin(&j, &r->out);
	json_open_object(&j, SLICE_EMPTY);
	json_text(&j, SLICE("error"), slice_of(text ? text : "memory is out"));
	if (remedy)
		json_text(&j, SLICE("remedy"), slice_of(remedy));
	json_close_object(&j);
	json_line_end(&j);
	request_finish(r, json_end(&j));
	free(text);
}

void
control_request_set_owner(struct control_request *r, void *owner, void (*on_gone)(void *owner))
{
	r->owner = owner;
	r->on_gone = on_gone;
}

struct control_peer
control_request_peer(const struct control_request *r)
{
	return r->peer;
}

static void
request_handle(struct control_request *r, struct slice line)
{
	const struct control_options *options = &r->server->options;
	json_t *arguments = json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES, NULL);
	const char *name = json_string_value(json_object_get(arguments, "command"));

	r->state = REQUEST_PENDING;
	loop_fd_want(&r->io, GOING_AWAY);
	loop_timer_disarm(&r->deadline);
	for (size_t i = 0; name && i < options->command_count; i++) {
		const struct control_command *c = &options->commands[i];

		if (strcmp(c->name, name) != 0)
			continue;
		if (c->is_audited)
			diag(DIAG_INFO, "control", "%s, asked by uid %u, pid %d", name, (unsigned)r->peer.uid,
				(int)r->peer.pid);
		c->handle(options->context, r, arguments);
		json_decref(arguments);
		return;
	}
	if (name)
		control_refuse(
			r, "use the sluicectl of the same version", "the daemon knows no command \"%.64s\"", name);
	else
		control_refuse(r, NULL, "a request is one line with a JSON object that names a \"command\"");
	json_decref(arguments);
}

static void
request_read(struct control_request *r)
{
	size_t room = buffer_room(&r->in) < READ_STEP ? buffer_room(&r->in) : READ_STEP;
	char *to = buffer_reserve(&r->in, room);
	ssize_t n = to ? recv(r->io.fd, to, room, MSG_DONTWAIT) : 0;
	struct slice held;
	size_t end;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		request_drop(r);
		return;
	}
	buffer_commit(&r->in, (size_t)n);
	held = buffer_slice(&r->in);
	end = slice_find(held, '\n');
	if (end < held.len)
		request_handle(r, slice_sub(held, 0, end));
	else if (buffer_room(&r->in) == 0)
		control_refuse(r, NULL, "a request has at most %u bytes", CONTROL_REQUEST_MAX);
}

static void
on_request_event(struct loop_fd *io, uint32_t events)
{
	struct control_request *r = LIST_ENTRY(io, struct control_request, io);

	if (r->state == REQUEST_READING && (events & EPOLLIN))
		request_read(r);
	else if (events & (EPOLLERR | EPOLLHUP))
		request_drop(r);
	else if (events & EPOLLOUT)
		request_flush(r);
}

static void
on_request_deadline(struct loop_timer *timer)
{
	request_drop(LIST_ENTRY(timer, struct control_request, deadline));
}

/* Adopts an accepted descriptor. */
static void
request_start(struct control_server *s, int fd)
{
	struct control_request *r = calloc(1, sizeof *r);
	bool may_ask;

	if (r == NULL) {
		close(fd);
		return;
	}
	r->server = s;
	r->in = buffer_make(CONTROL_REQUEST_MAX);
	r->out = buffer_make(CONTROL_PENDING_MAX);
	loop_fd_init(&r->io, s->loop, fd, on_request_event);
	loop_timer_init(&r->deadline, s->loop, on_request_deadline);
	list_push_back(&s->clients, &r->node);
	s->client_count++;
	may_ask = peer_may_ask(s, fd, &r->peer);
	if (!may_ask) {
		diag(DIAG_WARNING, "control", "uid %u, pid %d asked and may not", (unsigned)r->peer.uid,
			(int)r->peer.pid);
		control_refuse(r, "run it as root", "uid %u may not control this daemon", (unsigned)r->peer.uid);
		return;
	}
	if (s->client_count > CONTROL_CLIENTS_MAX) {
		control_refuse(r, "try again", "the daemon serves %u requests already", CONTROL_CLIENTS_MAX);
		return;
	}
	loop_timer_arm(&r->deadline, CONTROL_REQUEST_NS);
	loop_fd_want(&r->io, EPOLLIN);
}

static void
on_connection(struct loop_fd *listener, uint32_t events)
{
	struct control_server *s = LIST_ENTRY(listener, struct control_server, listener);
	int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0) {
		request_start(s, fd);
	} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
		/* The connection stays in the queue, and would wake the loop for ever. */
		loop_fd_want(listener, 0);
		loop_timer_arm(&s->accept_again, ACCEPT_AGAIN_NS);
	}
}

static void
on_accept_again(struct loop_timer *timer)
{
	loop_fd_want(&LIST_ENTRY(timer, struct control_server, accept_again)->listener, EPOLLIN);
}

struct control_server *
control_server_new(struct loop *loop, int listen_fd, const struct control_options *options)
{
	struct control_server *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->loop = loop;
	s->options = *options;
	list_init(&s->clients);
	loop_fd_init(&s->listener, loop, listen_fd, on_connection);
	loop_fd_want(&s->listener, EPOLLIN);
	loop_timer_init(&s->accept_again, loop, on_accept_again);
	return s;
}

void
control_server_free(struct control_server *s)
{
	if (s == NULL)
		return;
	LIST_FOR_EACH(node, following, &s->clients)
	request_drop(LIST_ENTRY(node, struct control_request, node));
	loop_timer_disarm(&s->accept_again);
	loop_fd_forget(&s->listener);
	close(s->listener.fd);
	free(s);
}

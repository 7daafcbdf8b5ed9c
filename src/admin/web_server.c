/* The web server of the admin port.  See web_server.h. */
#include "admin/web_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "http/stream.h"
#include "tls/utc_date.h"

#define BACKLOG 64
#define ACCEPT_AGAIN_NS 1000000000u
#define BUFFER_MAX 16384
#define ANSWER_MAX (1u << 20)

enum web_state {
	WEB_READING, /* no request yet, or a part of it */
	WEB_IDLE,    /* between two requests */
	WEB_ASKED,   /* the handler has it */
	WEB_SENDING,
};

struct web_connection {
	struct web_request request;
	struct list_node node; /* in the server's connections; who has been quiet for longest comes first */
	struct web_server *server;
	struct stream io;
	struct http_conn *http;
	struct http_stream *exchange; /* NULL between requests */
	enum web_state state;
	struct buffer body; /* what is left of the answer */
	struct loop_timer deadline;
	struct loop_task reap;
};

struct web_listener {
	struct web_server *server;
	struct loop_fd io;
};

struct web_server {
	struct loop *loop;
	struct web_options options;
	struct http_limits limits;
	struct web_listener listeners[WEB_LISTENERS_MAX];
	unsigned listener_count;
	struct loop_timer accept_again;
	struct list_node connections;
	unsigned connection_count;
	struct prefix *allowed; /* owned */
	size_t allowed_count;
};

/* ---- listening ---- */

static const char *
listen_remedy(int error)
{
	switch (error) {
	case EADDRINUSE:
		return "`ss -ltnp` shows who has the port; name another in admin { listen }, or off";
	case EADDRNOTAVAIL:
		return "`ip addr` shows the addresses of this machine; name one of them in admin { listen }, or off";
	case EACCES:
		return "ports below 1024 are root's; name another in admin { listen }";
	default:
		return "name another address in admin { listen }, or off";
	}
}

int
web_listen(const struct endpoint *at, struct problems *problems)
{
	struct sockaddr_storage sa;
	socklen_t len = endpoint_to_sockaddr(at, &sa);
	char text[ENDPOINT_TEXT_MAX];
	int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1, error;

	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		/* The IPv4 address with the same port is an endpoint of its own. */
		if (sa.ss_family == AF_INET6)
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
		if (bind(fd, (const struct sockaddr *)&sa, len) == 0 && listen(fd, BACKLOG) == 0)
			return fd;
	}
	error = errno;
	if (fd >= 0)
		close(fd);
	problems_add(problems, false, NULL, 0, 0, listen_remedy(error), "the admin port %s cannot be opened: %s",
		endpoint_format(at, text), strerror(error));
	return -1;
}

/* ---- the life of a connection ---- */

static void
connection_reap(struct loop_task *task)
{
	free(LIST_ENTRY(task, struct web_connection, reap));
}

/* Ends it; its memory stays until the end of the turn, for calls that are under way. */
static void
connection_end(struct web_connection *c, enum http_error error)
{
	if (c->http == NULL)
		return;
	list_remove(&c->request.waiting);
	list_remove(&c->node);
	c->server->connection_count--;
	loop_timer_disarm(&c->deadline);
	http_conn_free(c->http, error);
	if (c->exchange)
		http_stream_close(c->exchange);
	c->http = NULL;
	c->exchange = NULL;
	buffer_release(&c->body);
	loop_defer(c->server->loop, &c->reap);
}

static void
on_deadline(struct loop_timer *timer)
{
	connection_end(LIST_ENTRY(timer, struct web_connection, deadline), HTTP_ERR_TIMEOUT);
}

/* The connection goes to the end of the row of those whose place may be taken. */
static void
connection_becomes(struct web_connection *c, enum web_state state, uint64_t most_ns)
{
	c->state = state;
	loop_timer_arm(&c->deadline, most_ns);
	list_remove(&c->node);
	list_push_back(&c->server->connections, &c->node);
}

/* ---- answers ---- */

/* Sends what there is room for; ends the exchange behind the last byte. */
static void
send_body(struct web_connection *c)
{
	while (buffer_len(&c->body)) {
		ssize_t taken = http_stream_send_body(c->exchange, buffer_slice(&c->body));

		if (taken < 0) {
			connection_end(c, HTTP_ERR_RESET);
			return;
		}
		if (taken == 0)
			return;
		buffer_consume(&c->body, (size_t)taken);
	}
	if (http_stream_send_end(c->exchange, NULL) < 0) {
		connection_end(c, HTTP_ERR_RESET);
		return;
	}
	buffer_release(&c->body);
	http_stream_close(c->exchange);
	c->exchange = NULL;
}

/* Date, which who has a clock sends (RFC 9110 section 6.6.1), as IMF-fixdate. */
static struct slice
date_field(struct arena *arena)
{
	static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
	static const char *const months[] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	int64_t now = (int64_t)(clock_realtime_ns() / 1000000000u);
	struct utc_date d;

	if (!utc_date_of(now, &d))
		return SLICE_EMPTY;
	return arena_printf(arena, "%s, %02u %s %04d %02u:%02u:%02u GMT", days[now / 86400 % 7], d.day,
		months[d.month - 1], d.year, d.hour, d.minute, d.second);
}

void
web_answer(struct web_request *r, unsigned status, const char *content_type, struct slice body)
{
	struct web_connection *c = LIST_ENTRY(r, struct web_connection, request);
	struct arena *arena = &c->exchange->arena;
	bool is_head = c->exchange->request->method == HTTP_METHOD_HEAD, done;
	struct http_message head;

	list_remove(&r->waiting);
	http_message_init(&head, arena, false);
	head.version = HTTP_VERSION_1_1;
	head.status = status;
	head.body = HTTP_BODY_LENGTH;
	head.content_length = body.len;
	done = http_message_add_id(&head, HTTP_FIELD_DATE, date_field(arena)) &&
	       http_message_add_id(&head, HTTP_FIELD_CONTENT_TYPE, slice_of(content_type)) &&
	       http_message_add_id(&head, HTTP_FIELD_CACHE_CONTROL, SLICE("no-store")) &&
	       http_message_add(&head, SLICE("X-Content-Type-Options"), SLICE("nosniff")) &&
	       (status != 405 || http_message_add(&head, SLICE("Allow"), SLICE("GET, HEAD")));
	if (is_head) {
		/* The length that GET would have. */
		head.body = HTTP_BODY_NONE;
		done = done &&
		       http_message_add_id(&head, HTTP_FIELD_CONTENT_LENGTH, arena_printf(arena, "%zu", body.len));
	}
	done = done && http_stream_send_head(c->exchange, &head, is_head || body.len == 0) == 0 &&
	       (is_head || buffer_append(&c->body, body));
	if (!done) {
		connection_end(c, HTTP_ERR_INTERNAL);
		return;
	}
	c->state = WEB_SENDING;
	send_body(c);
}

/* ---- events of the reader ---- */

static void
on_body(void *owner, struct http_stream *exchange)
{
	(void)owner;
	(void)exchange; /* nobody here reads one; what is sent all the same is not waited for */
}

static void
on_writable(void *owner, struct http_stream *exchange)
{
	(void)exchange;
	send_body(owner);
}

static void
on_error(void *owner, struct http_stream *exchange, enum http_error error)
{
	(void)exchange;
	connection_end(owner, error);
}

static const struct http_stream_handlers exchange_handlers = {
	.on_body = on_body, .on_writable = on_writable, .on_error = on_error};

static void
on_request(void *owner, struct http_stream *exchange)
{
	struct web_connection *c = owner;
	const struct http_message *m = exchange->request;
	struct slice path = slice_sub(m->path, 0, slice_find(m->path, '?'));

	exchange->handlers = &exchange_handlers;
	exchange->owner = c;
	c->exchange = exchange;
	connection_becomes(c, WEB_ASKED, WEB_ANSWER_NS);
	if (m->method == HTTP_METHOD_GET || m->method == HTTP_METHOD_HEAD)
		c->server->options.handle(c->server->options.context, &c->request, path);
	else
		web_answer(&c->request, 405, "text/plain; charset=utf-8", SLICE("only GET and HEAD are served\n"));
}

static void
on_idle(void *owner)
{
	connection_becomes(owner, WEB_IDLE, WEB_IDLE_NS);
}

static void
on_closed(void *owner, enum http_error error)
{
	connection_end(owner, error);
}

static const struct http_conn_handlers connection_handlers = {
	.on_request = on_request, .on_idle = on_idle, .on_closed = on_closed};

/* ---- accepting ---- */

static bool
may_ask(const struct web_server *s, const struct sockaddr *peer)
{
	struct endpoint from;

	if (!endpoint_from_sockaddr(peer, &from))
		return false;
	if (addr_is_loopback(&from.addr))
		return true;
	for (size_t i = 0; i < s->allowed_count; i++)
		if (prefix_contains(&s->allowed[i], &from.addr))
			return true;
	return false;
}

/* A place for one more: one that is free, or that of whoever has been quiet for longest. */
static bool
make_room(struct web_server *s)
{
	if (s->connection_count < WEB_CONNECTIONS_MAX)
		return true;
	LIST_FOR_EACH(node, following, &s->connections)
	{
		struct web_connection *c = LIST_ENTRY(node, struct web_connection, node);

		if (c->state == WEB_ASKED)
			continue;
		connection_end(c, HTTP_ERR_REFUSED);
		return true;
	}
	return false;
}

static void
connection_start(struct web_server *s, int fd)
{
	struct web_connection *c = make_room(s) ? calloc(1, sizeof *c) : NULL;

	if (c == NULL) {
		close(fd);
		return;
	}
	c->server = s;
	c->body = buffer_make(ANSWER_MAX);
	list_init(&c->request.waiting);
	list_init(&c->node);
	loop_timer_init(&c->deadline, s->loop, on_deadline);
	loop_task_init(&c->reap, connection_reap);
	stream_init_plain(&c->io, s->loop, fd);
	c->http = http1_conn_new(&c->io, true, SLICE("http"), &s->limits, &connection_handlers, c);
	if (c->http == NULL) {
		stream_close(&c->io, true);
		free(c);
		return;
	}
	s->connection_count++;
	/* Who is slow with a head is told so by the reader; who says nothing is not. */
	connection_becomes(c, WEB_READING, 2 * WEB_REQUEST_NS);
}

static void
on_connection(struct loop_fd *io, uint32_t events)
{
	struct web_listener *l = LIST_ENTRY(io, struct web_listener, io);
	struct web_server *s = l->server;
	struct sockaddr_storage peer;
	socklen_t len = sizeof peer;
	int fd = accept4(io->fd, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd >= 0 && may_ask(s, (const struct sockaddr *)&peer)) {
		connection_start(s, fd);
	} else if (fd >= 0) {
		close(fd);
	} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
		/* The connection stays in the queue, and would wake the loop for ever. */
		for (unsigned i = 0; i < s->listener_count; i++)
			loop_fd_want(&s->listeners[i].io, 0);
		loop_timer_arm(&s->accept_again, ACCEPT_AGAIN_NS);
	}
}

static void
on_accept_again(struct loop_timer *timer)
{
	struct web_server *s = LIST_ENTRY(timer, struct web_server, accept_again);

	for (unsigned i = 0; i < s->listener_count; i++)
		loop_fd_want(&s->listeners[i].io, EPOLLIN);
}

/* ---- the server ---- */

struct web_server *
web_server_new(struct loop *loop, const struct web_options *options)
{
	struct web_server *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->loop = loop;
	s->options = *options;
	s->limits = (struct http_limits){
		.head_max = WEB_HEAD_MAX,
		.field_max = WEB_FIELDS_MAX,
		.target_max = WEB_HEAD_MAX,
		.buffer_max = BUFFER_MAX,
		.streams_max = 1,
		.head_ns = WEB_REQUEST_NS,
	};
	list_init(&s->connections);
	loop_timer_init(&s->accept_again, loop, on_accept_again);
	return s;
}

bool
web_server_add(struct web_server *s, int fd)
{
	struct web_listener *l = &s->listeners[s->listener_count];

	if (s->listener_count == WEB_LISTENERS_MAX)
		return false;
	s->listener_count++;
	l->server = s;
	loop_fd_init(&l->io, s->loop, fd, on_connection);
	loop_fd_want(&l->io, EPOLLIN);
	return true;
}

bool
web_server_allow(struct web_server *s, const struct prefix *networks, size_t count)
{
	free(s->allowed);
	s->allowed_count = 0;
	s->allowed = count ? calloc(count, sizeof *networks) : NULL;
	if (s->allowed) {
		memcpy(s->allowed, networks, count * sizeof *networks);
		s->allowed_count = count;
	}
	return s->allowed_count == count;
}

void
web_server_free(struct web_server *s)
{
	if (s == NULL)
		return;
	LIST_FOR_EACH(node, following, &s->connections)
	{
		struct web_connection *c = LIST_ENTRY(node, struct web_connection, node);

		connection_end(c, HTTP_ERR_CANCEL);
		loop_task_cancel(&c->reap);
		free(c);
	}
	for (unsigned i = 0; i < s->listener_count; i++) {
		loop_fd_forget(&s->listeners[i].io);
		close(s->listeners[i].io.fd);
	}
	loop_timer_disarm(&s->accept_again);
	free(s->allowed);
	free(s);
}

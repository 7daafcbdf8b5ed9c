/* Names to addresses by c-ares on our loop, with a memory.  See resolver.h. */
#include "fetch/resolver.h"

#include "base/map.h"
#include "fetch/hosts.h"
#include "tls/hostname.h"

#include <ares.h>
#include <stdlib.h>
#include <sys/time.h>

#define TIMEOUT_MS 800 /* of one query to one server; doubled for the second try */
#define TRIES 2
#define SECOND_NS UINT64_C(1000000000)

/* A name that is asked for, or was. */
struct resolver_entry {
	struct resolver *resolver;
	struct list_node by_use; /* the latest first */
	struct hostname name;
	struct list_node queries; /* that wait for it */
	struct loop_task deliver; /* tells them, once the addresses are there */
	bool is_asking;
	uint64_t expires; /* monotonic ns */
	struct addr addrs[RESOLVER_ADDRS_MAX];
	size_t count;
};

/* A socket of c-ares. */
struct resolver_socket {
	struct list_node node;
	struct loop_fd io;
	struct resolver *resolver;
};

struct resolver {
	struct loop *loop;
	ares_channel channel;
	struct loop_timer timer;
	struct list_node sockets;
	struct map by_name; /* struct resolver_entry, owned */
	struct list_node by_use;
	struct hosts hosts;
	struct resolver_counts counts;
	bool is_ending;
};

/* ---- c-ares and the loop ---- */

static void
arm_timer(struct resolver *r)
{
	struct timeval wait;

	if (ares_timeout(r->channel, NULL, &wait) == NULL)
		loop_timer_disarm(&r->timer);
	else
		loop_timer_arm(&r->timer,
			(uint64_t)wait.tv_sec * SECOND_NS + (uint64_t)wait.tv_usec * 1000 + 1000 /* never too early */);
}

static void
on_timer(struct loop_timer *timer)
{
	struct resolver *r = LIST_ENTRY(timer, struct resolver, timer);

	ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	arm_timer(r);
}

/* c-ares may close the socket, and with it free `io`, within the call. */
static void
on_socket(struct loop_fd *io, uint32_t events)
{
	struct resolver *r = LIST_ENTRY(io, struct resolver_socket, io)->resolver;
	ares_socket_t fd = io->fd;
	bool readable = events & (EPOLLIN | EPOLLERR | EPOLLHUP), writable = events & (EPOLLOUT | EPOLLERR | EPOLLHUP);

	ares_process_fd(r->channel, readable ? fd : ARES_SOCKET_BAD, writable ? fd : ARES_SOCKET_BAD);
	arm_timer(r);
}

static struct resolver_socket *
find_socket(struct resolver *r, int fd)
{
	LIST_FOR_EACH(node, following, &r->sockets)
	if (LIST_ENTRY(node, struct resolver_socket, node)->io.fd == fd)
		return LIST_ENTRY(node, struct resolver_socket, node);
	return NULL;
}

static void
socket_drop(struct resolver_socket *s)
{
	loop_fd_forget(&s->io);
	list_remove(&s->node);
	free(s);
}

/* What c-ares wants to know of a socket. */
static void
on_socket_state(void *context, ares_socket_t fd, int readable, int writable)
{
	struct resolver *r = context;
	struct resolver_socket *s = find_socket(r, fd);

	if (!readable && !writable) {
		if (s)
			socket_drop(s);
		return;
	}
	if (s == NULL) {
		s = calloc(1, sizeof *s);
		if (s == NULL)
			return; /* the query runs into its time limit */
		s->resolver = r;
		list_push_back(&r->sockets, &s->node);
		loop_fd_init(&s->io, r->loop, fd, on_socket);
	}
	loop_fd_want(&s->io, (readable ? (uint32_t)EPOLLIN : 0) | (writable ? (uint32_t)EPOLLOUT : 0));
}

/* ---- entries ---- */

static void
entry_free(struct resolver_entry *e)
{
	loop_task_cancel(&e->deliver);
	LIST_FOR_EACH(node, following, &e->queries)
	list_remove(node);
	list_remove(&e->by_use);
	map_remove(&e->resolver->by_name, hostname_dns(&e->name));
	free(e);
}

/* Tells all who wait; a callback may ask or cancel others. */
static void
deliver(struct loop_task *task)
{
	struct resolver_entry *e = LIST_ENTRY(task, struct resolver_entry, deliver);
	struct addr addrs[RESOLVER_ADDRS_MAX];
	struct list_node queries;
	size_t count = e->count;

	memcpy(addrs, e->addrs, count * sizeof addrs[0]);
	list_init(&queries);
	while (!list_is_empty(&e->queries)) {
		struct list_node *node = e->queries.next;

		list_remove(node);
		list_push_back(&queries, node);
	}
	while (!list_is_empty(&queries)) {
		struct resolver_query *query = LIST_ENTRY(queries.next, struct resolver_query, node);

		list_remove(&query->node);
		query->on_done(query, addrs, count);
	}
}

static void
entry_settle(struct resolver_entry *e, unsigned ttl)
{
	if (e->count == 0)
		ttl = RESOLVER_NEGATIVE_S;
	else if (ttl < RESOLVER_TTL_LEAST_S)
		ttl = RESOLVER_TTL_LEAST_S;
	else if (ttl > RESOLVER_TTL_MOST_S)
		ttl = RESOLVER_TTL_MOST_S;
	e->is_asking = false;
	e->expires = loop_now(e->resolver->loop) + ttl * SECOND_NS;
	loop_defer(e->resolver->loop, &e->deliver);
}

static void
on_answer(void *context, int status, int timeouts, struct ares_addrinfo *answer)
{
	struct resolver_entry *e = context;
	unsigned ttl = RESOLVER_TTL_MOST_S;

	(void)timeouts;
	e->count = 0;
	if (status == ARES_SUCCESS && answer)
		for (const struct ares_addrinfo_node *node = answer->nodes; node && e->count < RESOLVER_ADDRS_MAX;
			node = node->ai_next) {
			struct endpoint endpoint;

			if (!endpoint_from_sockaddr(node->ai_addr, &endpoint))
				continue;
			e->addrs[e->count++] = endpoint.addr;
			if (node->ai_ttl >= 0 && (unsigned)node->ai_ttl < ttl)
				ttl = (unsigned)node->ai_ttl;
		}
	if (answer)
		ares_freeaddrinfo(answer);
	if (!e->resolver->is_ending)
		entry_settle(e, ttl);
}

static void
entry_ask(struct resolver_entry *e)
{
	struct resolver *r = e->resolver;
	struct ares_addrinfo_hints hints = {
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = ARES_AI_NOSORT};
	size_t count;
	const struct addr *known = hosts_find(&r->hosts, hostname_dns(&e->name), &count);

	if (known) {
		memcpy(e->addrs, known, count * sizeof *known);
		e->count = count;
		entry_settle(e, RESOLVER_TTL_MOST_S);
		return;
	}
	r->counts.asked++;
	e->is_asking = true;
	ares_getaddrinfo(r->channel, e->name.dns, NULL, &hints, on_answer, e);
	arm_timer(r);
}

/* The one unused for longest gives way; none that is asked for, or about to be told. */
static bool
make_room(struct resolver *r)
{
	if (r->by_name.count < RESOLVER_ENTRIES_MAX)
		return true;
	for (struct list_node *node = r->by_use.prev; node != &r->by_use; node = node->prev) {
		struct resolver_entry *e = LIST_ENTRY(node, struct resolver_entry, by_use);

		if (e->is_asking || !list_is_empty(&e->queries))
			continue;
		entry_free(e);
		return true;
	}
	return false;
}

static struct resolver_entry *
entry_of(struct resolver *r, const struct hostname *name)
{
	struct resolver_entry *e = map_get(&r->by_name, hostname_dns(name));

	if (e) {
		list_remove(&e->by_use);
		list_push_front(&r->by_use, &e->by_use);
		return e;
	}
	if (!make_room(r) || (e = calloc(1, sizeof *e)) == NULL)
		return NULL;
	e->resolver = r;
	e->name = *name;
	list_init(&e->queries);
	loop_task_init(&e->deliver, deliver);
	if (!map_put(&r->by_name, hostname_dns(&e->name), e)) {
		free(e);
		return NULL;
	}
	list_push_front(&r->by_use, &e->by_use);
	return e;
}

/* ---- the module ---- */

struct resolver *
resolver_new(struct loop *loop)
{
	struct resolver *r = calloc(1, sizeof *r);
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
		.timeout = TIMEOUT_MS,
		.tries = TRIES,
		.lookups = (char *)(uintptr_t) "b",
		.sock_state_cb = on_socket_state,
		.sock_state_cb_data = r,
	};

	if (r == NULL)
		return NULL;
	r->loop = loop;
	list_init(&r->sockets);
	list_init(&r->by_use);
	map_init(&r->by_name);
	hosts_init(&r->hosts);
	loop_timer_init(&r->timer, loop, on_timer);
	if (ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS &&
		ares_init_options(&r->channel, &options,
			ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
				ARES_OPT_SOCK_STATE_CB) == ARES_SUCCESS)
		return r;
	free(r);
	return NULL;
}

static void
forget_all(struct resolver *r)
{
	for (struct list_node *node = r->by_use.next, *following; node != &r->by_use; node = following) {
		struct resolver_entry *e = LIST_ENTRY(node, struct resolver_entry, by_use);

		following = node->next;
		if (r->is_ending || (!e->is_asking && list_is_empty(&e->queries)))
			entry_free(e);
		else
			e->expires = 0;
	}
}

void
resolver_free(struct resolver *r)
{
	if (r == NULL)
		return;
	r->is_ending = true;
	ares_destroy(r->channel); /* answers what is under way, as destroyed */
	ares_library_cleanup();
	loop_timer_disarm(&r->timer);
	LIST_FOR_EACH(node, following, &r->sockets)
	socket_drop(LIST_ENTRY(node, struct resolver_socket, node));
	forget_all(r);
	map_release(&r->by_name);
	hosts_release(&r->hosts);
	free(r);
}

bool
resolver_configure(struct resolver *r, struct slice resolv_conf, struct slice hosts)
{
	char servers[NAMESERVERS_TEXT_MAX];

	nameservers_read(resolv_conf, servers);
	ares_cancel(r->channel); /* or c-ares would refuse new servers */
	forget_all(r);
	hosts_release(&r->hosts);
	return ares_set_servers_csv(r->channel, servers) == ARES_SUCCESS && hosts_read(&r->hosts, hosts);
}

void
resolver_query_init(struct resolver_query *query, void (*on_done)(struct resolver_query *, const struct addr *, size_t))
{
	list_init(&query->node);
	query->on_done = on_done;
}

void
resolver_ask(struct resolver *r, struct resolver_query *query, struct slice name)
{
	struct hostname host;
	struct resolver_entry *e = hostname_parse(name, &host) && host.kind == HOSTNAME_DNS ? entry_of(r, &host) : NULL;
	bool was_idle;

	if (e == NULL) {
		query->on_done(query, NULL, 0);
		return;
	}
	was_idle = list_is_empty(&e->queries) && !e->is_asking;
	list_push_back(&e->queries, &query->node);
	if (!was_idle)
		return;
	if (e->expires > loop_now(r->loop)) {
		r->counts.cached++;
		loop_defer(r->loop, &e->deliver);
		return;
	}
	e->count = 0;
	entry_ask(e);
}

void
resolver_query_cancel(struct resolver_query *query)
{
	list_remove(&query->node);
}

struct resolver_counts
resolver_counts(const struct resolver *r)
{
	return r->counts;
}

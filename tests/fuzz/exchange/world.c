/* The world of one session.  See world.h. */
#include "world.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "classify/mime.h"
#include "proxy/clients.h"
#include "proxy/enforce.h"
#include "proxy/exchange.h"
#include "proxy/generation.h"
#include "proxy/origin_pool.h"
#include "proxy/overrides.h"
#include "proxy/page_set.h"
#include "proxy/warn.h"
#include "record/writer.h"

/* Longer than any deadline of the configuration, the tunnel's two hours included. */
#define FOR_EVER_MS (3u * 3600 * 1000)

static struct world *the_world;

/* ---- what the machine decides ---- */

int __real_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len);
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
struct http_conn *__real_http1_conn_new(
	struct stream *, bool, struct slice, const struct http_limits *, const struct http_conn_handlers *, void *);
struct http_conn *__real_http2_conn_new(
	struct stream *, bool, struct slice, const struct http_limits *, const struct http_conn_handlers *, void *);
struct http_conn *__wrap_http1_conn_new(
	struct stream *, bool, struct slice, const struct http_limits *, const struct http_conn_handlers *, void *);
struct http_conn *__wrap_http2_conn_new(
	struct stream *, bool, struct slice, const struct http_limits *, const struct http_conn_handlers *, void *);
bool __wrap_session_origin_speaks_http2(const struct session *s);

int
__wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
	/* The date stays as it is: the fuzzer itself goes by it. */
	if (the_world == NULL || clock != CLOCK_MONOTONIC)
		return __real_clock_gettime(clock, t);
	*t = (struct timespec){
		.tv_sec = (time_t)(the_world->now / 1000000000u), .tv_nsec = (long)(the_world->now % 1000000000u)};
	return 0;
}

/* Of our own code: libnghttp2 1.52 frees an item twice where it finds no memory for a stream's place in its queue. */
static bool
must_fail(void)
{
	return the_world && the_world->allocations_left >= 0 && the_world->allocations_left-- == 0;
}

void *
__wrap_malloc(size_t size)
{
	return must_fail() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return must_fail() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return must_fail() ? NULL : __real_realloc(old, size);
}

/* What the origin speaks is what the last of them was told to. */
static bool
origin_is_http2(const struct world *w)
{
	return w->origin_count ? w->origins[w->origin_count - 1].is_http2 : w->origins_speak_http2;
}

bool
__wrap_session_origin_speaks_http2(const struct session *s)
{
	const struct http_conn *http = s->origin->http; /* of the pool's, maybe */

	return http ? http->is_http2 : origin_is_http2(the_world);
}

struct http_conn *
__wrap_http1_conn_new(struct stream *io, bool is_server, struct slice scheme, const struct http_limits *limits,
	const struct http_conn_handlers *handlers, void *owner)
{
	bool is_http2 = !is_server && origin_is_http2(the_world);

	return (is_http2 ? __real_http2_conn_new : __real_http1_conn_new)(
		io, is_server, scheme, limits, handlers, owner);
}

struct http_conn *
__wrap_http2_conn_new(struct stream *io, bool is_server, struct slice scheme, const struct http_limits *limits,
	const struct http_conn_handlers *handlers, void *owner)
{
	bool is_http2 = is_server || origin_is_http2(the_world);

	return (is_http2 ? __real_http2_conn_new : __real_http1_conn_new)(
		io, is_server, scheme, limits, handlers, owner);
}

/* ---- connections ---- */

static void
make_pair(const struct world *w, int fds[2])
{
	int little = 1;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0)
		abort();
	for (int i = 0; i < 2 && w->is_narrow; i++)
		setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &little, sizeof little);
}

/* Fills the proxy's end, so that it is writable only once the origin has read. */
static void
fill(int fd)
{
	static const char zeros[4096];

	while (send(fd, zeros, sizeof zeros, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		;
}

int
__wrap_connect(int fd, const struct sockaddr *address, socklen_t len)
{
	static const char settings[9] = {0, 0, 0, 4, 0, 0, 0, 0, 0};
	struct world *w = the_world;
	struct world_peer *peer;
	int fds[2];

	if (w->connect >= WORLD_CONNECT_REFUSED || w->origin_count == WORLD_ORIGINS_MAX) {
		errno = w->connect == WORLD_CONNECT_UNREACHABLE ? EHOSTUNREACH : ECONNREFUSED;
		return -1;
	}
	make_pair(w, fds);
	dup2(fds[0], fd);
	close(fds[0]);
	peer = &w->origins[w->origin_count++];
	*peer = (struct world_peer){.fd = fds[1], .is_http2 = w->origins_speak_http2};
	if (w->connect == WORLD_CONNECT_PENDING) {
		fill(fd);
		peer->is_stalled = true;
	}
	if (peer->is_http2)
		world_say(peer, settings, sizeof settings);
	errno = EINPROGRESS;
	return -1;
}

void
world_say(struct world_peer *peer, const void *bytes, size_t len)
{
	if (peer->fd >= 0 && send(peer->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return; /* nobody listens any more, or nobody reads */
}

void
world_close(struct world_peer *peer)
{
	if (peer->fd >= 0)
		close(peer->fd);
	peer->fd = -1;
}

/* ---- the thread, once ---- */

static const char *
type_class_name(const void *context, unsigned number)
{
	return number < MIME_CLASS_COUNT ? mime_class_name((enum mime_class)number) : NULL;
}

static const struct policy_names names = {.of = {[NAME_TYPE_CLASS] = type_class_name}};

/* The first watches no bodies; the second holds their beginning, names the proxy, and knows verdicts of every kind. */
static const char *const configurations[WORLD_GENERATIONS] = {
	"policy { block everyone site blocked.test\n inspect everyone any }\n",
	"http { via yes forwarded yes }\nhold { bytes 4k time 150ms }\n"
	"policy { block everyone site blocked.test\n warn everyone site warn.test for 15m\n"
	" block everyone header X-Bad yes\n block everyone type executable\n inspect everyone any }\n",
};

static bool
tell_nobody(void *context, const struct override_event *event)
{
	(void)context;
	(void)event;
	return true;
}

/* A code that nobody knows, so that block pages ask for it. */
static struct overrides *
make_overrides(void)
{
	struct override_state *state = override_state_new();
	struct overrides *overrides = overrides_new(tell_nobody, NULL);

	assert(state && overrides);
	state->count = state->last_id = 1;
	state->items[0] = (struct override){.id = 1, .seconds = 60, .uses = 1, .expires = INT64_MAX};
	overrides_take(overrides, state, 0, 0);
	free(state);
	return overrides;
}

static struct generation *
make_generation(uint64_t number, const char *text)
{
	struct problems problems = {0};
	struct conf_source source = {"/etc/sluice.conf", slice_of(text)};
	struct conf_tree *tree = conf_tree_parse(&source, 1, &problems);
	struct generation *g = calloc(1, sizeof *g);

	assert(tree && g);
	atomic_init(&g->references, 1);
	g->number = number;
	g->conf = conf_build(tree, &problems);
	assert(g->conf);
	g->policy = policy_compile(tree, &names, &problems);
	g->pages = page_set_new(&problems);
	g->enforce = enforce_new(g->conf, &problems);
	assert(g->policy && g->pages && g->enforce);
	g->http_limits = (struct http_limits){
		.head_max = g->conf->http.max_header,
		.field_max = g->conf->http.max_fields,
		.target_max = 16384,
		.buffer_max = 65536,
		.streams_max = 128,
		.head_ns = g->conf->limits.header_ns,
	};
	conf_tree_free(tree);
	problems_release(&problems);
	return g;
}

static void
on_nothing(struct loop_timer *timer)
{
	(void)timer;
}

static struct world *
world_new(void)
{
	static struct world w = {.client.fd = -1, .allocations_left = -1, .now = UINT64_C(1800000000000000000)};
	struct writer_output output = {.name = "nowhere", .format = record_format_find(SLICE("ecs"))};
	struct writer_options options = {.queue_capacity = 65536};
	struct loop_timer timer;

	the_world = &w;
	signal(SIGPIPE, SIG_IGN); /* as the worker does: splice() knows no other way */
	output.fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	w.shared.clients = clients_new();
	w.shared.warnings = warn_new(16);
	w.shared.overrides = make_overrides();
	w.shared.writer = writer_create(&output, 1, 1, &options); /* never started: what is full, is full */
	w.shared.decode_budget.limit = 1 << 20;
	for (unsigned i = 0; i < WORLD_GENERATIONS; i++)
		w.generations[i] = make_generation(i + 1, configurations[i]);
	if (w.shared.clients == NULL || w.shared.warnings == NULL || w.shared.overrides == NULL ||
		w.shared.writer == NULL || !proxy_thread_init(&w.thread, 0, &w.shared))
		abort();
	w.thread.generation = generation_share(w.generations[0]);
	/* The heap of timers is there from the beginning: it may not fail. */
	loop_timer_init(&timer, w.thread.loop, on_nothing);
	loop_timer_arm(&timer, 1);
	loop_timer_disarm(&timer);
	return &w;
}

struct world *
world_get(void)
{
	return the_world ? the_world : world_new();
}

/* ---- one session ---- */

void
world_begin(struct world *w, bool client_is_http2)
{
	static const char magic[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0";
	struct endpoint client, destination;
	int fds[2];

	assert(!world_is_alive(w));
	world_close(&w->client);
	w->thread.is_accepting = true;
	make_pair(w, fds);
	w->client = (struct world_peer){.fd = fds[1], .is_http2 = client_is_http2};
	if (client_is_http2)
		world_say(&w->client, magic, sizeof magic);
	client = (struct endpoint){.port = 40000};
	destination = (struct endpoint){.port = 80};
	addr_parse(SLICE("192.0.2.1"), &client.addr);
	addr_parse(SLICE("198.51.100.1"), &destination.addr);
	if (!clients_enter(w->shared.clients, &client.addr, 10))
		abort();
	if (session_new(&w->thread, fds[0], &client, &destination) == NULL)
		clients_leave(w->shared.clients, &client.addr);
}

bool
world_is_alive(const struct world *w)
{
	return !list_is_empty(&w->thread.sessions);
}

struct session *
world_session(struct world *w)
{
	return LIST_ENTRY(w->thread.sessions.next, struct session, node);
}

static void
peer_read(struct world_peer *peer)
{
	char sink[16384];

	while (!peer->is_stalled && peer->fd >= 0 && recv(peer->fd, sink, sizeof sink, MSG_DONTWAIT) > 0)
		;
}

void
world_turn(struct world *w, unsigned turns)
{
	while (turns-- > 0) {
		loop_turn(w->thread.loop, 0);
		peer_read(&w->client);
		for (unsigned i = 0; i < w->origin_count; i++)
			peer_read(&w->origins[i]);
	}
}

void
world_sleep(struct world *w, uint64_t milliseconds)
{
	w->now += milliseconds * 1000000u;
	world_turn(w, 1);
}

void
world_end(struct world *w)
{
	w->allocations_left = -1;
	/* Each request of a long pipeline may wait for its own timeout. */
	for (unsigned i = 0; i < 1000 && world_is_alive(w); i++) {
		world_sleep(w, FOR_EVER_MS);
		world_turn(w, 4);
	}
	assert(!world_is_alive(w));
	world_sleep(w, FOR_EVER_MS); /* the pool's, too */
	world_turn(w, 2);
	assert(w->thread.session_count == 0 && w->shared.decode_budget.used == 0);
	assert(origin_pool_count(w->thread.origin_pool) == 0);
	world_close(&w->client);
	for (unsigned i = 0; i < w->origin_count; i++)
		world_close(&w->origins[i]);
	w->origin_count = 0;
	w->connect = WORLD_CONNECT_OK;
}

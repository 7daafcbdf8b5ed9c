/* A proxy thread: accepting, and what its flows share.  See thread.h. */
#include "proxy/thread.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "classify/phrases_engine.h"
#include "intercept/dst_guard.h"
#include "intercept/neighbour.h"
#include "policy/user_table.h"
#include "proxy/clients.h"
#include "proxy/crl_keeper.h"
#include "proxy/exchange.h"
#include "proxy/generation.h"
#include "proxy/origin_pool.h"
#include "proxy/pass_proof.h"
#include "proxy/session.h"
#include "tls/offer_contexts.h"
#include "tls/verify_cache.h"

#define ACCEPTS_A_TURN 32
#define SPARE_PIPES 16
#define VERIFIED_MAX 8192
/* How long accepting rests after the machine ran out of descriptors or memory. */
#define ACCEPT_PAUSE_NS 50000000u

static void
thread_want_accept(struct proxy_thread *t, bool want)
{
	for (unsigned i = 0; i < t->listener_count; i++)
		loop_fd_want(&t->listeners[i].io, want ? EPOLLIN : 0);
}

static void
on_accept_pause_over(struct loop_timer *timer)
{
	struct proxy_thread *t = LIST_ENTRY(timer, struct proxy_thread, accept_pause);

	thread_want_accept(t, t->is_accepting);
}

static void
refuse(struct proxy_thread *t, int fd)
{
	struct linger abort_close = {.l_onoff = 1, .l_linger = 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort_close, sizeof abort_close);
	close(fd);
	counter_add(&t->counters.connections_refused, 1);
}

/* Where the client wanted to go, if that is a place where it may. */
static bool
find_destination(const struct proxy_listener *l, int fd, struct endpoint *destination)
{
	const struct proxy_thread *t = l->thread;
	struct dst_guard guard = {
		.own = &t->own_addrs,
		.listening = t->ports,
		.listening_count = t->listener_count,
	};
	struct endpoint local;

	return original_dst_get(fd, l->way, destination, &local) == 0 &&
	       dst_guard_judge(&guard, destination, l->way == &original_dst_redirect ? &local : NULL) == DST_ALLOWED;
}

static void
thread_admit(struct proxy_listener *l, int fd, const struct sockaddr *peer)
{
	struct proxy_thread *t = l->thread;
	const struct conf *conf = t->generation->conf;
	struct endpoint client, destination;

	counter_add(&t->counters.connections, 1);
	if (!endpoint_from_sockaddr(peer, &client) || t->session_count >= conf->limits.connections ||
		!find_destination(l, fd, &destination) ||
		!clients_enter(t->shared->clients, &client.addr, conf->limits.per_client)) {
		refuse(t, fd);
		return;
	}
	if (session_new(t, fd, &client, &destination) == NULL)
		clients_leave(t->shared->clients, &client.addr);
}

static void
listener_on_event(struct loop_fd *io, uint32_t events)
{
	struct proxy_listener *l = LIST_ENTRY(io, struct proxy_listener, io);
	struct proxy_thread *t = l->thread;

	(void)events;
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		struct sockaddr_storage peer;
		socklen_t len = sizeof peer;
		int fd = accept4(io->fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			thread_admit(l, fd, (struct sockaddr *)&peer);
			continue;
		}
		if (errno == EAGAIN)
			return;
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			/* The queue stays full: asking again at once would only burn the processor. */
			counter_add(&t->counters.accept_errors, 1);
			thread_want_accept(t, false);
			loop_timer_arm(&t->accept_pause, ACCEPT_PAUSE_NS);
			return;
		}
		/* The rest concerns the one connection: accept(2), "Error handling". */
	}
}

/* A list that a chain names: asked for once, until another takes its place. */
static void
on_list_wanted(void *owner, uint64_t list, struct slice url, X509 *issuer)
{
	struct proxy_thread *t = owner;
	uint64_t *place = &t->lists_wanted[list & (PROXY_LISTS_WANTED - 1)];

	if (*place == list || t->shared->crls == NULL)
		return;
	*place = list;
	crl_keeper_want(t->shared->crls, list, url, issuer);
}

bool
proxy_thread_init(struct proxy_thread *t, unsigned number, struct proxy_shared *shared)
{
	*t = (struct proxy_thread){.number = number, .shared = shared, .neighbours = -1};
	list_init(&t->sessions);
	list_init(&t->resting);
	t->revocations = (struct revocations){.wanted = on_list_wanted, .owner = t};
	list_init(&t->spare_exchanges);
	t->loop = loop_new();
	if (t->loop == NULL)
		return false;
	loop_timer_init(&t->accept_pause, t->loop, on_accept_pause_over);
	t->pipes = pipe_pool_new(SPARE_PIPES);
	t->origin_pool = origin_pool_new(t);
	t->offers = tls_offer_contexts_new(TLS_OFFER_CONTEXTS_DEFAULT);
	t->verified = verify_cache_new(VERIFIED_MAX);
	t->proofs = pass_proofs_new(PASS_PROOFS_DEFAULT);
	t->peek_buffer = malloc(PROXY_PEEK_MAX);
	t->phrases_scratch = phrases_scratch_new();
	t->neighbours = neighbour_open();
	t->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (!own_addrs_load(&t->own_addrs))
		return false;
	recorder_init(&t->recorder, shared->writer, number, RECORD_URLS_FULL);
	return t->proofs && t->pipes && t->origin_pool && t->offers && t->verified && t->peek_buffer && t->sha256 &&
	       t->phrases_scratch && minter_init(&t->minter, t->loop) && fetcher_init(&t->fetcher, t->loop);
}

void
proxy_thread_release(struct proxy_thread *t)
{
	LIST_FOR_EACH(node, following, &t->sessions)
	session_abort(LIST_ENTRY(node, struct session, node), "stopped");
	if (t->loop)
		loop_turn(t->loop, 0); /* lets them be freed */
	exchanges_trim(t);
	origin_pool_free(t->origin_pool);
	if (t->loop)
		loop_turn(t->loop, 0); /* and the connections that these have had */
	for (unsigned i = 0; i < t->listener_count; i++) {
		loop_fd_forget(&t->listeners[i].io);
		close(t->listeners[i].io.fd);
	}
	minter_release(&t->minter);
	fetcher_release(&t->fetcher);
	pass_proofs_free(t->proofs);
	revocation_set_release(t->revocations.set);
	own_addrs_release(&t->own_addrs);
	recorder_release(&t->recorder);
	tls_offer_contexts_free(t->offers);
	verify_cache_free(t->verified);
	pipe_pool_free(t->pipes);
	phrases_scratch_free(t->phrases_scratch);
	EVP_MD_free(t->sha256);
	free(t->peek_buffer);
	user_table_release(t->users);
	if (t->neighbours >= 0)
		close(t->neighbours);
	generation_release(t->generation);
	loop_free(t->loop);
}

bool
proxy_thread_add_listener(struct proxy_thread *t, int fd, const struct original_dst_way *way)
{
	struct proxy_listener *l = &t->listeners[t->listener_count];
	struct sockaddr_storage address;
	socklen_t len = sizeof address;

	if (t->listener_count == PROXY_LISTENERS_MAX || getsockname(fd, (struct sockaddr *)&address, &len) < 0 ||
		!endpoint_from_sockaddr((struct sockaddr *)&address, &l->address))
		return false;
	l->thread = t;
	l->way = way;
	t->ports[t->listener_count] = l->address.port;
	loop_fd_init(&l->io, t->loop, fd, listener_on_event);
	t->listener_count++;
	return true;
}

static void *
thread_main(void *arg)
{
	struct proxy_thread *t = arg;
	int error = loop_run(t->loop);

	if (error)
		diag(DIAG_ERROR, "worker", "thread %u: the event loop failed: %s", t->number, strerror(-error));
	return NULL;
}

bool
proxy_thread_start(struct proxy_thread *t)
{
	sigset_t all, before;
	int error;

	t->is_accepting = true;
	thread_want_accept(t, true);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&t->pthread, NULL, thread_main, t);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return error == 0;
}

/* ---- from other threads ---- */

/* Something is handed to the thread, which takes it from its own loop; what cannot be handed over is released here. */
struct hand_over {
	struct proxy_thread *thread;
	void (*take)(struct proxy_thread *t, struct hand_over *given);
	void (*release)(struct hand_over *given);
	union {
		struct generation *generation;
		struct user_table *users;
		struct revocation_set *revocations;
		int fd;
	};
};

static void
on_hand_over(void *arg)
{
	struct hand_over *call = arg;

	call->take(call->thread, call);
	free(call);
}

static void
hand_over(struct hand_over given)
{
	struct hand_over *call = malloc(sizeof *call);

	if (call)
		*call = given;
	if (call == NULL || !loop_post(given.thread->loop, on_hand_over, call)) {
		given.release(&given);
		free(call);
	}
}

static const enum record_urls urls_kept[] = {
	[CONF_RECORD_URLS_FULL] = RECORD_URLS_FULL,
	[CONF_RECORD_URLS_PATH] = RECORD_URLS_PATH,
	[CONF_RECORD_URLS_HOST] = RECORD_URLS_HOST,
};

static void
take_generation(struct proxy_thread *t, struct hand_over *given)
{
	origin_pool_empty(t->origin_pool);
	generation_release(t->generation);
	t->generation = given->generation;
	t->recorder.keep = urls_kept[t->generation->conf->record.urls];
}

static void
release_generation(struct hand_over *given)
{
	generation_release(given->generation);
}

void
proxy_thread_set_generation(struct proxy_thread *t, struct generation *g)
{
	hand_over((struct hand_over){t, take_generation, release_generation, .generation = g});
}

static void
take_users(struct proxy_thread *t, struct hand_over *given)
{
	user_table_release(t->users);
	t->users = given->users;
}

static void
release_users(struct hand_over *given)
{
	user_table_release(given->users);
}

void
proxy_thread_set_users(struct proxy_thread *t, struct user_table *users)
{
	hand_over((struct hand_over){t, take_users, release_users, .users = users});
}

static void
take_signer(struct proxy_thread *t, struct hand_over *given)
{
	minter_connect(&t->minter, given->fd);
}

static void
take_fetcher(struct proxy_thread *t, struct hand_over *given)
{
	fetcher_connect(&t->fetcher, given->fd);
}

static void
release_channel(struct hand_over *given)
{
	close(given->fd);
}

void
proxy_thread_set_signer(struct proxy_thread *t, int fd)
{
	hand_over((struct hand_over){t, take_signer, release_channel, .fd = fd});
}

void
proxy_thread_set_fetcher(struct proxy_thread *t, int fd)
{
	hand_over((struct hand_over){t, take_fetcher, release_channel, .fd = fd});
}

static void
take_revocations(struct proxy_thread *t, struct hand_over *given)
{
	revocation_set_release(t->revocations.set);
	t->revocations.set = given->revocations;
}

static void
release_revocations(struct hand_over *given)
{
	revocation_set_release(given->revocations);
}

void
proxy_thread_set_revocations(struct proxy_thread *t, struct revocation_set *set)
{
	hand_over((struct hand_over){t, take_revocations, release_revocations, .revocations = set});
}

static void
refresh_addresses(void *arg)
{
	struct proxy_thread *t = arg;
	struct own_addrs fresh;

	if (!own_addrs_load(&fresh))
		return; /* the old ones are nearer to the truth than none */
	own_addrs_release(&t->own_addrs);
	t->own_addrs = fresh;
}

void
proxy_thread_refresh_addresses(struct proxy_thread *t)
{
	loop_post(t->loop, refresh_addresses, t);
}

struct drain {
	struct proxy_thread *thread;
	uint64_t grace_ns;
};

static void
on_grace_over(struct loop_timer *timer)
{
	loop_stop(timer->loop);
}

static void
drain(void *arg)
{
	struct drain *call = arg;
	struct proxy_thread *t = call->thread;

	t->is_accepting = false;
	thread_want_accept(t, false);
	loop_timer_init(&t->drain_grace, t->loop, on_grace_over);
	loop_timer_arm(&t->drain_grace, call->grace_ns);
	free(call);
	origin_pool_empty(t->origin_pool);
	LIST_FOR_EACH(node, following, &t->sessions)
	session_drain(LIST_ENTRY(node, struct session, node));
	if (t->session_count == 0)
		loop_stop(t->loop);
}

void
proxy_thread_drain(struct proxy_thread *t, uint64_t grace_ns)
{
	struct drain *call = malloc(sizeof *call);

	if (call)
		*call = (struct drain){t, grace_ns};
	if (call == NULL || !loop_post(t->loop, drain, call)) {
		free(call);
		loop_stop(t->loop);
	}
}

void
proxy_thread_session_ended(struct proxy_thread *t)
{
	t->session_count--;
	if (!t->is_accepting && t->session_count == 0)
		loop_stop(t->loop);
}

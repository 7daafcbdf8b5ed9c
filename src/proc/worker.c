/* The worker: the one process that reads what strangers send.  It is confined before it receives anything, gets all
 * that it needs through its channel (configuration, trust, listening sockets, the access log, lines to the signer), and
 * runs the proxy's threads.  Its main thread serves the channel.  When the supervisor goes, it goes. */
#include "proc/role.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/diag.h"
#include "classify/charset.h"
#include "conf/load.h"
#include "intercept/own_addrs.h"
#include "ipc/bundle.h"
#include "ipc/channel.h"
#include "policy/user_table.h"
#include "proc/confine.h"
#include "proc/report.h"
#include "proxy/bypass_query.h"
#include "proxy/bypasses.h"
#include "proxy/clients.h"
#include "proxy/crl_keeper.h"
#include "proxy/generation.h"
#include "proxy/overrides.h"
#include "proxy/status.h"
#include "proxy/thread.h"
#include "proxy/verify_query.h"
#include "proxy/warn.h"
#include "record/writer.h"
#include "tls/context.h"
#include "tls/issuer_store.h"
#include "tls/leaf_cache.h"
#include "tls/leaf_hints.h"
#include "tls/leaf_keys.h"
#include "tls/lean_provider.h"
#include "tls/origin_sessions.h"

#define AREA "worker"
#define DRAIN_WITHOUT_SUPERVISOR_NS 1000000000u

struct worker {
	struct loop *loop; /* of the main thread */
	struct loop_fd channel;
	char *buffer;
	struct proxy_shared shared;
	struct proxy_thread *threads;
	unsigned thread_count;
	struct generation *generation;
	struct fetcher fetcher;         /* of the main thread */
	struct revocations revocations; /* of the main thread */
	unsigned signers;               /* channels that came */
	bool is_running;                /* threads were started */
	bool is_stopping;
	uint64_t started;
};

static void
worker_reply(struct worker *w, enum ipc_type type, uint32_t id, struct slice payload)
{
	int error = ipc_send(w->channel.fd, type, id, payload, NULL, 0);

	if (error)
		diag(DIAG_WARNING, AREA, "%s could not be sent: %s", ipc_rule_of(type)->name, strerror(-error));
}

/* ---- messages ---- */

static void
take_configuration(struct worker *w, struct ipc_message *m)
{
	struct problems problems = {0};
	struct buffer text = buffer_make(60000);
	struct generation *g = NULL;
	struct bundle bundle;
	int error = bundle_open(&bundle, m->fds[0]);

	if (error)
		problems_add(
			&problems, false, NULL, 0, 0, NULL, "the configuration cannot be mapped: %s", strerror(-error));
	else {
		g = generation_build(m->id, &bundle, m->fd_count > 1 ? m->fds[1] : -1, w->shared.tickets, &problems);
		bundle_close(&bundle);
	}
	for (size_t i = 0; i < problems.count && g == NULL; i++) {
		char line[1024];

		problem_format(&problems.items[i], line, sizeof line);
		buffer_printf(&text, "%s\n", line);
	}
	if (g)
		report_problems("conf", &problems); /* warnings */
	problems_release(&problems);
	if (g == NULL) {
		worker_reply(
			w, IPC_CONFIGURED, m->id, buffer_len(&text) ? buffer_slice(&text) : SLICE("out of memory\n"));
		buffer_release(&text);
		return;
	}
	buffer_release(&text);
	generation_release(w->generation);
	w->generation = g;
	w->shared.ct_logs_made = trust_ct_logs(g->trust) ? ct_logs_made(trust_ct_logs(g->trust)) : 0;
	w->shared.decode_budget.limit = g->conf->content.decode_memory;
	for (unsigned i = 0; i < w->thread_count; i++)
		proxy_thread_set_generation(&w->threads[i], generation_share(g));
	worker_reply(w, IPC_CONFIGURED, m->id, SLICE_EMPTY);
}

/* Who uses which address, anew.  What cannot be read leaves the last table in force. */
static void
take_users(struct worker *w, const struct ipc_message *m)
{
	struct problems problems = {0};
	struct user_table *table = NULL;
	struct conf_sources files = {0};
	struct slice name, bytes;
	struct bundle bundle;
	size_t at = 0;
	bool done = bundle_open(&bundle, m->fds[0]) == 0;

	if (done) {
		while (done && bundle_next(&bundle, &at, &name, &bytes))
			done = conf_sources_add(&files, name, bytes);
		if (done)
			table = user_table_build(files.items, files.count, &problems);
		bundle_close(&bundle);
		conf_sources_release(&files);
	}
	report_problems("users", &problems);
	if (table == NULL) {
		diag(DIAG_ERROR, AREA, "the files of users cannot be taken over: out of memory, or too large");
		return;
	}
	diag(DIAG_DEBUG, AREA, "users of %zu addresses are known", user_table_count(table));
	for (unsigned i = 0; i < w->thread_count; i++)
		proxy_thread_set_users(&w->threads[i], user_table_share(table));
	user_table_release(table);
}

/* The codes, anew: what cannot be read revokes all of them. */
static void
take_overrides(struct worker *w, const struct ipc_message *m)
{
	struct override_state *state = override_state_new();
	int64_t now = (int64_t)(clock_realtime_ns() / 1000000000u);
	struct slice name, text = SLICE_EMPTY;
	const char *wrong = "out of memory";
	struct bundle bundle;
	size_t at = 0;

	if (state && bundle_open(&bundle, m->fds[0]) == 0) {
		bundle_next(&bundle, &at, &name, &text);
		wrong = override_state_read(state, text, now, clock_monotonic_ns());
		bundle_close(&bundle);
	}
	if (wrong) {
		diag(DIAG_ERROR, AREA, "override codes cannot be taken over, and none holds: %s", wrong);
		if (state)
			state->count = state->grant_count = 0;
	}
	if (state)
		overrides_take(w->shared.overrides, state, now, clock_monotonic_ns());
	free(state);
}

/* Called by the threads; a message is sent whole or not at all. */
static bool
tell_of_override(void *context, const struct override_event *event)
{
	struct worker *w = context;

	return ipc_send(w->channel.fd, IPC_OVERRIDE, 0, slice_make(event, sizeof *event), NULL, 0) == 0;
}

static void
take_listeners(struct worker *w, struct ipc_message *m)
{
	struct ipc_listener listener;

	if (m->id >= w->thread_count || m->payload.len != m->fd_count * sizeof listener || w->is_running)
		return;
	for (unsigned i = 0; i < m->fd_count; i++) {
		const struct original_dst_way *way;

		memcpy(&listener, m->payload.ptr + i * sizeof listener, sizeof listener);
		listener.way[sizeof listener.way - 1] = '\0';
		way = original_dst_way_find(slice_of(listener.way));
		if (way && proxy_thread_add_listener(&w->threads[m->id], m->fds[i], way))
			m->fds[i] = -1;
	}
}

static void
take_signers(struct worker *w, struct ipc_message *m)
{
	for (unsigned i = 0; i < m->fd_count && i < w->thread_count; i++) {
		proxy_thread_set_signer(&w->threads[i], m->fds[i]);
		m->fds[i] = -1;
		w->signers++;
	}
}

/* One for each thread, and one for the main thread. */
static void
take_fetchers(struct worker *w, struct ipc_message *m)
{
	for (unsigned i = 0; i < m->fd_count && i <= w->thread_count; i++) {
		if (i < w->thread_count)
			proxy_thread_set_fetcher(&w->threads[i], m->fds[i]);
		else
			fetcher_connect(&w->fetcher, m->fds[i]);
		m->fds[i] = -1;
	}
}

static bool
take_log(struct worker *w, struct ipc_message *m)
{
	struct writer_output output = {.name = "access log", .fd = m->fds[0]};
	struct writer_options options = {.queue_capacity = 0};

	if (w->shared.writer) {
		writer_replace_fd(w->shared.writer, 0, m->fds[0]);
		m->fds[0] = -1;
		return true;
	}
	output.format = record_format_find(m->payload);
	if (output.format == NULL) {
		errno = EINVAL;
		return false;
	}
	w->shared.writer = writer_create(&output, 1, w->thread_count, &options);
	if (w->shared.writer == NULL || !writer_start(w->shared.writer))
		return false;
	m->fds[0] = -1;
	for (unsigned i = 0; i < w->thread_count; i++)
		if (!proxy_thread_init(&w->threads[i], i, &w->shared))
			return false;
	return true;
}

/* Everything came: begin. */
static void
start_when_complete(struct worker *w)
{
	if (w->is_running || w->generation == NULL || w->signers < w->thread_count)
		return;
	for (unsigned i = 0; i < w->thread_count; i++)
		if (w->threads[i].listener_count == 0)
			return;
	for (unsigned i = 0; i < w->thread_count; i++)
		if (!proxy_thread_start(&w->threads[i])) {
			diag(DIAG_ERROR, AREA, "a thread cannot be started: %s", strerror(errno));
			exit(EX_OSERR);
		}
	w->is_running = true;
	worker_reply(w, IPC_READY, 0, SLICE_EMPTY);
}

static void
stop(struct worker *w, uint64_t grace_ns)
{
	if (w->is_stopping)
		return;
	w->is_stopping = true;
	for (unsigned i = 0; i < w->thread_count && w->is_running; i++)
		proxy_thread_drain(&w->threads[i], grace_ns);
	for (unsigned i = 0; i < w->thread_count && w->is_running; i++)
		pthread_join(w->threads[i].pthread, NULL);
	loop_stop(w->loop);
}

static void
on_answer(void *context, uint32_t id, struct slice json)
{
	worker_reply(context, IPC_REPLY, id, json);
}

static void
answer_query(struct worker *w, const struct ipc_message *m)
{
	json_t *request = json_loadb(m->payload.ptr, m->payload.len, 0, NULL), *answer;
	const char *command = json_string_value(json_object_get(request, "command"));
	char *text = NULL;

	if (command && strcmp(command, "bypass") == 0)
		answer = bypass_query(w->shared.bypasses, request);
	else if (command && strcmp(command, "verify") == 0 && w->generation)
		answer = verify_query(w->generation, &w->revocations, request);
	else {
		status_query(w->loop, w->threads, w->is_running ? w->thread_count : 0, w->shared.writer, request, m->id,
			on_answer, w);
		goto out;
	}
	text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
	on_answer(w, m->id, text ? slice_of(text) : SLICE("{\"error\":\"out of memory\"}"));
	free(text);
	json_decref(answer);
out:
	json_decref(request);
}

static void
handle(struct worker *w, struct ipc_message *m)
{
	uint32_t grace = 0;

	switch (m->type) {
	case IPC_CONFIGURE:
		take_configuration(w, m);
		break;
	case IPC_LISTENERS:
		take_listeners(w, m);
		break;
	case IPC_USERS:
		take_users(w, m);
		break;
	case IPC_OVERRIDES:
		take_overrides(w, m);
		break;
	case IPC_SIGNER:
		take_signers(w, m);
		break;
	case IPC_FETCHER:
		take_fetchers(w, m);
		break;
	case IPC_LOG:
		if (!take_log(w, m)) {
			diag(DIAG_ERROR, AREA, "cannot start: %s", strerror(errno));
			exit(EX_OSERR);
		}
		break;
	case IPC_QUERY:
		answer_query(w, m);
		break;
	case IPC_CLOCK:
		atomic_store_explicit(&w->shared.clock_is_wrong, m->payload.ptr[0] == 0, memory_order_relaxed);
		break;
	case IPC_STOP:
		memcpy(&grace, m->payload.ptr, sizeof grace);
		stop(w, grace * UINT64_C(1000000000));
		break;
	default:
		diag(DIAG_ERROR, AREA, "the supervisor sent a message of type %d, which is not for a worker",
			(int)m->type);
		exit(EX_PROTOCOL);
	}
}

static void
on_channel(struct loop_fd *channel, uint32_t events)
{
	struct worker *w = LIST_ENTRY(channel, struct worker, channel);
	struct ipc_message m;
	int result;

	(void)events;
	while ((result = ipc_receive(channel->fd, &m, w->buffer)) == 1) {
		handle(w, &m);
		ipc_message_close_fds(&m);
		start_when_complete(w);
	}
	if (result != -EAGAIN) {
		loop_fd_want(channel, 0);
		stop(w, DRAIN_WITHOUT_SUPERVISOR_NS);
	}
}

/* ---- start and end ---- */

/* Each thread has its own reference to the newest set. */
static void
on_revocations(void *owner, struct revocation_set *set)
{
	struct worker *w = owner;

	for (unsigned i = 0; i < w->thread_count; i++)
		if (w->threads[i].loop)
			proxy_thread_set_revocations(&w->threads[i], revocation_set_share(set));
	revocation_set_release(w->revocations.set);
	w->revocations.set = set;
}

static void
on_list_wanted(void *owner, uint64_t list, struct slice url, X509 *issuer)
{
	struct worker *w = owner;

	crl_keeper_want(w->shared.crls, list, url, issuer);
}

static bool
worker_init(struct worker *w, unsigned thread_count)
{
	struct rlimit files;

	w->thread_count = thread_count;
	w->revocations = (struct revocations){.wanted = on_list_wanted, .owner = w};
	w->started = clock_monotonic_ns();
	w->threads = calloc(thread_count, sizeof *w->threads);
	w->buffer = malloc(IPC_PAYLOAD_MAX);
	w->loop = loop_new();
	w->shared.clients = clients_new();
	w->shared.bypasses = bypasses_new();
	w->shared.tickets = tls_ticket_keys_new();
	w->shared.leaves = leaf_cache_create(LEAF_CACHE_DEFAULT);
	w->shared.issuers = issuer_store_new(ISSUER_STORE_DEFAULT);
	w->shared.hints = leaf_hints_create(LEAF_HINTS_DEFAULT);
	w->shared.origin_sessions = origin_sessions_new(ORIGIN_SESSIONS_DEFAULT);
	w->shared.warnings = warn_new(WARN_ENTRIES_DEFAULT);
	w->shared.overrides = overrides_new(tell_of_override, w);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	return w->threads && w->buffer && w->loop && w->shared.clients && w->shared.bypasses && w->shared.tickets &&
	       w->shared.leaves && w->shared.hints && w->shared.origin_sessions && w->shared.warnings &&
	       w->shared.overrides && w->shared.issuers && fetcher_init(&w->fetcher, w->loop) &&
	       (w->shared.crls = crl_keeper_new(w->loop, &w->fetcher, on_revocations, w)) != NULL;
}

static void
worker_release(struct worker *w)
{
	for (unsigned i = 0; i < w->thread_count; i++)
		if (w->threads[i].loop)
			proxy_thread_release(&w->threads[i]);
	writer_stop(w->shared.writer);
	generation_release(w->generation);
	issuer_store_free(w->shared.issuers);
	leaf_hints_destroy(w->shared.hints);
	origin_sessions_free(w->shared.origin_sessions);
	leaf_cache_destroy(w->shared.leaves);
	leaf_keys_destroy(w->shared.leaf_keys);
	tls_ticket_keys_free(w->shared.tickets);
	clients_free(w->shared.clients);
	bypasses_free(w->shared.bypasses);
	warn_free(w->shared.warnings);
	overrides_free(w->shared.overrides);
	crl_keeper_free(w->shared.crls);
	revocation_set_release(w->revocations.set);
	fetcher_release(&w->fetcher);
	loop_free(w->loop);
	free(w->threads);
	free(w->buffer);
}

/* Arguments: --role worker USER THREADS LEVEL. */
int
worker_main(int argc, char **argv)
{
	struct worker w = {0};
	struct problems problems = {0};
	uint64_t threads, level;
	int error;

	if (argc != 6 || !slice_to_u64(slice_of(argv[4]), &threads) || threads == 0 || threads > IPC_FDS_MAX ||
		!slice_to_u64(slice_of(argv[5]), &level))
		return EX_USAGE;
	diag_set_level((enum diag_level)level);
	role_ignore_signals();
	if (!lean_provider_install(&problems))
		diag(DIAG_INFO, AREA, "OpenSSL keeps its full set of decoders; handshakes with origins cost more");
	problems_release(&problems);
	charset_preload(); /* the C library's converters are files */
	if (!tls_library_init() || !worker_init(&w, (unsigned)threads)) {
		diag(DIAG_ERROR, AREA, "cannot start: out of memory");
		return EX_OSERR;
	}
	if (!confine(ROLE_WORKER, argv[3]))
		return EX_OSERR;
	w.shared.leaf_keys = leaf_keys_create(LEAF_KEYS_STOCK_DEFAULT);
	if (w.shared.leaf_keys == NULL)
		return EX_OSERR;
	loop_fd_init(&w.channel, w.loop, ROLE_CHANNEL_FD, on_channel);
	loop_fd_want(&w.channel, EPOLLIN);
	error = loop_run(w.loop);
	worker_release(&w);
	return error ? EX_OSERR : EX_OK;
}

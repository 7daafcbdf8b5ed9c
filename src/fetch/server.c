/* Questions to answers.  See server.h. */
#include "fetch/server.h"

#include "base/clock.h"
#include "base/map.h"
#include "fetch/networks.h"
#include "fetch/resolver.h"
#include "fetch/transfer.h"
#include "ipc/bundle.h"
#include "tls/aia.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CRL_BYTES_DEFAULT ((size_t)8 << 20)
#define TRUST_BYTES_MAX ((size_t)32 << 20)
/* How old what is known of this machine's addresses may be. */
#define NETWORKS_NS UINT64_C(5000000000)

struct job_asker {
	struct fetch_asker who;
	struct job_asker *next;
};

/* A question under way. */
struct job {
	struct fetch_server *server;
	struct list_node node;          /* in waiting or running */
	struct buffer payload;          /* owned; also the key */
	struct fetch_question question; /* borrows from it */
	struct job_asker *askers;
	unsigned asker_count;
	unsigned *counted; /* among the waiting, the running, or the names */
	struct loop_task start;
	struct loop_timer deadline;
	struct resolver_query names;
	struct transfer_url url;
	struct addr addrs[RESOLVER_ADDRS_MAX]; /* where it may connect */
	size_t addr_count;
	struct transfer *transfer;
	unsigned redirects;
	bool is_inner; /* the administrator's own URL leads to an inner address */
};

struct fetch_server {
	struct loop *loop;
	fetch_reply *reply;
	struct resolver *resolver;
	struct transfers *transfers;
	struct networks networks;
	uint64_t networks_known; /* monotonic ns */
	struct buffer trust;
	size_t crl_max;
	bool is_configured;
	struct map by_question; /* struct job */
	struct list_node waiting;
	struct list_node running;
	unsigned waiting_count;
	unsigned running_count;
	unsigned names_count; /* of those running: names only; they wait for nobody's transfer */
	struct buffer answer;
	struct fetch_counts counts;
};

static void run_next(struct fetch_server *s);

/* ---- the end of a job ---- */

static void
job_free(struct job *job)
{
	struct fetch_server *s = job->server;

	loop_task_cancel(&job->start);
	loop_timer_disarm(&job->deadline);
	resolver_query_cancel(&job->names);
	transfer_free(job->transfer);
	map_remove(&s->by_question, buffer_slice(&job->payload));
	list_remove(&job->node);
	(*job->counted)--;
	while (job->askers) {
		struct job_asker *asker = job->askers;

		job->askers = asker->next;
		free(asker);
	}
	buffer_release(&job->payload);
	free(job);
}

static void
count_status(struct fetch_server *s, enum fetch_status status)
{
	if (status == FETCH_OK)
		s->counts.ok++;
	else if (status == FETCH_NOT_MODIFIED)
		s->counts.not_modified++;
	else if (status == FETCH_REFUSED)
		s->counts.refused++;
	else if (status == FETCH_BUSY)
		s->counts.busy++;
	else
		s->counts.failed++;
}

static void
encode(struct fetch_server *s, struct fetch_answer answer)
{
	buffer_clear(&s->answer);
	answer.error = slice_sub(answer.error, 0, FETCH_ERROR_MAX);
	if (!fetch_answer_encode(&answer, &s->answer))
		abort(); /* every field was cut to its maximum */
}

static void
job_answer(struct job *job, struct fetch_answer answer, int fd)
{
	struct fetch_server *s = job->server;

	count_status(s, answer.status);
	encode(s, answer);
	for (struct job_asker *asker = job->askers; asker; asker = asker->next)
		s->reply(asker->who, buffer_slice(&s->answer), fd);
	job_free(job);
	run_next(s);
}

static void
job_fail(struct job *job, enum fetch_status status, const char *error)
{
	job_answer(job, (struct fetch_answer){.status = status, .error = slice_of(error)}, -1);
}

static void
on_deadline(struct loop_timer *timer)
{
	job_fail(LIST_ENTRY(timer, struct job, deadline), FETCH_TIMEOUT, "it takes longer than is allowed");
}

/* ---- the transfer ---- */

static void job_resolve(struct job *job);

/* A list is elsewhere. */
static void
job_redirect(struct job *job, const char *where)
{
	struct transfer_url url;

	if (job->redirects == FETCH_REDIRECTS_MAX) {
		job_fail(job, FETCH_FAILED, "the server redirects too often");
		return;
	}
	if (!transfer_url_parse(where, &job->url, &url)) {
		job_fail(job, FETCH_REFUSED, "the server redirects to something that is neither http nor https");
		return;
	}
	/* Whoever could read along once could then read along always. */
	if (job->url.is_https && !url.is_https) {
		job_fail(job, FETCH_REFUSED, "the server redirects from https to http");
		return;
	}
	job->redirects++;
	job->url = url;
	transfer_free(job->transfer);
	job->transfer = NULL;
	job_resolve(job);
}

static void
on_transferred(void *owner, struct transfer *transfer, const struct transfer_result *result)
{
	struct job *job = owner;
	struct fetch_answer answer = {
		.status = result->status,
		.error = slice_of(result->error),
		.etag = slice_of(result->etag),
		.last_modified = slice_of(result->last_modified),
	};
	int fd = -1;

	job->server->counts.bytes += result->bytes;
	if (result->redirect && job->question.kind == FETCH_LIST) {
		job_redirect(job, result->redirect);
		return;
	}
	if (result->status == FETCH_OK && job->question.kind == FETCH_ISSUER)
		answer.body = result->body;
	else if (result->status == FETCH_OK) {
		fd = transfer_take_file(transfer);
		if (fd < 0)
			answer = (struct fetch_answer){
				.status = FETCH_FAILED, .error = SLICE("there is no memory for it")};
	}
	job_answer(job, answer, fd);
	if (fd >= 0)
		close(fd);
}

static void
job_transfer(struct job *job)
{
	struct fetch_server *s = job->server;
	static const struct {
		size_t bytes;
		unsigned ms;
	} bounds[FETCH_KINDS] = {
		[FETCH_ISSUER] = {AIA_BODY_BYTES_MAX, FETCH_ISSUER_MS},
		[FETCH_CRL] = {0, FETCH_CRL_MS},
		[FETCH_LIST] = {FETCH_LIST_BYTES_MAX, FETCH_LIST_MS},
	};
	struct transfer_request request = {
		.url = &job->url,
		.addrs = job->addrs,
		.addr_count = job->addr_count,
		.bytes_max = job->question.kind == FETCH_CRL ? s->crl_max : bounds[job->question.kind].bytes,
		.timeout_ms = bounds[job->question.kind].ms,
		.allows_https = job->question.kind == FETCH_LIST,
		.into_file = job->question.kind != FETCH_ISSUER,
		.etag = job->question.etag,
		.last_modified = job->question.last_modified,
	};

	job->transfer = transfer_start(s->transfers, &request, job, on_transferred);
	if (job->transfer == NULL)
		job_fail(job, FETCH_FAILED, "out of memory");
}

/* ---- addresses ---- */

static void
refresh_networks(struct fetch_server *s)
{
	uint64_t now = loop_now(s->loop);

	if (s->networks.is_known && now - s->networks_known < NETWORKS_NS)
		return;
	networks_refresh(&s->networks);
	s->networks_known = now;
}

/* Keeps the addresses where this job may connect to.  A list may be at an inner address, as the administrator wrote it;
 * a server on the Internet may not send us to one. */
static void
job_take_addresses(struct job *job, const struct addr *addrs, size_t count)
{
	struct fetch_server *s = job->server;
	bool is_list = job->question.kind == FETCH_LIST;

	refresh_networks(s);
	job->addr_count = 0;
	for (size_t i = 0; i < count; i++) {
		bool is_outer = networks_admit(&s->networks, &addrs[i]);

		if (is_list && job->redirects == 0 && !is_outer)
			job->is_inner = true;
		if (is_outer || (is_list && job->is_inner))
			job->addrs[job->addr_count++] = addrs[i];
	}
	if (count == 0)
		job_fail(job, FETCH_UNRESOLVED, "the name of the server cannot be resolved");
	else if (job->addr_count == 0)
		job_fail(job, FETCH_REFUSED, "it is at an address where nothing is fetched from");
	else
		job_transfer(job);
}

static void
on_names(struct resolver_query *query, const struct addr *addrs, size_t count)
{
	struct job *job = LIST_ENTRY(query, struct job, names);
	struct fetch_answer answer = {.status = FETCH_OK};

	if (job->question.kind != FETCH_NAMES) {
		job_take_addresses(job, addrs, count);
		return;
	}
	if (count == 0) {
		job_fail(job, FETCH_UNRESOLVED, "the name cannot be resolved");
		return;
	}
	answer.body = slice_make(addrs, (count < FETCH_ADDRESSES_MAX ? count : FETCH_ADDRESSES_MAX) * sizeof *addrs);
	job_answer(job, answer, -1);
}

static void
job_resolve(struct job *job)
{
	struct slice host = job->question.kind == FETCH_NAMES ? job->question.target : slice_of(job->url.host);
	struct addr literal;

	if (job->question.kind != FETCH_NAMES && addr_parse(host, &literal))
		job_take_addresses(job, &literal, 1);
	else
		resolver_ask(job->server->resolver, &job->names, host);
}

/* ---- the beginning ---- */

/* The URL as far as its text tells whether it may be fetched. */
static bool
job_read_url(struct job *job)
{
	struct aia_url strict;
	char text[FETCH_TARGET_MAX + 1];

	if (job->question.kind == FETCH_NAMES)
		return true;
	if (job->question.kind != FETCH_LIST && !aia_url_parse(job->question.target, &strict))
		return false;
	return slice_to_cstr(job->question.target, text, sizeof text) && transfer_url_parse(text, NULL, &job->url) &&
	       (job->question.kind == FETCH_LIST || (job->url.port == 80 && !job->url.is_https));
}

static void
on_start(struct loop_task *task)
{
	struct job *job = LIST_ENTRY(task, struct job, start);
	static const unsigned limits[FETCH_KINDS] = {
		[FETCH_NAMES] = FETCH_CRL_MS,
		[FETCH_ISSUER] = FETCH_ISSUER_MS,
		[FETCH_CRL] = FETCH_CRL_MS,
		[FETCH_LIST] = FETCH_LIST_MS,
	};

	if (!job->server->is_configured) {
		job_fail(job, FETCH_FAILED, "the fetcher has no settings yet");
		return;
	}
	if (!job_read_url(job)) {
		job_fail(job, FETCH_REFUSED, "it is no URL that may be fetched");
		return;
	}
	loop_timer_arm(&job->deadline, limits[job->question.kind] * UINT64_C(1000000));
	job_resolve(job);
}

static void
job_queue(struct job *job, struct list_node *list, unsigned *counter)
{
	if (job->counted)
		(*job->counted)--;
	list_remove(&job->node);
	list_push_back(list, &job->node);
	job->counted = counter;
	(*counter)++;
	/* Answers are never given from within the question. */
	if (list == &job->server->running)
		loop_defer(job->server->loop, &job->start);
}

static void
run_next(struct fetch_server *s)
{
	while (s->running_count < FETCH_RUNNING_MAX && !list_is_empty(&s->waiting))
		job_queue(LIST_ENTRY(s->waiting.next, struct job, node), &s->running, &s->running_count);
}

static struct job *
job_new(struct fetch_server *s, struct slice payload)
{
	struct job *job = calloc(1, sizeof *job);

	if (job == NULL)
		return NULL;
	job->server = s;
	job->payload = buffer_make(FETCH_QUESTION_MAX);
	list_init(&job->node);
	loop_task_init(&job->start, on_start);
	loop_timer_init(&job->deadline, s->loop, on_deadline);
	resolver_query_init(&job->names, on_names);
	if (!buffer_append(&job->payload, payload) ||
		!fetch_question_decode(buffer_slice(&job->payload), &job->question) ||
		!map_put(&s->by_question, buffer_slice(&job->payload), job)) {
		buffer_release(&job->payload);
		free(job);
		return NULL;
	}
	if (job->question.kind == FETCH_NAMES)
		job_queue(job, &s->running, &s->names_count);
	else
		job_queue(job, &s->waiting, &s->waiting_count);
	return job;
}

static bool
job_join(struct job *job, struct fetch_asker who)
{
	struct job_asker *asker = job->asker_count < FETCH_ASKERS_MAX ? malloc(sizeof *asker) : NULL;

	if (asker == NULL)
		return false;
	*asker = (struct job_asker){who, job->askers};
	job->askers = asker;
	job->asker_count++;
	return true;
}

static void
count_question(struct fetch_server *s, enum fetch_kind kind)
{
	if (kind == FETCH_NAMES)
		s->counts.names++;
	else if (kind == FETCH_ISSUER)
		s->counts.issuers++;
	else if (kind == FETCH_CRL)
		s->counts.crls++;
	else
		s->counts.lists++;
}

bool
fetch_server_ask(struct fetch_server *s, struct fetch_asker asker, bool may_ask_for_lists, struct slice payload)
{
	struct fetch_question question;
	struct job *job;

	if (!fetch_question_decode(payload, &question) || (question.kind == FETCH_LIST && !may_ask_for_lists))
		return false;
	count_question(s, question.kind);
	job = map_get(&s->by_question, payload);
	if (job)
		s->counts.joined++;
	else if (question.kind == FETCH_NAMES ? s->names_count < FETCH_NAMES_MAX : s->waiting_count < FETCH_WAITING_MAX)
		job = job_new(s, payload);
	if (job == NULL || !job_join(job, asker)) {
		count_status(s, FETCH_BUSY);
		encode(s, (struct fetch_answer){.status = FETCH_BUSY, .error = SLICE("too much is under way")});
		s->reply(asker, buffer_slice(&s->answer), -1);
		if (job && job->askers == NULL)
			job_free(job);
		return true;
	}
	run_next(s);
	return true;
}

void
fetch_server_forget(struct fetch_server *s, const void *channel)
{
	struct list_node *lists[] = {&s->waiting, &s->running};

	for (size_t i = 0; i < 2; i++)
		LIST_FOR_EACH(node, following, lists[i])
		{
			struct job *job = LIST_ENTRY(node, struct job, node);
			struct job_asker **at = &job->askers;

			while (*at) {
				struct job_asker *asker = *at;

				if (asker->who.channel != channel) {
					at = &asker->next;
					continue;
				}
				*at = asker->next;
				job->asker_count--;
				free(asker);
			}
			if (job->askers == NULL)
				job_free(job);
		}
	run_next(s);
}

/* ---- the module ---- */

bool
fetch_server_configure(struct fetch_server *s, const struct bundle *bundle)
{
	struct slice name, bytes, resolv_conf = SLICE_EMPTY, hosts = SLICE_EMPTY;
	uint64_t crl_max = CRL_BYTES_DEFAULT;
	bool done = true;
	size_t at = 0;

	buffer_clear(&s->trust);
	s->networks.allowed_count = 0;
	while (bundle_next(bundle, &at, &name, &bytes)) {
		if (slice_eq(name, SLICE(FETCH_BLOB_RESOLV_CONF)))
			resolv_conf = bytes;
		else if (slice_eq(name, SLICE(FETCH_BLOB_HOSTS)))
			hosts = bytes;
		else if (slice_eq(name, SLICE(FETCH_BLOB_TRUST)))
			done = done && buffer_append(&s->trust, bytes) && buffer_append_cstr(&s->trust, "\n");
		else if (slice_eq(name, SLICE(FETCH_BLOB_ALLOWED)))
			done = done && networks_allow(&s->networks, bytes);
		else if (slice_eq(name, SLICE(FETCH_BLOB_CRL_MAX)))
			done = done && slice_to_u64(bytes, &crl_max);
	}
	s->crl_max = crl_max;
	transfers_set_trust(s->transfers, buffer_slice(&s->trust));
	s->is_configured = resolver_configure(s->resolver, resolv_conf, hosts) && done;
	return s->is_configured;
}

struct fetch_server *
fetch_server_new(struct loop *loop, fetch_reply *reply)
{
	struct fetch_server *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->loop = loop;
	s->reply = reply;
	s->answer = buffer_make(FETCH_ANSWER_MAX);
	s->trust = buffer_make(TRUST_BYTES_MAX);
	s->crl_max = CRL_BYTES_DEFAULT;
	map_init(&s->by_question);
	list_init(&s->waiting);
	list_init(&s->running);
	s->resolver = resolver_new(loop);
	s->transfers = transfers_new(loop);
	if (s->resolver && s->transfers)
		return s;
	fetch_server_free(s);
	return NULL;
}

void
fetch_server_free(struct fetch_server *s)
{
	if (s == NULL)
		return;
	LIST_FOR_EACH(node, following, &s->waiting)
	job_free(LIST_ENTRY(node, struct job, node));
	LIST_FOR_EACH(node, following, &s->running)
	job_free(LIST_ENTRY(node, struct job, node));
	transfers_free(s->transfers);
	resolver_free(s->resolver);
	map_release(&s->by_question);
	buffer_release(&s->answer);
	buffer_release(&s->trust);
	free(s);
}

bool
fetch_server_tell_progress(const struct fetch_server *s, fetch_tell *tell)
{
	bool is_waited_for = s->waiting_count > 0;

	LIST_FOR_EACH(node, following, &s->running)
	{
		const struct job *job = LIST_ENTRY(node, struct job, node);

		if (job->question.kind != FETCH_LIST)
			continue;
		is_waited_for = true;
		for (const struct job_asker *asker = job->askers; asker && job->transfer; asker = asker->next)
			tell(asker->who, transfer_progress(job->transfer));
	}
	return is_waited_for;
}

struct fetch_counts
fetch_server_counts(const struct fetch_server *s)
{
	struct fetch_counts counts = s->counts;
	struct resolver_counts names = resolver_counts(s->resolver);

	counts.dns_queries = names.asked;
	counts.dns_cached = names.cached;
	return counts;
}

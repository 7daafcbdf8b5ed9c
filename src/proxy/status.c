/* Counters and flows as JSON.  See status.h. */
#include "proxy/status.h"

#include <stdlib.h>
#include <string.h>

#include "proxy/crl_keeper.h"
#include "proxy/session.h"
#include "record/writer.h"

/* More flows than this are counted, not listed: an answer has a ceiling. */
#define FLOWS_MAX 300

struct query {
	struct loop *home;
	struct proxy_thread *threads;
	unsigned count;
	unsigned at; /* the thread that is asked now */
	uint32_t id;
	void (*on_answer)(void *context, uint32_t id, struct slice json);
	void *context;
	json_t *flows;
	size_t total;
};

static void
query_answer(struct query *q, json_t *answer)
{
	char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;

	q->on_answer(q->context, q->id, text ? slice_of(text) : SLICE("{\"error\":\"out of memory\"}"));
	free(text);
	json_decref(answer);
	json_decref(q->flows);
	free(q);
}

/* ---- status ---- */

static json_t *
counters_json(const struct proxy_thread *threads, unsigned count)
{
	json_t *object = json_object();

#define SUM(name, help)                                                                               \
	{                                                                                             \
		uint64_t sum = 0;                                                                     \
		for (unsigned i = 0; i < count; i++)                                                  \
			sum += atomic_load_explicit(&threads[i].counters.name, memory_order_relaxed); \
		json_object_set_new(object, #name, json_integer((json_int_t)sum));                    \
	}
	PROXY_COUNTERS(SUM)
#undef SUM
	return object;
}

/* Of an array of counters, `place` bytes into the set of each thread, those that are not zero, by what `name` calls
 * them. */
static json_t *
sums_json(const struct proxy_thread *threads, unsigned count, size_t place, int of, const char *(*name)(int))
{
	json_t *object = json_object();

	for (int k = 0; k < of; k++) {
		uint64_t sum = 0;

		for (unsigned i = 0; i < count; i++) {
			const _Atomic uint64_t *counters = (const void *)((const char *)&threads[i].counters + place);

			sum += atomic_load_explicit(&counters[k], memory_order_relaxed);
		}
		if (sum)
			json_object_set_new(object, name(k), json_integer((json_int_t)sum));
	}
	return object;
}

const char *
status_refusal_name(int reason)
{
	return verify_reason_code((enum verify_reason)reason);
}

const char *
status_failure_name(int error)
{
	return origin_error_name((enum origin_error)error);
}

static json_t *
records_json(const struct writer *writer)
{
	struct writer_stats stats = {0};

	if (writer)
		stats = writer_stats(writer, 0);
	return json_pack("{s:I,s:I,s:I,s:I,s:s}", "written", (json_int_t)stats.lines, "dropped",
		(json_int_t)(stats.refused + stats.lost), "waiting_bytes", (json_int_t)stats.waiting_bytes, "failures",
		(json_int_t)stats.failures, "error", stats.error ? strerror(stats.error) : "");
}

/* Revocation lists; the keeper lives on the loop that asks. */
static json_t *
crls_json(const struct query *q)
{
	struct crl_counts counts = {0};

	if (q->count)
		counts = crl_keeper_counts(q->threads[0].shared->crls);
	return json_pack("{s:I,s:I,s:I,s:I,s:I}", "lists", (json_int_t)counts.lists, "overdue",
		(json_int_t)counts.overdue, "serials", (json_int_t)counts.serials, "fetched",
		(json_int_t)counts.fetched, "failed", (json_int_t)counts.failed);
}

static json_t *
status_json(const struct query *q, const struct writer *writer)
{
	size_t sessions = 0;

	for (unsigned i = 0; i < q->count; i++)
		sessions += __atomic_load_n(&q->threads[i].session_count, __ATOMIC_RELAXED);
	return json_pack("{s:I,s:I,s:I,s:o,s:o,s:o,s:o,s:o}", "ct_logs_made_s",
		(json_int_t)(q->count ? q->threads[0].shared->ct_logs_made : 0), "threads", (json_int_t)q->count,
		"sessions", (json_int_t)sessions, "counters", counters_json(q->threads, q->count), "refusals",
		sums_json(q->threads, q->count, offsetof(struct proxy_counters, refusals), VERIFY_REASONS,
			status_refusal_name),
		"connect_failures",
		sums_json(q->threads, q->count, offsetof(struct proxy_counters, connect_failures), ORIGIN_ERRORS,
			status_failure_name),
		"records", records_json(writer), "crls", crls_json(q));
}

/* ---- flows ---- */

static json_t *
session_json(const struct session *s)
{
	char client[ENDPOINT_TEXT_MAX], destination[ENDPOINT_TEXT_MAX];
	uint64_t in = s->relay_runs ? s->relay.direction[0].bytes : s->client_stream.stream.bytes_in;
	uint64_t out = s->relay_runs ? s->relay.direction[1].bytes : s->client_stream.stream.bytes_out;
	struct slice rule = verdict_rule_id(&s->verdict);

	return json_pack("{s:I,s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:s#,s:I,s:I,s:I}", "session", (json_int_t)s->id,
		"started_ns", (json_int_t)s->started_real, "client", endpoint_format(&s->client, client), "origin",
		endpoint_format(&s->destination, destination), "site", s->site, "protocol",
		session_protocol_name(s->protocol), "action",
		s->is_passed      ? "pass"
		: s->is_page_only ? "block"
				  : "inspect",
		"step", session_step_name(s->step), "rule", rule.ptr, (int)rule.len, "exchanges",
		(json_int_t)s->exchange_count, "client_bytes", (json_int_t)in, "origin_bytes", (json_int_t)out);
}

static void ask_next_thread(void *arg);

static void
collect_flows(void *arg)
{
	struct query *q = arg;
	struct proxy_thread *t = &q->threads[q->at];

	LIST_FOR_EACH(node, following, &t->sessions)
	{
		q->total++;
		if (json_array_size(q->flows) < FLOWS_MAX)
			json_array_append_new(q->flows, session_json(LIST_ENTRY(node, struct session, node)));
	}
	q->at++;
	/* Back home first: there the list of threads is walked. */
	if (!loop_post(q->home, ask_next_thread, q))
		abort(); /* a few bytes were not to be had */
}

static void
ask_next_thread(void *arg)
{
	struct query *q = arg;

	if (q->at < q->count && loop_post(q->threads[q->at].loop, collect_flows, q))
		return;
	query_answer(q, json_pack("{s:O,s:I}", "flows", q->flows, "total", (json_int_t)q->total));
}

void
status_query(struct loop *home, struct proxy_thread *threads, unsigned count, struct writer *writer,
	const json_t *request, uint32_t id, void (*on_answer)(void *context, uint32_t id, struct slice json),
	void *context)
{
	struct query *q = calloc(1, sizeof *q);
	const char *command = json_string_value(json_object_get(request, "command"));

	if (q == NULL) {
		on_answer(context, id, SLICE("{\"error\":\"out of memory\"}"));
		return;
	}
	*q = (struct query){
		.home = home, .threads = threads, .count = count, .id = id, .on_answer = on_answer, .context = context};
	if (command && strcmp(command, "status") == 0)
		query_answer(q, status_json(q, writer));
	else if (command && strcmp(command, "flows") == 0 && (q->flows = json_array()) != NULL)
		ask_next_thread(q);
	else
		query_answer(q, json_pack("{s:s}", "error", "the worker does not know this command"));
}

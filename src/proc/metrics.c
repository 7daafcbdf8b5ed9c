/* The metrics.  See metrics.h. */
#include "config.h"

#include "proc/metrics.h"

#include <string.h>
#include <unistd.h>

#include "admin/exposition.h"
#include "proc/ca_facts.h"
#include "proc/process_usage.h"
#include "proxy/origin_error.h"
#include "proxy/status.h"
#include "tls/verify_reason.h"

#define SERIES_MAX 4

/* ---- what the worker counts ---- */

struct series {
	const char *counter; /* its name in the worker's answer */
	const char *labels;
};

/* A row for each family of counters; where they lie in the worker's answer. */
static const struct family {
	const char *name;
	const char *help;
	const char *object;
	struct series series[SERIES_MAX];
} families[] = {
	{"connections_total", "Connections accepted from clients.", "counters", {{"connections", NULL}}},
	{"connections_refused_total",
		"Connections refused before anything was read: loops, own addresses, limits of a client.", "counters",
		{{"connections_refused", NULL}}},
	{"accept_errors_total", "Failures of accept, such as no descriptors left.", "counters",
		{{"accept_errors", NULL}}},
	{"client_bytes_total", "Bytes of clients' connections that were read, not relayed untouched, once they ended.",
		"counters",
		{{"bytes_client_in", "direction=\"received\""}, {"bytes_client_out", "direction=\"sent\""}}},
	{"flows_total", "Flows by their verdict: pass is relayed untouched.", "counters",
		{{"flows_passed", "verdict=\"pass\""}, {"flows_inspected", "verdict=\"inspect\""},
			{"flows_blocked", "verdict=\"block\""}}},
	{"flows_failed_total", "Flows that ended before anything was served.", "counters", {{"flows_failed", NULL}}},
	{"flows_unread_total", "TLS flows that were not read against the rules.", "counters",
		{{"flows_unread_for_clock", "reason=\"clock\""}}},
	{"flows_unproved_total", "Flows whose name was no proof of their destination: not passed by it.", "counters",
		{{"passes_unproved", NULL}}},
	{"exchanges_total", "Requests answered, by the client's version of HTTP.", "counters",
		{{"exchanges_http1", "protocol=\"http/1\""}, {"exchanges_http2", "protocol=\"http/2\""}}},
	{"exchanges_blocked_total", "Requests answered by a block page.", "counters", {{"exchanges_blocked", NULL}}},
	{"exchanges_failed_total", "Requests that failed on either side.", "counters", {{"exchanges_failed", NULL}}},
	{"exchanges_overridden_total", "Requests that an override let through.", "counters",
		{{"exchanges_overridden", NULL}}},
	{"requests_malformed_total", "Requests refused as malformed.", "counters", {{"requests_bad", NULL}}},
	{"bodies_unread_total", "Bodies that could not be read to their end, for rules that ask for content.",
		"counters", {{"bodies_unread", NULL}}},
	{"timeouts_total", "Sessions and exchanges ended by a deadline.", "counters", {{"timeouts", NULL}}},
	{"tls_handshakes_total", "TLS handshakes finished, by the side of the proxy.", "counters",
		{{"handshakes_client", "side=\"client\""}, {"handshakes_origin", "side=\"origin\""}}},
	{"tls_handshakes_resumed_total", "TLS handshakes that resumed a session, of those finished.", "counters",
		{{"handshakes_client_resumed", "side=\"client\""}, {"handshakes_origin_resumed", "side=\"origin\""}}},
	{"tls_handshakes_failed_total", "TLS handshakes that clients failed or refused.", "counters",
		{{"handshakes_client_failed", "side=\"client\""}}},
	{"tls_hellos_total", "ClientHellos to origins, by whether their JA4 is that of the client's own.", "counters",
		{{"hellos_equal", "ja4=\"equal\""}, {"hellos_different", "ja4=\"different\""}}},
	{"tls_pq_downgrades_total", "Sessions in which one leg lacks the post-quantum group that was asked for.",
		"counters", {{"pq_downgrades", NULL}}},
	{"tls_ech_retries_total", "Clients that came for a name hidden by ECH, and retry without.", "counters",
		{{"ech_retries", NULL}}},
	{"client_certificates_demanded_total", "Origins that demanded a certificate of the client.", "counters",
		{{"client_certificates_demanded", NULL}}},
	{"leaves_total", "Leaf certificates served, by where they came from.", "counters",
		{{"leaves_minted", "source=\"signer\""}, {"leaves_cached", "source=\"cache\""}}},
	{"mint_failures_total", "Leaf certificates that the signer refused.", "counters", {{"mint_failures", NULL}}},
	{"bypasses_learnt_total", "Bypasses learnt of flows that cannot be read.", "counters",
		{{"bypasses_learnt", NULL}}},
	{"bypasses_used_total", "Flows passed by a bypass.", "counters", {{"bypasses_used", NULL}}},
	{"override_codes_total", "Override codes that were entered.", "counters",
		{{"overrides_used", "result=\"accepted\""}, {"overrides_refused", "result=\"refused\""}}},
	{"origin_connects_total", "Connections made to origins.", "counters", {{"origin_connects", NULL}}},
	{"origin_requests_reused_total", "Requests sent on an origin connection that had served before.", "counters",
		{{"origin_reused", NULL}}},
	{"origin_pool_lookups_total", "Flows and requests that could use a kept connection of another flow.",
		"counters", {{"origin_pool_hits", "result=\"hit\""}, {"origin_pool_misses", "result=\"miss\""}}},
	{"origin_pool_ended_total", "Kept connections that were closed unused: by their origin, time or room.",
		"counters", {{"origin_pool_ended", NULL}}},
	{"issuers_fetched_total", "Certificates of issuers that were fetched since origins did not send them.",
		"counters", {{"issuers_fetched", NULL}}},
	{"records_total", "Records, by whether they reached the access log.", "records",
		{{"written", "result=\"written\""}, {"dropped", "result=\"dropped\""}}},
	{"record_failures_total", "Failures to write to the access log.", "records", {{"failures", NULL}}},
	{"revocation_fetches_total", "Revocation lists that were asked for.", "crls",
		{{"fetched", "result=\"taken\""}, {"failed", "result=\"failed\""}}},
};

#define FAMILY_COUNT (sizeof families / sizeof families[0])

bool
metrics_tell(const char *counter)
{
	for (size_t i = 0; i < FAMILY_COUNT; i++)
		for (int k = 0; k < SERIES_MAX && families[i].series[k].counter; k++)
			if (strcmp(families[i].object, "counters") == 0 &&
				strcmp(families[i].series[k].counter, counter) == 0)
				return true;
	return false;
}

static void
write_counters(struct exposition *e, const struct supervisor *s)
{
	for (size_t i = 0; i < FAMILY_COUNT; i++) {
		const struct family *f = &families[i];

		exposition_family(e, f->name, EXPOSITION_COUNTER, f->help);
		for (int k = 0; k < SERIES_MAX && f->series[k].counter; k++)
			exposition_sample(e, f->series[k].labels,
				worker_counts_value(&s->counts, f->object, f->series[k].counter));
	}
}

/* A family with a series for each reason; the worker names only those that there were. */
static void
write_reasons(struct exposition *e, const struct supervisor *s, const char *name, const char *help, const char *object,
	int first, int end, const char *(*reason_name)(int))
{
	char label[EXPOSITION_LABEL_MAX];

	exposition_family(e, name, EXPOSITION_COUNTER, help);
	for (int reason = first; reason < end; reason++) {
		exposition_label(label, "reason", reason_name(reason));
		for (char *c = label; *c; c++)
			if (*c == ' ')
				*c = '_';
		exposition_sample(e, label, worker_counts_value(&s->counts, object, reason_name(reason)));
	}
}

static void
write_gauge(struct exposition *e, const char *name, const char *help, uint64_t value)
{
	exposition_family(e, name, EXPOSITION_GAUGE, help);
	exposition_sample(e, NULL, value);
}

/* What the worker only has while it runs. */
static const struct gauge {
	const char *name;
	const char *help;
	const char *object; /* NULL: at the top */
	const char *key;
} gauges[] = {
	{"sessions", "Client connections that are open.", NULL, "sessions"},
	{"threads", "Threads of the worker.", NULL, "threads"},
	{"record_queue_bytes", "Bytes of records that wait for the disk.", "records", "waiting_bytes"},
	{"revocation_lists", "Revocation lists that are held.", "crls", "lists"},
	{"revocation_lists_overdue", "Of these, those that should have been replaced.", "crls", "overdue"},
	{"revocation_serials", "Certificates that these lists revoke.", "crls", "serials"},
};

static void
write_gauges(struct exposition *e, const json_t *worker)
{
	for (size_t i = 0; i < sizeof gauges / sizeof gauges[0]; i++) {
		const struct gauge *g = &gauges[i];
		const json_t *object = g->object ? json_object_get(worker, g->object) : worker;

		write_gauge(e, g->name, g->help, (uint64_t)json_integer_value(json_object_get(object, g->key)));
	}
}

/* ---- processes ---- */

struct measured {
	const char *role;
	const struct child *child; /* NULL: the supervisor */
	bool is_up;
	bool has_usage;
	struct process_usage usage;
	char labels[EXPOSITION_LABEL_MAX];
};

#define PROCESSES_MAX ROLE_COUNT

static unsigned
measure(const struct supervisor *s, struct measured m[PROCESSES_MAX])
{
	unsigned count = 0;

	m[count++] = (struct measured){.role = roles[ROLE_SUPERVISOR].name, .is_up = true};
	m[count++] = (struct measured){.child = &s->signer, .is_up = buffer_len(&s->issuers) > 0};
	m[count++] = (struct measured){.child = &s->worker, .is_up = s->worker_is_ready};
	m[count++] = (struct measured){.child = &s->fetches.child, .is_up = s->fetches.is_ready};
	m[count++] = (struct measured){.child = &s->admin.child, .is_up = true};
	for (unsigned i = 0; i < count; i++) {
		pid_t pid = m[i].child ? m[i].child->pid : getpid();

		if (m[i].child)
			m[i].role = roles[m[i].child->role].name;
		m[i].is_up = m[i].is_up && pid != 0;
		m[i].has_usage = pid != 0 && process_usage_read(pid, &m[i].usage);
		exposition_label(m[i].labels, "role", m[i].role);
	}
	return count;
}

static void
write_processes(struct exposition *e, const struct supervisor *s)
{
	struct measured m[PROCESSES_MAX];
	unsigned count = measure(s, m);

	exposition_family(e, "process_up", EXPOSITION_GAUGE, "Whether the process of a role does its work.");
	for (unsigned i = 0; i < count; i++)
		exposition_sample(e, m[i].labels, m[i].is_up);
	exposition_family(e, "process_restarts_total", EXPOSITION_COUNTER,
		"How often the process of a role has ended and was started again.");
	for (unsigned i = 0; i < count; i++)
		if (m[i].child)
			exposition_sample(e, m[i].labels, m[i].child->restarts);
	exposition_family(e, "process_cpu_seconds_total", EXPOSITION_COUNTER,
		"Processor time, user and system, of all processes that a role has had.");
	for (unsigned i = 0; i < count; i++)
		exposition_sample_ns(e, m[i].labels,
			(m[i].child ? m[i].child->past_cpu_ns : 0) + (m[i].has_usage ? m[i].usage.cpu_ns : 0));
	exposition_family(e, "process_resident_memory_bytes", EXPOSITION_GAUGE, "Memory that is resident.");
	for (unsigned i = 0; i < count; i++)
		if (m[i].has_usage)
			exposition_sample(e, m[i].labels, m[i].usage.rss_bytes);
	exposition_family(e, "process_open_fds", EXPOSITION_GAUGE, "Open descriptors.");
	for (unsigned i = 0; i < count; i++)
		if (m[i].has_usage && m[i].usage.has_files)
			exposition_sample(e, m[i].labels, m[i].usage.open_files);
	exposition_family(e, "process_start_time_seconds", EXPOSITION_GAUGE, "When the process began, since 1970.");
	for (unsigned i = 0; i < count; i++)
		if (m[i].has_usage)
			exposition_sample_ns(e, m[i].labels, m[i].child ? m[i].child->started_real : s->started_real);
}

/* ---- what the supervisor keeps ---- */

static void
write_configuration(struct exposition *e, const struct supervisor *s)
{
	char label[EXPOSITION_LABEL_MAX];

	exposition_family(e, "build_info", EXPOSITION_GAUGE, "The version that runs; always 1.");
	exposition_sample(e, exposition_label(label, "version", PACKAGE_VERSION), 1);
	write_gauge(e, "configuration_generation", "The number of the configuration that was sent to the worker last.",
		s->generation);
	exposition_family(e, "configuration_reloads_total", EXPOSITION_COUNTER,
		"Reloads that were asked for, by how they ended.");
	exposition_sample(e, "result=\"taken\"", s->reloads.taken);
	exposition_sample(e, "result=\"refused\"", s->reloads.refused);
	write_gauge(e, "configuration_last_reload_successful",
		"Whether the last reload was taken; 1 where there was none.", !s->reloads.last_was_refused);
	exposition_family(e, "configuration_loaded_timestamp_seconds", EXPOSITION_GAUGE,
		"When the configuration in force was taken, since 1970.");
	exposition_sample_ns(e, NULL, s->reloads.taken_at);
	write_gauge(e, "kernel_rules_installed", "Whether the kernel rules of this daemon stand.", s->rules_stand);
}

static void
write_ca(struct exposition *e, const struct supervisor *s)
{
	struct ca_facts ca;

	if (!ca_facts_read(buffer_slice(&s->issuers), &ca) || ca.from < 0 || ca.until < 0)
		return;
	write_gauge(e, "ca_not_before_timestamp_seconds", "From when the CA's certificate is valid, since 1970.",
		(uint64_t)ca.from);
	write_gauge(e, "ca_not_after_timestamp_seconds", "Until when the CA's certificate is valid, since 1970.",
		(uint64_t)ca.until);
}

static void
write_alarms(struct exposition *e, const struct supervisor *s)
{
	char label[EXPOSITION_LABEL_MAX];

	exposition_family(e, "alarm", EXPOSITION_GAUGE, "Whether an alarm stands: see sluicectl status.");
	for (int kind = 0; kind < ALARM_COUNT; kind++)
		exposition_sample(
			e, exposition_label(label, "alarm", alarms_name(kind)), alarms_stands(&s->alarms, kind));
	exposition_family(e, "clock_steps_total", EXPOSITION_COUNTER, "How often the machine's date was changed.");
	exposition_sample(e, NULL, s->clock.steps);
}

static void
write_list_values(struct exposition *e, const json_t *lists, const char *key)
{
	char label[EXPOSITION_LABEL_MAX];
	const json_t *list;
	size_t i;

	json_array_foreach(lists, i, list)
	{
		json_int_t value = json_integer_value(json_object_get(list, key));
		const char *name = json_string_value(json_object_get(list, "list"));

		if (value > 0 && name)
			exposition_sample(e, exposition_label(label, "list", name), (uint64_t)value);
	}
}

/* Lists that are fetched; others are the administrator's files. */
static void
write_lists(struct exposition *e, const struct supervisor *s)
{
	json_t *described = list_updates_describe(&s->lists);
	const json_t *lists = json_object_get(described, "lists");

	exposition_family(e, "list_fetched_timestamp_seconds", EXPOSITION_GAUGE,
		"When the copy of a list that is in use came, since 1970.");
	write_list_values(e, lists, "fetched");
	exposition_family(e, "list_entries", EXPOSITION_GAUGE, "Entries of the copy of a list that is in use.");
	write_list_values(e, lists, "entries");
	json_decref(described);
}

static void
write_fetches(struct exposition *e, const struct supervisor *s)
{
	const struct fetches *f = &s->fetches;
#define COUNT(name) (f->past.name + f->counts.name)
	exposition_family(e, "fetches_total", EXPOSITION_COUNTER, "What was asked for on our own account.");
	exposition_sample(e, "kind=\"name\"", COUNT(names));
	exposition_sample(e, "kind=\"issuer\"", COUNT(issuers));
	exposition_sample(e, "kind=\"revocation_list\"", COUNT(crls));
	exposition_sample(e, "kind=\"list\"", COUNT(lists));
	exposition_family(e, "fetch_results_total", EXPOSITION_COUNTER, "How that ended.");
	exposition_sample(e, "result=\"ok\"", COUNT(ok));
	exposition_sample(e, "result=\"not_modified\"", COUNT(not_modified));
	exposition_sample(e, "result=\"refused\"", COUNT(refused));
	exposition_sample(e, "result=\"failed\"", COUNT(failed));
	exposition_sample(e, "result=\"busy\"", COUNT(busy));
	exposition_family(e, "fetches_joined_total", EXPOSITION_COUNTER,
		"Of those, the ones that another one under way answered, too.");
	exposition_sample(e, NULL, COUNT(joined));
	exposition_family(e, "names_resolved_total", EXPOSITION_COUNTER, "Names, by who answered.");
	exposition_sample(e, "source=\"server\"", COUNT(dns_queries));
	exposition_sample(e, "source=\"memory\"", COUNT(dns_cached));
	exposition_family(e, "fetched_bytes_total", EXPOSITION_COUNTER, "Bytes of bodies that came.");
	exposition_sample(e, NULL, COUNT(bytes));
#undef COUNT
}

bool
metrics_write(const struct supervisor *s, const json_t *worker, struct buffer *out)
{
	struct exposition e;

	exposition_begin(&e, out);
	write_configuration(&e, s);
	write_processes(&e, s);
	write_ca(&e, s);
	write_alarms(&e, s);
	write_lists(&e, s);
	write_counters(&e, s);
	write_reasons(&e, s, "origins_refused_total", "Origins whose certificate was refused, by why.", "refusals",
		VERIFY_UNJUDGED, VERIFY_REASONS, status_refusal_name);
	write_reasons(&e, s, "origin_connects_failed_total", "Connections to origins that failed, by why.",
		"connect_failures", ORIGIN_REFUSED, ORIGIN_ERRORS, status_failure_name);
	if (worker)
		write_gauges(&e, worker);
	write_fetches(&e, s);
	return exposition_end(&e);
}

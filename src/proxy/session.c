/* The life of a session.  See session.h. */
#include "proxy/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "proxy/clients.h"
#include "proxy/generation.h"
#include "proxy/origin_pool.h"
#include "proxy/pass_proof.h"
#include "proxy/recording.h"
#include "proxy/session_steps.h"

/* How long REFUSE may take to say why. */
#define REFUSE_NS 2000000000u

struct step {
	const char *name;
	enum step_result (*run)(struct session *s);
	enum step_result (*late)(struct session *s); /* NULL: the session ends as timed out */
	size_t deadline;                             /* offset in struct conf of the step's time, or 0 for none */
};

#define LIMIT(field) offsetof(struct conf, limits.field)

/* The out-edges are in the steps; the origin and the tunnel have deadlines of their own. */
static const struct step steps[SESSION_STEPS] = {
	[SESSION_PEEK] = {"peek", step_peek, late_peek, LIMIT(peek_ns)},
	[SESSION_ROUTE] = {"route", step_route, NULL, 0},
	[SESSION_DIAL] = {"dial", step_dial, NULL, 0},
	[SESSION_MINT] = {"mint", step_mint, NULL, LIMIT(handshake_ns)},
	[SESSION_GREET] = {"greet", step_greet, late_greet, LIMIT(handshake_ns)},
	[SESSION_SERVE] = {"serve", step_serve, late_serve, LIMIT(idle_ns)},
	[SESSION_TUNNEL] = {"tunnel", step_tunnel, NULL, 0},
	[SESSION_REFUSE] = {"refuse", step_refuse, NULL, LIMIT(handshake_ns)},
	[SESSION_CLOSE] = {"close", NULL, NULL, 0},
};

const char *
session_step_name(enum session_step step)
{
	return steps[step].name;
}

const char *
session_protocol_name(enum session_protocol protocol)
{
	static const char *const names[] = {
		[PROTOCOL_UNKNOWN] = "unknown",
		[PROTOCOL_SILENT] = "silent",
		[PROTOCOL_HTTP] = "http",
		[PROTOCOL_TLS] = "tls",
	};

	return names[protocol];
}

/* ---- the end ---- */

static void
session_free(struct session *s)
{
	struct proxy_thread *t = s->thread;

	loop_timer_disarm(&s->deadline);
	loop_timer_disarm(&s->origin_rest);
	session_end_rest(s);
	loop_task_cancel(&s->resume);
	loop_task_cancel(&s->redial);
	if (s->relay_runs)
		splice_relay_abort(&s->relay);
	counter_add(&t->counters.bytes_client_in, s->client_stream.stream.bytes_in);
	counter_add(&t->counters.bytes_client_out, s->client_stream.stream.bytes_out);
	if (s->client_http)
		s->client_http->ops->free(s->client_http, HTTP_OK); /* cut exchanges have reset it already */
	else
		stream_close(&s->client_stream.stream, false);
	if (!origin_pool_put(t->origin_pool, s->origin))
		origin_free(s->origin);
	X509_free(s->origin_certificate);
	session_release_mint(s);
	pass_proof_release(s);
	list_remove(&s->node);
	clients_leave(t->shared->clients, &s->client.addr);
	generation_release(s->generation);
	identity_release(&s->identity);
	free(s);
	proxy_thread_session_ended(t);
}

/* The session is freed at the end of the turn: whoever called us may still be inside its connections. */
enum step_result
session_over(struct session *s, const char *reason)
{
	if (s->is_over)
		return STEP_END;
	s->is_over = true;
	s->close_reason = reason;
	session_cut_exchanges(s, reason);
	if (!s->is_recorded)
		record_flow(s, reason);
	s->step = SESSION_CLOSE;
	loop_timer_disarm(&s->deadline);
	loop_defer(s->thread->loop, &s->resume);
	return STEP_END;
}

enum step_result
session_over_with_alert(struct session *s, uint8_t alert, const char *reason)
{
	tls_stream_send_alert(&s->client_stream.stream, alert);
	s->answer = "alert";
	return session_over(s, reason);
}

/* ---- running ---- */

enum step_result
session_go(struct session *s, enum session_step step)
{
	s->step = step;
	if (steps[step].deadline) {
		uint64_t ns;

		memcpy(&ns, (const char *)s->generation->conf + steps[step].deadline, sizeof ns);
		loop_timer_arm(&s->deadline, ns);
	} else
		loop_timer_disarm(&s->deadline);
	return STEP_NEXT;
}

void
session_run(struct session *s)
{
	while (!s->is_over && steps[s->step].run(s) == STEP_NEXT)
		continue;
}

static void
on_event(void *owner)
{
	session_run(owner);
}

const struct stream_events session_stream_events = {.on_readable = on_event, .on_writable = on_event};

static void
on_resume(struct loop_task *task)
{
	struct session *s = LIST_ENTRY(task, struct session, resume);

	if (s->is_over)
		session_free(s);
	else
		session_run(s);
}

static void
on_deadline(struct loop_timer *timer)
{
	struct session *s = LIST_ENTRY(timer, struct session, deadline);
	const struct step *step = &steps[s->step];
	enum step_result result;

	counter_add(&s->thread->counters.timeouts, 1);
	result = step->late ? step->late(s) : session_over(s, "timeout");
	if (result == STEP_NEXT)
		session_run(s);
}

struct session *
session_new(struct proxy_thread *thread, int fd, const struct endpoint *client, const struct endpoint *destination)
{
	struct session *s = calloc(1, sizeof *s);

	if (s)
		s->origin = origin_new(thread, thread->generation, s, session_on_origin);
	if (s == NULL || s->origin == NULL) {
		free(s);
		close(fd);
		return NULL;
	}
	s->thread = thread;
	s->generation = generation_share(thread->generation);
	s->id = ((uint64_t)thread->number << 48) | ++thread->next_session;
	s->client = *client;
	s->destination = *destination;
	identity_find(&s->identity, thread, &client->addr, s->generation->policy->facts);
	s->verdict = (struct verdict){.verb = VERB_UNDECIDED, .category = -1}; /* until policy is asked */
	s->started = clock_monotonic_ns();
	s->started_real = clock_realtime_ns();
	list_init(&s->exchanges);
	list_init(&s->waiting);
	list_init(&s->resting);
	loop_timer_init(&s->deadline, thread->loop, on_deadline);
	loop_timer_init(&s->origin_rest, thread->loop, session_on_origin_rest);
	loop_task_init(&s->resume, on_resume);
	loop_task_init(&s->redial, session_on_redial);
	tls_stream_init(&s->client_stream, thread->loop, fd);
	stream_set_owner(&s->client_stream.stream, &session_stream_events, s);
	mint_job_init(&s->mint, NULL);
	list_push_back(&thread->sessions, &s->node);
	thread->session_count++;
	session_go(s, SESSION_PEEK);
	session_run(s);
	return s;
}

void
session_abort(struct session *s, const char *reason)
{
	session_over(s, reason);
}

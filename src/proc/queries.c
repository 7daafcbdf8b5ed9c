/* Control requests on their way to the worker and back.  See queries.h. */
#include "proc/queries.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proc/alarm_checks.h"

void
queries_replied(struct supervisor *s, const struct ipc_message *m)
{
	for (unsigned i = 0; i < SUPERVISOR_QUERIES_MAX; i++) {
		struct pending_query *q = &s->queries[i];
		json_t *reply;

		if (q->id != m->id || q->id == 0)
			continue;
		q->id = 0;
		if (q->request == NULL && !q->is_own) {
			json_decref(q->answer);
			return;
		}
		if (q->answer) {
			control_answer_with(q->request, q->answer);
			q->request = NULL;
			return;
		}
		reply = json_loadb(m->payload.ptr, m->payload.len, 0, NULL);
		if (reply && (q->is_own || q->is_status)) {
			worker_counts_take(&s->counts, reply);
			alarm_checks_worker(s, reply);
		}
		if (q->is_own) {
			if (q->on_reply)
				q->on_reply(q->context, reply);
			json_decref(reply);
		} else
			commands_answer(s, q, reply);
		q->request = NULL;
		return;
	}
}

static void
query_is_gone(void *owner)
{
	struct pending_query *q = owner;

	q->request = NULL;
}

/* Sends the question.  NULL with its place, or why it could not be. */
static const char *
ask(struct supervisor *s, const json_t *arguments, struct pending_query **place)
{
	struct pending_query *q = s->queries;
	char *text;
	int error;

	while (q < s->queries + SUPERVISOR_QUERIES_MAX && q->id)
		q++;
	if (!s->worker_is_ready || q == s->queries + SUPERVISOR_QUERIES_MAX)
		return s->worker_is_ready ? "the worker is busy" : "the worker is not ready";
	text = json_dumps(arguments, JSON_COMPACT);
	if (++s->next_query == 0)
		s->next_query = 1;
	error = text ? ipc_send(s->worker.channel, IPC_QUERY, s->next_query, slice_of(text), NULL, 0) : -ENOMEM;
	free(text);
	if (error)
		return strerror(-error);
	*q = (struct pending_query){.id = s->next_query};
	*place = q;
	return NULL;
}

void
supervisor_ask_worker(struct supervisor *s, struct control_request *request, const json_t *arguments, bool is_status)
{
	struct pending_query *q = NULL;
	const char *mistake = ask(s, arguments, &q);

	if (mistake) {
		control_refuse(request, "ask again in a moment", "the worker cannot be asked: %s", mistake);
		return;
	}
	q->request = request;
	q->is_status = is_status;
	control_request_set_owner(request, q, query_is_gone);
}

void
supervisor_answer_after_worker(struct supervisor *s, struct control_request *request, json_t *answer)
{
	json_t *question = json_pack("{s:s}", "command", "status");
	struct pending_query *q = NULL;

	if (ask(s, question, &q) == NULL) {
		q->request = request;
		q->answer = answer;
		control_request_set_owner(request, q, query_is_gone);
	} else
		control_answer_with(request, answer);
	json_decref(question);
}

bool
queries_ask_status(struct supervisor *s, void (*on_reply)(void *context, const json_t *status), void *context)
{
	json_t *question = json_pack("{s:s}", "command", "status");
	struct pending_query *q = NULL;
	bool done = ask(s, question, &q) == NULL;

	if (done) {
		q->is_own = true;
		q->on_reply = on_reply;
		q->context = context;
	}
	json_decref(question);
	return done;
}

void
queries_forget(struct supervisor *s)
{
	for (unsigned i = 0; i < SUPERVISOR_QUERIES_MAX; i++) {
		struct pending_query *q = &s->queries[i];

		if (q->id && q->request && q->answer)
			control_answer_with(q->request, q->answer);
		else if (q->id && q->request)
			control_refuse(q->request, "ask again in a moment", "the worker has ended");
		else if (q->id && q->on_reply)
			q->on_reply(q->context, NULL);
		else if (q->id)
			json_decref(q->answer);
		*q = (struct pending_query){0};
	}
}

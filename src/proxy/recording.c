/* Sessions and exchanges as records.  See recording.h. */
#include "proxy/recording.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "intercept/neighbour.h"
#include "proxy/enforce.h"
#include "proxy/exchange_steps.h"
#include "proxy/generation.h"
#include "proxy/judge.h"
#include "proxy/override_exchange.h"
#include "proxy/suspicion.h"

#define URL_MAX 8192
#define TOPIC_SHOWN_MIN 10 /* per cent */

static const char *const warning_names[] = {
	[EXCHANGE_WARNED] = "shown",
	[EXCHANGE_FOLLOWS_WARNING] = "followed",
	[EXCHANGE_WARNING_ACCEPTED] = "accepted",
};

static enum record_action
action_of(enum verb verb)
{
	switch (verb) {
	case VERB_PASS:
		return RECORD_PASS;
	case VERB_BLOCK:
	case VERB_WARN:
		return RECORD_BLOCK;
	default:
		return RECORD_INSPECT;
	}
}

static void
fill_verdict(struct record *r, const struct policy *policy, const struct verdict *v,
	struct slice monitored[VERDICT_MONITORED_MAX])
{
	if (v->verb == VERB_UNDECIDED && v->rule == NULL)
		return; /* policy was not asked */
	r->rule_id = verdict_rule_id(v);
	r->rule_verb = v->rule && v->verb != VERB_UNDECIDED ? slice_of(verb_name(v->verb)) : SLICE_EMPTY;
	r->rule_category = slice_of(verdict_category(policy, v));
	r->rule_reason = verdict_reason(v);
	for (size_t i = 0; i < v->monitored_count; i++)
		monitored[i] = v->monitored[i]->id;
	r->monitor = (struct record_texts){monitored, v->monitored_count};
}

/* A rule that a code set aside. */
static void
fill_override(struct record *r, const struct verdict *v)
{
	if (v->exempted == NULL)
		return;
	r->override_id = v->exempted_by;
	r->override_rule = v->exempted->id;
}

/* A code that was sent. */
static void
fill_form(struct record *r, const struct override_form *form)
{
	r->override_id = form->id;
	r->override_rule = form->rule->id;
	r->override_result = slice_of(override_result_name(form->result));
}

/* What is known of every session, whatever became of it. */
static void
fill_session(struct record *r, const struct session *s)
{
	const struct tls_stream *tls = &s->client_stream;

	r->client = s->client;
	r->origin = s->destination;
	r->session = s->id;
	r->protocol = slice_of(session_protocol_name(s->protocol));
	r->server_name = s->protocol == PROTOCOL_TLS ? slice_of(s->site) : SLICE_EMPTY;
	r->ja4 = slice_of(s->ja4);
	r->ech = s->has_ech;
	r->untrusted_leaf = s->is_bad_origin;
	r->pass_proof = slice_of(s->pass_proof);
	r->answer = slice_of(s->answer);
	if (s->verify_reason)
		r->verify = slice_of(s->verify_reason);
	r->key = slice_of(s->verify_key);
	r->origin_resumed = s->origin->is_resumed;
	r->origin_ja4 = slice_of(s->origin->ja4);
	r->pq_downgrade = s->is_pq_downgrade;
	r->dial_ns = s->origin->dial_ns;
	if (tls_stream_is_tls(tls) && SSL_is_init_finished(tls->ssl)) {
		r->tls_version = SSL_version(tls->ssl) == TLS1_3_VERSION ? SLICE("1.3") : SLICE("1.2");
		r->tls_cipher = slice_of(SSL_get_cipher_name(tls->ssl));
		r->tls_resumed = SSL_session_reused(tls->ssl) == 1;
		r->next_protocol = tls_stream_alpn(tls);
	}
}

/* As much as the rule that decided lets be written. */
static void
write_record(struct proxy_thread *t, struct record *r, const struct verdict *v)
{
	enum rule_log log = v->rule && v->verb != VERB_UNDECIDED ? v->rule->log : RULE_LOG_FULL;
	enum record_urls keep = t->recorder.keep;

	if (log == RULE_LOG_NONE)
		return;
	if (log == RULE_LOG_BRIEF) {
		t->recorder.keep = RECORD_URLS_HOST;
		r->brief = true;
		r->referrer = r->user_agent = r->evidence = SLICE_EMPTY;
	}
	recorder_write(&t->recorder, r);
	t->recorder.keep = keep;
}

/* Whose request it was.  Groups lose the @ that policy knows them by. */
static void
fill_identity(struct record *r, const struct identity *identity, struct slice roles[USER_NAMES_MAX], char *mac)
{
	static const uint8_t none[6];
	const struct user_entry *user = identity->user;

	if (memcmp(identity->mac, none, sizeof none) != 0)
		r->client_mac = slice_of(mac_format(identity->mac, mac));
	if (user == NULL)
		return;
	r->user = user->names[0];
	for (size_t i = 1; i < user->count; i++)
		roles[i - 1] = slice_sub(user->names[i], 1, user->names[i].len);
	r->user_roles = (struct record_texts){roles, user->count - 1};
}

/* Passed by no rule, or read in spite of one. */
static void
fill_bypass(struct record *r, const struct session *s)
{
	if (s->bypass != BYPASS_NONE) {
		r->rule_id = SLICE("bypass");
		r->rule_verb = slice_of(verb_name(VERB_PASS));
		r->rule_reason = slice_of(bypass_reason_text(s->bypass));
	} else if (s->is_unread_for_clock)
		r->rule_reason = SLICE("date cannot be relied on");
	else if (s->is_ech_public && r->rule_reason.len == 0)
		r->rule_reason = SLICE(RECORD_REASON_HIDDEN_NAME);
}

void
record_flow(struct session *s, const char *error)
{
	struct record r = {.kind = RECORD_FLOW};
	struct slice monitored[VERDICT_MONITORED_MAX], roles[USER_NAMES_MAX];
	char mac[MAC_TEXT_MAX];

	s->is_recorded = true;
	fill_session(&r, s);
	fill_identity(&r, &s->identity, roles, mac);
	fill_verdict(&r, s->generation->policy, &s->verdict, monitored);
	fill_bypass(&r, s);
	fill_override(&r, &s->verdict);
	r.action = s->verdict.verb == VERB_BLOCK || s->is_refused ? RECORD_BLOCK
		   : s->is_passed                                 ? RECORD_PASS
								  : RECORD_INSPECT;
	r.started_ns = s->started_real;
	r.duration_ns = clock_monotonic_ns() - s->started;
	r.domain = slice_of(s->site);
	r.client_bytes = s->relay.direction[0].bytes;
	r.origin_bytes = s->relay.direction[1].bytes;
	r.close = slice_of(s->close_reason);
	if (!s->is_passed) {
		r.step = slice_of(session_step_name(s->step));
		r.error = slice_of(error);
	}
	write_record(s->thread, &r, &s->verdict);
}

/* What does not fit is cut off. */
static void
url_add(char *dst, size_t dst_size, size_t *n, struct slice part)
{
	part = slice_sub(part, 0, dst_size - *n);
	memcpy(dst + *n, part.ptr, part.len);
	*n += part.len;
}

/* The absolute URL of a request, into dst. */
static struct slice
format_url(const struct exchange *x, char *dst, size_t dst_size)
{
	const struct http_message *request = x->request;
	bool has_path = request->path.len && request->path.ptr[0] == '/';
	char destination[ENDPOINT_TEXT_MAX];
	struct slice authority = request->authority;
	size_t n = 0;

	if (authority.len == 0)
		authority = slice_of(endpoint_format(&x->session->destination, destination));
	url_add(dst, dst_size, &n, request->scheme);
	url_add(dst, dst_size, &n, SLICE("://"));
	url_add(dst, dst_size, &n, authority);
	url_add(dst, dst_size, &n, has_path ? request->path : SLICE_EMPTY);
	return slice_make(dst, n);
}

/* A media type without its parameters. */
static struct slice
bare_type(struct slice value)
{
	return slice_trim(slice_sub(value, 0, slice_find(value, ';')));
}

/* Texts that a record of an exchange borrows. */
struct texts {
	char url[URL_MAX];
	char evidence[RECORD_TEXT_MAX];
	char mac[MAC_TEXT_MAX];
	char suspicion[SUSPICION_TEXT_MAX];
	struct slice monitored[VERDICT_MONITORED_MAX];
	struct slice roles[USER_NAMES_MAX];
	struct slice enforced[ENFORCE_MEASURES];
	struct body_texts {
		struct slice topics[RECORD_LIST_MAX];
		char topic_text[RECORD_LIST_MAX][TEXT_LABEL_MAX + 8];
	} body, sent;
};

/* Each topic of 10 per cent and more, where the most likely one is not alone. */
static void
fill_topics(struct record_body *b, const struct exchange *x, const struct body_answer *answer, struct body_texts *texts)
{
	const struct text_model *model = x->generation->model;
	size_t count = 0;

	b->topic = answer->topic.label;
	b->topic_score = answer->topic.percent;
	if (b->topic.len == 0 || answer->topics == NULL || model == NULL)
		return;
	for (unsigned i = 0; i < model->header.classes && count < RECORD_LIST_MAX; i++) {
		if (answer->topics[i] < TOPIC_SHOWN_MIN)
			continue;
		snprintf(texts->topic_text[count], sizeof texts->topic_text[count], "%.*s=%u",
			SLICE_ARG(text_model_label(model, i)), answer->topics[i]);
		texts->topics[count] = slice_of(texts->topic_text[count]);
		count++;
	}
	if (count > 1)
		b->topics = (struct record_texts){texts->topics, count};
}

/* What was found in a body. */
static void
fill_content(struct record_body *b, const struct exchange *x, const struct content *c, struct body_texts *texts)
{
	struct body_answer answer;

	if (c->scan == NULL)
		return;
	body_scan_answer(c->scan, &answer);
	b->seen = c->is_whole ? SLICE("whole") : answer.has_read_enough ? SLICE("enough") : SLICE("part");
	if (answer.has_type) {
		b->type = slice_of(mime_type_name(answer.type.type));
		b->more_types = (struct record_texts){answer.more_types, answer.more_type_count};
	}
	if (answer.has_phrases) {
		b->score = answer.phrases.score > 0 ? (uint64_t)answer.phrases.score : 0;
		b->phrases = answer.phrases.verdict == PHRASES_ARE_BANNED     ? SLICE("banned")
			     : answer.phrases.verdict == PHRASES_ARE_EXCEPTED ? SLICE("excepted")
									      : SLICE_EMPTY;
	}
	fill_topics(b, x, &answer, texts);
	b->unread = content_unread(c);
}

/* What made the score, and what the looking cost. */
static void
fill_looking(struct record *r, const struct exchange *x, const struct content *c, char *evidence)
{
	struct body_answer answer;

	if (c->scan == NULL)
		return;
	body_scan_answer(c->scan, &answer);
	if (answer.has_phrases && answer.phrases.score > 0 && answer.phrases.hit_count)
		r->evidence = slice_of(phrases_rule_text(
			x->generation->phrases, answer.phrases.hits[0].rule, evidence, RECORD_TEXT_MAX));
	r->held_bytes = c->is_holding ? buffer_len(&c->held) : c->held_bytes;
	r->held_ns = c->is_holding ? clock_monotonic_ns() - c->begun : c->held_ns;
}

/* How large a body is, where the bytes that were carried do not tell. */
static void
fill_size(struct record_body *b, const struct content *c, uint64_t length, uint64_t carried)
{
	if (length == UINT64_MAX && c->is_whole)
		length = c->size;
	if (length != UINT64_MAX)
		b->size = length;
	else
		b->size_so_far = c->size > carried ? c->size : carried;
}

static void
fill_bodies(struct record *r, const struct exchange *x, struct texts *texts)
{
	const struct http_message *request = x->request;
	bool is_answered = x->step == EXCHANGE_ANSWER_SELF;
	uint64_t sent = request->body == HTTP_BODY_LENGTH ? request->content_length : UINT64_MAX;

	fill_content(&r->body, x, &x->content, &texts->body);
	fill_content(&r->sent, x, &x->sent, &texts->sent);
	fill_looking(r, x, x->content.scan ? &x->content : &x->sent, texts->evidence);
	if (x->replied && x->reply_is_exempt)
		r->body.seen = x->reply_length == UINT64_MAX ? SLICE("stream") : SLICE("empty");
	if (x->replied && (is_answered || !x->download.is_ended))
		fill_size(&r->body, &x->content, x->reply_length, is_answered ? 0 : x->body_out);
	r->sent_chunked = request->body == HTTP_BODY_CHUNKED;
	if (request->body != HTTP_BODY_NONE && (!exchange_has_body(request) || content_is_exempt(request)))
		r->sent.seen = sent == UINT64_MAX ? SLICE("stream") : SLICE("empty");
	else if (request->body != HTTP_BODY_NONE && x->client->body_state != HTTP_BODY_ENDED) {
		fill_size(&r->sent, &x->sent, sent, x->body_in);
		if (r->sent.seen.len == 0)
			r->sent.seen = SLICE("part");
	}
	if (r->body.unread.len || r->sent.unread.len)
		counter_add(&x->session->thread->counters.bodies_unread, 1);
}

/* What is searched for is as private as the URL that says it. */
static void
fill_names(struct record *r, struct exchange *x, char suspicion[SUSPICION_TEXT_MAX])
{
	struct facts facts = {.site = r->domain};

	if (x->generation->conf->record.urls == CONF_RECORD_URLS_FULL) {
		search_find(x);
		r->search = x->search.text;
	}
	suspicion_facts(x->generation, &facts, suspicion);
	r->suspicion = facts.suspicion;
}

static size_t
list_enforced(unsigned bits, struct slice names[ENFORCE_MEASURES])
{
	size_t count = 0;

	for (unsigned i = 0; i < ENFORCE_MEASURES; i++)
		if (bits & ENFORCE_BIT(i))
			names[count++] = enforce_measure_name((enum enforce_measure)i);
	return count;
}

/* Beside HTTP itself. */
static struct slice
application_name(const struct http_message *request)
{
	uint32_t application = judge_application(request);

	return application & APPLICATION_WEBSOCKET ? SLICE("websocket")
	       : application & APPLICATION_GRPC    ? SLICE("grpc")
						   : SLICE_EMPTY;
}

void
record_exchange(struct exchange *x)
{
	struct session *s = x->session;
	struct record r = {.kind = RECORD_EXCHANGE};
	const struct http_message *request = x->request;
	uint64_t now = clock_monotonic_ns();
	struct texts texts;

	fill_session(&r, s);
	fill_identity(&r, &x->identity, texts.roles, texts.mac);
	verdict_note_monitored(&x->verdict, &x->upload_verdict);
	fill_verdict(&r, x->generation->policy, &x->verdict, texts.monitored);
	r.action = action_of(x->verdict.verb);
	if (s->is_refused)
		r.action = RECORD_BLOCK; /* nothing of the origin was let through, whatever the rules say */
	else if (x->warning > EXCHANGE_WARNED || (s->is_ech_public && x->verdict.verb == VERB_PASS))
		r.action = RECORD_INSPECT;
	r.started_ns = x->started_real;
	r.duration_ns = now - x->started;
	r.exchange = x->number;
	r.url = format_url(x, texts.url, sizeof texts.url);
	r.domain = slice_of(x->host[0] ? x->host : s->site);
	r.method = request->method_text;
	r.http_version = slice_of(http_version_name(request->version));
	r.application = application_name(request);
	r.referrer = http_message_value(request, HTTP_FIELD_REFERER);
	r.user_agent = http_message_value(request, HTTP_FIELD_USER_AGENT);
	r.status = x->status;
	r.request_body_bytes = x->body_in;
	r.response_body_bytes = x->body_out;
	if (x->step == EXCHANGE_ANSWER_SELF)
		r.answer = slice_of(x->page.name);
	else if (x->reply)
		r.mime_type = bare_type(http_message_value(x->reply, HTTP_FIELD_CONTENT_TYPE));
	r.warning = slice_of(warning_names[x->warning]);
	fill_override(&r, x->verdict.exempted ? &x->verdict : &x->upload_verdict);
	if (r.override_id)
		counter_add(&s->thread->counters.exchanges_overridden, 1);
	if (x->form && x->form->rule)
		fill_form(&r, x->form);
	r.enforced = (struct record_texts){texts.enforced, list_enforced(x->enforced, texts.enforced)};
	r.origin_reused = x->origin_was_reused;
	r.client_frames = x->frames[0].frames;
	r.origin_frames = x->frames[1].frames;
	if (x->replied && x->request_sent && x->replied > x->request_sent)
		r.wait_ns = x->replied - x->request_sent;
	r.truncated = x->is_truncated;
	fill_bodies(&r, x, &texts);
	fill_names(&r, x, texts.suspicion);
	if (x->error) {
		r.error = slice_of(x->error);
		r.step = slice_of(exchange_step_name(x->step));
	}
	write_record(s->thread, &r, &x->verdict);
}

void
record_bad_request(struct session *s, struct slice line, const char *error, unsigned status)
{
	struct record r = {.kind = RECORD_EXCHANGE, .action = RECORD_INSPECT};
	size_t space = slice_find(line, ' ');

	fill_session(&r, s);
	r.started_ns = clock_realtime_ns();
	r.exchange = ++s->exchange_count;
	r.domain = slice_of(s->site);
	r.method = slice_sub(line, 0, space < 32 ? space : 0);
	r.status = status;
	r.error = slice_of(error);
	r.step = SLICE("read-head");
	recorder_write(&s->thread->recorder, &r);
}

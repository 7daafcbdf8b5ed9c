/* Facts of sessions and exchanges, and the evaluator's answers.  See judge.h. */
#include "proxy/judge.h"

#include <inttypes.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "policy/path.h"
#include "proxy/exchange_steps.h"
#include "proxy/generation.h"
#include "proxy/override_exchange.h"
#include "proxy/suspicion.h"

/* Who asks: the generation that it is judged by, and since when (monotonic ns). */
struct asker {
	struct overrides *overrides;
	const struct generation *generation;
	uint64_t since;
};

static struct asker
session_asks(const struct session *s)
{
	return (struct asker){s->thread->shared->overrides, s->generation, s->started};
}

static struct asker
exchange_asks(const struct exchange *x)
{
	return (struct asker){x->session->thread->shared->overrides, x->generation, x->started};
}

/* A block is asked about once more where codes were given that set rules aside.  What one lets through is read,
 * whatever the rules behind say: each request has its record. */
static void
exempt(const struct asker *asker, const struct facts *facts, struct verdict *verdict)
{
	const struct generation *g = asker->generation;
	struct override_exemption e;

	if (!g->conf->override.codes || !override_exemption_find(&e, asker->overrides, g->policy, facts, asker->since))
		return;
	policy_evaluate_exempting(g->policy, facts, &e.exemption, verdict);
	if (verdict->exempted && verdict->verb == VERB_PASS) {
		verdict->verb = VERB_INSPECT;
		verdict->rule = NULL;
		verdict->category = -1;
	}
}

/* The evaluator's answer; where everything is only watched, what would have been done is noted and not done. */
static void
ask(const struct asker *asker, const struct facts *facts, struct verdict *verdict)
{
	const struct generation *g = asker->generation;

	policy_evaluate(g->policy, facts, verdict);
	if (verdict->verb == VERB_BLOCK && overrides_exist(asker->overrides))
		exempt(asker, facts, verdict);
	if (!g->conf->monitor || (verdict->verb != VERB_BLOCK && verdict->verb != VERB_WARN))
		return;
	if (verdict->monitored_count < VERDICT_MONITORED_MAX)
		verdict->monitored[verdict->monitored_count++] = verdict->rule;
	verdict->verb = VERB_INSPECT;
	verdict->rule = NULL;
	verdict->category = -1;
}

/* Once more is known.  What was decided stays; monitor rules that waited for this are noted. */
static void
ask_again(const struct exchange *x, const struct facts *facts, struct verdict *verdict)
{
	struct asker asker = exchange_asks(x);
	struct verdict later;

	if (verdict->verb == VERB_UNDECIDED) {
		ask(&asker, facts, verdict);
		return;
	}
	policy_evaluate(x->generation->policy, facts, &later);
	verdict_note_monitored(verdict, &later);
	verdict->wanted = later.wanted;
}

static bool
is_settled(const struct verdict *verdict)
{
	return verdict->verb != VERB_UNDECIDED && verdict->wanted == 0;
}

/* What facts of one judgement borrow. */
struct backing {
	char issuer[JUDGE_ISSUER_MAX];
	const struct http_message *request;
	char content_length[24];
	char address[ADDR_TEXT_MAX];
	char suspicion[SUSPICION_TEXT_MAX];
	struct category_answer categories;
};

static enum fact_transport
transport_of(const struct session *s)
{
	switch (s->protocol) {
	case PROTOCOL_TLS:
		return TRANSPORT_TLS;
	case PROTOCOL_HTTP:
		return TRANSPORT_HTTP;
	default:
		return TRANSPORT_OTHER;
	}
}

/* The categories of the site, and of the URL where the path is known; of the address where the site has no name. */
static void
category_facts(const struct generation *g, struct facts *facts, struct slice path, struct backing *backing)
{
	const struct category_table *table = &g->categories.table;
	struct slice site = facts->site;

	facts->categories = facts->categories_possible = (struct fact_set){NULL, 0};
	if (g->categories.map == NULL || !fact_is_known(facts, FACT_CATEGORY))
		return;
	if (site.len == 0)
		site = slice_of(addr_format(&facts->destination.addr, backing->address));
	if (path.len)
		category_lookup_url(table, site, path, &backing->categories);
	else
		category_lookup_host(table, site, &backing->categories);
	facts->categories = (struct fact_set){backing->categories.listed, table->set_words};
	facts->categories_possible = (struct fact_set){backing->categories.possible, table->set_words};
}

/* One flow, and one exchange, is judged by the time at which it began, whenever more of it is known. */
static void
connection_facts(const struct session *s, uint64_t at, struct facts *facts, struct backing *backing)
{
	*facts = (struct facts){
		.client = s->client.addr,
		.destination = s->destination,
		.time = (int64_t)(at / 1000000000u),
		.transport = transport_of(s),
		.site = slice_of(s->site),
		.site_is_unproved = s->site_is_unproved,
		.ja4 = slice_of(s->ja4),
	};
	identity_facts(&s->identity, facts);
	facts_settle(facts, STAGE_CONNECTION);
	/* In the clear each request names its site; none was seen yet, or the flow carries many. */
	if (s->protocol == PROTOCOL_HTTP && s->site[0] == '\0')
		facts->known &= ~(FACT_BIT(FACT_SITE) | FACT_BIT(FACT_CATEGORY) | FACT_BIT(FACT_SHAPE));
	suspicion_facts(s->generation, facts, backing->suspicion);
	category_facts(s->generation, facts, SLICE_EMPTY, backing);
}

void
judge_certificate(X509 *certificate, struct facts *facts, char issuer[JUDGE_ISSUER_MAX])
{
	struct tm begin;

	X509_NAME_oneline(X509_get_issuer_name(certificate), issuer, JUDGE_ISSUER_MAX);
	facts->certificate.present = true;
	facts->certificate.issuer = slice_of(issuer);
	facts->certificate.self_signed = X509_self_signed(certificate, 0) == 1;
	if (ASN1_TIME_to_tm(X509_get0_notBefore(certificate), &begin) == 1)
		facts->certificate.age = facts->time - (int64_t)timegm(&begin);
}

static void
certificate_facts(const struct session *s, struct facts *facts, struct backing *backing)
{
	X509 *certificate = s->origin_certificate;

	facts->certificate.present = certificate != NULL;
	backing->issuer[0] = '\0';
	/* Putting it into words costs more than the rest of the facts together: only where a rule asks. */
	if (certificate && s->generation->policy->facts & FACT_BIT(FACT_CERTIFICATE))
		judge_certificate(certificate, facts, backing->issuer);
}

void
judge_connection(struct session *s, struct verdict *verdict)
{
	struct asker asker = session_asks(s);
	struct facts facts;
	struct backing backing;

	connection_facts(s, s->started_real, &facts, &backing);
	ask(&asker, &facts, verdict);
}

bool
judge_allows_bypass(struct session *s)
{
	struct facts facts;
	struct backing backing;

	connection_facts(s, s->started_real, &facts, &backing);
	return policy_may_bypass(s->generation->policy, &facts, NULL);
}

void
judge_origin(struct session *s, struct verdict *verdict)
{
	struct asker asker = session_asks(s);
	struct facts facts;
	struct backing backing;

	if (verdict->verb != VERB_UNDECIDED)
		return;
	connection_facts(s, s->started_real, &facts, &backing);
	certificate_facts(s, &facts, &backing);
	facts_settle(&facts, STAGE_ORIGIN);
	ask(&asker, &facts, verdict);
}

static bool
request_header(const void *context, struct slice name, unsigned nth, struct slice *value)
{
	const struct backing *backing = context;
	const struct http_message *request = backing->request;

	/* These two the message model has taken out of the fields. */
	if (slice_eq_nocase(name, SLICE("host")) && request->authority.len) {
		*value = request->authority;
		return nth == 0;
	}
	if (slice_eq_nocase(name, SLICE("content-length")) && backing->content_length[0]) {
		*value = slice_of(backing->content_length);
		return nth == 0;
	}
	for (size_t i = 0; i < request->field_count; i++) {
		if (!slice_eq_nocase(request->fields[i].name, name) || nth-- > 0)
			continue;
		*value = request->fields[i].value;
		return true;
	}
	return false;
}

uint32_t
judge_application(const struct http_message *request)
{
	uint32_t application = request->version == HTTP_VERSION_2 ? APPLICATION_HTTP2 : APPLICATION_HTTP1;

	if (request->is_upgrade || request->protocol.len)
		application |= APPLICATION_WEBSOCKET;
	if (slice_starts_with_nocase(http_message_value(request, HTTP_FIELD_CONTENT_TYPE), SLICE("application/grpc")))
		application |= APPLICATION_GRPC;
	return application;
}

/* The path in the one form in which rules are written; as it came where memory is out. */
static struct slice
judged_path(struct exchange *x)
{
	struct slice path = x->request->path;
	char *space;

	/* It is asked for again with every piece of a body. */
	if (x->judged_path.ptr == NULL) {
		space = arena_alloc(&x->client->arena, path.len + 1);
		x->judged_path = space ? policy_path(path, space) : path;
	}
	return x->judged_path;
}

static void
request_facts(struct exchange *x, struct facts *facts, struct backing *backing)
{
	connection_facts(x->session, x->started_real, facts, backing);
	certificate_facts(x->session, facts, backing);
	facts->users = NULL;
	facts->user_count = 0;
	identity_facts(&x->identity, facts);
	facts->site = slice_of(x->host[0] ? x->host : x->session->site);
	facts->application = judge_application(x->request);
	facts->path = judged_path(x);
	facts->method = x->request->method_text;
	facts->header = request_header;
	facts->header_context = backing;
	backing->request = x->request;
	backing->content_length[0] = '\0';
	if (x->request->body == HTTP_BODY_LENGTH)
		snprintf(backing->content_length, sizeof backing->content_length, "%" PRIu64,
			x->request->content_length);
	facts_settle(facts, STAGE_REQUEST);
	category_facts(x->generation, facts, facts->path, backing);
	suspicion_facts(x->generation, facts, backing->suspicion);
	search_facts(x, facts);
}

/* A request with a body is an upload, judged by itself; how large it is is known where it says so. */
static void
upload_facts(const struct exchange *x, struct facts *facts)
{
	facts->direction = DIRECTION_UPLOAD;
	facts_learn(facts, FACT_DIRECTION);
	if (x->request->body == HTTP_BODY_LENGTH) {
		facts->size = x->request->content_length;
		facts_learn(facts, FACT_SIZE);
	}
	if (!exchange_has_body(x->request) || content_is_exempt(x->request))
		facts_settle(facts, STAGE_BODY); /* nothing will be read */
	else
		facts->known |= CONTENT_FACTS & ~x->generation->policy->upload_facts;
}

/* What was learnt of a body, into facts that may know its size already. */
static void
body_facts(struct content *c, struct facts *facts)
{
	bool size_is_known = fact_is_known(facts, FACT_SIZE);
	uint64_t size = facts->size;

	content_facts(c, facts);
	if (size_is_known)
		facts->size = size;
}

/* Whether the verdict on the upload stops the exchange; it is then the exchange's. */
static bool
take_upload_verdict(struct exchange *x)
{
	if (x->upload_verdict.verb != VERB_BLOCK && x->upload_verdict.verb != VERB_WARN)
		return false;
	x->verdict = x->upload_verdict;
	return true;
}

void
judge_request(struct exchange *x, struct verdict *verdict)
{
	struct asker asker = exchange_asks(x);
	struct facts facts, upload;
	struct backing backing;

	request_facts(x, &facts, &backing);
	if (x->request->body != HTTP_BODY_NONE) {
		upload = facts;
		upload_facts(x, &upload);
		ask(&asker, &upload, &x->upload_verdict);
		if (take_upload_verdict(x))
			return;
	}
	ask(&asker, &facts, verdict);
}

void
judge_searched(struct exchange *x, struct verdict *verdict)
{
	struct facts facts;
	struct backing backing;

	request_facts(x, &facts, &backing);
	ask_again(x, &facts, verdict);
}

/* What no rule about uploads asks of them stays absent, as it was said to be. */
static void
hide_unasked(struct facts *facts, uint32_t asked)
{
	if (!(asked & FACT_BIT(FACT_TYPE))) {
		facts->mime = SLICE_EMPTY;
		facts->more_mime_count = 0;
		facts->type_classes = 0;
	}
	if (!(asked & FACT_BIT(FACT_PHRASES)))
		facts->phrases = 0;
	if (!(asked & FACT_BIT(FACT_TOPIC)))
		facts->topic_count = 0;
	if (!(asked & FACT_BIT(FACT_UNREAD)))
		facts->unread = SLICE_EMPTY;
}

bool
judge_sent(struct exchange *x)
{
	struct facts facts;
	struct backing backing;

	if (!content_is_wanted(&x->upload_verdict) ||
		!content_has_news(&x->sent, x->upload_verdict.needs | x->upload_verdict.wanted))
		return false;
	request_facts(x, &facts, &backing);
	upload_facts(x, &facts);
	body_facts(&x->sent, &facts);
	hide_unasked(&facts, x->generation->policy->upload_facts);
	ask_again(x, &facts, &x->upload_verdict);
	return take_upload_verdict(x);
}

/* The response's head: its direction, and its size where the origin says it. */
static void
reply_facts(struct exchange *x, struct facts *facts, struct backing *backing)
{
	const struct http_message *reply = x->reply;

	request_facts(x, facts, backing);
	facts->direction = DIRECTION_DOWNLOAD;
	facts_learn(facts, FACT_DIRECTION);
	if (reply->body == HTTP_BODY_NONE || reply->body == HTTP_BODY_LENGTH) {
		facts->size = reply->body == HTTP_BODY_LENGTH ? reply->content_length : 0;
		facts_learn(facts, FACT_SIZE);
	}
	if (reply->body == HTTP_BODY_NONE || (reply->body == HTTP_BODY_LENGTH && reply->content_length == 0) ||
		content_is_exempt(reply))
		facts_settle(facts, STAGE_BODY); /* nothing will be read */
}

void
judge_reply(struct exchange *x, struct verdict *verdict)
{
	struct facts facts;
	struct backing backing;

	if (is_settled(verdict))
		return;
	reply_facts(x, &facts, &backing);
	ask_again(x, &facts, verdict);
}

void
judge_content(struct exchange *x, struct verdict *verdict)
{
	struct facts facts;
	struct backing backing;

	if (!content_is_wanted(verdict) || !content_has_news(&x->content, verdict->needs | verdict->wanted))
		return;
	reply_facts(x, &facts, &backing);
	body_facts(&x->content, &facts);
	ask_again(x, &facts, verdict);
}

/* sluicectl explain: what the policy says of a request, and why, by the very evaluator that runs live. */
#include "ctl/daemon.h"
#include "ctl/explain_batch.h"
#include "ctl/explain_certificate.h"
#include "ctl/explain_override.h"
#include "ctl/json_view.h"
#include "ctl/judgement.h"
#include "ctl/terminal.h"
#include "policy/explain.h"

#include <string.h>

extern const struct ctl_command cmd_explain;

#define TEXT_MAX (1u << 20)
#define BYPASS_TIMEOUT_MS 2000

struct options {
	struct option_addr client;
	const char *url;
	uint64_t at;
	const char *method;
	const char *type;
	const char *user;
	const char *mac;
	const char *ja4;
	const char *policy;
	const char *batch;
	struct option_addr destination;
	const char *certificate;
	struct option_count size;
	struct option_count score;
	bool upload;
	const char *topic;
	struct option_count override;
};

static const struct addr no_addr;

#define NO_TOPIC "--topic wants a topic of the model, such as sports or sports=80; see model show"

static const struct ctl_option rows[] = {
	{"client", 0, OPTION_ADDR, offsetof(struct options, client), "ADDRESS", "who asks"},
	{"url", 0, OPTION_TEXT, offsetof(struct options, url), "URL", "for what"},
	{"at", 0, OPTION_TIME, offsetof(struct options, at), "TIME", "when; now without"},
	{"method", 0, OPTION_TEXT, offsetof(struct options, method), "METHOD", "how; GET without"},
	{"type", 0, OPTION_TEXT, offsetof(struct options, type), "TYPE", "the content's type, such as application/zip"},
	{"size", 0, OPTION_COUNT, offsetof(struct options, size), "BYTES", "the content's size"},
	{"score", 0, OPTION_COUNT, offsetof(struct options, score), "N", "the content's score by phrases"},
	{"upload", 0, OPTION_FLAG, offsetof(struct options, upload), NULL, "the content is what the client sends"},
	{"topic", 0, OPTION_TEXT, offsetof(struct options, topic), "NAME[=PERCENT]",
		"what the content is about; 100 per cent without"},
	{"user", 0, OPTION_TEXT, offsetof(struct options, user), "NAME[,@GROUP...]",
		"the client's user and his groups; without, whom the files of users name"},
	{"mac", 0, OPTION_TEXT, offsetof(struct options, mac), "ADDRESS", "the client's hardware address"},
	{"ja4", 0, OPTION_TEXT, offsetof(struct options, ja4), "FINGERPRINT", "of the client's ClientHello"},
	{"certificate", 0, OPTION_TEXT, offsetof(struct options, certificate), "FILE",
		"the chain (PEM, leaf first) that the origin presents, for the daemon's verifier to judge"},
	{"destination", 0, OPTION_ADDR, offsetof(struct options, destination), "ADDRESS", "the origin's address"},
	{"override", 0, OPTION_COUNT, offsetof(struct options, override), "ID",
		"as if this code (see override list) had been entered there"},
	{"policy", 0, OPTION_TEXT, offsetof(struct options, policy), "FILE", "the rules of this configuration"},
	{"batch", 0, OPTION_TEXT, offsetof(struct options, batch), "FILE",
		"a request in each line, as JSON; answered line by line, without the walk (- for standard input)"},
};

/* Texts that must fit where facts keep them; the first that does not is named. */
static const char *
describe_client(struct situation *s, const struct options *o)
{
	struct facts *f = &s->facts;

	f->client = o->client.addr;
	if (!situation_set_url(s, slice_of(o->url)))
		return "--url wants a whole URL, such as https://www.example.org/";
	if (o->mac && !mac_parse(slice_of(o->mac), f->mac))
		return "--mac wants an address such as 02:00:00:aa:bb:cc";
	if (o->user && !situation_set_user(s, slice_of(o->user)))
		return "--user is too long";
	if (o->ja4 && !situation_set_text(s->ja4, sizeof s->ja4, slice_of(o->ja4), &f->ja4))
		return "--ja4 is too long";
	if (o->destination.is_set)
		f->destination.addr = o->destination.addr;
	return NULL;
}

static const char *
describe_body(struct situation_body *b, const struct options *o)
{
	b->size = o->size.value;
	b->phrases = (int32_t)(o->score.value < INT32_MAX ? o->score.value : INT32_MAX);
	b->known = (o->type ? FACT_BIT(FACT_TYPE) : 0) | (o->size.is_set ? FACT_BIT(FACT_SIZE) : 0) |
		   (o->score.is_set ? FACT_BIT(FACT_PHRASES) : 0) | (o->topic ? FACT_BIT(FACT_TOPIC) : 0);
	if (o->type && !situation_add_type(b, slice_of(o->type)))
		return "--type is too long";
	if (o->topic && !situation_add_topic(b, slice_of(o->topic)))
		return NO_TOPIC;
	return NULL;
}

static const char *
describe_request(struct situation *s, const struct options *o)
{
	struct facts *f = &s->facts;

	if (!situation_set_text(
		    s->method, sizeof s->method, o->method ? slice_of(o->method) : SLICE("GET"), &f->method))
		return "--method is too long";
	f->application = APPLICATION_HTTP1;
	facts_settle(f, STAGE_REQUEST);
	/* Whoever asks may not know these, and the live proxy will. */
	if (f->transport == TRANSPORT_TLS)
		f->known &= ~(FACT_BIT(FACT_CERTIFICATE) | (o->ja4 ? 0 : FACT_BIT(FACT_JA4)));
	f->known &= ~FACT_BIT(FACT_HEADER);
	if (addr_eq(&f->destination.addr, &no_addr))
		f->known &= ~FACT_BIT(FACT_DESTINATION);
	return describe_body(o->upload ? &s->upload : &s->download, o);
}

static json_t *
text(struct slice s)
{
	return json_stringn(s.ptr, s.len);
}

static json_t *
walk_to_json(const struct explanation *e)
{
	static const char *const kinds[] = {
		[EXPLAIN_GROUP] = "group",
		[EXPLAIN_CONDITION] = "condition",
		[EXPLAIN_EXCEPTION] = "exception",
		[EXPLAIN_RULE] = "rule",
	};
	json_t *walk = json_array();

	for (size_t i = 0; i < e->count; i++) {
		const struct explain_row *row = &e->rows[i];

		json_array_append_new(walk, json_pack("{s:o, s:s, s:o, s:s, s:o}", "rule", text(row->rule->id), "kind",
						    kinds[row->kind], "what", text(row->what), "truth",
						    truth_name(row->truth), "evidence", text(row->evidence)));
	}
	return walk;
}

/* "verb" is what happens: where nothing is decided yet, the request is inspected. */
static void
print_json(struct ctl *ctl, const struct policy *policy, const struct explanation *e, json_t *bypass, json_t *origin,
	json_t *overrides)
{
	const struct verdict *v = &e->verdict;
	bool undecided = v->verb == VERB_UNDECIDED;
	const char *category = verdict_category(policy, v);
	char needs[256];
	json_t *j = json_pack("{s:s, s:b, s:o, s:o, s:s?, s:s, s:s, s:o}", "verb",
		undecided ? verb_name(VERB_INSPECT) : verb_name(v->verb), "decided", !undecided, "rule",
		text(verdict_rule_id(v)), "reason", text(verdict_reason(v)), "category", category, "waits_for",
		undecided ? facts_list(v->needs, needs, sizeof needs) : "", "decided_at",
		undecided ? policy_stage_name(v->next) : "", "walk", walk_to_json(e));
	json_t *monitored = json_array();

	for (size_t i = 0; i < v->monitored_count; i++)
		json_array_append_new(monitored, text(v->monitored[i]->id));
	json_object_set_new(j, "monitored", monitored);
	if (bypass)
		json_object_set(j, "bypass", bypass);
	if (origin)
		json_object_set(j, "origin", origin);
	if (overrides)
		json_object_set(j, "overrides", overrides);
	if (v->exempted)
		json_object_set_new(j, "set_aside", text(v->exempted->id));
	json_object_set_new(j, "needs_proof", json_boolean(verdict_needs_proof(v)));
	json_view_dump(ctl, j);
	json_decref(j);
}

/* The bypass of this client and host that the daemon knows of, where one of this configuration runs; the caller's, or
 * NULL.  "allowed": whether these rules let it be used. */
static json_t *
find_bypass(struct ctl *ctl, const struct policy *policy, const struct facts *facts)
{
	json_t *answer = NULL, *row, *found = NULL;
	struct facts of_connection = *facts;
	char client[ADDR_TEXT_MAX];
	int status;
	size_t i;

	/* It is asked for before anything else is known. */
	for (unsigned f = 0; f < FACTS; f++)
		if (fact_stage(f) > STAGE_CONNECTION)
			of_connection.known &= ~FACT_BIT(f);
	addr_format(&facts->client, client);
	if (facts->transport != TRANSPORT_TLS || !daemon_is_running(ctl, &status) ||
		daemon_ask(ctl, json_pack("{s:s,s:s}", "command", "bypass", "action", "list"), BYPASS_TIMEOUT_MS,
			EX_UNAVAILABLE, NULL, NULL, &answer) != EX_OK)
		return NULL;
	json_array_foreach(json_object_get(answer, "bypasses"), i, row)
	{
		const char *of_client = json_string_value(json_object_get(row, "client"));
		const char *site = json_string_value(json_object_get(row, "site"));

		if (found == NULL && json_is_true(json_object_get(row, "active")) && site &&
			slice_eq(slice_of(site), facts->site) && of_client &&
			(strcmp(of_client, "any") == 0 || strcmp(of_client, client) == 0))
			found = json_incref(row);
	}
	json_decref(answer);
	if (found)
		json_object_set_new(found, "allowed", json_boolean(policy_may_bypass(policy, &of_connection, NULL)));
	return found;
}

static void
print_bypass(struct ctl *ctl, const json_t *bypass)
{
	const char *ja4 = json_string_value(json_object_get(bypass, "ja4"));

	fprintf(ctl->out, "bypass: %s, of client %s%s%s: %s\n", json_string_value(json_object_get(bypass, "reason")),
		json_string_value(json_object_get(bypass, "client")), ja4 && *ja4 ? " with the fingerprint " : "",
		ja4 ? ja4 : "",
		json_is_true(json_object_get(bypass, "allowed")) ? "the connection is passed, unless a rule blocks it"
								 : "these rules forbid it");
}

static int
explain(struct ctl *ctl, const struct policy_file *file, const struct facts *facts, json_t *bypass, json_t *origin,
	const struct entered_override *entered)
{
	const struct policy *policy = file->policy;
	struct buffer out = buffer_make(TEXT_MAX);
	struct explanation e;
	struct slice line, rest;
	json_t *overrides;

	policy_explain(policy, facts, entered->id ? &entered->exemption : NULL, &e);
	overrides = entered->id || bypass ? NULL : explain_overrides_find(ctl, file, facts, &e.verdict);
	if (ctl->json) {
		print_json(ctl, policy, &e, bypass, origin, overrides);
	} else {
		explanation_print(policy, &e, &out);
		for (rest = buffer_slice(&out); slice_split(&rest, '\n', &line) && rest.ptr;) {
			terminal_put(ctl->out, line);
			fputc('\n', ctl->out);
		}
		if (bypass)
			print_bypass(ctl, bypass);
		if (origin)
			explain_certificate_print(ctl, origin);
		explain_overrides_print(ctl, overrides);
	}
	json_decref(overrides);
	explanation_release(&e);
	buffer_release(&out);
	return EX_OK;
}

static int
run_one(struct ctl *ctl, const struct options *options)
{
	struct policy_file file = {0};
	struct situation situation;
	struct facts facts;
	struct entered_override entered = {.id = 0};
	const char *wrong;
	json_t *origin = NULL;
	int status;

	situation_init(&situation);
	situation.facts.time = (int64_t)(options->at / 1000000000u);
	wrong = describe_client(&situation, options);
	if (wrong == NULL)
		wrong = describe_request(&situation, options);
	if (wrong)
		return ctl_fail_usage(ctl, "%s", wrong);
	status = policy_file_load(ctl, options->policy ? options->policy : ctl->conf_path, &file);
	if (status == EX_OK) {
		judgement_prepare(&file, &situation, options->user != NULL);
		if (judgement_unknown_topic(&file, &situation))
			status = ctl_fail_usage(ctl, "%s", NO_TOPIC);
	}
	if (status == EX_OK && options->certificate)
		status = explain_certificate(ctl, options->certificate, &situation, &origin);
	if (status == EX_OK && options->override.is_set)
		status = explain_override_enter(ctl, options->override.value, &file, &facts, &entered);
	if (status == EX_OK) {
		json_t *bypass = options->policy ? NULL : find_bypass(ctl, file.policy, &situation.facts);

		judgement_facts(&file, &situation, options->upload ? DIRECTION_UPLOAD : DIRECTION_DOWNLOAD, &facts);
		status = explain(ctl, &file, &facts, bypass, origin, &entered);
		json_decref(bypass);
	}
	json_decref(origin);
	policy_file_release(&file);
	return status;
}

static int
run_batch(struct ctl *ctl, const struct options *options)
{
	struct policy_file file = {0};
	int status = policy_file_load(ctl, options->policy ? options->policy : ctl->conf_path, &file);

	if (status == EX_OK)
		status = explain_batch(ctl, &file, options->batch);
	policy_file_release(&file);
	return status;
}

static int
run(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {.at = ctl->now_ns};
	int first, status = option_parse(ctl, argc, argv, &options, NULL, &first);

	if (status != EX_OK || first < 0)
		return status;
	if (options.batch) {
		if (options.client.is_set || options.url || first < argc)
			return ctl_fail_usage(ctl, "explain --batch FILE wants no --client, no --url and no operands");
		return run_batch(ctl, &options);
	}
	if (!options.client.is_set || options.url == NULL || first < argc)
		return ctl_fail_usage(ctl, "explain wants --client ADDRESS and --url URL, and no operands");
	return run_one(ctl, &options);
}

const struct ctl_command cmd_explain = {
	.name = "explain",
	.operands = "",
	.summary = "Say what the policy decides of a request, and why",
	.help = "Every rule up to the one that decides is shown, with the fact that made it true, false or unknown, "
		"and "
		"with the exception that lifted it. What the options do not tell is taken for absent, or for not known "
		"yet where only the traffic can tell.",
	.options = rows,
	.option_count = sizeof rows / sizeof rows[0],
	.run = run,
};

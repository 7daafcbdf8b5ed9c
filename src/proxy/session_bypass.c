/* Bypasses of a session: whether one is used, and what is learnt of a flow that cannot be read.  The memory is
 * proxy/bypasses.h; the reasons are in docs/decisions/bypass.md. */
#include <string.h>
#include <time.h>

#include "proxy/bypasses.h"
#include "proxy/clients.h"
#include "proxy/generation.h"
#include "proxy/judge.h"
#include "proxy/session_steps.h"

static struct bypass_flow
flow_of(const struct session *s)
{
	return (struct bypass_flow){
		.client = s->client.addr,
		.destination = s->destination,
		.site = s->sni_status == SNI_NAME ? s->site : "",
		.ja4 = s->ja4,
		.issuer = session_issuer(s),
	};
}

static struct bypass_limits
limits_of(const struct session *s)
{
	const struct conf *conf = s->generation->conf;

	return (struct bypass_limits){
		.learns = conf->bypass.learn,
		.refusals = conf->bypass.refusals,
		.seconds = (int64_t)(conf->bypass.for_ns / 1000000000u),
		.max = conf->bypass.max,
	};
}

uint64_t
session_issuer(const struct session *s)
{
	uint64_t id;

	memcpy(&id, s->generation->issuers->ids[MINT_TRUSTED], sizeof id);
	return id;
}

/* HOST, or *.HOST for every host below it. */
static bool
matches(const char *pattern, const char *site)
{
	size_t len = strlen(site), tail;

	if (strncmp(pattern, "*.", 2) != 0)
		return strcmp(pattern, site) == 0;
	tail = strlen(pattern) - 1;
	return len > tail && strcmp(site + len - tail, pattern + 1) == 0;
}

bool
session_hides_its_name(const struct session *s)
{
	const struct conf_texts *names = &s->generation->conf->tls.ech_public_names;

	for (size_t i = 0; s->has_ech && i < names->count; i++)
		if (matches(names->items[i], s->site))
			return true;
	return false;
}

bool
session_take_bypass(struct session *s)
{
	struct bypass_flow flow = flow_of(s);

	s->bypass = bypasses_find(s->thread->shared->bypasses, &flow, time(NULL));
	if (s->bypass != BYPASS_NONE && !judge_allows_bypass(s))
		s->bypass = BYPASS_NONE;
	return s->bypass != BYPASS_NONE;
}

void
session_note_accepted(struct session *s)
{
	struct bypass_flow flow = flow_of(s);

	s->is_acceptance_noted = true;
	if (s->is_bad_origin && !s->is_page_trusted)
		return;
	clients_note_trust(s->thread->shared->clients, &s->client.addr, session_issuer(s), true);
	/* A page is no proof that the client takes the name's own leaf. */
	if (s->is_page_only || s->is_page_trusted)
		flow.site = "";
	bypasses_note_accepted(s->thread->shared->bypasses, &flow);
}

void
session_note_refusal(struct session *s, int alert)
{
	struct clients *clients = s->thread->shared->clients;
	bool accepts_ca = clients_trust(clients, &s->client.addr, session_issuer(s)) == CLIENT_TRUSTS_CA;
	struct bypass_flow flow = flow_of(s);
	struct bypass_limits limits = limits_of(s);

	clients_note_trust(clients, &s->client.addr, session_issuer(s), false);
	if (s->is_page_only || s->is_page_trusted || session_hides_its_name(s) || !judge_allows_bypass(s))
		return;
	if (bypasses_note_refusal(s->thread->shared->bypasses, &flow, accepts_ca, alert, &limits, time(NULL)) ==
		BYPASS_LEARNT)
		counter_add(&s->thread->counters.bypasses_learnt, 1);
}

void
session_note_client_certificate(struct session *s)
{
	struct bypass_flow flow = flow_of(s);
	struct bypass_limits limits = limits_of(s);

	counter_add(&s->thread->counters.client_certificates_demanded, 1);
	if (session_hides_its_name(s) || !judge_allows_bypass(s))
		return;
	if (bypasses_note_client_certificate(s->thread->shared->bypasses, &flow, &limits, time(NULL)))
		counter_add(&s->thread->counters.bypasses_learnt, 1);
}

bool
session_origin_wants_certificate(struct session *s)
{
	if (!origin_wants_certificate(s->origin))
		return false;
	session_note_client_certificate(s);
	/* The client's next request comes on a connection that can be passed. */
	session_drain(s);
	return true;
}

/* nginx asks every client, lets it in, and answers like this (its own 495 and 496 are shown as 400). */
#define STATUS_BAD_REQUEST 400

void
session_note_reply(struct session *s, unsigned status)
{
	if (!s->origin->asks_for_certificate || status != STATUS_BAD_REQUEST)
		return;
	session_note_client_certificate(s);
	session_drain(s);
}

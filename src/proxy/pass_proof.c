/* Whether a pass that rests on a name may be given.  See pass_proof.h. */
#include "proxy/pass_proof.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "proxy/generation.h"
#include "proxy/session_steps.h"

/* How long a proof holds, and how long what failed is not tried again. */
#define PROOF_NS UINT64_C(3600000000000)
#define FAILED_NS UINT64_C(30000000000)
/* Longer than this nobody waits for the name's addresses: the certificate is asked. */
#define NAMES_NS UINT64_C(2000000000)
#define KEY_MAX (sizeof(struct endpoint) + HOST_NAME_LEN_MAX)

enum proof { PROOF_NONE, PROOF_DNS, PROOF_CERTIFICATE };

/* As records say it. */
static const char *const proof_names[] = {
	[PROOF_NONE] = "none",
	[PROOF_DNS] = "dns",
	[PROOF_CERTIFICATE] = "certificate",
};

struct remembered {
	struct list_node by_age; /* the oldest first */
	uint64_t expires;
	enum proof proof;
	size_t key_len;
	char key[KEY_MAX];
};

struct pass_proofs {
	struct map by_key; /* struct remembered, owned */
	struct list_node by_age;
	size_t max;
};

/* A proof that is sought. */
struct pass_proof {
	struct session *session;
	struct fetch_job names;
	struct loop_timer patience;
	struct origin *probe;
	bool is_over;
	enum proof found;
};

/* ---- the memory ---- */

struct pass_proofs *
pass_proofs_new(size_t max)
{
	struct pass_proofs *proofs = calloc(1, sizeof *proofs);

	if (proofs == NULL)
		return NULL;
	map_init(&proofs->by_key);
	list_init(&proofs->by_age);
	proofs->max = max;
	return proofs;
}

static void
forget(struct pass_proofs *proofs, struct remembered *r)
{
	map_remove(&proofs->by_key, slice_make(r->key, r->key_len));
	list_remove(&r->by_age);
	free(r);
}

void
pass_proofs_free(struct pass_proofs *proofs)
{
	if (proofs == NULL)
		return;
	LIST_FOR_EACH(node, following, &proofs->by_age)
	forget(proofs, LIST_ENTRY(node, struct remembered, by_age));
	map_release(&proofs->by_key);
	free(proofs);
}

static size_t
make_key(const struct session *s, char key[KEY_MAX])
{
	size_t len = strlen(s->site);

	memset(key, 0, sizeof(struct endpoint));
	memcpy(key, s->destination.addr.bytes, sizeof s->destination.addr.bytes);
	memcpy(key + sizeof s->destination.addr.bytes, &s->destination.port, sizeof s->destination.port);
	memcpy(key + sizeof(struct endpoint), s->site, len);
	return sizeof(struct endpoint) + len;
}

static const struct remembered *
recall(const struct session *s)
{
	struct pass_proofs *proofs = s->thread->proofs;
	char key[KEY_MAX];
	struct remembered *r = map_get(&proofs->by_key, slice_make(key, make_key(s, key)));

	if (r && r->expires <= loop_now(s->thread->loop)) {
		forget(proofs, r);
		r = NULL;
	}
	return r;
}

static void
remember(const struct session *s, enum proof proof)
{
	struct pass_proofs *proofs = s->thread->proofs;
	struct remembered *r = malloc(sizeof *r), *old;

	if (r == NULL)
		return;
	r->proof = proof;
	r->expires = loop_now(s->thread->loop) + (proof == PROOF_NONE ? FAILED_NS : PROOF_NS);
	r->key_len = make_key(s, r->key);
	old = map_get(&proofs->by_key, slice_make(r->key, r->key_len));
	if (old)
		forget(proofs, old);
	else if (proofs->by_key.count >= proofs->max)
		forget(proofs, LIST_ENTRY(proofs->by_age.next, struct remembered, by_age));
	list_push_back(&proofs->by_age, &r->by_age);
	if (!map_put(&proofs->by_key, slice_make(r->key, r->key_len), r)) {
		list_remove(&r->by_age);
		free(r);
	}
}

/* ---- seeking ---- */

static void
proof_over(struct pass_proof *proof, enum proof found, bool is_sure)
{
	fetch_job_cancel(&proof->names);
	loop_timer_disarm(&proof->patience);
	proof->is_over = true;
	proof->found = found;
	if (is_sure)
		remember(proof->session, found);
	if (!proof->session->is_over)
		session_run(proof->session);
}

/* A handshake may fail after the certificate was accepted: the server wants one of the client, which it will get. */
static void
on_probe(struct origin *probe)
{
	struct pass_proof *proof = probe->owner;
	bool is_proved = verify_verdict_accepts(&probe->verify.verdict);
	bool is_refused = probe->error == ORIGIN_CERTIFICATE;

	proof->probe = NULL;
	origin_retire(probe);
	proof_over(proof, is_proved ? PROOF_CERTIFICATE : PROOF_NONE, is_proved || is_refused);
}

/* The name's addresses do not tell: whether the server can show that it is the one. */
static void
ask_server(struct pass_proof *proof)
{
	struct session *s = proof->session;
	struct origin_target target = {
		.destination = s->destination,
		.is_tls = true,
		.server_name = slice_of(s->site),
		.alpn_wire = SLICE_EMPTY,
		.offer = &s->offer,
		.client_ja4 = s->ja4,
	};

	fetch_job_cancel(&proof->names);
	loop_timer_disarm(&proof->patience);
	if (s->protocol == PROTOCOL_TLS)
		proof->probe = origin_new(s->thread, s->generation, proof, on_probe);
	if (proof->probe)
		origin_dial(proof->probe, &target);
	else
		proof_over(proof, PROOF_NONE, true); /* in the clear nobody can show anything */
}

static void
on_names(struct fetch_job *job, const struct fetch_answer *answer, int *fd)
{
	struct pass_proof *proof = LIST_ENTRY(job, struct pass_proof, names);
	struct addr addrs[FETCH_ADDRESSES_MAX];
	size_t count = fetch_answer_addresses(answer, addrs);

	(void)fd;
	for (size_t i = 0; i < count; i++)
		if (addr_eq(&addrs[i], &proof->session->destination.addr)) {
			proof_over(proof, PROOF_DNS, true);
			return;
		}
	ask_server(proof);
}

static void
on_patience_over(struct loop_timer *timer)
{
	ask_server(LIST_ENTRY(timer, struct pass_proof, patience));
}

/* ---- the session ---- */

/* The name decided: in this rule, in its conditions or as the key to its categories; or the administrator has pinned
 * it.
 */
static bool
rests_on_name(const struct session *s)
{
	return s->site[0] && (s->bypass == BYPASS_PINNED || (s->verdict.rule && rule_passes_by_name(s->verdict.rule)));
}

static enum pass_answer
settle(struct session *s, enum proof proof)
{
	s->pass_proof = proof_names[proof];
	s->site_is_unproved = proof == PROOF_NONE;
	if (proof != PROOF_NONE)
		return PASS_GIVEN;
	counter_add(&s->thread->counters.passes_unproved, 1);
	return PASS_REFUSED;
}

enum pass_answer
pass_proof_ask(struct session *s)
{
	const struct remembered *known;
	struct hostname host;

	if (!s->generation->conf->gateway.prove_pass || s->pass_proof || !rests_on_name(s))
		return PASS_GIVEN;
	if (s->proof)
		return s->proof->is_over ? settle(s, s->proof->found) : PASS_WAITS;
	known = recall(s);
	if (known)
		return settle(s, known->proof);
	if (!hostname_parse(slice_of(s->site), &host))
		return settle(s, PROOF_NONE);
	if (host.kind == HOSTNAME_ADDR)
		return settle(s, addr_eq(&host.addr, &s->destination.addr) ? PROOF_DNS : PROOF_NONE);
	s->proof = calloc(1, sizeof *s->proof);
	if (s->proof == NULL)
		return settle(s, PROOF_NONE);
	s->proof->session = s;
	loop_timer_init(&s->proof->patience, s->thread->loop, on_patience_over);
	fetch_job_init(&s->proof->names, on_names);
	loop_timer_arm(&s->proof->patience, NAMES_NS);
	fetcher_submit(&s->thread->fetcher, &s->proof->names, FETCH_NAMES, hostname_dns(&host));
	return PASS_WAITS;
}

void
pass_proof_release(struct session *s)
{
	if (s->proof == NULL)
		return;
	fetch_job_cancel(&s->proof->names);
	loop_timer_disarm(&s->proof->patience);
	if (s->proof->probe)
		origin_retire(s->proof->probe);
	free(s->proof);
	s->proof = NULL;
}

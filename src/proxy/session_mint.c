/* MINT: the leaf that the client is shown, from the cache, from another session, or from the signer. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <time.h>

#include "proxy/clients.h"
#include "proxy/generation.h"
#include "proxy/session_steps.h"
#include "tls/leaf_request.h"

/* RSA keys are made by another thread; the first takes a while after the start. */
#define LEAF_KEY_RETRY_NS 50000000u
/* A leaf under which only a page is served need not live long. */
#define PAGE_LEAF_SECONDS 86400

bool
session_may_show_page(struct session *s)
{
	return s->sni_status == SNI_NAME && !thread_clock_is_wrong(s->thread) &&
	       clients_trust(s->thread->shared->clients, &s->client.addr, session_issuer(s)) != CLIENT_REFUSES_CA;
}

/* A page of ours is all that will be served under the leaf, and the client may see it without a warning. */
static bool
leaf_is_for_page(const struct session *s)
{
	return s->is_page_only || s->is_page_trusted;
}

/* A request for a leaf of the trusted issuer for one name, under which nothing but our own page is ever served. */
static bool
request_page_leaf(struct session *s, struct slice spki, int64_t now)
{
	struct leaf_name name = {.kind = LEAF_NAME_DNS, .bytes = slice_of(s->site)};
	struct mint_request request = {
		.issuer = MINT_TRUSTED,
		.not_before = now - LEAF_BACKDATE_SECONDS,
		.not_after = now + PAGE_LEAF_SECONDS,
		.spki = spki,
		.names = &name,
		.name_count = 1,
	};

	return mint_request_encode(&request, &s->mint.request);
}

/* An administrator's exception let the origin through: its names and dates are not to be mirrored. */
static bool
origin_is_excepted(const struct session *s)
{
	return !s->is_bad_origin && !leaf_is_for_page(s) && s->verify_key[0] != '\0';
}

static bool
request_leaf(struct session *s)
{
	unsigned days = s->generation->conf->tls.leaf_days;
	int64_t now = time(NULL);
	uint8_t der[LEAF_SPKI_MAX];
	struct slice spki = slice_make(der, leaf_keys_spki(s->leaf_key, der));

	if (leaf_is_for_page(s))
		return request_page_leaf(s, spki, now);
	if (s->is_bad_origin)
		return leaf_request_untrusted(s->origin_certificate, slice_of(s->site), &s->destination.addr, spki,
			       days, now, &s->mint.request) == LEAF_REQUEST_OK;
	if (origin_is_excepted(s))
		return leaf_request_excepted(slice_of(s->site), &s->destination.addr, spki,
			       s->origin->verify.verdict.valid_until, days, now, &s->mint.request) == LEAF_REQUEST_OK;
	return leaf_request_mirror(s->origin_certificate, spki, days, now, &s->mint.request) == LEAF_REQUEST_OK;
}

/* The leaf is decided by the origin's certificate, or by the name where there is none to mirror. */
static bool
make_cache_key(struct session *s)
{
	const struct generation *g = s->generation;
	bool is_mirror = !s->is_bad_origin && !leaf_is_for_page(s);
	uint8_t *der = NULL;
	int len = s->origin_certificate && (is_mirror || s->is_bad_origin) ? i2d_X509(s->origin_certificate, &der) : 0;
	bool is_trusted = is_mirror || leaf_is_for_page(s);
	bool done = leaf_cache_key_make(&s->leaf_cache_key, slice_make(der, len > 0 ? (size_t)len : 0),
		g->issuers->ids[is_trusted ? MINT_TRUSTED : MINT_UNTRUSTED], g->number, s->leaf_key_type,
		is_mirror && !origin_is_excepted(s) ? SLICE_EMPTY : slice_of(s->site));

	OPENSSL_free(der);
	return done;
}

static void
leaf_came(struct session *s, struct leaf *leaf)
{
	if (leaf == NULL) {
		counter_add(&s->thread->counters.mint_failures, 1);
		session_over_with_alert(s, SSL_AD_INTERNAL_ERROR, "no leaf");
		return;
	}
	s->leaf = leaf;
	session_run(s);
}

/* ---- somebody else is minting it ---- */

/* Lives until the publisher's call has come home, even where the session has ended meanwhile. */
struct leaf_wait {
	struct leaf_waiter waiter;
	struct loop *loop;
	struct session *session; /* NULL once it has ended */
	bool is_woken;
};

static void
on_leaf_published(void *arg)
{
	struct leaf_wait *wait = arg;
	struct session *s = wait->session;

	if (s) {
		s->leaf_wait = NULL;
		leaf_came(s, wait->waiter.leaf);
	}
	free(wait);
}

static void
wake(struct leaf_waiter *waiter)
{
	struct leaf_wait *wait = LIST_ENTRY(waiter, struct leaf_wait, waiter);

	wait->is_woken = true;
	if (!loop_post(wait->loop, on_leaf_published, wait))
		abort(); /* a few bytes were not to be had */
}

static void
stop_waiting(struct session *s)
{
	struct leaf_wait *wait = s->leaf_wait;

	if (wait == NULL)
		return;
	s->leaf_wait = NULL;
	leaf_cache_cancel(s->thread->shared->leaves, &wait->waiter);
	wait->session = NULL;
	if (!wait->is_woken)
		free(wait);
}

/* ---- we mint it ---- */

static void
publish(struct session *s, struct leaf *leaf)
{
	s->owes_leaf = false;
	leaf_cache_publish(s->thread->shared->leaves, &s->leaf_cache_key, leaf);
}

/* A session that began before the CA was changed may be answered by the new one, which its clients have by then. */
static bool
take_leaf(struct session *s, const struct mint_reply *reply, struct leaf **leaf)
{
	enum leaf_result result = leaf_create(reply, s->leaf_key, s->generation->issuers, leaf);

	if (result == LEAF_UNKNOWN_ISSUER)
		result = leaf_create(reply, s->leaf_key, s->thread->generation->issuers, leaf);
	return result == LEAF_OK;
}

static void
on_minted(struct mint_job *job, struct slice message)
{
	struct session *s = LIST_ENTRY(job, struct session, mint);
	struct mint_reply reply;
	struct leaf *leaf = NULL;

	if (mint_reply_decode(message, &reply) && reply.op == MINT_OP_ISSUE && reply.status == MINT_OK &&
		take_leaf(s, &reply, &leaf))
		counter_add(&s->thread->counters.leaves_minted, 1);
	publish(s, leaf);
	if (s->is_over)
		leaf_release(leaf);
	else
		leaf_came(s, leaf);
}

void
session_release_mint(struct session *s)
{
	stop_waiting(s);
	mint_job_cancel(&s->mint);
	if (s->leaf_key_retry.loop)
		loop_timer_disarm(&s->leaf_key_retry);
	if (s->owes_leaf)
		publish(s, NULL);
	EVP_PKEY_free(s->leaf_key);
	leaf_release(s->leaf);
}

static enum step_result ask_for_leaf(struct session *s);

static void
on_leaf_key_retry(struct loop_timer *timer)
{
	struct session *s = LIST_ENTRY(timer, struct session, leaf_key_retry);

	if (!s->is_over)
		ask_for_leaf(s);
}

static enum step_result
start_minting(struct session *s)
{
	s->owes_leaf = true;
	mint_job_init(&s->mint, on_minted);
	loop_timer_init(&s->leaf_key_retry, s->thread->loop, on_leaf_key_retry);
	return ask_for_leaf(s);
}

static enum step_result
ask_for_leaf(struct session *s)
{
	s->leaf_key = leaf_keys_new(s->thread->shared->leaf_keys, s->leaf_key_type);
	if (s->leaf_key == NULL && s->leaf_key_type == LEAF_KEY_RSA) {
		loop_timer_arm(&s->leaf_key_retry, LEAF_KEY_RETRY_NS);
		return STEP_WAIT; /* at most until the step's deadline */
	}
	if (s->leaf_key == NULL || !request_leaf(s)) {
		publish(s, NULL);
		return session_over_with_alert(s, SSL_AD_INTERNAL_ERROR, "no leaf can be asked for");
	}
	minter_submit(&s->thread->minter, &s->mint);
	return STEP_WAIT;
}

enum step_result
step_mint(struct session *s)
{
	struct leaf_wait *wait;

	if (s->leaf)
		return session_go(s, SESSION_GREET);
	if (s->owes_leaf || s->leaf_wait)
		return STEP_WAIT;
	s->leaf_key_type = s->client_speaks_ecdsa ? LEAF_KEY_P256 : LEAF_KEY_RSA;
	wait = calloc(1, sizeof *wait);
	if (wait == NULL || !make_cache_key(s)) {
		free(wait);
		return session_over_with_alert(s, SSL_AD_INTERNAL_ERROR, "out of memory");
	}
	*wait = (struct leaf_wait){.waiter = {.wake = wake}, .loop = s->thread->loop, .session = s};
	list_init(&wait->waiter.link);
	switch (leaf_cache_acquire(
		s->thread->shared->leaves, &s->leaf_cache_key, time(NULL), &wait->waiter, &s->leaf)) {
	case LEAF_CACHE_WAIT:
		s->leaf_wait = wait;
		return STEP_WAIT;
	case LEAF_CACHE_MINT:
		free(wait);
		return start_minting(s);
	case LEAF_CACHE_HIT:
		free(wait);
		counter_add(&s->thread->counters.leaves_cached, 1);
		return session_go(s, SESSION_GREET);
	}
	return STEP_WAIT;
}

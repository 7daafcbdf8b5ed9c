/* The search for an issuer.  See issuer_chase.h. */
#include "proxy/issuer_chase.h"

#include <stdio.h>
#include <time.h>

#include "proxy/thread.h"

static void
chase_over(struct issuer_chase *chase, bool is_known)
{
	issuer_chase_cancel(chase);
	chase->on_done(chase, is_known);
}

static void
ask_next(struct issuer_chase *chase)
{
	struct aia_url urls[AIA_URLS_MAX];
	const struct aia_url *url = &urls[chase->at++];
	char text[AIA_URL_BYTES_MAX + 64], address[ADDR_TEXT_MAX];
	const char *host;
	bool has_colon;

	aia_urls(chase->child, urls);
	host = url->host.kind == HOSTNAME_DNS ? url->host.dns : addr_format(&url->host.addr, address);
	has_colon = strchr(host, ':') != NULL;
	snprintf(text, sizeof text, has_colon ? "http://[%s]%.*s" : "http://%s%.*s", host, SLICE_ARG(url->path));
	fetcher_submit(&chase->thread->fetcher, &chase->job, FETCH_ISSUER, slice_of(text));
}

static void
on_answer(struct fetch_job *job, const struct fetch_answer *answer, int *fd)
{
	struct issuer_chase *chase = LIST_ENTRY(job, struct issuer_chase, job);
	struct issuer_store *store = chase->thread->shared->issuers;
	STACK_OF(X509) *issuers = sk_X509_new_null();
	bool is_down = answer->status == FETCH_UNAVAILABLE || answer->status == FETCH_BUSY;

	(void)fd;
	if (issuers && answer->status == FETCH_OK && aia_read_issuers(answer->body, chase->child, issuers) > 0) {
		counter_add(&chase->thread->counters.issuers_fetched, 1);
		issuer_store_put(store, chase->child, issuers, time(NULL));
		chase_over(chase, true);
	} else if (is_down)
		chase_over(chase, false);
	else if (chase->at < chase->count)
		ask_next(chase);
	else {
		issuer_store_put(store, chase->child, NULL, time(NULL));
		chase_over(chase, true);
	}
	sk_X509_pop_free(issuers, X509_free);
}

void
issuer_chase_init(struct issuer_chase *chase, struct proxy_thread *thread,
	void (*on_done)(struct issuer_chase *chase, bool is_known))
{
	*chase = (struct issuer_chase){.thread = thread, .on_done = on_done};
	fetch_job_init(&chase->job, on_answer);
}

void
issuer_chase_start(struct issuer_chase *chase, X509 *child)
{
	struct aia_url urls[AIA_URLS_MAX];

	X509_up_ref(child);
	chase->child = child;
	chase->count = aia_urls(child, urls);
	chase->at = 0;
	/* The verifier waits only for certificates that say where to look. */
	ask_next(chase);
}

void
issuer_chase_cancel(struct issuer_chase *chase)
{
	fetch_job_cancel(&chase->job);
	X509_free(chase->child);
	chase->child = NULL;
}

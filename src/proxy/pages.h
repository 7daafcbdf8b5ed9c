/* The proxy's own answers: the block page for a person, small typed answers for images, scripts and programs, and errors.
 * Nothing from the traffic enters a page unescaped; no credentials, no cookies, no script; never cached. */
#ifndef SLUICE_PROXY_PAGES_H
#define SLUICE_PROXY_PAGES_H

#include "base/buffer.h"
#include "conf/snapshot.h"
#include "http/message.h"

enum page_kind {
	PAGE_BLOCKED,        /* a rule says no: 403, or 451 as configured */
	PAGE_WARNING,        /* a rule warns: 403 with a way on */
	PAGE_BAD_REQUEST,    /* 400 */
	PAGE_METHOD,         /* CONNECT: 405 */
	PAGE_MISDIRECTED,    /* 421 */
	PAGE_ORIGIN_FAILED,  /* 502 */
	PAGE_ORIGIN_TIMEOUT, /* 504 */
	PAGE_BAD_CERTIFICATE, /* 502, on a leaf that nobody trusts */
	PAGE_KINDS,
};

/* What a page may say; all borrowed, all from strangers. */
struct page_facts {
	struct slice url;
	struct slice host;
	struct slice rule;
	struct slice category;
	struct slice reason;
	struct slice detail;
	char request_id[32];
};

struct page {
	struct http_message head; /* its slices live in the arena given, or are static */
	struct buffer body;       /* owned */
};

/* Builds the answer to `request` (NULL where there is none).  False when memory is out. */
bool page_build(struct page *page, enum page_kind kind, const struct conf *conf, const struct http_message *request,
        const struct page_facts *facts, struct arena *arena);
void page_release(struct page *page);

#endif

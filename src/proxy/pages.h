/* The proxy's own answers: a page for a person, small typed answers for pictures, scripts and programs (page_form.h),
 * and errors.  Nothing from the traffic enters one unescaped; no credentials, no cookies, no script; never cached.
 * Builds messages and knows no session: the caller gives the facts. */
#ifndef SLUICE_PROXY_PAGES_H
#define SLUICE_PROXY_PAGES_H

#include "base/buffer.h"
#include "conf/snapshot.h"
#include "http/message.h"
#include "proxy/page_set.h"

/* What a page may say; all borrowed, all from strangers. */
struct page_facts {
	struct slice host;
	struct slice rule;
	struct slice category;
	struct slice reason;
	struct slice detail;
	struct slice proceed;  /* of a warning: the link that leads on (warn.h); shown to persons only */
	struct slice override; /* of a block: the path that a code is sent to; empty: there is no field for one */
	bool is_code_refused;  /* one was sent, in vain */
	char request_id[32];
};

struct page {
	struct http_message head; /* its slices live in the arena given, or are static */
	struct buffer body;       /* owned */
	const char *name;         /* for the record: "page", "redirect"; NULL while nothing was built */
};

/* Builds the answer to `request` (NULL where there is none).  False when memory is out. */
bool page_build(struct page *page, enum page_kind kind, const struct page_set *set, const struct conf *conf,
	const struct http_message *request, const struct page_facts *facts, struct arena *arena);
/* Sends the client to an absolute URL (303), which lives in the arena. */
bool page_build_redirect(struct page *page, struct slice url, struct arena *arena);
void page_release(struct page *page);

#endif

/* Links on our own pages: below a reserved path of the site itself, with a token that says what the page was about and
 * until when it may be followed, under a MAC (HMAC-SHA-256) over these, the client's address, the site and the path. So
 * nobody else can use one, it leads nowhere but back, and it dies with the process that made it.  Requests for them
 * are answered by the proxy; none reaches an origin.
 * All calls: any thread.  Times are monotonic nanoseconds, given by the caller. */
#ifndef SLUICE_PROXY_PAGE_LINK_H
#define SLUICE_PROXY_PAGE_LINK_H

#include "base/addr.h"
#include "base/arena.h"
#include "http/message.h"

/* What begins with this is the proxy's, on every site. */
#define PAGE_LINK_RESERVED "/.well-known/sluice/"
/* How long the page may stay open before its link is followed. */
#define PAGE_LINK_NS (UINT64_C(900) * 1000000000u)

/* The links of one kind. */
struct page_links;

/* Who wants to go where. */
struct page_visit {
	const struct addr *client;
	struct slice site;
	struct slice path; /* with its query; begins with "/" */
};

/* With a key of its own, from the kernel; prefix is a literal below PAGE_LINK_RESERVED that ends with "/".  NULL when
 * memory or randomness is out. */
struct page_links *page_links_new(const char *prefix);
/* NULL is accepted. */
void page_links_free(struct page_links *links);

/* The path of a link that says these two numbers; empty where memory is out or the path is no path. */
struct slice page_link_make(const struct page_links *links, const struct page_visit *visit, const uint64_t says[2],
	uint64_t now, struct arena *arena);
/* Opens the link that visit->path is: true, and what it says, where it is this client's and fresh.  *back is the path
 * that it leads back to, in either case. */
bool page_link_open(const struct page_links *links, const struct page_visit *visit, uint64_t now, uint64_t says[2],
	struct slice *back);
/* A link is followed by a person on our own page; what a page elsewhere makes the browser do is none of his doing, and
 * browsers say so (Sec-Fetch-Site of W3C Fetch Metadata; Origin, which may be "null", for our pages want no referrer).
 */
bool page_link_is_from_elsewhere(const struct http_message *request);
/* The absolute URL of a path on the site that the request is for; ptr is NULL when memory is out. */
struct slice page_link_url(const struct http_message *request, struct slice path, struct arena *arena);

#endif

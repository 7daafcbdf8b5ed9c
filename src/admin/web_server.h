/* The little web server of the admin port: GET and HEAD over HTTP/1, read by the project's one reader (http/stream.h),
 * for a handler that answers each request at once or later with a few kilobytes.  It is no server for strangers: who
 * is not of the allowed networks is closed unread, and what is too long, too slow or too many ends.  Where all places
 * are taken the newcomer gets that of the connection that was idle, or slow with its request, for longest: whoever
 * holds connections open keeps nobody out.  Plain text on the wire, no cookies, nothing is ever changed by it.
 *
 * One loop thread. */
#ifndef SLUICE_ADMIN_WEB_SERVER_H
#define SLUICE_ADMIN_WEB_SERVER_H

#include "base/addr.h"
#include "base/diag.h"
#include "base/list.h"
#include "loop/loop.h"

#define WEB_CONNECTIONS_MAX 32
#define WEB_LISTENERS_MAX 16
#define WEB_HEAD_MAX 8192 /* bytes of a request */
#define WEB_FIELDS_MAX 64 /* header fields of a request */
/* For a request to come whole; from a request to the last byte of its answer; between two requests of a connection:
 * scrapers come each minute or more often. */
#define WEB_REQUEST_NS UINT64_C(5000000000)
#define WEB_ANSWER_NS UINT64_C(10000000000)
#define WEB_IDLE_NS UINT64_C(90000000000)

struct web_server;

/* A request, from its arrival until it is answered or its client has gone.  A handler that answers later keeps it by
 * `waiting`, in a list of its own; a request that ends is taken out of that by itself. */
struct web_request {
	struct list_node waiting;
};

struct web_options {
	/* Answers now, or keeps the request.  path: of the target, without its query; valid during the call. */
	void (*handle)(void *context, struct web_request *r, struct slice path);
	void *context;
};

/* A listening socket, close-on-exec and non-blocking; -1, with a problem that says what to do. */
int web_listen(const struct endpoint *at, struct problems *problems);

/* NULL when memory is out. */
struct web_server *web_server_new(struct loop *loop, const struct web_options *options);
/* Takes a listening socket, and accepts on it; false where there are WEB_LISTENERS_MAX already: fd stays the caller's.
 */
bool web_server_add(struct web_server *s, int fd);
/* Who may ask beside loopback, from now on; copied.  False when memory is out: then nobody but loopback may. */
bool web_server_allow(struct web_server *s, const struct prefix *networks, size_t count);
/* Closes everything; requests that wait are taken out of their lists.  Accepts NULL. */
void web_server_free(struct web_server *s);

/* Ends the request with this; the body is copied. */
void web_answer(struct web_request *r, unsigned status, const char *content_type, struct slice body);

#endif

/* What is asked of search engines, YouTube and sign-in pages in the clients' name: safe search, the restricted mode,
 * and the tenants whose accounts may sign in.  Works on the head of a request that goes to the origin, by parameters
 * and header fields that these services define; a client's own are taken out.  It cannot work on flows that are passed,
 * nor on hosts that are not in its table.  Prepared once for a configuration, immutable, shared by threads. */
#ifndef SLUICE_PROXY_ENFORCE_H
#define SLUICE_PROXY_ENFORCE_H

#include "base/diag.h"
#include "conf/snapshot.h"
#include "http/message.h"

enum enforce_measure {
	ENFORCE_SAFE_SEARCH,
	ENFORCE_YOUTUBE,
	ENFORCE_GOOGLE_TENANTS,
	ENFORCE_MICROSOFT_TENANTS,
	ENFORCE_MICROSOFT_PERSONAL,
	ENFORCE_MEASURES,
};

#define ENFORCE_BIT(measure) (1u << (measure))

struct enforce;

/* NULL with problems where a configured name cannot be sent, or memory is out.  The caller owns it. */
struct enforce *enforce_new(const struct conf *conf, struct problems *problems);
void enforce_free(struct enforce *e);
/* Changes the request to `host` (canonical) as configured; what it adds lives in the request's arena. *done gets the
 * ENFORCE_BIT()s of what was done.  False when memory is out. */
bool enforce_request(const struct enforce *e, struct slice host, struct http_message *request, unsigned *done);
/* "safe-search", "youtube"... */
struct slice enforce_measure_name(enum enforce_measure measure);

#endif

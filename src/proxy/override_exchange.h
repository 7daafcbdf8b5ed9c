/* Where an exchange meets override codes: what was granted to its client, whether its block page has a field for a
 * code, and the form in which one is sent.  Answers nothing itself. */
#ifndef SLUICE_PROXY_OVERRIDE_EXCHANGE_H
#define SLUICE_PROXY_OVERRIDE_EXCHANGE_H

#include "proxy/exchange.h"
#include "proxy/overrides.h"

#define OVERRIDE_FORM_MAX 512 /* bytes of the form */

/* A form on its way, from the page of a rule that blocked. */
struct override_form {
	const struct rule *rule; /* of the exchange's generation; NULL: the link is not good, and leads back only */
	int category;
	struct slice back; /* the path that was blocked */
	enum override_result result;
	uint32_t id; /* of the code, where there is such a one */
	bool is_too_long;
	size_t len;
	char bytes[OVERRIDE_FORM_MAX];
};

/* What was granted to the client of a request, as policy asks it. */
struct override_exemption {
	struct policy_exemption exemption;
	const struct policy *policy;
	const struct facts *facts;
	struct override_right rights[OVERRIDE_RIGHTS_MAX];
	size_t count;
};

/* Whether anything was granted: then e->exemption is to be asked, while the policy and the facts live.  `since`
 * (monotonic ns): a grant that was in force then still is. */
bool override_exemption_find(struct override_exemption *e, struct overrides *overrides, const struct policy *policy,
	const struct facts *facts, uint64_t since);
/* Whether the block that a session is good for alone has been lifted for its client. */
bool override_lifts_page(const struct session *s);

/* The path that the field of the exchange's block page is sent to; empty where the page has none. */
struct slice override_exchange_link(struct exchange *x);
/* Opens the link that the request's path is: x->form, in the client stream's arena; NULL when memory is out. */
void override_exchange_open(struct exchange *x);
/* The form is there: tries its code, and says in x->form what became of it. */
void override_exchange_try(struct exchange *x);

#endif

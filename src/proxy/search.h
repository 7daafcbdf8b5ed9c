/* What an exchange searches for with a known search engine: the terms of the URL's query, or of a form that is posted.
 * Looked for once, and only where a rule asks or the record wants it. */
#ifndef SLUICE_PROXY_SEARCH_H
#define SLUICE_PROXY_SEARCH_H

#include "base/slice.h"

struct exchange;
struct facts;

/* Of one exchange; all zero: nobody asked. */
struct search {
	bool was_looked_for;
	bool waits_for_form; /* the terms, if any, are in the body that is being sent */
	struct slice text;   /* in normal form, in the client stream's arena; empty: it is no search */
	int32_t score;       /* of the phrase lists */
};

/* Looks into the URL. */
void search_find(struct exchange *x);
/* The posted form, as far as it came. */
void search_read_form(struct exchange *x, struct slice form);
/* The facts, where rules ask for them; not known while the form is waited for. */
void search_facts(struct exchange *x, struct facts *facts);

#endif

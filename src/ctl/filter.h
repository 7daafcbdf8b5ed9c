/* Which records a command looks at: conditions that must all hold, filled in from options. */
#ifndef SLUICE_CTL_FILTER_H
#define SLUICE_CTL_FILTER_H

#include "ctl/option.h"
#include "record/entry.h"

struct filter {
	struct option_prefix client;
	const char *site; /* a host and all below it */
	const char *verb; /* pass, inspect, block */
	const char *rule;
	const char *category;
	const char *user;
	const char *group;
	const char *method;
	const char *status;   /* 404, or 4xx */
	const char *type;     /* of the content: text/html, or image/ for all of them */
	const char *contains; /* anywhere in the line, as it is written */
	bool failed;          /* with an error, a refused certificate or a truncated body */
	uint64_t since;       /* ns since 1970; 0: all */
	uint64_t until;       /* 0: all */
	struct option_where where;
};

extern const struct ctl_option filter_options[];
extern const size_t filter_option_count;

/* Whether the record holds all conditions; scratch is for unescaping. */
bool filter_matches(const struct filter *f, const struct entry *e, struct slice line, struct buffer *scratch);
/* NULL, or what is wrong with the filter in words (a verb that is none, a key that no record has). */
const char *filter_check(const struct filter *f);

#endif

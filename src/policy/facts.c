/* The table of facts.  See facts.h. */
#include "policy/facts.h"

#include <stdio.h>

static const struct {
	const char *name;
	enum policy_stage stage;
} rows[FACTS] = {
	[FACT_CLIENT] = {"client address", STAGE_CONNECTION},
	[FACT_MAC] = {"MAC address", STAGE_CONNECTION},
	[FACT_USER] = {"user", STAGE_CONNECTION},
	[FACT_TIME] = {"time", STAGE_CONNECTION},
	[FACT_DESTINATION] = {"destination", STAGE_CONNECTION},
	[FACT_TRANSPORT] = {"protocol", STAGE_CONNECTION},
	[FACT_SITE] = {"site", STAGE_CONNECTION},
	[FACT_CATEGORY] = {"category", STAGE_CONNECTION},
	[FACT_JA4] = {"JA4", STAGE_CONNECTION},
	[FACT_CERTIFICATE] = {"certificate", STAGE_ORIGIN},
	[FACT_APPLICATION] = {"protocol inside", STAGE_REQUEST},
	[FACT_PATH] = {"path", STAGE_REQUEST},
	[FACT_METHOD] = {"method", STAGE_REQUEST},
	[FACT_HEADER] = {"header", STAGE_REQUEST},
	[FACT_DIRECTION] = {"direction", STAGE_REQUEST},
	[FACT_SIZE] = {"size", STAGE_BODY},
	[FACT_TYPE] = {"type", STAGE_RESPONSE},
	[FACT_PHRASES] = {"phrases", STAGE_BODY},
	[FACT_TOPIC] = {"topic", STAGE_BODY},
	[FACT_SEARCH] = {"search", STAGE_REQUEST},
	[FACT_SEARCH_SCORE] = {"search score", STAGE_REQUEST},
	[FACT_SHAPE] = {"shape of the name", STAGE_CONNECTION},
	[FACT_UNREAD] = {"whether the body can be read", STAGE_BODY},
};

static const char *const stage_names[STAGES] = {"connection", "origin", "request", "response", "body"};

enum policy_stage
fact_stage(enum fact fact)
{
	return rows[fact].stage;
}

const char *
fact_name(enum fact fact)
{
	return rows[fact].name;
}

const char *
policy_stage_name(enum policy_stage stage)
{
	return stage_names[stage];
}

void
facts_settle(struct facts *facts, enum policy_stage stage)
{
	for (unsigned i = 0; i < FACTS; i++)
		if (rows[i].stage <= stage)
			facts_learn(facts, i);
}

const char *
facts_list(uint32_t set, char *dst, size_t dst_size)
{
	size_t n = 0;

	dst[0] = '\0';
	for (unsigned i = 0; i < FACTS && n < dst_size; i++)
		if (set & FACT_BIT(i))
			n += (size_t)snprintf(dst + n, dst_size - n, "%s%s", n ? ", " : "", rows[i].name);
	return dst;
}

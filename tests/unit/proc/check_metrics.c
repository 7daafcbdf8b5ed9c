/* Every counter is told. */
#include "suites.h"

#include "proc/metrics.h"
#include "proxy/counters.h"

/* Told as a sum of others, or in parts. */
static const char *const in_parts[] = {"exchanges", "origins_refused", "origin_connects_failed"};

static bool
is_in_parts(const char *name)
{
	for (size_t i = 0; i < sizeof in_parts / sizeof in_parts[0]; i++)
		if (strcmp(in_parts[i], name) == 0)
			return true;
	return false;
}

START_TEST(every_counter_has_a_family)
{
#define IS_TOLD(name, help) ck_assert_msg(metrics_tell(#name) != is_in_parts(#name), "%s", #name);
	PROXY_COUNTERS(IS_TOLD)
#undef IS_TOLD
	ck_assert(!metrics_tell("no_such_counter"));
}
END_TEST

UNIT_SUITE(metrics, "metrics", every_counter_has_a_family)

/* Judging the machine's date.  See clock_guard.h. */
#include "proc/clock_guard.h"

#include <stdlib.h>

static void
believe(struct clock_guard *g, const struct clock_reading *reading)
{
	g->has_anchor = true;
	g->anchor_is_synchronised = reading->is_synchronised;
	g->anchor = reading->real - reading->boot;
	g->step = 0;
}

enum clock_state
clock_guard_judge(struct clock_guard *g, const struct clock_reading *reading)
{
	bool is_first_synchronisation = reading->is_synchronised && !g->anchor_is_synchronised;

	if (reading->real < g->build)
		return CLOCK_BEFORE_BUILD;
	if (!g->has_anchor || is_first_synchronisation) {
		believe(g, reading);
		return CLOCK_GOOD;
	}
	/* The anchor stays where it was: many small steps are as much as one large one. */
	g->step = reading->real - reading->boot - g->anchor;
	return llabs(g->step) > CLOCK_STEP_MAX_SECONDS ? CLOCK_STEPPED : CLOCK_GOOD;
}

bool
clock_guard_accept(struct clock_guard *g, const struct clock_reading *reading)
{
	if (reading->real < g->build)
		return false;
	believe(g, reading);
	return true;
}

bool
clock_guard_awaits_synchronisation(const struct clock_guard *g)
{
	return !g->anchor_is_synchronised;
}

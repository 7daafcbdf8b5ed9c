/* What a date that cannot be relied on means for the processes.  See clock_alarm.h. */
#include "config.h"

#include "proc/clock_alarm.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "proc/worker_keeper.h"

static void
raise_alarm(struct supervisor *s)
{
	const char *what =
		s->configuration.conf->gateway.on_failure == CONF_ON_FAILURE_CLOSED ? "refused" : "passed unread";

	if (s->clock.state == CLOCK_BEFORE_BUILD)
		alarms_raise(&s->alarms, ALARM_CLOCK, 2, clock_realtime_ns(), "set the clock",
			"the machine's date is before this program was made: TLS is %s until it is set", what);
	else
		alarms_raise(&s->alarms, ALARM_CLOCK, 1, clock_realtime_ns(),
			"set the clock right, or say that it is: sluicectl clock accept",
			"the machine's date was changed by %+.1f days: TLS is %s until it is set back or accepted",
			(double)s->clock.guard.step / 86400, what);
}

/* Leaves are made and origins are judged by a date that may be relied on, or not at all. */
static void
on_clock_change(struct clock_watch *clock)
{
	struct supervisor *s = LIST_ENTRY(clock, struct supervisor, clock);

	if (clock->state != CLOCK_GOOD)
		raise_alarm(s);
	else {
		alarms_end(&s->alarms, ALARM_CLOCK);
		/* What it made of the date before, the issuer for bad origins, is made anew. */
		child_signal(&s->signer, SIGKILL);
	}
	if (s->worker.pid && worker_keeper_send_clock(s) < 0)
		child_signal(&s->worker, SIGKILL); /* a new one is told at its start */
}

bool
clock_alarm_init(struct supervisor *s)
{
	if (!clock_watch_init(&s->clock, s->loop, BUILD_EPOCH, on_clock_change)) {
		diag(DIAG_ERROR, "supervisor", "the clock cannot be watched: %s", strerror(errno));
		return false;
	}
	if (s->clock.state != CLOCK_GOOD)
		raise_alarm(s);
	return true;
}

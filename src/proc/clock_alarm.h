/* Watches the machine's date (clock_watch.h) for the supervisor: while it cannot be relied on that is an alarm, and the
 * worker is told; once it can be, the signer makes anew what it made of the date before.  One loop thread. */
#ifndef SLUICE_PROC_CLOCK_ALARM_H
#define SLUICE_PROC_CLOCK_ALARM_H

#include "proc/supervisor.h"

/* False, and said, where the clock cannot be watched. */
bool clock_alarm_init(struct supervisor *s);

#endif

/* What grows old while everything seems well: the CA, fetched lists, the list of transparency logs, revocation lists.
 * It is looked at each hour, and whenever somebody asks for the status; what is too old is an alarm (alarms.h).  What
 * only the worker knows it is asked for.  Not while the date cannot be relied on.  One loop thread. */
#ifndef SLUICE_PROC_ALARM_CHECKS_H
#define SLUICE_PROC_ALARM_CHECKS_H

#include "proc/supervisor.h"

void alarm_checks_init(struct supervisor *s);
/* There is a worker: looks now, and each hour from now on. */
void alarm_checks_begin(struct supervisor *s);
/* At what the supervisor knows. */
void alarm_checks_own(struct supervisor *s);
/* At what the worker has answered to a question for its status. */
void alarm_checks_worker(struct supervisor *s, const json_t *status);

/* How bad it is that a certificate valid for `life` seconds ends in `left`: 0 (not), 1 from 90 days on, 2 from 30, 3
 * from 7, 4 when it has ended; of a short life the first two are a third and a sixth at most. */
unsigned alarm_checks_expiry_grade(int64_t life, int64_t left);

#endif

/* When: weekdays and spans of local time.  `mon-fri 08:00-12:00 13:00-15:30` is a map of the minutes of a week, so a
 * look-up costs one bit whatever the schedule says. */
#ifndef SLUICE_POLICY_SCHEDULE_H
#define SLUICE_POLICY_SCHEDULE_H

#include "policy/zone.h"

#define SCHEDULE_MINUTES (7 * 24 * 60)

struct schedule {
	struct slice name;
	const struct zone *zone;                     /* borrowed */
	uint8_t minutes[(SCHEDULE_MINUTES + 7) / 8]; /* bit 0: Monday 00:00 */
};

/* Days as bits, Monday first: "mon", "mon-fri", "sat,sun", "fri-mon", "daily".  False on anything else. */
bool schedule_parse_days(struct slice text, uint8_t *days);
/* "08:00-12:00" in minutes; 24:00 is the end of the day; the second may be earlier, on the next day then. */
bool schedule_parse_span(struct slice text, unsigned *from, unsigned *to);
/* Adds a span on each of the days. */
void schedule_add(struct schedule *schedule, uint8_t days, unsigned from, unsigned to);
/* Whether the time (seconds since 1970 UTC) lies in it. */
bool schedule_holds(const struct schedule *schedule, int64_t time);
/* Whether no minute lies in it. */
bool schedule_is_empty(const struct schedule *schedule);
/* Whether the two share no minute; only of schedules in one zone that is known. */
bool schedule_is_disjoint(const struct schedule *a, const struct schedule *b);
/* Whether every minute of it lies in one of the others; of those in another zone that is not known. */
bool schedule_lies_in(const struct schedule *inner, const struct schedule *const *others, size_t count);
/* Whether every minute of the week lies in one of them. */
bool schedules_fill_the_week(const struct schedule *const *schedules, size_t count);
/* "Tue 09:41", the local time that the schedule sees; returns dst. */
const char *schedule_local_time(const struct schedule *schedule, int64_t time, char *dst, size_t dst_size);

#endif

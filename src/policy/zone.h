/* Time zones: seconds since 1970 to the local clock, from the bytes of a TZif file (RFC 9636), because the process
 * that decides has no files, and because the C library knows one zone at a time. */
#ifndef SLUICE_POLICY_ZONE_H
#define SLUICE_POLICY_ZONE_H

#include "base/arena.h"
#include "base/slice.h"

#define ZONE_CHANGES_MAX 4096

/* One rule of a POSIX TZ string: when summer time begins or ends, each year. */
struct zone_switch {
	enum { ZONE_NEVER, ZONE_JULIAN, ZONE_DAY, ZONE_WEEKDAY } kind;
	int day;   /* JULIAN: 1 to 365, without 29 February; DAY: 0 to 365; WEEKDAY: 0 is Sunday */
	int week;  /* of WEEKDAY: 1 to 5, 5 is the last */
	int month; /* of WEEKDAY: 1 to 12 */
	int time;  /* seconds of local time */
};

/* Immutable; any thread. */
struct zone {
	const int64_t *at;      /* when the offset changes, ascending */
	const int32_t *offsets; /* seconds east of UTC from then on */
	size_t count;
	int32_t before; /* the offset before the first change */
	/* After the last change, from the TZ string at the end of the file. */
	bool has_rule;
	int32_t standard;
	int32_t summer;
	struct zone_switch begins;
	struct zone_switch ends;
};

/* UTC. */
extern const struct zone zone_utc;

/* False where the bytes are no TZif file of version 2 or later.  Allocates in the arena, which owns the result. */
bool zone_parse(struct slice bytes, struct arena *arena, struct zone *out);
/* Seconds east of UTC at a time. */
int32_t zone_offset(const struct zone *zone, int64_t time);

#endif

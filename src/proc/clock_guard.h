/* Whether the machine's date may be relied on.  Certificates are judged and made by it: with a date that is wrong by
 * days, expired ones are accepted and leaves are made that no client takes (SECURITY row 36).  Plain values in, an
 * answer out: no clock inside.
 *
 * The second opinion is the clock that nobody sets: what CLOCK_REALTIME is ahead of CLOCK_BOOTTIME changes only when
 * somebody sets the date.  Corrections are small; a step of more than a day is not believed, and neither is a date
 * before the build.
 *
 * Except one: a machine without a clock of its own begins with a date that somebody made up, and the first
 * synchronisation sets it right.  So the first step after which the kernel says that a time server keeps the clock is
 * believed, whatever its size; what was synchronised once is held to it.  docs/decisions/clock.md has the reasons. */
#ifndef SLUICE_PROC_CLOCK_GUARD_H
#define SLUICE_PROC_CLOCK_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_STEP_MAX_SECONDS 86400

enum clock_state {
	CLOCK_GOOD,
	CLOCK_BEFORE_BUILD, /* before this program was made */
	CLOCK_STEPPED,      /* set to another day */
};

/* What the machine's clocks say at one moment. */
struct clock_reading {
	int64_t real;         /* seconds since 1970-01-01 UTC */
	int64_t boot;         /* seconds since the machine started, sleep included */
	bool is_synchronised; /* the kernel says that a time server keeps it */
};

/* All zeros to begin with, but for the date of the build. */
struct clock_guard {
	int64_t build; /* seconds since 1970 */
	bool has_anchor;
	bool anchor_is_synchronised;
	int64_t anchor; /* real minus boot, when the date was believed */
	int64_t step;   /* seconds by which the date was last seen off the anchor */
};

/* Judges a reading.  The first date after the build is believed. */
enum clock_state clock_guard_judge(struct clock_guard *g, const struct clock_reading *reading);
/* The administrator says that the date is right.  False where it is before the build, which nobody may say. */
bool clock_guard_accept(struct clock_guard *g, const struct clock_reading *reading);
/* No synchronised date was seen yet: a later reading may tell, though nobody sets the clock. */
bool clock_guard_awaits_synchronisation(const struct clock_guard *g);

#endif

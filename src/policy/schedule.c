/* Weekly schedules.  See schedule.h. */
#include "policy/schedule.h"

#include <stdio.h>

#define DAY_MINUTES (24 * 60)

static const char *const day_names[7] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

static int
day_of(struct slice text)
{
	for (int i = 0; i < 7; i++)
		if (slice_eq_nocase(text, slice_of(day_names[i])))
			return i;
	return -1;
}

bool
schedule_parse_days(struct slice text, uint8_t *days)
{
	struct slice item;

	*days = 0;
	if (slice_eq_nocase(text, SLICE("daily"))) {
		*days = 0x7f;
		return true;
	}
	while (slice_split(&text, ',', &item)) {
		size_t dash = slice_find(item, '-');
		int first = day_of(slice_sub(item, 0, dash));
		int last = dash == item.len ? first : day_of(slice_sub(item, dash + 1, item.len));

		if (first < 0 || last < 0)
			return false;
		for (int day = first;; day = (day + 1) % 7) {
			*days |= (uint8_t)(1 << day);
			if (day == last)
				break;
		}
	}
	return *days != 0;
}

static bool
parse_clock(struct slice text, unsigned *minute)
{
	size_t colon = slice_find(text, ':');
	uint64_t hours, minutes;

	if (colon > 2 || text.len != colon + 3 || !slice_to_u64(slice_sub(text, 0, colon), &hours) ||
		!slice_to_u64(slice_sub(text, colon + 1, text.len), &minutes))
		return false;
	*minute = (unsigned)(hours * 60 + minutes);
	return minutes < 60 && *minute <= DAY_MINUTES;
}

bool
schedule_parse_span(struct slice text, unsigned *from, unsigned *to)
{
	size_t dash = slice_find(text, '-');

	return parse_clock(slice_sub(text, 0, dash), from) && parse_clock(slice_sub(text, dash + 1, text.len), to) &&
	       *from != *to && *from != DAY_MINUTES;
}

void
schedule_add(struct schedule *schedule, uint8_t days, unsigned from, unsigned to)
{
	unsigned length = to > from ? to - from : DAY_MINUTES - from + to;

	for (unsigned day = 0; day < 7; day++) {
		if (!(days >> day & 1))
			continue;
		for (unsigned i = 0; i < length; i++) {
			unsigned minute = (day * DAY_MINUTES + from + i) % SCHEDULE_MINUTES;

			schedule->minutes[minute / 8] |= (uint8_t)(1 << minute % 8);
		}
	}
}

static unsigned
minute_of_week(const struct schedule *schedule, int64_t time)
{
	/* 1970-01-01 was a Thursday: Monday is three days earlier. */
	int64_t week = 7 * 86400;
	int64_t local = (time % week + zone_offset(schedule->zone, time) + 3 * 86400) % week;

	return (unsigned)((local + week) % week / 60);
}

bool
schedule_holds(const struct schedule *schedule, int64_t time)
{
	unsigned minute = minute_of_week(schedule, time);

	return schedule->minutes[minute / 8] >> (minute % 8) & 1;
}

bool
schedule_is_empty(const struct schedule *schedule)
{
	for (size_t i = 0; i < sizeof schedule->minutes; i++)
		if (schedule->minutes[i])
			return false;
	return true;
}

bool
schedule_is_disjoint(const struct schedule *a, const struct schedule *b)
{
	if (a->zone != b->zone)
		return schedule_is_empty(a) || schedule_is_empty(b);
	for (size_t i = 0; i < sizeof a->minutes; i++)
		if (a->minutes[i] & b->minutes[i])
			return false;
	return true;
}

bool
schedule_lies_in(const struct schedule *inner, const struct schedule *const *others, size_t count)
{
	for (size_t i = 0; i < sizeof inner->minutes; i++) {
		unsigned left = inner->minutes[i];

		for (size_t k = 0; k < count && left; k++)
			if (others[k]->zone == inner->zone)
				left &= ~(unsigned)others[k]->minutes[i];
		if (left)
			return false;
	}
	return true;
}

bool
schedules_fill_the_week(const struct schedule *const *schedules, size_t count)
{
	struct schedule week;

	_Static_assert(SCHEDULE_MINUTES % 8 == 0, "no bits are left over");
	memset(week.minutes, 0xff, sizeof week.minutes);
	for (size_t i = 0; i < count; i++) {
		week.zone = schedules[i]->zone;
		if (schedule_lies_in(&week, schedules, count))
			return true;
	}
	return false;
}

const char *
schedule_local_time(const struct schedule *schedule, int64_t time, char *dst, size_t dst_size)
{
	unsigned minute = minute_of_week(schedule, time);

	snprintf(dst, dst_size, "%s %02u:%02u", day_names[minute / DAY_MINUTES], minute / 60 % 24, minute % 60);
	return dst;
}

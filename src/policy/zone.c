/* TZif files and POSIX TZ strings.  See zone.h. */
#include "policy/zone.h"

#include "base/cursor.h"

#define DAY 86400

const struct zone zone_utc = {.count = 0};

struct header {
	uint8_t version;
	uint32_t isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt;
};

static bool
read_header(struct cursor *c, struct header *h)
{
	if (!slice_eq(cursor_bytes(c, 4), SLICE("TZif")))
		return false;
	h->version = cursor_u8(c);
	cursor_bytes(c, 15);
	h->isutcnt = cursor_u32(c);
	h->isstdcnt = cursor_u32(c);
	h->leapcnt = cursor_u32(c);
	h->timecnt = cursor_u32(c);
	h->typecnt = cursor_u32(c);
	h->charcnt = cursor_u32(c);
	return cursor_ok(c) && h->timecnt <= ZONE_CHANGES_MAX && h->typecnt >= 1 && h->typecnt <= 256 &&
	       h->charcnt <= 4096 && h->leapcnt <= 4096 && h->isutcnt <= 256 && h->isstdcnt <= 256;
}

static int64_t
cursor_i64(struct cursor *c)
{
	uint64_t high = cursor_u32(c);

	return (int64_t)(high << 32 | cursor_u32(c));
}

/* The 64-bit block: changes, their types, the types. */
static bool
read_changes(struct cursor *c, const struct header *h, struct arena *arena, struct zone *zone)
{
	int64_t *at = arena_alloc(arena, (h->timecnt + 1) * sizeof *at);
	int32_t *offsets = arena_alloc(arena, (h->timecnt + 1) * sizeof *offsets);
	int32_t types[256];
	struct slice indexes;

	if (at == NULL || offsets == NULL)
		return false;
	for (uint32_t i = 0; i < h->timecnt; i++) {
		at[i] = cursor_i64(c);
		if (i && at[i] <= at[i - 1])
			return false;
	}
	indexes = cursor_bytes(c, h->timecnt);
	for (uint32_t i = 0; i < h->typecnt; i++) {
		types[i] = (int32_t)cursor_u32(c);
		cursor_u16(c); /* whether it is summer time, and its name */
		if (types[i] < -2 * DAY || types[i] > 2 * DAY)
			return false;
	}
	cursor_bytes(c, h->charcnt + h->leapcnt * 12 + h->isstdcnt + h->isutcnt);
	if (!cursor_ok(c))
		return false;
	for (uint32_t i = 0; i < h->timecnt; i++) {
		uint8_t type = (uint8_t)indexes.ptr[i];

		if (type >= h->typecnt)
			return false;
		offsets[i] = types[type];
	}
	zone->at = at;
	zone->offsets = offsets;
	zone->count = h->timecnt;
	zone->before = types[0];
	return true;
}

/* The TZ string is read with a few functions that cut from its front and return false on a mistake. */
static bool
cut_char(struct slice *s, char c)
{
	if (s->len == 0 || s->ptr[0] != c)
		return false;
	*s = slice_sub(*s, 1, s->len);
	return true;
}

static bool
cut_number(struct slice *s, int most, int *value)
{
	size_t n = 0;

	*value = 0;
	while (n < s->len && n < 4 && ascii_is_digit(s->ptr[n]))
		*value = *value * 10 + (s->ptr[n++] - '0');
	*s = slice_sub(*s, n, s->len);
	return n > 0 && *value <= most;
}

/* A name of a zone, plain or in angle brackets. */
static bool
cut_name(struct slice *s)
{
	bool is_quoted = cut_char(s, '<');
	size_t n = 0;

	while (n < s->len &&
		(is_quoted ? s->ptr[n] != '>' : ascii_lower(s->ptr[n]) >= 'a' && ascii_lower(s->ptr[n]) <= 'z'))
		n++;
	*s = slice_sub(*s, n, s->len);
	return n >= 3 && (!is_quoted || cut_char(s, '>'));
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool
cut_time(struct slice *s, int *seconds)
{
	bool is_negative = cut_char(s, '-');
	int hours, minutes = 0, rest = 0;

	if (!is_negative)
		cut_char(s, '+');
	if (!cut_number(s, 167, &hours))
		return false;
	if (cut_char(s, ':') && !cut_number(s, 59, &minutes))
		return false;
	if (cut_char(s, ':') && !cut_number(s, 59, &rest))
		return false;
	*seconds = (hours * 3600 + minutes * 60 + rest) * (is_negative ? -1 : 1);
	return true;
}

/* ,Mm.w.d  ,Jn  ,n  each with /time. */
static bool
cut_switch(struct slice *s, struct zone_switch *out)
{
	*out = (struct zone_switch){.time = 2 * 3600};
	if (!cut_char(s, ','))
		return false;
	if (cut_char(s, 'M')) {
		out->kind = ZONE_WEEKDAY;
		if (!cut_number(s, 12, &out->month) || out->month == 0 || !cut_char(s, '.') ||
			!cut_number(s, 5, &out->week) || out->week == 0 || !cut_char(s, '.') ||
			!cut_number(s, 6, &out->day))
			return false;
	} else {
		out->kind = cut_char(s, 'J') ? ZONE_JULIAN : ZONE_DAY;
		if (!cut_number(s, 365, &out->day) || (out->kind == ZONE_JULIAN && out->day == 0))
			return false;
	}
	return !cut_char(s, '/') || cut_time(s, &out->time);
}

/* std offset [dst [offset] ,begins ,ends]; POSIX offsets count west of UTC. */
static bool
read_rule(struct slice text, struct zone *zone)
{
	int west;

	if (!cut_name(&text) || !cut_time(&text, &west))
		return false;
	zone->standard = zone->summer = -west;
	zone->has_rule = true;
	if (text.len == 0)
		return true;
	zone->summer = zone->standard + 3600;
	if (!cut_name(&text))
		return false;
	if (text.len && text.ptr[0] != ',') {
		if (!cut_time(&text, &west))
			return false;
		zone->summer = -west;
	}
	return cut_switch(&text, &zone->begins) && cut_switch(&text, &zone->ends) && text.len == 0;
}

bool
zone_parse(struct slice bytes, struct arena *arena, struct zone *out)
{
	struct cursor c = cursor_over(bytes);
	struct header h;
	struct slice rest, rule;

	*out = (struct zone){0};
	if (!read_header(&c, &h) || h.version < '2')
		return false;
	/* The 32-bit block of old is skipped whole. */
	cursor_bytes(&c, h.timecnt * 5 + h.typecnt * 6 + h.charcnt + h.leapcnt * 8 + h.isstdcnt + h.isutcnt);
	if (!read_header(&c, &h) || !read_changes(&c, &h, arena, out))
		return false;
	rest = cursor_bytes(&c, cursor_left(&c));
	if (!cut_char(&rest, '\n') || !slice_split(&rest, '\n', &rule))
		return false;
	return rule.len == 0 || read_rule(rule, out);
}

/* Days since 1970 of a date of the proleptic Gregorian calendar; months from 1.
 * Source: Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil. */
static int64_t
days_of(int64_t year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

static int64_t
year_of(int64_t days)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t day_of_era = z - era * 146097;
	int64_t year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);

	return year + era * 400 + (day_of_year >= 306);
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* When the switch happens in a year, as seconds of local time since 1970. */
static int64_t
switch_in_year(const struct zone_switch *s, int64_t year)
{
	bool is_leap = days_of(year, 3, 1) - days_of(year, 2, 28) == 2;
	int64_t day = days_of(year, 1, 1) + s->day;

	if (s->kind == ZONE_JULIAN) {
		day += (is_leap && s->day >= 60) - 1;
	} else if (s->kind == ZONE_WEEKDAY) {
		int64_t first = days_of(year, s->month, 1);
		int64_t next_month = s->month == 12 ? days_of(year + 1, 1, 1) : days_of(year, s->month + 1, 1);
		int weekday = (int)((first % 7 + 11) % 7); /* 1970-01-01 was a Thursday */

		day = first + (s->day - weekday + 7) % 7 + (s->week - 1) * 7;
		if (day >= next_month)
			day -= 7;
	}
	return day * DAY + s->time;
}

/* Summer time begins on the standard clock, and ends on the summer clock. */
static int32_t
rule_offset(const struct zone *zone, int64_t time)
{
	int64_t year, begins, ends;
	bool is_summer;

	if (zone->begins.kind == ZONE_NEVER)
		return zone->standard;
	year = year_of(floor_div(time + zone->standard, DAY));
	begins = switch_in_year(&zone->begins, year) - zone->standard;
	ends = switch_in_year(&zone->ends, year) - zone->summer;
	/* South of the equator it ends before it begins. */
	is_summer = begins < ends ? time >= begins && time < ends : time >= begins || time < ends;
	return is_summer ? zone->summer : zone->standard;
}

int32_t
zone_offset(const struct zone *zone, int64_t time)
{
	size_t low = 0, high = zone->count;

	if (zone->has_rule && (zone->count == 0 || time >= zone->at[zone->count - 1]))
		return rule_offset(zone, time);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (zone->at[middle] <= time)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? zone->offsets[low - 1] : zone->before;
}

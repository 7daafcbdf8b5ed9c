/* Times: days, spans, and time zones against the C library's own. */
#include "suites.h"

#include "policy/schedule.h"

#include <stdio.h>
#include <time.h>

static struct schedule
schedule_from(const char *days, const char *span)
{
	struct schedule s = {.zone = &zone_utc};
	unsigned from, to;
	uint8_t set;

	ck_assert(schedule_parse_days(slice_of(days), &set));
	ck_assert(schedule_parse_span(slice_of(span), &from, &to));
	schedule_add(&s, set, from, to);
	return s;
}

/* 2024-01-01 was a Monday. */
#define MONDAY INT64_C(1704067200)
#define AT(day, hour, minute) (MONDAY + INT64_C(86400) * (day) + (hour)*3600 + (minute)*60)

START_TEST(spans_hold_on_their_days_and_minutes)
{
	struct schedule s = schedule_from("mon-fri", "08:00-12:00");

	ck_assert(!schedule_holds(&s, AT(0, 7, 59)));
	ck_assert(schedule_holds(&s, AT(0, 8, 0)));
	ck_assert(schedule_holds(&s, AT(4, 11, 59) + 59));
	ck_assert(!schedule_holds(&s, AT(4, 12, 0)));
	ck_assert(!schedule_holds(&s, AT(5, 9, 0)));
	ck_assert(schedule_holds(&s, AT(-7, 9, 0)));
	ck_assert(schedule_holds(&s, AT(-7 * 5000, 9, 0))); /* before 1970 */
}
END_TEST

START_TEST(a_span_may_run_past_midnight_and_past_sunday)
{
	struct schedule s = schedule_from("sun", "22:00-06:00");

	ck_assert(!schedule_holds(&s, AT(6, 21, 59)));
	ck_assert(schedule_holds(&s, AT(6, 23, 0)));
	ck_assert(schedule_holds(&s, AT(7, 5, 59)));
	ck_assert(!schedule_holds(&s, AT(7, 6, 0)));
	s = schedule_from("daily", "00:00-24:00");
	ck_assert(schedules_fill_the_week((const struct schedule *const[]){&s}, 1));
}
END_TEST

START_TEST(days_and_spans_that_mean_nothing_are_refused)
{
	static const char *const days[] = {"", "mo", "monday", "mon-", "-mon", "mon,,tue", "mon-fri-sun", "weekdays"};
	static const char *const spans[] = {"", "8-12", "08:00", "08:00-", "8:0-9:00", "24:00-01:00", "25:00-26:00",
		"08:60-09:00", "08:00-08:00", "08:00-24:01", "08.00-12.00", "-08:00-09:00"};
	unsigned from, to;
	uint8_t set;

	for (size_t i = 0; i < sizeof days / sizeof days[0]; i++)
		ck_assert_msg(!schedule_parse_days(slice_of(days[i]), &set), "%s", days[i]);
	for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++)
		ck_assert_msg(!schedule_parse_span(slice_of(spans[i]), &from, &to), "%s", spans[i]);
	ck_assert(schedule_parse_days(SLICE("fri-mon,Wed"), &set));
	ck_assert_uint_eq(set, 0x75);
}
END_TEST

static void
put_be32(char **at, uint32_t v)
{
	for (int i = 3; i >= 0; i--)
		*(*at)++ = (char)(v >> 8 * i);
}

static void
put_be64(char **at, int64_t v)
{
	put_be32(at, (uint32_t)((uint64_t)v >> 32));
	put_be32(at, (uint32_t)v);
}

static void
put_header(char **at, uint32_t timecnt, uint32_t typecnt)
{
	memcpy(*at, "TZif2", 5);
	memset(*at + 5, 0, 15);
	*at += 20;
	put_be32(at, 0);
	put_be32(at, 0);
	put_be32(at, 0);
	put_be32(at, timecnt);
	put_be32(at, typecnt);
	put_be32(at, 4);
}

/* A file with one change, from UTC+1 to UTC+2 at 1000, and a TZ string behind it. */
static struct slice
zone_file(char dst[512], const char *rule)
{
	char *at = dst;

	put_header(&at, 0, 1);
	memset(at, 0, 6 + 4);
	at += 6 + 4;
	put_header(&at, 1, 2);
	put_be64(&at, 1000);
	*at++ = 1;
	put_be32(&at, 3600);
	memset(at, 0, 2);
	at += 2;
	put_be32(&at, 7200);
	memset(at, 0, 2);
	at += 2;
	memcpy(at, "AAA\0", 4);
	at += 4;
	at += sprintf(at, "\n%s\n", rule);
	return slice_make(dst, (size_t)(at - dst));
}

START_TEST(a_zone_follows_its_changes_and_then_its_rule)
{
	static const struct {
		const char *rule;
		int64_t time;
		int32_t offset;
	} rows[] = {
		{"", 0, 3600}, {"", 999, 3600}, {"", 1000, 7200}, {"", 4000000000, 7200},
		{"CET-1CEST,M3.5.0,M10.5.0/3", 0, 3600},
		{"CET-1CEST,M3.5.0,M10.5.0/3", 1711846799, 3600}, /* 2024-03-31 00:59:59 UTC */
		{"CET-1CEST,M3.5.0,M10.5.0/3", 1711846800, 7200},
		{"CET-1CEST,M3.5.0,M10.5.0/3", 1729990799, 7200}, /* 2024-10-27 00:59:59 UTC */
		{"CET-1CEST,M3.5.0,M10.5.0/3", 1729990800, 3600},
		{"AEST-10AEDT,M10.1.0,M4.1.0/3", 1704067200, 39600}, /* summer in January */
		{"AEST-10AEDT,M10.1.0,M4.1.0/3", 1720000000, 36000}, {"EST5EDT,M3.2.0,M11.1.0", 1720000000, -14400},
		{"<+0330>-3:30", 1720000000, 12600}, {"<-03>3", 1720000000, -10800},
		{"AAA0BBB,J60,J300", 1709251199 + 7200, 0}, /* 2024-03-01, the 60th day but for 29 February, 02:00 */
		{"AAA0BBB,J60,J300", 1709251200 + 7200, 3600},
		{"AAA0BBB,59,300", 1709164800 + 7200, 3600}, /* day 59 from 0 is 29 February */
	};
	char file[512];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct arena arena = arena_make(1 << 16);
		struct zone zone;

		ck_assert_msg(zone_parse(zone_file(file, rows[i].rule), &arena, &zone), "%s", rows[i].rule);
		ck_assert_msg(zone_offset(&zone, rows[i].time) == rows[i].offset, "%s at %lld: %d", rows[i].rule,
			(long long)rows[i].time, (int)zone_offset(&zone, rows[i].time));
		arena_release(&arena);
	}
}
END_TEST

START_TEST(broken_zone_files_are_refused)
{
	static const char *const rules[] = {"X", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.1.0,M1.1.0",
		"CET-1CEST,M3.6.0,M1.1.0", "CET-1CEST,M3.5.7,M1.1.0", "CET-1CEST,J0,J1", "CET-1CEST,M3.5.0,M10.5.0/3x",
		"<CET-1", "CET-999"};
	struct arena arena = arena_make(1 << 20);
	struct zone zone;
	struct slice whole;
	char file[512];

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		ck_assert_msg(!zone_parse(zone_file(file, rules[i]), &arena, &zone), "%s", rules[i]);
	whole = zone_file(file, "CET-1");
	ck_assert(zone_parse(whole, &arena, &zone));
	/* Whatever is cut off behind, it is no file any more; the last newline may be missing. */
	for (size_t len = 0; len + 7 < whole.len; len++)
		ck_assert(!zone_parse(slice_sub(whole, 0, len), &arena, &zone));
	file[0] = 'X';
	ck_assert(!zone_parse(whole, &arena, &zone));
	arena_release(&arena);
}
END_TEST

START_TEST(real_zones_agree_with_the_c_library)
{
	static const char *const names[] = {"Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kolkata",
		"America/Sao_Paulo", "Africa/Casablanca", "UTC"};
	static char bytes[1 << 16];

	srand(3);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct arena arena = arena_make(1 << 20);
		char path[128];
		struct zone zone;
		FILE *file;
		size_t len;

		snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", names[i]);
		file = fopen(path, "rb");
		if (file == NULL)
			continue; /* tzdata is not needed to build */
		len = fread(bytes, 1, sizeof bytes, file);
		fclose(file);
		ck_assert_msg(zone_parse(slice_make(bytes, len), &arena, &zone), "%s", names[i]);
		setenv("TZ", names[i], 1);
		tzset();
		for (int n = 0; n < 3000; n++) {
			time_t t = (time_t)((int64_t)rand() * 3 % INT64_C(4000000000)); /* up to 2096 */
			struct tm local;

			localtime_r(&t, &local);
			ck_assert_msg(zone_offset(&zone, t) == local.tm_gmtoff, "%s at %lld: %d, not %ld", names[i],
				(long long)t, (int)zone_offset(&zone, t), local.tm_gmtoff);
		}
		arena_release(&arena);
	}
}
END_TEST

/* Sunday 2024-03-31: 02:00 CET is 03:00 CEST.  Sunday 2024-10-27: 03:00 CEST is 02:00 CET. */
START_TEST(spans_follow_the_clock_on_the_days_on_which_it_is_changed)
{
	static const struct {
		const char *days;
		const char *span;
		int64_t time;
		bool holds;
	} rows[] = {
		/* An hour that is not there. */
		{"sun", "02:00-03:00", 1711846799, false}, /* 01:59:59 CET */
		{"sun", "02:00-03:00", 1711846800, false}, /* 03:00:00 CEST */
		{"sun", "01:30-02:30", 1711846799, true}, {"sun", "01:30-02:30", 1711846800, false},
		{"sun", "03:00-04:00", 1711846800, true},
		{"sat", "22:00-06:00", 1711846800, true}, /* over midnight and over the change */
		{"sat", "22:00-06:00", 1711857599, true}, /* 05:59:59 CEST, an hour early */
		{"sat", "22:00-06:00", 1711857600, false},
		/* An hour that is there twice. */
		{"sun", "02:00-03:00", 1729987200, true},  /* 02:00:00 CEST */
		{"sun", "02:00-03:00", 1729990799, true},  /* 02:59:59 CEST */
		{"sun", "02:00-03:00", 1729990800, true},  /* 02:00:00 CET */
		{"sun", "02:00-03:00", 1729994399, true},  /* 02:59:59 CET */
		{"sun", "02:00-03:00", 1729994400, false}, /* 03:00:00 CET */
		{"sun", "03:00-04:00", 1729990799, false},
		/* The weekday is the zone's: Monday begins at 23:00 UTC in winter, at 22:00 in summer. */
		{"mon", "00:00-01:00", 1711839600 + 7 * 86400 - 7200, false}, /* Sunday 23:00 CEST */
		{"mon", "00:00-01:00", 1711922400, true},                     /* 2024-04-01 00:00:00 CEST */
		{"sun", "23:00-24:00", 1711922399, true},
		{"mon", "00:00-01:00", 1730070000, true}, /* 2024-10-28 00:00:00 CET */
	};
	struct arena arena = arena_make(1 << 16);
	struct zone zone;
	char file[512];

	ck_assert(zone_parse(zone_file(file, "CET-1CEST,M3.5.0,M10.5.0/3"), &arena, &zone));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct schedule s = schedule_from(rows[i].days, rows[i].span);

		s.zone = &zone;
		ck_assert_msg(schedule_holds(&s, rows[i].time) == rows[i].holds, "%s %s at %lld", rows[i].days,
			rows[i].span, (long long)rows[i].time);
	}
	arena_release(&arena);
}
END_TEST

UNIT_SUITE(schedule, "schedule", spans_hold_on_their_days_and_minutes, a_span_may_run_past_midnight_and_past_sunday,
	days_and_spans_that_mean_nothing_are_refused, a_zone_follows_its_changes_and_then_its_rule,
	spans_follow_the_clock_on_the_days_on_which_it_is_changed, broken_zone_files_are_refused,
	real_zones_agree_with_the_c_library)

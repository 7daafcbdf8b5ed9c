/* Alarms: raised, worse, over. */
#include "suites.h"

#include <string.h>

#include "proc/alarm_checks.h"
#include "proc/alarms.h"

#define SECOND UINT64_C(1000000000)

START_TEST(an_alarm_stands_since_it_was_raised_and_says_what_is_so_now)
{
	struct alarms alarms = {0};
	json_t *list = alarms_describe(&alarms), *item;

	ck_assert_uint_eq(json_array_size(list), 0);
	json_decref(list);
	alarms_raise(&alarms, ALARM_CLOCK, 1, 86400 * SECOND, "set it", "off by %d days", 2);
	alarms_raise(&alarms, ALARM_CLOCK, 2, 2 * 86400 * SECOND, "set it now", "off by %d days", 3);
	list = alarms_describe(&alarms);
	ck_assert_uint_eq(json_array_size(list), 1);
	item = json_array_get(list, 0);
	ck_assert_str_eq(json_string_value(json_object_get(item, "name")), "clock");
	ck_assert_str_eq(json_string_value(json_object_get(item, "since")), "1970-01-02T00:00:00Z");
	ck_assert_str_eq(json_string_value(json_object_get(item, "text")), "off by 3 days");
	ck_assert_str_eq(json_string_value(json_object_get(item, "remedy")), "set it now");
	json_decref(list);
	alarms_end(&alarms, ALARM_CLOCK);
	alarms_end(&alarms, ALARM_CLOCK);
	list = alarms_describe(&alarms);
	ck_assert_uint_eq(json_array_size(list), 0);
	json_decref(list);
	/* Anew is since then. */
	alarms_raise(&alarms, ALARM_CLOCK, 1, 3 * 86400 * SECOND, "set it", "off");
	list = alarms_describe(&alarms);
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(list, 0), "since")), "1970-01-04T00:00:00Z");
	json_decref(list);
}
END_TEST

#define DAY INT64_C(86400)

START_TEST(an_end_is_worse_the_nearer_it_is)
{
	static const struct {
		int64_t life;
		int64_t left;
		unsigned grade;
	} cases[] = {
		/* ten years, and a year */
		{3650, 91, 0},
		{3650, 90, 1},
		{3650, 31, 1},
		{3650, 30, 2},
		{3650, 8, 2},
		{3650, 7, 3},
		{3650, 0, 3},
		{365, 91, 0},
		{365, 90, 1},
		/* of 90 days, as below a root: not from the first day on */
		{90, 31, 0},
		{90, 30, 1},
		{90, 16, 1},
		{90, 15, 2},
		{90, 7, 3},
		/* of a week */
		{7, 3, 0},
		{7, 2, 3},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_uint_eq(alarm_checks_expiry_grade(cases[i].life * DAY, cases[i].left * DAY), cases[i].grade);
	ck_assert_uint_eq(alarm_checks_expiry_grade(3650 * DAY, -1), 4);
	ck_assert_uint_eq(alarm_checks_expiry_grade(7 * DAY, -1), 4);
}
END_TEST

UNIT_SUITE(
	alarms, "alarms", an_alarm_stands_since_it_was_raised_and_says_what_is_so_now, an_end_is_worse_the_nearer_it_is)

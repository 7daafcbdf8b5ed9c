/* Numbers, addresses and dates as text: against the C library as the model. */
#include "suites.h"

#include "record/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

START_TEST(numbers_read_as_printf_writes_them)
{
	static const uint64_t values[] = {
		0, 1, 9, 10, 99, 100, 12345, 999999999, 1000000000, UINT32_MAX, INT64_MAX, UINT64_MAX};
	char have[TEXT_U64_MAX], want[32];

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		size_t n = (size_t)(text_put_u64(have, values[i]) - have);

		snprintf(want, sizeof want, "%" PRIu64, values[i]);
		assert_slice(slice_make(have, n), want);
	}
}
END_TEST

START_TEST(dates_agree_with_gmtime_for_four_centuries)
{
	char have[TEXT_TIME_MAX], want[64];
	uint64_t back;

	for (uint64_t day = 0; day < 146097 + 1000; day++) {
		time_t t = (time_t)(day * 86400 + day % 86400);
		uint64_t ns = (uint64_t)t * 1000000000u + 123456000;
		struct tm tm;

		gmtime_r(&t, &tm);
		strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S.123456Z", &tm);
		text_put_time(have, ns);
		assert_slice(slice_make(have, TEXT_TIME_MAX), want);
		ck_assert(text_read_time(slice_make(have, TEXT_TIME_MAX), &back));
		ck_assert_uint_eq(back, ns);
	}
}
END_TEST

START_TEST(addresses_of_both_families_read_as_inet_ntop_writes_them)
{
	static const char *const texts[] = {"0.0.0.0", "10.1.2.3", "255.255.255.255", "::", "::1", "2001:db8::1:0:0:1",
		"fe80::1ff:fe23:4567:890a", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		char have[ADDR_TEXT_MAX];
		struct addr a;

		ck_assert(addr_parse(slice_of(texts[i]), &a));
		assert_slice(slice_make(have, (size_t)(text_put_addr(have, &a) - have)), texts[i]);
	}
}
END_TEST

START_TEST(times_of_other_zones_and_precisions_are_read)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} cases[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"1970-01-01T00:00:00.5Z", 500000000},
		{"1970-01-01T01:00:00+01:00", 0},
		{"1969-12-31T23:00:00-01:30", 1800000000000},
		{"2026-11-21 09:52:27.123456789Z", 1795254747123456789},
	};
	uint64_t ns;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_msg(text_read_time(slice_of(cases[i].text), &ns), "%s", cases[i].text);
		ck_assert_uint_eq(ns, cases[i].ns);
	}
}
END_TEST

START_TEST(malformed_times_are_refused)
{
	static const char *const texts[] = {"", "2026", "2026-11-21", "2026-11-21T09:52", "2026-11-21T09:52:27",
		"2026-13-21T09:52:27Z", "2026-00-21T09:52:27Z", "2026-11-32T09:52:27Z", "2026-11-21T24:52:27Z",
		"2026-11-21T09:60:27Z", "2026-11-21T09:52:61Z", "2026-11-21T09:52:27.Zjunk", "2026-11-21T09:52:27+1",
		"2026-11-21T09:52:27+24:00", "+026-11-21T09:52:27Z", "1960-01-01T00:00:00Z", "2026-11-21X09:52:27Z"};
	uint64_t ns;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		ck_assert_msg(!text_read_time(slice_of(texts[i]), &ns), "%s", texts[i]);
}
END_TEST

UNIT_SUITE(text, "text", numbers_read_as_printf_writes_them, dates_agree_with_gmtime_for_four_centuries,
	addresses_of_both_families_read_as_inet_ntop_writes_them, times_of_other_zones_and_precisions_are_read,
	malformed_times_are_refused)

/* Values and suggestions: tables of texts with what they mean, or that they mean nothing. */
#include "suites.h"

#include "conf/suggest.h"
#include "conf/value.h"

#include <stdio.h>

START_TEST(durations_are_read_with_their_unit)
{
	static const struct {
		const char *text;
		uint64_t value;
	} rows[] = {{"150ms", 150000000}, {"10s", 10000000000}, {"15m", 900000000000}, {"1h", 3600000000000},
		{"1d", 86400000000000}, {"2w", 1209600000000000}, {"0", 0}, {"0s", 0}};
	uint64_t value;
	char text[32];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		ck_assert(conf_value_duration(slice_of(rows[i].text), &value));
		ck_assert_uint_eq(value, rows[i].value);
		ck_assert(conf_value_duration(slice_of(conf_value_format_duration(value, text, sizeof text)), &value));
		ck_assert_uint_eq(value, rows[i].value);
	}
}
END_TEST

START_TEST(texts_that_are_no_value_are_refused)
{
	static const char *const durations[] = {"", "s", "10", "-1s", "1.5s", "10 s", "10sec", "99999999999999999999s",
		"18446744073709551615w", "1s1s"};
	static const char *const sizes[] = {"", "k", "-1", "1.5k", "1kb", "1t", "99999999999999999g", "0x10"};
	static const char *const counts[] = {"", "x", "0x", "0xg", "-1", "+1", " 1", "0x11112222333344445"};
	static const char *const bools[] = {"", "true", "YES", "1", "maybe"};
	uint64_t value;
	bool flag;

	for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++)
		ck_assert_msg(!conf_value_duration(slice_of(durations[i]), &value), "%s", durations[i]);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		ck_assert_msg(!conf_value_size(slice_of(sizes[i]), &value), "%s", sizes[i]);
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		ck_assert_msg(!conf_value_count(slice_of(counts[i]), &value), "%s", counts[i]);
	for (size_t i = 0; i < sizeof bools / sizeof bools[0]; i++)
		ck_assert_msg(!conf_value_bool(slice_of(bools[i]), &flag), "%s", bools[i]);
}
END_TEST

START_TEST(sizes_counts_and_flags_are_read)
{
	uint64_t value;
	char text[32];
	bool flag;

	ck_assert(conf_value_size(SLICE("64k"), &value) && value == 65536);
	ck_assert_str_eq(conf_value_format_size(value, text, sizeof text), "64k");
	ck_assert(conf_value_size(SLICE("10MiB"), &value) && value == 10485760);
	ck_assert(conf_value_size(SLICE("1G"), &value) && value == 1073741824);
	ck_assert(conf_value_size(SLICE("17"), &value) && value == 17);
	ck_assert(conf_value_count(SLICE("0x736C"), &value) && value == 0x736c);
	ck_assert(conf_value_count(SLICE("42"), &value) && value == 42);
	ck_assert(conf_value_bool(SLICE("yes"), &flag) && flag);
	ck_assert(conf_value_bool(SLICE("off"), &flag) && !flag);
}
END_TEST

START_TEST(a_slip_finds_the_name_meant)
{
	static const struct {
		const char *word;
		const char *best; /* NULL: nothing is near */
	} rows[] = {{"redirct", "redirect"}, {"interfcae", "interface"}, {"tsl", "tls"}, {"Gateway", "gateway"},
		{"frobnicate", NULL}, {"x", NULL}, {"", NULL}, {"on_failre", "on_failure"}};
	static const char *const names[] = {"gateway", "interface", "on_failure", "redirect", "tls"};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct conf_suggest search = {.word = slice_of(rows[i].word)};

		for (size_t j = 0; j < sizeof names / sizeof names[0]; j++)
			conf_suggest_offer(&search, names[j]);
		if (rows[i].best)
			ck_assert_str_eq(search.best, rows[i].best);
		else
			ck_assert_ptr_null(search.best);
	}
}
END_TEST

UNIT_SUITE(value, "value", durations_are_read_with_their_unit, texts_that_are_no_value_are_refused,
	sizes_counts_and_flags_are_read, a_slip_finds_the_name_meant)

/* Options: rows fill in what they say, and mistakes name themselves. */
#include "suites.h"

#include "ctl/ctl.h"

struct target {
	bool flag;
	const char *text;
	struct option_count count;
	struct option_addr addr;
	struct option_prefix prefix;
	uint64_t time;
	struct option_where where;
};

static const struct ctl_option rows[] = {
	{"flag", 'g', OPTION_FLAG, offsetof(struct target, flag), NULL, ""},
	{"text", 't', OPTION_TEXT, offsetof(struct target, text), "TEXT", ""},
	{"count", 'n', OPTION_COUNT, offsetof(struct target, count), "N", ""},
	{"addr", 'a', OPTION_ADDR, offsetof(struct target, addr), "ADDRESS", ""},
	{"prefix", 'p', OPTION_PREFIX, offsetof(struct target, prefix), "PREFIX", ""},
	{"time", 0, OPTION_TIME, offsetof(struct target, time), "TIME", ""},
	{"where", 0, OPTION_WHERE, offsetof(struct target, where), "KEY=VALUE", ""},
};
static const struct ctl_command command = {"test", "", "", "", rows, sizeof rows / sizeof rows[0], false, NULL};

static int
parse(struct target *t, int *first, char **said, int argc, char **argv)
{
	size_t size;
	struct ctl ctl = {.command = &command, .now_ns = 1795254747000000000u, .err = open_memstream(said, &size)};
	int status;

	ctl.out = ctl.err;
	*t = (struct target){0};
	status = option_parse(&ctl, argc, argv, t, NULL, first);
	fclose(ctl.err);
	return status;
}

START_TEST(options_of_every_type_are_read_in_any_place)
{
	char *argv[] = {"test", "one", "--flag", "-t", "some text", "--count=5", "-a", "::1", "two", "--prefix",
		"10.0.0.0/8", "--time", "1h", "--where", "a.b=c=d", "--where", "e=", "--", "-x", NULL};
	struct target t;
	char *said;
	int first;

	ck_assert_int_eq(parse(&t, &first, &said, 19, argv), EX_OK);
	ck_assert(t.flag && t.count.is_set && t.addr.is_set && t.prefix.is_set);
	ck_assert_str_eq(t.text, "some text");
	ck_assert_uint_eq(t.count.value, 5);
	ck_assert_uint_eq(t.prefix.prefix.bits, 104);
	ck_assert_uint_eq(t.time, 1795254747000000000u - 3600000000000u);
	ck_assert_uint_eq(t.where.count, 2);
	assert_slice(t.where.values[0], "c=d");
	assert_slice(t.where.values[1], "");
	ck_assert_str_eq(argv[first], "one");
	ck_assert_str_eq(argv[first + 1], "two");
	ck_assert_str_eq(argv[first + 2], "-x");
	free(said);
}
END_TEST

START_TEST(mistakes_are_usage_errors_that_name_the_option)
{
	static const struct {
		char *argument;
		char *value;
		const char *said;
	} cases[] = {
		{"--unheard", NULL, "--unheard"},
		{"-z", NULL, "-z"},
		{"--count", NULL, "--count"},
		{"-n", NULL, "-n"},
		{"--count", "x", "--count: \"x\""},
		{"--count", "-1", "--count: \"-1\""},
		{"--addr", "10.0.0.0/8", "--addr"},
		{"--addr", "host", "--addr"},
		{"--prefix", "10.0.0.1/8", "--prefix"},
		{"--time", "yesterday", "--time"},
		{"--time", "2026-13-01", "--time"},
		{"--where", "=x", "--where"},
		{"--where", "x", "--where"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *argv[] = {"test", cases[i].argument, cases[i].value, NULL};
		struct target t;
		char *said;
		int first;

		ck_assert_int_eq(parse(&t, &first, &said, cases[i].value ? 3 : 2, argv), EX_USAGE);
		ck_assert_msg(strstr(said, cases[i].said) && strstr(said, "sluicectl help test"), "%s: %s",
			cases[i].argument, said);
		free(said);
	}
}
END_TEST

START_TEST(times_are_ago_a_date_or_a_moment)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} cases[] = {
		{"0", 1795254747000000000u},
		{"7d", 1795254747000000000u - 7 * 86400000000000u},
		{"2026-11-21", 1795219200000000000u},
		{"2026-11-21T09:52", 1795254720000000000u},
		{"2026-11-21 09:52:27", 1795254747000000000u},
		{"2026-11-21T10:52:27+01:00", 1795254747000000000u},
	};
	uint64_t ns;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_msg(
			option_read_time(slice_of(cases[i].text), 1795254747000000000u, &ns), "%s", cases[i].text);
		ck_assert_uint_eq(ns, cases[i].ns);
	}
	ck_assert(!option_read_time(SLICE("100000w"), 1795254747000000000u, &ns));
	ck_assert(!option_read_time(SLICE("2026-11-2"), 1795254747000000000u, &ns));
	ck_assert(!option_read_time(SLICE(""), 1795254747000000000u, &ns));
}
END_TEST

UNIT_SUITE(option, "option", options_of_every_type_are_read_in_any_place,
	mistakes_are_usage_errors_that_name_the_option, times_are_ago_a_date_or_a_moment)

/* Text for people: nothing from traffic steers a terminal. */
#include "suites.h"

#include "ctl/terminal.h"

#define FFFD "\xef\xbf\xbd"

static void
assert_put(struct slice text, const char *want)
{
	char *have;
	size_t size;
	FILE *to = open_memstream(&have, &size);

	terminal_put(to, text);
	fclose(to);
	ck_assert_str_eq(have, want);
	free(have);
}

START_TEST(control_characters_and_direction_marks_are_replaced)
{
	assert_put(SLICE("plain gr\xc3\xbc\xc3\x9f"), "plain gr\xc3\xbc\xc3\x9f");
	assert_put(SLICE("\x1b]0;title\x07"), FFFD "]0;title" FFFD);
	assert_put(SLICE("a\nb\r\tc\x7f"), "a" FFFD "b" FFFD FFFD "c" FFFD);
	assert_put(SLICE("\xc2\x9b"
			 "2J"),
		FFFD "2J");
	assert_put(SLICE("a\xe2\x80\xae"
			 "b\xe2\x81\xa6\xe2\x80\x8f"),
		"a" FFFD "b" FFFD FFFD);
	assert_put(SLICE("\xff\xfe"), FFFD FFFD);
	assert_put(SLICE("a\0b"), "a" FFFD "b");
}
END_TEST

START_TEST(columns_are_as_wide_as_their_widest_cell)
{
	static const char *const titles[] = {"NAME", "N"};
	struct grid g;
	char *have;
	size_t size;
	FILE *to = open_memstream(&have, &size);

	grid_init(&g, titles, 2, 1 << 1);
	grid_add(&g, SLICE("gr\xc3\xbc\xc3\x9f"
			   "e"));
	grid_printf(&g, "%d", 100);
	grid_add(&g, SLICE(""));
	grid_add(&g, SLICE("7"));
	grid_print(&g, to, false);
	fclose(to);
	ck_assert_str_eq(have, "NAME     N\ngr\xc3\xbc\xc3\x9f"
			       "e  100\n         7\n");
	grid_release(&g);
	free(have);
}
END_TEST

START_TEST(durations_and_sizes_read_in_two_units_at_most)
{
	char text[32];

	ck_assert_str_eq(terminal_duration(1000, text), "1 \xc2\xb5s");
	ck_assert_str_eq(terminal_duration(23456789, text), "23 ms");
	ck_assert_str_eq(terminal_duration(1500000000, text), "1.5 s");
	ck_assert_str_eq(terminal_duration(61000000000, text), "1 min 1 s");
	ck_assert_str_eq(terminal_duration(3660000000000, text), "1 h 1 min");
	ck_assert_str_eq(terminal_duration(90000000000000, text), "1 d 1 h");
	ck_assert_str_eq(terminal_bytes(1023, text), "1023 B");
	ck_assert_str_eq(terminal_bytes(1536, text), "1.5 KiB");
	ck_assert_str_eq(terminal_bytes(UINT64_MAX, text), "16384 PiB");
}
END_TEST

UNIT_SUITE(terminal, "terminal", control_characters_and_direction_marks_are_replaced,
	columns_are_as_wide_as_their_widest_cell, durations_and_sizes_read_in_two_units_at_most)

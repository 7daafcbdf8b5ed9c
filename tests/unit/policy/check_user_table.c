/* Files of users: lines as they should be, lines as they should not, which line counts, and until when. */
#include "suites.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "policy/user_table.h"

static struct user_table *
table_from(const char *text, struct problems *problems)
{
	struct conf_source file = {"users", slice_of(text)};
	struct user_table *table = user_table_build(&file, 1, problems);

	ck_assert_ptr_nonnull(table);
	return table;
}

/* "anna @staff", or "-" where nobody is known. */
static const char *
names_at(const struct user_table *table, const char *address, int64_t now)
{
	static char text[1024];
	const struct user_entry *entry;
	struct addr addr;
	size_t n = 0;

	ck_assert(addr_parse(slice_of(address), &addr));
	entry = user_table_find(table, &addr, now);
	if (entry == NULL)
		return "-";
	for (size_t i = 0; i < entry->count; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s", i ? " " : "", SLICE_ARG(entry->names[i]));
	return text;
}

START_TEST(a_line_names_the_user_and_his_groups)
{
	struct problems problems = {0};
	struct user_table *table = table_from("# who is where\n"
					      "\n"
					      "10.1.0.5 anna teachers staff   # room 12\r\n"
					      "\tfd00:1::5\tbert\n"
					      "10.1.0.6 j\xc3\xb6rg until",
		&problems);

	ck_assert_str_eq(names_at(table, "10.1.0.5", 1), "anna @teachers @staff");
	ck_assert_str_eq(names_at(table, "fd00:1::5", 1), "bert");
	ck_assert_str_eq(names_at(table, "10.1.0.4", 1), "-");
	ck_assert_uint_eq(user_table_count(table), 2);
	ck_assert_uint_eq(problems.count, 1);
	ck_assert_uint_eq(problems.items[0].line, 5);
	user_table_release(table);
	problems_release(&problems);
}
END_TEST

START_TEST(the_last_line_about_an_address_counts)
{
	struct problems problems = {0};
	struct conf_source files[] = {
		{"one", SLICE("10.1.0.5 anna until 100\n10.1.0.6 carl\n10.1.0.5 bert\n")},
		{"two", SLICE("10.1.0.6 dora until 50\n")},
	};
	struct user_table *table = user_table_build(files, 2, &problems);

	ck_assert_str_eq(names_at(table, "10.1.0.5", 1), "bert");
	ck_assert_str_eq(names_at(table, "10.1.0.6", 49), "dora");
	/* Who has gone has not made room for who was there before him. */
	ck_assert_str_eq(names_at(table, "10.1.0.6", 50), "-");
	ck_assert_uint_eq(user_table_count(table), 2);
	ck_assert_uint_eq(problems.count, 0);
	user_table_release(table);
}
END_TEST

START_TEST(times_are_seconds_or_written_out)
{
	struct problems problems = {0};
	struct user_table *table = table_from("10.1.0.1 a until 1000\n"
					      "10.1.0.2 b until 2001-09-09T01:46:40Z\n"
					      "10.1.0.3 until until 1000\n"
					      "10.1.0.4 d x until 99999999999999999999\n"
					      "10.1.0.5 e until 2001-13-09T01:46:40Z\n"
					      "10.1.0.6 f until 2001-09-09T01:46:40+01:00\n"
					      "10.1.0.7 g until 2001-09-09 01:46:40\n"
					      "10.1.0.8 h until 1000 x\n"
					      "10.1.0.9 i until -1\n",
		&problems);

	ck_assert_str_eq(names_at(table, "10.1.0.1", 999), "a");
	ck_assert_str_eq(names_at(table, "10.1.0.1", 1000), "-");
	ck_assert_str_eq(names_at(table, "10.1.0.2", 999999999), "b");
	ck_assert_str_eq(names_at(table, "10.1.0.2", 1000000000), "-");
	ck_assert_str_eq(names_at(table, "10.1.0.3", 999), "until");
	ck_assert_uint_eq(problems.count, 6);
	user_table_release(table);
	problems_release(&problems);
}
END_TEST

START_TEST(nobody_calls_himself_like_a_group)
{
	static const char *const lines[] = {"10.1.0.5 @staff\n", "10.1.0.5 anna @staff\n", "10.1.0.5\n", "anna staff\n",
		"10.1.0.5/24 anna\n", "10.1.0.256 anna\n", "10.1.0.5 a\xff\n", "10.1.0.5 \xed\xa0\x80\n"};

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct problems problems = {0};
		struct user_table *table = table_from(lines[i], &problems);

		ck_assert_msg(problems.count == 1 && problems.errors == 0, "%s", lines[i]);
		ck_assert_str_eq(names_at(table, "10.1.0.5", 1), "-");
		user_table_release(table);
		problems_release(&problems);
	}
}
END_TEST

START_TEST(many_bad_lines_are_counted_and_few_are_named)
{
	struct buffer text = buffer_make(1 << 20);
	struct problems problems = {0};
	struct user_table *table;
	char last[1024];

	for (int i = 0; i < 1000; i++)
		buffer_append_cstr(&text, "nonsense\n");
	buffer_append_cstr(&text, "10.1.0.5 anna\n");
	buffer_append(&text, slice_make("", 1));
	table = table_from(buffer_slice(&text).ptr, &problems);
	ck_assert_str_eq(names_at(table, "10.1.0.5", 1), "anna");
	ck_assert_uint_eq(problems.count, USER_MISTAKES_MAX + 1);
	problem_format(&problems.items[problems.count - 1], last, sizeof last);
	ck_assert_ptr_nonnull(strstr(last, "990 more"));
	user_table_release(table);
	problems_release(&problems);
	buffer_release(&text);
}
END_TEST

START_TEST(a_copy_outlives_its_table)
{
	struct problems problems = {0};
	struct user_table *table = table_from("10.1.0.5 anna staff until 77\n", &problems);
	struct user_entry *copy;
	struct addr addr;

	addr_parse(SLICE("10.1.0.5"), &addr);
	copy = user_entry_copy(user_table_find(table, &addr, 1));
	user_table_release(table);
	ck_assert_ptr_nonnull(copy);
	ck_assert_int_eq(copy->until, 77);
	ck_assert(slice_eq(copy->names[0], SLICE("anna")) && slice_eq(copy->names[1], SLICE("@staff")));
	free(copy);
	ck_assert_ptr_null(user_entry_copy(NULL));
}
END_TEST

Suite *
user_table_suite(void)
{
	Suite *s = suite_create("user_table");
	TCase *t = tcase_create("user_table");

	tcase_add_test(t, a_line_names_the_user_and_his_groups);
	tcase_add_test(t, the_last_line_about_an_address_counts);
	tcase_add_test(t, times_are_seconds_or_written_out);
	tcase_add_test(t, nobody_calls_himself_like_a_group);
	tcase_add_test(t, many_bad_lines_are_counted_and_few_are_named);
	tcase_add_test(t, a_copy_outlives_its_table);
	suite_add_tcase(s, t);
	return s;
}

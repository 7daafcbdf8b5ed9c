/* Parameters of queries and forms. */
#include "suites.h"

#include "base/form.h"

START_TEST(a_value_is_found_by_its_whole_name)
{
	static const struct {
		const char *pairs, *value; /* NULL: none */
	} rows[] = {
		{"q=1", "1"},
		{"a=0&q=1&q=2", "1"},
		{"q=&q=2", "2"},
		{"q=a=b", "a=b"},
		{"&&q=1&", "1"},
		{"", NULL},
		{"q", NULL},
		{"q=", NULL},
		{"qq=1", NULL},
		{"aq=1", NULL},
		{"Q=1", NULL},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct slice found = form_find(slice_of(rows[i].pairs), SLICE("q"));

		ck_assert_msg(rows[i].value ? slice_eq(found, slice_of(rows[i].value)) : found.ptr == NULL, "%s",
			rows[i].pairs);
	}
}
END_TEST

START_TEST(a_value_is_decoded_as_far_as_it_fits)
{
	static const struct {
		const char *value, *decoded;
	} rows[] = {
		{"a+b%20c", "a b c"},
		{"%41%2b%2B", "A++"},
		{"100%", "100%"},
		{"%4", "%4"},
		{"%zz", "%zz"},
		{"12345678901", "1234567890"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char room[10];

		ck_assert_msg(
			slice_eq(form_decode(slice_of(rows[i].value), room, sizeof room), slice_of(rows[i].decoded)),
			"%s", rows[i].value);
	}
}
END_TEST

UNIT_SUITE(form, "form", a_value_is_found_by_its_whole_name, a_value_is_decoded_as_far_as_it_fits)

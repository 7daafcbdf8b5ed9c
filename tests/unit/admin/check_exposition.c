/* The text of metrics, against the format's own rules. */
#include "suites.h"

#include "admin/exposition.h"

START_TEST(family_has_help_type_and_samples)
{
	struct buffer out = buffer_make(4096);
	struct exposition e;
	char label[EXPOSITION_LABEL_MAX];

	exposition_begin(&e, &out);
	exposition_family(&e, "flows_total", EXPOSITION_COUNTER, "Flows.");
	exposition_sample(&e, "verdict=\"pass\"", 18446744073709551615u);
	exposition_sample(&e, NULL, 0);
	exposition_family(&e, "age_seconds", EXPOSITION_GAUGE, "An age.");
	exposition_sample_ns(&e, exposition_label(label, "list", "ads"), 1500000007);
	ck_assert(exposition_end(&e));
	assert_slice(buffer_slice(&out), "# HELP sluice_flows_total Flows.\n"
					 "# TYPE sluice_flows_total counter\n"
					 "sluice_flows_total{verdict=\"pass\"} 18446744073709551615\n"
					 "sluice_flows_total 0\n"
					 "# HELP sluice_age_seconds An age.\n"
					 "# TYPE sluice_age_seconds gauge\n"
					 "sluice_age_seconds{list=\"ads\"} 1.500000007\n");
	buffer_release(&out);
}
END_TEST

START_TEST(label_values_are_escaped)
{
	static const struct {
		const char *value, *written;
	} cases[] = {
		{"", "l=\"\""},
		{"ads", "l=\"ads\""},
		{"a\"b\\c\nd", "l=\"a\\\"b\\\\c\\nd\""},
		{"gr\xc3\xbc\xc3\x9f", "l=\"gr\xc3\xbc\xc3\x9f\""},
		{"\xff"
		 "a\xc3",
			"l=\"\xef\xbf\xbd"
			"a\xef\xbf\xbd\""},
		{"\xed\xa0\x80", "l=\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}, /* a surrogate */
		{"a} 1\t{b=\"", "l=\"a} 1\t{b=\\\"\""},
	};
	char label[EXPOSITION_LABEL_MAX];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_str_eq(exposition_label(label, "l", cases[i].value), cases[i].written);
}
END_TEST

START_TEST(label_that_is_too_long_is_cut_between_characters)
{
	char label[EXPOSITION_LABEL_MAX], value[2 * EXPOSITION_LABEL_MAX + 1];
	size_t len;

	for (size_t i = 0; i + 1 < sizeof value; i += 2)
		memcpy(value + i, "\"\n", 2);
	value[sizeof value - 1] = '\0';
	exposition_label(label, "name", value);
	len = strlen(label);
	ck_assert_uint_lt(len, sizeof label);
	ck_assert_uint_gt(len, sizeof label - 8);
	/* Two bytes each, between name=" and the closing quote. */
	ck_assert_uint_eq((len - strlen("name=\"\"")) % 2, 0);
	ck_assert(label[len - 3] == '\\' && label[len - 1] == '"');
}
END_TEST

START_TEST(what_does_not_fit_is_told)
{
	size_t whole = strlen("# HELP sluice_a b\n# TYPE sluice_a gauge\nsluice_a 1\n");

	for (size_t most = 0; most < whole + 40; most++) {
		struct buffer out = buffer_make(most);
		struct exposition e;

		exposition_begin(&e, &out);
		exposition_family(&e, "a", EXPOSITION_GAUGE, "b");
		exposition_sample(&e, NULL, 1);
		ck_assert_int_eq(exposition_end(&e), buffer_len(&out) == whole);
		ck_assert(most < whole + 10 ? buffer_len(&out) <= most : exposition_end(&e));
		buffer_release(&out);
	}
}
END_TEST

UNIT_SUITE(exposition, "exposition", family_has_help_type_and_samples, label_values_are_escaped,
	label_that_is_too_long_is_cut_between_characters, what_does_not_fit_is_told)

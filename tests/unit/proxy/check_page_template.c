/* Templates: gaps, sections, and mistakes with their lines. */
#include "suites.h"

#include "proxy/page_escape.h"
#include "proxy/page_template.h"

static const char *
render(const char *text, const struct slice values[PAGE_VALUES])
{
	static char result[4096];
	struct arena arena = arena_make(1 << 20);
	struct problems problems = {0};
	struct buffer out = buffer_make(sizeof result - 1);
	const struct page_template *t = page_template_parse(slice_of(text), "page.html", &arena, &problems);

	ck_assert_msg(t != NULL, "refused: %s", problems_text(&problems));
	ck_assert(page_template_render(t, values, &out));
	ck_assert(slice_to_cstr(buffer_slice(&out), result, sizeof result));
	buffer_release(&out);
	arena_release(&arena);
	return result;
}

START_TEST(gaps_are_filled_and_sections_without_a_value_are_left_out)
{
	struct slice values[PAGE_VALUES] = {[PAGE_VALUE_SITE] = SLICE("a.test"),
		[PAGE_VALUE_REASON] = SLICE("no"),
		[PAGE_VALUE_LABEL_SITE] = SLICE("Site")};
	static const struct {
		const char *text, *result;
	} cases[] = {
		{"", ""},
		{"plain } text { }}", "plain } text { }}"},
		{"{{site}}", "a.test"},
		{"<{{ label.site }}: {{site}}>", "<Site: a.test>"},
		{"{{rule}}", ""},
		{"[{{#site}}({{site}}){{/site}}]", "[(a.test)]"},
		{"[{{#rule}}({{site}}){{/rule}}]", "[]"},
		{"{{#site}}1{{#rule}}2{{/rule}}3{{#reason}}4{{/reason}}{{/site}}5", "1345"},
		{"{{#rule}}1{{#site}}2{{/site}}{{/rule}}{{#site}}{{/site}}3", "3"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_str_eq(render(cases[i].text, values), cases[i].result);
}
END_TEST

START_TEST(a_broken_template_is_refused_with_line_and_column)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
		{"a\nb {{nothing}}", "page.html:2:3: error: there is no value called \"nothing\""},
		{"{{}}", "page.html:1:1: error: there is no value called"},
		{"{{{site}}}", "there is no value called \"{site\""},
		{"{{&site}}", "there is no value called \"&site\""},
		{"{{> page}}", "there is no value called"},
		{"x{{site", "page.html:1:2: error: this {{ has no end on its line"},
		{"{{site\n}}", "has no end on its line"},
		{"{{#site}}", "at the end a section is still open: \"site\""},
		{"{{#site}}{{#rule}}{{/site}}{{/rule}}",
			"page.html:1:19: error: another section is open than \"site\""},
		{"\n\n{{/site}}", "page.html:3:1: error: nothing is open that this closes: \"site\""},
		{"a\xff", "page.html:1:2: error: this is not UTF-8 text"},
		{"{{#site}}{{#site}}{{#site}}{{#site}}{{#site}}{{#site}}{{#site}}{{#site}}{{#site}}", "too deeply"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct arena arena = arena_make(1 << 20);
		struct problems problems = {0};
		const char *text;

		ck_assert_ptr_null(page_template_parse(slice_of(cases[i].text), "page.html", &arena, &problems));
		text = problems_text(&problems);
		ck_assert_msg(strstr(text, cases[i].problem), "%s: %s", cases[i].text, text);
		arena_release(&arena);
	}
}
END_TEST

START_TEST(a_template_has_bounds)
{
	struct arena arena = arena_make(1 << 20);
	struct problems problems = {0};
	struct buffer text = buffer_make(1 << 20);

	for (size_t i = 0; i <= PAGE_TEMPLATE_PARTS_MAX / 2; i++)
		ck_assert(buffer_append_cstr(&text, "x{{site}}"));
	ck_assert_ptr_null(page_template_parse(buffer_slice(&text), "page.html", &arena, &problems));
	ck_assert(strstr(problems_text(&problems), "too many parts"));
	buffer_clear(&text);
	while (buffer_len(&text) <= PAGE_TEMPLATE_MAX)
		ck_assert(buffer_append_cstr(&text, "0123456789abcdef"));
	ck_assert_ptr_null(page_template_parse(buffer_slice(&text), "page.html", &arena, &problems));
	ck_assert(strstr(problems_text(&problems), "too long"));
	buffer_release(&text);
	arena_release(&arena);
}
END_TEST

START_TEST(whatever_a_value_holds_it_stays_text)
{
	static const struct {
		const char *value, *html, *json;
	} cases[] = {
		{"plain", "plain", "plain"},
		{"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;",
			"\\u003cscript\\u003ealert(1)\\u003c/script\\u003e"},
		{"\" onload='x'", "&quot; onload=&#39;x&#39;", "\\\" onload='x'"},
		{"a&b;", "a&amp;b;", "a\\u0026b;"},
		{"back\\slash", "back\\slash", "back\\\\slash"},
		{"a\r\nb\tc\x1b[31m\x7f", "a??b?c?[31m?", "a??b?c?[31m?"},
		{"Stra\xc3\x9f"
		 "e \xe2\x82\xac \xf0\x9f\x98\x80",
			"Stra\xc3\x9f"
			"e \xe2\x82\xac \xf0\x9f\x98\x80",
			"Stra\xc3\x9f"
			"e \xe2\x82\xac \xf0\x9f\x98\x80"},
		{"\xe2\x80\xae"
		 "gnp.exe \xe2\x81\xa6 \xe2\x80\xa8",
			"?gnp.exe ? ?", "?gnp.exe ? ?"},
		{"\xc0\xbcscript\xff", "??script?", "??script?"},
		{"\xc2\x85", "?", "?"},
	};
	struct buffer out = buffer_make(4096);

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert(page_escape_html(&out, slice_of(cases[i].value)));
		assert_slice(buffer_slice(&out), cases[i].html);
		buffer_clear(&out);
		ck_assert(page_escape_json(&out, slice_of(cases[i].value)));
		assert_slice(buffer_slice(&out), cases[i].json);
		buffer_clear(&out);
	}
	buffer_release(&out);
	out = buffer_make(4);
	ck_assert(!page_escape_html(&out, SLICE("<<")));
	buffer_release(&out);
}
END_TEST

UNIT_SUITE(page_template, "page_template", gaps_are_filled_and_sections_without_a_value_are_left_out,
	a_broken_template_is_refused_with_line_and_column, a_template_has_bounds, whatever_a_value_holds_it_stays_text)

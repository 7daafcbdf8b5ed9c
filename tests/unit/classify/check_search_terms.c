/* Search terms of known engines. */
#include "suites.h"

#include "classify/search_terms.h"

START_TEST(terms_are_found_in_the_parameter_of_the_engine_and_nowhere_else)
{
	static const struct {
		const char *host, *path, *query, *terms; /* NULL: none */
	} cases[] = {
		{"www.google.com", "/search", "hl=en&q=red+car", "red car"},
		{"google.co.uk", "/search", "q=a", "a"},
		{"www.google.de", "/search", "q=%66oo%20b%C3%A4r", "foo b\xc3\xa4r"},
		{"www.google.de", "/search", "q=", NULL},
		{"www.google.de", "/search", "oq=a", NULL},
		{"www.google.de", "/maps", "q=a", NULL},
		{"google.example.org", "/search", "q=a", NULL},
		{"notgoogle.com", "/search", "q=a", NULL},
		{"google", "/search", "q=a", NULL},
		{"google.com.evil.example", "/search", "q=a", NULL},
		{"www.bing.com", "/search", "q=a%2", "a%2"},
		{"www.bing.com", "/search", "q=a%zz%", "a%zz%"},
		{"www.bing.com", "/search", "q=%41", "A"},
		{"www.bing.com", "/search", "q=&q=second", "second"},
		{"duckduckgo.com", "/", "t=h&q=one", "one"},
		{"de.search.yahoo.com", "/search", "p=two", "two"},
		{"yandex.ru", "/search/", "text=three", "three"},
		{"www.baidu.com", "/s", "wd=four", "four"},
		{"www.youtube.com", "/results", "search_query=five", "five"},
		{"www.youtube.com", "/watch", "v=five", NULL},
		{"en.wikipedia.org", "/w/index.php", "search=six", "six"},
		{"www.amazon.co.jp", "/s", "k=seven", "seven"},
		{"example.org", "/search", "q=a", NULL},
		{"", "", "", NULL},
	};
	char text[64];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct slice terms;
		bool is_found = search_terms_find(slice_of(cases[i].host), slice_of(cases[i].path),
			slice_of(cases[i].query), text, sizeof text, &terms);

		ck_assert_msg(is_found == (cases[i].terms != NULL), "row %zu", i);
		if (is_found)
			assert_slice(terms, cases[i].terms);
	}
}
END_TEST

START_TEST(terms_that_are_too_long_are_cut)
{
	struct slice terms;
	char text[4];

	ck_assert(search_terms_find(
		SLICE("www.bing.com"), SLICE("/search"), SLICE("q=abc%20def"), text, sizeof text, &terms));
	assert_slice(terms, "abc ");
}
END_TEST

UNIT_SUITE(search_terms, "search_terms", terms_are_found_in_the_parameter_of_the_engine_and_nowhere_else,
	terms_that_are_too_long_are_cut)

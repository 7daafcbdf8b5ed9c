/* Languages and files of templates. */
#include "suites.h"

#include "proxy/page_set.h"

static struct page_set *
new_set(void)
{
	struct problems problems = {0};
	struct page_set *set = page_set_new(&problems);

	ck_assert_msg(set != NULL, "%s", problems_text(&problems));
	ck_assert_uint_eq(problems.count, 0);
	return set;
}

static void
add(struct page_set *set, const char *path, const char *text)
{
	struct problems problems = {0};

	ck_assert_msg(page_set_add(set, path, slice_of(text), &problems), "%s", problems_text(&problems));
	problems_release(&problems);
}

START_TEST(english_and_german_are_built_in_and_whole)
{
	struct page_set *set = new_set();

	ck_assert_uint_eq(set->count, 2);
	ck_assert_str_eq(set->languages[0]->tag, "en");
	ck_assert_str_eq(set->languages[1]->tag, "de");
	ck_assert_ptr_nonnull(set->template);
	for (size_t i = 0; i < set->count; i++) {
		for (size_t kind = 0; kind < PAGE_KINDS; kind++) {
			ck_assert_uint_gt(set->languages[i]->titles[kind].len, 0);
			ck_assert_uint_gt(set->languages[i]->texts[kind].len, 0);
		}
		for (size_t label = PAGE_VALUE_LABEL_SITE; label < PAGE_VALUES; label++)
			ck_assert_uint_gt(set->languages[i]->labels[label].len, 0);
	}
	page_set_free(set);
	page_set_free(NULL);
}
END_TEST

START_TEST(the_language_is_what_the_client_prefers_of_what_there_is)
{
	static const struct {
		const char *accept, *tag;
	} cases[] = {
		{"", "en"},
		{"de", "de"},
		{"DE-at", "de"},
		{"de-Latn-DE-1996", "de"},
		{"fr, de;q=0.5, en;q=0.9", "en"},
		{"fr;q=1.0, de;q=0.8, en;q=0.7", "de"},
		{"pt-BR,pt;q=0.9", "pt-br"},
		{"pt", "en"},
		{"ja, *;q=0.1", "en"},
		{"*, de;q=0.5", "en"},
		{"de;q=0", "en"},
		{"de;q=2", "en"},
		{"de;q=0.x", "en"},
		{"de;level=1", "en"},
		{"de;q=0.0001", "en"},
		{",,;;, ;q=", "en"},
		{"-de", "en"},
		{"deutsch", "en"},
		{" de ; q=0.3 ", "de"},
	};
	struct page_set *set = new_set();

	add(set, "/t/messages.pt-BR", "blocked.title Bloqueado\n");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(strcmp(page_set_choose(set, slice_of(cases[i].accept))->tag, cases[i].tag) == 0, "%s",
			cases[i].accept);
	page_set_free(set);
}
END_TEST

START_TEST(a_language_says_in_english_what_it_lacks)
{
	struct page_set *set = new_set();
	const struct page_language *fr;

	add(set, "/t/messages.fr",
		"# comment\r\n\r\nblocked.title\t Page bloqu\xc3\xa9"
		"e \r\nlabel.site  Site web\n");
	fr = page_set_choose(set, SLICE("fr"));
	assert_slice(page_set_title(set, fr, PAGE_BLOCKED), "Page bloqu\xc3\xa9"
							    "e");
	assert_slice(page_set_text(set, fr, PAGE_BLOCKED), "The rules of this network do not allow it.");
	assert_slice(page_set_label(set, fr, PAGE_VALUE_LABEL_SITE), "Site web");
	assert_slice(page_set_label(set, fr, PAGE_VALUE_LABEL_RULE), "Rule");
	page_set_free(set);
}
END_TEST

START_TEST(files_replace_what_is_built_in)
{
	struct page_set *set = new_set();
	const struct page_template *built_in = set->template;

	add(set, "/t/page.html", "{{title}}");
	add(set, "/t/page.de.html", "<b>{{title}}</b>");
	add(set, "/t/messages.de", "blocked.title Nein\n");
	ck_assert(set->template != built_in);
	ck_assert_ptr_null(set->languages[0]->template);
	ck_assert_ptr_nonnull(set->languages[1]->template);
	assert_slice(page_set_title(set, set->languages[1], PAGE_BLOCKED), "Nein");
	page_set_free(set);
}
END_TEST

START_TEST(mistakes_are_named_with_file_and_line)
{
	static const struct {
		const char *path, *text, *problem;
	} cases[] = {
		{"/t/messages.de", "blocked.title x\nblocked.titel x\n",
			"/t/messages.de:2:1: error: there is no message called \"blocked.titel\""},
		{"/t/messages.de", "blocked.title\n",
			"/t/messages.de:1:1: error: there is no text for \"blocked.title\""},
		{"/t/messages.de", "label.nothing x\n", "no message called"},
		{"/t/messages.de", "site x\n", "no message called"},
		{"/t/messages.de", "\nblocked.text \xff\n", "/t/messages.de:2:1: error: this is not UTF-8"},
		{"/t/messages.d", "blocked.title x", "no language tag"},
		{"/t/messages.a_b", "blocked.title x", "no language tag"},
		{"/t/messages.averylonglanguagetag", "blocked.title x", "no language tag"},
		{"/t/page.de.html", "\n{{titel}}", "/t/page.de.html:2:1: error: there is no value called \"titel\""},
		{"/t/index.html", "x", "no file of pages"},
		{"/t/page..html", "x", "no file of pages"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct page_set *set = new_set();
		struct problems problems = {0};
		const char *text;

		ck_assert(!page_set_add(set, cases[i].path, slice_of(cases[i].text), &problems));
		text = problems_text(&problems);
		ck_assert_msg(strstr(text, cases[i].problem), "%s: %s", cases[i].path, text);
		page_set_free(set);
	}
	ck_assert(page_set_knows(SLICE("page.html")));
	ck_assert(page_set_knows(SLICE("page.pt-br.html")));
	ck_assert(page_set_knows(SLICE("messages.en")));
	ck_assert(!page_set_knows(SLICE("messages.")));
	ck_assert(!page_set_knows(SLICE("messages.en.bak")));
	ck_assert(!page_set_knows(SLICE("page.html~")));
}
END_TEST

UNIT_SUITE(page_set, "page_set", english_and_german_are_built_in_and_whole,
	the_language_is_what_the_client_prefers_of_what_there_is, a_language_says_in_english_what_it_lacks,
	files_replace_what_is_built_in, mistakes_are_named_with_file_and_line)

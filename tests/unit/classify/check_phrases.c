/* Phrase lists: the format, the score, and the two engines against one another. */
#include "config.h"

#include "suites.h"

#include "base/buffer.h"
#include "classify/aho.h"
#include "classify/phrases_list.h"
#include "classify/phrases_scan.h"
#include "classify/text_normal.h"

#include <stdio.h>
#include <unistd.h>

#define E2GUARDIAN "/etc/e2guardian/lists/"

/* ---- lines ---- */

START_TEST(each_kind_of_line_is_read)
{
	static const struct {
		const char *line;
		enum phrase_line_kind kind;
		unsigned members;
		const char *last; /* the last phrase, the category or the path */
		int weight;
		bool is_percent;
	} cases[] = {
		{"", PHRASE_LINE_EMPTY, 0, "", 0, false},
		{"  ", PHRASE_LINE_EMPTY, 0, "", 0, false},
		{"# <a><10>", PHRASE_LINE_EMPTY, 0, "", 0, false},
		{"#.Include</x>", PHRASE_LINE_EMPTY, 0, "", 0, false},
		{"<a>", PHRASE_LINE_RULE, 1, "a", 0, false},
		{"<a><10>", PHRASE_LINE_RULE, 1, "a", 10, false},
		{"< two words ><-25>\r", PHRASE_LINE_RULE, 1, " two words ", -25, false},
		{"<a><10%>", PHRASE_LINE_RULE, 1, "a", 10, true},
		{"<a>,<b>", PHRASE_LINE_RULE, 2, "b", 0, false},
		{"<a>,<b>,< c ><30>   # a comment", PHRASE_LINE_RULE, 3, " c ", 30, false},
		{"<a><+5> #", PHRASE_LINE_RULE, 1, "a", 5, false},
		{"<a>, < b > <20>", PHRASE_LINE_RULE, 2, " b ", 20, false},
		{"<10>", PHRASE_LINE_RULE, 1, "10", 0, false},
		{"<a><10>,<b><20>", PHRASE_LINE_RULE, 1, "a", 10, false},
		{"\xef\xbb\xbf<a><1>", PHRASE_LINE_RULE, 1, "a", 1, false},
		{"#listcategory: \"Bad words\"", PHRASE_LINE_CATEGORY, 0, "Bad words", 0, false},
		{"#ListCategory:plain", PHRASE_LINE_CATEGORY, 0, "plain", 0, false},
		{".Include</a/b>", PHRASE_LINE_INCLUDE, 0, "/a/b", 0, false},
		{".Include</a/b> # BETA", PHRASE_LINE_INCLUDE, 0, "/a/b", 0, false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct phrase_line line;

		phrase_line_parse(slice_of(cases[i].line), &line);
		ck_assert_msg(line.kind == cases[i].kind, "row %zu: %s", i, cases[i].line);
		ck_assert_uint_eq(line.member_count, cases[i].members);
		assert_slice(line.member_count ? line.members[line.member_count - 1]
			     : line.text.ptr   ? line.text
					       : SLICE_EMPTY,
			cases[i].last);
		ck_assert_int_eq(line.weight, cases[i].weight);
		ck_assert_int_eq(line.is_percent, cases[i].is_percent);
	}
}
END_TEST

START_TEST(bad_lines_are_named_with_their_column)
{
	static const struct {
		const char *line;
		unsigned column;
	} cases[] = {
		{"word", 1},
		{"  word", 3},
		{"<a", 1},
		{"<a>,<b", 5},
		{"<a><x>", 4},
		{"<a><>", 4},
		{"<a><10.5>", 4},
		{"<a><99999999>", 4},
		{"<a><1x%>", 4},
		{"<a>,", 5},
		{"<a>,x", 5},
		{"<a>x", 4},
		{"<a>,<b>,<c>,<d>,<e>,<f>,<g>,<h>,<i>,<j>,<k>,<l>,<m>,<n>,<o>,<p>,<q>", 65},
		{".Include<", 10},
		{".Include<>", 10},
		{".Include</a", 10},
		{".Unknown<x>", 1},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct phrase_line line;

		phrase_line_parse(slice_of(cases[i].line), &line);
		ck_assert_msg(line.kind == PHRASE_LINE_BAD, "row %zu: %s", i, cases[i].line);
		ck_assert_msg(line.column == cases[i].column, "row %zu: column %u", i, line.column);
		ck_assert_ptr_nonnull(line.problem);
		ck_assert_ptr_nonnull(line.remedy);
	}
}
END_TEST

/* ---- scores ---- */

#ifdef HAVE_HYPERSCAN
static const enum phrases_engine_kind engines[] = {PHRASES_HYPERSCAN, PHRASES_AHO};
#else
static const enum phrases_engine_kind engines[] = {PHRASES_BEST, PHRASES_AHO};
#endif

static struct phrases *
compile(const char *weighted, const char *banned, const char *exceptions, enum phrases_engine_kind kind)
{
	struct phrases *set = phrases_new();
	struct problems problems = {0};

	ck_assert(phrases_read(set, slice_of(weighted), "weighted", PHRASE_WEIGHTED, &problems));
	ck_assert(phrases_read(set, slice_of(banned), "banned", PHRASE_BANNED, &problems));
	ck_assert(phrases_read(set, slice_of(exceptions), "exceptions", PHRASE_EXCEPTION, &problems));
	ck_assert_uint_eq(problems.count, 0);
	ck_assert(phrases_compile(set, kind));
	return set;
}

static bool
push_scan(void *context, struct slice text)
{
	return phrases_scan_push(context, text);
}

static struct phrases_result
scan(const struct phrases *set, struct slice text, const struct phrases_limits *limits, size_t piece)
{
	struct phrases_scratch *scratch = phrases_scratch_new();
	struct phrases_result result;
	struct phrases_scan *s;
	struct text_normal n;
	bool wants_more = true;

	ck_assert(phrases_scratch_fit(scratch, set->engine));
	s = phrases_scan_open(set, scratch, limits);
	text_normal_start(&n);
	for (size_t at = 0; wants_more && at < text.len; at += piece)
		wants_more = text_normal_push(&n, slice_sub(text, at, at + piece), push_scan, s);
	if (wants_more)
		text_normal_finish(&n, push_scan, s);
	phrases_scan_result(s, &result);
	phrases_scan_close(s);
	phrases_scratch_free(scratch);
	return result;
}

static const char weighted[] = "#listcategory: \"Gambling\"\n"
			       "< poker ><40>\n"
			       "<casino><50>\n"
			       "<casino>,<bonus><30>\n"
			       "< poker >,<rules>,<charity><-60>\n"
			       "#listcategory: \"Good\"\n"
			       "<education><-25>\n"
			       "<percent phrase><10%>\n";

START_TEST(each_phrase_and_each_combination_counts_once_in_any_split)
{
	static const struct {
		const char *text;
		int score;
		enum phrases_verdict verdict;
		const char *category;
	} cases[] = {
		{"nothing of interest", 0, PHRASES_BELOW, ""},
		{"Poker!", 40, PHRASES_BELOW, "Gambling"},
		{"pokers", 0, PHRASES_BELOW, ""},
		{"poker poker poker", 40, PHRASES_BELOW, "Gambling"},
		{"casinos", 50, PHRASES_BELOW, "Gambling"},
		{"bonus ... CASINO", 80, PHRASES_BELOW, "Gambling"},
		{"casino bonus poker", 120, PHRASES_OVER, "Gambling"},
		{"casino bonus poker, the rules, for charity", 60, PHRASES_BELOW, "Gambling"},
		{"casino bonus poker education", 95, PHRASES_BELOW, "Gambling"},
		{"Percent--phrase", 10, PHRASES_BELOW, "Good"},
		{"education", -25, PHRASES_BELOW, ""},
	};

	for (size_t e = 0; e < 2; e++) {
		struct phrases *set = compile(weighted, "", "", engines[e]);

		for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
			for (size_t piece = 1; piece < 60; piece += 9) {
				struct phrases_result r =
					scan(set, slice_of(cases[i].text), &phrases_limits_default, piece);

				ck_assert_msg(r.score == cases[i].score, "%s: %d", cases[i].text, (int)r.score);
				ck_assert_int_eq(r.verdict, cases[i].verdict);
				assert_slice(r.category, cases[i].category);
			}
		phrases_free(set);
	}
}
END_TEST

START_TEST(banned_phrases_decide_and_exceptions_outweigh_them)
{
	static const struct {
		const char *text;
		enum phrases_verdict verdict;
	} cases[] = {
		{"a very bad thing", PHRASES_ARE_BANNED},
		{"very good", PHRASES_BELOW},
		{"very bad, and a blessed page", PHRASES_ARE_EXCEPTED},
		{"blessed and very bad", PHRASES_ARE_EXCEPTED},
		{"one and two", PHRASES_ARE_BANNED},
		{"one", PHRASES_BELOW},
	};

	for (size_t e = 0; e < 2; e++) {
		struct phrases *set =
			compile(weighted, "<very bad>\n<one>,<two>\n", "<blessed page>\n<blessed and>\n", engines[e]);

		for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
			ck_assert_msg(scan(set, slice_of(cases[i].text), &phrases_limits_default, 7).verdict ==
					      cases[i].verdict,
				"%s", cases[i].text);
		phrases_free(set);
	}
}
END_TEST

START_TEST(the_heaviest_phrases_are_kept_with_the_result)
{
	struct phrases *set = compile(
		"<a1><1>\n<a2><2>\n<a3><3>\n<a4><4>\n<a5><5>\n<a6><6>\n<a7><7>\n<a8><8>\n<a9><-9>\n<a3>,<a4><90>\n",
		"<zzz>\n", "", PHRASES_BEST);
	struct phrases_result r = scan(set, SLICE("a1 a2 a3 a4 a5 a6 a7 a8 a9 zzz a1"), &phrases_limits_default, 100);
	char text[64];

	ck_assert_uint_eq(r.rules_found, 11);
	ck_assert_uint_eq(r.hit_count, PHRASES_TOP);
	ck_assert_str_eq(phrases_rule_text(set, r.hits[0].rule, text, sizeof text), "<zzz>");
	ck_assert_str_eq(phrases_rule_text(set, r.hits[1].rule, text, sizeof text), "<a3>,<a4>");
	ck_assert_str_eq(phrases_rule_text(set, r.hits[2].rule, text, sizeof text), "<a9>");
	ck_assert_int_eq(r.hits[7].weight, 4);
	ck_assert_str_eq(phrases_rule_text(set, r.hits[1].rule, text, 6), "<a3>,");
	phrases_free(set);
}
END_TEST

START_TEST(a_scan_stops_when_nothing_could_change_the_verdict_and_not_before)
{
	struct phrases *set = compile("<bad><150>\n<good><-40>\n", "", "", PHRASES_BEST);
	struct phrases_result r =
		scan(set, SLICE("a bad page, and more text that need not be read"), &phrases_limits_default, 8);

	ck_assert(r.is_final);
	ck_assert_uint_lt(r.bytes, 20);
	ck_assert_int_eq(r.verdict, PHRASES_OVER);
	phrases_free(set);

	set = compile("<bad><130>\n<good><-40>\n", "", "", PHRASES_BEST);
	r = scan(set, SLICE("a bad page, and it may yet turn out to be good"), &phrases_limits_default, 8);
	ck_assert_int_eq(r.verdict, PHRASES_BELOW);
	ck_assert_int_eq(r.score, 90);
	phrases_free(set);

	set = compile("<bad><150>\n", "", "<excepted>\n", PHRASES_BEST);
	r = scan(set, SLICE("a bad page, and it may yet turn out to be excepted, and so on"), &phrases_limits_default,
		8);
	ck_assert_int_eq(r.verdict, PHRASES_ARE_EXCEPTED);
	ck_assert_uint_lt(r.bytes, 60);
	phrases_free(set);
}
END_TEST

/* Whoever asks for the score must not be content with a verdict: with one phrase that takes points away, all that
 * remains might lie below any threshold. */
START_TEST(a_scan_for_the_score_reads_past_a_phrase_that_takes_points_away)
{
	struct phrases *set = compile("<good><-25>\n<bad><80>\n<worse><50>\n", "", "", PHRASES_BEST);
	struct phrases_limits limits = {.threshold = 110, .bytes_max = 1 << 20, .wants_score = true};
	struct phrases_result r = scan(set, SLICE("good bad"), &limits, 100);

	ck_assert_int_eq(r.score, 55);
	ck_assert(!r.is_final);
	r = scan(set, SLICE("good bad worse and so on"), &limits, 100);
	ck_assert_int_eq(r.score, 105);
	ck_assert(r.is_final);
	limits.wants_score = false;
	r = scan(set, SLICE("good bad"), &limits, 100);
	ck_assert_int_eq(r.score, -25);
	phrases_free(set);
}
END_TEST

START_TEST(text_behind_the_byte_limit_is_not_scanned)
{
	struct phrases *set = compile("<late><10>\n", "", "", PHRASES_BEST);
	struct phrases_limits limits = {.threshold = 5, .bytes_max = 20};

	ck_assert_int_eq(scan(set, SLICE("0123456789 late"), &limits, 4).score, 10);
	ck_assert_int_eq(scan(set, SLICE("0123456789012345 late"), &limits, 4).score, 0);
	ck_assert(scan(set, SLICE("0123456789012345 late"), &limits, 4).is_cut);
	phrases_free(set);
}
END_TEST

START_TEST(every_list_of_e2guardian_is_read_without_a_bad_line_but_those_it_really_has)
{
	static const struct {
		const char *name;
		enum phrase_kind kind;
	} lists[] = {
		{"weightedphraselist", PHRASE_WEIGHTED},
		{"bannedphraselist", PHRASE_BANNED},
		{"exceptionphraselist", PHRASE_EXCEPTION},
	};
	char path[128];

	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		struct phrases *set = phrases_new();
		struct problems problems = {0};

		snprintf(path, sizeof path, E2GUARDIAN "%s", lists[i].name);
		if (access(path, R_OK) == 0) {
			ck_assert(phrases_load(set, path, lists[i].kind, &problems));
			ck_assert_uint_gt(set->rule_count, 0);
			ck_assert_uint_le(set->lines_bad * 100, set->rule_count);
		}
		problems_release(&problems);
		phrases_free(set);
	}
}
END_TEST

START_TEST(an_empty_set_scans_nothing_and_finds_nothing)
{
	struct phrases *set = compile("", "", "", PHRASES_BEST);
	struct phrases_result r = scan(set, SLICE("text"), &phrases_limits_default, 4);

	ck_assert_int_eq(r.verdict, PHRASES_BELOW);
	ck_assert_str_eq(phrases_engine_name(set), "aho-corasick");
	phrases_free(set);
}
END_TEST

/* ---- loading ---- */

START_TEST(bad_lines_are_warnings_and_the_rest_is_used)
{
	struct phrases *set = phrases_new();
	struct problems problems = {0};
	char text[512];

	ck_assert(phrases_read(
		set, SLICE("<a1><10>\nnonsense\n<b1>\n< - ><5>\n<c1><20>\n"), "list", PHRASE_WEIGHTED, &problems));
	ck_assert_uint_eq(set->rule_count, 2);
	ck_assert_uint_eq(set->lines_bad, 3);
	ck_assert_uint_eq(problems.count, 3);
	ck_assert_uint_eq(problems.errors, 0);
	problem_format(&problems.items[0], text, sizeof text);
	ck_assert_ptr_nonnull(strstr(text, "list:2:1: warning: "));
	problems_release(&problems);
	phrases_free(set);
}
END_TEST

START_TEST(ten_thousand_bad_lines_are_counted_and_a_hundred_named)
{
	struct buffer list = buffer_make(1 << 20);
	struct phrases *set = phrases_new();
	struct problems problems = {0};

	for (int i = 0; i < 10000; i++)
		buffer_append_cstr(&list, "bad\n");
	ck_assert(phrases_read(set, buffer_slice(&list), "list", PHRASE_WEIGHTED, &problems));
	ck_assert_uint_eq(set->lines_bad, 10000);
	ck_assert_uint_eq(problems.count, PHRASES_PROBLEMS_MAX + 1);
	problems_release(&problems);
	phrases_free(set);
	buffer_release(&list);
}
END_TEST

START_TEST(the_same_rule_twice_counts_once_with_the_heavier_weight)
{
	struct phrases *set =
		compile("<x1>,<y1><10>\n<y1>,<x1><30>\n<X1>,<y1>,<x1><-40>\n", "<undecided>", "", PHRASES_BEST);

	ck_assert_uint_eq(set->rule_count, 2);
	ck_assert_int_eq(scan(set, SLICE("x1 y1"), &phrases_limits_default, 9).score, -40);
	phrases_free(set);
}
END_TEST

START_TEST(lists_in_latin1_match_texts_in_utf8)
{
	struct phrases *set = compile("<p\xe9"
				      "ch\xe9><10>\n<\xc3\xa9t\xc3\xa9><20>\n",
		"<undecided>", "", PHRASES_BEST);

	ck_assert_int_eq(scan(set,
				 SLICE("P\xc3\x89"
				       "CH\xc3\x89 d'\xc3\x89t\xc3\xa9"),
				 &phrases_limits_default, 3)
				 .score,
		30);
	phrases_free(set);
}
END_TEST

static void
write_file(const char *folder, const char *name, const char *text)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

START_TEST(includes_are_followed_with_their_own_categories_and_loops_end)
{
	char folder[] = "/tmp/phrases-XXXXXX", path[600], other[600];
	struct phrases *set = phrases_new();
	struct problems problems = {0};

	ck_assert_ptr_nonnull(mkdtemp(folder));
	write_file(
		folder, "main", "#listcategory: \"Main\"\n<one1><1>\n.Include<other>\n<two2><2>\n.Include<missing>\n");
	write_file(folder, "other", "#listcategory: \"Other\"\n<three3><3>\n.Include<main>\n");
	snprintf(path, sizeof path, "%s/main", folder);
	snprintf(other, sizeof other, "%s/other", folder);
	ck_assert(phrases_load(set, path, PHRASE_WEIGHTED, &problems));
	ck_assert_uint_eq(set->rule_count, 3);
	assert_slice(set->categories[set->rules[0].category], "Main");
	assert_slice(set->categories[set->rules[1].category], "Other");
	assert_slice(set->categories[set->rules[2].category], "Main");
	ck_assert_uint_le(set->files_read, PHRASES_INCLUDE_DEPTH);
	ck_assert_uint_gt(problems.count, 1);
	ck_assert_uint_eq(problems.errors, 0);
	problems_release(&problems);
	unlink(path);
	unlink(other);
	ck_assert(!phrases_load(set, path, PHRASE_WEIGHTED, &problems));
	ck_assert_uint_eq(problems.errors, 1);
	ck_assert(!phrases_load(set, folder, PHRASE_WEIGHTED, &problems));
	problems_release(&problems);
	rmdir(folder);
	phrases_free(set);
}
END_TEST

/* ---- the engines against one another ---- */

static bool
mark(void *context, uint32_t string)
{
	((uint8_t *)context)[string] = 1;
	return true;
}

START_TEST(the_automaton_finds_what_a_plain_search_finds)
{
	enum { STRINGS = 60, TEXT = 400 };
	unsigned seed = 3;

	for (int round = 0; round < 200; round++) {
		char letters[STRINGS][6], text[TEXT];
		struct slice strings[STRINGS];
		uint8_t found[STRINGS] = {0};
		uint32_t state = 0;
		struct aho *a;

		for (int i = 0; i < STRINGS; i++) {
			size_t len = 1 + (seed >> 16) % 5;

			for (size_t k = 0; k < len; k++) {
				seed = seed * 1103515245u + 12345u;
				letters[i][k] = (char)("ab\xff z"[(seed >> 16) % 5]);
			}
			strings[i] = slice_make(letters[i], len);
		}
		for (int k = 0; k < TEXT; k++) {
			seed = seed * 1103515245u + 12345u;
			text[k] = "ab\xff zq"[(seed >> 16) % 6];
		}
		a = aho_build(strings, STRINGS, SIZE_MAX);
		for (size_t at = 0; at < TEXT; at += 7)
			ck_assert(aho_scan(a, &state, slice_sub(slice_make(text, TEXT), at, at + 7), mark, found));
		for (int i = 0; i < STRINGS; i++) {
			bool is_there = slice_find_slice(slice_make(text, TEXT), strings[i]) < TEXT;

			/* Of equal strings the first is reported. */
			for (int k = 0; k < i && is_there; k++)
				is_there = !slice_eq(strings[k], strings[i]);
			ck_assert_int_eq(found[i], is_there);
		}
		aho_free(a);
	}
	ck_assert_ptr_null(aho_build(&SLICE_EMPTY, 1, SIZE_MAX));
}
END_TEST

/* What was reported, in its order. */
struct reports {
	uint32_t strings[1 << 16];
	size_t count;
};

static bool
note(void *context, uint32_t string)
{
	struct reports *r = context;

	ck_assert_uint_lt(r->count, sizeof r->strings / sizeof r->strings[0]);
	r->strings[r->count++] = string;
	return true;
}

static bool
note_five(void *context, uint32_t string)
{
	return note(context, string) && ((struct reports *)context)->count < 5;
}

START_TEST(the_automaton_reports_long_texts_in_the_order_of_short_pieces)
{
	static const struct slice strings[] = {
		{"a", 1}, {"abab", 4}, {"ba", 2}, {"c", 1}, {"cabababc", 8}, {"cccccccccccccccccc", 18}};
	static char text[40000];
	static struct reports bytewise, piecewise;
	struct aho *a = aho_build(strings, sizeof strings / sizeof strings[0], SIZE_MAX);
	struct slice whole = slice_make(text, sizeof text);
	unsigned seed = 5;

	for (size_t i = 0; i < sizeof text; i++) {
		seed = seed * 1103515245u + 12345u;
		text[i] = "abcx    "[seed >> 16 & (i % 5000 < 2000 ? 7 : 3)];
		if (i % 1000 > 970)
			text[i] = 'c';
	}
	for (int round = 0; round < 50; round++) {
		uint32_t one = 0, other = 0;
		size_t at = 0, len;

		bytewise.count = piecewise.count = 0;
		for (size_t i = 0; i < sizeof text; i++)
			ck_assert(aho_scan(a, &one, slice_sub(whole, i, i + 1), note, &bytewise));
		for (; at < sizeof text; at += len) {
			seed = seed * 1103515245u + 12345u;
			len = 1 + (seed >> 8) % (round % 2 ? 20000 : 900);
			ck_assert(aho_scan(a, &other, slice_sub(whole, at, at + len), note, &piecewise));
		}
		ck_assert_uint_gt(bytewise.count, 10000);
		ck_assert_uint_eq(bytewise.count, piecewise.count);
		ck_assert_mem_eq(bytewise.strings, piecewise.strings, bytewise.count * sizeof(uint32_t));
	}
	{
		uint32_t state = 0;

		piecewise.count = 0;
		ck_assert(!aho_scan(a, &state, whole, note_five, &piecewise));
		ck_assert_uint_eq(piecewise.count, 5);
		ck_assert_mem_eq(bytewise.strings, piecewise.strings, 5 * sizeof(uint32_t));
	}
	aho_free(a);
}
END_TEST

START_TEST(an_automaton_that_would_be_too_large_is_not_built)
{
	struct slice strings[] = {SLICE("ab"), SLICE("b")};
	struct aho *a = aho_build(strings, 2, 4 * 3 * sizeof(uint32_t)); /* of 4 states at most, of 3 classes */

	ck_assert_ptr_nonnull(a);
	aho_free(a);
	ck_assert_ptr_null(aho_build(strings, 2, 4 * 3 * sizeof(uint32_t) - 1));
}
END_TEST

static bool
stop_at_once(void *context, uint32_t string)
{
	return false;
}

START_TEST(the_automaton_stops_where_it_is_told_to)
{
	struct slice strings[] = {SLICE("ab"), SLICE("b")};
	struct aho *a = aho_build(strings, 2, SIZE_MAX);
	uint32_t state = 0;

	ck_assert(!aho_scan(a, &state, SLICE("xxab"), stop_at_once, NULL));
	ck_assert(aho_scan(a, &state, SLICE("xx"), stop_at_once, NULL));
	aho_free(a);
}
END_TEST

START_TEST(both_engines_give_equal_results_on_random_lists_and_texts)
{
	static const char *const words[] = {
		"red", "green", "blue", "re", "een", "b", "lu", "dark", "light", "ark", "r"};
	enum { WORDS = sizeof words / sizeof words[0] };
	unsigned seed = 11;

#define PICK (words[(seed = seed * 1103515245u + 12345u, (seed >> 16) % WORDS)])
	for (int round = 0; round < 60; round++) {
		struct buffer list = buffer_make(1 << 16), text = buffer_make(1 << 16);
		struct phrases *one, *two;

		for (int i = 0; i < 40; i++) {
			const char *a = PICK, *b = PICK, *c = PICK;

			buffer_printf(&list,
				i % 3 == 0   ? "< %s %s><%d>\n"
				: i % 3 == 1 ? "<%s>,<%s ><%d>\n"
					     : "<%s%s><%d>\n",
				a, b, (int)(c[0] - 'i'));
		}
		for (int i = 0; i < 600; i++)
			buffer_printf(&text, i % 4 ? "%s " : "%s", PICK);
		buffer_append(&list, slice_make("", 1));
		one = compile(buffer_slice(&list).ptr, "<undecided>", "", engines[0]);
		two = compile(buffer_slice(&list).ptr, "<undecided>", "", engines[1]);
		for (size_t piece = 1; piece < 2600; piece += piece < 300 ? 37 : 450) {
			struct phrases_result a = scan(one, buffer_slice(&text), &phrases_limits_default, piece);
			struct phrases_result b = scan(two, buffer_slice(&text), &phrases_limits_default, piece + 1);

			ck_assert_int_eq(a.verdict, b.verdict);
			ck_assert_int_eq(a.score, b.score);
			ck_assert_uint_eq(a.rules_found, b.rules_found);
		}
		phrases_free(one);
		phrases_free(two);
		buffer_release(&list);
		buffer_release(&text);
	}
}
END_TEST

/* Where the package is installed: its own lists, as it ships them. */
START_TEST(e2guardians_own_lists_are_read_whole_and_score_alike_in_both_engines)
{
	static const struct phrases_limits limits = {.threshold = 100, .bytes_max = UINT64_MAX};
	struct phrases *sets[2];
	struct phrases_result results[2];
	struct buffer text = buffer_make(1 << 24);

	if (access(E2GUARDIAN "weightedphraselist", R_OK) != 0)
		return;
	for (int i = 0; i < 2; i++) {
		struct problems problems = {0};

		sets[i] = phrases_new();
		ck_assert(phrases_load(sets[i], E2GUARDIAN "weightedphraselist", PHRASE_WEIGHTED, &problems));
		ck_assert(phrases_load(sets[i], E2GUARDIAN "bannedphraselist", PHRASE_BANNED, &problems));
		ck_assert(phrases_compile(sets[i], engines[i]));
		ck_assert_uint_gt(sets[i]->pattern_count, 5000);
		problems_release(&problems);
	}
	/* Every other phrase of the weighted lists, as a text. */
	for (uint32_t i = 0; i < sets[0]->rule_count; i += 2)
		if (sets[0]->rules[i].kind == PHRASE_WEIGHTED) {
			buffer_append(&text, sets[0]->patterns[sets[0]->members[sets[0]->rules[i].first_member]].text);
			buffer_append_cstr(&text, " qq ");
		}
	for (int i = 0; i < 2; i++)
		results[i] = scan(sets[i], buffer_slice(&text), &limits, i ? 16384 : 1460);
	ck_assert_int_eq(results[0].score, results[1].score);
	ck_assert_uint_eq(results[0].rules_found, results[1].rules_found);
	ck_assert_uint_gt(results[0].rules_found, 2000);
	ck_assert_int_eq(results[0].verdict, results[1].verdict);
	phrases_free(sets[0]);
	phrases_free(sets[1]);
	buffer_release(&text);
}
END_TEST

UNIT_SUITE(phrases, "phrases", each_kind_of_line_is_read, bad_lines_are_named_with_their_column,
	each_phrase_and_each_combination_counts_once_in_any_split, banned_phrases_decide_and_exceptions_outweigh_them,
	the_heaviest_phrases_are_kept_with_the_result,
	a_scan_stops_when_nothing_could_change_the_verdict_and_not_before,
	a_scan_for_the_score_reads_past_a_phrase_that_takes_points_away, text_behind_the_byte_limit_is_not_scanned,
	an_empty_set_scans_nothing_and_finds_nothing,
	every_list_of_e2guardian_is_read_without_a_bad_line_but_those_it_really_has,
	bad_lines_are_warnings_and_the_rest_is_used, ten_thousand_bad_lines_are_counted_and_a_hundred_named,
	the_same_rule_twice_counts_once_with_the_heavier_weight, lists_in_latin1_match_texts_in_utf8,
	includes_are_followed_with_their_own_categories_and_loops_end, the_automaton_finds_what_a_plain_search_finds,
	the_automaton_reports_long_texts_in_the_order_of_short_pieces,
	an_automaton_that_would_be_too_large_is_not_built, the_automaton_stops_where_it_is_told_to,
	both_engines_give_equal_results_on_random_lists_and_texts,
	e2guardians_own_lists_are_read_whole_and_score_alike_in_both_engines)

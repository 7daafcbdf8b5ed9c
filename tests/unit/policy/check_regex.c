/* Regular expressions: against tables, against the C library's on random patterns, and against explosion. */
#include "suites.h"

#include "policy/regex.h"

#include <regex.h>
#include <stdio.h>
#include <time.h>

static struct regex *
compile(struct arena *arena, const char *pattern)
{
	const char *error;
	size_t offset;
	struct regex *regex = regex_compile(slice_of(pattern), arena, &error, &offset);

	ck_assert_msg(regex != NULL, "%s: %s at %zu", pattern, error, offset);
	return regex;
}

START_TEST(patterns_match_what_they_say)
{
	static const struct {
		const char *pattern;
		const char *yes;
		const char *no;
	} rows[] = {
		{"ads", "bads.example", "ad"},
		{"^ads", "ads.example", "my.ads"},
		{"\\.ru$", "example.ru", "example.ru.com"},
		{"^$", "", "x"},
		{"$", "anything", NULL},
		{"^(www\\.)?bank[0-9]+\\.example$", "www.bank17.example", "bank.example"},
		{"a|b|", "", NULL},
		{"^(a|bc)*d", "abcad", "abd"},
		{"^[^a-c]$", "d", "b"},
		{"^[]x]$", "]", "y"},
		{"^[a-]$", "-", "b"},
		{"^[\\d.]+$", "10.0", "a"},
		{"^\\w\\W\\s\\S\\D$", "a- bc", "a- b1"},
		{"^a{3}$", "aaa", "aa"},
		{"^a{2,}$", "aaaa", "a"},
		{"^a{1,3}$", "aa", "aaaa"},
		{"^(ab){0,2}$", "", "ababab"},
		{"^x+y?z*$", "xxzz", "yz"},
		{"(?i)EXAMPLE\\.[A-Z]+", "www.example.org", "example.1"},
		{"(?:a|b)c", "xbc", "xc"},
		{"^.$", "\xff", "ab"},
		{"a^b", "", NULL},
		{"/ads/[0-9]{1,4}\\.js", "x.example/ads/123.js?x", "x.example/ads/x.js"},
	};
	struct arena arena = arena_make(1 << 24);

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct regex *regex = compile(&arena, rows[i].pattern);

		if (strcmp(rows[i].pattern, "a^b") == 0)
			ck_assert(!regex_matches(regex, slice_of("a^b")));
		else
			ck_assert_msg(
				regex_matches(regex, slice_of(rows[i].yes)), "%s: %s", rows[i].pattern, rows[i].yes);
		if (rows[i].no)
			ck_assert_msg(
				!regex_matches(regex, slice_of(rows[i].no)), "%s: %s", rows[i].pattern, rows[i].no);
	}
	arena_release(&arena);
}
END_TEST

START_TEST(broken_patterns_are_refused_at_the_byte)
{
	static const struct {
		const char *pattern;
		size_t offset;
	} rows[] = {
		{"", 0},
		{"(?i)", 0},
		{"(a", 0},
		{"a)", 1},
		{"a)b", 1},
		{"[a", 2},
		{"[", 1},
		{"[]", 2},
		{"[z-a]", 1},
		{"*a", 0},
		{"a|*", 2},
		{"a**", 2},
		{"a{2}{3}", 4},
		{"a{", 1},
		{"a{x}", 1},
		{"a{3,2}", 1},
		{"a{0}", 1},
		{"a{300}", 1},
		{"a{1,2", 1},
		{"\\", 1},
		{"\\q", 1},
		{"a\\1", 2},
		{"(?=a)", 0},
		{"[[:alpha:]]", 1},
		{"[\\d-z]x[a-\\d]", 8},
	};
	struct arena arena = arena_make(1 << 24);
	const char *error;
	size_t offset;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		ck_assert_msg(regex_compile(slice_of(rows[i].pattern), &arena, &error, &offset) == NULL, "accepted: %s",
			rows[i].pattern);
		ck_assert_msg(offset == rows[i].offset, "%s: %s at %zu", rows[i].pattern, error, offset);
	}
	arena_release(&arena);
}
END_TEST

START_TEST(a_pattern_that_explodes_is_refused_when_it_is_read)
{
	static const struct {
		const char *pattern;
		const char *error;
	} rows[] = {
		{"a.{20}b", "too many states"},
		{"(a|b)*a(a|b){14}$", "too many states"},
		{"((((a{9}){9}){9}){9}){9}", "too large"},
		{"(((a?){50}){50}){50}", "too large"},
	};
	struct arena arena = arena_make(1 << 26);
	const char *error;
	size_t offset;
	clock_t start = clock();

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		ck_assert_ptr_null(regex_compile(slice_of(rows[i].pattern), &arena, &error, &offset));
		ck_assert_msg(strstr(error, rows[i].error) != NULL, "%s: %s", rows[i].pattern, error);
	}
	ck_assert_int_lt((clock() - start) / CLOCKS_PER_SEC, 5);
	arena_release(&arena);
}
END_TEST

START_TEST(nested_repetitions_match_in_linear_time)
{
	static char text[1 << 20];
	struct arena arena = arena_make(1 << 24);
	struct regex *regex = compile(&arena, "^(a+)+$");
	clock_t start = clock();

	memset(text, 'a', sizeof text);
	text[sizeof text - 1] = '!';
	ck_assert(!regex_matches(regex, slice_make(text, sizeof text)));
	ck_assert(regex_matches(regex, slice_make(text, sizeof text - 1)));
	ck_assert_int_lt((clock() - start) / CLOCKS_PER_SEC, 2);
	arena_release(&arena);
}
END_TEST

/* A random pattern of the small language that both engines read alike. */
static void
random_pattern(char *dst, size_t size)
{
	static const char *const parts[] = {
		"a", "b", "c", "a*", "b+", "c?", "(a|b)", "(ab)*", "[ab]", "[^a]", ".", "a{2}", "(b|c){1,2}", "|"};
	int count = 1 + rand() % 6;

	snprintf(dst, size, "%s", rand() % 4 ? "" : "^");
	while (count--) {
		const char *part = parts[rand() % (int)(sizeof parts / sizeof parts[0])];

		/* POSIX leaves an empty alternative undefined. */
		if (*part == '|' &&
			(*dst == '\0' || dst[strlen(dst) - 1] == '^' || count == 0 || dst[strlen(dst) - 1] == '|'))
			part = "c";
		strncat(dst, part, size - strlen(dst) - 1);
	}
	if (rand() % 4 == 0)
		strncat(dst, "$", size - strlen(dst) - 1);
}

START_TEST(random_patterns_agree_with_the_c_library)
{
	struct arena arena = arena_make(1 << 26);

	srand(7);
	for (int round = 0; round < 600; round++) {
		char pattern[128], text[16];
		struct regex *regex;
		regex_t posix;

		random_pattern(pattern, sizeof pattern);
		ck_assert_int_eq(regcomp(&posix, pattern, REG_EXTENDED | REG_NOSUB), 0);
		regex = compile(&arena, pattern);
		for (int i = 0; i < 40; i++) {
			int len = rand() % 9;
			bool expected, in_pieces;
			struct regex_state state;

			for (int c = 0; c < len; c++)
				text[c] = "abcd"[rand() % 4];
			text[len] = '\0';
			expected = regexec(&posix, text, 0, NULL, 0) == 0;
			ck_assert_msg(regex_matches(regex, slice_of(text)) == expected, "%s on %s", pattern, text);
			/* The same in two pieces, and what was said after the first must hold in the end. */
			state = regex_feed(regex, regex_begin(regex), slice_make(text, (size_t)len / 2));
			in_pieces = regex_end(
				regex, regex_feed(regex, state, slice_make(text + len / 2, (size_t)(len - len / 2))));
			ck_assert(in_pieces == expected);
			if (regex_so_far(regex, state) == REGEX_ALWAYS)
				ck_assert(expected);
			if (regex_so_far(regex, state) == REGEX_NEVER)
				ck_assert(!expected);
		}
		regfree(&posix);
		arena_reset(&arena);
	}
	arena_release(&arena);
}
END_TEST

UNIT_SUITE(regex, "regex", patterns_match_what_they_say, broken_patterns_are_refused_at_the_byte,
	a_pattern_that_explodes_is_refused_when_it_is_read, nested_repetitions_match_in_linear_time,
	random_patterns_agree_with_the_c_library)

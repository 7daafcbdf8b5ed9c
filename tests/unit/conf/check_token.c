/* The tokenizer: tables of texts with the tokens, or with the complaint and its place. */
#include "suites.h"

#include "conf/token.h"

#include <stdio.h>

/* Writes the tokens as text: w:word s:string { } / for the end of a line, ! for bad. */
static const char *
tokens_text(struct slice source)
{
	static char text[4096];
	struct conf_tokens tokens = conf_token_start(source);
	size_t n = 0;

	for (int i = 0; i < 200; i++) {
		struct conf_token token = conf_token_next(&tokens);
		const char *marks[] = {"w:", "s:", "{", "}", "/", "", "!"};
		bool has_text = token.kind <= CONF_TOKEN_STRING;

		n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%.*s", n ? " " : "", marks[token.kind],
			has_text ? (int)token.text.len : 0, token.text.ptr);
		if (token.kind == CONF_TOKEN_END || token.kind == CONF_TOKEN_BAD)
			break;
	}
	return text;
}

START_TEST(texts_are_cut_into_tokens)
{
	static const struct {
		const char *source;
		const char *tokens;
	} rows[] = {
		{"", ""},
		{"a b", "w:a w:b "},
		{"a\nb\r\n", "w:a / w:b / "},
		{"tls { trust system }", "w:tls { w:trust w:system } "},
		{"tls{trust system}", "w:tls { w:trust w:system } "},
		{"a # comment { \" }\nb", "w:a / w:b "},
		{"#only", ""},
		{"a#b", "w:a#b "},
		{"reason \"dangerous site\"", "w:reason s:dangerous site "},
		{"\"\"", "s: "},
		{"\"a \\\"b\\\" \\\\\"", "s:a \\\"b\\\" \\\\ "},
		{"site ~[0-9]{2}\"$ x", "w:site w:~[0-9]{2}\"$ w:x "},
		{"a \\\n b", "w:a w:b "},
		{"a \\\r\n b", "w:a w:b "},
		{"\xef\xbb\xbf"
		 "a",
			"w:a "},
		{"caf\xc3\xa9", "w:caf\xc3\xa9 "},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		ck_assert_str_eq(tokens_text(slice_of(rows[i].source)), rows[i].tokens);
}
END_TEST

START_TEST(bad_texts_are_refused_with_line_and_column)
{
	static const struct {
		struct slice source;
		unsigned line, column;
		const char *error;
	} rows[] = {
		{SLICE("a \"b"), 1, 3, "does not end"},
		{SLICE("a \"b\nc\""), 1, 3, "does not end"},
		{SLICE("\n\n  \"b\\q\""), 3, 5, "unknown escape"},
		{SLICE("x \"b\\"), 1, 5, "unknown escape"},
		{SLICE("a\nb \x01"), 2, 3, "control"},
		{SLICE("a\0b"), 1, 2, "control"},
		{SLICE("\"a\tb\x7f\""), 1, 5, "control"},
		{SLICE("ab\"c\""), 1, 3, "quote in the middle"},
		{SLICE("\x1b[0m"), 1, 1, "control"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct conf_tokens tokens = conf_token_start(rows[i].source);
		struct conf_token token;

		do
			token = conf_token_next(&tokens);
		while (token.kind != CONF_TOKEN_BAD && token.kind != CONF_TOKEN_END);
		ck_assert_msg(token.kind == CONF_TOKEN_BAD, "row %zu was accepted", i);
		ck_assert_msg(strstr(token.error, rows[i].error) != NULL, "row %zu: %s", i, token.error);
		ck_assert_uint_eq(token.line, rows[i].line);
		ck_assert_uint_eq(token.column, rows[i].column);
		ck_assert_int_eq(conf_token_next(&tokens).kind, CONF_TOKEN_BAD);
	}
}
END_TEST

START_TEST(a_word_longer_than_the_limit_is_refused)
{
	static char text[2 * CONF_TOKEN_MAX];
	struct conf_tokens tokens;

	memset(text, 'x', sizeof text);
	tokens = conf_token_start(slice_make(text, CONF_TOKEN_MAX));
	ck_assert_int_eq(conf_token_next(&tokens).kind, CONF_TOKEN_WORD);
	tokens = conf_token_start(slice_make(text, CONF_TOKEN_MAX + 1));
	ck_assert_int_eq(conf_token_next(&tokens).kind, CONF_TOKEN_BAD);
	text[0] = text[sizeof text - 1] = '"';
	tokens = conf_token_start(slice_make(text, sizeof text));
	ck_assert_int_eq(conf_token_next(&tokens).kind, CONF_TOKEN_BAD);
}
END_TEST

START_TEST(escapes_are_resolved)
{
	char dst[32];

	ck_assert_uint_eq(conf_token_unescape(SLICE("a\\n\\t\\\\\\\"b"), dst), 6);
	ck_assert_mem_eq(dst, "a\n\t\\\"b", 6);
}
END_TEST

UNIT_SUITE(token, "token", texts_are_cut_into_tokens, bad_texts_are_refused_with_line_and_column,
	a_word_longer_than_the_limit_is_refused, escapes_are_resolved)

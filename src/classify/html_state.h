/* The states of the tokenizer, which two files share: html_text.c has those of text, html_markup.c those of tags and
 * comments.  See html_text.h.  A state is a function that takes bytes from `at` on (there is at least one), and returns
 * where it stopped; all that it must remember is in struct html_text, so a piece may end anywhere. */
#ifndef SLUICE_CLASSIFY_HTML_STATE_H
#define SLUICE_CLASSIFY_HTML_STATE_H

#include "classify/html_text.h"

/* The names are the WHATWG's ("HTML" section 13.2.5), where it has one. */
enum html_state {
	HTML_DATA,
	HTML_TAG_OPEN,
	HTML_END_TAG_OPEN,
	HTML_TAG_NAME,
	HTML_BEFORE_ATTRIBUTE_NAME,
	HTML_ATTRIBUTE_NAME,
	HTML_AFTER_ATTRIBUTE_NAME,
	HTML_BEFORE_VALUE,
	HTML_VALUE_DOUBLE,
	HTML_VALUE_SINGLE,
	HTML_VALUE_UNQUOTED,
	HTML_MARKUP_DECLARATION,
	HTML_BOGUS_COMMENT,
	HTML_COMMENT_START,
	HTML_COMMENT_START_DASH,
	HTML_COMMENT,
	HTML_COMMENT_END_DASH,
	HTML_COMMENT_END,
	HTML_COMMENT_END_BANG,
	HTML_CDATA,
	HTML_RAW_TEXT,
	HTML_RAW_LESS_THAN,
	HTML_RAW_END_TAG_NAME,
	HTML_SCRIPT_BANG,
	HTML_SCRIPT_DASH,
	HTML_SCRIPT_NESTED,
	HTML_PLAINTEXT_TEXT,
	HTML_REFERENCE,
	HTML_NAMED_REFERENCE,
	HTML_NUMERIC_REFERENCE,
	HTML_STATES
};

typedef const char *html_step(struct html_text *h, const char *at, const char *end, struct text_writer *w);

html_step html_in_tag_open, html_in_end_tag_open, html_in_tag_name, html_in_before_attribute_name,
	html_in_attribute_name, html_in_after_attribute_name, html_in_before_value, html_in_value_double,
	html_in_value_single, html_in_value_unquoted, html_in_markup_declaration, html_in_bogus_comment,
	html_in_comment_start, html_in_comment_start_dash, html_in_comment, html_in_comment_end_dash,
	html_in_comment_end, html_in_comment_end_bang, html_in_cdata;

/* Text that is shown, or captured, or both. */
void html_show(struct html_text *h, struct slice text, struct text_writer *w);

static inline bool
html_is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static inline bool
html_is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* The first a or b from `at` on, or end. */
static inline const char *
html_find_either(const char *at, const char *end, char a, char b)
{
	static const uint64_t low = UINT64_C(0x0101010101010101), high = UINT64_C(0x8080808080808080);
	uint64_t all_a = low * (uint8_t)a, all_b = low * (uint8_t)b;

	for (; end - at >= 8; at += 8) {
		uint64_t word, x, y;

		memcpy(&word, at, 8);
		x = word ^ all_a;
		y = word ^ all_b;
		if ((((x - low) & ~x) | ((y - low) & ~y)) & high)
			break;
	}
	while (at < end && *at != a && *at != b)
		at++;
	return at;
}

static inline const char *
html_find_byte(const char *at, const char *end, char c)
{
	const char *hit = memchr(at, c, (size_t)(end - at));

	return hit ? hit : end;
}

#endif

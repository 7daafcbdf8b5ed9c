/* Escaping.  See page_escape.h. */
#include "proxy/page_escape.h"

#include "base/utf8.h"

struct escape_row {
	char c;
	const char *text;
};

static const struct escape_row html_rows[] = {
	{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}, {0, NULL}};
static const struct escape_row json_rows[] = {
	{'"', "\\\""}, {'\\', "\\\\"}, {'<', "\\u003c"}, {'>', "\\u003e"}, {'&', "\\u0026"}, {0, NULL}};
static const struct escape_row text_rows[] = {{'<', "?"}, {'>', "?"}, {0, NULL}};

/* Controls, line separators, and what changes the order in which text is shown. */
static bool
is_unfit(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200b || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) || c == 0xfeff ||
	       (c >= 0xfff9 && c <= 0xfffb);
}

static const char *
find(const struct escape_row *rows, char c)
{
	for (; rows->text; rows++)
		if (rows->c == c)
			return rows->text;
	return NULL;
}

static bool
escape(struct buffer *out, struct slice text, const struct escape_row *rows)
{
	bool done = true;

	while (done && text.len > 0) {
		uint32_t c;
		bool is_well_formed;
		size_t n = utf8_next(text, &c, &is_well_formed);
		const char *replaced = c < 0x80 ? find(rows, (char)c) : NULL;

		if (!is_well_formed || is_unfit(c))
			done = buffer_append(out, SLICE("?"));
		else if (replaced)
			done = buffer_append_cstr(out, replaced);
		else
			done = buffer_append(out, slice_sub(text, 0, n));
		text = slice_sub(text, n, text.len);
	}
	return done;
}

bool
page_escape_html(struct buffer *out, struct slice text)
{
	return escape(out, text, html_rows);
}

bool
page_escape_json(struct buffer *out, struct slice text)
{
	return escape(out, text, json_rows);
}

bool
page_escape_text(struct buffer *out, struct slice text)
{
	return escape(out, text, text_rows);
}

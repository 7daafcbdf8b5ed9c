/* The first element of a document.  See mime_markup.h; the list of HTML elements is that of the WHATWG's
 * "identifying a resource with an unknown MIME type", plus elements that browsers accept there. */
#include "classify/mime_markup.h"

#include "classify/mime_table.h"

#define NAME(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}

struct root {
	struct slice name;
	enum mime_type type;
};

static const struct root roots[] = {
	{NAME("html"), MIME_HTML},
	{NAME("head"), MIME_HTML},
	{NAME("body"), MIME_HTML},
	{NAME("script"), MIME_HTML},
	{NAME("div"), MIME_HTML},
	{NAME("meta"), MIME_HTML},
	{NAME("title"), MIME_HTML},
	{NAME("link"), MIME_HTML},
	{NAME("style"), MIME_HTML},
	{NAME("iframe"), MIME_HTML},
	{NAME("h1"), MIME_HTML},
	{NAME("font"), MIME_HTML},
	{NAME("table"), MIME_HTML},
	{NAME("a"), MIME_HTML},
	{NAME("b"), MIME_HTML},
	{NAME("br"), MIME_HTML},
	{NAME("p"), MIME_HTML},
	{NAME("center"), MIME_HTML},
	{NAME("form"), MIME_HTML},
	{NAME("img"), MIME_HTML},
	{NAME("svg"), MIME_SVG},
	{NAME("rss"), MIME_RSS},
	{NAME("feed"), MIME_ATOM},
	{NAME("math"), MIME_MATHML},
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static struct slice
skip_space(struct slice text)
{
	while (text.len && is_space(text.ptr[0]))
		text = slice_sub(text, 1, text.len);
	return text;
}

/* The element name at the start of text, as far as a name goes. */
static struct slice
name_of(struct slice text)
{
	size_t n = 0;

	while (n < text.len && !is_space(text.ptr[n]) && text.ptr[n] != '>' && text.ptr[n] != '/' && text.ptr[n] != '[')
		n++;
	return slice_sub(text, 0, n);
}

static enum mime_type
root_type(struct slice name, bool is_xml)
{
	size_t colon = slice_find(name, ':');

	if (is_xml && colon < name.len) /* <svg:svg>, <atom:feed> */
		name = slice_sub(name, colon + 1, name.len);
	for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++)
		if (slice_eq_nocase(name, roots[i].name))
			return is_xml && roots[i].type == MIME_HTML
				       ? (slice_eq_nocase(name, SLICE("html")) ? MIME_XHTML : MIME_XML)
				       : roots[i].type;
	return is_xml ? MIME_XML : MIME_EMPTY;
}

/* Cuts text behind the next `end`; false where it is not in sight. */
static bool
skip_past(struct slice *text, struct slice end)
{
	size_t at = slice_find_slice(*text, end);

	if (at == text->len)
		return false;
	*text = slice_sub(*text, at + end.len, text->len);
	return true;
}

enum mime_type
mime_markup(struct slice text)
{
	bool is_xml = false;

	for (;;) {
		text = skip_space(text);
		if (text.len < 3 || text.ptr[0] != '<')
			return is_xml ? MIME_XML : MIME_EMPTY;
		if (slice_starts_with(text, SLICE("<?xml"))) {
			is_xml = true;
			if (!skip_past(&text, SLICE("?>")))
				return MIME_XML;
		} else if (is_xml && slice_starts_with(text, SLICE("<?"))) {
			if (!skip_past(&text, SLICE("?>")))
				return MIME_XML;
		} else if (slice_starts_with(text, SLICE("<!--"))) {
			/* A comment that hides the first element is HTML to a browser, and so to us. */
			if (!skip_past(&text, SLICE("-->")) || skip_space(text).len == 0)
				return is_xml ? MIME_XML : MIME_HTML;
			if (skip_space(text).ptr[0] != '<')
				return is_xml ? MIME_XML : MIME_HTML;
		} else if (slice_starts_with_nocase(text, SLICE("<!doctype"))) {
			enum mime_type type = root_type(name_of(skip_space(slice_sub(text, 9, text.len))), is_xml);

			return type == MIME_EMPTY ? MIME_XML : type;
		} else {
			enum mime_type type = root_type(name_of(slice_sub(text, 1, text.len)), is_xml);

			/* An unknown element after a comment: a browser that was told nothing else shows HTML. */
			return type;
		}
	}
}

/* The text behind a JSON string whose opening quote is text.ptr[0]; empty where it does not end in sight. */
static struct slice
skip_json_string(struct slice text)
{
	for (size_t i = 1; i < text.len; i++) {
		if (text.ptr[i] == '\\')
			i++;
		else if (text.ptr[i] == '"')
			return skip_space(slice_sub(text, i + 1, text.len));
		else if (text.ptr[i] == '\n')
			break;
	}
	return SLICE_EMPTY;
}

bool
mime_looks_like_json(struct slice text)
{
	bool in_array = false;

	text = skip_space(text);
	while (text.len && text.ptr[0] == '[') {
		in_array = true;
		text = skip_space(slice_sub(text, 1, text.len));
	}
	if (text.len == 0)
		return false;
	if (text.ptr[0] == '{') {
		text = skip_space(slice_sub(text, 1, text.len));
		if (text.len && text.ptr[0] == '}')
			return true;
		if (text.len == 0 || text.ptr[0] != '"')
			return false;
		text = skip_json_string(text);
		return text.len && text.ptr[0] == ':';
	}
	if (!in_array)
		return false;
	if (text.ptr[0] == '"') {
		text = skip_json_string(text);
	} else {
		size_t n = 0;

		while (n < text.len &&
			(ascii_is_digit(text.ptr[n]) || (n && text.ptr[n] == '.') || (!n && text.ptr[n] == '-')))
			n++;
		if (n == 0)
			return text.ptr[0] == ']';
		text = skip_space(slice_sub(text, n, text.len));
	}
	return text.len && (text.ptr[0] == ',' || text.ptr[0] == ']');
}

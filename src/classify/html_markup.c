/* The tokenizer's states of tags, attributes, comments and declarations.  See html_text.h and html_state.h. */
#include "classify/html_state.h"

/* ---- tags ---- */

const char *
html_in_tag_open(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	if (html_is_letter(*at)) {
		h->is_end_tag = false;
		h->name_len = 0;
		h->state = HTML_TAG_NAME;
		return at;
	}
	if (*at == '/') {
		h->state = HTML_END_TAG_OPEN;
		return at + 1;
	}
	if (*at == '!') {
		h->matched = 0;
		h->state = HTML_MARKUP_DECLARATION;
		return at + 1;
	}
	if (*at == '?') {
		h->state = HTML_BOGUS_COMMENT;
		return at + 1;
	}
	text_put_byte(w, '<');
	h->state = HTML_DATA;
	return at;
}

const char *
html_in_end_tag_open(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	if (html_is_letter(*at)) {
		h->is_end_tag = true;
		h->name_len = 0;
		h->state = HTML_TAG_NAME;
		return at;
	}
	h->state = *at == '>' ? HTML_DATA : HTML_BOGUS_COMMENT;
	return *at == '>' ? at + 1 : at;
}

/* Keeps the first bytes of a name, in lower case; a name that is longer is no known one. */
static void
keep_name(char name[HTML_TAG_MAX], size_t *len, char c)
{
	if (*len < HTML_TAG_MAX)
		name[(*len)++] = ascii_lower(c);
}

const char *
html_in_tag_name(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	for (; at < end; at++) {
		if (*at == '>' || *at == '/' || html_is_space(*at)) {
			h->self_closes = false;
			h->meta_name.len = 0;
			h->meta_content.len = 0;
			h->state = HTML_BEFORE_ATTRIBUTE_NAME;
			return at;
		}
		keep_name(h->name, &h->name_len, *at);
	}
	return at;
}

/* A capture as a text of its own in the stream, and in the member for it. */
static void
show_meta(struct html_text *h, struct text_writer *w)
{
	static const struct {
		struct slice name;
		bool is_keywords;
	} shown[] = {
		{{"description", 11}, false},
		{{"keywords", 8}, true},
		{{"og:title", 8}, false},
		{{"og:description", 14}, false},
		{{"twitter:title", 13}, false},
		{{"twitter:description", 19}, false},
	};
	struct slice name = html_capture_slice(&h->meta_name);

	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
		struct html_capture *to = shown[i].is_keywords ? &h->keywords : &h->description;

		if (!slice_eq_nocase(name, shown[i].name))
			continue;
		text_put(w, html_capture_slice(&h->meta_content));
		text_put_byte(w, '\n');
		if (to->len == 0)
			*to = h->meta_content;
	}
}

/* The next state, once an opening tag that is known has ended. */
static void
enter_element(struct html_text *h, const struct html_tag *tag)
{
	h->links += (tag->flags & HTML_LINK) != 0;
	h->images += (tag->flags & HTML_IMAGE) != 0;
	h->scripts += (tag->flags & HTML_SCRIPT) != 0;
	if (h->is_xml)
		return;
	if ((tag->flags & HTML_FOREIGN) && !h->self_closes)
		h->foreign_depth++;
	if (tag->flags & HTML_BREAKOUT)
		h->foreign_depth = 0;
	if (h->foreign_depth || tag->content == HTML_NORMAL)
		return;
	h->raw = tag;
	h->script_escapes = 0;
	h->state = tag->content == HTML_PLAINTEXT ? HTML_PLAINTEXT_TEXT : HTML_RAW_TEXT;
	if ((tag->flags & HTML_TITLE) && h->title.len == 0)
		h->capture = &h->title;
}

static void
end_tag(struct html_text *h, struct text_writer *w)
{
	const struct html_tag *tag = html_tag_find(slice_make(h->name, h->name_len));

	h->state = HTML_DATA;
	if (tag == NULL) {
		if (h->is_xml)
			text_put_byte(w, '\n');
		return;
	}
	if ((tag->flags & HTML_BREAKS) || h->is_xml)
		text_put_byte(w, '\n');
	if (!h->is_end_tag) {
		if (tag->flags & HTML_META)
			show_meta(h, w);
		enter_element(h, tag);
	} else if ((tag->flags & HTML_FOREIGN) && h->foreign_depth) {
		h->foreign_depth--;
	}
}

const char *
html_in_before_attribute_name(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	for (; at < end; at++) {
		if (*at == '>') {
			end_tag(h, w);
			return at + 1;
		}
		if (*at == '/') {
			h->self_closes = true;
		} else if (!html_is_space(*at)) {
			h->self_closes = false;
			h->attribute_len = 0;
			keep_name(h->attribute, &h->attribute_len, *at);
			h->state = HTML_ATTRIBUTE_NAME;
			return at + 1;
		}
	}
	return at;
}

const char *
html_in_attribute_name(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	for (; at < end; at++) {
		if (*at == '=') {
			h->state = HTML_BEFORE_VALUE;
			return at + 1;
		}
		if (*at == '>' || *at == '/') {
			h->state = HTML_BEFORE_ATTRIBUTE_NAME;
			return at;
		}
		if (html_is_space(*at)) {
			h->state = HTML_AFTER_ATTRIBUTE_NAME;
			return at + 1;
		}
		keep_name(h->attribute, &h->attribute_len, *at);
	}
	return at;
}

const char *
html_in_after_attribute_name(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	for (; at < end; at++) {
		if (html_is_space(*at))
			continue;
		h->state = *at == '=' ? HTML_BEFORE_VALUE : HTML_BEFORE_ATTRIBUTE_NAME;
		return *at == '=' ? at + 1 : at;
	}
	return at;
}

/* Where the value of the attribute at hand goes: to the stream, to a capture, or nowhere. */
static void
start_value(struct html_text *h, struct text_writer *w)
{
	static const struct slice shown[] = {{"alt", 3}, {"title", 5}, {"placeholder", 11}, {"aria-label", 10}};
	struct slice name = slice_make(h->attribute, h->attribute_len);
	bool is_meta = slice_eq(slice_make(h->name, h->name_len), SLICE("meta"));

	h->hides = true;
	h->capture = NULL;
	if (h->is_end_tag)
		return;
	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
		if (slice_eq(name, shown[i]))
			h->hides = false;
	if (is_meta && (slice_eq(name, SLICE("name")) || slice_eq(name, SLICE("property"))))
		h->capture = &h->meta_name;
	else if (is_meta && slice_eq(name, SLICE("content")))
		h->capture = &h->meta_content;
	if (h->capture)
		h->capture->len = 0;
	if (!h->hides)
		text_put_byte(w, '\n');
}

static void
end_value(struct html_text *h, struct text_writer *w)
{
	if (!h->hides)
		text_put_byte(w, '\n');
	h->hides = false;
	h->capture = NULL;
	h->state = HTML_BEFORE_ATTRIBUTE_NAME;
}

const char *
html_in_before_value(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	while (at < end && html_is_space(*at))
		at++;
	if (at == end)
		return at;
	if (*at == '>') {
		h->state = HTML_BEFORE_ATTRIBUTE_NAME;
		return at;
	}
	start_value(h, w);
	if (*at == '"' || *at == '\'') {
		h->state = *at == '"' ? HTML_VALUE_DOUBLE : HTML_VALUE_SINGLE;
		return at + 1;
	}
	h->state = HTML_VALUE_UNQUOTED;
	return at;
}

static const char *
in_quoted(struct html_text *h, const char *at, const char *end, char quote, struct text_writer *w)
{
	bool is_read = !h->hides || h->capture;
	const char *stop = is_read ? html_find_either(at, end, quote, '&') : html_find_byte(at, end, quote);

	if (is_read)
		html_show(h, slice_make(at, (size_t)(stop - at)), w);
	if (stop == end)
		return end;
	if (*stop == quote) {
		end_value(h, w);
	} else {
		h->back = h->state;
		h->state = HTML_REFERENCE;
	}
	return stop + 1;
}

const char *
html_in_value_double(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	return in_quoted(h, at, end, '"', w);
}

const char *
html_in_value_single(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	return in_quoted(h, at, end, '\'', w);
}

const char *
html_in_value_unquoted(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	bool is_read = !h->hides || h->capture;
	const char *from = at;

	while (at < end && *at != '>' && !html_is_space(*at) && !(is_read && *at == '&'))
		at++;
	if (is_read)
		html_show(h, slice_make(from, (size_t)(at - from)), w);
	if (at == end)
		return at;
	if (*at == '&' && is_read) {
		h->back = HTML_VALUE_UNQUOTED;
		h->state = HTML_REFERENCE;
		return at + 1;
	}
	end_value(h, w);
	return at;
}

/* ---- comments and declarations ---- */

const char *
html_in_markup_declaration(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	if (h->matched == 0)
		h->declares_cdata = *at == '[';
	for (; at < end; at++) {
		const char *want = h->declares_cdata ? "[CDATA[" : "--";

		if (*at != want[h->matched]) {
			h->state = HTML_BOGUS_COMMENT;
			return at;
		}
		if (want[++h->matched] == '\0') {
			if (!h->declares_cdata)
				h->state = HTML_COMMENT_START;
			else
				h->state = h->is_xml || h->foreign_depth ? HTML_CDATA : HTML_BOGUS_COMMENT;
			h->matched = 0;
			return at + 1;
		}
	}
	return at;
}

const char *
html_in_bogus_comment(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	at = html_find_byte(at, end, '>');
	if (at == end)
		return end;
	h->state = HTML_DATA;
	return at + 1;
}

const char *
html_in_comment_start(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	h->state = *at == '-' ? HTML_COMMENT_START_DASH : *at == '>' ? HTML_DATA : HTML_COMMENT;
	return h->state == HTML_COMMENT ? at : at + 1;
}

const char *
html_in_comment_start_dash(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	h->state = *at == '-' ? HTML_COMMENT_END : *at == '>' ? HTML_DATA : HTML_COMMENT;
	return h->state == HTML_COMMENT ? at : at + 1;
}

const char *
html_in_comment(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	at = html_find_byte(at, end, '-');
	if (at == end)
		return end;
	h->state = HTML_COMMENT_END_DASH;
	return at + 1;
}

const char *
html_in_comment_end_dash(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	h->state = *at == '-' ? HTML_COMMENT_END : HTML_COMMENT;
	return at + 1;
}

const char *
html_in_comment_end(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	if (*at == '>')
		h->state = HTML_DATA;
	else if (*at == '!')
		h->state = HTML_COMMENT_END_BANG;
	else if (*at != '-')
		h->state = HTML_COMMENT;
	return at + 1;
}

const char *
html_in_comment_end_bang(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	h->state = *at == '>' ? HTML_DATA : *at == '-' ? HTML_COMMENT_END_DASH : HTML_COMMENT;
	return at + 1;
}

/* h->matched counts the "]" that were held back. */
const char *
html_in_cdata(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	const char *stop;

	if (h->matched == 0) {
		stop = html_find_byte(at, end, ']');
		text_put(w, slice_make(at, (size_t)(stop - at)));
		if (stop == end)
			return end;
		h->matched = 1;
		return stop + 1;
	}
	if (*at == ']' && h->matched == 2) {
		text_put_byte(w, ']');
	} else if (*at == ']') {
		h->matched = 2;
	} else if (*at == '>' && h->matched == 2) {
		h->state = HTML_DATA;
	} else {
		text_put(w, slice_make("]]", h->matched));
		h->matched = 0;
		return at;
	}
	return at + 1;
}

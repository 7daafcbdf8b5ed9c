/* The tokenizer's states of text.  See html_text.h and html_state.h. */
#include "classify/html_text.h"

#include "classify/html_state.h"

void
html_show(struct html_text *h, struct slice text, struct text_writer *w)
{
	struct html_capture *c = h->capture;

	if (!h->hides)
		text_put(w, text);
	if (c) {
		size_t room = sizeof c->text - c->len, n = text.len < room ? text.len : room;

		memcpy(c->text + c->len, text.ptr, n);
		c->len += n;
	}
}

static void
show_code(struct html_text *h, uint32_t code, struct text_writer *w)
{
	char text[4];

	html_show(h, slice_make(text, utf8_encode(code, text)), w);
}

/* ---- text ---- */

static const char *
in_data(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	const char *stop = html_find_either(at, end, '<', '&');

	text_put(w, slice_make(at, (size_t)(stop - at)));
	if (stop == end)
		return end;
	if (*stop == '&') {
		h->back = HTML_DATA;
		h->state = HTML_REFERENCE;
	} else {
		h->state = HTML_TAG_OPEN;
	}
	return stop + 1;
}

static const char *
in_plaintext(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	text_put(w, slice_make(at, (size_t)(end - at)));
	return end;
}

/* ---- character references ---- */

static const char *
in_reference(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	h->entity_len = 0;
	if (html_is_letter(*at)) {
		h->state = HTML_NAMED_REFERENCE;
		return at;
	}
	if (*at == '#') {
		h->entity_code = 0;
		h->entity_is_hex = false;
		h->entity_has_digits = false;
		h->entity[h->entity_len++] = '#';
		h->state = HTML_NUMERIC_REFERENCE;
		return at + 1;
	}
	html_show(h, SLICE("&"), w);
	h->state = h->back;
	return at;
}

/* The name is whole; `next` is what follows it (';' is taken by the caller). */
static void
resolve_name(struct html_text *h, char next, struct text_writer *w)
{
	struct slice name = slice_make(h->entity, h->entity_len);
	const struct html_entity *entity = next == ';' ? html_entity_find(name) : NULL;
	bool is_in_value = h->back != HTML_DATA && h->back != HTML_RAW_TEXT;
	size_t len = name.len;

	if (entity)
		next = '\0';
	else
		entity = html_entity_find_start(name, &len);
	/* "?a=1&copy=2" in a value is no reference. */
	if (entity && is_in_value && next && (len < name.len || next == '='))
		entity = NULL;
	if (entity == NULL) {
		html_show(h, SLICE("&"), w);
		len = 0;
	} else {
		show_code(h, entity->code, w);
		if (entity->second)
			show_code(h, entity->second, w);
	}
	html_show(h, slice_sub(name, len, name.len), w);
	if (next == ';')
		html_show(h, SLICE(";"), w);
}

static const char *
in_named_reference(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	for (; at < end; at++) {
		if ((html_is_letter(*at) || ascii_is_digit(*at)) && h->entity_len < sizeof h->entity) {
			h->entity[h->entity_len++] = *at;
			continue;
		}
		resolve_name(h, *at, w);
		h->state = h->back;
		return *at == ';' ? at + 1 : at;
	}
	return at;
}

static void
resolve_number(struct html_text *h, struct text_writer *w)
{
	if (h->entity_has_digits) {
		show_code(h, html_entity_correct(h->entity_code), w);
		return;
	}
	html_show(h, SLICE("&"), w);
	html_show(h, slice_make(h->entity, h->entity_len), w);
}

static const char *
in_numeric_reference(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	for (; at < end; at++) {
		int digit = ascii_hex_value(*at);

		if (h->entity_len == 1 && (*at == 'x' || *at == 'X') && !h->entity_has_digits) {
			h->entity[h->entity_len++] = *at;
			h->entity_is_hex = true;
		} else if (digit >= 0 && (digit < 10 || h->entity_is_hex)) {
			h->entity_has_digits = true;
			h->entity_code = h->entity_code * (h->entity_is_hex ? 16 : 10) + (uint32_t)digit;
			if (h->entity_code > 0x10ffff)
				h->entity_code = 0x110000;
		} else {
			bool is_taken = *at == ';' && h->entity_has_digits;

			resolve_number(h, w);
			h->state = h->back;
			return is_taken ? at + 1 : at;
		}
	}
	return at;
}

/* ---- raw text ---- */

static bool
raw_is_shown(const struct html_text *h)
{
	return h->raw->content != HTML_SKIPPED;
}

static const char *
in_raw_text(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	char other = h->raw->content == HTML_RCDATA ? '&' : h->script_escapes ? '-' : '<';
	const char *stop = html_find_either(at, end, '<', other);

	if (raw_is_shown(h))
		html_show(h, slice_make(at, (size_t)(stop - at)), w);
	if (stop == end)
		return end;
	if (*stop == '<') {
		h->state = HTML_RAW_LESS_THAN;
	} else if (other == '&') {
		h->back = HTML_RAW_TEXT;
		h->state = HTML_REFERENCE;
	} else {
		h->matched = 1;
		h->state = HTML_SCRIPT_DASH;
	}
	return stop + 1;
}

static const char *
in_raw_less_than(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	bool is_script = h->raw->flags & HTML_SCRIPT;

	h->matched = 0;
	if (*at == '/') {
		h->state = h->script_escapes == 2 ? HTML_SCRIPT_NESTED : HTML_RAW_END_TAG_NAME;
		return at + 1;
	}
	if (is_script && *at == '!' && h->script_escapes == 0) {
		h->state = HTML_SCRIPT_BANG;
		return at + 1;
	}
	if (is_script && h->script_escapes == 1 && html_is_letter(*at)) {
		h->state = HTML_SCRIPT_NESTED;
		return at;
	}
	if (raw_is_shown(h))
		html_show(h, SLICE("<"), w);
	h->state = HTML_RAW_TEXT;
	return at;
}

/* "</" and as much of the element's name as was met. */
static const char *
in_raw_end_tag_name(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	const char *name = h->raw->name;

	for (; at < end; at++) {
		if (name[h->matched] != '\0' && ascii_lower(*at) == name[h->matched]) {
			h->matched++;
			continue;
		}
		if (name[h->matched] == '\0' && (html_is_space(*at) || *at == '/' || *at == '>')) {
			h->name_len = h->matched;
			memcpy(h->name, name, h->matched);
			h->is_end_tag = true;
			h->self_closes = false;
			h->capture = NULL;
			h->raw = NULL;
			h->state = HTML_BEFORE_ATTRIBUTE_NAME;
			return at;
		}
		/* The case of what is shown here is lost, which nothing behind needs. */
		if (raw_is_shown(h)) {
			html_show(h, SLICE("</"), w);
			html_show(h, slice_make(name, h->matched), w);
		}
		h->state = HTML_RAW_TEXT;
		return at;
	}
	return at;
}

/* "<!" in a script: "--" opens an escape. */
static const char *
in_script_bang(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	if (*at != '-') {
		h->state = HTML_RAW_TEXT;
		return at;
	}
	if (++h->matched == 2) {
		h->script_escapes = 1;
		h->state = HTML_SCRIPT_DASH;
	}
	return at + 1;
}

/* In an escape, behind one "-" (matched is 1) or more: "-->" closes it. */
static const char *
in_script_dash(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	if (*at == '-') {
		h->matched = 2;
		return at + 1;
	}
	if (*at == '>' && h->matched == 2)
		h->script_escapes = 0;
	h->state = HTML_RAW_TEXT;
	return at;
}

/* In an escape, behind "<" or "</": the word "script" opens and closes a script in the script. */
static const char *
in_script_nested(struct html_text *h, const char *at, const char *end, struct text_writer *w)
{
	static const char name[] = "script";

	for (; at < end; at++) {
		if (h->matched < sizeof name - 1 && ascii_lower(*at) == name[h->matched]) {
			h->matched++;
			continue;
		}
		if (h->matched == sizeof name - 1 && (html_is_space(*at) || *at == '/' || *at == '>'))
			h->script_escapes = h->script_escapes == 1 ? 2 : 1;
		break;
	}
	if (at < end)
		h->state = HTML_RAW_TEXT;
	return at;
}

static html_step *const steps[HTML_STATES] = {
	[HTML_DATA] = in_data,
	[HTML_TAG_OPEN] = html_in_tag_open,
	[HTML_END_TAG_OPEN] = html_in_end_tag_open,
	[HTML_TAG_NAME] = html_in_tag_name,
	[HTML_BEFORE_ATTRIBUTE_NAME] = html_in_before_attribute_name,
	[HTML_ATTRIBUTE_NAME] = html_in_attribute_name,
	[HTML_AFTER_ATTRIBUTE_NAME] = html_in_after_attribute_name,
	[HTML_BEFORE_VALUE] = html_in_before_value,
	[HTML_VALUE_DOUBLE] = html_in_value_double,
	[HTML_VALUE_SINGLE] = html_in_value_single,
	[HTML_VALUE_UNQUOTED] = html_in_value_unquoted,
	[HTML_MARKUP_DECLARATION] = html_in_markup_declaration,
	[HTML_BOGUS_COMMENT] = html_in_bogus_comment,
	[HTML_COMMENT_START] = html_in_comment_start,
	[HTML_COMMENT_START_DASH] = html_in_comment_start_dash,
	[HTML_COMMENT] = html_in_comment,
	[HTML_COMMENT_END_DASH] = html_in_comment_end_dash,
	[HTML_COMMENT_END] = html_in_comment_end,
	[HTML_COMMENT_END_BANG] = html_in_comment_end_bang,
	[HTML_CDATA] = html_in_cdata,
	[HTML_RAW_TEXT] = in_raw_text,
	[HTML_RAW_LESS_THAN] = in_raw_less_than,
	[HTML_RAW_END_TAG_NAME] = in_raw_end_tag_name,
	[HTML_SCRIPT_BANG] = in_script_bang,
	[HTML_SCRIPT_DASH] = in_script_dash,
	[HTML_SCRIPT_NESTED] = in_script_nested,
	[HTML_PLAINTEXT_TEXT] = in_plaintext,
	[HTML_REFERENCE] = in_reference,
	[HTML_NAMED_REFERENCE] = in_named_reference,
	[HTML_NUMERIC_REFERENCE] = in_numeric_reference,
};

void
html_text_start(struct html_text *h, bool is_xml)
{
	*h = (struct html_text){.is_xml = is_xml};
}

bool
html_text_push(struct html_text *h, struct slice html, text_sink sink, void *context)
{
	const char *at = html.ptr, *end = html.ptr + html.len;
	struct text_writer w;

	text_writer_start(&w, sink, context);
	while (at < end && !w.has_stopped)
		at = steps[h->state](h, at, end, &w);
	text_flush(&w);
	return !w.has_stopped;
}

bool
html_text_finish(struct html_text *h, text_sink sink, void *context)
{
	struct text_writer w;

	text_writer_start(&w, sink, context);
	switch (h->state) {
	case HTML_REFERENCE:
		html_show(h, SLICE("&"), &w);
		break;
	case HTML_NAMED_REFERENCE:
		resolve_name(h, '\0', &w);
		break;
	case HTML_NUMERIC_REFERENCE:
		resolve_number(h, &w);
		break;
	case HTML_TAG_OPEN:
		text_put_byte(&w, '<');
		break;
	case HTML_END_TAG_OPEN:
		text_put(&w, SLICE("</"));
		break;
	default:
		break;
	}
	h->state = HTML_DATA;
	text_flush(&w);
	return !w.has_stopped;
}

struct slice
html_capture_slice(const struct html_capture *c)
{
	return slice_make(c->text, c->len);
}

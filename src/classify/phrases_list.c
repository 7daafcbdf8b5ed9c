/* The line parser.  See phrases_list.h; the format is described in the lists of e2guardian's package. */
#include "classify/phrases_list.h"

static void
bad(struct phrase_line *out, struct slice line, const char *at, const char *problem, const char *remedy)
{
	out->kind = PHRASE_LINE_BAD;
	out->problem = problem;
	out->remedy = remedy;
	out->column = (unsigned)(at - line.ptr) + 1;
}

/* "-25", "40", "10%". */
static bool
parse_weight(struct slice text, struct phrase_line *out)
{
	bool is_negative = false;
	uint64_t value;

	text = slice_trim(text);
	if (text.len && text.ptr[text.len - 1] == '%') {
		out->is_percent = true;
		text.len--;
	}
	if (text.len && (text.ptr[0] == '-' || text.ptr[0] == '+')) {
		is_negative = text.ptr[0] == '-';
		text = slice_sub(text, 1, text.len);
	}
	if (!slice_to_u64(text, &value) || value > PHRASES_WEIGHT_MAX)
		return false;
	out->weight = is_negative ? -(int32_t)value : (int32_t)value;
	out->has_weight = true;
	return true;
}

/* "<a>,<b><20>": what follows the last ">" may be a comment. */
static void
parse_rule(struct slice line, struct slice rest, struct phrase_line *out)
{
	bool is_separated = true;

	while (rest.len && rest.ptr[0] == '<') {
		size_t end = slice_find(rest, '>');
		struct slice inside = slice_sub(rest, 1, end);

		if (end == rest.len) {
			bad(out, line, rest.ptr, "a phrase without its end", "write it as <phrase>");
			return;
		}
		if (!is_separated) {
			if (!parse_weight(inside, out))
				bad(out, line, rest.ptr, "this is no weight",
					"write a number from -1000000 to 1000000, or a comma before it");
			return;
		}
		if (out->member_count == PHRASES_MEMBERS_MAX) {
			bad(out, line, rest.ptr, "more than 16 phrases in one combination", "split the line");
			return;
		}
		out->members[out->member_count++] = inside;
		/* Lists that are in use have spaces between the parts here and there. */
		rest = slice_trim(slice_sub(rest, end + 1, rest.len));
		is_separated = rest.len && rest.ptr[0] == ',';
		if (is_separated)
			rest = slice_trim(slice_sub(rest, 1, rest.len));
	}
	if (is_separated || (rest.len && rest.ptr[0] != '#'))
		bad(out, line, rest.ptr, "this does not belong to a phrase", "write <phrase>,<phrase><weight>");
}

static bool
take_prefix(struct slice *line, struct slice prefix)
{
	if (!slice_starts_with_nocase(*line, prefix))
		return false;
	*line = slice_trim(slice_sub(*line, prefix.len, line->len));
	return true;
}

void
phrase_line_parse(struct slice line, struct phrase_line *out)
{
	struct slice rest = line;

	*out = (struct phrase_line){.kind = PHRASE_LINE_EMPTY};
	if (slice_starts_with(rest, SLICE("\xef\xbb\xbf")))
		rest = slice_sub(rest, 3, rest.len);
	if (slice_ends_with(rest, SLICE("\r")))
		rest.len--;
	rest = slice_trim(rest);
	if (line.len > PHRASES_LINE_MAX) {
		bad(out, line, line.ptr, "the line is longer than 4096 bytes", "split it");
	} else if (take_prefix(&rest, SLICE("#listcategory:"))) {
		out->kind = PHRASE_LINE_CATEGORY;
		if (rest.len >= 2 && rest.ptr[0] == '"' && rest.ptr[rest.len - 1] == '"')
			rest = slice_sub(rest, 1, rest.len - 1);
		out->text = rest;
	} else if (take_prefix(&rest, SLICE(".Include<"))) {
		size_t end = slice_find(rest, '>');

		out->kind = PHRASE_LINE_INCLUDE;
		out->text = slice_sub(rest, 0, end);
		if (end == rest.len || end == 0)
			bad(out, line, rest.ptr, "an include without its file", "write .Include<FILE>");
	} else if (rest.len && rest.ptr[0] == '<') {
		out->kind = PHRASE_LINE_RULE;
		parse_rule(line, rest, out);
	} else if (rest.len && rest.ptr[0] != '#') {
		bad(out, line, rest.ptr, "neither a phrase, a comment, nor an include",
			"write <phrase><weight>, or # before a comment");
	}
}

/* Templates.  See page_template.h. */
#include "proxy/page_template.h"

#include "base/utf8.h"
#include "proxy/page_escape.h"

enum part_kind { PART_LITERAL, PART_VALUE, PART_SECTION };

struct part {
	enum part_kind kind;
	enum page_value value;
	struct slice literal;
	size_t end; /* of a section: the part behind it */
};

struct page_template {
	struct part *parts;
	size_t count;
};

/* ---- names ---- */

static const char *const value_names[PAGE_VALUES] = {
	[PAGE_VALUE_KIND] = "kind",
	[PAGE_VALUE_LANGUAGE] = "language",
	[PAGE_VALUE_STATUS] = "status",
	[PAGE_VALUE_TITLE] = "title",
	[PAGE_VALUE_TEXT] = "text",
	[PAGE_VALUE_SITE] = "site",
	[PAGE_VALUE_REASON] = "reason",
	[PAGE_VALUE_CATEGORY] = "category",
	[PAGE_VALUE_DETAIL] = "detail",
	[PAGE_VALUE_RULE] = "rule",
	[PAGE_VALUE_REQUEST] = "request",
	[PAGE_VALUE_CONTINUE] = "continue",
	[PAGE_VALUE_OVERRIDE] = "override",
	[PAGE_VALUE_REFUSED] = "refused",
	[PAGE_VALUE_REVIEW] = "review",
	[PAGE_VALUE_CONTACT] = "contact",
	[PAGE_VALUE_LABEL_SITE] = "label.site",
	[PAGE_VALUE_LABEL_CATEGORY] = "label.category",
	[PAGE_VALUE_LABEL_DETAIL] = "label.detail",
	[PAGE_VALUE_LABEL_RULE] = "label.rule",
	[PAGE_VALUE_LABEL_REQUEST] = "label.request",
	[PAGE_VALUE_LABEL_CONTINUE] = "label.continue",
	[PAGE_VALUE_LABEL_CODE] = "label.code",
	[PAGE_VALUE_LABEL_OVERRIDE] = "label.override",
	[PAGE_VALUE_LABEL_REFUSED] = "label.refused",
	[PAGE_VALUE_LABEL_REVIEW] = "label.review",
	[PAGE_VALUE_LABEL_CONTACT] = "label.contact",
};

const char *
page_value_name(enum page_value value)
{
	return value_names[value];
}

static bool
value_find(struct slice name, enum page_value *value)
{
	for (size_t i = 0; i < PAGE_VALUES; i++) {
		if (!slice_eq(name, slice_of(value_names[i])))
			continue;
		*value = (enum page_value)i;
		return true;
	}
	return false;
}

/* ---- reading ---- */

struct reader {
	struct slice text;
	size_t at;
	const char *file;
	struct problems *problems;
	struct page_template *template;
	size_t open[PAGE_TEMPLATE_DEPTH_MAX]; /* sections that are open: their parts */
	size_t depth;
};

static bool
refuse(struct reader *r, size_t at, const char *remedy, const char *what, struct slice name)
{
	unsigned line = 1, column = 1;

	for (size_t i = 0; i < at && i < r->text.len; i++) {
		column++;
		if (r->text.ptr[i] != '\n')
			continue;
		line++;
		column = 1;
	}
	problems_add(r->problems, false, r->file, line, column, remedy, "%s%s%.*s%s", what, name.len ? " \"" : "",
		(int)(name.len < 60 ? name.len : 60), name.ptr, name.len ? "\"" : "");
	return false;
}

static bool
add_part(struct reader *r, size_t at, struct part part)
{
	if (r->template->count == PAGE_TEMPLATE_PARTS_MAX)
		return refuse(r, at, "make it simpler", "the template has too many parts", SLICE_EMPTY);
	r->template->parts[r->template->count++] = part;
	return true;
}

static bool
close_section(struct reader *r, size_t at, enum page_value value, struct slice name)
{
	struct part *section;

	if (r->depth == 0)
		return refuse(
			r, at, "remove it, or open the section before it", "nothing is open that this closes:", name);
	section = &r->template->parts[r->open[r->depth - 1]];
	if (section->value != value)
		return refuse(r, at, "close sections in the order in which they were opened",
			"another section is open than", name);
	section->end = r->template->count;
	r->depth--;
	return true;
}

/* What is between {{ and }}. */
static bool
read_gap(struct reader *r, size_t at, struct slice gap)
{
	char sign = gap.len && (gap.ptr[0] == '#' || gap.ptr[0] == '/') ? gap.ptr[0] : 0;
	struct slice name = slice_trim(slice_sub(gap, sign != 0, gap.len));
	struct part part = {.kind = sign == '#' ? PART_SECTION : PART_VALUE};

	if (!value_find(name, &part.value))
		return refuse(r, at, "the names are in docs/pages.md", "there is no value called",
			name.len ? name : SLICE("{{}}"));
	if (sign == '/')
		return close_section(r, at, part.value, name);
	if (sign == '#') {
		if (r->depth == PAGE_TEMPLATE_DEPTH_MAX)
			return refuse(r, at, "make it simpler", "sections are nested too deeply at", name);
		r->open[r->depth++] = r->template->count;
	}
	return add_part(r, at, part);
}

static bool
check_text(struct reader *r)
{
	struct slice rest = r->text;

	if (rest.len > PAGE_TEMPLATE_MAX)
		return refuse(r, 0, "a template has at most 64 KiB", "the template is too long", SLICE_EMPTY);
	while (rest.len > 0) {
		uint32_t c;
		bool is_well_formed;
		size_t n = utf8_next(rest, &c, &is_well_formed);

		if (!is_well_formed || c == 0)
			return refuse(r, r->text.len - rest.len, "save the file as UTF-8", "this is not UTF-8 text",
				SLICE_EMPTY);
		rest = slice_sub(rest, n, rest.len);
	}
	return true;
}

static bool
read_parts(struct reader *r)
{
	while (r->at < r->text.len) {
		struct slice rest = slice_sub(r->text, r->at, r->text.len);
		size_t begin = slice_find_slice(rest, SLICE("{{"));
		struct slice inside = slice_sub(rest, begin + 2, rest.len);
		size_t end = slice_find_slice(inside, SLICE("}}"));

		if (begin > 0 &&
			!add_part(r, r->at, (struct part){.kind = PART_LITERAL, .literal = slice_sub(rest, 0, begin)}))
			return false;
		if (begin == rest.len)
			break;
		if (end == inside.len || slice_find(slice_sub(inside, 0, end), '\n') != end)
			return refuse(r, r->at + begin, "write }} behind the name", "this {{ has no end on its line",
				SLICE_EMPTY);
		if (!read_gap(r, r->at + begin, slice_sub(inside, 0, end)))
			return false;
		r->at += begin + 2 + end + 2;
	}
	if (r->depth > 0) {
		enum page_value value = r->template->parts[r->open[r->depth - 1]].value;

		return refuse(r, r->text.len, "close it with {{/NAME}}",
			"at the end a section is still open:", slice_of(value_names[value]));
	}
	return true;
}

const struct page_template *
page_template_parse(struct slice text, const char *file, struct arena *arena, struct problems *problems)
{
	struct reader r = {.text = text, .file = file, .problems = problems};

	if (!check_text(&r))
		return NULL;
	r.text = arena_copy(arena, text);
	r.template = arena_zalloc(arena, sizeof *r.template);
	if (r.template)
		r.template->parts = arena_alloc(arena, PAGE_TEMPLATE_PARTS_MAX * sizeof *r.template->parts);
	if (r.text.ptr == NULL || r.template == NULL || r.template->parts == NULL) {
		problems_add(problems, false, file, 0, 0, NULL, "out of memory");
		return NULL;
	}
	return read_parts(&r) ? r.template : NULL;
}

/* ---- rendering ---- */

bool
page_template_render(const struct page_template *t, const struct slice values[PAGE_VALUES], struct buffer *out)
{
	bool done = true;

	for (size_t i = 0; done && i < t->count;) {
		const struct part *part = &t->parts[i];
		struct slice value = part->kind == PART_LITERAL ? part->literal : values[part->value];

		if (part->kind == PART_SECTION) {
			i = value.len ? i + 1 : part->end;
			continue;
		}
		done = part->kind == PART_LITERAL ? buffer_append(out, value) : page_escape_html(out, value);
		i++;
	}
	return done;
}

/* Bodies of several parts, and posted forms. */
#include "suites.h"

#include "classify/form_text.h"
#include "classify/multipart.h"

#include "base/buffer.h"

/* What came out, as one line: [type|file]bytes; for each part. */
struct seen {
	char text[4096];
	size_t len;
};

static void
add(struct seen *s, struct slice text)
{
	ck_assert_uint_lt(s->len + text.len, sizeof s->text);
	memcpy(s->text + s->len, text.ptr, text.len);
	s->len += text.len;
}

static void
on_begin(void *context, const struct multipart_part *part)
{
	add(context, SLICE("["));
	add(context, part->content_type);
	add(context, SLICE("|"));
	add(context, part->filename);
	add(context, SLICE("]"));
}

static void
on_data(void *context, struct slice bytes)
{
	add(context, bytes);
}

static void
on_end(void *context)
{
	add(context, SLICE(";"));
}

/* Pushes the body in pieces; what was taken before it turned out to be none is pushed on as data. */
static enum parse
split(struct slice type, struct slice body, size_t piece, struct seen *s)
{
	struct multipart_sink sink = {on_begin, on_data, on_end, s};
	struct multipart m;

	s->len = 0;
	if (!multipart_start(&m, type))
		return PARSE_DONE;
	for (size_t at = 0; at < body.len; at += piece) {
		if (multipart_push(&m, slice_sub(body, at, at + piece), &sink) == PARSE_BAD) {
			add(s, multipart_taken(&m));
			add(s, slice_sub(body, at, body.len));
			return PARSE_BAD;
		}
	}
	multipart_finish(&m, &sink);
	return PARSE_MORE;
}

#define TYPE SLICE("multipart/form-data; boundary=xyz")

START_TEST(parts_come_out_the_same_in_any_split)
{
	static const struct {
		const char *body, *seen;
	} rows[] = {
		{"--xyz\r\n\r\none\r\n--xyz--\r\n", "[|]one;"},
		{"--xyz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.exe\"\r\nContent-Type: "
		 "text/plain\r\n\r\nMZ\r\n\r--xy\r\n--xy\r\n--xyz\r\n\r\ntwo\r\n--xyz--\r\nbehind",
			"[text/plain|a.exe]MZ\r\n\r--xy\r\n--xy;[|]two;"},
		{"--xyz  \r\nX: 1\r\n\r\n\r\n--xyz--", "[|];"},
		{"--xyz\nContent-Type: a/b\n\nbare\r\n--xyz--", "[a/b|]bare;"},
		{"--xyz\r\n\r\ncut", "[|]cut;"},
		{"--xyz\r\n\r\ncut\r\n--x", "[|]cut\r\n--x;"},
		{"--xyz\r\nContent-Type: cut/head", "[cut/head|];"},
		{"--xyz--", ""},
		{"", ""},
	};
	struct seen s;

	for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
		for (size_t piece = 1; piece < 200; piece++) {
			ck_assert_int_eq(split(TYPE, slice_of(rows[r].body), piece, &s), PARSE_MORE);
			ck_assert_msg(slice_eq(slice_make(s.text, s.len), slice_of(rows[r].seen)),
				"row %zu piece %zu: %.*s", r, piece, (int)s.len, s.text);
		}
	}
}
END_TEST

START_TEST(a_body_that_does_not_begin_with_its_boundary_is_given_back_whole)
{
	static const char *const bodies[] = {"MZ\x90", "--xy", "--xyZ\r\n\r\nhidden\r\n--xyZ--", "\r\n--xyz\r\n", "-"};
	struct seen s;

	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		for (size_t piece = 1; piece < 40; piece++) {
			enum parse result = split(TYPE, slice_of(bodies[i]), piece, &s);

			/* What may still become a boundary is not told yet. */
			if (result == PARSE_MORE) {
				ck_assert(slice_starts_with(SLICE("--xyz"), slice_of(bodies[i])));
				continue;
			}
			ck_assert(slice_eq(slice_make(s.text, s.len), slice_of(bodies[i])));
		}
	}
}
END_TEST

START_TEST(only_a_multipart_type_with_a_fit_boundary_has_parts)
{
	static const struct {
		const char *type;
		bool has_parts;
	} rows[] = {
		{"multipart/form-data; boundary=a", true},
		{"Multipart/Mixed; charset=x; BOUNDARY=\"a b\"", true},
		{"multipart/form-data", false},
		{"multipart/form-data; boundary=", false},
		{"multipart/form-data; boundary=\"\"", false},
		{"text/plain; boundary=a", false},
		{"multipart/form-data; "
		 "boundary=01234567890123456789012345678901234567890123456789012345678901234567890",
			false},
	};
	struct multipart m;

	for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++)
		ck_assert_msg(multipart_start(&m, slice_of(rows[r].type)) == rows[r].has_parts, "row %zu", r);
}
END_TEST

START_TEST(a_head_without_end_is_cut_and_what_follows_is_read)
{
	struct buffer body = buffer_make(8192);
	struct seen s;

	ck_assert(buffer_append(&body, SLICE("--xyz\r\nX: ")));
	for (int i = 0; i < 3000; i++)
		ck_assert(buffer_append(&body, SLICE("h")));
	ck_assert_int_eq(split(TYPE, buffer_slice(&body), 100, &s), PARSE_MORE);
	ck_assert_uint_gt(s.len, 3000 - MULTIPART_HEAD_MAX);
	buffer_release(&body);
}
END_TEST

static bool
collect(void *context, struct slice text)
{
	add(context, text);
	return true;
}

START_TEST(a_form_is_its_values_in_any_split)
{
	static const struct {
		const char *form, *text;
	} rows[] = {
		{"q=online+casino&x=1", "q online casino x 1"},
		{"%41%62c", "Abc"},
		{"a%2", "a%2"},
		{"a%", "a%"},
		{"%zz%4g%%41", "%zz%4g%A"},
		{"%4+b", "%4 b"},
		{"caf%C3%A9", "caf\xc3\xa9"},
		{"", ""},
	};

	for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
		for (size_t piece = 1; piece < 30; piece++) {
			struct slice form = slice_of(rows[r].form);
			struct seen s = {.len = 0};
			struct form_text f;

			form_text_start(&f);
			for (size_t at = 0; at < form.len; at += piece)
				ck_assert(form_text_push(&f, slice_sub(form, at, at + piece), collect, &s));
			ck_assert(form_text_finish(&f, collect, &s));
			ck_assert_msg(slice_eq(slice_make(s.text, s.len), slice_of(rows[r].text)),
				"row %zu piece %zu: %.*s", r, piece, (int)s.len, s.text);
		}
	}
}
END_TEST

UNIT_SUITE(multipart, "multipart", parts_come_out_the_same_in_any_split,
	a_body_that_does_not_begin_with_its_boundary_is_given_back_whole,
	only_a_multipart_type_with_a_fit_boundary_has_parts, a_head_without_end_is_cut_and_what_follows_is_read,
	a_form_is_its_values_in_any_split)

/* The one form of text. */
#include "suites.h"

#include "base/buffer.h"
#include "classify/text_normal.h"

static bool
collect(void *context, struct slice text)
{
	return buffer_append(context, text);
}

START_TEST(texts_take_one_form_whatever_the_pieces)
{
	static const struct {
		const char *text, *normal;
	} cases[] = {
		{"Hello, World!", " hello world "},
		{"  a \t\r\n b  ", " a b "},
		{"one", " one "},
		{"...", " "},
		{"don't-stop_now 4U", " don t stop now 4u "},
		{"GR\xc3\x9cSSE \xc3\x89T\xc3\x89", " gr\xc3\xbcsse \xc3\xa9t\xc3\xa9 "},
		{"\xd0\x9f\xd0\xa0\xd0\x98\xd0\x92\xd0\x95\xd0\xa2 \xd0\x81",
			" \xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82 \xd1\x91 "},
		{"\xce\x91\xce\xa3\xcf\x82", " \xce\xb1\xcf\x83\xcf\x83 "},
		{"s\xc2\xad"
		 "e\xe2\x80\x8bx",
			" sex "},
		{"s\xcc\xb2"
		 "e\xcc\xb2x",
			" sex "},
		{"\xef\xbc\xb3\xef\xbd\x85\xef\xbc\xb8", " sex "},
		{"\xf0\x9d\x90\x92\xf0\x9d\x90\x9e\xf0\x9d\x91\x8b", " sex "},
		{"\xe2\x93\xa2\xe2\x92\xba\xe2\x93\xa7", " sex "},
		{"a\xe2\x80\x94"
		 "b\xc2\xa0"
		 "c\xf0\x9f\x98\x80"
		 "d",
			" a b c d "},
		{"\xe6\x97\xa5\xe6\x9c\xac\xe3\x80\x82", " \xe6\x97\xa5\xe6\x9c\xac "},
		{"a\xff"
		 "b\xc0\xaf"
		 "c\xe2\x82"
		 "d",
			" a b c d "},
		{"a\xe2\x82", " a "},
		{"\xc4\xb0\xc5\xb8", " i\xc3\xbf "},
		{"", ""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct slice text = slice_of(cases[i].text);

		for (size_t piece = 1; piece <= text.len + 1; piece++) {
			struct buffer out = buffer_make(1 << 16);
			struct text_normal n;

			text_normal_start(&n);
			for (size_t at = 0; at < text.len; at += piece)
				ck_assert(text_normal_push(&n, slice_sub(text, at, at + piece), collect, &out));
			ck_assert(text_normal_finish(&n, collect, &out));
			assert_slice(buffer_slice(&out), cases[i].normal);
			buffer_release(&out);
		}
	}
}
END_TEST

START_TEST(a_nul_does_not_part_a_word)
{
	struct buffer out = buffer_make(100);
	struct text_normal n;

	text_normal_start(&n);
	text_normal_push(&n, slice_make("s\0ex", 4), collect, &out);
	assert_slice(buffer_slice(&out), " sex");
	buffer_release(&out);
}
END_TEST

START_TEST(a_long_text_is_longer_than_one_step_and_keeps_its_words)
{
	struct buffer in = buffer_make(1 << 20), out = buffer_make(1 << 20);
	struct text_normal n;

	for (int i = 0; i < 20000; i++)
		buffer_append_cstr(&in, "Ab, ");
	text_normal_start(&n);
	text_normal_push(&n, buffer_slice(&in), collect, &out);
	ck_assert_uint_eq(buffer_len(&out), 1 + 3 * 20000);
	for (size_t i = 1; i + 3 <= buffer_len(&out); i += 3)
		ck_assert(slice_eq(slice_sub(buffer_slice(&out), i, i + 3), SLICE("ab ")));
	buffer_release(&in);
	buffer_release(&out);
}
END_TEST

START_TEST(a_phrase_keeps_the_spaces_at_its_ends_and_gets_none)
{
	static const struct {
		const char *phrase, *normal;
	} cases[] = {{" Sex ", " sex "}, {"sex", "sex"}, {"x-rated=no", "x rated no"}, {"- x -", " x "}, {"?!", " "},
		{"", ""}};
	char text[64];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct slice out;

		ck_assert(text_normal_phrase(slice_of(cases[i].phrase), text, sizeof text, &out));
		assert_slice(out, cases[i].normal);
	}
	struct slice out;

	ck_assert(!text_normal_phrase(SLICE("too long"), text, 3, &out));
}
END_TEST

UNIT_SUITE(text_normal, "text_normal", texts_take_one_form_whatever_the_pieces, a_nul_does_not_part_a_word,
	a_long_text_is_longer_than_one_step_and_keeps_its_words, a_phrase_keeps_the_spaces_at_its_ends_and_gets_none)

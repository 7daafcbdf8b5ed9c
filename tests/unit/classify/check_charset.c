/* Encodings: labels, where they are declared, and texts to UTF-8 in any segmentation. */
#include "suites.h"

#include "base/buffer.h"
#include "classify/charset.h"

#define BYTES(text)                    \
	{                              \
		text, sizeof(text) - 1 \
	}

static bool
collect(void *context, struct slice text)
{
	ck_assert_uint_gt(text.len, 0);
	return buffer_append(context, text);
}

static bool
refuse(void *context, struct slice text)
{
	++*(int *)context;
	return false;
}

static void
assert_converts(const char *label, struct slice bytes, const char *text, size_t piece)
{
	struct buffer out = buffer_make(1 << 20);
	struct charset_reader r;

	ck_assert_ptr_nonnull(charset_find(slice_of(label)));
	charset_open(&r, charset_find(slice_of(label)));
	for (size_t at = 0; at < bytes.len; at += piece)
		ck_assert(charset_push(&r, slice_sub(bytes, at, at + piece), collect, &out));
	ck_assert(charset_finish(&r, collect, &out));
	charset_close(&r);
	assert_slice(buffer_slice(&out), text);
	buffer_release(&out);
}

/* U+FFFD */
#define R "\xef\xbf\xbd"

static const struct {
	const char *label;
	struct slice bytes;
	const char *text;
} conversions[] = {
	{"utf-8", BYTES("plain"), "plain"},
	{"utf-8", BYTES("\xef\xbb\xbfGr\xc3\xbc\xc3\x9f"), "Gr\xc3\xbc\xc3\x9f"},
	{"utf-8", BYTES("a\xef\xbb\xbf"), "a\xef\xbb\xbf"},
	{"utf-8", BYTES("\xf0\x9f\x98\x80!"), "\xf0\x9f\x98\x80!"},
	{"utf-8", BYTES("\xc0\xaf"), R R},
	{"utf-8", BYTES("\xe0\x80\xaf"), R R R},
	{"utf-8", BYTES("\xed\xa0\x80"), R R R},
	{"utf-8", BYTES("\xf4\x90\x80\x80"), R R R R},
	{"utf-8", BYTES("\xe2\x82<p>"), R "<p>"},
	{"utf-8", BYTES("\xf0\x9f\x98"), R},
	{"utf-8", BYTES("\xff\xfe"), R R},
	{"utf-8", BYTES("\xef\xbbx"), R "x"},
	{"utf-16", BYTES("\xff\xfeG\0\xfc\0"), "G\xc3\xbc"},
	{"utf-16le", BYTES("\x3d\xd8\x00\xde"), "\xf0\x9f\x98\x80"},
	{"utf-16le", BYTES("\x3d\xd8x\0"), R "x"},
	{"utf-16le", BYTES("\x00\xdex\0"), R "x"},
	{"utf-16le", BYTES("x\0y"), "x" R},
	{"utf-16be", BYTES("\xfe\xff\xd8\x3d\xde\x00\0!"), "\xf0\x9f\x98\x80!"},
	{"latin1", BYTES("caf\xe9 \x80"), "caf\xc3\xa9 \xe2\x82\xac"},
	{"iso-8859-2", BYTES("\xb1"), "\xc4\x85"},
	{"iso-8859-9", BYTES("\xfe"), "\xc5\x9f"},
	{"koi8-r", BYTES("\xf0\xd2"), "\xd0\x9f\xd1\x80"},
	{"windows-1251", BYTES("\xcf\xf0"), "\xd0\x9f\xd1\x80"},
	{"windows-1253", BYTES("\xd2"), R},
	{"iso-8859-8-i", BYTES("\xe0"), "\xd7\x90"},
	{"shift_jis", BYTES("\x93\xfa\x96\x7b"), "\xe6\x97\xa5\xe6\x9c\xac"},
	{"shift_jis", BYTES("\x81<b>"), R "<b>"},
	{"euc-jp", BYTES("\xc6\xfc"), "\xe6\x97\xa5"},
	{"iso-2022-jp", BYTES("\x1b$BF|\x1b(Bx"), "\xe6\x97\xa5x"},
	{"gb2312", BYTES("\xd6\xd0\x81\x30\x81\x30"), "\xe4\xb8\xad\xc2\x80"},
	{"big5", BYTES("\xa4\xa4\xa4"), "\xe4\xb8\xad" R},
	{"euc-kr", BYTES("\xc7\xd1"), "\xed\x95\x9c"},
	{"hz-gb-2312", BYTES("~{<:Ky\xff~}"), "~{<:Ky" R "~}"},
};

START_TEST(texts_become_utf8_whatever_the_pieces)
{
	for (size_t i = 0; i < sizeof conversions / sizeof conversions[0]; i++)
		for (size_t piece = 1; piece <= conversions[i].bytes.len; piece++)
			assert_converts(conversions[i].label, conversions[i].bytes, conversions[i].text, piece);
}
END_TEST

START_TEST(a_long_text_fills_more_than_one_step)
{
	struct buffer bytes = buffer_make(1 << 20), text = buffer_make(1 << 20);

	for (int i = 0; i < 30000; i++) {
		buffer_append_cstr(&bytes, "\xe9x");
		buffer_append_cstr(&text, "\xc3\xa9x");
	}
	buffer_append(&text, slice_make("", 1));
	assert_converts("latin1", buffer_slice(&bytes), buffer_slice(&text).ptr, 50000);
	buffer_release(&bytes);
	buffer_release(&text);
}
END_TEST

START_TEST(a_sink_that_wants_no_more_is_not_called_again)
{
	struct charset_reader r;
	int calls = 0;

	charset_open(&r, charset_find(SLICE("latin1")));
	ck_assert(!charset_push(&r, SLICE("\xe9\xe9"), refuse, &calls));
	ck_assert(!charset_push(&r, SLICE("x"), refuse, &calls));
	ck_assert(!charset_finish(&r, refuse, &calls));
	ck_assert_int_eq(calls, 1);
	charset_close(&r);
}
END_TEST

START_TEST(labels_are_the_whatwgs_and_no_others)
{
	static const struct {
		const char *label, *name;
	} cases[] = {
		{"utf8", "UTF-8"},
		{" UTF-8\n", "UTF-8"},
		{"ISO-8859-1", "windows-1252"},
		{"us-ascii", "windows-1252"},
		{"gb2312", "GBK"},
		{"ks_c_5601-1987", "EUC-KR"},
		{"iso-2022-cn-ext", "replacement"},
		{"utf-7", NULL},
		{"utf-32", NULL},
		{"", NULL},
		{"l1 latin1", NULL},
		{"TSCII//TRANSLIT", NULL},
		{"utf-8\0x", "UTF-8"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct charset *charset = charset_find(slice_of(cases[i].label));

		if (cases[i].name == NULL)
			ck_assert_msg(charset == NULL, "%s", cases[i].label);
		else
			ck_assert_str_eq(charset_name(charset), cases[i].name);
	}
}
END_TEST

START_TEST(the_declaration_in_a_text_is_found_where_browsers_find_it)
{
	static const struct {
		const char *head, *declared;
	} cases[] = {
		{"<meta charset=koi8-r>", "koi8-r"},
		{"<META CHARSET = 'koi8-r' />", "koi8-r"},
		{"<html><head><title>x</title><meta name=a content=b><meta charset=\"utf-8\">", "utf-8"},
		{"<meta http-equiv=Content-Type content='text/html; charset=big5'>", "big5"},
		{"<meta content='text/html; charset=\"big5\"' http-equiv=content-type>", "big5"},
		{"<?xml version='1.0' encoding='iso-8859-2'?><a/>", "iso-8859-2"},
		{"<meta/charset=utf-8>", "utf-8"},
		{"<!-- <meta charset=koi8-r> --><meta charset=big5>", "big5"},
		{"<!--><meta charset=big5>", "big5"},
		{"<a title='<meta charset=koi8-r>'><meta charset=big5>", "big5"},
		{"<meta charset=no-such><meta charset=big5>", "big5"},
		{"<meta content='text/html; charset=big5'>", ""},
		{"<meta http-equiv=refresh content='0; charset=big5'>", ""},
		{"<metal charset=big5>", ""},
		{"<!-- <meta charset=big5>", ""},
		{"<meta charset=big5", "big5"},
		{"charset=big5", ""},
		{"<", ""},
		{"", ""},
	};
	char late[1200];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_slice(charset_declared(slice_of(cases[i].head)), cases[i].declared);
	memset(late, ' ', sizeof late);
	memcpy(late + 1020, "<meta charset=big5>", 19);
	assert_slice(charset_declared(slice_make(late, sizeof late)), "");
}
END_TEST

START_TEST(a_mark_outweighs_the_label_and_the_label_the_declaration)
{
	static const struct {
		struct slice head;
		const char *content_type, *name;
		enum charset_source source;
	} cases[] = {
		{BYTES("\xef\xbb\xbf<meta charset=big5>"), "text/html; charset=koi8-r", "UTF-8", CHARSET_BY_MARK},
		{BYTES("\xff\xfe<\0"), "text/html; charset=koi8-r", "UTF-16LE", CHARSET_BY_MARK},
		{BYTES("\xfe\xff\0<"), "", "UTF-16BE", CHARSET_BY_MARK},
		{BYTES("<meta charset=big5>"), "text/html;charset=\"koi8-r\"", "KOI8-R", CHARSET_BY_LABEL},
		{BYTES("<meta charset=big5>"), "text/html; charset=nonsense", "Big5", CHARSET_BY_TEXT},
		{BYTES("<meta charset=utf-16>"), "", "UTF-8", CHARSET_BY_TEXT},
		{BYTES("Gr\xc3\xbc\xc3\x9f"), "text/html", "UTF-8", CHARSET_BY_BYTES},
		{BYTES("Gr\xc3\xbc\xc3"), "", "UTF-8", CHARSET_BY_BYTES},
		{BYTES("Gr\xfc\xdf"), "text/html", "windows-1252", CHARSET_BY_DEFAULT},
		{BYTES("plain"), "", "windows-1252", CHARSET_BY_DEFAULT},
		{BYTES("x"), "text/html; mycharset ; charset ; charset = utf-8", "UTF-8", CHARSET_BY_LABEL},
		{BYTES("x"), "text/html; charset='utf-8", "windows-1252", CHARSET_BY_DEFAULT},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum charset_source source;

		ck_assert_str_eq(charset_name(charset_choose(cases[i].head, slice_of(cases[i].content_type), &source)),
			cases[i].name);
		ck_assert_msg(source == cases[i].source, "row %zu", i);
	}
}
END_TEST

START_TEST(the_modules_of_all_multibyte_encodings_are_preloaded)
{
	ck_assert_uint_eq(charset_preload(), 7);
}
END_TEST

UNIT_SUITE(charset, "charset", texts_become_utf8_whatever_the_pieces, a_long_text_fills_more_than_one_step,
	a_sink_that_wants_no_more_is_not_called_again, labels_are_the_whatwgs_and_no_others,
	the_declaration_in_a_text_is_found_where_browsers_find_it,
	a_mark_outweighs_the_label_and_the_label_the_declaration, the_modules_of_all_multibyte_encodings_are_preloaded)

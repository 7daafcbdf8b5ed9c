/* HTML to text: what is shown and what is not, the same in any split. */
#include "suites.h"

#include "base/buffer.h"
#include "classify/html_text.h"

static bool
collect(void *context, struct slice text)
{
	ck_assert_uint_gt(text.len, 0);
	return buffer_append(context, text);
}

/* Line ends that tags leave count as one space here; the texts below have no others next to them. */
static void
squeeze(struct buffer *text)
{
	size_t n = 0;

	for (size_t i = text->head; i < text->tail; i++) {
		char c = text->data[i] == '\n' ? ' ' : text->data[i];

		if (c != ' ' || (n > 0 && text->data[n - 1] != ' '))
			text->data[n++] = c;
	}
	text->tail = n > 0 && text->data[n - 1] == ' ' ? n - 1 : n;
}

static struct buffer
text_of(struct slice html, size_t piece, bool is_xml, struct html_text *h)
{
	struct buffer out = buffer_make(1 << 24);

	html_text_start(h, is_xml);
	for (size_t at = 0; at < html.len; at += piece)
		ck_assert(html_text_push(h, slice_sub(html, at, at + piece), collect, &out));
	ck_assert(html_text_finish(h, collect, &out));
	return out;
}

static void
assert_text(const char *html, const char *text, bool is_xml)
{
	struct html_text h;
	struct slice page = slice_of(html);

	for (size_t piece = 1; piece <= page.len + 1; piece++) {
		struct buffer out = text_of(page, piece, is_xml, &h);

		squeeze(&out);
		ck_assert_msg(slice_eq(buffer_slice(&out), slice_of(text)),
			"%s\nin pieces of %zu: \"%.*s\"\nwant \"%s\"", html, piece, SLICE_ARG(buffer_slice(&out)),
			text);
		buffer_release(&out);
	}
}

struct row {
	const char *html, *text;
};

#define ASSERT_ROWS(rows, is_xml)                                   \
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows)[0]; i++) \
	assert_text((rows)[i].html, (rows)[i].text, is_xml)

START_TEST(tags_are_gone_and_only_elements_that_break_lines_part_words)
{
	static const struct row rows[] = {
		{"plain", "plain"},
		{"<p>one<p>two", "one two"},
		{"a<b>b</b>c<i class=x>d</i>", "abcd"},
		{"a<br/>b<li>c</li>d<td>e", "a b c d e"},
		{"s<span></span>e<custom-element>x", "sex"},
		{"a<img src=x>b", "a b"},
		{"<P\nCLASS = \"a>b\" data-x='<c>' y=1>x", "x"},
		{"<a href=\"x\"title=\"T\">y", "T y"},
		{"<p a=b=c>x", "x"},
		{"<p =>x", "x"},
		{"<p a=>x", "x"},
		{"<p/a/b>x", "x"},
		{"<p\"'>x", "x"},
		{"<a-tag-name-that-is-longer-than-any-known>x</a-tag-name-that-is-longer-than-any-known>", "x"},
		{"<p never closed", ""},
		{"x<p a='never closed>y", "x"},
	};

	ASSERT_ROWS(rows, false);
}
END_TEST

START_TEST(what_only_looks_like_a_tag_is_text)
{
	static const struct row rows[] = {
		{"1 < 2", "1 < 2"},
		{"a<1>b", "a<1>b"},
		{"a<", "a<"},
		{"a</", "a</"},
		{"<<b>x", "<x"},
		{"a</>b", "ab"},
		{"a</ p>b", "ab"},
		{"a<?php x ?>b", "ab"},
		{"a<!DOCTYPE html PUBLIC \"x>y", "ay"},
		{"a<!>b", "ab"},
		{"a<!-x>b", "ab"},
		{"a > b", "a > b"},
	};

	ASSERT_ROWS(rows, false);
}
END_TEST

START_TEST(comments_end_where_browsers_end_them)
{
	static const struct row rows[] = {
		{"a<!-- x -->b", "ab"},
		{"a<!-- <p> x -- > y -->b", "ab"},
		{"a<!-->b", "ab"},
		{"a<!--->b", "ab"},
		{"a<!---->b", "ab"},
		{"a<!----->b", "ab"},
		{"a<!--x--!>b", "ab"},
		{"a<!--x--!-->b", "ab"},
		{"a<!--x--y-->b", "ab"},
		{"a<!--x<!-- y -->b", "ab"},
		{"a<!-- never closed", "a"},
		{"s<!-- -->e<!---->x", "sex"},
	};

	ASSERT_ROWS(rows, false);
}
END_TEST

START_TEST(scripts_and_styles_are_not_shown_and_end_at_their_own_tag_alone)
{
	static const struct row rows[] = {
		{"a<script>var x = '<p>';</script>b", "ab"},
		{"a<SCRIPT type=x>y</script >b", "ab"},
		{"a<script>x</scripts></script/>b", "ab"},
		{"a<script>x</scrip</script>b", "ab"},
		{"a<script>x<</script>b", "ab"},
		{"a<script>x</</script>b", "ab"},
		{"a<script src=x />hidden</script>b", "ab"},
		{"a<style>p { x: '</script>' }</style>b", "ab"},
		{"a<script>never closed <p>x", "a"},
		{"a<noscript><!-- </noscript>b", "a b"},
		{"a<iframe><p>x</iframe>b", "a b"},
		{"a<script>\"<!--\"</script>b", "ab"},
		{"a<script><!-- x </script>b", "ab"},
		{"a<script><!-- <script> </script> --> </script>b", "ab"},
		{"a<script><!-- <script> </script> </script>b", "ab"},
		{"a<script><!-- <script> --> </script>b", "ab"},
		{"a<script><!--><script></script>b", "ab"},
		{"a<script><!-- <scripts> </script>b", "ab"},
		{"a<script><!--<script></script> <!-- </script>b", "ab"},
		{"a<script><!- <script> </script>b", "ab"},
	};

	ASSERT_ROWS(rows, false);
}
END_TEST

START_TEST(titles_and_text_areas_hold_references_and_no_tags)
{
	static const struct row rows[] = {
		{"<title>a <b> &amp; c</title>d", "a <b> & c d"},
		{"<textarea>x</p>&lt;</textareas></textarea>y", "x</p><</textareas> y"},
		{"<xmp>a &amp; <b></xmp>c", "a &amp; <b> c"},
		{"a<plaintext>b</plaintext><p>&amp;", "a b</plaintext><p>&amp;"},
		{"<title>never closed", "never closed"},
	};

	ASSERT_ROWS(rows, false);
}
END_TEST

START_TEST(references_are_resolved_as_browsers_do)
{
	static const struct row rows[] = {
		{"a&amp;b", "a&b"},
		{"&lt;p&gt;", "<p>"},
		{"s&#101;x &#x73;&#X65;x", "sex sex"},
		{"s&#0000000000000000000000000000000000000000101;x", "sex"},
		{"&eacute;&Eacute;&euro;", "\xc3\xa9\xc3\x89\xe2\x82\xac"},
		{"&copy2 &notit; &notin;", "\xc2\xa9"
					   "2 \xc2\xac"
					   "it; \xe2\x88\x89"},
		{"&ampx", "&x"},
		{"&unknown; &x", "&unknown; &x"},
		{"a & b", "a & b"},
		{"a&", "a&"},
		{"&#; &#x; &#xg; &#", "&#; &#x; &#xg; &#"},
		{"&#101", "e"},
		{"&#101x", "ex"},
		{"&#x80;", "\xe2\x82\xac"},
		{"&#xd800;&#x110000;&#99999999999;", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"&#0;", "\xef\xbf\xbd"},
		{"&fjlig;", "fj"},
		{"&amp", "&"},
		{"&CounterClockwiseContourIntegral;", "\xe2\x88\xb3"},
		{"&CounterClockwiseContourIntegralIntegral;", "&CounterClockwiseContourIntegralIntegral;"},
		{"&amp;&amp;lt;", "&&lt;"},
		{"&<b>x", "&x"},
		{"&a<b>x", "&ax"},
	};

	ASSERT_ROWS(rows, false);
}
END_TEST

START_TEST(the_values_that_people_see_are_text_and_others_are_not)
{
	static const struct row rows[] = {
		{"<img alt='a &amp; b' src='hidden'>c", "a & b c"},
		{"<img alt=one>c", "one c"},
		{"<img alt=a&amp;b>c", "a&b c"},
		{"<a title='x' href='hidden'>y</a>", "x y"},
		{"<input placeholder=\"your name\" value=hidden>", "your name"},
		{"<button aria-label=close>x", "close x"},
		{"<img alt=''>x", "x"},
		{"<img alt>x", "x"},
		{"</p title=x>y", "y"},
		{"<a title='?a=1&copy=2&copy;'>", "?a=1&copy=2\xc2\xa9"},
		{"<meta name=description content='about &amp; on'>x", "about & on x"},
		{"<meta content='a,b' name=Keywords>x", "a,b x"},
		{"<meta property='og:title' content=T>x", "T x"},
		{"<meta name=viewport content='hidden'>x", "x"},
		{"<metal name=description content='hidden'>x", "x"},
	};

	ASSERT_ROWS(rows, false);
}
END_TEST

START_TEST(in_svg_and_math_no_element_is_raw_and_html_ends_them)
{
	static const struct row rows[] = {
		{"<svg><style/><text>shown</text></svg>", "shown"},
		{"<svg><![CDATA[a<b>]]]>c]]></svg>d", "a<b>]c]]> d"},
		{"<svg><![CDATA[a]b]]c]]]></svg>d", "a]b]]c] d"},
		{"<svg><p><script>\"<!--\"</script>x", "x"},
		{"<svg><foreignObject><script><!--</script>x", "x"},
		{"<svg/><script><b></script>x", "x"},
		{"<![CDATA[ hidden > x ]]>", "x ]]>"},
		{"<![CDATX[ hidden > x", "x"},
		{"<math><mi>a</mi></math><style>b</style>c", "a c"},
	};

	ASSERT_ROWS(rows, false);
}
END_TEST

START_TEST(in_xml_every_tag_parts_words_and_cdata_is_text)
{
	static const struct row rows[] = {
		{"<?xml version='1.0'?><rss><title>a</title><description><![CDATA[b<p>c]]></description></rss>",
			"a b<p>c"},
		{"<a>x</a><script>y</script><style>z</style>", "x y z"},
		{"<a>x</a><!-- c --><b>&lt;</b>", "x <"},
	};

	ASSERT_ROWS(rows, true);
}
END_TEST

START_TEST(title_description_and_keywords_are_captured_and_elements_counted)
{
	struct html_text h;
	struct buffer out =
		text_of(SLICE("<head><title>One &amp; only</title><meta name='description' content='About'><meta "
			      "name=keywords content=a,b>"
			      "</head><a href=1><a "
			      "href=2><img><script></script><svg><title>no</title></svg><title>second</title>"),
			3, false, &h);

	assert_slice(html_capture_slice(&h.title), "One & only");
	assert_slice(html_capture_slice(&h.description), "About");
	assert_slice(html_capture_slice(&h.keywords), "a,b");
	ck_assert_uint_eq(h.links, 2);
	ck_assert_uint_eq(h.images, 1);
	ck_assert_uint_eq(h.scripts, 1);
	buffer_release(&out);
}
END_TEST

START_TEST(a_title_without_an_end_is_cut_in_the_capture_and_not_in_the_text)
{
	static char page[4096] = "<title>";
	struct html_text h;
	struct buffer out;

	memset(page + 7, 'x', sizeof page - 7);
	out = text_of(slice_make(page, sizeof page), 100, false, &h);
	ck_assert_uint_eq(h.title.len, HTML_CAPTURE_MAX);
	ck_assert_uint_eq(buffer_len(&out), sizeof page - 7 + 1);
	buffer_release(&out);
}
END_TEST

START_TEST(random_pages_give_the_same_text_in_any_split)
{
	static const char *const parts[] = {"<", ">", "/", "!", "--", "-", "script", "title", "p", "svg", "&", "amp",
		";", "#", "x65", "'", "\"", "=", " ", "alt", "[CDATA[", "]]", "meta name=description content=", "a",
		"<!--", "</", "textarea", "&lt"};
	unsigned seed = 1;

	for (int round = 0; round < 3000; round++) {
		struct buffer page = buffer_make(1 << 16), whole, split;
		struct html_text h, k;

		for (int i = 0; i < 40; i++) {
			seed = seed * 1103515245u + 12345u;
			buffer_append_cstr(&page, parts[(seed >> 16) % (sizeof parts / sizeof parts[0])]);
		}
		whole = text_of(buffer_slice(&page), 1 << 16, round % 2, &h);
		split = text_of(buffer_slice(&page), 1 + (seed >> 8) % 7, round % 2, &k);
		ck_assert_msg(
			slice_eq(buffer_slice(&whole), buffer_slice(&split)), "%.*s", SLICE_ARG(buffer_slice(&page)));
		ck_assert(slice_eq(html_capture_slice(&h.title), html_capture_slice(&k.title)));
		buffer_release(&page);
		buffer_release(&whole);
		buffer_release(&split);
	}
}
END_TEST

static bool
refuse(void *context, struct slice text)
{
	return false;
}

START_TEST(a_sink_that_wants_no_more_ends_the_push)
{
	struct html_text h;

	html_text_start(&h, false);
	ck_assert(!html_text_push(&h, SLICE("text"), refuse, NULL));
}
END_TEST

UNIT_SUITE(html_text, "html_text", tags_are_gone_and_only_elements_that_break_lines_part_words,
	what_only_looks_like_a_tag_is_text, comments_end_where_browsers_end_them,
	scripts_and_styles_are_not_shown_and_end_at_their_own_tag_alone,
	titles_and_text_areas_hold_references_and_no_tags, references_are_resolved_as_browsers_do,
	the_values_that_people_see_are_text_and_others_are_not, in_svg_and_math_no_element_is_raw_and_html_ends_them,
	in_xml_every_tag_parts_words_and_cdata_is_text,
	title_description_and_keywords_are_captured_and_elements_counted,
	a_title_without_an_end_is_cut_in_the_capture_and_not_in_the_text, random_pages_give_the_same_text_in_any_split,
	a_sink_that_wants_no_more_ends_the_push)

/* Where header sections begin and end in HTTP/2. */
#include "suites.h"

#include "http/h2_frames.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define SETTINGS "\0\0\0\4\0\0\0\0\0"
#define HEADERS_WHOLE "\0\0\2\1\5\0\0\0\1ab"
#define HEADERS_FIRST "\0\0\2\1\1\0\0\0\1ab"
#define CONTINUATION "\0\0\1\x9\0\0\0\0\1c"
#define CONTINUATION_LAST "\0\0\1\x9\4\0\0\0\1c"
#define HEADERS_EMPTY "\0\0\0\1\4\0\0\0\3"
#define DATA "\0\0\3\0\1\0\0\0\1xyz"

START_TEST(a_section_is_open_from_its_frame_head_to_its_last_octet)
{
	struct slice whole = SLICE(HEADERS_WHOLE);
	struct h2_frames f;

	for (size_t i = 0; i <= whole.len; i++) {
		h2_frames_init(&f, true);
		h2_frames_feed(&f, SLICE(PREFACE SETTINGS));
		h2_frames_feed(&f, slice_sub(whole, 0, i));
		ck_assert_msg(h2_frames_in_section(&f) == (i >= 9 && i < whole.len), "%zu", i);
		h2_frames_feed(&f, slice_sub(whole, i, whole.len));
		ck_assert(!h2_frames_in_section(&f));
		h2_frames_feed(&f, SLICE(DATA));
		ck_assert(!h2_frames_in_section(&f));
	}
}
END_TEST

START_TEST(a_section_of_several_frames_is_open_between_them)
{
	struct slice bytes = SLICE(PREFACE SETTINGS HEADERS_FIRST CONTINUATION CONTINUATION_LAST HEADERS_EMPTY DATA);
	size_t begin = sizeof(PREFACE SETTINGS) - 1 + 9;
	size_t end = sizeof(PREFACE SETTINGS HEADERS_FIRST CONTINUATION CONTINUATION_LAST) - 1;
	struct h2_frames f;

	h2_frames_init(&f, true);
	for (size_t i = 0; i < bytes.len; i++) {
		h2_frames_feed(&f, slice_sub(bytes, i, i + 1));
		ck_assert_msg(h2_frames_in_section(&f) == (i + 1 >= begin && i + 1 < end), "%zu", i);
	}
}
END_TEST

START_TEST(servers_have_no_preface)
{
	struct h2_frames f;

	h2_frames_init(&f, false);
	h2_frames_feed(&f, SLICE(SETTINGS HEADERS_FIRST));
	ck_assert(h2_frames_in_section(&f));
	h2_frames_feed(&f, SLICE(CONTINUATION_LAST));
	ck_assert(!h2_frames_in_section(&f));
}
END_TEST

UNIT_SUITE(h2_frames, "h2_frames", a_section_is_open_from_its_frame_head_to_its_last_octet,
	a_section_of_several_frames_is_open_between_them, servers_have_no_preface)

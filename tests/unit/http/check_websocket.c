/* The WebSocket frame counter. */
#include "suites.h"

#include "http/websocket.h"

/* Examples of RFC 6455 section 5.7, and their sum. */
static const char from_server[] = "\x81\x05Hello"         /* a text message */
				  "\x01\x03Hel\x80\x02lo" /* the same in two fragments */
				  "\x89\x05Hello"         /* a ping */
				  "\x82\x7e\x01\x00"      /* 256 bytes of binary follow */
	;

START_TEST(frames_are_counted_at_any_segmentation)
{
	char text[600];
	size_t len = sizeof from_server - 1;

	memcpy(text, from_server, len);
	memset(text + len, 'x', 256);
	len += 256;
	memcpy(text + len, "\x88\x04\x03\xe9ok", 6);
	len += 6;
	for (size_t step = 1; step <= len; step++) {
		struct websocket_counter w = {.from_client = false};

		for (size_t at = 0; at < len; at += step)
			websocket_count(&w, slice_sub(slice_make(text, len), at, at + step));
		ck_assert(!w.is_lost);
		ck_assert_uint_eq(w.frames, 6);
		ck_assert_uint_eq(w.messages, 3);
		ck_assert_uint_eq(w.payload_bytes, 5 + 5 + 5 + 256 + 4);
		ck_assert_uint_eq(w.close_code, 1001);
	}
}
END_TEST

START_TEST(a_masked_close_code_is_read)
{
	struct websocket_counter w = {.from_client = true};

	websocket_count(&w, SLICE("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"));
	websocket_count(&w, SLICE("\x88\x82\x01\x02\x03\x04\x02\xea"));
	ck_assert(!w.is_lost);
	ck_assert_uint_eq(w.frames, 2);
	ck_assert_uint_eq(w.close_code, 1000);
}
END_TEST

START_TEST(a_close_without_a_code_is_1005)
{
	struct websocket_counter w = {.from_client = false};

	websocket_count(&w, SLICE("\x88\x00\x81\x01x"));
	ck_assert_uint_eq(w.close_code, 1005);
	ck_assert_uint_eq(w.frames, 2);
}
END_TEST

START_TEST(what_is_no_frame_ends_the_counting)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool from_client;
	} rows[] = {
		{"\x81\x05Hello", 7, true},                /* unmasked from a client */
		{"\x81\x85\0\0\0\0Hello", 11, false},      /* masked from a server */
		{"\x83\x00", 2, false},                    /* reserved opcode */
		{"\x8b\x00", 2, false},                    /* reserved control opcode */
		{"\x09\x00", 2, false},                    /* a fragmented ping */
		{"\x89\x7e\x01\x00", 4, false},            /* a ping of 256 bytes */
		{"\x82\x7f\x80\0\0\0\0\0\0\0", 10, false}, /* 2^63 */
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct websocket_counter w = {.from_client = rows[i].from_client};

		websocket_count(&w, slice_make(rows[i].bytes, rows[i].len));
		ck_assert_msg(w.is_lost, "row %zu", i);
		ck_assert_uint_eq(w.frames, 0);
		websocket_count(&w, SLICE("\x81\x05Hello"));
		ck_assert_uint_eq(w.frames, 0);
	}
}
END_TEST

UNIT_SUITE(websocket, "websocket", frames_are_counted_at_any_segmentation, a_masked_close_code_is_read,
	a_close_without_a_code_is_1005, what_is_no_frame_ends_the_counting)

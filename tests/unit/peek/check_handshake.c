/* A handshake message over records: every segmentation, every record size. */
#include "hello.h"
#include "suites.h"

#include "peek/handshake.h"

#include <stdio.h>

static const struct handshake_limits limits = {65536, 131072};

/* Follows `need` as a caller would, until the answer; checks that no byte fewer than needed would have done. */
static enum parse
read_growing(struct slice wire, struct handshake_limits max, struct arena *arena, struct handshake *out)
{
	size_t have = 0, need = 0;

	for (unsigned steps = 0; steps < 100000; steps++) {
		enum parse answer = handshake_read(slice_sub(wire, 0, have), 1, max, arena, out, &need);

		if (answer != PARSE_MORE)
			return answer;
		ck_assert_uint_gt(need, have);
		if (need > wire.len)
			return PARSE_MORE;
		have = need;
	}
	ck_abort_msg("no end");
}

START_TEST(a_message_is_whole_in_any_record_size)
{
	struct buffer body = buffer_make(HELLO_ROOM), wire = buffer_make(HELLO_ROOM);
	struct arena arena = arena_make(HELLO_ROOM);
	struct handshake out;
	struct slice want;

	for (int i = 0; i < 700; i++)
		ck_assert(buffer_printf(&body, "%c", i % 251));
	want = buffer_slice(&body);
	for (size_t first = 1; first <= want.len + 4; first += first < 10 ? 1 : 17) {
		for (size_t other = 1; other <= want.len + 4; other += other < 10 ? 1 : 23) {
			struct slice bytes = hello_records(&wire, want, first, other);

			ck_assert_int_eq(read_growing(bytes, limits, &arena, &out), PARSE_DONE);
			ck_assert(slice_eq(out.body, want));
			ck_assert_uint_eq(out.wire_len, bytes.len);
			arena_reset(&arena);
		}
	}
	arena_release(&arena);
	buffer_release(&body);
	buffer_release(&wire);
}
END_TEST

START_TEST(no_prefix_is_whole_and_the_need_is_exact)
{
	struct buffer body = buffer_make(HELLO_ROOM), wire = buffer_make(HELLO_ROOM);
	struct arena arena = arena_make(HELLO_ROOM);
	struct handshake out;

	for (int i = 0; i < 60; i++)
		ck_assert(buffer_printf(&body, "%c", i));
	for (size_t record = 1; record <= 64; record++) {
		struct slice bytes = hello_records(&wire, buffer_slice(&body), record, record);
		size_t need;

		for (size_t n = 0; n < bytes.len; n++) {
			ck_assert_int_eq(
				handshake_read(slice_sub(bytes, 0, n), 1, limits, &arena, &out, &need), PARSE_MORE);
			ck_assert_uint_gt(need, n);
			ck_assert_uint_le(need, bytes.len);
		}
		ck_assert_int_eq(handshake_read(bytes, 1, limits, &arena, &out, &need), PARSE_DONE);
	}
	/* One record: once its header and the message's are there, the need is the whole. */
	hello_records(&wire, buffer_slice(&body), 64, 64);
	for (size_t n = 9; n < 69; n++) {
		size_t need;

		ck_assert_int_eq(handshake_read(slice_sub(buffer_slice(&wire), 0, n), 1, limits, &arena, &out, &need),
			PARSE_MORE);
		ck_assert_uint_eq(need, 69);
	}
	ck_assert_uint_le(arena.used, 64 * 64 + 64 * 16);
	arena_release(&arena);
	buffer_release(&body);
	buffer_release(&wire);
}
END_TEST

START_TEST(one_record_is_borrowed_and_what_follows_is_left)
{
	struct buffer body = buffer_make(HELLO_ROOM), wire = buffer_make(HELLO_ROOM);
	struct arena nothing = arena_make(0);
	struct handshake out;
	size_t need, whole;

	buffer_append_cstr(&body, "hello");
	whole = hello_records(&wire, buffer_slice(&body), 100, 100).len;
	hello_hex(&wire, "17 0303 0001 ff");
	ck_assert_int_eq(handshake_read(buffer_slice(&wire), 1, limits, &nothing, &out, &need), PARSE_DONE);
	assert_slice(out.body, "hello");
	ck_assert_uint_eq(out.wire_len, whole);
	ck_assert_ptr_eq(out.body.ptr, buffer_slice(&wire).ptr + 9);

	/* A second message in the same record. */
	buffer_clear(&wire);
	hello_hex(&wire, "16 0301 000a  01 000001 61  01 000001 62");
	ck_assert_int_eq(handshake_read(buffer_slice(&wire), 1, limits, &nothing, &out, &need), PARSE_DONE);
	assert_slice(out.body, "a");
	ck_assert_uint_eq(out.wire_len, 10);

	/* The same over two records needs memory. */
	buffer_clear(&wire);
	hello_hex(&wire, "16 0301 0004  01 000001  16 0301 0002 61 62");
	ck_assert_int_eq(handshake_read(buffer_slice(&wire), 1, limits, &nothing, &out, &need), PARSE_BAD);
	ck_assert_int_eq(out.error, HANDSHAKE_NO_MEMORY);
	buffer_release(&body);
	buffer_release(&wire);
}
END_TEST

START_TEST(bad_framing_is_refused_at_the_first_byte_that_shows_it)
{
	static const struct {
		const char *good, *bad;
		enum handshake_error error;
	} cases[] = {
		{"", "15", HANDSHAKE_BAD_RECORD},
		{"", "17", HANDSHAKE_BAD_RECORD},
		{"", "47", HANDSHAKE_BAD_RECORD}, /* "GET" */
		{"", "80", HANDSHAKE_NOT_TLS},
		{"16", "02", HANDSHAKE_NOT_TLS},
		{"16 03 01 00", "00", HANDSHAKE_BAD_RECORD},
		{"16 03 01 40", "01", HANDSHAKE_BAD_RECORD},
		{"16 03 01 ff", "ff", HANDSHAKE_BAD_RECORD},
		{"16 03 01 4000", "02", HANDSHAKE_OTHER},
		{"16 03 01 4000 01 ffff", "ff", HANDSHAKE_TOO_LARGE},
		{"16 03 01 4000 01 0100", "01", HANDSHAKE_TOO_LARGE},
		{"16 03 01 0001 01", "17", HANDSHAKE_BAD_RECORD}, /* another type between the records of one message */
		{"16 03 01 0001 01 16 03 01 00", "00", HANDSHAKE_BAD_RECORD},
		{"16 03 01 0001 01 16 03 01 0003 ffff", "ff", HANDSHAKE_TOO_LARGE},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buffer b = buffer_make(HELLO_ROOM);
		struct arena nothing = arena_make(0);
		struct handshake out;
		size_t need;

		ck_assert_msg(
			handshake_read(hello_hex(&b, cases[i].good), 1, limits, &nothing, &out, &need) == PARSE_MORE,
			"case %zu is bad too early", i);
		hello_hex(&b, cases[i].bad);
		ck_assert_msg(
			handshake_read(buffer_slice(&b), 1, limits, &nothing, &out, &need) == PARSE_BAD, "case %zu", i);
		ck_assert_msg(out.error == cases[i].error, "case %zu: error %d", i, out.error);
		buffer_release(&b);
	}
}
END_TEST

START_TEST(a_large_message_passes_up_to_the_limit_and_no_byte_above)
{
	struct buffer body = buffer_make(HELLO_ROOM), wire = buffer_make(HELLO_ROOM);
	struct arena arena = arena_make(limits.message + 64);
	struct handshake out;
	static const size_t sizes[] = {15 << 10, 40 << 10, 60 << 10, 65536};
	char *room = buffer_reserve(&body, 65537);

	memset(room, 'x', 65537);
	buffer_commit(&body, 65537);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct slice want = slice_sub(buffer_slice(&body), 0, sizes[i]);

		ck_assert_int_eq(
			read_growing(hello_records(&wire, want, 16384, 16384), limits, &arena, &out), PARSE_DONE);
		ck_assert(slice_eq(out.body, want));
		arena_reset(&arena);
	}
	hello_records(&wire, buffer_slice(&body), 16384, 16384);
	ck_assert_int_eq(read_growing(buffer_slice(&wire), limits, &arena, &out), PARSE_BAD);
	ck_assert_int_eq(out.error, HANDSHAKE_TOO_LARGE);
	arena_release(&arena);
	buffer_release(&body);
	buffer_release(&wire);
}
END_TEST

START_TEST(small_records_may_not_fill_the_kernel)
{
	struct buffer body = buffer_make(HELLO_ROOM), wire = buffer_make(HELLO_ROOM);
	struct arena arena = arena_make(HELLO_ROOM);
	struct handshake_limits tight = {65536, 6 * 104};
	struct handshake out;
	char *room = buffer_reserve(&body, 101);

	memset(room, 'x', 101);
	buffer_commit(&body, 101);
	hello_records(&wire, slice_sub(buffer_slice(&body), 0, 100), 1, 1);
	ck_assert_int_eq(read_growing(buffer_slice(&wire), tight, &arena, &out), PARSE_DONE);
	hello_records(&wire, buffer_slice(&body), 1, 1);
	ck_assert_int_eq(read_growing(buffer_slice(&wire), tight, &arena, &out), PARSE_BAD);
	ck_assert_int_eq(out.error, HANDSHAKE_TOO_LARGE);
	arena_release(&arena);
	buffer_release(&body);
	buffer_release(&wire);
}
END_TEST

UNIT_SUITE(handshake, "handshake", a_message_is_whole_in_any_record_size, no_prefix_is_whole_and_the_need_is_exact,
	one_record_is_borrowed_and_what_follows_is_left, bad_framing_is_refused_at_the_first_byte_that_shows_it,
	a_large_message_passes_up_to_the_limit_and_no_byte_above, small_records_may_not_fill_the_kernel)

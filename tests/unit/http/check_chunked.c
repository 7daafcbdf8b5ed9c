/* The chunked decoder. */
#include "suites.h"

#include "http/chunked.h"

/* Decodes `in`, fed `step` bytes at a time; *at is where the trailer section starts. */
static enum parse
decode(struct slice in, size_t step, char *out, size_t *out_len, size_t *at)
{
	struct chunked c = {0};
	size_t have = step;

	*out_len = 0;
	*at = 0;
	for (;;) {
		struct slice window = slice_sub(in, *at, have);
		struct slice data;
		size_t used;
		enum parse answer = chunked_next(&c, window, &used, &data);

		*at += used;
		if (answer != PARSE_MORE)
			return answer;
		if (data.len) {
			memcpy(out + *out_len, data.ptr, data.len);
			*out_len += data.len;
			*at += data.len;
			chunked_take(&c, data.len);
		} else if (have >= in.len) {
			return PARSE_MORE;
		} else {
			have += step;
		}
	}
}

START_TEST(a_body_is_decoded_at_any_segmentation)
{
	struct slice in =
		SLICE("4\r\nWiki\r\n5;a=b;c=\"d e\"\r\npedia\r\n00E\r\n in\r\n\r\nchunks.\r\n0;x\r\nT: x\r\n\r\n");

	for (size_t step = 1; step <= in.len; step++) {
		char out[100];
		size_t len, at;

		ck_assert_int_eq(decode(in, step, out, &len, &at), PARSE_DONE);
		assert_slice(slice_make(out, len), "Wikipedia in\r\n\r\nchunks.");
		assert_slice(slice_sub(in, at, in.len), "T: x\r\n\r\n");
	}
}
END_TEST

START_TEST(malformed_chunks_are_refused_at_any_segmentation)
{
	static const char *const rows[] = {
		"\r\n",
		"x\r\n",
		"-1\r\n",
		"+1\r\na\r\n",
		"0x1\r\na\r\n",
		" 1\r\na\r\n",
		"1 \r\na\r\n",
		"1\t\r\na\r\n",
		"1 ;x\r\na\r\n",
		"1\na\r\n",
		"1\r\ra\r\n",
		"1\r\na\n",
		"1\r\na\rb",
		"1\r\nab\r\n",
		"1\r\n\r\n\r\n0",
		"1;a\nb\r\na\r\n",
		"1;a\rb\r\na\r\n",
		"1;a\x01\r\na\r\n",
		"1;a\x7f\r\na\r\n",
		"10000000000000000\r\n",
		"00000000000000001\r\na\r\n",
		"fffffffffffffffff\r\n",
		";\r\n",
		"1,\r\n",
		"1\r\na\r\n\r\n",
		"1.\r\na",
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		for (size_t step = 1; step <= strlen(rows[i]); step++) {
			char out[100];
			size_t len, at;

			ck_assert_msg(decode(slice_of(rows[i]), step, out, &len, &at) == PARSE_BAD, "%s", rows[i]);
		}
	}
}
END_TEST

START_TEST(no_prefix_of_a_body_is_a_body)
{
	struct slice in = SLICE("3;e\r\nabc\r\n0\r\n");

	for (size_t n = 0; n < in.len; n++) {
		char out[100];
		size_t len, at;

		ck_assert_int_eq(decode(slice_sub(in, 0, n), n ? n : 1, out, &len, &at), PARSE_MORE);
	}
}
END_TEST

START_TEST(the_largest_size_is_read_without_overflow)
{
	struct chunked c = {0};
	struct slice data;
	size_t used;

	ck_assert_int_eq(chunked_next(&c, SLICE("ffffffffffffffff\r\nabc"), &used, &data), PARSE_MORE);
	ck_assert_uint_eq(c.left, UINT64_MAX);
	assert_slice(data, "abc");
}
END_TEST

START_TEST(extensions_are_bounded_over_the_whole_body)
{
	struct chunked c = {0};
	enum parse answer = PARSE_MORE;
	int chunks = 0;

	while (answer == PARSE_MORE && chunks < 100000) {
		struct slice data;
		size_t used;

		answer = chunked_next(&c, SLICE("1;0123456\r\na"), &used, &data);
		if (answer == PARSE_MORE && data.len) {
			chunked_take(&c, 1);
			answer = chunked_next(&c, SLICE("\r\n"), &used, &data);
		}
		chunks++;
	}
	ck_assert_int_eq(answer, PARSE_BAD);
	ck_assert_int_le(chunks, CHUNK_EXTENSIONS_MAX / 8 + 1);
}
END_TEST

UNIT_SUITE(chunked, "chunked", a_body_is_decoded_at_any_segmentation, malformed_chunks_are_refused_at_any_segmentation,
	no_prefix_of_a_body_is_a_body, the_largest_size_is_read_without_overflow,
	extensions_are_bounded_over_the_whole_body)

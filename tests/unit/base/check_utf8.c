/* UTF-8: every code point there and back, and nothing else. */
#include "suites.h"

#include "base/utf8.h"

/* The plain encoding of RFC 3629 section 3, without any check. */
static size_t
encode(uint32_t c, unsigned length, unsigned char *to)
{
	if (length == 1) {
		to[0] = (unsigned char)c;
		return 1;
	}
	for (unsigned i = length - 1; i > 0; i--, c >>= 6)
		to[i] = 0x80 | (c & 0x3f);
	to[0] = (unsigned char)(0xff00u >> length | c);
	return length;
}

static unsigned
shortest(uint32_t c)
{
	return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

START_TEST(every_code_point_is_read_from_its_shortest_form_only)
{
	unsigned char bytes[4];
	bool well_formed;
	uint32_t have, wrong = 0;

	for (uint32_t c = 0; c < 0x110000; c++) {
		bool surrogate = c >= 0xd800 && c <= 0xdfff;

		for (unsigned length = shortest(c); length <= 4; length++) {
			size_t n = utf8_next(slice_make(bytes, encode(c, length, bytes)), &have, &well_formed);

			if (length == shortest(c) && !surrogate)
				wrong += !(well_formed && n == length && have == c);
			else
				wrong += !(!well_formed && n == 1 && have == UTF8_REPLACEMENT);
		}
	}
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(malformed_bytes_are_taken_one_maximal_subpart_at_a_time)
{
	static const struct {
		const char *bytes;
		size_t taken;
	} cases[] = {
		{"\x80", 1},
		{"\xbf\xbf", 1},
		{"\xc3", 1},
		{"\xc3(", 1},
		{"\xe2\x82", 2},
		{"\xe2\x82(", 2},
		{"\xf0\x9f\x98", 3},
		{"\xf0\x9f\x98(", 3},
		{"\xf0\x80\x80\x80", 1},
		{"\xf4\x90\x80\x80", 1},
		{"\xf5\x80\x80\x80", 1},
		{"\xff", 1},
		{"\xfe\xff", 1},
	};
	bool well_formed;
	uint32_t c;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_uint_eq(utf8_next(slice_of(cases[i].bytes), &c, &well_formed), cases[i].taken);
		ck_assert(!well_formed && c == UTF8_REPLACEMENT);
	}
	ck_assert_uint_eq(utf8_next(SLICE_EMPTY, &c, &well_formed), 0);
}
END_TEST

UNIT_SUITE(utf8, "utf8", every_code_point_is_read_from_its_shortest_form_only,
	malformed_bytes_are_taken_one_maximal_subpart_at_a_time)

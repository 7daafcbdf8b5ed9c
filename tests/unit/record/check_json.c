/* JSON text: any bytes become a text that a strict reader takes, and nothing else. */
#include "suites.h"

#include "record/json.h"

#include <jansson.h>

static const struct {
	const char *bytes;
	size_t len;
	const char *json;
} escapes[] = {
#define CASE(bytes_, json_)                      \
	{                                        \
		bytes_, sizeof bytes_ - 1, json_ \
	}
	CASE("", "\"\""),
	CASE("plain", "\"plain\""),
	CASE("longer than eight bytes, plain", "\"longer than eight bytes, plain\""),
	CASE("\"", "\"\\\"\""),
	CASE("\\", "\"\\\\\""),
	CASE("a\nb\rc\td", "\"a\\nb\\rc\\td\""),
	CASE("\0", "\"\\u0000\""),
	CASE("\x01\x1f", "\"\\u0001\\u001f\""),
	CASE("\x1b[2J", "\"\\u001b[2J\""),
	CASE("\x7f", "\"\\u007f\""),
	CASE("\xc2\x80", "\"\\u0080\""),
	CASE("\xc2\x9b"
	     "2J",
		"\"\\u009b2J\""), /* CSI in one character */
	CASE("\xc2\xa0", "\"\xc2\xa0\""),
	CASE("gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""),
	CASE("\xe2\x82\xac", "\"\xe2\x82\xac\""),
	CASE("\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""),
	CASE("\xff", "\"\xef\xbf\xbd\""),
	CASE("\x80", "\"\xef\xbf\xbd\""),                                                 /* continuation alone */
	CASE("\xc3", "\"\xef\xbf\xbd\""),                                                 /* cut short */
	CASE("\xc3(", "\"\xef\xbf\xbd(\""),                                               /* wrong continuation */
	CASE("\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""),                                 /* overlong slash */
	CASE("\xe0\x80\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""),                 /* overlong */
	CASE("\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""),                 /* a surrogate */
	CASE("\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""), /* above U+10FFFF */
	CASE("\xf0\x9f\x98", "\"\xef\xbf\xbd\""),                                         /* one maximal subpart */
	CASE("\xf0\x9f\x98"
	     "abc",
		"\"\xef\xbf\xbd"
		"abc\""),
	CASE("1234567\"", "\"1234567\\\"\""),
	CASE("1234567\\12345678", "\"1234567\\\\12345678\""),
	CASE("12345678\x7f"
	     "1234567",
		"\"12345678\\u007f1234567\""),
#undef CASE
};

START_TEST(any_bytes_are_escaped_into_one_line_of_valid_text)
{
	struct buffer b = buffer_make(1 << 20);

	for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
		struct json j;

		buffer_clear(&b);
		json_begin(&j, &b);
		json_text(&j, SLICE_EMPTY, slice_make(escapes[i].bytes, escapes[i].len));
		ck_assert(json_end(&j));
		assert_slice(buffer_slice(&b), escapes[i].json);
	}
	buffer_release(&b);
}
END_TEST

START_TEST(random_bytes_are_always_valid_for_a_strict_reader)
{
	struct buffer b = buffer_make(1 << 20);

	srand(7);
	for (int round = 0; round < 3000; round++) {
		unsigned char bytes[64];
		size_t len = (size_t)rand() % sizeof bytes;
		struct json j;
		json_t *value;

		for (size_t i = 0; i < len; i++)
			bytes[i] = (unsigned char)(rand() % 3 ? rand() : 0xc0 + rand() % 0x40);
		buffer_clear(&b);
		json_begin(&j, &b);
		json_text(&j, SLICE_EMPTY, slice_make(bytes, len));
		ck_assert(json_end(&j));
		value = json_loadb(b.data + b.head, buffer_len(&b), JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		ck_assert_msg(json_is_string(value), "%.*s", SLICE_ARG(buffer_slice(&b)));
		ck_assert_uint_eq(slice_find(buffer_slice(&b), '\n'), buffer_len(&b));
		json_decref(value);
	}
	buffer_release(&b);
}
END_TEST

START_TEST(commas_come_between_values_and_nowhere_else)
{
	struct buffer b = buffer_make(1 << 20);
	struct json j;
	struct addr a;

	ck_assert(addr_parse(SLICE("10.0.0.1"), &a));
	buffer_append_cstr(&b, "before ");
	json_begin(&j, &b);
	json_open_object(&j, SLICE_EMPTY);
	json_u64(&j, SLICE("a"), UINT64_MAX);
	json_i64(&j, SLICE("b"), INT64_MIN);
	json_open_array(&j, SLICE("c"));
	json_text(&j, SLICE_EMPTY, SLICE("{"));
	json_text(&j, SLICE_EMPTY, SLICE("["));
	json_open_object(&j, SLICE_EMPTY);
	json_close_object(&j);
	json_close_array(&j);
	json_bool(&j, SLICE("d"), false);
	json_addr(&j, SLICE("e"), &a);
	json_time(&j, SLICE("f"), 1500000000);
	json_text_two(&j, SLICE("g"), SLICE("one"), SLICE("\"two"));
	json_raw(&j, SLICE("h"), SLICE("null"));
	json_close_object(&j);
	json_line_end(&j);
	json_open_object(&j, SLICE_EMPTY);
	json_close_object(&j);
	ck_assert(json_end(&j));
	assert_slice(buffer_slice(&b),
		"before {\"a\":18446744073709551615,\"b\":-9223372036854775808,\"c\":[\"{\",\"[\",{}],\"d\":false,"
		"\"e\":\"10.0.0.1\",\"f\":\"1970-01-01T00:00:01.500000Z\",\"g\":\"one\\\"two\",\"h\":null}\n{}");
	buffer_release(&b);
}
END_TEST

START_TEST(what_does_not_fit_leaves_the_buffer_as_it_was)
{
	for (size_t max = 8; max < 400; max++) {
		struct buffer b = buffer_make(max);
		struct json j;
		bool fits;

		buffer_append_cstr(&b, "before");
		json_begin(&j, &b);
		json_open_object(&j, SLICE_EMPTY);
		for (int i = 0; i < 20; i++)
			json_text(&j, SLICE("key"), SLICE("v\x01lue"));
		json_close_object(&j);
		fits = json_end(&j);
		if (!fits)
			assert_slice(buffer_slice(&b), "before");
		ck_assert_uint_le(buffer_len(&b), max);
		buffer_release(&b);
	}
}
END_TEST

UNIT_SUITE(json, "json", any_bytes_are_escaped_into_one_line_of_valid_text,
	random_bytes_are_always_valid_for_a_strict_reader, commas_come_between_values_and_nowhere_else,
	what_does_not_fit_leaves_the_buffer_as_it_was)

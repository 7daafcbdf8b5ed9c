/* Reading records back: what was written comes out again, and nothing malformed is taken. */
#include "suites.h"

#include "record/entry.h"
#include "record/format.h"
#include "record/json.h"

static struct buffer scratch;

START_TEST(every_text_comes_back_as_it_was_written)
{
	static const char *const texts[] = {"", "plain", "\"\\/\b\f\n\r\t\x01",
		"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", "\xc2\x9b", "a,b]c}d:e"};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct buffer b = buffer_make(1 << 16);
		struct entry e;
		struct json j;

		json_begin(&j, &b);
		json_open_object(&j, SLICE_EMPTY);
		json_text(&j, SLICE("key"), slice_of(texts[i]));
		json_u64(&j, SLICE("n"), 42);
		json_close_object(&j);
		ck_assert(json_end(&j));
		ck_assert(entry_parse(buffer_slice(&b), &e));
		scratch = buffer_make(1 << 16);
		assert_slice(entry_text(entry_find(&e, SLICE("key")), &scratch), texts[i]);
		ck_assert_uint_eq(entry_u64(entry_find(&e, SLICE("n"))), 42);
		buffer_release(&scratch);
		buffer_release(&b);
	}
}
END_TEST

START_TEST(record_is_read_back_field_by_field)
{
	static const struct slice monitor[] = {{"policy:1", 8}, {"a\"b", 3}};
	struct record r = {.kind = RECORD_FLOW, .domain = SLICE("h\n"), .ech = true, .monitor = {monitor, 2}};
	struct buffer b = buffer_make(RECORD_LINE_MAX);
	struct entry_field item;
	struct slice rest;
	struct entry e;

	scratch = buffer_make(1 << 16);
	ck_assert(ecs_render(&r, RECORD_URLS_FULL, &b));
	ck_assert(entry_parse(slice_trim(slice_sub(buffer_slice(&b), 0, buffer_len(&b) - 1)), &e));
	assert_slice(entry_text(entry_find(&e, SLICE("event.dataset")), &scratch), "sluice.flow");
	assert_slice(entry_text(entry_find(&e, SLICE("url.domain")), &scratch), "h\n");
	ck_assert_int_eq(entry_find(&e, SLICE("sluice.ech"))->type, ENTRY_TRUE);
	ck_assert_ptr_null(entry_find(&e, SLICE("url.full")));
	rest = entry_find(&e, SLICE("sluice.monitor"))->value;
	ck_assert(entry_list_next(&rest, &item));
	assert_slice(entry_text(&item, &scratch), "policy:1");
	ck_assert(entry_list_next(&rest, &item));
	assert_slice(entry_text(&item, &scratch), "a\"b");
	ck_assert(!entry_list_next(&rest, &item));
	buffer_release(&scratch);
	buffer_release(&b);
}
END_TEST

START_TEST(foreign_but_flat_objects_are_read)
{
	struct entry e;

	scratch = buffer_make(1 << 16);
	ck_assert(entry_parse(SLICE(" { \"a\" : \"\\ud83d\\ude00\" , \"b\":[ ] ,\"c\": null,\"d\":-1.5e+3 } \r"), &e));
	ck_assert_uint_eq(e.count, 4);
	assert_slice(entry_text(&e.fields[0], &scratch), "\xf0\x9f\x98\x80");
	ck_assert_int_eq(e.fields[1].type, ENTRY_LIST);
	assert_slice(e.fields[3].value, "-1.5e+3");
	ck_assert_uint_eq(entry_u64(&e.fields[3]), 0);
	ck_assert(entry_parse(SLICE("{\"a\":\"\\ud83dx\",\"b\":\"\\ude00\"}"), &e));
	assert_slice(entry_text(&e.fields[0], &scratch), "\xef\xbf\xbdx");
	assert_slice(entry_text(&e.fields[1], &scratch), "\xef\xbf\xbd");
	ck_assert(entry_parse(SLICE("{}"), &e));
	ck_assert_uint_eq(e.count, 0);
	buffer_release(&scratch);
}
END_TEST

START_TEST(malformed_lines_are_refused_whole)
{
	static const char *const lines[] = {"", " ", "{", "}", "[]", "{]", "{\"a\"}", "{\"a\":}", "{\"a\":1",
		"{\"a\":1,}", "{,}", "{\"a\":1}x", "{\"a\":1}{", "{a:1}", "{'a':1}", "{\"a\":\"b}", "{\"a\":\"b\\\"}",
		"{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":\"\n\"}", "{\"a\":tru}",
		"{\"a\":[1}", "{\"a\":[1,]}", "{\"a\":[[1]]}", "{\"a\":{}}", "{\"a\":-}", "{\"a\":+1}", "{\"a\" 1}",
		"{\"a\":1 \"b\":2}"};
	struct entry e;

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		ck_assert_msg(!entry_parse(slice_of(lines[i]), &e), "%s", lines[i]);
}
END_TEST

START_TEST(line_cut_anywhere_is_refused)
{
	struct record r = {.kind = RECORD_EXCHANGE, .url = SLICE("http://h/\"\\"), .status = 200};
	struct buffer b = buffer_make(RECORD_LINE_MAX);
	struct entry e;

	ck_assert(ecs_render(&r, RECORD_URLS_FULL, &b));
	for (size_t n = 0; n < buffer_len(&b) - 1; n++)
		ck_assert(!entry_parse(slice_sub(buffer_slice(&b), 0, n), &e));
	buffer_release(&b);
}
END_TEST

START_TEST(more_fields_than_the_limit_are_refused)
{
	struct buffer b = buffer_make(1 << 16);
	struct entry e;
	struct json j;

	for (unsigned count = ENTRY_FIELDS_MAX; count <= ENTRY_FIELDS_MAX + 1; count++) {
		buffer_clear(&b);
		json_begin(&j, &b);
		json_open_object(&j, SLICE_EMPTY);
		for (unsigned i = 0; i < count; i++)
			json_u64(&j, SLICE("k"), i);
		json_close_object(&j);
		ck_assert(json_end(&j));
		ck_assert_int_eq(entry_parse(buffer_slice(&b), &e), count == ENTRY_FIELDS_MAX);
	}
	buffer_release(&b);
}
END_TEST

UNIT_SUITE(entry, "entry", every_text_comes_back_as_it_was_written, record_is_read_back_field_by_field,
	foreign_but_flat_objects_are_read, malformed_lines_are_refused_whole, line_cut_anywhere_is_refused,
	more_fields_than_the_limit_are_refused)

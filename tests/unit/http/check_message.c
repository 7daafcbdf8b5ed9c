/* The message model and its tables. */
#include "suites.h"

#include "http/error.h"
#include "http/message.h"

START_TEST(every_known_name_is_found_in_any_case)
{
	for (int id = HTTP_FIELD_OTHER + 1; id < HTTP_FIELD_COUNT; id++) {
		struct slice name = http_field_name((enum http_field_id)id);
		char upper[32];

		ck_assert_uint_gt(name.len, 1);
		for (size_t i = 0; i < name.len; i++)
			upper[i] = (char)(name.ptr[i] >= 'a' && name.ptr[i] <= 'z' ? name.ptr[i] - 32 : name.ptr[i]);
		ck_assert_int_eq(http_field_lookup(name), id);
		ck_assert_int_eq(http_field_lookup(slice_make(upper, name.len)), id);
		ck_assert_int_eq(http_field_lookup(slice_sub(name, 0, name.len - 1)), HTTP_FIELD_OTHER);
	}
}
END_TEST

START_TEST(names_that_are_nearly_known_are_not)
{
	static const char *const names[] = {"", "h", "x", "host ", "hosts", "content-lengtn", "content_length",
		"content-length\r", "transfer\renco\rding", "te\x80", "cookie2"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		ck_assert_msg(http_field_lookup(slice_of(names[i])) == HTTP_FIELD_OTHER, "%s", names[i]);
}
END_TEST

START_TEST(fields_keep_their_order_and_removal_takes_every_one_of_a_kind)
{
	struct arena arena = arena_make(65536);
	struct http_message m;

	http_message_init(&m, &arena, true);
	for (int i = 0; i < 40; i++) {
		ck_assert(http_message_add(&m, SLICE("Cookie"), SLICE("a=b")));
		ck_assert(http_message_add(&m, SLICE("X-Other"), SLICE("c")));
	}
	ck_assert(http_message_add_id(&m, HTTP_FIELD_VIA, SLICE("me")));
	http_message_remove(&m, HTTP_FIELD_COOKIE);
	ck_assert_uint_eq(m.field_count, 41);
	ck_assert_ptr_null(http_message_find(&m, HTTP_FIELD_COOKIE));
	assert_slice(m.fields[40].name, "via");
	assert_slice(http_message_value(&m, HTTP_FIELD_VIA), "me");
	assert_slice(http_message_value(&m, HTTP_FIELD_HOST), "");
	ck_assert_ptr_eq(http_message_find_name(&m, SLICE("x-oTHER")), &m.fields[0]);
	arena_release(&arena);
}
END_TEST

START_TEST(a_full_arena_is_answered_not_passed_over)
{
	struct arena arena = arena_make(1024);
	struct http_message m;
	int added = 0;

	http_message_init(&m, &arena, true);
	while (added < 1000 && http_message_add(&m, SLICE("a"), SLICE("b")))
		added++;
	ck_assert_int_eq(added, 16);
	arena_release(&arena);
}
END_TEST

START_TEST(methods_are_case_sensitive)
{
	ck_assert_int_eq(http_method_lookup(SLICE("GET")), HTTP_METHOD_GET);
	ck_assert_int_eq(http_method_lookup(SLICE("PATCH")), HTTP_METHOD_PATCH);
	ck_assert_int_eq(http_method_lookup(SLICE("get")), HTTP_METHOD_OTHER);
	ck_assert_int_eq(http_method_lookup(SLICE("")), HTTP_METHOD_OTHER);
	assert_slice(http_method_name(HTTP_METHOD_DELETE), "DELETE");
}
END_TEST

START_TEST(reasons_are_found_by_status)
{
	ck_assert_str_eq(http_status_reason(100), "Continue");
	ck_assert_str_eq(http_status_reason(404), "Not Found");
	ck_assert_str_eq(http_status_reason(511), "Network Authentication Required");
	ck_assert_str_eq(http_status_reason(299), "");
	ck_assert_str_eq(http_status_reason(999), "");
}
END_TEST

START_TEST(every_error_has_a_name_and_codes_of_the_peer_map_back)
{
	for (int e = 0; e < HTTP_ERR_COUNT; e++) {
		ck_assert_ptr_nonnull(http_error_name((enum http_error)e));
		ck_assert_uint_ge(http_error_status((enum http_error)e), 200);
	}
	ck_assert_int_eq(http_error_from_h2(7), HTTP_ERR_REFUSED);
	ck_assert_int_eq(http_error_from_h2(3), HTTP_ERR_RESET);
	ck_assert_int_eq(http_error_from_h2(0xffffffff), HTTP_ERR_RESET);
	ck_assert_uint_eq(http_error_to_h2(HTTP_ERR_FLOOD), 0xb);
}
END_TEST

UNIT_SUITE(message, "message", every_known_name_is_found_in_any_case, names_that_are_nearly_known_are_not,
	fields_keep_their_order_and_removal_takes_every_one_of_a_kind, a_full_arena_is_answered_not_passed_over,
	methods_are_case_sensitive, reasons_are_found_by_status, every_error_has_a_name_and_codes_of_the_peer_map_back)

/* Questions and answers: what is written is read, and nothing else is. */
#include "suites.h"

#include "fetch/message.h"

START_TEST(a_question_is_read_as_it_was_written)
{
	struct fetch_question in = {FETCH_LIST, SLICE("https://lists.example/a"), SLICE("\"tag\""), SLICE("yesterday")};
	struct fetch_question out;
	struct buffer wire = buffer_make(FETCH_QUESTION_MAX);

	ck_assert(fetch_question_encode(&in, &wire));
	ck_assert(fetch_question_decode(buffer_slice(&wire), &out));
	ck_assert_int_eq(out.kind, FETCH_LIST);
	assert_slice(out.target, "https://lists.example/a");
	assert_slice(out.etag, "\"tag\"");
	assert_slice(out.last_modified, "yesterday");
	for (size_t n = 0; n < buffer_len(&wire); n++)
		ck_assert(!fetch_question_decode(slice_sub(buffer_slice(&wire), 0, n), &out));
	buffer_release(&wire);
}
END_TEST

START_TEST(an_answer_is_read_as_it_was_written)
{
	struct addr addrs[2] = {{{0x20, 1}}, {{0x20, 2}}}, read[FETCH_ADDRESSES_MAX];
	struct fetch_answer in = {.status = FETCH_OK, .body = slice_make(addrs, sizeof addrs)}, out;
	struct buffer wire = buffer_make(FETCH_ANSWER_MAX);

	ck_assert(fetch_answer_encode(&in, &wire));
	ck_assert(fetch_answer_decode(buffer_slice(&wire), &out));
	ck_assert_uint_eq(fetch_answer_addresses(&out, read), 2);
	ck_assert(addr_eq(&read[1], &addrs[1]));
	for (size_t n = 0; n < buffer_len(&wire); n++)
		ck_assert(!fetch_answer_decode(slice_sub(buffer_slice(&wire), 0, n), &out));
	out.body.len--;
	ck_assert_uint_eq(fetch_answer_addresses(&out, read), 0);
	buffer_release(&wire);
}
END_TEST

START_TEST(what_is_too_long_is_not_written)
{
	static char text[FETCH_BODY_MAX + 1];
	struct fetch_question question = {.kind = FETCH_CRL, .target = slice_make(text, FETCH_TARGET_MAX + 1)};
	struct fetch_answer answer = {.body = slice_make(text, sizeof text)};
	struct buffer wire = buffer_make(2 * FETCH_ANSWER_MAX);

	ck_assert(!fetch_question_encode(&question, &wire));
	ck_assert(!fetch_answer_encode(&answer, &wire));
	answer.body.len = 0;
	answer.error = slice_make(text, FETCH_ERROR_MAX + 1);
	ck_assert(!fetch_answer_encode(&answer, &wire));
	buffer_release(&wire);
}
END_TEST

START_TEST(what_is_no_message_is_refused)
{
	static const struct {
		const char *what;
		struct slice bytes;
	} cases[] = {
		{"empty", {"", 0}},
		{"an unknown kind", {"\x04\0\1x\0\0\0\0", 8}},
		{"no target", {"\0\0\0\0\0\0\0", 7}},
		{"a line end in the target", {"\2\0\2x\n\0\0\0\0", 9}},
		{"NUL in the target", {"\2\0\2x\0\0\0\0\0", 9}},
		{"a validator of what has none", {"\1\0\1x\0\1t\0\0", 9}},
		{"something left over", {"\1\0\1x\0\0\0\0\0", 9}},
	};
	struct fetch_question question;
	struct fetch_answer answer;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(!fetch_question_decode(cases[i].bytes, &question), "%s", cases[i].what);
	/* A status that is never sent, one that does not exist, a control in the error's text. */
	ck_assert(!fetch_answer_decode(slice_make("\x08\0\0\0\0\0\0\0\0\0", 10), &answer));
	ck_assert(!fetch_answer_decode(slice_make("\xff\0\0\0\0\0\0\0\0\0", 10), &answer));
	ck_assert(!fetch_answer_decode(slice_make("\x04\0\0\0\0\0\1\x1b\0\0\0", 11), &answer));
}
END_TEST

UNIT_SUITE(message, "message", a_question_is_read_as_it_was_written, an_answer_is_read_as_it_was_written,
	what_is_too_long_is_not_written, what_is_no_message_is_refused)

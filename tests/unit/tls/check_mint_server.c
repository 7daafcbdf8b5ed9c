/* Messages between worker and signer: their bytes, and the answers. */
#include "suites.h"

#include "mint_fixture.h"
#include "tls/mint_server.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct server_fixture {
	struct mint_fixture mint; /* its mint belongs to the server */
	struct mint_server server;
	struct issuance_log log;
	int log_fd;
	struct buffer message;
	struct buffer answer;
	struct leaf_name name;
};

static void
server_make(struct server_fixture *f, uint32_t per_second, uint32_t burst)
{
	struct problems problems = {0};

	*f = (struct server_fixture){.mint = mint_fixture_make(),
		.message = buffer_make(MINT_REQUEST_MAX),
		.answer = buffer_make(MINT_REPLY_MAX),
		.name = DNS("www.example.com")};
	f->log_fd = open("/tmp", O_TMPFILE | O_RDWR | O_APPEND, 0600);
	ck_assert_int_ge(f->log_fd, 0);
	ck_assert(issuance_log_init(&f->log, f->log_fd, 1000, "issued.log", &problems));
	ck_assert(mint_server_init(&f->server, f->mint.mint, &f->log, per_second, burst));
	f->mint.mint = NULL;
	f->mint.request.names = &f->name;
	f->mint.request.name_count = 1;
	ck_assert(mint_request_encode(&f->mint.request, &f->message));
}

static void
server_release(struct server_fixture *f)
{
	mint_server_release(&f->server);
	mint_fixture_release(&f->mint);
	issuance_log_release(&f->log);
	close(f->log_fd);
	buffer_release(&f->message);
	buffer_release(&f->answer);
}

static struct mint_reply
ask(struct server_fixture *f, struct slice message, uint64_t monotonic_ns)
{
	struct mint_reply reply;
	enum mint_status status;

	buffer_clear(&f->answer);
	status = mint_server_answer(&f->server, message, NOW, monotonic_ns, &f->answer);
	ck_assert(mint_reply_decode(buffer_slice(&f->answer), &reply));
	ck_assert_int_eq(reply.status, status);
	return reply;
}

static uint64_t
lines_in_log(struct server_fixture *f)
{
	struct issuance_verdict verdict;
	struct problems problems = {0};

	ck_assert(issuance_log_verify(f->log_fd, "issued.log", &verdict, &problems));
	return verdict.lines;
}

START_TEST(request_comes_back_as_it_was)
{
	static struct leaf_name names[MINT_NAMES_MAX];
	const struct leaf_name sent[] = {DNS("a.example"), IP("\xc0\x00\x02\x01"), DNS("*.b.example")};
	struct mint_request request = {.issuer = MINT_UNTRUSTED,
		.not_before = -5,
		.not_after = INT64_MAX,
		.spki = SLICE("a public key"),
		.names = sent,
		.name_count = 3};
	struct buffer message = buffer_make(MINT_REQUEST_MAX);
	struct mint_request have;

	ck_assert(mint_request_encode(&request, &message));
	ck_assert_uint_eq(mint_message_op(buffer_slice(&message)), MINT_OP_ISSUE);
	ck_assert(mint_request_decode(buffer_slice(&message), names, &have));
	ck_assert_int_eq(have.issuer, MINT_UNTRUSTED);
	ck_assert_int_eq(have.not_before, -5);
	ck_assert_int_eq(have.not_after, INT64_MAX);
	assert_slice(have.spki, "a public key");
	ck_assert_uint_eq(have.name_count, 3);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(have.names[i].kind, sent[i].kind);
		ck_assert(slice_eq(have.names[i].bytes, sent[i].bytes));
	}
	buffer_release(&message);
}
END_TEST

START_TEST(request_cut_short_anywhere_or_too_long_is_malformed)
{
	static struct leaf_name names[MINT_NAMES_MAX];
	struct server_fixture f;
	struct mint_request have;
	struct slice whole;
	char longer[256] = {0};

	server_make(&f, 10, 10);
	whole = buffer_slice(&f.message);
	for (size_t len = 0; len < whole.len; len++)
		ck_assert(!mint_request_decode(slice_sub(whole, 0, len), names, &have));
	memcpy(longer, whole.ptr, whole.len);
	ck_assert(!mint_request_decode(slice_make(longer, whole.len + 1), names, &have));
	ck_assert(mint_request_decode(slice_make(longer, whole.len), names, &have));
	server_release(&f);
}
END_TEST

START_TEST(request_with_a_field_out_of_range_is_malformed)
{
	/* Offsets of the format in mint_message.h, with a public key of 91 bytes and one name. */
	static const struct {
		size_t at;
		uint8_t value;
		const char *what;
	} changes[] = {{0, 0, "op 0"}, {0, 3, "op 3"}, {1, 2, "issuer 2"}, {1, 255, "issuer 255"},
		{18, 0xff, "a public key longer than the message"}, {111, 0xff, "65281 names"}, {112, 0, "no name"},
		{112, 2, "two names, one there"}, {113, 0, "name kind 0"}, {113, 3, "name kind 3"}};
	static struct leaf_name names[MINT_NAMES_MAX];
	struct server_fixture f;
	struct mint_request have;
	uint8_t bytes[256];

	server_make(&f, 10, 10);
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		struct slice whole = buffer_slice(&f.message);

		memcpy(bytes, whole.ptr, whole.len);
		bytes[changes[i].at] = changes[i].value;
		ck_assert_msg(!mint_request_decode(slice_make(bytes, whole.len), names, &have), "%s", changes[i].what);
	}
	server_release(&f);
}
END_TEST

START_TEST(requests_beyond_the_limits_are_not_even_written)
{
	static char text[256];
	static struct leaf_name names[MINT_NAMES_MAX + 1];
	struct buffer message = buffer_make(2 * MINT_REQUEST_MAX);
	struct mint_request request = {.spki = SLICE("key"), .names = names, .name_count = MINT_NAMES_MAX + 1};

	memset(text, 'a', sizeof text);
	for (size_t i = 0; i <= MINT_NAMES_MAX; i++)
		names[i] = (struct leaf_name){LEAF_NAME_DNS, slice_make(text, 10)};
	ck_assert(!mint_request_encode(&request, &message));
	request.name_count = MINT_NAMES_MAX;
	ck_assert(mint_request_encode(&request, &message));
	names[0].bytes.len = 256;
	ck_assert(!mint_request_encode(&request, &message));
	for (size_t i = 0; i < MINT_NAMES_MAX; i++)
		names[i].bytes.len = 100;
	ck_assert(!mint_request_encode(&request, &message));
	request.name_count = 0;
	ck_assert(!mint_request_encode(&request, &message));
	buffer_release(&message);
}
END_TEST

START_TEST(answer_holds_the_leaf_and_the_issuers_id_and_the_log_has_it)
{
	struct server_fixture f;
	struct mint_reply reply;
	char error[128];
	X509 *leaf;

	server_make(&f, 10, 10);
	reply = ask(&f, buffer_slice(&f.message), 1);
	ck_assert_int_eq(reply.status, MINT_OK);
	ck_assert_int_eq(reply.op, MINT_OP_ISSUE);
	leaf = fixture_parse(reply.leaf);
	ck_assert_msg(fixture_verifies(leaf, f.mint.trusted, NULL, error), "%s", error);
	ck_assert(slice_eq(reply.issuer_id, slice_make(mint_issuer(f.server.mint, MINT_TRUSTED)->id, MINT_ID_BYTES)));
	ck_assert_uint_eq(lines_in_log(&f), 1);
	X509_free(leaf);
	server_release(&f);
}
END_TEST

START_TEST(refusals_are_answered_with_their_reason_and_not_logged)
{
	struct server_fixture f;

	server_make(&f, 100, 100);
	f.name = DNS("*.com");
	buffer_clear(&f.message);
	ck_assert(mint_request_encode(&f.mint.request, &f.message));
	ck_assert_int_eq(ask(&f, buffer_slice(&f.message), 1).status, MINT_NAME_REFUSED);
	ck_assert_int_eq(ask(&f, SLICE("\x01\x00garbage"), 1).status, MINT_MALFORMED);
	ck_assert_int_eq(ask(&f, SLICE("\x02trailing"), 1).status, MINT_MALFORMED);
	ck_assert_uint_eq(lines_in_log(&f), 0);
	ck_assert_uint_eq(f.server.answered[MINT_NAME_REFUSED], 1);
	ck_assert_uint_eq(f.server.answered[MINT_MALFORMED], 1);
	server_release(&f);
}
END_TEST

START_TEST(message_that_names_no_request_gets_no_answer)
{
	struct server_fixture f;

	server_make(&f, 10, 10);
	ck_assert_int_eq(mint_server_answer(&f.server, SLICE_EMPTY, NOW, 1, &f.answer), MINT_MALFORMED);
	ck_assert_int_eq(mint_server_answer(&f.server, SLICE("\x07"), NOW, 1, &f.answer), MINT_MALFORMED);
	ck_assert_uint_eq(buffer_len(&f.answer), 0);
	server_release(&f);
}
END_TEST

START_TEST(requests_above_the_rate_are_told_when_to_come_back)
{
	struct server_fixture f;
	struct mint_reply reply;

	server_make(&f, 10, 2);
	ck_assert_int_eq(ask(&f, buffer_slice(&f.message), 1).status, MINT_OK);
	ck_assert_int_eq(ask(&f, buffer_slice(&f.message), 1).status, MINT_OK);
	reply = ask(&f, buffer_slice(&f.message), 1);
	ck_assert_int_eq(reply.status, MINT_RATE_LIMITED);
	ck_assert_uint_ge(reply.retry_ms, 100);
	ck_assert_uint_le(reply.retry_ms, 101);
	ck_assert_int_eq(ask(&f, buffer_slice(&f.message), 1 + 101000000u).status, MINT_OK);
	ck_assert_uint_eq(lines_in_log(&f), 3);
	server_release(&f);
}
END_TEST

START_TEST(nothing_is_issued_when_the_log_cannot_be_written)
{
	struct server_fixture f;
	struct mint_reply reply;

	server_make(&f, 10, 10);
	f.log.fd = open("/dev/full", O_WRONLY);
	reply = ask(&f, buffer_slice(&f.message), 1);
	ck_assert_int_eq(reply.status, MINT_LOG_FAILED);
	ck_assert_uint_eq(reply.leaf.len, 0);
	close(f.log.fd);
	server_release(&f);
}
END_TEST

START_TEST(issuers_are_told_without_the_root_in_the_chain)
{
	struct buffer message = buffer_make(16);
	struct server_fixture f;
	struct mint_reply reply;
	X509 *certificate;

	server_make(&f, 10, 10);
	ck_assert(mint_issuers_request_encode(&message));
	reply = ask(&f, buffer_slice(&message), 1);
	ck_assert_int_eq(reply.op, MINT_OP_ISSUERS);
	ck_assert_uint_eq(reply.chain_count, 0);
	certificate = fixture_parse(reply.trusted);
	ck_assert_int_eq(X509_cmp(certificate, f.mint.trusted), 0);
	X509_free(certificate);
	certificate = fixture_parse(reply.untrusted);
	ck_assert_int_eq(X509_cmp(certificate, f.mint.untrusted), 0);
	X509_free(certificate);
	ck_assert_uint_eq(lines_in_log(&f), 0);
	buffer_release(&message);
	server_release(&f);
}
END_TEST

START_TEST(answer_cut_short_anywhere_is_no_answer)
{
	struct server_fixture f;
	struct mint_reply reply;
	struct slice whole;

	server_make(&f, 10, 10);
	ask(&f, buffer_slice(&f.message), 1);
	whole = buffer_slice(&f.answer);
	for (size_t len = 0; len < whole.len; len++)
		ck_assert(!mint_reply_decode(slice_sub(whole, 0, len), &reply));
	server_release(&f);
}
END_TEST

UNIT_SUITE(mint_server, "mint_server", request_comes_back_as_it_was,
	request_cut_short_anywhere_or_too_long_is_malformed, request_with_a_field_out_of_range_is_malformed,
	requests_beyond_the_limits_are_not_even_written, answer_holds_the_leaf_and_the_issuers_id_and_the_log_has_it,
	refusals_are_answered_with_their_reason_and_not_logged, message_that_names_no_request_gets_no_answer,
	requests_above_the_rate_are_told_when_to_come_back, nothing_is_issued_when_the_log_cannot_be_written,
	issuers_are_told_without_the_root_in_the_chain, answer_cut_short_anywhere_is_no_answer)

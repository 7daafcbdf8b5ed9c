/* Exceptions as words: what is taken, and what is refused with its place named. */
#include "suites.h"
#include "verify_world.h"

#include "tls/trust_exception.h"

#include <stdio.h>

/* "sha256:..." of a certificate's key, until the next call. */
static const char *
key_of(X509 *cert)
{
	static char text[80];
	uint8_t spki[TRUST_DIGEST];
	size_t n = (size_t)snprintf(text, sizeof text, "sha256:");

	ck_assert(trust_spki_digest(EVP_sha256(), cert, spki));
	for (size_t i = 0; i < TRUST_DIGEST; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%02x", spki[i]);
	return text;
}

#define A_KEY "sha256:00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"

START_TEST(dates_are_read_to_the_end_of_the_day)
{
	static const struct {
		const char *text;
		int64_t end;
	} cases[] = {
		{"1970-01-01", 86400},
		{"2000-02-29", 951868800},
		{"2026-05-28", 1780012800},
		{"2026-12-31", 1798761600},
		{"2024-02-29", 1709251200},
	};
	static const char *const wrong[] = {"", "2026-05-2", "2026-13-01", "2026-00-10", "2026-02-29", "1900-02-29",
		"2026-04-31", "2026-05-00", "26-05-28xx", "2026/05/28", "2026-05-28 ", "+026-05-28", "1969-12-31"};
	int64_t end;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert(trust_exception_end(cases[i].text, &end));
		ck_assert_int_eq(end, cases[i].end);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		ck_assert_msg(!trust_exception_end(wrong[i], &end), "\"%s\"", wrong[i]);
}
END_TEST

START_TEST(words_that_are_wrong_are_refused_where_they_stand)
{
	static const struct trust_exception_words cases[] = {
		{.host = "*.example.org", .key = A_KEY, .fault = "expired", .until = "2026-06-30"},
		{.host = "a..example.org", .key = A_KEY, .fault = "expired", .until = "2026-06-30"},
		{.host = "www.example.org", .fault = "expired", .until = "2026-06-30"},
		{.host = "www.example.org", .key = "any", .fault = "expired", .until = "2026-06-30"},
		{.host = "www.example.org", .key = "sha256:0011", .fault = "expired", .until = "2026-06-30"},
		{.host = "www.example.org", .key = A_KEY, .until = "2026-06-30"},
		{.host = "www.example.org", .key = A_KEY, .fault = "any", .until = "2026-06-30"},
		{.host = "www.example.org", .key = A_KEY, .fault = "ok", .until = "2026-06-30"},
		{.host = "www.example.org", .key = A_KEY, .fault = "bad_signature", .until = "2026-06-30"},
		{.host = "www.example.org", .key = A_KEY, .fault = "own_ca", .until = "2026-06-30"},
		{.host = "www.example.org", .key = A_KEY, .fault = "revoked", .until = "2026-06-30"},
		{.host = "www.example.org", .key = A_KEY, .fault = "denylisted", .until = "2026-06-30"},
		{.host = "www.example.org", .key = A_KEY, .fault = "expired"},
		{.host = "www.example.org", .key = A_KEY, .fault = "expired", .until = "never"},
		{.host = "www.example.org", .key = A_KEY, .fault = "expired", .until = "2026-08-27"}, /* 91 days */
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct trust_exception_words words = cases[i];
		struct trust_builder *b = world_builder();
		struct problems problems = {0};

		words.file = "sluice.conf";
		words.line = 7;
		ck_assert_msg(!trust_exception_add(b, &words, PKI_NOW, &problems), "case %zu", i);
		ck_assert_uint_eq(problems.errors, 1);
		ck_assert_str_eq(problems.items[0].file, "sluice.conf");
		ck_assert_uint_eq(problems.items[0].line, 7);
		problems_release(&problems);
		trust_builder_free(b);
	}
}
END_TEST

START_TEST(an_exception_is_said_and_lifts_its_fault_for_its_host_and_key_alone)
{
	X509 *leaf = PUBLIC_LEAF(.cn = "x", .until = -1), *other = PUBLIC_LEAF(.cn = "y", .until = -1);
	struct trust_exception_words words = {.host = "www.example.org", .fault = "expired", .until = "2026-06-30"};
	struct trust_builder *b = world_builder();
	struct problems problems = {0};
	struct verify_verdict verdict;
	struct trust *trust;
	int64_t end;

	words.key = key_of(leaf);
	ck_assert(trust_exception_add(b, &words, PKI_NOW, &problems));
	ck_assert_uint_eq(problems.count, 1);
	ck_assert_uint_eq(problems.errors, 0);
	trust = world_trust(b);
	verdict = JUDGE(.leaf = leaf, .chain = {world.ica.cert}, .host = "www.example.org", .trust = trust);
	ASSERT_REASON(verdict, VERIFY_OK);
	ck_assert_uint_eq(verdict.excepted, UINT32_C(1) << VERIFY_EXPIRED);
	ck_assert(trust_exception_end("2026-06-30", &end));
	ck_assert_int_eq(verdict.valid_until, end - 1);
	ASSERT_REASON(JUDGE(.leaf = other, .chain = {world.ica.cert}, .host = "www.example.org", .trust = trust),
		VERIFY_EXPIRED);
	ASSERT_REASON(JUDGE(.leaf = leaf, .chain = {world.ica.cert}, .host = "www.example.org", .trust = trust,
			      .at = end - PKI_NOW),
		VERIFY_EXPIRED);
	ck_assert_int_ne(
		JUDGE(.leaf = leaf, .chain = {world.ica.cert}, .host = "other.example.org", .trust = trust).reason,
		VERIFY_OK);
	trust_release(trust);
	problems_release(&problems);
}
END_TEST

START_TEST(an_exception_that_has_ended_is_said_and_lifts_nothing)
{
	X509 *leaf = PUBLIC_LEAF(.cn = "x", .until = -1);
	struct trust_exception_words words = {.host = "www.example.org", .fault = "expired", .until = "2026-05-27"};
	struct trust_builder *b = world_builder();
	struct problems problems = {0};
	struct trust *trust;

	words.key = key_of(leaf);
	ck_assert(trust_exception_add(b, &words, PKI_NOW, &problems));
	ck_assert_uint_eq(problems.count, 1);
	ck_assert_uint_eq(problems.errors, 0);
	trust = world_trust(b);
	ASSERT_REASON(JUDGE(.leaf = leaf, .chain = {world.ica.cert}, .host = "www.example.org", .trust = trust),
		VERIFY_EXPIRED);
	trust_release(trust);
	problems_release(&problems);
}
END_TEST

WORLD_SUITE(trust_exception, "trust_exception", dates_are_read_to_the_end_of_the_day,
	words_that_are_wrong_are_refused_where_they_stand,
	an_exception_is_said_and_lifts_its_fault_for_its_host_and_key_alone,
	an_exception_that_has_ended_is_said_and_lifts_nothing)

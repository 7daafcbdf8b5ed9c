/* Building a trust: what is refused, what is left out, what it then says. */
#include "suites.h"
#include "verify_world.h"

#include <openssl/evp.h>
#include <stdio.h>

static struct problems problems;

static void
set_up(void)
{
	problems = (struct problems){0};
	world_set_up();
}

static void
tear_down(void)
{
	problems_release(&problems);
	world_tear_down();
}

START_TEST(trust_without_an_anchor_cannot_be_built)
{
	struct trust_builder *b = trust_builder_new(NULL);

	ck_assert_ptr_null(trust_build(b, 1, &problems));
	ck_assert_uint_eq(problems.errors, 1);
	trust_builder_free(b);
}
END_TEST

/* The text of two certificates. */
static struct slice
bundle(void)
{
	static char text[8192];

	snprintf(text, sizeof text, "# a comment\n%.*s\nanother\n%.*s", SLICE_ARG(pki_pem(world.root.cert)),
		SLICE_ARG(pki_pem(world.private_root.cert)));
	return slice_of(text);
}

START_TEST(bundle_that_is_not_whole_is_refused)
{
	struct slice whole = bundle();

	for (size_t len = 0; len < whole.len; len += 7) {
		struct trust_builder *b = trust_builder_new(NULL);
		bool ends_a_block = slice_ends_with(slice_sub(whole, 0, len + 1), SLICE("-----\n")) ||
				    slice_ends_with(slice_sub(whole, 0, len), SLICE("-----"));
		size_t first_end = slice_find_slice(whole, SLICE("-----END CERTIFICATE-----")) + 25;
		size_t second =
			slice_find_slice(slice_sub(whole, first_end, whole.len), SLICE("-----BEGIN ")) + first_end;
		bool is_one_whole = len >= first_end && len < second + 11;

		if (!is_one_whole && !ends_a_block) {
			ck_assert_msg(
				!trust_add_anchors(b, slice_sub(whole, 0, len), TRUST_SYSTEM, "bundle", 1, &problems),
				"cut at %zu of %zu", len, whole.len);
			ck_assert_ptr_null(trust_build(b, 1, &problems));
		}
		trust_builder_free(b);
	}
}
END_TEST

START_TEST(unreadable_bundles_are_refused_and_the_place_is_named)
{
	static const char bad[] = "\n\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
	static const struct slice cases[] = {SLICE(""), SLICE("no certificate here"), SLICE("\x30\x00"), SLICE(bad),
		SLICE("-----BEGIN CERTIFICATE-----\n?!\n-----END CERTIFICATE-----\n"),
		SLICE("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")};
	struct slice der = pki_der(world.root.cert);
	char longer[4096];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct trust_builder *b = world_builder();

		ck_assert_msg(!trust_add_anchors(b, cases[i], TRUST_ADMIN, "roots.pem", 0, &problems), "case %zu", i);
		ck_assert_ptr_null(trust_build(b, 1, &problems));
		trust_builder_free(b);
	}
	ck_assert_str_eq(problems.items[0].file, "roots.pem");
	ck_assert_uint_eq(problems.items[3].line, 3);
	/* DER with something behind it. */
	memcpy(longer, der.ptr, der.len);
	longer[der.len] = 0;
	{
		struct trust_builder *b = world_builder();

		ck_assert(!trust_add_anchors(b, slice_make(longer, der.len + 1), TRUST_ADMIN, "x", 0, &problems));
		ck_assert(!trust_add_own_ca(b, SLICE("x"), "x", &problems));
		ck_assert(!trust_add_crls(b, SLICE("x"), "x", &problems));
		trust_builder_free(b);
	}
}
END_TEST

START_TEST(bundle_is_read_as_a_whole)
{
	struct trust_builder *b = trust_builder_new(NULL);
	struct trust *t;
	size_t count;
	const struct trust_anchor *anchor;

	ck_assert(trust_add_anchors(b, bundle(), TRUST_SYSTEM, "bundle", PKI_NOW - 500, &problems));
	/* The same once more, by the administrator: it is then the administrator's. */
	ck_assert(trust_add_anchors(b, pki_pem(world.root.cert), TRUST_ADMIN, "own", PKI_NOW - 90, &problems));
	t = trust_build(b, 3, &problems);
	trust_builder_free(b);
	ck_assert_uint_eq(trust_anchor_count(t), 2);
	ck_assert_uint_eq(trust_generation(t), 3);
	ck_assert_int_eq(trust_age(t, PKI_NOW), 500);
	ck_assert_int_eq(trust_age(t, PKI_NOW - 600), 0);
	ck_assert_int_eq(trust_anchor_of(t, world.root.cert)->source, TRUST_ADMIN);
	ck_assert_int_eq(trust_anchor_of(t, world.private_root.cert)->source, TRUST_SYSTEM);
	ck_assert_ptr_null(trust_anchor_of(t, world.ica.cert));
	anchor = trust_anchors_named(t, X509_get_subject_name(world.root.cert), &count);
	ck_assert(anchor && count == 1);
	ck_assert_ptr_null(trust_anchors_named(t, X509_get_subject_name(world.ica.cert), &count));
	ck_assert_ptr_eq(trust_share(t), t);
	trust_release(t);
	trust_release(t);
}
END_TEST

START_TEST(anchors_of_one_name_are_found_together)
{
	struct trust_builder *b = world_builder();
	struct trust *t;
	size_t count;

	for (int i = 0; i < 5; i++)
		world_add_anchor(b, PKI_MAKE(.cn = "Public Root", .is_ca = true).cert, TRUST_SYSTEM);
	t = world_trust(b);
	ck_assert_ptr_nonnull(trust_anchors_named(t, X509_get_subject_name(world.root.cert), &count));
	ck_assert_uint_eq(count, 6);
	trust_release(t);
}
END_TEST

START_TEST(own_ca_is_left_out_and_said)
{
	struct trust_builder *b = world_builder();
	/* Another certificate for our key. */
	struct pki_cert twin = PKI_MAKE(.cn = "Twin", .is_ca = true, .use_key = world.own_ca.key);
	struct trust *t;

	world_add_anchor(b, world.own_ca.cert, TRUST_SYSTEM);
	world_add_anchor(b, twin.cert, TRUST_ADMIN);
	t = trust_build(b, 1, &problems);
	trust_builder_free(b);
	ck_assert_uint_eq(trust_anchor_count(t), 2);
	ck_assert_uint_eq(problems.count, 2);
	ck_assert_uint_eq(problems.errors, 0);
	trust_release(t);

	b = trust_builder_new(NULL);
	ck_assert(trust_add_own_ca(b, pki_der(world.own_ca.cert), "own", &problems));
	world_add_anchor(b, world.own_ca.cert, TRUST_ADMIN);
	ck_assert_ptr_null(trust_build(b, 1, &problems));
	trust_builder_free(b);
}
END_TEST

START_TEST(exceptions_are_bounded)
{
	struct trust_builder *b = world_builder();
	struct trust_exception e = {.host = world_host("a.example"), .reason = VERIFY_EXPIRED, .expires = PKI_NOW + 5};
	static const enum verify_reason never[] = {VERIFY_OK, VERIFY_UNJUDGED, VERIFY_INTERNAL, VERIFY_PATHOLOGICAL,
		VERIFY_MALFORMED, VERIFY_OWN_CA, VERIFY_BAD_SIGNATURE, VERIFY_REVOKED, VERIFY_DENYLISTED};
	struct trust *t;

	ck_assert(trust_add_exception(b, &e, PKI_NOW));
	e.expires = PKI_NOW + TRUST_EXCEPTION_MAX_S;
	ck_assert(trust_add_exception(b, &e, PKI_NOW));
	e.expires++;
	ck_assert(!trust_add_exception(b, &e, PKI_NOW));
	e.expires = PKI_NOW + 5;
	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
		e.reason = never[i];
		ck_assert_msg(!trust_add_exception(b, &e, PKI_NOW), "%s", verify_reason_code(never[i]));
	}
	e.reason = VERIFY_EXPIRED;
	e.host.kind = HOSTNAME_NONE;
	ck_assert(!trust_add_exception(b, &e, PKI_NOW));
	t = world_trust(b);
	trust_release(t);
}
END_TEST

START_TEST(reasons_have_codes_that_lead_back)
{
	for (int i = 0; i < VERIFY_REASONS; i++) {
		enum verify_reason reason;
		const char *code = verify_reason_code((enum verify_reason)i);

		ck_assert(code && *code && *verify_reason_text((enum verify_reason)i));
		ck_assert_uint_eq(strspn(code, "abcdefghijklmnopqrstuvwxyz_"), strlen(code));
		ck_assert(verify_reason_parse(slice_of(code), &reason) && reason == (enum verify_reason)i);
	}
	ck_assert(!verify_reason_parse(SLICE("Expired"), &(enum verify_reason){0}));
	ck_assert_str_eq(verify_reason_code((enum verify_reason)99), "unjudged");
	ck_assert_int_eq(verify_reason_of_x509_error(9999), VERIFY_INTERNAL);
	ck_assert(VERIFY_REASONS <= 32); /* a set of them is 32 bits */
}
END_TEST

/* The key hash of Superfish's root, so that a slip in the tables' hexadecimal would be seen. */
START_TEST(tables_are_in_force)
{
	uint8_t superfish[TRUST_DIGEST] = {0x4b, 0xb8, 0xf3, 0x5b, 0xa1, 0xe1, 0x26, 0xf8, 0xdd, 0xe1, 0xb0, 0xc4, 0x20,
		0x62, 0x5e, 0xd8, 0x6d, 0xce, 0x61, 0xa7, 0xbd, 0xda, 0xdb, 0xde, 0xa9, 0xab, 0xa5, 0x78, 0xff, 0x13,
		0x14, 0x5e};

	ck_assert(trust_key_is_denied(world.trust, superfish));
	superfish[0] ^= 1;
	ck_assert(!trust_key_is_denied(world.trust, superfish));
}
END_TEST

Suite *
trust_suite(void)
{
	const TTest *const tests[] = {trust_without_an_anchor_cannot_be_built, bundle_that_is_not_whole_is_refused,
		unreadable_bundles_are_refused_and_the_place_is_named, bundle_is_read_as_a_whole,
		anchors_of_one_name_are_found_together, own_ca_is_left_out_and_said, exceptions_are_bounded,
		reasons_have_codes_that_lead_back, tables_are_in_force};
	Suite *suite = suite_create("trust");
	TCase *tcase = tcase_create("trust");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 60);
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite;
}

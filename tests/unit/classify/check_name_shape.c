/* Shapes of names. */
#include "suites.h"

#include "classify/name_shape.h"

START_TEST(names_that_people_chose_score_low_and_noise_scores_high)
{
	static const char *const chosen[] = {"wikipedia", "facebook", "openstreetmap", "sueddeutsche",
		"nationalgeographic", "duckduckgo", "mozilla", "kubernetes", "lemonde", "stackoverflow",
		"xn--bcher-kva", "4chan", "a1b2c3"};
	static const char *const noise[] = {
		"xjwqkvztrp", "qzkwhbtfnx", "kjx7q2vb9w4z", "pdkqjzvxwhbm", "vgcqwmzkfxjt", "a8f3k2j9d7s6q1w0"};

	for (size_t i = 0; i < sizeof chosen / sizeof chosen[0]; i++)
		ck_assert_msg(name_shape_generated(slice_of(chosen[i])) < 50, "%s: %u", chosen[i],
			name_shape_generated(slice_of(chosen[i])));
	for (size_t i = 0; i < sizeof noise / sizeof noise[0]; i++)
		ck_assert_msg(name_shape_generated(slice_of(noise[i])) >= 60, "%s: %u", noise[i],
			name_shape_generated(slice_of(noise[i])));
	ck_assert_uint_eq(name_shape_generated(SLICE_EMPTY), 0);
}
END_TEST

START_TEST(names_are_compared_as_the_eye_does)
{
	static const struct {
		const char *label, *wanted;
		enum name_likeness likeness;
	} cases[] = {
		{"paypal", "paypal", NAME_SAME},
		{"paypa1", "paypal", NAME_LOOKALIKE},
		{"xn--pypal-4ve", "paypal", NAME_LOOKALIKE},
		{"xn--80ak6aa92e", "apple", NAME_LOOKALIKE},
		{"rnybank", "mybank", NAME_LOOKALIKE},
		{"g00gle", "google", NAME_LOOKALIKE},
		{"xn--bcher-kva", "bucher", NAME_LOOKALIKE},
		{"vvikipedia", "wikipedia", NAME_LOOKALIKE},
		{"payapl", "paypal", NAME_NEAR},
		{"paypall", "paypal", NAME_NEAR},
		{"aypal", "paypal", NAME_NEAR},
		{"paypol", "paypal", NAME_NEAR},
		{"paylap", "paypal", NAME_UNLIKE},
		{"apples", "apple", NAME_UNLIKE},
		{"ample", "apple", NAME_UNLIKE},
		{"paypal-login", "paypal", NAME_JOINED},
		{"secure-paypal-login", "paypal", NAME_JOINED},
		{"paypallogin", "paypal", NAME_JOINED},
		{"apple-id", "apple", NAME_JOINED},
		{"pineapple", "apple", NAME_UNLIKE},
		{"example", "paypal", NAME_UNLIKE},
		{"xn--\xff", "paypal", NAME_UNLIKE},
		{"xn--fiqs8s", "paypal", NAME_UNLIKE},
		{"", "paypal", NAME_UNLIKE},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(
			name_shape_compare(slice_of(cases[i].label), slice_of(cases[i].wanted)) == cases[i].likeness,
			"row %zu: %s is %s", i, cases[i].label,
			name_likeness_name(name_shape_compare(slice_of(cases[i].label), slice_of(cases[i].wanted))));
}
END_TEST

START_TEST(punycode_is_decoded_and_what_is_none_is_refused)
{
	uint32_t codes[NAME_LABEL_MAX];
	size_t count;

	ck_assert(name_shape_decode(SLICE("xn--bcher-kva"), codes, NAME_LABEL_MAX, &count));
	ck_assert_uint_eq(count, 6);
	ck_assert_uint_eq(codes[1], 0xfc);
	/* "why can't they just speak Japanese", RFC 3492 section 7.1 (G) shortened: two code points. */
	ck_assert(name_shape_decode(SLICE("xn--fiqs8s"), codes, NAME_LABEL_MAX, &count));
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(codes[0], 0x4e2d);
	ck_assert_uint_eq(codes[1], 0x56fd);
	ck_assert(!name_shape_decode(SLICE("xn--99999999999"), codes, NAME_LABEL_MAX, &count));
	ck_assert(!name_shape_decode(SLICE("xn--a-\xff"), codes, NAME_LABEL_MAX, &count));
	ck_assert(!name_shape_decode(SLICE("xn--bcher-kva"), codes, 5, &count));
	ck_assert(!name_shape_decode(SLICE("xn--bcher-k"), codes, NAME_LABEL_MAX, &count));
}
END_TEST

START_TEST(a_site_is_like_a_protected_name_unless_it_is_one)
{
	static const char *const names[] = {"paypal.com", "www.mybank.co.uk"};
	static const struct {
		const char *site;
		enum name_likeness likeness;
		bool is_generated;
	} rows[] = {
		{"www.paypal.com", NAME_UNLIKE, false},
		{"paypal.com", NAME_UNLIKE, false},
		{"paypa1.com", NAME_LOOKALIKE, false},
		{"login.paypa1.co.uk", NAME_LOOKALIKE, false},
		{"paypal.net", NAME_SAME, false},
		{"paypal-login.example.org", NAME_UNLIKE, false},
		{"paypal-login.org", NAME_JOINED, false},
		{"mybank.co.uk", NAME_UNLIKE, false},
		{"rnybank.co.uk", NAME_LOOKALIKE, false},
		{"xjwqkvztrp.com", NAME_UNLIKE, true},
		{"xjwqkvztrp.example.com", NAME_UNLIKE, true},
		{"www.wikipedia.org", NAME_UNLIKE, false},
		{"192.0.2.77", NAME_UNLIKE, false},
		{"2001:db8::1", NAME_UNLIKE, false},
		{"com", NAME_UNLIKE, false},
		{"", NAME_UNLIKE, false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct name_shape shape = name_shape_of_site(slice_of(rows[i].site), names, 2);

		ck_assert_msg(
			shape.likeness == rows[i].likeness, "%s: %s", rows[i].site, name_likeness_name(shape.likeness));
		ck_assert_msg((shape.generated >= NAME_GENERATED) == rows[i].is_generated, "%s: %u", rows[i].site,
			shape.generated);
		ck_assert((shape.protected_name.len > 0) == (rows[i].likeness != NAME_UNLIKE));
	}
}
END_TEST

UNIT_SUITE(name_shape, "name_shape", names_that_people_chose_score_low_and_noise_scores_high,
	names_are_compared_as_the_eye_does, punycode_is_decoded_and_what_is_none_is_refused,
	a_site_is_like_a_protected_name_unless_it_is_one)

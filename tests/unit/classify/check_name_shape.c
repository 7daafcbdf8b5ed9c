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

UNIT_SUITE(name_shape, "name_shape", names_that_people_chose_score_low_and_noise_scores_high,
	names_are_compared_as_the_eye_does, punycode_is_decoded_and_what_is_none_is_refused)

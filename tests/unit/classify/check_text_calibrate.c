/* Scores as percentages. */
#include "suites.h"

#include "classify/text_calibrate.h"

START_TEST(percentages_rise_with_the_score_from_0_to_100)
{
	struct text_curve curve = {TEXT_SLOPE_DEFAULT, 0};
	unsigned last = 0;

	ck_assert_uint_eq(text_curve_percent(curve, 0), 50);
	ck_assert_uint_eq(text_curve_percent(curve, -1e30f), 0);
	ck_assert_uint_eq(text_curve_percent(curve, 1e30f), 100);
	for (int i = -300; i <= 300; i++) {
		unsigned percent = text_curve_percent(curve, (float)i / 100);

		ck_assert_uint_ge(percent, last);
		last = percent;
	}
	ck_assert_uint_eq(last, 100);
}
END_TEST

/* Texts whose odds are as the curve says: of 100 with one score, so many are of the class. */
START_TEST(a_curve_says_how_many_texts_of_a_score_are_of_the_class)
{
	static const struct {
		float score;
		unsigned of_class;
	} rows[] = {{-1, 2}, {-0.5f, 12}, {0, 50}, {0.5f, 88}, {1, 98}};
	struct text_point points[500];
	struct text_curve curve;
	size_t count = 0;

	for (size_t r = 0; r < 5; r++)
		for (unsigned i = 0; i < 100; i++)
			points[count++] = (struct text_point){rows[r].score, i < rows[r].of_class};
	curve = text_curve_fit(points, count);
	for (size_t r = 0; r < 5; r++)
		ck_assert_int_le(abs((int)text_curve_percent(curve, rows[r].score) - (int)rows[r].of_class), 2);
}
END_TEST

START_TEST(where_nothing_can_be_fitted_the_default_curve_is_taken)
{
	static const struct text_point same[] = {{1, true}, {2, true}};
	/* The higher the score, the less it is of the class: a curve that falls is none. */
	static const struct text_point falling[] = {{-1, true}, {-1, true}, {1, false}, {1, false}};

	ck_assert(text_curve_fit(NULL, 0).slope == TEXT_SLOPE_DEFAULT);
	ck_assert(text_curve_fit(same, 2).slope == TEXT_SLOPE_DEFAULT);
	ck_assert(text_curve_fit(falling, 4).slope == TEXT_SLOPE_DEFAULT);
}
END_TEST

UNIT_SUITE(text_calibrate, "text_calibrate", percentages_rise_with_the_score_from_0_to_100,
	a_curve_says_how_many_texts_of_a_score_are_of_the_class, where_nothing_can_be_fitted_the_default_curve_is_taken)

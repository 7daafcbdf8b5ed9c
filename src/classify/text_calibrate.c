/* Fitting the curve.  See text_calibrate.h. */
#include "classify/text_calibrate.h"

#include <math.h>

#define ROUNDS_MAX 100
#define STEP_MIN 1e-10
#define CLOSE_ENOUGH 1e-5
#define RIDGE 1e-12 /* keeps the second derivatives invertible */

/* Where the search stands: the curve is 1 / (1 + exp(a * score + b)). */
struct search {
	const struct text_point *points;
	size_t count;
	double of_class, of_others; /* what the curve should say of either kind: not quite 1 and 0 */
	double a, b;
};

static double
target_of(const struct search *s, size_t i)
{
	return s->points[i].is_of_class ? s->of_class : s->of_others;
}

/* The negative log likelihood, in the form that does not overflow. */
static double
loss(const struct search *s, double a, double b)
{
	double sum = 0;

	for (size_t i = 0; i < s->count; i++) {
		double f = a * s->points[i].score + b, target = target_of(s, i);

		sum += f >= 0 ? target * f + log1p(exp(-f)) : (target - 1) * f + log1p(exp(f));
	}
	return sum;
}

/* One step of Newton's method with a line search; false once it does not get on. */
static bool
improve(struct search *s, double *value)
{
	double h11 = RIDGE, h22 = RIDGE, h21 = 0, g1 = 0, g2 = 0, det, da, db, slope;

	for (size_t i = 0; i < s->count; i++) {
		double score = s->points[i].score, p = 1 / (1 + exp(s->a * score + s->b)), q = p * (1 - p);
		double error = target_of(s, i) - p;

		h11 += score * score * q;
		h22 += q;
		h21 += score * q;
		g1 += score * error;
		g2 += error;
	}
	if (fabs(g1) < CLOSE_ENOUGH && fabs(g2) < CLOSE_ENOUGH)
		return false;
	det = h11 * h22 - h21 * h21;
	da = -(h22 * g1 - h21 * g2) / det;
	db = -(-h21 * g1 + h11 * g2) / det;
	slope = g1 * da + g2 * db;
	for (double step = 1; step >= STEP_MIN; step /= 2) {
		double next = loss(s, s->a + step * da, s->b + step * db);

		if (next < *value + 0.0001 * step * slope) {
			s->a += step * da;
			s->b += step * db;
			*value = next;
			return true;
		}
	}
	return false;
}

struct text_curve
text_curve_fit(const struct text_point *points, size_t count)
{
	struct text_curve curve = {TEXT_SLOPE_DEFAULT, 0};
	struct search s = {.points = points, .count = count};
	double yes = 0, no, value;

	for (size_t i = 0; i < count; i++)
		yes += points[i].is_of_class;
	no = (double)count - yes;
	if (yes == 0 || no == 0)
		return curve;
	s.of_class = (yes + 1) / (yes + 2);
	s.of_others = 1 / (no + 2);
	s.b = log((no + 1) / (yes + 1));
	value = loss(&s, s.a, s.b);
	for (unsigned round = 0; round < ROUNDS_MAX && improve(&s, &value);)
		round++;
	if (isfinite(s.a) && isfinite(s.b) && (float)-s.a > 0)
		curve = (struct text_curve){(float)-s.a, (float)-s.b};
	return curve;
}

unsigned
text_curve_percent(struct text_curve curve, float score)
{
	float percent = 100 / (1 + expf(-(curve.slope * score + curve.offset)));

	return percent > 0 ? (unsigned)lrintf(percent) : 0;
}

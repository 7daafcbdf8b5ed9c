/* How a linear score becomes a percentage: a logistic curve whose slope and offset are fitted to texts that the
 * weights were not made from (J. Platt, "Probabilistic outputs for support vector machines", 1999; solved as by Lin,
 * Lin and Weng, 2007).  One curve for all classes, so the order of classes is the order of their scores. */
#ifndef SLUICE_CLASSIFY_TEXT_CALIBRATE_H
#define SLUICE_CLASSIFY_TEXT_CALIBRATE_H

#include <stdbool.h>
#include <stddef.h>

/* What is taken where there are no texts to fit to: a score of 0 is 50 %, of 1 98 %. */
#define TEXT_SLOPE_DEFAULT 4.0f

struct text_curve {
	float slope; /* above 0 */
	float offset;
};

/* A score of a class for a text, and whether the text is of the class. */
struct text_point {
	float score;
	bool is_of_class;
};

/* The likeliest curve; the default one where there are no points of both kinds, or no rising curve fits them. */
struct text_curve text_curve_fit(const struct text_point *points, size_t count);
/* 0 to 100, never falling as the score rises. */
unsigned text_curve_percent(struct text_curve curve, float score);

#endif

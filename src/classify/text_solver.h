/* Weights for a corpus by liblinear: L2-regularised L2-loss support vectors, one against the rest, with a bias.
 * For text_train.c; alone here because liblinear's names are everybody's. */
#ifndef SLUICE_CLASSIFY_TEXT_SOLVER_H
#define SLUICE_CLASSIFY_TEXT_SOLVER_H

#include "classify/text_corpus.h"

/* Trains on the documents whose byte in `used` is 1.  idf has a value for each bucket; weights gets a row of all
 * classes for each bucket, bias a value for each class.  The same input and seed give the same weights.  False with a
 * reason. */
bool text_solve(const struct text_corpus *c, const uint8_t *used, const float *idf, double cost, unsigned seed,
	float *weights, float *bias, char error[TEXT_MODEL_ERROR_MAX]);

#endif

/* Weights for a corpus by liblinear: L2-regularised L2-loss support vectors, one against the rest, with a bias.
 * For text_train.c; alone here because liblinear's names are everybody's. */
#ifndef SLUICE_CLASSIFY_TEXT_SOLVER_H
#define SLUICE_CLASSIFY_TEXT_SOLVER_H

#include "classify/text_draft.h"

/* Fills the draft's weights and biases from the documents whose byte in `used` is 1, those that it was started with.
 * The same input and seed give the same weights.  False with a reason. */
bool text_solve(struct text_draft *d, const struct text_corpus *c, const uint8_t *used, double cost, unsigned seed,
	char error[TEXT_MODEL_ERROR_MAX]);

#endif

/* The border to liblinear.  See text_solver.h. */
#include "config.h"

#include "classify/text_solver.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef HAVE_LIBLINEAR

#include <linear.h>

static void
say_nothing(const char *text)
{
}

/* A document as liblinear wants it: features from 1 on, of length 1, the bias behind them, and an end mark.  Returns
 * how many nodes that took. */
static size_t
fill_nodes(const struct text_document *document, const struct text_draft *d, struct feature_node *to)
{
	struct text_vocabulary v = text_draft_vocabulary(d);
	double squares = 0, norm;
	size_t n = 0;

	for (uint32_t i = 0; i < document->count; i++) {
		uint32_t bucket = text_feature_bucket(document->features[i]), row;
		double weight;

		if (!text_vocabulary_has(&v, bucket))
			continue;
		row = text_vocabulary_row(&v, bucket);
		weight = (1 + log(text_feature_count(document->features[i]))) * d->idf[row];
		to[n++] = (struct feature_node){(int)row + 1, weight};
		squares += weight * weight;
	}
	norm = squares > 0 ? sqrt(squares) : 1;
	for (size_t i = 0; i < n; i++)
		to[i].value /= norm;
	to[n++] = (struct feature_node){(int)d->rows + 1, 1};
	to[n++] = (struct feature_node){-1, 0};
	return n;
}

static void
take_weights(const struct model *trained, struct text_draft *d)
{
	size_t columns = trained->nr_class == 2 ? 1 : (size_t)trained->nr_class;

	for (unsigned i = 0; i < d->classes; i++)
		d->bias[i] = -1; /* of a class that no document had */
	for (int k = 0; k < trained->nr_class; k++) {
		size_t class = (size_t)trained->label[k], column = columns == 1 ? 0 : (size_t)k;
		float sign = columns == 1 && k == 1 ? -1 : 1;

		for (size_t row = 0; row < d->rows; row++)
			d->weights[row * d->classes + class] = sign * (float)trained->w[row * columns + column];
		d->bias[class] = sign * (float)trained->w[(size_t)d->rows * columns + column];
	}
}

bool
text_solve(struct text_draft *d, const struct text_corpus *c, const uint8_t *used, double cost, unsigned seed,
	char error[TEXT_MODEL_ERROR_MAX])
{
	struct parameter parameter = {.solver_type = L2R_L2LOSS_SVC_DUAL, .eps = 0.1, .C = cost};
	struct problem problem = {.n = (int)d->rows + 1, .bias = 1};
	struct feature_node *all = NULL;
	struct model *trained = NULL;
	size_t nodes = 0, at = 0;
	bool is_solved = false;

	for (uint32_t i = 0; i < c->count; i++)
		nodes += used[i] ? c->documents[i].count + 2 : 0;
	all = calloc(nodes ? nodes : 1, sizeof *all);
	problem.x = calloc(c->count, sizeof *problem.x);
	problem.y = calloc(c->count, sizeof *problem.y);
	if (all == NULL || problem.x == NULL || problem.y == NULL) {
		snprintf(error, TEXT_MODEL_ERROR_MAX, "memory is out");
		goto out;
	}
	for (uint32_t i = 0; i < c->count; i++) {
		if (!used[i])
			continue;
		problem.x[problem.l] = all + at;
		problem.y[problem.l++] = c->documents[i].label;
		at += fill_nodes(&c->documents[i], d, all + at);
	}
	set_print_string_function(say_nothing);
	srand(seed); /* liblinear draws its order from rand() */
	trained = train(&problem, &parameter);
	is_solved = trained && trained->nr_class >= 2;
	if (is_solved)
		take_weights(trained, d);
	else
		snprintf(error, TEXT_MODEL_ERROR_MAX, "at least two labels with texts are needed");
out:
	if (trained)
		free_and_destroy_model(&trained);
	free(all);
	free(problem.x);
	free(problem.y);
	return is_solved;
}

#else

bool
text_solve(struct text_draft *d, const struct text_corpus *c, const uint8_t *used, double cost, unsigned seed,
	char error[TEXT_MODEL_ERROR_MAX])
{
	snprintf(
		error, TEXT_MODEL_ERROR_MAX, "this build has no liblinear; install it and build again to train models");
	return false;
}

#endif

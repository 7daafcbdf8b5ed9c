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

/* A document as liblinear wants it: features from 1 on, of length 1, the bias behind them, and an end mark. */
static void
fill_nodes(const struct text_document *d, const float *idf, int bias_index, struct feature_node *to)
{
	double squares = 0, norm;
	uint32_t n = 0;

	for (uint32_t i = 0; i < d->count; i++) {
		double weight = (1 + log(d->features[i].count)) * idf[d->features[i].bucket];

		if (weight == 0)
			continue;
		to[n++] = (struct feature_node){(int)d->features[i].bucket + 1, weight};
		squares += weight * weight;
	}
	norm = squares > 0 ? sqrt(squares) : 1;
	for (uint32_t i = 0; i < n; i++)
		to[i].value /= norm;
	to[n++] = (struct feature_node){bias_index, 1};
	to[n] = (struct feature_node){-1, 0};
}

static void
take_weights(const struct model *trained, unsigned classes, size_t buckets, float *weights, float *bias)
{
	size_t columns = trained->nr_class == 2 ? 1 : (size_t)trained->nr_class, stride = text_model_stride(classes);

	memset(weights, 0, buckets * stride * sizeof *weights);
	for (unsigned i = 0; i < classes; i++)
		bias[i] = -1; /* of a class that no document had */
	for (int k = 0; k < trained->nr_class; k++) {
		size_t class = (size_t)trained->label[k], column = columns == 1 ? 0 : (size_t)k;
		float sign = columns == 1 && k == 1 ? -1 : 1;

		for (size_t b = 0; b < buckets; b++)
			weights[b * stride + class] = sign * (float)trained->w[b * columns + column];
		bias[class] = sign * (float)trained->w[buckets * columns + column];
	}
}

bool
text_solve(const struct text_corpus *c, const uint8_t *used, const float *idf, double cost, unsigned seed,
	float *weights, float *bias, char error[TEXT_MODEL_ERROR_MAX])
{
	size_t buckets = (size_t)1 << c->bits, nodes = 0, at = 0;
	struct parameter parameter = {.solver_type = L2R_L2LOSS_SVC_DUAL, .eps = 0.1, .C = cost};
	struct problem problem = {.n = (int)buckets + 1, .bias = 1};
	struct feature_node *all = NULL;
	struct model *trained = NULL;

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
		fill_nodes(&c->documents[i], idf, problem.n, all + at);
		problem.x[problem.l] = all + at;
		problem.y[problem.l++] = c->documents[i].label;
		at += c->documents[i].count + 2;
	}
	set_print_string_function(say_nothing);
	srand(seed); /* liblinear draws its order from rand() */
	trained = train(&problem, &parameter);
	if (trained && trained->nr_class >= 2)
		take_weights(trained, c->label_count, buckets, weights, bias);
	else
		snprintf(error, TEXT_MODEL_ERROR_MAX, "at least two labels with texts are needed");
out:
	at = trained && trained->nr_class >= 2;
	if (trained)
		free_and_destroy_model(&trained);
	free(all);
	free(problem.x);
	free(problem.y);
	return at;
}

#else

bool
text_solve(const struct text_corpus *c, const uint8_t *used, const float *idf, double cost, unsigned seed,
	float *weights, float *bias, char error[TEXT_MODEL_ERROR_MAX])
{
	snprintf(
		error, TEXT_MODEL_ERROR_MAX, "this build has no liblinear; install it and build again to train models");
	return false;
}

#endif

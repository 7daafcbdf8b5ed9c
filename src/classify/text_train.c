/* The trainer.  See text_train.h. */
#include "classify/text_train.h"

#include "classify/text_solver.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#define HELD_OUT_EVERY 5
#define TEXT_COSTS 6 /* values of C that are tried */

/* A model while it is made. */
struct draft {
	float *idf, *weights, *bias;
};

static void
draft_release(struct draft *d)
{
	free(d->idf);
	free(d->weights);
	free(d->bias);
	*d = (struct draft){0};
}

/* The smoothed inverse document frequency: ln((1 + n) / (1 + df)) + 1; 0 for buckets that no document has. */
static void
fill_idf(const struct text_corpus *c, const uint8_t *used, float *idf)
{
	size_t buckets = (size_t)1 << c->bits;
	uint32_t n = 0;

	memset(idf, 0, buckets * sizeof *idf);
	for (uint32_t i = 0; i < c->count; i++) {
		n += used[i];
		for (uint32_t k = 0; used[i] && k < c->documents[i].count; k++)
			idf[c->documents[i].features[k].bucket] += 1;
	}
	for (size_t b = 0; b < buckets; b++)
		if (idf[b] > 0)
			idf[b] = (float)(log((1.0 + n) / (1.0 + idf[b])) + 1);
}

static bool
fit(const struct text_corpus *c, const uint8_t *used, double cost, unsigned seed, struct draft *d,
	char error[TEXT_MODEL_ERROR_MAX])
{
	size_t buckets = (size_t)1 << c->bits;

	*d = (struct draft){
		.idf = malloc(buckets * sizeof *d->idf),
		.weights = malloc(buckets * text_model_stride(c->label_count) * sizeof *d->weights),
		.bias = malloc(c->label_count * sizeof *d->bias),
	};
	if (d->idf == NULL || d->weights == NULL || d->bias == NULL) {
		snprintf(error, TEXT_MODEL_ERROR_MAX, "memory is out");
		return false;
	}
	fill_idf(c, used, d->idf);
	return text_solve(c, used, d->idf, cost, seed, d->weights, d->bias, error);
}

/* A document's features as the scorer takes them. */
static struct text_features
features_of(const struct text_document *d)
{
	return (struct text_features){.table = d->features, .capacity = d->count, .used = d->count};
}

/* What the draft says of the documents that it was not made from: how many it gets right, and the curve that fits its
 * scores.  False where memory is out. */
static bool
try_heldout(const struct text_corpus *c, const uint8_t *used, const struct draft *d, struct text_trial *trial)
{
	float ones[TEXT_CLASSES_MAX], scores[TEXT_CLASSES_MAX];
	struct text_model m = {.header = {.bits = c->bits,
				       .classes = c->label_count,
				       .weights = TEXT_WEIGHTS_FLOAT,
				       .curve = {TEXT_SLOPE_DEFAULT, 0}},
		.labels = c->labels[0],
		.bias = d->bias,
		.scale = ones,
		.idf = d->idf,
		.weights = d->weights};
	struct text_point *points;
	uint32_t right = 0, total = 0;
	size_t count = 0;

	for (uint32_t i = 0; i < c->count; i++)
		total += !used[i];
	points = calloc((size_t)total * c->label_count + 1, sizeof *points);
	if (points == NULL)
		return false;
	for (unsigned i = 0; i < c->label_count; i++)
		ones[i] = 1;
	for (uint32_t i = 0; i < c->count; i++) {
		struct text_features f = features_of(&c->documents[i]);

		if (used[i])
			continue;
		right += text_model_score(&m, &f, scores).class == c->documents[i].label;
		for (unsigned k = 0; k < c->label_count; k++)
			points[count++] = (struct text_point){scores[k], k == c->documents[i].label};
	}
	trial->accuracy = total ? (double)right / total : 0;
	trial->curve = text_curve_fit(points, count);
	free(points);
	return true;
}

/* Marks all documents as used but every fifth of each label, counted in the corpus's order. */
static void
hold_out(const struct text_corpus *c, uint8_t *used)
{
	uint32_t seen[TEXT_CLASSES_MAX] = {0};

	for (uint32_t i = 0; i < c->count; i++)
		used[i] = ++seen[c->documents[i].label] % HELD_OUT_EVERY != 0;
}

/* Tries values of C on one corpus and keeps the best in report->chosen; of equal ones the first. */
static bool
try_costs(const struct text_corpus *c, const struct text_train_options *options, struct text_train_report *report,
	char error[TEXT_MODEL_ERROR_MAX])
{
	static const double costs[TEXT_COSTS] = {0.25, 0.5, 1, 2, 4, 8};
	uint8_t *used = malloc(c->count);
	bool is_done = false;

	if (used == NULL)
		goto out;
	hold_out(c, used);
	for (size_t i = 0; i < TEXT_COSTS && report->trial_count < TEXT_TRIALS_MAX; i++) {
		struct text_trial trial = {.ngrams = c->ngrams, .cost = options->cost > 0 ? options->cost : costs[i]};
		struct draft d;
		bool is_fit = fit(c, used, trial.cost, options->seed, &d, error) && try_heldout(c, used, &d, &trial);

		draft_release(&d);
		if (!is_fit)
			goto out;
		report->trials[report->trial_count++] = trial;
		if (options->progress)
			options->progress(options->context, report);
		if (trial.accuracy > report->chosen.accuracy)
			report->chosen = trial;
		if (options->cost > 0)
			break;
	}
	is_done = true;
out:
	free(used);
	return is_done;
}

static bool
choose(const char *corpus, const struct text_train_options *options, struct text_train_report *report,
	char error[TEXT_MODEL_ERROR_MAX])
{
	unsigned first = options->ngrams ? options->ngrams : 1, last = options->ngrams ? options->ngrams : 2;

	report->chosen = (struct text_trial){.curve = {TEXT_SLOPE_DEFAULT, 0}};
	report->trials_planned = (last - first + 1) * (options->cost > 0 ? 1 : TEXT_COSTS);
	for (unsigned ngrams = first; ngrams <= last; ngrams++) {
		struct text_corpus c;
		bool is_tried = text_corpus_load(&c, corpus, options->bits, ngrams, error) &&
				try_costs(&c, options, report, error);

		text_corpus_release(&c);
		if (!is_tried)
			return false;
	}
	if (report->chosen.cost == 0) { /* too few texts to hold any out */
		report->chosen.ngrams = last;
		report->chosen.cost = options->cost > 0 ? options->cost : 1;
	}
	return true;
}

/* ---- writing ---- */

static void
quantize(const float *weights, size_t buckets, unsigned classes, float *scale, int8_t *to)
{
	size_t stride = text_model_stride(classes);

	for (unsigned i = 0; i < classes; i++) {
		float most = 0;

		for (size_t b = 0; b < buckets; b++)
			most = fmaxf(most, fabsf(weights[b * stride + i]));
		scale[i] = most > 0 ? most / 127 : 1;
		for (size_t b = 0; b < buckets; b++)
			to[b * stride + i] = (int8_t)lrintf(weights[b * stride + i] / scale[i]);
	}
}

/* The file's bytes, owned by the caller; NULL where memory is out. */
static char *
assemble(const struct text_corpus *c, const struct draft *d, const struct text_train_options *options,
	const struct text_trial *chosen, uint64_t *size)
{
	struct text_model_header h = {.magic = TEXT_MODEL_MAGIC,
		.version = TEXT_MODEL_VERSION,
		.byte_order = TEXT_MODEL_BYTE_ORDER,
		.bits = c->bits,
		.ngrams = c->ngrams,
		.classes = c->label_count,
		.weights = options->weights,
		.documents = c->count,
		.cost = (float)chosen->cost,
		.heldout = (float)chosen->accuracy,
		.curve = chosen->curve};
	size_t buckets = (size_t)1 << c->bits;
	char *bytes, *labels;
	float *bias, *scale, *idf;

	*size = h.file_size = text_model_size(&h);
	bytes = calloc(1, *size);
	if (bytes == NULL)
		return NULL;
	labels = bytes + sizeof h;
	memcpy(labels, c->labels, (size_t)c->label_count * TEXT_LABEL_MAX);
	bias = (float *)(labels + (size_t)c->label_count * TEXT_LABEL_MAX);
	scale = bias + c->label_count;
	idf = scale + c->label_count;
	memcpy(bias, d->bias, c->label_count * sizeof *bias);
	memcpy(idf, d->idf, buckets * sizeof *idf);
	for (unsigned i = 0; i < c->label_count; i++)
		scale[i] = 1;
	if (options->weights == TEXT_WEIGHTS_INT8)
		quantize(d->weights, buckets, c->label_count, scale, (int8_t *)(idf + buckets));
	else
		memcpy(idf + buckets, d->weights, buckets * text_model_stride(c->label_count) * sizeof(float));
	h.checksum = (uint32_t)crc32_z(0, (const Bytef *)labels, *size - sizeof h);
	memcpy(bytes, &h, sizeof h);
	return bytes;
}

/* Into a file beside it, then renamed: nobody ever maps half a model. */
static bool
write_model(const char *out, const char *bytes, uint64_t size, char error[TEXT_MODEL_ERROR_MAX])
{
	char path[4096];
	int fd = -1;
	uint64_t done = 0;
	bool is_written = false;

	if (snprintf(path, sizeof path, "%s.new", out) < (int)sizeof path)
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	while (fd >= 0 && done < size) {
		ssize_t n = write(fd, bytes + done, size - done);

		if (n < 0)
			break;
		done += (uint64_t)n;
	}
	is_written = fd >= 0 && done == size && fsync(fd) == 0 && rename(path, out) == 0;
	if (!is_written) {
		snprintf(error, TEXT_MODEL_ERROR_MAX, "%.150s: %s", out, strerror(errno));
		if (fd >= 0)
			unlink(path);
	}
	if (fd >= 0)
		close(fd);
	return is_written;
}

bool
text_train(const char *corpus, const char *out, const struct text_train_options *options,
	struct text_train_report *report, char error[TEXT_MODEL_ERROR_MAX])
{
	struct text_corpus c = {0};
	struct draft d = {0};
	uint8_t *all = NULL;
	char *bytes = NULL;
	uint64_t size;
	bool is_done = false;

	*report = (struct text_train_report){0};
	snprintf(error, TEXT_MODEL_ERROR_MAX, "memory is out");
	if (options->bits < TEXT_BITS_MIN || options->bits > TEXT_BITS_MAX || options->ngrams > 2) {
		snprintf(error, TEXT_MODEL_ERROR_MAX, "bits are from %d to %d, and ngrams from 0 to 2", TEXT_BITS_MIN,
			TEXT_BITS_MAX);
		return false;
	}
	if (!choose(corpus, options, report, error) ||
		!text_corpus_load(&c, corpus, options->bits, report->chosen.ngrams, error))
		goto out;
	report->documents = c.count;
	report->labels = c.label_count;
	all = malloc(c.count);
	if (all == NULL)
		goto out;
	memset(all, 1, c.count);
	if (!fit(&c, all, report->chosen.cost, options->seed, &d, error))
		goto out;
	bytes = assemble(&c, &d, options, &report->chosen, &size);
	is_done = bytes && write_model(out, bytes, size, error);
out:
	free(bytes);
	free(all);
	draft_release(&d);
	text_corpus_release(&c);
	return is_done;
}

/* ---- testing ---- */

bool
text_evaluate(
	const struct text_model *m, const char *corpus, struct text_confusion *out, char error[TEXT_MODEL_ERROR_MAX])
{
	unsigned classes = m->header.classes;
	struct text_corpus c;
	bool is_loaded = text_corpus_load(&c, corpus, m->header.bits, m->header.ngrams, error);

	*out = (struct text_confusion){
		.classes = classes, .counts = calloc((size_t)classes * classes, sizeof *out->counts)};
	for (uint32_t i = 0; is_loaded && out->counts && i < c.count; i++) {
		struct text_features f = features_of(&c.documents[i]);
		unsigned said = text_model_score(m, &f, NULL).class, is = 0;

		while (is < classes && !slice_eq(text_model_label(m, is), slice_of(c.labels[c.documents[i].label])))
			is++;
		out->total++;
		out->unknown += is == classes;
		if (is == classes)
			continue;
		out->correct += is == said;
		out->counts[is * classes + said]++;
	}
	out->bytes = c.bytes;
	text_corpus_release(&c);
	if (out->counts == NULL)
		snprintf(error, TEXT_MODEL_ERROR_MAX, "memory is out");
	is_loaded = is_loaded && out->counts;
	if (!is_loaded)
		text_confusion_release(out);
	return is_loaded;
}

void
text_confusion_release(struct text_confusion *c)
{
	free(c->counts);
	*c = (struct text_confusion){0};
}

/* The trainer.  See text_train.h. */
#include "classify/text_train.h"

#include "classify/text_solver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HELD_OUT_EVERY 5
#define TEXT_COSTS 6 /* values of C that are tried */
/* One in three of the words and pairs that could be known decides as well as all of them, and better where texts are
 * few; below so many it is not worth it. */
#define NARROWING 3
#define ROWS_MIN 10000u

/* What fewer texts have is left out: of a large corpus two out of three words and pairs are such, and say nothing of
 * other texts.  In a small one few words are left without them. */
static uint32_t
documents_min(const struct text_corpus *c)
{
	return c->count < 1000 ? 1 : c->count < 10000 ? 2 : 3;
}

/* Solved for all that could be known, and then again for what mattered. */
static bool
fit(struct text_draft *d, const struct text_corpus *c, const uint8_t *used, double cost, unsigned seed,
	char error[TEXT_MODEL_ERROR_MAX])
{
	uint32_t rows;

	snprintf(error, TEXT_MODEL_ERROR_MAX, "memory is out");
	if (!text_draft_start(d, c, used, documents_min(c)) || !text_solve(d, c, used, cost, seed, error))
		return false;
	rows = d->rows / NARROWING > ROWS_MIN ? d->rows / NARROWING : ROWS_MIN;
	return d->rows <= rows || (text_draft_narrow(d, rows) && text_solve(d, c, used, cost, seed, error));
}

/* A document's features as the scorer takes them. */
static struct text_features
features_of(const struct text_document *d)
{
	return (struct text_features){.table = d->features, .capacity = d->count, .used = d->count};
}

/* What a model says of the documents that it was not made from: how many it gets right, and the curve that fits its
 * scores.  False where memory is out. */
static bool
judge_heldout(const struct text_corpus *c, const uint8_t *used, const struct text_model *m, struct text_trial *trial)
{
	float scores[TEXT_CLASSES_MAX];
	struct text_point *points;
	uint32_t right = 0, total = 0;
	size_t count = 0;

	for (uint32_t i = 0; i < c->count; i++)
		total += !used[i];
	points = calloc((size_t)total * c->label_count + 1, sizeof *points);
	if (points == NULL)
		return false;
	for (uint32_t i = 0; i < c->count; i++) {
		struct text_features f = features_of(&c->documents[i]);

		if (used[i])
			continue;
		right += text_model_score(m, &f, scores).class == c->documents[i].label;
		for (unsigned k = 0; k < c->label_count; k++)
			points[count++] = (struct text_point){scores[k], k == c->documents[i].label};
	}
	trial->accuracy = total ? (double)right / total : 0;
	trial->curve = text_curve_fit(points, count);
	free(points);
	return true;
}

/* Makes a model, as a file would have it, of the documents that are used, and has it judge the others. */
static bool
try_heldout(const struct text_corpus *c, const uint8_t *used, const struct text_train_options *options,
	struct text_trial *trial, char error[TEXT_MODEL_ERROR_MAX])
{
	struct text_draft_facts facts = {.weights = options->weights, .curve = {TEXT_SLOPE_DEFAULT, 0}};
	struct text_draft d = {0};
	struct text_model m;
	char *bytes = NULL;
	uint64_t size;
	bool is_tried = false;

	if (!fit(&d, c, used, trial->cost, options->seed, error))
		goto out;
	bytes = text_draft_pack(&d, c->labels, &facts, &size);
	if (bytes == NULL)
		snprintf(error, TEXT_MODEL_ERROR_MAX, "memory is out");
	is_tried = bytes && text_model_view(&m, slice_make(bytes, size), error) && judge_heldout(c, used, &m, trial);
out:
	free(bytes);
	text_draft_release(&d);
	return is_tried;
}

/* Marks all documents as used but every fifth of each label, counted in the corpus's order; returns how many those are.
 */
static uint32_t
hold_out(const struct text_corpus *c, uint8_t *used)
{
	uint32_t seen[TEXT_CLASSES_MAX] = {0}, held = 0;

	for (uint32_t i = 0; i < c->count; i++) {
		used[i] = ++seen[c->documents[i].label] % HELD_OUT_EVERY != 0;
		held += !used[i];
	}
	return held;
}

/* Tries values of C on one corpus and keeps the best in report->chosen; of equal ones the first.  Where there are too
 * few texts to hold any out, nothing is tried. */
static bool
try_costs(const struct text_corpus *c, const struct text_train_options *options, struct text_train_report *report,
	char error[TEXT_MODEL_ERROR_MAX])
{
	static const double costs[TEXT_COSTS] = {0.25, 0.5, 1, 2, 4, 8};
	uint8_t *used = malloc(c->count);
	bool is_done = false;
	uint32_t held;

	if (used == NULL)
		goto out;
	held = hold_out(c, used);
	for (size_t i = 0; held && i < TEXT_COSTS && report->trial_count < TEXT_TRIALS_MAX; i++) {
		struct text_trial trial = {
			.ngrams = c->vocabulary.ngrams, .cost = options->cost > 0 ? options->cost : costs[i]};

		if (!try_heldout(c, used, options, &trial, error))
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
		struct text_vocabulary everything = {.bits = options->bits, .ngrams = ngrams};
		struct text_corpus c;
		bool is_tried =
			text_corpus_load(&c, corpus, &everything, error) && try_costs(&c, options, report, error);

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
	struct text_draft d = {0};
	struct text_draft_facts facts = {.weights = options->weights};
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
		!text_corpus_load(&c, corpus,
			&(struct text_vocabulary){.bits = options->bits, .ngrams = report->chosen.ngrams}, error))
		goto out;
	report->documents = c.count;
	report->labels = c.label_count;
	all = malloc(c.count);
	if (all == NULL)
		goto out;
	memset(all, 1, c.count);
	if (!fit(&d, &c, all, report->chosen.cost, options->seed, error))
		goto out;
	facts.cost = report->chosen.cost;
	facts.heldout = report->chosen.accuracy;
	facts.curve = report->chosen.curve;
	bytes = text_draft_pack(&d, c.labels, &facts, &size);
	is_done = bytes && write_model(out, bytes, size, error);
out:
	free(bytes);
	free(all);
	text_draft_release(&d);
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
	bool is_loaded = text_corpus_load(&c, corpus, &m->vocabulary, error);

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

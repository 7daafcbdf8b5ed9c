/* Training and testing text models, for sluicectl.  Deterministic: the same corpus, options and seed give the same
 * file, byte for byte.  What is chosen (words or pairs, C) is chosen on a held-out fifth of the training corpus alone;
 * a test corpus is never looked at. */
#ifndef SLUICE_CLASSIFY_TEXT_TRAIN_H
#define SLUICE_CLASSIFY_TEXT_TRAIN_H

#include "classify/text_corpus.h"

#define TEXT_TRIALS_MAX 16

struct text_train_report;

struct text_train_options {
	unsigned bits;             /* TEXT_BITS_MIN to TEXT_BITS_MAX */
	enum text_weights weights; /* float: four times the size, and no better on what was tried */
	unsigned ngrams;           /* 1 or 2; 0 chooses */
	double cost;               /* C; 0 chooses */
	unsigned seed;
	/* May be NULL.  Called after each trial. */
	void (*progress)(void *context, const struct text_train_report *report);
	void *context;
};

static const struct text_train_options text_train_defaults = {.bits = 20, .weights = TEXT_WEIGHTS_INT8, .seed = 1};

struct text_trial {
	unsigned ngrams;
	double cost;
	double accuracy;         /* on the held-out fifth */
	struct text_curve curve; /* fitted to the same */
};

struct text_train_report {
	unsigned documents, labels;
	struct text_trial trials[TEXT_TRIALS_MAX]; /* in the order tried */
	unsigned trial_count, trials_planned;
	struct text_trial chosen;
};

/* Trains on a corpus (see text_corpus.h) and writes a model, which replaces `out` by rename.  False with a reason. */
bool text_train(const char *corpus, const char *out, const struct text_train_options *options,
	struct text_train_report *report, char error[TEXT_MODEL_ERROR_MAX]);

/* How a model does on a labelled corpus: rows are what the texts are, columns what the model says.  A label of the
 * corpus that the model does not know is counted as wrong, in `unknown`. */
struct text_confusion {
	unsigned classes; /* of the model */
	uint32_t *counts; /* owned; [classes][classes] */
	uint32_t total, correct, unknown;
	uint64_t bytes; /* of text in normal form */
};

bool text_evaluate(
	const struct text_model *m, const char *corpus, struct text_confusion *out, char error[TEXT_MODEL_ERROR_MAX]);
void text_confusion_release(struct text_confusion *c);

#endif

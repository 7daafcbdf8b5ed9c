/* sluicectl model: text models are trained, shown and tested; the daemon reads them (content { model }).  All of it
 * works on files alone. */
#include "classify/text_train.h"
#include "ctl/action.h"
#include "ctl/json_view.h"
#include "ctl/settings.h"
#include "ctl/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const struct ctl_command cmd_model;

#define CORPUS_REMEDY "give a folder with a subfolder of texts for each label, or a file of lines \"label TAB text\""
#define CONFUSIONS_SHOWN 20

struct options {
	const char *model;
	struct option_count bits, ngrams, seed;
	const char *cost;
	bool is_float;
};

static const struct ctl_option rows[] = {
	{"model", 'm', OPTION_TEXT, offsetof(struct options, model), "FILE",
		"the model; the one that the configuration names without"},
	{"float", 0, OPTION_FLAG, offsetof(struct options, is_float), NULL,
		"train: weights of four bytes instead of one; no better on texts that were tried, and four times as "
		"large"},
	{"bits", 0, OPTION_COUNT, offsetof(struct options, bits), "N",
		"train: 2^N different words and pairs are told apart (20)"},
	{"ngrams", 0, OPTION_COUNT, offsetof(struct options, ngrams), "1|2",
		"train: words, or pairs of words too; chosen on held-out texts without"},
	{"cost", 0, OPTION_TEXT, offsetof(struct options, cost), "C",
		"train: how much errors weigh; chosen on held-out texts without"},
	{"seed", 0, OPTION_COUNT, offsetof(struct options, seed), "N", "train: of the solver (1)"},
};

/* What an action works with. */
struct work {
	struct ctl *ctl;
	const struct options *options;
	const char *path; /* of the model */
	const char *operand;
	bool draws;
};

static json_t *
trial_to_json(const struct text_trial *trial)
{
	return json_pack("{s:i, s:f, s:f}", "ngrams", (int)trial->ngrams, "cost", trial->cost, "heldout_accuracy",
		trial->accuracy);
}

/* ---- show ---- */

static json_t *
labels_of(const struct text_model *m)
{
	json_t *labels = json_array();

	for (unsigned i = 0; i < m->header.classes; i++)
		json_array_append_new(labels, json_stringn(text_model_label(m, i).ptr, text_model_label(m, i).len));
	return labels;
}

static json_t *
describe(const struct text_model *m, const char *path)
{
	const struct text_model_header *h = &m->header;

	return json_pack("{s:s, s:I, s:i, s:I, s:i, s:s, s:i, s:i, s:f, s:f, s:f, s:f, s:o}", "model", path, "bytes",
		(json_int_t)h->file_size, "bits", (int)h->bits, "known", (json_int_t)h->rows, "ngrams", (int)h->ngrams,
		"weights", h->weights == TEXT_WEIGHTS_INT8 ? "int8" : "float", "documents", (int)h->documents,
		"documents_min", (int)h->documents_min, "cost", (double)h->cost, "heldout_accuracy", (double)h->heldout,
		"slope", (double)h->curve.slope, "offset", (double)h->curve.offset, "labels", labels_of(m));
}

static void
print_model(struct ctl *ctl, const struct text_model *m, const char *path)
{
	const struct text_model_header *h = &m->header;
	char size[32];

	fprintf(ctl->out, "%s: %s, %s in 2^%u buckets, of which %u are known, %s weights\n", path,
		terminal_bytes(h->file_size, size), h->ngrams == 1 ? "words" : "words and pairs of words", h->bits,
		h->rows, h->weights == TEXT_WEIGHTS_INT8 ? "int8" : "float");
	if (h->documents_min > 1)
		fprintf(ctl->out, "what fewer than %u texts have is left out\n", h->documents_min);
	fprintf(ctl->out, "trained on %u texts with C %g; ", h->documents, (double)h->cost);
	if (h->heldout > 0)
		fprintf(ctl->out, "%.2f %% of the held-out fifth were right\n", 100 * (double)h->heldout);
	else
		fputs("too few of them to hold any out\n", ctl->out);
	fprintf(ctl->out, "a score s is taken for 100 / (1 + exp(-(%g s %+g))) per cent\n", (double)h->curve.slope,
		(double)h->curve.offset);
	fprintf(ctl->out, "%u topics:", h->classes);
	for (unsigned i = 0; i < h->classes; i++) {
		fputs(i ? ", " : " ", ctl->out);
		terminal_put(ctl->out, text_model_label(m, i));
	}
	fputc('\n', ctl->out);
}

static int
open_model(const struct work *w, struct text_model *m)
{
	char error[TEXT_MODEL_ERROR_MAX];
	const char *remedy;

	if (text_model_open(m, w->path, error))
		return EX_OK;
	/* One of another version says so itself. */
	remedy = strstr(error, "sluicectl model train") ? NULL : "train it: sluicectl model train";
	return ctl_fail(w->ctl, EX_NOINPUT, remedy, "%s%s%s", strstr(error, w->path) ? "" : w->path,
		strstr(error, w->path) ? "" : ": ", error);
}

static int
show(struct work *w)
{
	struct text_model m;
	int status = open_model(w, &m);
	json_t *j;

	if (status != EX_OK)
		return status;
	if (w->ctl->json) {
		j = describe(&m, w->path);
		json_view_dump(w->ctl, j);
		json_decref(j);
	} else {
		print_model(w->ctl, &m, w->path);
	}
	text_model_close(&m);
	return EX_OK;
}

/* ---- train ---- */

static void
draw_trial(void *context, const struct text_train_report *report)
{
	const struct work *w = context;
	const struct text_trial *last = &report->trials[report->trial_count - 1];

	fprintf(w->ctl->err, "\rtrial %u of %u: %s, C %g: %.2f %% of the held-out texts right\033[K",
		report->trial_count, report->trials_planned, last->ngrams == 1 ? "words" : "words and pairs",
		last->cost, 100 * last->accuracy);
	fflush(w->ctl->err);
}

/* False where an option has no sense; it is said. */
static bool
read_options(const struct work *w, struct text_train_options *to)
{
	const struct options *o = w->options;
	char *end = NULL;

	if (o->bits.is_set)
		to->bits = o->bits.value <= TEXT_BITS_MAX ? (unsigned)o->bits.value : 0;
	if (o->ngrams.is_set)
		to->ngrams = o->ngrams.value <= 2 ? (unsigned)o->ngrams.value : 3;
	if (o->seed.is_set)
		to->seed = (unsigned)o->seed.value;
	if (o->is_float)
		to->weights = TEXT_WEIGHTS_FLOAT;
	if (o->cost) {
		to->cost = strtod(o->cost, &end);
		if (*end || end == o->cost || !(to->cost > 0 && to->cost <= 1e6)) {
			ctl_fail_usage(w->ctl, "--cost wants a number above 0, such as 0.5");
			return false;
		}
	}
	if (to->bits < TEXT_BITS_MIN || to->ngrams > 2 || (o->ngrams.is_set && to->ngrams == 0)) {
		ctl_fail_usage(w->ctl, "--bits is from %d to %d, and --ngrams 1 or 2", TEXT_BITS_MIN, TEXT_BITS_MAX);
		return false;
	}
	return true;
}

static void
print_trials(struct ctl *ctl, const struct text_train_report *report)
{
	for (unsigned i = 0; i < report->trial_count; i++) {
		const struct text_trial *t = &report->trials[i];
		bool is_chosen = t->ngrams == report->chosen.ngrams && t->cost == report->chosen.cost;

		fprintf(ctl->out, "%c %-15s  C %-5g  %6.2f %% of the held-out fifth right\n", is_chosen ? '*' : ' ',
			t->ngrams == 1 ? "words" : "words and pairs", t->cost, 100 * t->accuracy);
	}
}

static int
train(struct work *w)
{
	struct text_train_options options = text_train_defaults;
	struct text_train_report report;
	char error[TEXT_MODEL_ERROR_MAX];
	struct text_model m;
	bool is_trained;
	int status;
	json_t *j, *trials;

	if (!read_options(w, &options))
		return EX_USAGE;
	if (w->draws) {
		options.progress = draw_trial;
		options.context = w;
		fprintf(w->ctl->err, "reading %.100s", w->operand);
	}
	is_trained = text_train(w->operand, w->path, &options, &report, error);
	if (w->draws)
		fputs("\r\033[K", w->ctl->err);
	if (!is_trained)
		return ctl_fail(w->ctl, EX_DATAERR, CORPUS_REMEDY, "%s", error);
	status = open_model(w, &m);
	if (status != EX_OK)
		return status;
	if (w->ctl->json) {
		j = describe(&m, w->path);
		trials = json_array();
		for (unsigned i = 0; i < report.trial_count; i++)
			json_array_append_new(trials, trial_to_json(&report.trials[i]));
		json_object_set_new(j, "trials", trials);
		json_view_dump(w->ctl, j);
		json_decref(j);
	} else {
		print_trials(w->ctl, &report);
		print_model(w->ctl, &m, w->path);
		fputs("the daemon takes it over with: sluicectl reload\n", w->ctl->out);
	}
	text_model_close(&m);
	return EX_OK;
}

/* ---- test ---- */

struct counts {
	uint32_t is, right, said; /* of a class: texts of it, those found, those taken for it */
};

static struct counts
counts_of(const struct text_confusion *c, unsigned class)
{
	struct counts n = {.right = c->counts[class * c->classes + class]};

	for (unsigned k = 0; k < c->classes; k++) {
		n.is += c->counts[class * c->classes + k];
		n.said += c->counts[k * c->classes + class];
	}
	return n;
}

static double
share(uint32_t part, uint32_t whole)
{
	return whole ? (double)part / whole : 0;
}

static json_t *
confusion_to_json(const struct text_model *m, const struct text_confusion *c)
{
	json_t *classes = json_array(), *matrix = json_array();

	for (unsigned i = 0; i < c->classes; i++) {
		struct counts n = counts_of(c, i);
		json_t *row = json_array();

		for (unsigned k = 0; k < c->classes; k++)
			json_array_append_new(row, json_integer(c->counts[i * c->classes + k]));
		json_array_append_new(matrix, row);
		json_array_append_new(classes,
			json_pack("{s:o, s:I, s:f, s:f}", "label",
				json_stringn(text_model_label(m, i).ptr, text_model_label(m, i).len), "texts",
				(json_int_t)n.is, "recall", share(n.right, n.is), "precision", share(n.right, n.said)));
	}
	return json_pack("{s:I, s:I, s:I, s:f, s:o, s:o}", "texts", (json_int_t)c->total, "right",
		(json_int_t)c->correct, "unknown_label", (json_int_t)c->unknown, "accuracy",
		share(c->correct, c->total), "classes", classes, "confusion", matrix);
}

static void
print_classes(struct ctl *ctl, const struct text_model *m, const struct text_confusion *c)
{
	static const char *const titles[] = {"TOPIC", "TEXTS", "RECALL %", "PRECISION %"};
	struct grid g;

	grid_init(&g, titles, 4, 0xe);
	for (unsigned i = 0; i < c->classes; i++) {
		struct counts n = counts_of(c, i);

		grid_add(&g, text_model_label(m, i));
		grid_printf(&g, "%u", n.is);
		grid_printf(&g, "%.1f", 100 * share(n.right, n.is));
		grid_printf(&g, "%.1f", 100 * share(n.right, n.said));
	}
	grid_print(&g, ctl->out, ctl->colour);
	grid_release(&g);
}

/* The most frequent mistake that was not shown yet: its place in the matrix, or -1. */
static long
next_mistake(const struct text_confusion *c, uint32_t most, long last)
{
	long best = -1;

	for (long at = 0; at < (long)c->classes * (long)c->classes; at++) {
		uint32_t count = c->counts[at];

		if (at / c->classes == at % c->classes || count == 0 || count > most || (count == most && at <= last))
			continue;
		if (best < 0 || count > c->counts[best])
			best = at;
	}
	return best;
}

static void
print_mistakes(struct ctl *ctl, const struct text_model *m, const struct text_confusion *c)
{
	static const char *const titles[] = {"TEXTS", "OF", "WERE TAKEN FOR"};
	uint32_t most = UINT32_MAX;
	long at = -1;
	struct grid g;

	grid_init(&g, titles, 3, 1);
	for (unsigned i = 0; i < CONFUSIONS_SHOWN && (at = next_mistake(c, most, at)) >= 0; i++) {
		most = c->counts[at];
		grid_printf(&g, "%u", most);
		grid_add(&g, text_model_label(m, (unsigned)(at / c->classes)));
		grid_add(&g, text_model_label(m, (unsigned)(at % c->classes)));
	}
	if (most != UINT32_MAX) {
		fputc('\n', ctl->out);
		grid_print(&g, ctl->out, ctl->colour);
	}
	grid_release(&g);
}

static int
test(struct work *w)
{
	char error[TEXT_MODEL_ERROR_MAX];
	struct text_confusion c;
	struct text_model m;
	int status = open_model(w, &m);
	json_t *j;

	if (status != EX_OK)
		return status;
	if (!text_evaluate(&m, w->operand, &c, error)) {
		text_model_close(&m);
		return ctl_fail(w->ctl, EX_DATAERR, CORPUS_REMEDY, "%s", error);
	}
	if (w->ctl->json) {
		j = confusion_to_json(&m, &c);
		json_view_dump(w->ctl, j);
		json_decref(j);
	} else {
		print_classes(w->ctl, &m, &c);
		print_mistakes(w->ctl, &m, &c);
		fprintf(w->ctl->out, "\n%u of %u texts right: %.2f %%\n", c.correct, c.total,
			100 * share(c.correct, c.total));
		if (c.unknown)
			fprintf(w->ctl->out, "%u of them have a label that the model does not know\n", c.unknown);
	}
	text_confusion_release(&c);
	text_model_close(&m);
	return EX_OK;
}

/* ---- the command ---- */

static const struct action {
	struct ctl_action action;
	int (*run)(struct work *w);
} actions[] = {
	{{.name = "train", .least = 1, .most = 1, .takes = "a folder or a file of labelled texts"}, train},
	{{.name = "show"}, show},
	{{.name = "test", .least = 1, .most = 1, .takes = "a folder or a file of labelled texts"}, test},
};

/* The model is the one that is named, or the configuration's. */
static int
work_on(struct ctl *ctl, int (*action)(struct work *w), const struct options *options, const char *operand)
{
	struct work w = {.ctl = ctl,
		.options = options,
		.path = options->model,
		.operand = operand,
		.draws = ctl->err == stderr && isatty(STDERR_FILENO)};
	struct settings settings;
	int status;

	if (w.path)
		return action(&w);
	status = settings_load(ctl, &settings);
	if (status == EX_OK) {
		w.path = settings.conf->content.model;
		status = w.path ? action(&w)
				: ctl_fail(ctl, EX_CONFIG, "write content { model FILE }, or give --model FILE",
					  "the configuration names no text model");
	}
	settings_release(&settings);
	return status;
}

static int
run(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};
	int first, status = option_parse(ctl, argc, argv, &options, NULL, &first);
	const struct action *action;

	if (status != EX_OK || first < 0)
		return status;
	action = CTL_ACTION_FIND(ctl, actions, argc - first, argv + first);
	return action ? work_on(ctl, action->run, &options, first + 1 < argc ? argv[first + 1] : NULL) : EX_USAGE;
}

const struct ctl_command cmd_model = {
	.name = "model",
	.operands = "train DIR|FILE|show|test DIR|FILE",
	.summary = "Train the text model that tells topics apart, show it, test it",
	.help = "Labelled texts are a folder with a subfolder for each label and a file for each text, or a file with "
		"a "
		"line \"label TAB text\" for each. train chooses words or pairs, and C, on a fifth of the texts that "
		"it "
		"holds out, and then trains on all; the same texts give the same file, byte for byte. test says how a "
		"model does on texts that it was not trained on.",
	.options = rows,
	.option_count = sizeof rows / sizeof rows[0],
	.run = run,
};

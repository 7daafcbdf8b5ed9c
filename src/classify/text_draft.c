/* From counts to a file.  See text_draft.h. */
#include "classify/text_draft.h"

#include <math.h>
#include <stdlib.h>
#include <zlib.h>

static void
count_documents(const struct text_corpus *c, const uint8_t *used, uint32_t *documents)
{
	for (uint32_t i = 0; i < c->count; i++)
		for (uint32_t k = 0; used[i] && k < c->documents[i].count; k++)
			documents[text_feature_bucket(c->documents[i].features[k])]++;
}

bool
text_draft_start(struct text_draft *d, const struct text_corpus *c, const uint8_t *used, uint32_t documents_min)
{
	size_t buckets = (size_t)1 << c->vocabulary.bits;
	uint32_t *documents = calloc(buckets, sizeof *documents);
	bool is_started = false;

	*d = (struct text_draft){.bits = c->vocabulary.bits,
		.ngrams = c->vocabulary.ngrams,
		.classes = c->label_count,
		.documents_min = documents_min,
		.known = calloc(buckets / 64, sizeof *d->known),
		.before = calloc(buckets / 64, sizeof *d->before),
		.bias = calloc(c->label_count, sizeof *d->bias)};
	if (documents == NULL || d->known == NULL || d->before == NULL || d->bias == NULL)
		goto out;
	count_documents(c, used, documents);
	for (uint32_t i = 0; i < c->count; i++)
		d->documents += used[i];
	for (size_t b = 0; b < buckets; b++)
		d->known[b / 64] |= (uint64_t)(documents[b] && documents[b] >= documents_min) << (b % 64);
	d->rows = text_vocabulary_number(d->known, d->bits, d->before);
	d->idf = calloc(d->rows + 1, sizeof *d->idf);
	d->weights = calloc((size_t)d->rows * d->classes + 1, sizeof *d->weights);
	if (d->idf == NULL || d->weights == NULL)
		goto out;
	/* The smoothed inverse document frequency: ln((1 + n) / (1 + df)) + 1. */
	for (size_t b = 0, row = 0; b < buckets; b++)
		if (d->known[b / 64] >> (b % 64) & 1)
			d->idf[row++] = (float)(log((1.0 + d->documents) / (1.0 + documents[b])) + 1);
	is_started = true;
out:
	free(documents);
	return is_started;
}

static int
by_falling_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x < y) - (x > y);
}

/* How much each row can move a score. */
static void
fill_reach(const struct text_draft *d, float *reach)
{
	for (uint32_t row = 0; row < d->rows; row++) {
		reach[row] = 0;
		for (unsigned i = 0; i < d->classes; i++)
			reach[row] = fmaxf(reach[row], fabsf(d->weights[(size_t)row * d->classes + i] * d->idf[row]));
	}
}

/* Keeps the rows that reach further than the limit, and as many of those that just reach it, from the first on. */
static void
keep_rows(struct text_draft *d, const float *reach, float limit, uint32_t of_limit)
{
	uint32_t row = 0, kept = 0;

	for (size_t b = 0; b < (size_t)1 << d->bits; b++) {
		bool is_kept;

		if (!(d->known[b / 64] >> (b % 64) & 1))
			continue;
		is_kept = reach[row] > limit || (reach[row] == limit && of_limit > 0);
		of_limit -= is_kept && reach[row] == limit;
		if (is_kept) {
			d->idf[kept] = d->idf[row];
			memmove(d->weights + (size_t)kept * d->classes, d->weights + (size_t)row * d->classes,
				d->classes * sizeof *d->weights);
			kept++;
		} else {
			d->known[b / 64] &= ~(UINT64_C(1) << (b % 64));
		}
		row++;
	}
	d->rows = text_vocabulary_number(d->known, d->bits, d->before);
}

bool
text_draft_narrow(struct text_draft *d, uint32_t rows)
{
	float *reach, *sorted;
	uint32_t of_limit = 0;
	bool is_done = false;

	if (rows >= d->rows)
		return true;
	reach = malloc(d->rows * sizeof *reach);
	sorted = malloc(d->rows * sizeof *sorted);
	if (reach == NULL || sorted == NULL)
		goto out;
	fill_reach(d, reach);
	memcpy(sorted, reach, d->rows * sizeof *sorted);
	qsort(sorted, d->rows, sizeof *sorted, by_falling_value);
	while (of_limit < rows && sorted[rows - 1 - of_limit] == sorted[rows - 1])
		of_limit++;
	keep_rows(d, reach, sorted[rows - 1], of_limit);
	is_done = true;
out:
	free(reach);
	free(sorted);
	return is_done;
}

struct text_vocabulary
text_draft_vocabulary(const struct text_draft *d)
{
	return (struct text_vocabulary){.bits = d->bits, .ngrams = d->ngrams, .known = d->known, .before = d->before};
}

/* What a weight of the file is worth: 1, or as much as lets the greatest be 127. */
static float
scale_of(const struct text_draft *d, enum text_weights weights)
{
	float most = 0;

	for (size_t i = 0; weights == TEXT_WEIGHTS_INT8 && i < (size_t)d->rows * d->classes; i++)
		most = fmaxf(most, fabsf(d->weights[i] * d->idf[i / d->classes]));
	return most > 0 ? most / INT8_MAX : 1;
}

static void
pack_row(const struct text_draft *d, uint32_t number, const struct text_model_header *h, uint32_t row_size, char *row)
{
	const float *weights = d->weights + (size_t)number * d->classes;
	float idf = d->idf[number];

	for (unsigned i = 0; i < d->classes; i++) {
		float weight = weights[i] * idf / h->scale;

		if (h->weights == TEXT_WEIGHTS_INT8)
			row[i] = (char)lrintf(weight);
		else
			memcpy(row + i * sizeof weight, &weight, sizeof weight);
	}
	memcpy(row + row_size - sizeof idf, &idf, sizeof idf);
}

char *
text_draft_pack(const struct text_draft *d, const char (*labels)[TEXT_LABEL_MAX], const struct text_draft_facts *facts,
	uint64_t *size)
{
	struct text_model_header h = {.magic = TEXT_MODEL_MAGIC,
		.version = TEXT_MODEL_VERSION,
		.byte_order = TEXT_MODEL_BYTE_ORDER,
		.bits = d->bits,
		.ngrams = d->ngrams,
		.classes = d->classes,
		.weights = facts->weights,
		.rows = d->rows,
		.documents = d->documents,
		.documents_min = d->documents_min,
		.cost = (float)facts->cost,
		.heldout = (float)facts->heldout,
		.curve = facts->curve,
		.scale = scale_of(d, facts->weights)};
	struct text_model_layout l = text_model_layout(&h);
	size_t words = ((size_t)1 << d->bits) / 64;
	char *bytes = calloc(1, l.size);

	if (bytes == NULL)
		return NULL;
	*size = h.file_size = l.size;
	memcpy(bytes + l.labels, labels, (size_t)d->classes * TEXT_LABEL_MAX);
	memcpy(bytes + l.bias, d->bias, d->classes * sizeof *d->bias);
	memcpy(bytes + l.known, d->known, words * sizeof *d->known);
	memcpy(bytes + l.before, d->before, words * sizeof *d->before);
	for (uint32_t i = 0; i < d->rows; i++)
		pack_row(d, i, &h, l.row_size, bytes + l.rows + (size_t)i * l.row_size);
	h.checksum = (uint32_t)crc32_z(0, (const Bytef *)bytes + sizeof h, l.size - sizeof h);
	memcpy(bytes, &h, sizeof h);
	return bytes;
}

void
text_draft_release(struct text_draft *d)
{
	free(d->known);
	free(d->before);
	free(d->idf);
	free(d->weights);
	free(d->bias);
	*d = (struct text_draft){0};
}

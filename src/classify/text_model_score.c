/* Scoring.  See text_model.h.  A text touches a row of weights for each of its words, all over the model: the cost is
 * that of waiting for memory, so rows are asked for well before they are needed. */
#include "classify/text_model.h"

#include <endian.h>
#include <math.h>

#define BATCH 128u     /* features whose rows are asked for together */
#define LANES_MAX 320u /* weights of the widest row, with what fills it up */

#define DAMPED_MAX 32

/* 1 + ln(count) */
static float
damped(uint32_t count)
{
	static const float table[DAMPED_MAX] = {0, 1, 1.6931472f, 2.0986123f, 2.3862944f, 2.6094379f, 2.7917595f,
		2.9459101f, 3.0794415f, 3.1972246f, 3.3025851f, 3.3978953f, 3.4849066f, 3.5649494f, 3.6390573f,
		3.7080502f, 3.7725887f, 3.8332133f, 3.8903718f, 3.944439f, 3.9957323f, 4.0445224f, 4.0910425f,
		4.1354942f, 4.1780538f, 4.2188758f, 4.2580965f, 4.2958369f, 4.3322045f, 4.3672958f, 4.4011974f,
		4.4339872f};

	return count < DAMPED_MAX ? table[count] : 1 + logf((float)count);
}

/* Rows of weights, and how often each counts. */
struct rows {
	size_t count;
	const char *row[BATCH];
	float weight[BATCH];
};

/* Where a sum over the features of a text stands. */
struct summing {
	const struct text_model *model;
	float squares;
	uint32_t batch[BATCH];
	struct rows once, more; /* of the batch: of words that the text has once, and of others */
	float sums[LANES_MAX];  /* of each class, and of what fills a row up */
};

typedef float floats __attribute__((vector_size(16)));
typedef int32_t words __attribute__((vector_size(16)));
typedef int16_t halves __attribute__((vector_size(16)));

/* Rows are summed sixteen bytes at a time, and bytes are widened by shifts: that is a few instructions of any
 * processor with vectors.  The first byte of a half is its low one, or its high one where the machine has it so. */
#define LOW_FIRST (BYTE_ORDER == LITTLE_ENDIAN)

/* Of words that the text has once, most of them: sums of bytes, of which BATCH do not overflow sixteen bits. */
static void
add_bytes(const struct rows *rows, size_t at, float *sums)
{
	halves low = {0}, high = {0};

	for (size_t i = 0; i < rows->count; i++) {
		halves pairs;

		memcpy(&pairs, rows->row[i] + at, sizeof pairs);
		low += pairs << 8 >> 8;
		high += pairs >> 8;
	}
	for (size_t i = 0; i < 8; i++) {
		sums[2 * i] += LOW_FIRST ? low[i] : high[i];
		sums[2 * i + 1] += LOW_FIRST ? high[i] : low[i];
	}
}

static void
add_weighted_bytes(const struct rows *rows, size_t at, float *sums)
{
	floats byte[4] = {0}; /* from the lowest of four on */

	for (size_t i = 0; i < rows->count; i++) {
		words fours;

		memcpy(&fours, rows->row[i] + at, sizeof fours);
		byte[0] += rows->weight[i] * __builtin_convertvector(fours << 24 >> 24, floats);
		byte[1] += rows->weight[i] * __builtin_convertvector(fours << 16 >> 24, floats);
		byte[2] += rows->weight[i] * __builtin_convertvector(fours << 8 >> 24, floats);
		byte[3] += rows->weight[i] * __builtin_convertvector(fours >> 24, floats);
	}
	for (size_t i = 0; i < 16; i++)
		sums[i] += byte[LOW_FIRST ? i % 4 : 3 - i % 4][i / 4];
}

static void
add_weighted_floats(const struct rows *rows, size_t at, float *sums)
{
	floats sum = {0};

	for (size_t i = 0; i < rows->count; i++) {
		floats values;

		memcpy(&values, rows->row[i] + at, sizeof values);
		sum += rows->weight[i] * values;
	}
	for (size_t i = 0; i < 4; i++)
		sums[i] += sum[i];
}

static void
add_rows(struct summing *s, const struct rows *rows)
{
	const struct text_model *m = s->model;
	bool is_int8 = m->header.weights == TEXT_WEIGHTS_INT8;

	for (size_t i = 0; i < rows->count; i++) {
		float idf;

		memcpy(&idf, rows->row[i] + m->row_size - sizeof idf, sizeof idf);
		s->squares += rows->weight[i] * idf * rows->weight[i] * idf;
	}
	for (size_t at = 0; at < m->row_size; at += 16) {
		if (!is_int8)
			add_weighted_floats(rows, at, s->sums + at / sizeof(float));
		else if (rows == &s->once)
			add_bytes(rows, at, s->sums + at);
		else
			add_weighted_bytes(rows, at, s->sums + at);
	}
}

/* Asks for the rows of a batch, all over the model, and then sums them. */
static void
add_batch(struct summing *s, size_t count)
{
	const struct text_model *m = s->model;

	s->once.count = s->more.count = 0;
	for (size_t i = 0; i < count; i++) {
		uint32_t bucket = text_feature_bucket(s->batch[i]), times = text_feature_count(s->batch[i]);
		struct rows *rows = times == 1 ? &s->once : &s->more;
		const char *row;

		if (!text_vocabulary_has(&m->vocabulary, bucket))
			continue;
		row = m->rows + (size_t)text_vocabulary_row(&m->vocabulary, bucket) * m->row_size;
		for (size_t at = 0; at < m->row_size; at += TEXT_MODEL_ALIGN)
			__builtin_prefetch(row + at);
		rows->row[rows->count] = row;
		rows->weight[rows->count++] = damped(times);
	}
	add_rows(s, &s->once);
	add_rows(s, &s->more);
}

struct text_topic
text_model_score(const struct text_model *m, const struct text_features *f, float *scores)
{
	struct summing s = {.model = m};
	float second = -INFINITY, norm;
	size_t count = 0;
	struct text_topic topic = {.label = SLICE_EMPTY, .score = -INFINITY};

	/* Most of the table is empty, at random: a step that always writes is faster than one that guesses. */
	for (uint32_t i = 0; i < f->capacity; i++) {
		s.batch[count] = f->table[i];
		count += f->table[i] != 0;
		if (count == BATCH) {
			add_batch(&s, count);
			count = 0;
		}
	}
	add_batch(&s, count);
	norm = s.squares > 0 ? m->header.scale / sqrtf(s.squares) : 0;
	for (unsigned i = 0; i < m->header.classes; i++) {
		float score = s.sums[i] * norm + m->bias[i];

		if (scores)
			scores[i] = score;
		if (score > topic.score) {
			second = topic.score;
			topic.score = score;
			topic.class = i;
		} else if (score > second) {
			second = score;
		}
	}
	topic.margin = topic.score - second;
	if (s.squares > 0) {
		topic.label = text_model_label(m, topic.class);
		topic.percent = text_curve_percent(m->header.curve, topic.score);
	}
	return topic;
}

void
text_model_percents(const struct text_model *m, const struct text_topic *topic, const float *scores, uint8_t *percents)
{
	for (unsigned i = 0; i < m->header.classes; i++)
		percents[i] = topic->label.len ? (uint8_t)text_curve_percent(m->header.curve, scores[i]) : 0;
}

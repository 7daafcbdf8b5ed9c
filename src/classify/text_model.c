/* The mapped model.  See text_model.h. */
#include "classify/text_model.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define BATCH 256 /* features whose rows are summed at once */
#define AHEAD 24  /* rows that are asked for before they are needed */

_Static_assert(sizeof(struct text_model_header) == 120, "the header's layout is the file's");

uint64_t
text_model_size(const struct text_model_header *header)
{
	uint64_t buckets = UINT64_C(1) << header->bits, classes = header->classes;
	uint64_t weight = header->weights == TEXT_WEIGHTS_INT8 ? 1 : sizeof(float);

	return sizeof *header + classes * (TEXT_LABEL_MAX + 2 * sizeof(float)) + buckets * sizeof(float) +
	       buckets * text_model_stride(header->classes) * weight;
}

static const char *
header_problem(const struct text_model_header *h, size_t size)
{
	if (memcmp(h->magic, TEXT_MODEL_MAGIC, sizeof h->magic) != 0)
		return "this is no text model";
	if (h->byte_order != TEXT_MODEL_BYTE_ORDER)
		return "the model was made on a machine of another byte order";
	if (h->version != TEXT_MODEL_VERSION)
		return "the model is of another version; train it again";
	if (h->bits < TEXT_BITS_MIN || h->bits > TEXT_BITS_MAX || h->ngrams < 1 || h->ngrams > 2 || h->classes < 2 ||
		h->classes > TEXT_CLASSES_MAX || h->weights > TEXT_WEIGHTS_INT8 || !isfinite(h->curve.slope) ||
		!isfinite(h->curve.offset) || h->curve.slope <= 0)
		return "the model's header is damaged";
	if (h->file_size != size || text_model_size(h) != size)
		return "the model is cut short, or longer than its header says";
	return NULL;
}

static bool
all_finite(const float *values, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if (!isfinite(values[i]))
			return false;
	return true;
}

/* Labels are printable, so that they may be shown, and end within their room. */
static bool
labels_are_fit(const char *labels, unsigned classes)
{
	for (unsigned i = 0; i < classes; i++) {
		const char *label = labels + (size_t)i * TEXT_LABEL_MAX;
		size_t len = strnlen(label, TEXT_LABEL_MAX);

		if (len == 0 || len == TEXT_LABEL_MAX)
			return false;
		for (size_t k = 0; k < len; k++)
			if ((uint8_t)label[k] < 0x20 || label[k] == 0x7f)
				return false;
	}
	return true;
}

bool
text_model_view(struct text_model *out, struct slice bytes, char error[TEXT_MODEL_ERROR_MAX])
{
	const char *problem = "the model is cut short, or longer than its header says";
	struct text_model m = {0};
	const char *at = bytes.ptr;
	uint64_t buckets, classes;

	*out = (struct text_model){0};
	if (bytes.len < sizeof m.header)
		goto out;
	memcpy(&m.header, at, sizeof m.header);
	problem = header_problem(&m.header, bytes.len);
	if (problem)
		goto out;
	at += sizeof m.header;
	buckets = UINT64_C(1) << m.header.bits;
	classes = m.header.classes;
	m.labels = at;
	m.bias = (const float *)(at + classes * TEXT_LABEL_MAX);
	m.scale = m.bias + classes;
	m.idf = m.scale + classes;
	m.weights = m.idf + buckets;
	if (crc32_z(0, (const Bytef *)at, bytes.len - sizeof m.header) != m.header.checksum)
		problem = "the model's checksum is wrong";
	else if (!labels_are_fit(m.labels, m.header.classes))
		problem = "a label of the model is damaged";
	else if (!all_finite(m.bias, 2 * classes + buckets) ||
		 (m.header.weights == TEXT_WEIGHTS_FLOAT &&
			 !all_finite(m.weights, buckets * text_model_stride(m.header.classes))))
		problem = "a number of the model is damaged";
out:
	if (problem) {
		snprintf(error, TEXT_MODEL_ERROR_MAX, "%s", problem);
		return false;
	}
	*out = m;
	return true;
}

bool
text_model_open(struct text_model *out, const char *path, char error[TEXT_MODEL_ERROR_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	void *mapping = MAP_FAILED;
	bool is_open = false;
	struct stat st;

	*out = (struct text_model){0};
	if (fd < 0 || fstat(fd, &st) < 0) {
		snprintf(error, TEXT_MODEL_ERROR_MAX, "%s: %s", path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode) || st.st_size < (off_t)sizeof(struct text_model_header)) {
		snprintf(error, TEXT_MODEL_ERROR_MAX, "%s: this is no text model", path);
		goto out;
	}
	mapping = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (mapping == MAP_FAILED) {
		snprintf(error, TEXT_MODEL_ERROR_MAX, "%s: %s", path, strerror(errno));
		goto out;
	}
	is_open = text_model_view(out, slice_make(mapping, (size_t)st.st_size), error);
	if (is_open)
		out->mapping = mapping;
	else
		munmap(mapping, (size_t)st.st_size);
out:
	if (fd >= 0)
		close(fd);
	return is_open;
}

void
text_model_close(struct text_model *m)
{
	if (m->mapping)
		munmap(m->mapping, m->header.file_size);
	*m = (struct text_model){0};
}

struct slice
text_model_label(const struct text_model *m, unsigned class)
{
	return slice_of(m->labels + (size_t) class * TEXT_LABEL_MAX);
}

typedef float four_floats __attribute__((vector_size(16)));
typedef int8_t four_bytes __attribute__((vector_size(4)));

/* A feature that the model knows, weighted. */
struct weighted {
	uint32_t bucket;
	float weight;
};

/* Sums the rows of some features; the rows lie all over the file, so they are asked for ahead. */
static void
add_rows(const struct text_model *m, const struct weighted *features, size_t count, four_floats *sums)
{
	size_t quads = text_model_stride(m->header.classes) / 4;
	bool is_int8 = m->header.weights == TEXT_WEIGHTS_INT8;
	size_t row_size = quads * (is_int8 ? sizeof(four_bytes) : sizeof(four_floats));
	const char *rows = m->weights;

	for (size_t i = 0; i < count; i++) {
		const char *row = rows + features[i].bucket * row_size;
		float weight = features[i].weight;

		if (i + AHEAD < count)
			for (size_t at = 0; at < row_size; at += 64)
				__builtin_prefetch(rows + features[i + AHEAD].bucket * row_size + at);
		for (size_t k = 0; k < quads; k++) {
			four_floats values;
			four_bytes bytes;

			if (is_int8) {
				memcpy(&bytes, row + k * sizeof bytes, sizeof bytes);
				values = __builtin_convertvector(bytes, four_floats);
			} else {
				memcpy(&values, row + k * sizeof values, sizeof values);
			}
			sums[k] += weight * values;
		}
	}
}

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

/* Where a sum over the features of a text stands. */
struct summing {
	const struct text_model *model;
	float squares;
	size_t count; /* of batch */
	struct text_feature batch[BATCH + 1];
	four_floats sums[TEXT_CLASSES_MAX / 4];
};

/* Weighs the features of a batch and adds their rows; those that the model never saw have no weight. */
static void
add_batch(struct summing *s)
{
	const float *idf = s->model->idf;
	struct weighted weighted[BATCH];
	size_t kept = 0;

	for (size_t i = 0; i < s->count && i < AHEAD; i++)
		__builtin_prefetch(&idf[s->batch[i].bucket]);
	for (size_t i = 0; i < s->count; i++) {
		const struct text_feature *f = &s->batch[i];
		float weight;

		if (i + AHEAD < s->count)
			__builtin_prefetch(&idf[s->batch[i + AHEAD].bucket]);
		weight = damped(f->count) * idf[f->bucket];
		weighted[kept] = (struct weighted){f->bucket, weight};
		s->squares += weight * weight;
		kept += weight != 0;
	}
	add_rows(s->model, weighted, kept, s->sums);
	s->count = 0;
}

struct text_topic
text_model_score(const struct text_model *m, const struct text_features *f, float *scores)
{
	struct summing s = {.model = m};
	float second = -INFINITY, norm;
	struct text_topic topic = {.label = SLICE_EMPTY, .score = -INFINITY};

	/* Half of the table is empty, at random: a step that always writes is faster than one that guesses. */
	for (uint32_t i = 0; i < f->capacity; i++) {
		s.batch[s.count] = f->table[i];
		s.count += f->table[i].count != 0;
		if (s.count == BATCH)
			add_batch(&s);
	}
	add_batch(&s);
	norm = s.squares > 0 ? 1 / sqrtf(s.squares) : 0;
	for (unsigned i = 0; i < m->header.classes; i++) {
		float score = s.sums[i / 4][i % 4] * m->scale[i] * norm + m->bias[i];

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

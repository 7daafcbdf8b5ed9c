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
#define AHEAD 12  /* rows that are asked for before they are needed */

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

/* 1 + ln(count) */
static float
damped(uint32_t count)
{
	return count == 1 ? 1 : 1 + logf((float)count);
}

struct text_topic
text_model_score(const struct text_model *m, const struct text_features *f, float *scores)
{
	four_floats sums[TEXT_CLASSES_MAX / 4] = {0};
	struct weighted batch[BATCH] = {0};
	float squares = 0, second = -INFINITY, norm;
	struct text_topic topic = {.label = SLICE_EMPTY, .score = -INFINITY};
	size_t count = 0;

	for (uint32_t i = 0; i < f->capacity; i++) {
		const struct text_feature *feature = &f->table[i];
		float idf;

		if (i + AHEAD < f->capacity)
			__builtin_prefetch(&m->idf[f->table[i + AHEAD].bucket]);
		if (feature->count == 0)
			continue;
		idf = m->idf[feature->bucket];
		if (idf == 0)
			continue;
		batch[count] = (struct weighted){feature->bucket, damped(feature->count) * idf};
		squares += batch[count].weight * batch[count].weight;
		if (++count == BATCH) {
			add_rows(m, batch, count, sums);
			count = 0;
		}
	}
	add_rows(m, batch, count, sums);
	norm = squares > 0 ? 1 / sqrtf(squares) : 0;
	for (unsigned i = 0; i < m->header.classes; i++) {
		float score = sums[i / 4][i % 4] * m->scale[i] * norm + m->bias[i];

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
	if (squares > 0) {
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

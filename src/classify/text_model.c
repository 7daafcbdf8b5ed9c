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

_Static_assert(sizeof(struct text_model_header) == 2 * TEXT_MODEL_ALIGN, "the header's layout is the file's");

/* Rows within a cache line do not cross it: a power of two, or whole lines. */
static uint32_t
row_size(const struct text_model_header *h)
{
	uint32_t least = h->classes * (h->weights == TEXT_WEIGHTS_INT8 ? 1 : (uint32_t)sizeof(float)) +
			 (uint32_t)sizeof(float),
		 size = 16;

	while (size < least)
		size += size < TEXT_MODEL_ALIGN ? size : TEXT_MODEL_ALIGN;
	return size;
}

static uint64_t
aligned(uint64_t size)
{
	return (size + TEXT_MODEL_ALIGN - 1) / TEXT_MODEL_ALIGN * TEXT_MODEL_ALIGN;
}

struct text_model_layout
text_model_layout(const struct text_model_header *h)
{
	uint64_t words = (UINT64_C(1) << h->bits) / 64;
	struct text_model_layout l = {.labels = sizeof *h, .row_size = row_size(h)};

	l.bias = l.labels + aligned((uint64_t)h->classes * TEXT_LABEL_MAX);
	l.known = l.bias + aligned(h->classes * sizeof(float));
	l.before = l.known + aligned(words * sizeof(uint64_t));
	l.rows = l.before + aligned(words * sizeof(uint32_t));
	l.size = l.rows + (uint64_t)h->rows * l.row_size;
	return l;
}

/* A reason, in text of static life or in `text`; NULL where the header holds. */
static const char *
header_problem(const struct text_model_header *h, size_t size, char text[TEXT_MODEL_ERROR_MAX])
{
	if (memcmp(h->magic, TEXT_MODEL_MAGIC, sizeof h->magic) != 0)
		return "this is no text model";
	if (h->byte_order != TEXT_MODEL_BYTE_ORDER)
		return "the model was made on a machine of another byte order";
	if (h->version != TEXT_MODEL_VERSION) {
		snprintf(text, TEXT_MODEL_ERROR_MAX,
			"the model is of version %u, and version %u is read here; make it again with sluicectl model "
			"train",
			h->version, TEXT_MODEL_VERSION);
		return text;
	}
	if (h->bits < TEXT_BITS_MIN || h->bits > TEXT_BITS_MAX || h->ngrams < 1 || h->ngrams > TEXT_NGRAMS_MAX ||
		h->classes < 2 || h->classes > TEXT_CLASSES_MAX || h->weights > TEXT_WEIGHTS_INT8 ||
		!isfinite(h->curve.slope) || !isfinite(h->curve.offset) || h->curve.slope <= 0 || !isfinite(h->scale) ||
		h->scale <= 0)
		return "the model's header is damaged";
	if (h->file_size != size || text_model_layout(h).size != size)
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

/* Every known bucket has a row, and every row a bucket: no text is led out of the file. */
static bool
vocabulary_is_fit(const struct text_vocabulary *v, uint32_t rows)
{
	uint32_t seen = 0;

	for (size_t i = 0; i < ((size_t)1 << v->bits) / 64; i++) {
		if (v->before[i] != seen)
			return false;
		seen += text_vocabulary_count(v->known[i]);
	}
	return seen == rows;
}

static bool
numbers_are_fit(const struct text_model *m)
{
	bool is_int8 = m->header.weights == TEXT_WEIGHTS_INT8;

	if (!all_finite(m->bias, m->header.classes))
		return false;
	for (uint32_t i = 0; i < m->header.rows; i++) {
		const char *row = m->rows + (size_t)i * m->row_size;
		size_t from = is_int8 ? m->row_size - sizeof(float) : 0;

		if (!all_finite((const float *)(row + from), (m->row_size - from) / sizeof(float)))
			return false;
	}
	return true;
}

bool
text_model_view(struct text_model *out, struct slice bytes, char error[TEXT_MODEL_ERROR_MAX])
{
	const char *problem = "the model is cut short, or longer than its header says";
	struct text_model m = {0};
	struct text_model_layout l;

	*out = (struct text_model){0};
	if (bytes.len < sizeof m.header)
		goto out;
	memcpy(&m.header, bytes.ptr, sizeof m.header);
	problem = header_problem(&m.header, bytes.len, error);
	if (problem)
		goto out;
	l = text_model_layout(&m.header);
	m.labels = bytes.ptr + l.labels;
	m.bias = (const float *)(bytes.ptr + l.bias);
	m.vocabulary = (struct text_vocabulary){.bits = m.header.bits,
		.ngrams = m.header.ngrams,
		.known = (const uint64_t *)(bytes.ptr + l.known),
		.before = (const uint32_t *)(bytes.ptr + l.before)};
	m.rows = bytes.ptr + l.rows;
	m.row_size = l.row_size;
	if (crc32_z(0, (const Bytef *)bytes.ptr + sizeof m.header, bytes.len - sizeof m.header) != m.header.checksum)
		problem = "the model's checksum is wrong";
	else if (!labels_are_fit(m.labels, m.header.classes))
		problem = "a label of the model is damaged";
	else if (!vocabulary_is_fit(&m.vocabulary, m.header.rows))
		problem = "the model's vocabulary is damaged";
	else if (!numbers_are_fit(&m))
		problem = "a number of the model is damaged";
out:
	if (problem) {
		if (problem != error)
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

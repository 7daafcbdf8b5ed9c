/* A text model: which of a few topics a text is about, by a linear classifier over hashed words and word pairs
 * (sublinear TF-IDF, L2 norm, one weight vector a topic).  A model is one file, mapped and read in place.
 *
 * The file, little-endian, each part filled up to TEXT_MODEL_ALIGN: struct text_model_header; labels of TEXT_LABEL_MAX
 * bytes each, NUL-padded; a bias for each class, floats; the vocabulary: a bit for each bucket, then a 32-bit number
 * for each 64 of them, how many are known before; then a row for each known bucket.  A row is all that a word of a text
 * touches: the weights of the classes, times the bucket's IDF, float or int8 (times the header's scale), zeros, and as
 * its last four bytes the IDF, a float.  It is checked whole before use (size, checksum, ranges, every float finite,
 * rows within the file): a file that is cut short or hostile is refused with a reason.  Files are replaced by rename
 * only.  A model never changes once open: any thread. */
#ifndef SLUICE_CLASSIFY_TEXT_MODEL_H
#define SLUICE_CLASSIFY_TEXT_MODEL_H

#include "classify/text_calibrate.h"
#include "classify/text_features.h"

#define TEXT_MODEL_MAGIC "sluicetm"
#define TEXT_MODEL_VERSION 3
#define TEXT_MODEL_BYTE_ORDER 0x01020304
#define TEXT_MODEL_ALIGN 64
#define TEXT_LABEL_MAX 64
#define TEXT_CLASSES_MAX 256
#define TEXT_MODEL_ERROR_MAX 256

enum text_weights { TEXT_WEIGHTS_FLOAT, TEXT_WEIGHTS_INT8 };

struct text_model_header {
	char magic[8];
	uint32_t version;
	uint32_t byte_order;
	uint32_t bits;
	uint32_t ngrams;
	uint32_t classes;
	uint32_t weights; /* enum text_weights */
	uint64_t file_size;
	uint32_t checksum; /* CRC-32 of all that follows the header */
	uint32_t rows;
	uint32_t documents;     /* trained on */
	uint32_t documents_min; /* words and pairs in fewer of them were left out */
	float cost;             /* the C that was chosen */
	float heldout; /* accuracy on the part of the training set that it was chosen by; 0 where nothing was chosen */
	struct text_curve curve; /* from scores to percentages */
	float scale;             /* of the weights; above 0 */
	char reserved[52];
};

/* Where the parts of a file lie, in bytes from its start. */
struct text_model_layout {
	uint64_t labels, bias, known, before, rows, size;
	uint32_t row_size;
};

struct text_model {
	struct text_model_header header;
	const char *labels;
	const float *bias;
	struct text_vocabulary vocabulary;
	const char *rows;
	uint32_t row_size;
	void *mapping; /* owned; NULL for a view */
};

/* What a text is about. */
struct text_topic {
	unsigned class;
	struct slice label; /* borrowed from the model; "" where the text has no known word */
	float score;        /* above 0: more like this class than like all others together */
	unsigned percent;   /* 0 to 100: how sure the model is of it */
	float margin;       /* ahead of the second */
};

/* Maps and checks a file.  False with a reason in error; *out is then empty.  Close it once. */
bool text_model_open(struct text_model *out, const char *path, char error[TEXT_MODEL_ERROR_MAX]);
/* The same over bytes that outlive the model, which are borrowed and must be aligned for uint64_t. */
bool text_model_view(struct text_model *out, struct slice bytes, char error[TEXT_MODEL_ERROR_MAX]);
struct slice text_model_label(const struct text_model *m, unsigned class);
/* By the header's bits, classes, weights and rows, which are in their ranges. */
struct text_model_layout text_model_layout(const struct text_model_header *header);
/* Scores counts (text_features_start() with the model's vocabulary).  scores may be NULL, or has room for all
 * classes. */
struct text_topic text_model_score(const struct text_model *m, const struct text_features *f, float *scores);
/* The score of each class as a percentage, 0 to 100, by the curve that the training fitted; all 0 for a text without a
 * known word.  percents has room for all classes. */
void text_model_percents(
	const struct text_model *m, const struct text_topic *topic, const float *scores, uint8_t *percents);
void text_model_close(struct text_model *m);

#endif

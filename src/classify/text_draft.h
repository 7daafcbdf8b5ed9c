/* A text model while it is made: what it knows, and weights that nothing was rounded of.  For training. */
#ifndef SLUICE_CLASSIFY_TEXT_DRAFT_H
#define SLUICE_CLASSIFY_TEXT_DRAFT_H

#include "classify/text_corpus.h"

/* All arrays are owned. */
struct text_draft {
	unsigned bits, ngrams, classes;
	uint32_t documents_min; /* what fewer texts have is not known */
	uint32_t documents;     /* that it is made from */
	uint32_t rows;
	uint64_t *known;  /* 2^bits bits */
	uint32_t *before; /* as in text_vocabulary.h */
	float *idf;       /* of each row */
	float *weights;   /* a row of the classes for each row */
	float *bias;      /* of each class */
};

/* What a file says beside them; see struct text_model_header. */
struct text_draft_facts {
	enum text_weights weights;
	double cost, heldout;
	struct text_curve curve;
};

/* Finds the words and pairs that at least documents_min of the documents have whose byte in `used` is 1, and their IDF;
 * weights and biases are 0.  False where memory is out.  Release it in any case. */
bool text_draft_start(struct text_draft *d, const struct text_corpus *c, const uint8_t *used, uint32_t documents_min);
/* Forgets the words and pairs whose weights matter least, so that `rows` of them, 1 at least, are left: those whose
 * greatest weight, times the IDF, is smallest.  The weights that stay are those of a solution with the others: solve
 * again. False where memory is out. */
bool text_draft_narrow(struct text_draft *d, uint32_t rows);
struct text_vocabulary text_draft_vocabulary(const struct text_draft *d);
/* The bytes of a model file, owned by the caller (free()), their number in *size; NULL where memory is out.  labels has
 * one for each class. */
char *text_draft_pack(const struct text_draft *d, const char (*labels)[TEXT_LABEL_MAX],
	const struct text_draft_facts *facts, uint64_t *size);
void text_draft_release(struct text_draft *d);

#endif

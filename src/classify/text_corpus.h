/* Labelled texts to train and test models with: a folder with a subfolder for each label and a file for each text, or
 * one file with a line "label TAB text" for each.  For tools: it reads whole files and takes the memory that it needs.
 */
#ifndef SLUICE_CLASSIFY_TEXT_CORPUS_H
#define SLUICE_CLASSIFY_TEXT_CORPUS_H

#include "classify/text_model.h"

#define TEXT_CORPUS_FILE_MAX (1u << 30)
#define TEXT_DOCUMENT_MAX (1u << 20) /* bytes of normal form that count; the same in the proxy's own limit or less */

struct text_document {
	unsigned label;
	uint32_t *features; /* owned; sorted by bucket */
	uint32_t count;
};

struct text_corpus {
	struct text_document *documents;
	uint32_t count, room;
	char (*labels)[TEXT_LABEL_MAX]; /* sorted by name */
	unsigned label_count;
	uint64_t bytes;                    /* of normal form */
	struct text_vocabulary vocabulary; /* what is counted; borrows */
};

/* Reads a corpus, of whose words those are counted that the vocabulary knows; the order of documents depends on names
 * alone.  False with a reason in error.  Release it in any case. */
bool text_corpus_load(struct text_corpus *c, const char *path, const struct text_vocabulary *vocabulary,
	char error[TEXT_MODEL_ERROR_MAX]);
void text_corpus_release(struct text_corpus *c);
/* The features of one document as the proxy would count them: its encoding is found, and HTML made text.  Release f. */
void text_corpus_count(struct text_features *f, struct slice document);

#endif

/* One line of a phrase list in e2guardian's format.  Pure: no file, no set.  See phrases.h. */
#ifndef SLUICE_CLASSIFY_PHRASES_LIST_H
#define SLUICE_CLASSIFY_PHRASES_LIST_H

#include "classify/phrases.h"

enum phrase_line_kind {
	PHRASE_LINE_EMPTY, /* nothing, or a comment */
	PHRASE_LINE_RULE,
	PHRASE_LINE_CATEGORY,
	PHRASE_LINE_INCLUDE,
	PHRASE_LINE_BAD
};

/* What a line says; slices borrow from it. */
struct phrase_line {
	enum phrase_line_kind kind;
	struct slice text;                         /* the category, or the path */
	struct slice members[PHRASES_MEMBERS_MAX]; /* as written, spaces at the ends included */
	unsigned member_count;
	bool has_weight;
	bool is_percent;
	int32_t weight;
	const char *problem; /* of a bad line */
	const char *remedy;
	unsigned column; /* of what is bad, from 1 */
};

/* line is without its end of line. */
void phrase_line_parse(struct slice line, struct phrase_line *out);

#endif

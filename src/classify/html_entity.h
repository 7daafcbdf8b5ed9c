/* Character references of HTML: "&eacute;", "&#233;", "&#xe9;" to code points (WHATWG "HTML" sections 13.2.5.72-80).
 * For html_text.c. */
#ifndef SLUICE_CLASSIFY_HTML_ENTITY_H
#define SLUICE_CLASSIFY_HTML_ENTITY_H

#include "base/slice.h"

#define HTML_ENTITY_MAX 32 /* every name with its NUL */

struct html_entity {
	char name[HTML_ENTITY_MAX];
	uint32_t code;
	uint16_t second; /* of the few references that stand for two; else 0 */
	bool may_lack_semicolon;
};

/* In strcmp order of the names. */
extern const struct html_entity html_entities[];
extern const size_t html_entity_count;

/* The row of a name followed by ";" (without "&" and ";"); NULL where there is none. */
const struct html_entity *html_entity_find(struct slice name);
/* The row of the longest start of name that needs no ";" ("copy" of "copyright"); its length in *len.  NULL for none.
 */
const struct html_entity *html_entity_find_start(struct slice name, size_t *len);
/* What a numeric reference stands for, with the corrections that browsers make: never a surrogate, a NUL, or beyond. */
uint32_t html_entity_correct(uint32_t code);

#endif

/* What a tag does to text: a table of element names.  For html_text.c. */
#ifndef SLUICE_CLASSIFY_HTML_TAG_H
#define SLUICE_CLASSIFY_HTML_TAG_H

#include "base/slice.h"

#define HTML_TAG_MAX 16 /* names are cut here; no known one is as long */

/* How the content of an element is read (WHATWG "HTML" section 13.2.5). */
enum html_content {
	HTML_NORMAL,
	HTML_SKIPPED,  /* raw text that nobody sees: script, style, what stands in for frames */
	HTML_RCDATA,   /* text with character references and no tags: title, textarea */
	HTML_RAW,      /* text as it is: xmp */
	HTML_PLAINTEXT /* text to the end of the file */
};

enum html_tag_flags {
	HTML_BREAKS = 1,   /* the text before and after are not one word */
	HTML_FOREIGN = 2,  /* opens SVG or MathML, where no element is raw */
	HTML_BREAKOUT = 4, /* ends SVG and MathML when it is met there */
	HTML_LINK = 8,
	HTML_IMAGE = 16,
	HTML_META = 32,
	HTML_TITLE = 64,
	HTML_SCRIPT = 128,
};

struct html_tag {
	char name[HTML_TAG_MAX];
	enum html_content content;
	unsigned flags;
};

/* The row of a name in lower case; NULL for elements that do nothing to text. */
const struct html_tag *html_tag_find(struct slice name);

#endif

/* The text of an HTML page as a browser with scripts shows it, in one pass while the page streams: tags and comments
 * gone, character references resolved, words kept apart where elements break lines and kept together where they do not.
 * It follows the WHATWG's tokenizer state by state, because whatever it took for hidden and a browser shows would be a
 * way around the filter; it builds no tree, so style sheets and misnested SVG are beyond it.  Also shown: the values of
 * alt, title, placeholder and aria-label, and of a page's description and keywords.  Not shown: scripts, styles,
 * comments. Input and output are UTF-8.  It cannot fail; any split of the input gives the same text.  One thread a
 * page. */
#ifndef SLUICE_CLASSIFY_HTML_TEXT_H
#define SLUICE_CLASSIFY_HTML_TEXT_H

#include "classify/html_entity.h"
#include "classify/html_tag.h"
#include "classify/text_writer.h"

#define HTML_CAPTURE_MAX 512

/* The start of a text that is kept beside the stream; cut at HTML_CAPTURE_MAX bytes. */
struct html_capture {
	size_t len;
	char text[HTML_CAPTURE_MAX];
};

/* A plain value, to be started with html_text_start(); nothing in it is owned.  Read the last block of members. */
struct html_text {
	unsigned state; /* enum html_state */
	unsigned back;  /* the state to return to behind a character reference */
	bool is_xml;    /* no element is raw, CDATA is text */
	bool is_end_tag;
	bool self_closes;
	bool hides;          /* text is captured only, or dropped: the value of an attribute */
	bool declares_cdata; /* "<![", not "<!-" */
	bool entity_is_hex;
	bool entity_has_digits;
	uint8_t script_escapes; /* 1 behind "<!--" in a script, 2 behind "<script" in that */
	unsigned foreign_depth; /* of svg and math elements */
	uint32_t entity_code;
	size_t name_len, attribute_len, entity_len, matched;
	char name[HTML_TAG_MAX];
	char attribute[HTML_TAG_MAX];
	char entity[HTML_ENTITY_MAX];
	const struct html_tag *raw; /* the element whose raw content is being read */
	struct html_capture *capture;
	struct html_capture meta_name, meta_content;

	uint64_t links, images, scripts;
	struct html_capture title, description, keywords;
};

/* is_xml: XHTML, SVG, RSS and their like. */
void html_text_start(struct html_text *h, bool is_xml);
/* False once the sink wanted no more. */
bool html_text_push(struct html_text *h, struct slice html, text_sink sink, void *context);
/* The page is at its end: what an open character reference stands for is given out. */
bool html_text_finish(struct html_text *h, text_sink sink, void *context);
/* What was captured. */
struct slice html_capture_slice(const struct html_capture *c);

#endif

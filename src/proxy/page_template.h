/* A page with gaps: {{name}} is a value, and {{#name}}...{{/name}} is left out where the value is empty.  Every value
 * is escaped as HTML; there is no way to write one unescaped.  A template is checked whole when it is loaded, so that
 * rendering cannot fail on it.  Immutable; shared by threads. */
#ifndef SLUICE_PROXY_PAGE_TEMPLATE_H
#define SLUICE_PROXY_PAGE_TEMPLATE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/diag.h"

#define PAGE_TEMPLATE_MAX (64u * 1024) /* bytes of a template file */
#define PAGE_TEMPLATE_PARTS_MAX 512
#define PAGE_TEMPLATE_DEPTH_MAX 8

/* What a gap can be filled with. */
enum page_value {
	PAGE_VALUE_KIND,     /* "blocked", "warning" or "error" */
	PAGE_VALUE_LANGUAGE, /* "en" */
	PAGE_VALUE_STATUS,
	PAGE_VALUE_TITLE,
	PAGE_VALUE_TEXT,
	PAGE_VALUE_SITE,
	PAGE_VALUE_REASON,
	PAGE_VALUE_CATEGORY,
	PAGE_VALUE_DETAIL,
	PAGE_VALUE_RULE,
	PAGE_VALUE_REQUEST,
	PAGE_VALUE_CONTINUE, /* a link */
	PAGE_VALUE_OVERRIDE, /* where a form sends its `code` */
	PAGE_VALUE_REFUSED,  /* said of a code that was sent before */
	PAGE_VALUE_REVIEW,   /* a link */
	PAGE_VALUE_CONTACT,  /* where the contact is no link */
	PAGE_VALUE_LABEL_SITE,
	PAGE_VALUE_LABEL_CATEGORY,
	PAGE_VALUE_LABEL_DETAIL,
	PAGE_VALUE_LABEL_RULE,
	PAGE_VALUE_LABEL_REQUEST,
	PAGE_VALUE_LABEL_CONTINUE,
	PAGE_VALUE_LABEL_CODE,
	PAGE_VALUE_LABEL_OVERRIDE,
	PAGE_VALUE_LABEL_REFUSED,
	PAGE_VALUE_LABEL_REVIEW,
	PAGE_VALUE_LABEL_CONTACT,
	PAGE_VALUES,
};

struct page_template;

const char *page_value_name(enum page_value value);
/* Reads a template; text and template live in the arena (the text is copied).  NULL where it is wrong, or memory is
 * out: problems say which line of `file`. */
const struct page_template *page_template_parse(
	struct slice text, const char *file, struct arena *arena, struct problems *problems);
/* False where the buffer is full. */
bool page_template_render(const struct page_template *t, const struct slice values[PAGE_VALUES], struct buffer *out);

#endif

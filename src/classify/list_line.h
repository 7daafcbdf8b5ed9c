/* One line of a list of any of the known formats, read into what it lists.  Pure: no file, no memory of other lines.
 *
 *   plain        example.com, example.com/path, http://example.com/path, 192.0.2.1; squidGuard's domains and urls files
 *   hosts        0.0.0.0 a.example b.example
 *   wildcard     *.example.com, .example.com
 *   dnsmasq      address=/a.example/b.example/0.0.0.0; local= and server= likewise
 *   adblock      ||example.com^; everything else is named by its class
 *   rpz          example.com CNAME .    (a response policy zone's text)
 *
 * A listed host stands for everything below it in all formats, also where the format itself does not say so. */
#ifndef SLUICE_CLASSIFY_LIST_LINE_H
#define SLUICE_CLASSIFY_LIST_LINE_H

#include "base/slice.h"
#include "classify/category_table.h"
#include "conf/snapshot.h"

#define LIST_LINE_MAX 4096 /* a longer line is LIST_BAD */

enum list_class {
	LIST_HOST,    /* host is listed */
	LIST_ADDRESS, /* host is an address, and listed */
	LIST_URL,     /* host and path are listed */
	LIST_NOTHING, /* empty, a comment, a heading */
	/* What cannot be used: */
	LIST_BAD,          /* it is no line of this format */
	LIST_SINGLE_LABEL, /* a whole top level domain where the format does not mean one */
	LIST_EXPRESSION,   /* a regular expression, or a name with a wildcard inside */
	LIST_COSMETIC,     /* adblock: hides elements of pages */
	LIST_EXCEPTION,    /* allows what another rule blocks */
	LIST_OPTIONS,      /* adblock: depends on what page asks, or for what */
	LIST_PATTERN,      /* adblock: a piece of an URL of any host */
	LIST_NETWORK,      /* a network of addresses */
	LIST_REWRITE,      /* rpz, dnsmasq: answers with something else than a refusal */
	LIST_CLASSES
};

struct list_item {
	enum list_class class;
	struct slice host; /* canonical; lies in `storage` */
	struct slice path; /* borrows from the line */
	char storage[CATEGORY_HOST_MAX + 1];
};

/* Where one is in a line. */
struct list_line {
	enum conf_list_format format;
	struct slice rest;
	bool is_first;
};

/* line is without its end; format is not auto. */
struct list_line list_line_begin(enum conf_list_format format, struct slice line);
/* The next item; false when there are no more.  Every line has at least one. */
bool list_line_next(struct list_line *l, struct list_item *item);

/* The format that most lines of the text are in, by their looks; plain where nothing says more. */
enum conf_list_format list_format_guess(struct slice text);
const char *list_format_name(enum conf_list_format format);
/* "cosmetic rule", for reports. */
const char *list_class_name(enum list_class class);

#endif

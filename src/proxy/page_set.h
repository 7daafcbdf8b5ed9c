/* The pages of one configuration: a template, and the texts of each language.  English and German are built in; a
 * folder of files replaces them and adds others:
 *
 *     page.html         the template of every language
 *     page.LANG.html    the template of one language
 *     messages.LANG     its texts, a key and a text on each line; what is missing is said in English
 *
 * A set is filled while a generation is built and never changed afterwards; threads share it. */
#ifndef SLUICE_PROXY_PAGE_SET_H
#define SLUICE_PROXY_PAGE_SET_H

#include "proxy/page_template.h"

#define PAGE_LANGUAGES_MAX 64
#define PAGE_LANGUAGE_TAG_MAX 16

/* What an answer is about. */
enum page_kind {
	PAGE_BLOCKED,         /* a rule says no: 403, or 451 as configured */
	PAGE_WARNING,         /* a rule warns: 403 with a way on */
	PAGE_BAD_REQUEST,     /* 400 */
	PAGE_METHOD,          /* CONNECT: 405 */
	PAGE_MISDIRECTED,     /* 421 */
	PAGE_ORIGIN_FAILED,   /* 502 */
	PAGE_ORIGIN_TIMEOUT,  /* 504 */
	PAGE_BAD_CERTIFICATE, /* 502, on a leaf that nobody trusts */
	PAGE_KINDS,
};

struct page_language {
	char tag[PAGE_LANGUAGE_TAG_MAX + 1]; /* lower case: "en", "pt-br" */
	struct slice titles[PAGE_KINDS];     /* where a text is empty, the first language has it */
	struct slice texts[PAGE_KINDS];
	struct slice labels[PAGE_VALUES];     /* PAGE_VALUE_LABEL_... alone */
	const struct page_template *template; /* NULL: the common one */
};

struct page_set {
	struct arena arena; /* of all texts and templates */
	const struct page_template *template;
	struct page_language *languages[PAGE_LANGUAGES_MAX]; /* English first */
	size_t count;
};

/* With what is built in.  NULL when memory is out.  The caller owns it. */
struct page_set *page_set_new(struct problems *problems);
void page_set_free(struct page_set *set);
/* True for the file names that a set is made of. */
bool page_set_knows(struct slice file_name);
/* Takes over one file of a folder.  False on a mistake, which was added to problems with its line. */
bool page_set_add(struct page_set *set, const char *path, struct slice bytes, struct problems *problems);
/* The language that an Accept-Language value asks for (RFC 9110 section 12.5.4, lookup after RFC 4647 section 3.4), or
 * the first. */
const struct page_language *page_set_choose(const struct page_set *set, struct slice accept_language);
/* The text of that language, or of the first one where it has none. */
struct slice page_set_title(const struct page_set *set, const struct page_language *language, enum page_kind kind);
struct slice page_set_text(const struct page_set *set, const struct page_language *language, enum page_kind kind);
struct slice page_set_label(const struct page_set *set, const struct page_language *language, enum page_value label);

#endif

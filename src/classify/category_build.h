/* Builds a category table (category_table.h).  Entries are kept as hashes only, 16 bytes each, never more than
 * CATEGORY_ENTRIES_MAX, and the table beside them while it is put together; names are given back to nobody.  One
 * thread. Any failure is sticky: it is told once, by category_builder_finish(). */
#ifndef SLUICE_CLASSIFY_CATEGORY_BUILD_H
#define SLUICE_CLASSIFY_CATEGORY_BUILD_H

#include "classify/category_table.h"

#define CATEGORY_ENTRIES_MAX (64u << 20) /* names, addresses and URLs, each category counted */

struct category_builder;

/* Brings a path into the one form in which paths are compared; dst holds path.len bytes and does not overlap path. */
typedef struct slice category_path_form(struct slice path, char *dst);

/* path_form is applied to the paths of URLs, as whoever asks applies it to his; NULL: they are taken as they are.
 * NULL when memory is out. */
struct category_builder *category_builder_new(category_path_form *path_form);
void category_builder_free(struct category_builder *b);

/* The number of the category, which is new or known; -1 where the name is no word of printable characters, or there
 * are too many. */
int category_builder_category(struct category_builder *b, struct slice name);
/* The name of a number that it gave. */
const char *category_builder_name(const struct category_builder *b, unsigned number);
/* Makes name another name of target (new or known).  Whatever is in the one is in the other; chains are followed.
 * False where that would close a loop, or a name is none: nothing changed. */
bool category_builder_alias(struct category_builder *b, struct slice name, struct slice target);

/* host as in category_lookup_host().  False where it is too long or has too many labels. */
bool category_builder_add_host(struct category_builder *b, struct slice host, unsigned category);
/* A path of "/" or less stands for the host.  False where host or path is too long, or has too many segments. */
bool category_builder_add_url(struct category_builder *b, struct slice host, struct slice path, unsigned category);
/* The administrator's own: list entries count no more for the host and what is below; blocks still do. */
bool category_builder_allow(struct category_builder *b, struct slice host);
bool category_builder_block(struct category_builder *b, struct slice host, unsigned category);

/* Keeps a copy, for whoever asks where entries come from. */
void category_builder_source(struct category_builder *b, const struct category_source *source);

/* Puts the table together with a hash of its own seed, and leaves the builder empty but for its error.  `inputs` is any
 * number that says what it was built from.  NULL on success: *bytes is the caller's, free() it.  Otherwise why not. */
const char *category_builder_finish(
	struct category_builder *b, uint64_t built_at, uint64_t inputs, struct slice *bytes);

/* Replaces the file at path, whole or not at all: written beside it, synced, renamed.  0 or negative errno. */
int category_table_save(struct slice bytes, const char *path);

#endif

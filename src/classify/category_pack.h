/* What a builder of category tables has collected, between category_build.c and category_pack.c; nobody else includes
 * this. */
#ifndef SLUICE_CLASSIFY_CATEGORY_PACK_H
#define SLUICE_CLASSIFY_CATEGORY_PACK_H

#include "base/arena.h"
#include "classify/category_build.h"
#include "classify/category_format.h"

/* What an entry says of its key. */
enum builder_entry_kind {
	ENTRY_LISTED = 1,   /* it is in the category */
	ENTRY_POSSIBLE = 2, /* an URL below it is */
	ENTRY_ALLOW = 4,
	ENTRY_OWN = 8,
	ENTRY_URL = 16,     /* the key is an URL */
	ENTRY_ADDRESS = 32, /* the key is an address */
};

struct builder_entry {
	uint64_t hash;
	uint32_t category;
	uint32_t kind; /* enum builder_entry_kind bits */
};

struct builder_category {
	struct slice name;
	uint32_t alias_of;
};

struct category_builder {
	category_path_form *path_form;
	struct siphash_key seed;
	struct category_factors factors; /* of the seed */
	struct builder_entry *entries;   /* owned, from pages_resize() */
	size_t entry_count;
	size_t entry_capacity;
	struct builder_category categories[CATEGORIES_MAX];
	unsigned category_count;
	struct category_source *sources; /* owned; their texts lie in `texts` */
	size_t source_count;
	struct arena texts;
	uint32_t depths;
	const char *error; /* the first; NULL: none */
};

/* Gives back what was collected but categories and sources. */
void category_builder_drop_entries(struct category_builder *b);

#endif

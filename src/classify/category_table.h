/* The compiled form of all category lists: which categories a host or URL is in.  One read-only run of bytes that every
 * process maps and shares; opening checks all of it once, lookups then allocate nothing, lock nothing and never fail.
 *
 * A list entry stands for its host and everything below it, so a lookup is the union over the host and all its parents.
 * An URL entry stands for its host (with or without "www.") and every path below it.  The administrator's own entries
 * beat lists: from an allowed host down, list entries count no more, but own blocks do.
 *
 * Only fingerprints of 47 bits are kept: a host that is not listed is taken for a listed one about once in 10^12
 * lookups, and nobody can choose such a host, since the hash is keyed at random with each build. */
#ifndef SLUICE_CLASSIFY_CATEGORY_TABLE_H
#define SLUICE_CLASSIFY_CATEGORY_TABLE_H

#include "base/siphash.h"

#define CATEGORIES_MAX 1024           /* categories in one table */
#define CATEGORY_NAME_MAX 64          /* bytes of a category's name */
#define CATEGORY_HOST_MAX 253         /* RFC 1035 section 2.3.4, without the trailing dot */
#define CATEGORY_LABELS_MAX 32        /* names with more labels are not listed */
#define CATEGORY_PATH_MAX 2048        /* bytes of a listed URL's path */
#define CATEGORY_PATH_PREFIXES_MAX 64 /* segments and parameters of one */
#define CATEGORY_WORDS_MAX (CATEGORIES_MAX / 64)
#define CATEGORY_NAME_WORDS (CATEGORY_HOST_MAX / 8 + 1) /* that a name is hashed as */

/* The secret numbers that names are hashed with; see category_hash.h. */
struct category_factors {
	unsigned __int128 start;
	unsigned __int128 of_word[CATEGORY_NAME_WORDS];
};

/* An open table: borrows the bytes, which must stay mapped and unchanged.  Any thread may read it. */
struct category_table {
	const struct category_bucket *buckets;
	const char *sets;
	const char *categories;
	const char *sources;
	const char *strings;
	struct siphash_key seed;
	struct category_factors factors; /* of the seed */
	uint64_t home_buckets;
	uint64_t built_at; /* seconds since 1970 */
	uint64_t inputs;   /* see category_builder_finish() */
	uint64_t names;
	uint64_t urls;
	uint64_t addresses;
	size_t size;
	uint32_t reach;
	uint32_t depths;
	unsigned set_words; /* of 64 categories each */
	unsigned set_count;
	unsigned category_count;
	unsigned source_count;
};

/* Sets of categories: bit n of word n / 64.  The first table->set_words words are filled in. */
struct category_answer {
	uint64_t listed[CATEGORY_WORDS_MAX];
	uint64_t possible[CATEGORY_WORDS_MAX]; /* what URLs below the host are listed as, until the path is known */
};

/* Where entries of a table come from; texts are never NULL, and borrow from the table. */
struct category_source {
	const char *name;
	const char *format;
	const char *path;
	const char *licence;
	const char *attribution;
	uint64_t date; /* of its newest file, seconds since 1970 */
	uint64_t names;
	uint64_t urls;
	uint64_t addresses;
	uint64_t skipped;  /* lines that could not be used */
	const char *kinds; /* of those, for people: "4 x cosmetic rule, 1 x exception" */
};

/* Checks everything: sizes, offsets, every slot and text.  NULL when the table may be used; otherwise what is wrong
 * with the file in words, and t is not to be used. */
const char *category_table_open(struct category_table *t, struct slice bytes);

/* host: lower case, A-labels, no trailing dot; or an address as addr_format() writes it.  True where the host is
 * listed. `possible` is what a lookup with a path may add. */
bool category_lookup_host(const struct category_table *t, struct slice host, struct category_answer *answer);
/* The same with the path known, in the form that the table was built with; `possible` is then empty. */
bool category_lookup_url(
	const struct category_table *t, struct slice host, struct slice path, struct category_answer *answer);

/* NULL past the last. */
const char *category_name(const struct category_table *t, unsigned number);
/* The number of the category that this one is another name of; -1 where it is none.  The bits of both are always set
 * together. */
int category_alias_of(const struct category_table *t, unsigned number);
/* Whether nothing at all is listed in it. */
bool category_is_empty(const struct category_table *t, unsigned number);
/* False past the last. */
bool category_source(const struct category_table *t, unsigned number, struct category_source *source);

/* For the builder, which hashes as the table that it builds will. */
void category_factors_make(struct category_factors *factors, const struct siphash_key *seed);

static inline bool
category_answer_has(const uint64_t *words, unsigned number)
{
	return (words[number / 64] >> (number % 64)) & 1;
}

#endif

/* Puts a category table together: entries are sorted by hash, which is also the order of their buckets, so each bucket
 * is written once, in sequence; entries of one key become one set of categories. */
#include "classify/category_pack.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/pages.h"

#define PART_BITS 9
#define PARTS (1u << PART_BITS)
#define GROUP_ENTRIES 16 /* in a group, about */
#define INSERTION_MAX 64 /* a larger group is sorted by qsort(): it repeats names */
#define SETS_MEMORY (64u << 20)
#define LOAD_NUMERATOR 3u /* three quarters of the slots are used */
#define LOAD_DENOMINATOR 4u

/* ---- sorting ---- */

static int
compare_entries(const void *a, const void *b)
{
	const struct builder_entry *x = a, *y = b;

	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static void
sort_group(struct builder_entry *entries, size_t count)
{
	if (count > INSERTION_MAX) {
		qsort(entries, count, sizeof *entries, compare_entries);
		return;
	}
	for (size_t i = 1; i < count; i++) {
		struct builder_entry moved = entries[i];
		size_t at = i;

		for (; at > 0 && entries[at - 1].hash > moved.hash; at--)
			entries[at] = entries[at - 1];
		entries[at] = moved;
	}
}

/* Puts entries into groups by the bits of their hashes below the topmost `skip`: to[ends[g - 1]] up to to[ends[g]] is
 * group g.  ends has room for groups + 1. */
static void
scatter(const struct builder_entry *from, size_t count, unsigned skip, uint64_t groups, uint32_t *ends,
	struct builder_entry *to)
{
	memset(ends, 0, (groups + 1) * sizeof *ends);
	for (size_t i = 0; i < count; i++)
		ends[category_home(from[i].hash << skip, groups) + 1]++;
	for (uint64_t i = 0; i < groups; i++)
		ends[i + 1] += ends[i];
	for (size_t i = 0; i < count; i++)
		to[ends[category_home(from[i].hash << skip, groups)]++] = from[i];
}

/* Puts entries into parts by the topmost bits of their hashes, in place: part p ends at ends[p].  Whoever is not in his
 * part changes places with the next who is not known to be in that one. */
static void
partition(struct builder_entry *entries, size_t count, uint32_t ends[PARTS])
{
	uint32_t next[PARTS], end = 0;

	memset(ends, 0, PARTS * sizeof *ends);
	for (size_t i = 0; i < count; i++)
		ends[entries[i].hash >> (64 - PART_BITS)]++;
	for (unsigned p = 0; p < PARTS; p++) {
		next[p] = end;
		end += ends[p];
		ends[p] = end;
	}
	for (unsigned p = 0; p < PARTS; p++)
		while (next[p] < ends[p]) {
			struct builder_entry moved = entries[next[p]];

			for (uint64_t to; (to = moved.hash >> (64 - PART_BITS)) != p;) {
				struct builder_entry other = entries[next[to]];

				entries[next[to]++] = moved;
				moved = other;
			}
			entries[next[p]++] = moved;
		}
}

static size_t
largest(const uint32_t ends[PARTS])
{
	size_t most = ends[0];

	for (unsigned p = 1; p < PARTS; p++)
		if (ends[p] - ends[p - 1] > most)
			most = ends[p] - ends[p - 1];
	return most;
}

/* Sorts by hash in linear time: hashes are even, so a count of their high bits finds everybody's place.  First into
 * parts that fit into a cache, then each of them into small groups: so nothing is written all over the memory, and the
 * only memory beside the entries is for one part. */
static bool
sort_entries(struct category_builder *b)
{
	uint32_t *ends, part_ends[PARTS];
	struct builder_entry *copy;
	bool done;
	size_t most;

	if (b->entry_count == 0)
		return true;
	partition(b->entries, b->entry_count, part_ends);
	most = largest(part_ends);
	ends = malloc((most / GROUP_ENTRIES + 2) * sizeof *ends);
	copy = malloc(most * sizeof *copy);
	done = copy != NULL && ends != NULL;
	for (unsigned p = 0; done && p < PARTS; p++) {
		size_t begin = p ? part_ends[p - 1] : 0, count = part_ends[p] - begin;
		uint64_t groups = count / GROUP_ENTRIES + 1;
		struct builder_entry *part = b->entries + begin;

		memcpy(copy, part, count * sizeof *copy);
		scatter(copy, count, PART_BITS, groups, ends, part);
		for (uint64_t g = 0; g < groups; g++) {
			uint32_t from = g ? ends[g - 1] : 0;

			sort_group(part + from, ends[g] - from);
		}
	}
	free(copy);
	free(ends);
	return done;
}

/* ---- sets ---- */

struct set {
	uint32_t number;
	uint64_t words[1 + 2 * CATEGORY_WORDS_MAX]; /* flags, listed, possible: as many as the table has */
};

struct packer {
	struct category_builder *b;
	struct arena memory;
	struct map known;  /* words of a set -> struct set */
	struct set **sets; /* by number; in `memory` but for the array, which is owned */
	unsigned set_count;
	unsigned set_words;
	uint32_t single[CATEGORIES_MAX]; /* the number of the set of a category alone; 0: none yet */
	uint64_t same[CATEGORIES_MAX][CATEGORY_WORDS_MAX];
	char *out; /* owned: the table */
	struct category_header header;
};

static size_t
set_bytes(const struct packer *p)
{
	return (1 + 2 * (size_t)p->set_words) * sizeof(uint64_t);
}

/* The number of a set that has these words; 0 when there are too many. */
static uint32_t
number_of_set(struct packer *p, const uint64_t *words)
{
	struct set *set = map_get(&p->known, slice_make(words, set_bytes(p)));

	if (set)
		return set->number;
	if (p->set_count == CATEGORY_SETS_MAX)
		return 0;
	set = arena_alloc(&p->memory, offsetof(struct set, words) + set_bytes(p));
	if (set == NULL)
		return 0;
	set->number = p->set_count;
	memcpy(set->words, words, set_bytes(p));
	if (!map_put(&p->known, slice_make(set->words, set_bytes(p)), set))
		return 0;
	p->sets[p->set_count++] = set;
	return set->number;
}

static uint32_t
root_of(const struct category_builder *b, uint32_t category)
{
	while (b->categories[category].alias_of != CATEGORY_NOT_ALIAS)
		category = b->categories[category].alias_of;
	return category;
}

/* For each category, itself and all other names of it: those that lead to the same root. */
static void
close_aliases(struct packer *p)
{
	for (uint32_t i = 0; i < p->b->category_count; i++) {
		uint64_t *words = p->same[root_of(p->b, i)];

		words[i / 64] |= UINT64_C(1) << (i % 64);
	}
	for (uint32_t i = 0; i < p->b->category_count; i++)
		memcpy(p->same[i], p->same[root_of(p->b, i)], sizeof p->same[i]);
}

static void
mark(const struct packer *p, uint64_t *words, uint32_t category)
{
	for (unsigned i = 0; i < p->set_words; i++)
		words[i] |= p->same[category][i];
}

/* The set of one key, from its entries. */
static uint32_t
set_of_entries(struct packer *p, const struct builder_entry *entries, size_t count)
{
	uint64_t words[1 + 2 * CATEGORY_WORDS_MAX] = {0};
	bool is_single = true;
	uint32_t kinds = 0;

	for (size_t i = 0; i < count; i++) {
		kinds |= entries[i].kind;
		is_single = is_single && entries[i].category == entries[0].category;
	}
	is_single = is_single && !(kinds & (ENTRY_POSSIBLE | ENTRY_ALLOW | ENTRY_OWN));
	if (is_single && p->single[entries[0].category])
		return p->single[entries[0].category];
	if (kinds & ENTRY_ALLOW)
		words[0] |= CATEGORY_SET_ALLOW;
	if (kinds & ENTRY_OWN)
		words[0] |= CATEGORY_SET_OWN;
	for (size_t i = 0; i < count; i++) {
		if ((kinds & ENTRY_ALLOW) && !(entries[i].kind & ENTRY_OWN))
			continue;
		if (entries[i].kind & ENTRY_LISTED)
			mark(p, words + 1, entries[i].category);
		if (entries[i].kind & ENTRY_POSSIBLE)
			mark(p, words + 1 + p->set_words, entries[i].category);
	}
	if (is_single)
		return p->single[entries[0].category] = number_of_set(p, words);
	return number_of_set(p, words);
}

/* ---- buckets ---- */

/* Replaces the entries by one for each key, whose category is the number of its set. */
static bool
merge_keys(struct packer *p)
{
	struct category_builder *b = p->b;
	size_t kept = 0;

	for (size_t i = 0, next; i < b->entry_count; i = next) {
		uint32_t number, kinds = 0;

		for (next = i; next < b->entry_count && b->entries[next].hash == b->entries[i].hash; next++)
			kinds |= b->entries[next].kind;
		number = set_of_entries(p, b->entries + i, next - i);
		if (number == 0) {
			b->error = "the lists overlap in more ways than a table can hold; use fewer lists";
			return false;
		}
		if (kinds & ENTRY_URL)
			p->header.urls++;
		else if (kinds & ENTRY_ADDRESS)
			p->header.addresses++;
		else if (kinds & ~(uint32_t)ENTRY_POSSIBLE)
			p->header.names++;
		b->entries[kept++] = (struct builder_entry){b->entries[i].hash, number, kinds};
	}
	b->entry_count = kept;
	return true;
}

/* Finds every key's bucket; writes slots where `buckets` is not NULL.  Returns how far the furthest key lies past its
 * home, or past the last home bucket. */
static uint64_t
place_keys(const struct packer *p, struct category_bucket *buckets)
{
	uint64_t bucket = 0, reach = CATEGORY_REACH_MIN;
	unsigned used = 0;

	for (size_t i = 0; i < p->b->entry_count; i++) {
		const struct builder_entry *e = &p->b->entries[i];
		uint64_t home = category_home(e->hash, p->header.home_buckets);
		uint64_t slot = category_fingerprint(e->hash) | e->category;

		if (home > bucket) {
			bucket = home;
			used = 0;
		} else if (used == CATEGORY_SLOTS) {
			bucket++;
			used = 0;
		}
		if (bucket - home > reach)
			reach = bucket - home;
		if (buckets) {
			buckets[bucket].upper[used / 4][used % 4] = (uint32_t)(slot >> 32);
			buckets[bucket].lower[used / 4][used % 4] = (uint32_t)slot;
			if (bucket - home > CATEGORY_REACH_MIN)
				buckets[home].lower[0][0] |= CATEGORY_GOES_ON;
		}
		used++;
	}
	return reach;
}

/* ---- the whole ---- */

static size_t
add_string(char *strings, size_t at, const char *text)
{
	size_t len = strlen(text) + 1;

	if (strings)
		memcpy(strings + at, text, len);
	return at + len;
}

/* Writes categories, sources and their texts where `strings` is not NULL; returns how long the texts are. */
static size_t
write_rows(const struct packer *p, char *categories, char *sources, char *strings)
{
	size_t at = add_string(strings, 0, "");

	for (unsigned i = 0; i < p->b->category_count; i++) {
		struct category_row row = {.name = (uint32_t)at, .alias_of = p->b->categories[i].alias_of};

		at = add_string(strings, at, p->b->categories[i].name.ptr);
		if (strings)
			memcpy(categories + i * sizeof row, &row, sizeof row);
	}
	for (size_t i = 0; i < p->b->source_count; i++) {
		const struct category_source *source = &p->b->sources[i];
		const char *const texts[] = {source->name, source->format, source->path, source->licence,
			source->attribution, source->kinds};
		struct source_row row = {
			source->date, source->names, source->urls, source->addresses, source->skipped, .kinds = 0};
		uint32_t *const offsets[] = {
			&row.name, &row.format, &row.path, &row.licence, &row.attribution, &row.kinds};

		for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++) {
			*offsets[t] = (uint32_t)at;
			at = add_string(strings, at, texts[t]);
		}
		if (strings)
			memcpy(sources + i * sizeof row, &row, sizeof row);
	}
	return at;
}

static size_t
lay_out(struct category_header *h, const size_t sizes[CATEGORY_SECTIONS])
{
	size_t at = sizeof *h;

	for (unsigned i = 0; i < CATEGORY_SECTIONS; i++) {
		at = (at + CATEGORY_ALIGN - 1) / CATEGORY_ALIGN * CATEGORY_ALIGN;
		h->sections[i] = (struct category_extent){at, sizes[i]};
		at += sizes[i];
	}
	h->size = at;
	return at;
}

static const char *
write_table(struct packer *p)
{
	struct category_header *h = &p->header;
	size_t per_bucket = CATEGORY_SLOTS * LOAD_NUMERATOR / LOAD_DENOMINATOR;
	size_t sizes[CATEGORY_SECTIONS];
	uint64_t reach;

	h->home_buckets = (p->b->entry_count + per_bucket - 1) / per_bucket;
	if (h->home_buckets == 0)
		h->home_buckets = 1;
	reach = place_keys(p, NULL);
	if (reach > CATEGORY_REACH_MAX)
		return "the names do not spread evenly; compile again";
	h->reach = (uint32_t)reach;
	sizes[CATEGORY_SECTION_BUCKETS] = (h->home_buckets + h->reach) * CATEGORY_ALIGN;
	sizes[CATEGORY_SECTION_SETS] = p->set_count * set_bytes(p);
	sizes[CATEGORY_SECTION_CATEGORIES] = p->b->category_count * sizeof(struct category_row);
	sizes[CATEGORY_SECTION_SOURCES] = p->b->source_count * sizeof(struct source_row);
	sizes[CATEGORY_SECTION_STRINGS] = write_rows(p, NULL, NULL, NULL);
	p->out = calloc(1, lay_out(h, sizes));
	if (p->out == NULL)
		return "memory is out";
	pages_prefer_large(p->out, h->size);
	memcpy(p->out, h, sizeof *h);
	place_keys(p, (struct category_bucket *)(void *)(p->out + h->sections[CATEGORY_SECTION_BUCKETS].offset));
	for (unsigned i = 0; i < p->set_count; i++)
		memcpy(p->out + h->sections[CATEGORY_SECTION_SETS].offset + i * set_bytes(p), p->sets[i]->words,
			set_bytes(p));
	write_rows(p, p->out + h->sections[CATEGORY_SECTION_CATEGORIES].offset,
		p->out + h->sections[CATEGORY_SECTION_SOURCES].offset,
		p->out + h->sections[CATEGORY_SECTION_STRINGS].offset);
	return NULL;
}

/* Number 0 is the empty set, which no slot has. */
static bool
begin(struct packer *p)
{
	static const uint64_t nothing[1 + 2 * CATEGORY_WORDS_MAX];

	p->set_words = p->b->category_count ? (p->b->category_count + 63) / 64 : 1;
	p->header.set_words = p->set_words;
	p->memory = arena_make(SETS_MEMORY);
	map_init(&p->known);
	p->sets = calloc(CATEGORY_SETS_MAX, sizeof(struct set *));
	if (p->sets == NULL)
		return false;
	close_aliases(p);
	number_of_set(p, nothing);
	return p->set_count == 1;
}

const char *
category_builder_finish(struct category_builder *b, uint64_t built_at, uint64_t inputs, struct slice *bytes)
{
	struct packer *p = calloc(1, sizeof *p);

	if (p == NULL)
		return "memory is out";
	p->b = b;
	p->header = (struct category_header){
		.magic = CATEGORY_MAGIC,
		.version = CATEGORY_VERSION,
		.byte_order = CATEGORY_BYTE_ORDER,
		.seed = b->seed,
		.built_at = built_at,
		.inputs = inputs,
		.depths = b->depths,
	};
	if (!b->error && (!begin(p) || !sort_entries(b)))
		b->error = "memory is out";
	if (!b->error && merge_keys(p))
		b->error = write_table(p);
	if (!b->error) {
		*bytes = slice_make(p->out, p->header.size);
		p->out = NULL;
	}
	free(p->out);
	free(p->sets);
	map_release(&p->known);
	arena_release(&p->memory);
	free(p);
	category_builder_drop_entries(b);
	return b->error;
}

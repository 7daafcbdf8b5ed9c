/* Opening a compiled category table.  See category_table.h, and category_format.h for the layout; category_lookup.c
 * asks it. */
#include "classify/category_table.h"

#include "classify/category_format.h"

/* ---- opening ---- */

static unsigned __int128
factor(const struct siphash_key *seed, uint64_t number)
{
	uint64_t halves[] = {2 * number, 2 * number + 1};

	return (unsigned __int128)siphash13(seed, &halves[0], sizeof halves[0]) << 64 |
	       siphash13(seed, &halves[1], sizeof halves[1]);
}

void
category_factors_make(struct category_factors *factors, const struct siphash_key *seed)
{
	factors->start = factor(seed, 0);
	for (unsigned i = 0; i < CATEGORY_NAME_WORDS; i++)
		factors->of_word[i] = factor(seed, i + 1);
}

/* The section as an array of rows; NULL where it does not lie in the file, or is no whole number of rows. */
static const char *
section(const struct category_header *h, struct slice bytes, enum category_section which, size_t row, uint64_t *count)
{
	const struct category_extent *e = &h->sections[which];

	if (e->offset % CATEGORY_ALIGN || e->offset < sizeof *h || e->offset > bytes.len ||
		e->size > bytes.len - e->offset || e->size % row)
		return NULL;
	*count = e->size / row;
	return bytes.ptr + e->offset;
}

static uint64_t
load_word(const char *at, size_t index)
{
	uint64_t word;

	memcpy(&word, at + index * sizeof word, sizeof word);
	return word;
}

static struct category_row
load_category(const struct category_table *t, unsigned number)
{
	struct category_row row;

	memcpy(&row, t->categories + number * sizeof row, sizeof row);
	return row;
}

static struct source_row
load_source(const struct category_table *t, unsigned number)
{
	struct source_row row;

	memcpy(&row, t->sources + number * sizeof row, sizeof row);
	return row;
}

/* Every text that rows name ends within the strings, which end in NUL. */
static bool
texts_are_sound(const struct category_table *t, uint64_t strings)
{
	if (strings == 0 || t->strings[0] != '\0' || t->strings[strings - 1] != '\0')
		return false;
	for (unsigned i = 0; i < t->category_count; i++) {
		struct category_row row = load_category(t, i);

		if (row.name == 0 || row.name >= strings ||
			(row.alias_of != CATEGORY_NOT_ALIAS && row.alias_of >= t->category_count))
			return false;
	}
	for (unsigned i = 0; i < t->source_count; i++) {
		struct source_row row = load_source(t, i);

		if (row.name >= strings || row.format >= strings || row.path >= strings || row.licence >= strings ||
			row.attribution >= strings || row.kinds >= strings)
			return false;
	}
	return true;
}

/* No set holds a category that has no name: whoever asks for its name relies on it. */
static bool
sets_are_sound(const struct category_table *t)
{
	unsigned tail = t->category_count - 64 * (t->set_words - 1); /* in the last word */
	size_t stride = 1 + 2 * (size_t)t->set_words;

	for (size_t i = 0; i < t->set_count && tail < 64; i++) {
		uint64_t listed = load_word(t->sets, i * stride + t->set_words);
		uint64_t possible = load_word(t->sets, i * stride + 2 * (size_t)t->set_words);

		if ((listed | possible) >> tail)
			return false;
	}
	return true;
}

static bool
buckets_are_sound(const struct category_table *t)
{
	for (uint64_t i = 0; i < t->home_buckets + t->reach; i++)
		for (unsigned slot = 0; slot < CATEGORY_SLOTS; slot++)
			if ((t->buckets[i].lower[slot / 4][slot % 4] & (CATEGORY_SETS_MAX - 1)) >= t->set_count)
				return false;
	return true;
}

static const char *
check_header(const struct category_header *h, size_t size)
{
	if (memcmp(h->magic, CATEGORY_MAGIC, sizeof h->magic) != 0)
		return "it is no category table";
	if (h->byte_order != CATEGORY_BYTE_ORDER)
		return "it was compiled on a machine of the other byte order";
	if (h->version != CATEGORY_VERSION)
		return "it was compiled by another version";
	if (h->size != size)
		return "it is cut short or has bytes too many";
	if (h->reach < CATEGORY_REACH_MIN || h->reach > CATEGORY_REACH_MAX || h->home_buckets == 0 ||
		h->home_buckets > size / CATEGORY_ALIGN)
		return "its buckets are damaged";
	if (h->set_words == 0 || h->set_words > CATEGORY_WORDS_MAX)
		return "its sets are damaged";
	return NULL;
}

const char *
category_table_open(struct category_table *t, struct slice bytes)
{
	struct category_header h;
	uint64_t buckets = 0, sets = 0, categories = 0, sources = 0, strings = 0;
	const char *wrong;

	if (bytes.len < sizeof h)
		return "it is no category table";
	memcpy(&h, bytes.ptr, sizeof h);
	wrong = check_header(&h, bytes.len);
	if (wrong)
		return wrong;
	*t = (struct category_table){
		.seed = h.seed,
		.home_buckets = h.home_buckets,
		.built_at = h.built_at,
		.inputs = h.inputs,
		.names = h.names,
		.urls = h.urls,
		.addresses = h.addresses,
		.size = bytes.len,
		.reach = h.reach,
		.depths = h.depths,
		.set_words = h.set_words,
		.buckets = (const struct category_bucket *)(const void *)section(
			&h, bytes, CATEGORY_SECTION_BUCKETS, sizeof(struct category_bucket), &buckets),
		.sets = section(&h, bytes, CATEGORY_SECTION_SETS, (1 + 2 * (size_t)h.set_words) * 8, &sets),
		.categories = section(&h, bytes, CATEGORY_SECTION_CATEGORIES, sizeof(struct category_row), &categories),
		.sources = section(&h, bytes, CATEGORY_SECTION_SOURCES, sizeof(struct source_row), &sources),
		.strings = section(&h, bytes, CATEGORY_SECTION_STRINGS, 1, &strings),
	};
	if (!t->buckets || !t->sets || !t->categories || !t->sources || !t->strings)
		return "a section lies outside the file";
	if (buckets != h.home_buckets + h.reach || sets == 0 || sets > CATEGORY_SETS_MAX || sources > UINT16_MAX)
		return "its sections do not fit together";
	if (categories > CATEGORIES_MAX || h.set_words != (categories ? (categories + 63) / 64 : 1))
		return "its categories do not fit its sets";
	category_factors_make(&t->factors, &t->seed);
	t->set_count = (unsigned)sets;
	t->category_count = (unsigned)categories;
	t->source_count = (unsigned)sources;
	if (!texts_are_sound(t, strings))
		return "its names are damaged";
	if (!sets_are_sound(t))
		return "its sets are damaged";
	if (!buckets_are_sound(t))
		return "its buckets are damaged";
	return NULL;
}

/* ---- names and sources ---- */

const char *
category_name(const struct category_table *t, unsigned number)
{
	return number < t->category_count ? t->strings + load_category(t, number).name : NULL;
}

int
category_alias_of(const struct category_table *t, unsigned number)
{
	uint32_t alias_of = number < t->category_count ? load_category(t, number).alias_of : CATEGORY_NOT_ALIAS;

	return alias_of == CATEGORY_NOT_ALIAS ? -1 : (int)alias_of;
}

bool
category_is_empty(const struct category_table *t, unsigned number)
{
	size_t stride = 1 + 2 * (size_t)t->set_words;

	for (unsigned i = 0; i < t->set_count && number < t->category_count; i++)
		if (load_word(t->sets, i * stride + 1 + number / 64) >> (number % 64) & 1)
			return false;
	return true;
}

bool
category_source(const struct category_table *t, unsigned number, struct category_source *source)
{
	struct source_row row;

	if (number >= t->source_count)
		return false;
	row = load_source(t, number);
	*source = (struct category_source){
		.name = t->strings + row.name,
		.format = t->strings + row.format,
		.path = t->strings + row.path,
		.licence = t->strings + row.licence,
		.attribution = t->strings + row.attribution,
		.date = row.date,
		.names = row.names,
		.urls = row.urls,
		.addresses = row.addresses,
		.skipped = row.skipped,
		.kinds = t->strings + row.kinds,
	};
	return true;
}

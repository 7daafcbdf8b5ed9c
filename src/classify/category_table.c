/* Opening and asking a compiled category table.  See category_table.h, and category_format.h for the layout. */
#include "classify/category_table.h"

#include "classify/category_format.h"
#include "classify/category_hash.h"
#include "classify/category_key.h"

/* ---- opening ---- */

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
slots_are_sound(const struct category_table *t)
{
	uint64_t slots = (t->home_buckets + t->reach) * CATEGORY_SLOTS;

	for (uint64_t i = 0; i < slots; i++)
		if ((load_word(t->buckets, i) & (CATEGORY_SETS_MAX - 1)) >= t->set_count)
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
	if (h->reach > CATEGORY_REACH_MAX || h->home_buckets == 0 || h->home_buckets > size / CATEGORY_ALIGN)
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
		.buckets = section(&h, bytes, CATEGORY_SECTION_BUCKETS, CATEGORY_ALIGN, &buckets),
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
	t->set_count = (unsigned)sets;
	t->category_count = (unsigned)categories;
	t->source_count = (unsigned)sources;
	if (!texts_are_sound(t, strings))
		return "its names are damaged";
	if (!sets_are_sound(t))
		return "its sets are damaged";
	if (!slots_are_sound(t))
		return "its buckets are damaged";
	return NULL;
}

/* ---- asking ---- */

static inline const char *
bucket_of(const struct category_table *t, uint64_t hash)
{
	return t->buckets + category_home(hash, t->home_buckets) * CATEGORY_ALIGN;
}

/* The number of the key's set; 0 where it is not listed.  bucket is its own.
 *
 * A slot that holds the fingerprint differs from the fingerprint's place by its set number alone, which is less than
 * any other difference: so the least difference of the eight answers at once, without a branch for each. */
static inline unsigned
find(const struct category_table *t, const char *bucket, uint64_t hash)
{
	uint64_t wanted = category_fingerprint(hash);

	for (unsigned i = 0; i <= t->reach; i++, bucket += CATEGORY_ALIGN) {
		uint64_t least = UINT64_MAX;

		for (unsigned slot = 0; slot < CATEGORY_SLOTS; slot++) {
			uint64_t difference = (load_word(bucket, slot) ^ wanted) & ~CATEGORY_FILTER;

			least = difference < least ? difference : least;
		}
		if (least < CATEGORY_SETS_MAX)
			return (unsigned)least;
		if ((load_word(bucket, CATEGORY_SLOTS - 1) & ~CATEGORY_FILTER) == 0)
			break;
	}
	return 0;
}

/* Whether names below this one may be listed.  bucket is its own. */
static inline bool
may_have_children(const char *bucket, uint64_t hash)
{
	uint64_t all = UINT64_MAX;

	for (unsigned probe = 0; probe < CATEGORY_FILTER_PROBES; probe++) {
		struct category_filter_bit b = category_filter_bit(hash, probe);

		all &= load_word(bucket, b.slot) >> b.shift;
	}
	return all & 1;
}

static void
unite(const struct category_table *t, uint64_t *words, const char *set, size_t offset)
{
	for (unsigned i = 0; i < t->set_words; i++)
		words[i] |= load_word(set, offset + i);
}

static bool
any(const uint64_t *words, unsigned count)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < count; i++)
		all |= words[i];
	return all != 0;
}

/* Takes the set of a name in; *allowed says whether a name above it was allowed. */
static void
take(const struct category_table *t, unsigned number, bool at_url_host, bool *allowed, struct category_answer *answer)
{
	const char *set = t->sets + number * (1 + 2 * (size_t)t->set_words) * 8;
	uint64_t flags = load_word(set, 0);
	size_t bytes = t->set_words * sizeof answer->listed[0];

	if (flags & CATEGORY_SET_ALLOW) {
		*allowed = true;
		memset(answer->listed, 0, bytes);
		memset(answer->possible, 0, bytes);
	}
	if (*allowed && !(flags & CATEGORY_SET_OWN))
		return;
	unite(t, answer->listed, set, 1);
	if (at_url_host)
		unite(t, answer->possible, set, 1 + (size_t)t->set_words);
}

static inline void
clear(const struct category_table *t, uint64_t *words)
{
	for (unsigned i = 0; i < t->set_words; i++)
		words[i] = 0;
}

/* One of a host's parents, or the host itself, on the way from the shortest on. */
struct walk {
	struct category_labels labels;
	unsigned depth; /* labels taken in */
	bool has_more;
	size_t start; /* where the name begins in the host */
	uint64_t hash;
	const char *bucket;
};

/* Goes on to the next name of a length that is listed, and asks for its bucket, and for the one behind it, where one
 * key in four lies that is not in its own.  False where there is none, or it is no name. */
static inline bool
walk_on(const struct category_table *t, struct walk *w)
{
	while (w->has_more && w->depth < CATEGORY_LABELS_MAX) {
		w->start = category_labels_next(&w->labels, &w->has_more);
		if (!category_labels_are_sound(&w->labels))
			return false;
		if (!(t->depths >> w->depth++ & 1))
			continue;
		w->hash = siphash_end(w->labels.hash);
		w->bucket = bucket_of(t, w->hash);
		__builtin_prefetch(w->bucket);
		__builtin_prefetch(w->bucket + CATEGORY_ALIGN);
		return true;
	}
	return false;
}

/* Takes in a host's parents and the host itself as long as there may be listed ones below.  The next bucket is asked
 * for before one is looked at, so that the misses of the cache overlap. */
static void
take_names(const struct category_table *t, struct slice host, struct category_answer *answer)
{
	size_t url_start = host.len - category_url_host(host).len;
	bool allowed = false, goes_on;
	NOT_CLEARED struct walk w;

	w.depth = 0;
	w.has_more = true;
	category_labels_begin(&w.labels, &t->seed, host);
	goes_on = walk_on(t, &w);
	while (goes_on) {
		const char *bucket = w.bucket;
		uint64_t hash = w.hash;
		size_t start = w.start;
		unsigned number;

		goes_on = walk_on(t, &w);
		number = find(t, bucket, hash);
		if (number)
			take(t, number, start == url_start, &allowed, answer);
		goes_on = goes_on && may_have_children(bucket, hash);
	}
}

bool
category_lookup_host(const struct category_table *t, struct slice host, struct category_answer *answer)
{
	clear(t, answer->listed);
	clear(t, answer->possible);
	if (host.len == 0 || host.len > CATEGORY_HOST_MAX)
		return false;
	if (category_host_is_address(host)) {
		uint64_t hash = siphash13(&t->seed, host.ptr, host.len);
		unsigned number = find(t, bucket_of(t, hash), hash);
		bool allowed = false;

		if (number)
			take(t, number, true, &allowed, answer);
	} else {
		take_names(t, host, answer);
	}
	return any(answer->listed, t->set_words);
}

/* Host and path as one key, in lower case; a path that is too long for any entry is cut. */
static size_t
url_key(struct slice host, struct slice path, char key[CATEGORY_HOST_MAX + CATEGORY_PATH_MAX + 1])
{
	path = slice_sub(path, 0, CATEGORY_PATH_MAX);
	memcpy(key, host.ptr, host.len);
	for (size_t i = 0; i < path.len; i++)
		key[host.len + i] = ascii_lower(path.ptr[i]);
	return host.len + path.len;
}

bool
category_lookup_url(
	const struct category_table *t, struct slice host, struct slice path, struct category_answer *answer)
{
	char key[CATEGORY_HOST_MAX + CATEGORY_PATH_MAX + 1];
	struct slice url_host = category_url_host(host);
	bool listed = category_lookup_host(t, host, answer);
	unsigned prefixes = 0;
	size_t len;

	if (!any(answer->possible, t->set_words))
		return listed;
	len = url_key(url_host, path, key);
	clear(t, answer->possible);
	for (size_t i = url_host.len + 1; i <= len && prefixes < CATEGORY_PATH_PREFIXES_MAX; i++) {
		unsigned number;
		uint64_t hash;

		if (i < len && !category_path_ends_before(key[i]))
			continue;
		prefixes++;
		hash = siphash13(&t->seed, key, i);
		number = find(t, bucket_of(t, hash), hash);
		if (number)
			unite(t, answer->listed, t->sets + number * (1 + 2 * (size_t)t->set_words) * 8, 1);
	}
	return any(answer->listed, t->set_words);
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

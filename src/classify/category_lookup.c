/* Asking a compiled category table.  See category_table.h.
 *
 * What a lookup costs is the wait for memory.  So all that it may need is asked for before any of it is looked at: it
 * waits once. */
#include "classify/category_table.h"

#include "classify/category_format.h"
#include "classify/category_hash.h"
#include "classify/category_key.h"

static uint64_t
load_word(const char *at, size_t index)
{
	uint64_t word;

	memcpy(&word, at + index * sizeof word, sizeof word);
	return word;
}

/* ---- keys ---- */

/* A key whose bucket is on its way from memory. */
struct probe {
	const struct category_bucket *bucket; /* its own */
	uint64_t fingerprint;
};

static inline struct probe
probe_begin(const struct category_table *t, uint64_t hash)
{
	const struct category_bucket *bucket = t->buckets + category_home(hash, t->home_buckets);

	__builtin_prefetch(bucket);
	__builtin_prefetch(bucket + 1);
	return (struct probe){bucket, category_fingerprint(hash)};
}

static inline category_halves
four_times(uint32_t half)
{
	return (category_halves){half, half, half, half};
}

/* The lower half of the slot that holds the fingerprint, among zeros; zeros alone where none does. */
static inline category_halves
match(const struct category_bucket *bucket, uint64_t fingerprint)
{
	const category_halves upper = four_times((uint32_t)(fingerprint >> 32));
	const category_halves lower = four_times((uint32_t)fingerprint), mask = four_times(CATEGORY_FINGERPRINT);
	category_halves found = {0};

#pragma GCC unroll 2
	for (unsigned i = 0; i < 2; i++)
		found |= bucket->lower[i] & (category_halves)(bucket->upper[i] == upper) &
			 (category_halves)((bucket->lower[i] & mask) == lower);
	return found;
}

/* Looks at the two buckets where nearly all keys are; the others are for probe_further(). */
static inline category_halves
probe_end(const struct probe *p)
{
	return match(p->bucket, p->fingerprint) | match(p->bucket + 1, p->fingerprint);
}

/* Has CATEGORY_GOES_ON where keys of the bucket lie beyond the next one. */
static inline uint32_t
probe_flags(const struct probe *p)
{
	return p->bucket->lower[0][0];
}

static category_halves
probe_further(const struct category_table *t, const struct probe *p)
{
	category_halves found = {0};

	if (probe_flags(p) & CATEGORY_GOES_ON)
		for (uint32_t i = CATEGORY_REACH_MIN + 1; i <= t->reach; i++)
			found |= match(p->bucket + i, p->fingerprint);
	return found;
}

static inline uint32_t
any_of(category_halves found)
{
	return found[0] | found[1] | found[2] | found[3];
}

/* The number of the set; 0, of the empty one, where nothing was found.  In a forged table two slots could have one
 * fingerprint. */
static inline unsigned
set_number(const struct category_table *t, category_halves found)
{
	unsigned number = any_of(found) & (CATEGORY_SETS_MAX - 1);

	return number < t->set_count ? number : 0;
}

static unsigned
find(const struct category_table *t, uint64_t hash)
{
	struct probe p = probe_begin(t, hash);

	return set_number(t, probe_end(&p) | probe_further(t, &p));
}

/* ---- sets ---- */

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
clear(const struct category_table *t, struct category_answer *answer)
{
	for (unsigned i = 0; i < t->set_words; i++)
		answer->listed[i] = answer->possible[i] = 0;
}

/* ---- names ---- */

/* A name that may be listed: the host, or one of its parents. */
struct candidate {
	struct probe probe;
	size_t len; /* of the name */
	category_halves found;
};

/* The host and its parents of the lengths that are listed, from the shortest on. */
static inline unsigned
begin_names(const struct category_table *t, struct slice host, struct candidate candidates[CATEGORY_LABELS_MAX])
{
	NOT_CLEARED struct category_name name;
	uint32_t depths = t->depths;
	unsigned count = 0;

	category_name_read(&name, &t->factors, host);
	for (size_t base = 0; base <= host.len; base += 64)
		for (uint64_t starts = name.starts[base / 64]; starts && depths; starts &= starts - 1, depths >>= 1) {
			if (!(depths & 1))
				continue;
			candidates[count].len = base + (unsigned)__builtin_ctzll(starts);
			candidates[count].probe =
				probe_begin(t, category_name_hash(&name, &t->factors, candidates[count].len));
			count++;
		}
	return count;
}

/* Takes in the host and its parents; whether any is listed.  Most are not: that is told of all of them at once. */
static inline bool
take_names(const struct category_table *t, struct slice host, struct category_answer *answer)
{
	NOT_CLEARED struct candidate candidates[CATEGORY_LABELS_MAX];
	unsigned count = begin_names(t, host, candidates);
	category_halves found = {0};
	bool allowed = false;
	uint32_t flags = 0;
	size_t url_len;

	for (unsigned i = 0; i < count; i++) {
		candidates[i].found = probe_end(&candidates[i].probe);
		found |= candidates[i].found;
		flags |= probe_flags(&candidates[i].probe);
	}
	for (unsigned i = 0; i < count && flags & CATEGORY_GOES_ON; i++) {
		candidates[i].found |= probe_further(t, &candidates[i].probe);
		found |= candidates[i].found;
	}
	if (any_of(found) == 0)
		return false;
	url_len = category_url_host(host).len;
	for (unsigned i = 0; i < count; i++) {
		unsigned number = set_number(t, candidates[i].found);

		if (number)
			take(t, number, candidates[i].len == url_len, &allowed, answer);
	}
	return any(answer->listed, t->set_words);
}

/* ---- asking ---- */

static bool
take_address(const struct category_table *t, struct slice host, struct category_answer *answer)
{
	unsigned number = find(t, siphash13(&t->seed, host.ptr, host.len));
	bool allowed = false;

	if (number)
		take(t, number, true, &allowed, answer);
	return any(answer->listed, t->set_words);
}

bool
category_lookup_host(const struct category_table *t, struct slice host, struct category_answer *answer)
{
	clear(t, answer);
	if (host.len == 0 || host.len > CATEGORY_HOST_MAX)
		return false;
	return category_host_is_address(host) ? take_address(t, host, answer) : take_names(t, host, answer);
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
	memset(answer->possible, 0, t->set_words * sizeof answer->possible[0]);
	for (size_t i = url_host.len + 1; i <= len && prefixes < CATEGORY_PATH_PREFIXES_MAX; i++) {
		unsigned number;
		uint64_t hash;

		if (i < len && !category_path_ends_before(key[i]))
			continue;
		prefixes++;
		hash = siphash13(&t->seed, key, i);
		number = find(t, hash);
		if (number)
			unite(t, answer->listed, t->sets + number * (1 + 2 * (size_t)t->set_words) * 8, 1);
	}
	return any(answer->listed, t->set_words);
}

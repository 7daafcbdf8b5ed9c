/* The layout of a compiled category table, for its builder and its reader; nobody else includes this.
 *
 * One file: header, then sections at multiples of 64 bytes.  Integers are in the byte order of the machine that built
 * it (a table of the other order is refused, and compiled again).
 *
 *   buckets     64 bytes each: 8 slots of {44-bit fingerprint, 4 bits of the filter, 16-bit set number}; without the
 *               filter, 0 is a free slot.  A key whose bucket is full lies in the next one that is not, at most `reach`
 *               further; slots fill from the first, so a free last slot ends the search.  The last `reach` buckets are
 *               only overflow: nothing wraps.
 *               The filter, 32 bits a bucket, tells which of the names that are hashed to it have listed names below
 *               them: two bits for each such name (Bloom 1970), be it listed itself or not.  So the line of cache that
 *               says whether a name is listed says, too, whether longer ones need looking for.
 *   sets        for each set number its flags, the categories listed, and those of URLs below the name
 *   categories  struct category_row each
 *   sources     struct source_row each
 *   strings     NUL-terminated, one after the other; offset 0 is the empty text
 *
 * Keys are a name ("example.com"), hashed by category_hash.h; an address in its canonical text; or name and path
 * ("example.com/a/b", the name without a leading "www."), both hashed by siphash13(). */
#ifndef SLUICE_CLASSIFY_CATEGORY_FORMAT_H
#define SLUICE_CLASSIFY_CATEGORY_FORMAT_H

#include "base/siphash.h"

#define CATEGORY_MAGIC "SLUICECT"
#define CATEGORY_VERSION 4u
#define CATEGORY_BYTE_ORDER 0x01020304u
#define CATEGORY_ALIGN 64u
#define CATEGORY_SLOTS 8u       /* in a bucket */
#define CATEGORY_REACH_MAX 256u /* buckets past its own in which a key may lie */
#define CATEGORY_SETS_MAX 65536u
#define CATEGORY_SET_BITS 16
#define CATEGORY_FILTER_BITS 4u /* of a slot, above the set */
#define CATEGORY_FILTER UINT64_C(0xf0000)
#define CATEGORY_FILTER_PROBES 2u
#define CATEGORY_FINGERPRINT UINT64_C(0xfffffffffff)
#define CATEGORY_NOT_ALIAS UINT32_MAX

enum category_section {
	CATEGORY_SECTION_BUCKETS,
	CATEGORY_SECTION_SETS,
	CATEGORY_SECTION_CATEGORIES,
	CATEGORY_SECTION_SOURCES,
	CATEGORY_SECTION_STRINGS,
	CATEGORY_SECTIONS
};

struct category_extent {
	uint64_t offset;
	uint64_t size;
};

struct category_header {
	char magic[8];
	uint32_t version;
	uint32_t byte_order;
	uint64_t size; /* of the whole file */
	struct siphash_key seed;
	uint64_t built_at; /* seconds since 1970 */
	uint64_t inputs;   /* a digest of what it was built from */
	uint64_t names;
	uint64_t urls;
	uint64_t addresses;
	uint64_t home_buckets; /* those that keys are hashed to; reach more follow */
	uint32_t reach;
	uint32_t depths; /* bit n: there are names of n + 1 labels */
	uint32_t set_words;
	uint32_t reserved;
	struct category_extent sections[CATEGORY_SECTIONS];
};

/* The flags of a set: an own entry beats lists, see category_table.h. */
#define CATEGORY_SET_ALLOW UINT64_C(1)
#define CATEGORY_SET_OWN UINT64_C(2)

struct category_row {
	uint32_t name;     /* in strings */
	uint32_t alias_of; /* the number of another category, or CATEGORY_NOT_ALIAS */
};

struct source_row {
	uint64_t date; /* of its newest file, seconds since 1970 */
	uint64_t names;
	uint64_t urls;
	uint64_t addresses;
	uint64_t skipped;
	uint32_t name; /* in strings, as what follows */
	uint32_t format;
	uint32_t path;
	uint32_t licence;
	uint32_t attribution;
	uint32_t kinds; /* of skipped lines */
};

/* The bucket that a hash belongs to: its high bits, scaled (Lemire 2016, "fast alternative to the modulo reduction").
 */
static inline uint64_t
category_home(uint64_t hash, uint64_t home_buckets)
{
	return (uint64_t)(((unsigned __int128)hash * home_buckets) >> 64);
}

/* What a slot holds of the hash, in its place: the bits that say least about the bucket; never 0, which would be a free
 * slot. */
static inline uint64_t
category_fingerprint(uint64_t hash)
{
	uint64_t fingerprint = hash & CATEGORY_FINGERPRINT;

	return (fingerprint ? fingerprint : 1) << (CATEGORY_SET_BITS + CATEGORY_FILTER_BITS);
}

/* One bit of a bucket's filter: which slot has it, and how far up. */
struct category_filter_bit {
	unsigned slot;
	unsigned shift;
};

static inline struct category_filter_bit
category_filter_bit(uint64_t hash, unsigned probe)
{
	unsigned number = hash >> (5 * probe) & (CATEGORY_SLOTS * CATEGORY_FILTER_BITS - 1);

	return (struct category_filter_bit){
		number / CATEGORY_FILTER_BITS, CATEGORY_SET_BITS + number % CATEGORY_FILTER_BITS};
}

#endif

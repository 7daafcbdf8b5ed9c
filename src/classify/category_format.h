/* The layout of a compiled category table, for its builder and its reader; nobody else includes this.
 *
 * One file: header, then sections at multiples of 64 bytes.  Integers are in the byte order of the machine that built
 * it (a table of the other order is refused, and compiled again).
 *
 *   buckets     64 bytes each: 8 slots of {47-bit fingerprint, 1 bit of the bucket, 16-bit set number}, their upper
 *               halves first; 0 is a free slot.  A key whose bucket is full lies in the next one that is not, at most
 *               `reach` further, which is nearly always the very next: so a search looks at two buckets, whatever it
 *               finds, and at more only where the bit of its own bucket's first slot says that a key of it lies
 *               beyond.  The last `reach` buckets are only overflow, one at least: nothing wraps.
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
#define CATEGORY_VERSION 6u
#define CATEGORY_BYTE_ORDER 0x01020304u
#define CATEGORY_ALIGN 64u
#define CATEGORY_SLOTS 8u     /* in a bucket */
#define CATEGORY_REACH_MIN 1u /* buckets past its own in which a key may lie */
#define CATEGORY_REACH_MAX 256u
#define CATEGORY_SETS_MAX 65536u
#define CATEGORY_SET_BITS 16
#define CATEGORY_GOES_ON (UINT32_C(1) << CATEGORY_SET_BITS) /* in the lower half of a bucket's first slot */
#define CATEGORY_FINGERPRINT_SHIFT (CATEGORY_SET_BITS + 1)
#define CATEGORY_FINGERPRINT (UINT32_MAX << CATEGORY_FINGERPRINT_SHIFT) /* what a lower half has of it */
#define CATEGORY_NOT_ALIAS UINT32_MAX

enum category_section {
	CATEGORY_SECTION_BUCKETS,
	CATEGORY_SECTION_SETS,
	CATEGORY_SECTION_CATEGORIES,
	CATEGORY_SECTION_SOURCES,
	CATEGORY_SECTION_STRINGS,
	CATEGORY_SECTIONS
};

/* A half of four slots, wherever it lies. */
typedef uint32_t category_halves __attribute__((vector_size(16), aligned(1), may_alias));

struct category_bucket {
	category_halves upper[2];
	category_halves lower[2];
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
	uint64_t fingerprint = hash << CATEGORY_FINGERPRINT_SHIFT;

	return fingerprint ? fingerprint : UINT64_C(1) << CATEGORY_FINGERPRINT_SHIFT;
}

#endif

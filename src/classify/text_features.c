/* Counting.  See text_features.h. */
#include "classify/text_features.h"

#include <endian.h>
#include <stdlib.h>

_Static_assert(TEXT_FEATURE_BITS >= TEXT_BITS_MAX, "a feature holds any bucket");

#define FIRST_CAPACITY 4096u /* 16 KiB: a page of some length needs no more, and it stays in the nearest cache */
/* Half-full tables of good hashes end within some 60 probes; words that were chosen to collide would take thousands. */
#define PROBES_MAX 128
#define BATCH 256 /* buckets that are found before they are counted */
/* Odd numbers without a pattern (the golden ratio's fraction, and its square's). */
#define SPREAD UINT64_C(0x9e3779b97f4a7c15)
#define MIX UINT64_C(0xd6e8feb86659fd93)

void
text_features_start(struct text_features *f, const struct text_vocabulary *vocabulary, uint64_t bytes_max)
{
	*f = (struct text_features){.vocabulary = *vocabulary, .bytes_max = bytes_max};
}

void
text_features_release(struct text_features *f)
{
	struct text_vocabulary vocabulary = f->vocabulary;

	free(f->table);
	text_features_start(f, &vocabulary, f->bytes_max);
}

/* ---- the table ---- */

/* Where the bucket is or belongs: buckets are hashes, their lowest bits as good as any.  NULL where it has no room. */
static uint32_t *
place_of(const struct text_features *f, uint32_t bucket)
{
	for (uint32_t i = 0; i < PROBES_MAX; i++) {
		uint32_t *place = &f->table[(bucket + i) & (f->capacity - 1)];

		/* Empty, or the same: one branch, for which of them it is cannot be guessed. */
		if ((uint64_t)*place * (text_feature_bucket(*place) ^ bucket) == 0)
			return place;
	}
	return NULL;
}

static bool
grow(struct text_features *f)
{
	struct text_features bigger = *f;

	bigger.capacity = f->capacity ? f->capacity * 2 : FIRST_CAPACITY;
	bigger.table = calloc(bigger.capacity, sizeof *bigger.table);
	if (bigger.table == NULL)
		return false;
	for (uint32_t i = 0; i < f->capacity; i++) {
		uint32_t feature = f->table[i];
		uint32_t *place = feature ? place_of(&bigger, text_feature_bucket(feature)) : NULL;

		if (place) {
			*place = feature;
		} else if (feature) {
			bigger.used--;
			bigger.is_incomplete = true;
		}
	}
	free(f->table);
	*f = bigger;
	return true;
}

/* A table is never more than half full. */
static inline bool
has_room(struct text_features *f)
{
	return f->used < f->capacity / 2 || (f->used < TEXT_FEATURES_MAX && grow(f));
}

static void
count_buckets(struct text_features *f, const uint32_t *buckets, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool is_open = has_room(f);
		uint32_t *place = f->capacity ? place_of(f, buckets[i]) : NULL;

		if (place == NULL || (!is_open && *place == 0)) {
			f->is_incomplete = true;
			continue;
		}
		f->used += *place == 0;
		*place |= buckets[i];
		if (text_feature_count(*place) < TEXT_COUNT_MAX)
			*place += 1u << TEXT_FEATURE_BITS;
	}
}

/* ---- words ---- */

/* Known buckets of the words that were read, not counted yet. */
struct batch {
	size_t count;
	uint32_t buckets[BATCH + 2];
};

/* Always written, and kept where it is known: a step that guesses is slower. */
static inline void
add_hash(const struct text_vocabulary *v, struct batch *batch, uint64_t hash)
{
	/* A multiplicative hash: its top bits are the good ones. */
	uint32_t bucket = (uint32_t)(((hash ^ hash >> 32) * MIX) >> (64 - v->bits));

	batch->buckets[batch->count] = bucket;
	batch->count += text_vocabulary_has(v, bucket);
}

/* Words are hashed by eight bytes at a time, the first of them lowest. */
static inline uint64_t
hash_eight(uint64_t hash, uint64_t bytes)
{
	hash = (hash ^ bytes) * SPREAD;
	return hash ^ hash >> 29;
}

/* A word of hash_eight() and of less than 8 bytes more. */
static inline void
end_word(struct text_features *f, struct batch *batch, uint64_t hash, uint64_t rest, unsigned rest_len)
{
	uint64_t word;

	if (hash == 0 && rest_len == 0)
		return;
	word = (hash ^ rest ^ (uint64_t)rest_len << 56) * SPREAD;
	add_hash(&f->vocabulary, batch, word);
	if (f->vocabulary.ngrams > 1 && f->previous)
		add_hash(&f->vocabulary, batch, f->previous * MIX + word);
	f->previous = word;
	if (batch->count >= BATCH) {
		count_buckets(f, batch->buckets, batch->count);
		batch->count = 0;
	}
}

#define EACH_BYTE UINT64_C(0x0101010101010101)

/* The top bit of the first byte that is a space is set, and no bit before it; 0 where none is. */
static inline uint64_t
spaces_of(uint64_t bytes)
{
	uint64_t x = bytes ^ EACH_BYTE * ' ';

	return (x - EACH_BYTE) & ~x & EACH_BYTE << 7;
}

/* Words in steps of eight bytes, from where no bytes of one are left over; returns where fewer than eight are left. */
static const char *
read_words(struct text_features *f, struct batch *batch, const char *at, const char *end)
{
	uint64_t hash = f->hash;

	while (end - at >= 8) {
		uint64_t bytes, spaces;
		unsigned len;

		memcpy(&bytes, at, sizeof bytes);
		bytes = le64toh(bytes);
		spaces = spaces_of(bytes);
		if (spaces == 0) {
			hash = hash_eight(hash, bytes);
			at += 8;
			continue;
		}
		len = (unsigned)__builtin_ctzll(spaces) / 8;
		end_word(f, batch, hash, bytes & ((UINT64_C(1) << len * 8) - 1), len);
		hash = 0;
		at += len + 1;
	}
	f->hash = hash;
	return at;
}

/* One byte, where there are not eight. */
static void
read_byte(struct text_features *f, struct batch *batch, uint8_t c)
{
	if (c == ' ') {
		end_word(f, batch, f->hash, f->rest, f->rest_len);
		f->hash = f->rest = f->rest_len = 0;
		return;
	}
	f->rest |= (uint64_t)c << f->rest_len++ * 8;
	if (f->rest_len == 8) {
		f->hash = hash_eight(f->hash, f->rest);
		f->rest = f->rest_len = 0;
	}
}

bool
text_features_push(struct text_features *f, struct slice text)
{
	uint64_t room = f->bytes_max - f->bytes;
	const char *at = text.ptr, *end;
	struct batch batch;

	batch.count = 0;
	if (text.len > room)
		text.len = room;
	f->bytes += text.len;
	end = at + text.len;
	while (at < end) {
		if (f->rest_len == 0)
			at = read_words(f, &batch, at, end);
		if (at < end)
			read_byte(f, &batch, (uint8_t)*at++);
	}
	count_buckets(f, batch.buckets, batch.count);
	return f->bytes < f->bytes_max;
}

void
text_features_finish(struct text_features *f)
{
	struct batch batch;

	batch.count = 0;
	end_word(f, &batch, f->hash, f->rest, f->rest_len);
	f->hash = f->rest = f->rest_len = 0;
	count_buckets(f, batch.buckets, batch.count);
}

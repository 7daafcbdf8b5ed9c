/* SipHash with one compression and three finalisation rounds.  See siphash.h. */
#include "base/siphash.h"

#include <endian.h>
#include <stdlib.h>
#include <sys/random.h>

static inline uint64_t
load_le64(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof word);
	return le64toh(word);
}

uint64_t
siphash13(const struct siphash_key *key, const void *data, size_t len)
{
	const uint8_t *p = data;
	const uint8_t *whole = p + (len & ~(size_t)7);
	uint64_t last = (uint64_t)len << 56;
	struct siphash_state s = siphash_begin(key);

	for (; p != whole; p += 8)
		siphash_add(&s, load_le64(p));
	for (size_t i = 0; i < (len & 7); i++)
		last |= (uint64_t)p[i] << (8 * i);
	siphash_add(&s, last);
	return siphash_end(s);
}

struct siphash_key
siphash_random_key(void)
{
	struct siphash_key key;

	if (getrandom(&key, sizeof key, 0) != sizeof key)
		abort();
	return key;
}

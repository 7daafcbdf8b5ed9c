/* How many leaves may be minted in a time: a token bucket, kept as the one moment at which the bucket would be full
 * again (the generic cell rate algorithm, ITU-T I.371).  The time is an argument; one thread. */
#ifndef SLUICE_TLS_MINT_RATE_H
#define SLUICE_TLS_MINT_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct mint_rate {
	uint64_t interval_ns; /* one token each */
	uint64_t depth_ns;    /* a full bucket, in time */
	uint64_t full_at_ns;  /* monotonic */
};

/* per_second tokens a second, and no more than burst at once; both at least 1. */
static inline struct mint_rate
mint_rate_make(uint32_t per_second, uint32_t burst)
{
	uint64_t interval = 1000000000u / (per_second ? per_second : 1);

	return (struct mint_rate){.interval_ns = interval, .depth_ns = interval * (burst ? burst : 1)};
}

/* Takes a token.  False where none is left; *wait_ns then says how long until there is one. */
static inline bool
mint_rate_take(struct mint_rate *rate, uint64_t now_ns, uint64_t *wait_ns)
{
	uint64_t full_at = rate->full_at_ns > now_ns ? rate->full_at_ns : now_ns;

	if (full_at + rate->interval_ns > now_ns + rate->depth_ns) {
		*wait_ns = full_at + rate->interval_ns - now_ns - rate->depth_ns;
		return false;
	}
	rate->full_at_ns = full_at + rate->interval_ns;
	return true;
}

#endif

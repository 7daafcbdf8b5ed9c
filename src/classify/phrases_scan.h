/* One text against a phrase set, while it streams: the score, the phrases that made it, and whether anything that may
 * still come could change the verdict.  The text is in the form of text_normal.h.  Each phrase and each combination
 * counts once. One thread a scan; the set is shared, the scratch belongs to the thread. */
#ifndef SLUICE_CLASSIFY_PHRASES_SCAN_H
#define SLUICE_CLASSIFY_PHRASES_SCAN_H

#include "classify/phrases.h"
#include "classify/phrases_engine.h"

#define PHRASES_TOP 8

enum phrases_verdict {
	PHRASES_BELOW, /* the score is not over the threshold */
	PHRASES_OVER,
	PHRASES_ARE_BANNED,
	PHRASES_ARE_EXCEPTED,
};

struct phrases_limits {
	int64_t threshold;  /* over means above it */
	uint64_t bytes_max; /* of text; what lies behind is not scanned */
	bool wants_score;   /* the score itself matters, not only on which side of the threshold it lies */
};

static const struct phrases_limits phrases_limits_default = {.threshold = 100, .bytes_max = 2048 << 10};

struct phrases_hit {
	uint32_t rule; /* for phrases_rule_text() */
	int32_t weight;
};

struct phrases_result {
	enum phrases_verdict verdict;
	int64_t score;
	struct slice category;                /* the one that gave most points; borrowed from the set, "" where none */
	bool is_final;                        /* nothing that may follow could change the verdict */
	bool is_cut;                          /* bytes_max was reached */
	uint64_t bytes;                       /* scanned */
	unsigned hit_count;                   /* of `hits` */
	unsigned rules_found;                 /* all of them */
	struct phrases_hit hits[PHRASES_TOP]; /* the heaviest first; a banned or exception phrase before all */
};

struct phrases_scan;

/* Starts a scan of a compiled set, which is borrowed, like the scratch, until the scan is closed.  NULL where memory is
 * out.  The scratch must have been made fit: phrases_scratch_fit(scratch, set->engine). */
struct phrases_scan *phrases_scan_open(
	const struct phrases *set, struct phrases_scratch *scratch, const struct phrases_limits *limits);
/* The next text.  False once there is no use in more: final, or at the limit. */
bool phrases_scan_push(struct phrases_scan *scan, struct slice text);
/* What is known so far; may be asked at any time. */
void phrases_scan_result(const struct phrases_scan *scan, struct phrases_result *out);
void phrases_scan_close(struct phrases_scan *scan);
/* "over": for records. */
const char *phrases_verdict_name(enum phrases_verdict verdict);

#endif

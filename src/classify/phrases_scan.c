/* The scan.  See phrases_scan.h. */
#include "classify/phrases_scan.h"

#include <stdlib.h>

struct phrases_scan {
	const struct phrases *set;       /* borrowed */
	struct phrases_scratch *scratch; /* borrowed */
	struct phrases_stream *stream;   /* owned */
	struct phrases_limits limits;
	int64_t score;
	uint64_t negative_left, positive_left; /* what the rules that were not met could still do */
	uint32_t exceptions_found, banned_found;
	uint64_t bytes;
	bool is_final;
	unsigned rules_found, hit_count;
	struct phrases_hit hits[PHRASES_TOP];
	int64_t *category_sums; /* in the same block, behind the scan */
	uint64_t *found;        /* a bit for each pattern */
};

static bool
is_found(const struct phrases_scan *scan, uint32_t pattern)
{
	return scan->found[pattern / 64] >> (pattern % 64) & 1;
}

static bool
has_all_members(const struct phrases_scan *scan, const struct phrase_rule *rule)
{
	for (unsigned i = 0; i < rule->member_count; i++)
		if (!is_found(scan, scan->set->members[rule->first_member + i]))
			return false;
	return true;
}

/* How early among the hits: banned and exceptions before all, then by weight. */
static int64_t
hit_rank(const struct phrases_scan *scan, struct phrases_hit hit)
{
	return scan->set->rules[hit.rule].kind == PHRASE_WEIGHTED ? llabs(hit.weight) : INT64_MAX;
}

static void
keep_hit(struct phrases_scan *scan, struct phrases_hit hit)
{
	unsigned at = scan->hit_count;
	int64_t rank = hit_rank(scan, hit);

	while (at > 0 && hit_rank(scan, scan->hits[at - 1]) < rank)
		at--;
	if (at == PHRASES_TOP)
		return;
	if (scan->hit_count < PHRASES_TOP)
		scan->hit_count++;
	memmove(&scan->hits[at + 1], &scan->hits[at], (scan->hit_count - 1 - at) * sizeof hit);
	scan->hits[at] = hit;
}

static void
count_rule(struct phrases_scan *scan, uint32_t number)
{
	const struct phrase_rule *rule = &scan->set->rules[number];

	scan->rules_found++;
	scan->exceptions_found += rule->kind == PHRASE_EXCEPTION;
	scan->banned_found += rule->kind == PHRASE_BANNED;
	scan->score += rule->weight;
	scan->category_sums[rule->category] += rule->weight;
	if (rule->weight < 0)
		scan->negative_left -= (uint64_t) - (int64_t)rule->weight;
	else
		scan->positive_left -= (uint64_t)rule->weight;
	keep_hit(scan, (struct phrases_hit){number, rule->weight});
}

/* True where no phrase that may still come could change the verdict. */
static bool
is_decided(const struct phrases_scan *scan)
{
	const struct phrases *set = scan->set;
	int64_t threshold = scan->limits.threshold;

	if (scan->exceptions_found)
		return true; /* an exception outweighs all */
	if (set->exception_count)
		return false;
	if (scan->banned_found)
		return true;
	if (scan->limits.wants_score)
		return scan->negative_left == 0 && scan->positive_left == 0 && set->banned_count == 0;
	if (scan->score - (int64_t)scan->negative_left > threshold)
		return set->banned_count == 0;
	return scan->score + (int64_t)scan->positive_left <= threshold && set->banned_count == 0;
}

static bool
on_match(void *context, uint32_t pattern)
{
	struct phrases_scan *scan = context;
	const struct phrase_pattern *p = &scan->set->patterns[pattern];

	if (is_found(scan, pattern))
		return true;
	scan->found[pattern / 64] |= UINT64_C(1) << (pattern % 64);
	for (uint32_t i = 0; i < p->rule_count; i++) {
		uint32_t rule = scan->set->rules_of[p->first_rule + i];

		if (has_all_members(scan, &scan->set->rules[rule]))
			count_rule(scan, rule);
	}
	scan->is_final = is_decided(scan);
	return !scan->is_final;
}

struct phrases_scan *
phrases_scan_open(const struct phrases *set, struct phrases_scratch *scratch, const struct phrases_limits *limits)
{
	size_t words = (set->pattern_count + 63) / 64;
	struct phrases_scan *scan =
		calloc(1, sizeof *scan + set->category_count * sizeof(int64_t) + words * sizeof(uint64_t));

	if (scan == NULL)
		return NULL;
	*scan = (struct phrases_scan){.set = set,
		.scratch = scratch,
		.limits = *limits,
		.negative_left = set->negative_sum,
		.positive_left = set->positive_sum};
	scan->category_sums = (int64_t *)(scan + 1);
	scan->found = (uint64_t *)(scan->category_sums + set->category_count);
	scan->stream = phrases_stream_open(set->engine);
	if (scan->stream == NULL) {
		free(scan);
		return NULL;
	}
	scan->is_final = is_decided(scan);
	return scan;
}

void
phrases_scan_close(struct phrases_scan *scan)
{
	if (scan == NULL)
		return;
	phrases_stream_close(scan->stream, scan->scratch);
	free(scan);
}

bool
phrases_scan_push(struct phrases_scan *scan, struct slice text)
{
	uint64_t room = scan->limits.bytes_max - scan->bytes;

	if (scan->is_final || room == 0)
		return false;
	if (text.len > room)
		text.len = room;
	scan->bytes += text.len;
	phrases_stream_push(scan->stream, scan->scratch, text, on_match, scan);
	return !scan->is_final && scan->bytes < scan->limits.bytes_max;
}

static enum phrases_verdict
verdict_of(const struct phrases_scan *scan)
{
	if (scan->exceptions_found)
		return PHRASES_ARE_EXCEPTED;
	if (scan->banned_found)
		return PHRASES_ARE_BANNED;
	return scan->score > scan->limits.threshold ? PHRASES_OVER : PHRASES_BELOW;
}

void
phrases_scan_result(const struct phrases_scan *scan, struct phrases_result *out)
{
	int64_t most = 0;

	*out = (struct phrases_result){
		.verdict = verdict_of(scan),
		.score = scan->score,
		.category = SLICE_EMPTY,
		.is_final = scan->is_final,
		.is_cut = scan->bytes == scan->limits.bytes_max,
		.bytes = scan->bytes,
		.hit_count = scan->hit_count,
		.rules_found = scan->rules_found,
	};
	memcpy(out->hits, scan->hits, sizeof out->hits);
	if ((out->verdict == PHRASES_ARE_BANNED || out->verdict == PHRASES_ARE_EXCEPTED) && scan->hit_count) {
		out->category = scan->set->categories[scan->set->rules[scan->hits[0].rule].category];
		return;
	}
	for (uint32_t i = 0; i < scan->set->category_count; i++)
		if (scan->category_sums[i] > most) {
			most = scan->category_sums[i];
			out->category = scan->set->categories[i];
		}
}

const char *
phrases_verdict_name(enum phrases_verdict verdict)
{
	static const char *const names[] = {
		[PHRASES_BELOW] = "below",
		[PHRASES_OVER] = "over",
		[PHRASES_ARE_BANNED] = "banned",
		[PHRASES_ARE_EXCEPTED] = "excepted",
	};

	return names[verdict];
}

/* The chain of codings and its ceilings.  See decode.h. */
#include "classify/decode.h"

#include "classify/decode_codec.h"

#include <stdlib.h>

#define STEP_SIZE (16u << 10) /* on the stack, once for each coding */

/* One coding.  Its decoder is made when the stream's first bytes have said what it costs. */
struct stage {
	const struct codec *codec;
	void *state;       /* owned; NULL until made */
	uint64_t reserved; /* of the budget */
	uint64_t output;
	bool has_ended; /* at the end of a stream; another gzip member or zstd frame may follow */
	bool was_whole; /* a stream ended before: what cannot be decoded now is padding, as it is to browsers */
	bool is_over;   /* nothing that follows is looked at */
	size_t prefix_len;
	char prefix[CODEC_PREFIX_MAX];
};

struct decode {
	struct decode_limits limits;
	struct decode_budget *budget; /* borrowed */
	enum decode_status status;
	unsigned depth;
	uint64_t input;
	uint64_t output;
	decode_sink sink; /* of the push that is under way */
	void *context;
	struct stage stages[DECODE_DEPTH_MAX]; /* the outermost coding, which is undone first, first */
};

static bool
budget_reserve(struct decode_budget *budget, uint64_t bytes)
{
	uint64_t used = atomic_load_explicit(&budget->used, memory_order_relaxed);

	do {
		if (bytes > budget->limit || used > budget->limit - bytes)
			return false;
	} while (!atomic_compare_exchange_weak(&budget->used, &used, used + bytes));
	return true;
}

enum decode_status
decode_open(struct slice content_encoding, const struct decode_limits *limits, struct decode_budget *budget,
	struct decode **out)
{
	const struct codec *codecs[DECODE_DEPTH_MAX];
	unsigned depth = 0;
	struct slice name;
	struct decode *d;

	*out = NULL;
	while (slice_split(&content_encoding, ',', &name)) {
		name = slice_trim(name);
		if (name.len == 0 || slice_eq_nocase(name, SLICE("identity")))
			continue;
		if (codec_find(name) == NULL)
			return DECODE_UNKNOWN_CODING;
		if (depth == DECODE_DEPTH_MAX || depth == limits->depth_max)
			return DECODE_TOO_DEEP;
		codecs[depth++] = codec_find(name);
	}
	d = calloc(1, sizeof *d);
	if (d == NULL)
		return DECODE_OVER_MEMORY;
	d->limits = *limits;
	d->budget = budget;
	d->depth = depth;
	/* They are listed in the order in which they were applied (RFC 9110 section 8.4). */
	for (unsigned i = 0; i < depth; i++)
		d->stages[i].codec = codecs[depth - 1 - i];
	*out = d;
	return DECODE_OK;
}

bool
decode_is_identity(const struct decode *d)
{
	return d->depth == 0;
}

/* Hands on what coding number `from` - 1 gave: to the next coding, or to the sink. */
static enum decode_status push_stage(struct decode *d, unsigned from, struct slice bytes);

/* Room for this stage's decoder, and the decoder. */
static enum decode_status
make_decoder(struct decode *d, struct stage *s, const struct codec_plan *plan)
{
	if (plan->window_log > s->codec->window_log_max || !budget_reserve(d->budget, plan->memory))
		return DECODE_OVER_MEMORY;
	s->reserved = plan->memory;
	s->state = s->codec->open(plan);
	return s->state ? DECODE_OK : DECODE_OVER_MEMORY;
}

static enum decode_status
check_limits(const struct decode *d, const struct stage *s)
{
	if (s->output > d->limits.output_max)
		return DECODE_OVER_SIZE;
	if (s->output > d->limits.ratio_after && s->output / d->limits.ratio_max > d->input)
		return DECODE_OVER_RATIO;
	return DECODE_OK;
}

static enum decode_status
run_stage(struct decode *d, unsigned number, struct slice in)
{
	struct stage *s = &d->stages[number];
	enum decode_status status = DECODE_OK;
	char step[STEP_SIZE];

	/* The decoder may hold output back when the input is used up: it is asked until it leaves room. */
	while (status == DECODE_OK && !s->is_over) {
		char *end = step;
		size_t room = sizeof step, before = in.len;
		enum codec_step result = s->codec->run(s->state, &in, &end, &room);

		if (result == CODEC_MEMORY)
			return DECODE_OVER_MEMORY;
		if (result == CODEC_BAD) {
			s->is_over = s->was_whole;
			return s->is_over ? DECODE_OK : DECODE_BAD_DATA;
		}
		if (in.len == before && end == step)
			break;
		s->has_ended = result == CODEC_END;
		s->was_whole |= s->has_ended;
		s->output += (uint64_t)(end - step);
		status = check_limits(d, s);
		if (status == DECODE_OK && end != step)
			status = push_stage(d, number + 1, slice_make(step, (size_t)(end - step)));
		if (in.len == 0 && room > 0)
			break;
	}
	return status;
}

static enum decode_status
push_stage(struct decode *d, unsigned from, struct slice bytes)
{
	struct stage *s = &d->stages[from];
	struct codec_plan plan;
	enum decode_status status;
	size_t take;

	if (from == d->depth) {
		d->output += bytes.len;
		return d->sink(d->context, bytes) ? DECODE_OK : DECODE_STOPPED;
	}
	if (s->state)
		return run_stage(d, from, bytes);
	take = sizeof s->prefix - s->prefix_len < bytes.len ? sizeof s->prefix - s->prefix_len : bytes.len;
	memcpy(s->prefix + s->prefix_len, bytes.ptr, take);
	s->prefix_len += take;
	if (s->codec->plan(slice_make(s->prefix, s->prefix_len), &plan) != PARSE_DONE)
		return DECODE_OK;
	status = make_decoder(d, s, &plan);
	if (status == DECODE_OK)
		status = run_stage(d, from, slice_make(s->prefix, s->prefix_len));
	if (status == DECODE_OK && take < bytes.len)
		status = run_stage(d, from, slice_sub(bytes, take, bytes.len));
	return status;
}

enum decode_status
decode_push(struct decode *d, struct slice bytes, decode_sink sink, void *context)
{
	if (d->status != DECODE_OK || bytes.len == 0)
		return d->status;
	d->sink = sink;
	d->context = context;
	d->input += bytes.len;
	d->status = push_stage(d, 0, bytes);
	return d->status;
}

enum decode_status
decode_finish(struct decode *d)
{
	if (d->status != DECODE_OK || d->input == 0)
		return d->status == DECODE_OK ? DECODE_DONE : d->status;
	d->status = DECODE_DONE;
	for (unsigned i = 0; i < d->depth; i++)
		if (!d->stages[i].has_ended && !d->stages[i].is_over)
			d->status = DECODE_TRUNCATED;
	return d->status;
}

uint64_t
decode_output(const struct decode *d)
{
	return d->output;
}

void
decode_close(struct decode *d)
{
	if (d == NULL)
		return;
	for (unsigned i = 0; i < d->depth; i++) {
		struct stage *s = &d->stages[i];

		if (s->state)
			s->codec->close(s->state);
		atomic_fetch_sub(&d->budget->used, s->reserved);
	}
	free(d);
}

const char *
decode_status_name(enum decode_status status)
{
	static const char *const names[] = {
		[DECODE_OK] = "ok",
		[DECODE_DONE] = "done",
		[DECODE_STOPPED] = "stopped",
		[DECODE_UNKNOWN_CODING] = "unknown-coding",
		[DECODE_TOO_DEEP] = "too-deep",
		[DECODE_BAD_DATA] = "bad-data",
		[DECODE_TRUNCATED] = "truncated",
		[DECODE_OVER_RATIO] = "over-ratio",
		[DECODE_OVER_SIZE] = "over-size",
		[DECODE_OVER_MEMORY] = "over-memory",
	};

	return names[status];
}

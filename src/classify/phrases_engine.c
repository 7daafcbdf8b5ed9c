/* The two engines behind one set of functions.  See phrases_engine.h. */
#include "config.h"

#include "classify/phrases_engine.h"

#include "classify/aho.h"

#include <stdlib.h>

#ifdef HAVE_HYPERSCAN
#include <hs.h>
#else
/* Never used: an engine's member is then always NULL. */
typedef void hs_database_t, hs_stream_t, hs_scratch_t;
#endif

#define AHO_TABLE_BEST (128u << 20) /* bytes: up to here the automaton is the better one */

struct phrases_engine {
	struct aho *aho; /* one of the two is NULL */
	hs_database_t *hyperscan;
};

struct phrases_stream {
	const struct phrases_engine *engine; /* borrowed */
	uint32_t aho_state;
	hs_stream_t *hyperscan;
};

struct phrases_scratch {
	hs_scratch_t *hyperscan;
};

#ifdef HAVE_HYPERSCAN

static hs_database_t *
hyperscan_build(const struct slice *patterns, uint32_t count)
{
	const char **texts = calloc(count, sizeof *texts);
	unsigned *flags = calloc(count, sizeof *flags), *ids = calloc(count, sizeof *ids);
	size_t *lens = calloc(count, sizeof *lens);
	hs_compile_error_t *error = NULL;
	hs_database_t *database = NULL;

	if (texts == NULL || flags == NULL || ids == NULL || lens == NULL)
		goto out;
	for (uint32_t i = 0; i < count; i++) {
		texts[i] = patterns[i].ptr;
		lens[i] = patterns[i].len;
		flags[i] = HS_FLAG_SINGLEMATCH;
		ids[i] = i;
	}
	if (hs_compile_lit_multi(texts, flags, ids, lens, count, HS_MODE_STREAM, NULL, &database, &error) !=
		HS_SUCCESS) {
		hs_free_compile_error(error);
		database = NULL;
	}
out:
	free(texts);
	free(flags);
	free(ids);
	free(lens);
	return database;
}

struct found {
	phrases_match match;
	void *context;
};

static int
on_hyperscan_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
	const struct found *f = context;

	return !f->match(f->context, id);
}

static bool
hyperscan_push(struct phrases_stream *stream, struct phrases_scratch *scratch, struct slice text, phrases_match match,
	void *context)
{
	struct found f = {match, context};

	for (size_t at = 0; at < text.len; at += 1u << 30) {
		struct slice part = slice_sub(text, at, at + (1u << 30));

		if (hs_scan_stream(stream->hyperscan, part.ptr, (unsigned)part.len, 0, scratch->hyperscan,
			    on_hyperscan_match, &f) != HS_SUCCESS)
			return false;
	}
	return true;
}

#endif

struct phrases_engine *
phrases_engine_build(const struct slice *patterns, uint32_t count, enum phrases_engine_kind kind)
{
	struct phrases_engine *engine = calloc(1, sizeof *engine);

	if (engine == NULL)
		return NULL;
	/* Hyperscan does not compile an empty set. */
	if (kind != PHRASES_HYPERSCAN || count == 0)
		engine->aho = aho_build(patterns, count, kind == PHRASES_BEST ? AHO_TABLE_BEST : SIZE_MAX);
#ifdef HAVE_HYPERSCAN
	if (engine->aho == NULL && kind != PHRASES_AHO)
		engine->hyperscan = hyperscan_build(patterns, count);
#endif
	if (engine->aho == NULL && engine->hyperscan == NULL && kind == PHRASES_BEST)
		engine->aho = aho_build(patterns, count, SIZE_MAX);
	if (engine->hyperscan == NULL && engine->aho == NULL) {
		free(engine);
		return NULL;
	}
	return engine;
}

void
phrases_engine_free(struct phrases_engine *engine)
{
	if (engine == NULL)
		return;
	aho_free(engine->aho);
#ifdef HAVE_HYPERSCAN
	hs_free_database(engine->hyperscan);
#endif
	free(engine);
}

const char *
phrases_engine_label(const struct phrases_engine *engine)
{
	return engine->aho ? "aho-corasick" : "hyperscan";
}

struct phrases_stream *
phrases_stream_open(const struct phrases_engine *engine)
{
	struct phrases_stream *stream = calloc(1, sizeof *stream);

	if (stream == NULL)
		return NULL;
	stream->engine = engine;
#ifdef HAVE_HYPERSCAN
	if (engine->hyperscan && hs_open_stream(engine->hyperscan, 0, &stream->hyperscan) != HS_SUCCESS) {
		free(stream);
		return NULL;
	}
#endif
	return stream;
}

bool
phrases_stream_push(struct phrases_stream *stream, struct phrases_scratch *scratch, struct slice text,
	phrases_match match, void *context)
{
#ifdef HAVE_HYPERSCAN
	if (stream->hyperscan)
		return hyperscan_push(stream, scratch, text, match, context);
#endif
	return aho_scan(stream->engine->aho, &stream->aho_state, text, match, context);
}

void
phrases_stream_close(struct phrases_stream *stream, struct phrases_scratch *scratch)
{
	if (stream == NULL)
		return;
#ifdef HAVE_HYPERSCAN
	/* Literals end where they end: nothing is left to be reported. */
	if (stream->hyperscan)
		hs_close_stream(stream->hyperscan, scratch->hyperscan, NULL, NULL);
#endif
	free(stream);
}

struct phrases_scratch *
phrases_scratch_new(void)
{
	return calloc(1, sizeof(struct phrases_scratch));
}

bool
phrases_scratch_fit(struct phrases_scratch *scratch, const struct phrases_engine *engine)
{
#ifdef HAVE_HYPERSCAN
	if (engine->hyperscan)
		return hs_alloc_scratch(engine->hyperscan, &scratch->hyperscan) == HS_SUCCESS;
#endif
	return true;
}

void
phrases_scratch_free(struct phrases_scratch *scratch)
{
	if (scratch == NULL)
		return;
#ifdef HAVE_HYPERSCAN
	hs_free_scratch(scratch->hyperscan);
#endif
	free(scratch);
}

/* What finds the phrases in a stream: Aho and Corasick's automaton, which is the faster one (docs/decisions/
 * phrase-engine.md), or for sets that would make it large, Hyperscan (or Vectorscan) where it is built in. Both report
 * a phrase where it ends, the first time at least; the scanner counts it once.  For the phrase files. */
#ifndef SLUICE_CLASSIFY_PHRASES_ENGINE_H
#define SLUICE_CLASSIFY_PHRASES_ENGINE_H

#include "classify/phrases.h"

/* The state of one stream; what it is depends on the engine. */
struct phrases_stream;
/* What a thread needs to scan; one for all sets. */
struct phrases_scratch;

/* Called with the index of a pattern.  False: stop. */
typedef bool (*phrases_match)(void *context, uint32_t pattern);

struct phrases_engine *phrases_engine_build(
	const struct slice *patterns, uint32_t count, enum phrases_engine_kind kind);
void phrases_engine_free(struct phrases_engine *engine);
const char *phrases_engine_label(const struct phrases_engine *engine);

struct phrases_stream *phrases_stream_open(const struct phrases_engine *engine);
/* False where the callback stopped it. */
bool phrases_stream_push(struct phrases_stream *stream, struct phrases_scratch *scratch, struct slice text,
	phrases_match match, void *context);
void phrases_stream_close(struct phrases_stream *stream, struct phrases_scratch *scratch);

struct phrases_scratch *phrases_scratch_new(void);
/* Makes it fit for this engine, too; false where memory is out. */
bool phrases_scratch_fit(struct phrases_scratch *scratch, const struct phrases_engine *engine);
void phrases_scratch_free(struct phrases_scratch *scratch);

#endif

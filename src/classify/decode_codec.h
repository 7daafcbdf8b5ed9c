/* One content coding: zlib, brotli or zstd behind one table.  For decode.c alone. */
#ifndef SLUICE_CLASSIFY_DECODE_CODEC_H
#define SLUICE_CLASSIFY_DECODE_CODEC_H

#include "base/parse.h"
#include "base/slice.h"

/* The longest start of a stream that any coding looks at to know its memory (zstd: magic, descriptor, window,
 * dictionary, content size). */
#define CODEC_PREFIX_MAX 18

enum codec_step {
	CODEC_OK,     /* took input or gave output; call again */
	CODEC_MORE,   /* needs more input */
	CODEC_END,    /* the stream is whole; input that is left does not belong to it */
	CODEC_BAD,    /* malformed */
	CODEC_MEMORY, /* asks for more memory than was planned */
};

/* What the stream's first bytes say about its decoder. */
struct codec_plan {
	uint64_t memory; /* bytes that the decoder will take, at most */
	int window_log;
	int variant; /* zlib's "windowBits": which of its formats */
};

struct codec {
	struct slice name;
	struct slice alias;
	int window_log_max; /* a stream that wants more is not decoded */
	/* PARSE_MORE: needs more of the prefix.  Given CODEC_PREFIX_MAX bytes, every coding decides. */
	enum parse (*plan)(struct slice prefix, struct codec_plan *plan);
	/* NULL where memory is out. */
	void *(*open)(const struct codec_plan *plan);
	/* Advances both: *in past what was taken, *out to the room that is left. */
	enum codec_step (*run)(void *state, struct slice *in, char **out, size_t *room);
	void (*close)(void *state);
};

/* NULL where there is no such coding ("identity" is none). */
const struct codec *codec_find(struct slice name);

#endif

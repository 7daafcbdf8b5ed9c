/* Content codings undone as a body streams: gzip, deflate (zlib and raw), br and zstd, nested at most twice, so that
 * what the body says can be classified.  The bytes that travel on are not touched.
 * A body is an attack until shown otherwise: 152 bytes of brotli make 200 MB.  So there are three ceilings, each with
 * an answer of its own and none with a crash: the ratio of output to input, the output, and the memory of all decoders,
 * which is counted before one is made.  After any answer but DECODE_OK nothing more is decoded.
 * One thread for a decoder; the budget is shared by all threads. */
#ifndef SLUICE_CLASSIFY_DECODE_H
#define SLUICE_CLASSIFY_DECODE_H

#include "base/slice.h"

#include <stdatomic.h>

#define DECODE_DEPTH_MAX 2

enum decode_status {
	DECODE_OK,             /* so far; push more */
	DECODE_DONE,           /* every coding ended as it should */
	DECODE_STOPPED,        /* the sink wants no more */
	DECODE_UNKNOWN_CODING, /* a coding that is not known here */
	DECODE_TOO_DEEP,       /* more codings, one in another, than allowed */
	DECODE_BAD_DATA,       /* not what the coding looks like */
	DECODE_TRUNCATED,      /* the body ended in the middle */
	DECODE_OVER_RATIO,
	DECODE_OVER_SIZE,
	DECODE_OVER_MEMORY, /* the budget, or a window beyond what is allowed */
};

struct decode_limits {
	uint64_t output_max;  /* bytes out of any coding */
	uint32_t ratio_max;   /* output bytes for an input byte ... */
	uint64_t ratio_after; /* ... once there are more output bytes than this */
	unsigned depth_max;   /* codings in one another; at most DECODE_DEPTH_MAX */
};

static const struct decode_limits decode_limits_default = {
	.output_max = 64 << 20,
	.ratio_max = 100,
	.ratio_after = 64 << 10,
	.depth_max = DECODE_DEPTH_MAX,
};

/* Memory that all decoders together may take; threads share one.  limit is set once, before use. */
struct decode_budget {
	_Atomic uint64_t used;
	uint64_t limit;
};

struct decode;

/* Called with the next decoded bytes, at most 64 KiB of them, borrowed for the call.  False: wants no more. */
typedef bool (*decode_sink)(void *context, struct slice bytes);

/* Makes a decoder for the value of Content-Encoding ("gzip", "br, gzip", "identity", or empty).  On DECODE_OK *out is
 * owned by the caller; otherwise it is NULL.  limits are copied; the budget is borrowed until decode_close(). */
enum decode_status decode_open(struct slice content_encoding, const struct decode_limits *limits,
	struct decode_budget *budget, struct decode **out);
/* True where nothing is to be decoded: bytes go to the sink as they come. */
bool decode_is_identity(const struct decode *d);
/* The next bytes of the body.  DECODE_OK, DECODE_STOPPED, or the failure, which is final and given again on later
 * calls. */
enum decode_status decode_push(struct decode *d, struct slice bytes, decode_sink sink, void *context);
/* The body is at its end: DECODE_DONE, or DECODE_TRUNCATED, or the failure from before.  An empty body is done. */
enum decode_status decode_finish(struct decode *d);
/* Bytes given to the sink so far. */
uint64_t decode_output(const struct decode *d);
/* Frees the decoder and gives its memory back to the budget; NULL is accepted. */
void decode_close(struct decode *d);
/* "over-ratio": for records and reasons. */
const char *decode_status_name(enum decode_status status);

#endif

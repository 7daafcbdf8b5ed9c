/* The codings.  See decode_codec.h.  Sources: RFC 1950, 1951, 1952, 7932 (brotli), 8878 and 9659 (zstd). */
#include "classify/decode_codec.h"

#include "base/cursor.h"

#include <brotli/decode.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#define INFLATE_MEMORY (48u << 10)  /* state and a window of 32 KiB */
#define BROTLI_BESIDE (1700u << 10) /* tables beside the window: 17.6 MB were measured with a window of 16 MiB */
#define ZSTD_BESIDE (640u << 10)    /* tables, a block in and a block out of 128 KiB each */
#define ZSTD_WINDOW_LOG_MIN 10
#define ZSTD_WINDOW_LOG_MAX 23 /* RFC 9659 section 3 */
#define ZSTD_MAGIC 0xfd2fb528

/* ---- gzip and deflate ---- */

struct inflater {
	z_stream z;
	bool is_gzip;
	bool at_member; /* a gzip member ended; another may follow (RFC 1952 section 2.2) */
};

static enum parse
plan_gzip(struct slice prefix, struct codec_plan *plan)
{
	*plan = (struct codec_plan){INFLATE_MEMORY, 15, 15 + 16};
	return PARSE_DONE;
}

/* "deflate" is the zlib format, but some servers send raw deflate, and browsers take both. */
static enum parse
plan_deflate(struct slice prefix, struct codec_plan *plan)
{
	struct cursor c = cursor_over(prefix);
	uint16_t header = cursor_u16(&c);
	bool is_zlib = (header >> 8 & 0x0f) == 8 && header >> 12 <= 7 && header % 31 == 0;

	*plan = (struct codec_plan){INFLATE_MEMORY, 15, is_zlib ? 15 : -15};
	return cursor_ok(&c) ? PARSE_DONE : PARSE_MORE;
}

static void *
open_inflate(const struct codec_plan *plan)
{
	struct inflater *i = calloc(1, sizeof *i);

	if (i && inflateInit2(&i->z, plan->variant) != Z_OK) {
		free(i);
		return NULL;
	}
	if (i)
		i->is_gzip = plan->variant > 15;
	return i;
}

static enum codec_step
run_inflate(void *state, struct slice *in, char **out, size_t *room)
{
	struct inflater *i = state;
	int result;

	if (i->at_member) {
		if (in->len == 0)
			return CODEC_END;
		if (in->ptr[0] != 0x1f)
			return CODEC_END; /* bytes behind the last member are ignored, as browsers do */
		inflateReset(&i->z);
		i->at_member = false;
	}
	i->z.next_in = (Bytef *)in->ptr;
	i->z.avail_in = in->len > UINT32_MAX ? UINT32_MAX : (uInt)in->len;
	i->z.next_out = (Bytef *)*out;
	i->z.avail_out = (uInt)*room;
	result = inflate(&i->z, Z_NO_FLUSH);
	*in = slice_sub(*in, (size_t)((const char *)i->z.next_in - in->ptr), in->len);
	*out = (char *)i->z.next_out;
	*room = i->z.avail_out;
	switch (result) {
	case Z_STREAM_END:
		i->at_member = i->is_gzip;
		return CODEC_END;
	case Z_OK:
		return CODEC_OK;
	case Z_BUF_ERROR:
		return CODEC_MORE;
	case Z_MEM_ERROR:
		return CODEC_MEMORY;
	default:
		return CODEC_BAD;
	}
}

static void
close_inflate(void *state)
{
	struct inflater *i = state;

	inflateEnd(&i->z);
	free(i);
}

/* ---- brotli ---- */

/* The sender picks the window, in the first bits (RFC 7932 section 9.1). */
static enum parse
plan_brotli(struct slice prefix, struct codec_plan *plan)
{
	struct cursor c = cursor_over(prefix);
	uint8_t first = cursor_u8(&c);
	int window_log;

	if (!cursor_ok(&c))
		return PARSE_MORE;
	if ((first & 1) == 0)
		window_log = 16;
	else if (first >> 1 & 7)
		window_log = 17 + (first >> 1 & 7);
	else if (first >> 4 & 7)
		window_log = 8 + (first >> 4 & 7); /* 1 asks for a "large window", which the decoder refuses */
	else
		window_log = 17;
	*plan = (struct codec_plan){(UINT64_C(1) << window_log) + BROTLI_BESIDE, window_log, 0};
	return PARSE_DONE;
}

static void *
open_brotli(const struct codec_plan *plan)
{
	return BrotliDecoderCreateInstance(NULL, NULL, NULL);
}

static enum codec_step
run_brotli(void *state, struct slice *in, char **out, size_t *room)
{
	const uint8_t *next_in = (const uint8_t *)in->ptr;
	uint8_t *next_out = (uint8_t *)*out;
	size_t left = in->len;
	BrotliDecoderResult result = BrotliDecoderDecompressStream(state, &left, &next_in, room, &next_out, NULL);

	*in = slice_make(next_in, left);
	*out = (char *)next_out;
	switch (result) {
	case BROTLI_DECODER_RESULT_SUCCESS:
		return CODEC_END;
	case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
		return CODEC_MORE;
	case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
		return CODEC_OK;
	default:
		return CODEC_BAD;
	}
}

static void
close_brotli(void *state)
{
	BrotliDecoderDestroyInstance(state);
}

/* ---- zstd ---- */

static int
log2_up(uint64_t n)
{
	int log = ZSTD_WINDOW_LOG_MIN;

	while (log < 63 && UINT64_C(1) << log < n)
		log++;
	return log;
}

/* Window or content size of the first frame (RFC 8878 section 3.1.1.1).  A later frame that wants more is refused by
 * the decoder, which is told this one's window. */
static enum parse
plan_zstd(struct slice prefix, struct codec_plan *plan)
{
	static const uint8_t id_sizes[4] = {0, 1, 2, 4}, content_sizes[4] = {1, 2, 4, 8};
	struct cursor c = cursor_over(prefix);
	uint32_t magic = cursor_le32(&c);
	uint8_t descriptor = cursor_u8(&c), window;
	struct slice field;
	uint64_t size = 0;
	int window_log;

	if (!cursor_ok(&c))
		return PARSE_MORE;
	if (magic != ZSTD_MAGIC)
		window_log =
			ZSTD_WINDOW_LOG_MAX; /* a skippable frame; or no zstd at all, which the decoder will find */
	else if (descriptor & 0x20) {
		cursor_bytes(&c, id_sizes[descriptor & 3]);
		field = cursor_bytes(&c, content_sizes[descriptor >> 6]);
		for (size_t i = 0; i < field.len; i++)
			size |= (uint64_t)(uint8_t)field.ptr[i] << 8 * i;
		window_log = log2_up(descriptor >> 6 == 1 ? size + 256 : size);
	} else {
		window = cursor_u8(&c);
		/* An eighth of the power for each step of the mantissa: round up. */
		window_log = ZSTD_WINDOW_LOG_MIN + (window >> 3) + ((window & 7) != 0);
	}
	if (!cursor_ok(&c))
		return PARSE_MORE;
	*plan = (struct codec_plan){(UINT64_C(1) << window_log) + ZSTD_BESIDE, window_log, 0};
	return PARSE_DONE;
}

static void *
open_zstd(const struct codec_plan *plan)
{
	ZSTD_DStream *z = ZSTD_createDStream();

	if (z && ZSTD_isError(ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, plan->window_log))) {
		ZSTD_freeDStream(z);
		return NULL;
	}
	return z;
}

static enum codec_step
run_zstd(void *state, struct slice *in, char **out, size_t *room)
{
	ZSTD_inBuffer from = {in->ptr, in->len, 0};
	ZSTD_outBuffer to = {*out, *room, 0};
	size_t result = ZSTD_decompressStream(state, &to, &from);

	*in = slice_sub(*in, from.pos, in->len);
	*out += to.pos;
	*room -= to.pos;
	if (ZSTD_isError(result))
		return ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge ||
				       ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation
			       ? CODEC_MEMORY
			       : CODEC_BAD;
	if (result == 0)
		return CODEC_END;
	return from.pos || to.pos ? CODEC_OK : CODEC_MORE;
}

static void
close_zstd(void *state)
{
	ZSTD_freeDStream(state);
}

static const struct codec codecs[] = {
	{{"gzip", 4}, {"x-gzip", 6}, 15, plan_gzip, open_inflate, run_inflate, close_inflate},
	{{"deflate", 7}, {"x-deflate", 9}, 15, plan_deflate, open_inflate, run_inflate, close_inflate},
	{{"br", 2}, {"brotli", 6}, 24, plan_brotli, open_brotli, run_brotli, close_brotli},
	{{"zstd", 4}, {"x-zstd", 6}, ZSTD_WINDOW_LOG_MAX, plan_zstd, open_zstd, run_zstd, close_zstd},
};

const struct codec *
codec_find(struct slice name)
{
	for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++)
		if (slice_eq_nocase(name, codecs[i].name) || slice_eq_nocase(name, codecs[i].alias))
			return &codecs[i];
	return NULL;
}

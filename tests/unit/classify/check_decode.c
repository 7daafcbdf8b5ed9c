/* Content codings: what they undo, in any segmentation, and what each ceiling answers. */
#include "suites.h"

#include "base/buffer.h"
#include "classify/decode.h"

#include <brotli/encode.h>
#include <stdio.h>
#include <zlib.h>
#include <zstd.h>

#define ROOM (4u << 20)

static struct decode_budget wide = {.limit = 1 << 30};

struct sink {
	struct buffer text;
	size_t stop_after;
	size_t longest;
};

static bool
collect(void *context, struct slice bytes)
{
	struct sink *sink = context;

	if (bytes.len > sink->longest)
		sink->longest = bytes.len;
	ck_assert(buffer_append(&sink->text, bytes));
	return sink->stop_after == 0 || buffer_len(&sink->text) < sink->stop_after;
}

static struct slice
pack_zlib(struct slice text, int bits)
{
	char *out = malloc(ROOM);
	z_stream z = {
		.next_in = (Bytef *)text.ptr, .avail_in = (uInt)text.len, .next_out = (Bytef *)out, .avail_out = ROOM};

	ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
	ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return slice_make(out, ROOM - z.avail_out);
}

static struct slice
pack_brotli(struct slice text, int window_log)
{
	size_t n = ROOM;
	char *out = malloc(ROOM);

	ck_assert(BrotliEncoderCompress(
		5, window_log, BROTLI_MODE_TEXT, text.len, (const uint8_t *)text.ptr, &n, (uint8_t *)out));
	return slice_make(out, n);
}

static struct slice
pack_zstd(struct slice text, int window_log)
{
	ZSTD_CCtx *z = ZSTD_createCCtx();
	char *out = malloc(ROOM);
	ZSTD_inBuffer from = {text.ptr, text.len, 0};
	ZSTD_outBuffer to = {out, ROOM, 0};

	if (window_log) {
		ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, window_log);
		ZSTD_CCtx_setParameter(z, ZSTD_c_contentSizeFlag, 0);
	}
	/* A flush in between: the size is not known when the header is written. */
	ck_assert(!ZSTD_isError(ZSTD_compressStream2(z, &to, &from, window_log ? ZSTD_e_flush : ZSTD_e_end)));
	if (window_log)
		ck_assert_uint_eq(ZSTD_compressStream2(z, &to, &from, ZSTD_e_end), 0);
	ZSTD_freeCCtx(z);
	return slice_make(out, to.pos);
}

static struct slice
pack(const char *coding, struct slice text)
{
	if (strcmp(coding, "gzip") == 0)
		return pack_zlib(text, 15 + 16);
	if (strcmp(coding, "deflate") == 0)
		return pack_zlib(text, 15);
	if (strcmp(coding, "raw") == 0)
		return pack_zlib(text, -15);
	return strcmp(coding, "br") == 0 ? pack_brotli(text, 22) : pack_zstd(text, 0);
}

/* Decodes in pieces of `piece` bytes; the text is in *sink. */
static enum decode_status
decode_all(const char *coding, struct slice body, size_t piece, const struct decode_limits *limits,
	struct decode_budget *budget, struct sink *sink)
{
	struct decode *d;
	enum decode_status status = decode_open(slice_of(coding), limits, budget, &d);

	sink->text = buffer_make(1 << 28);
	if (status != DECODE_OK)
		return status;
	for (size_t at = 0; at < body.len; at += piece)
		status = decode_push(d, slice_sub(body, at, at + piece), collect, sink);
	status = decode_finish(d);
	ck_assert_uint_eq(decode_output(d), buffer_len(&sink->text));
	/* A failure is final. */
	ck_assert_int_eq(decode_finish(d), status);
	decode_close(d);
	ck_assert_uint_eq(atomic_load(&budget->used), 0);
	return status;
}

static char sample[100000];

static struct slice
sample_text(void)
{
	unsigned seed = 7;

	for (size_t i = 0; i < sizeof sample; i++) {
		seed = seed * 1103515245u + 12345u;
		sample[i] = "etaoin shrdlu <p> &amp;"[(seed >> 16) % 23];
	}
	return slice_make(sample, sizeof sample);
}

START_TEST(every_coding_gives_the_text_back_in_any_segmentation)
{
	static const char *const codings[] = {"gzip", "deflate", "raw", "br", "zstd"};
	static const size_t pieces[] = {1, 2, 3, 7, 1460, 65536, 1 << 30};
	struct slice text = sample_text();

	for (size_t i = 0; i < sizeof codings / sizeof codings[0]; i++) {
		struct slice body = pack(codings[i], text);
		const char *name = strcmp(codings[i], "raw") == 0 ? "deflate" : codings[i];

		for (size_t k = 0; k < sizeof pieces / sizeof pieces[0]; k++) {
			struct sink sink = {0};

			ck_assert_int_eq(
				decode_all(name, body, pieces[k], &decode_limits_default, &wide, &sink), DECODE_DONE);
			ck_assert(slice_eq(buffer_slice(&sink.text), text));
			ck_assert_uint_le(sink.longest, 65536);
			buffer_release(&sink.text);
		}
		free((void *)body.ptr);
	}
}
END_TEST

START_TEST(two_codings_are_undone_in_reverse_order_and_three_are_refused)
{
	struct slice text = sample_text(), inner = pack("br", text), outer = pack("gzip", inner);
	struct decode_limits shallow = decode_limits_default;
	struct decode *d;
	struct sink sink = {0};

	ck_assert_int_eq(decode_all("br, gzip", outer, 1000, &decode_limits_default, &wide, &sink), DECODE_DONE);
	ck_assert(slice_eq(buffer_slice(&sink.text), text));
	buffer_release(&sink.text);
	ck_assert_int_eq(decode_all("gzip, br", outer, 1000, &decode_limits_default, &wide, &sink), DECODE_BAD_DATA);
	buffer_release(&sink.text);
	ck_assert_int_eq(decode_open(SLICE("gzip,gzip,gzip"), &decode_limits_default, &wide, &d), DECODE_TOO_DEEP);
	ck_assert_ptr_null(d);
	shallow.depth_max = 1;
	ck_assert_int_eq(decode_open(SLICE("gzip, br"), &shallow, &wide, &d), DECODE_TOO_DEEP);
	ck_assert_int_eq(
		decode_open(SLICE("gzip, compress"), &decode_limits_default, &wide, &d), DECODE_UNKNOWN_CODING);
	ck_assert_int_eq(decode_open(SLICE("gzipx"), &decode_limits_default, &wide, &d), DECODE_UNKNOWN_CODING);
	free((void *)inner.ptr);
	free((void *)outer.ptr);
}
END_TEST

START_TEST(no_coding_passes_bytes_as_they_are)
{
	static const char *const values[] = {"", "identity", " Identity , ,"};

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		struct sink sink = {0};

		ck_assert_int_eq(
			decode_all(values[i], SLICE("plain"), 2, &decode_limits_default, &wide, &sink), DECODE_DONE);
		assert_slice(buffer_slice(&sink.text), "plain");
		buffer_release(&sink.text);
	}
}
END_TEST

START_TEST(names_are_case_blind_and_an_empty_body_is_done)
{
	struct slice body = pack("gzip", SLICE("x"));
	struct sink sink = {0};

	ck_assert_int_eq(decode_all(" X-GZIP ", body, 100, &decode_limits_default, &wide, &sink), DECODE_DONE);
	assert_slice(buffer_slice(&sink.text), "x");
	buffer_release(&sink.text);
	ck_assert_int_eq(decode_all("br", SLICE_EMPTY, 1, &decode_limits_default, &wide, &sink), DECODE_DONE);
	free((void *)body.ptr);
}
END_TEST

START_TEST(a_body_cut_short_anywhere_is_truncated_and_never_done)
{
	static const char *const codings[] = {"gzip", "deflate", "raw", "br", "zstd"};
	struct slice text = slice_sub(sample_text(), 0, 300);

	for (size_t i = 0; i < sizeof codings / sizeof codings[0]; i++) {
		struct slice body = pack(codings[i], text);

		for (size_t n = 1; n < body.len; n++) {
			struct sink sink = {0};
			enum decode_status status = decode_all(strcmp(codings[i], "raw") == 0 ? "deflate" : codings[i],
				slice_sub(body, 0, n), 10, &decode_limits_default, &wide, &sink);

			ck_assert_msg(status == DECODE_TRUNCATED, "%s cut at %zu: %s", codings[i], n,
				decode_status_name(status));
			buffer_release(&sink.text);
		}
		free((void *)body.ptr);
	}
}
END_TEST

START_TEST(what_is_not_in_the_coding_is_bad_data)
{
	static const char *const codings[] = {"gzip", "br", "zstd"};

	for (size_t i = 0; i < sizeof codings / sizeof codings[0]; i++) {
		struct sink sink = {0};

		ck_assert_int_eq(decode_all(codings[i], SLICE("\xff\xffThis is no compressed data at all, is it?"), 5,
					 &decode_limits_default, &wide, &sink),
			DECODE_BAD_DATA);
		buffer_release(&sink.text);
	}
}
END_TEST

START_TEST(a_second_gzip_member_or_zstd_frame_is_read_and_padding_is_not)
{
	static const char *const codings[] = {"gzip", "zstd"};

	for (size_t i = 0; i < 2; i++) {
		struct slice one = pack(codings[i], SLICE("first ")), two = pack(codings[i], SLICE("second"));
		struct buffer body = buffer_make(4096);

		buffer_append(&body, one);
		buffer_append(&body, two);
		buffer_append(&body, SLICE("\x1f padding, no stream"));
		for (size_t piece = 1; piece < 100; piece += 7) {
			struct sink sink = {0};

			ck_assert_int_eq(decode_all(codings[i], buffer_slice(&body), piece, &decode_limits_default,
						 &wide, &sink),
				DECODE_DONE);
			assert_slice(buffer_slice(&sink.text), "first second");
			buffer_release(&sink.text);
		}
		buffer_release(&body);
		free((void *)one.ptr);
		free((void *)two.ptr);
	}
}
END_TEST

static struct slice
zeros(size_t n)
{
	return slice_make(calloc(1, n), n);
}

START_TEST(a_bomb_is_stopped_by_the_ratio_soon_after_the_first_64_kib)
{
	static const char *const codings[] = {"gzip", "deflate", "br", "zstd"};
	struct slice text = zeros(50 << 20);

	for (size_t i = 0; i < sizeof codings / sizeof codings[0]; i++) {
		struct slice bomb = pack(codings[i], text);
		struct sink sink = {0};

		ck_assert_int_eq(
			decode_all(codings[i], bomb, 1460, &decode_limits_default, &wide, &sink), DECODE_OVER_RATIO);
		ck_assert_uint_le(buffer_len(&sink.text), 64 * 1024 + 1460 * 100);
		buffer_release(&sink.text);
		free((void *)bomb.ptr);
	}
	free((void *)text.ptr);
}
END_TEST

START_TEST(a_bomb_in_a_bomb_is_stopped_at_the_outer_coding)
{
	struct slice text = zeros(50 << 20), inner = pack("gzip", text), outer = pack("gzip", inner);
	struct sink sink = {0};

	ck_assert_uint_lt(outer.len, 1000);
	ck_assert_int_eq(decode_all("gzip, gzip", outer, 100, &decode_limits_default, &wide, &sink), DECODE_OVER_RATIO);
	ck_assert_uint_le(buffer_len(&sink.text), 1 << 20);
	buffer_release(&sink.text);
	free((void *)text.ptr);
	free((void *)inner.ptr);
	free((void *)outer.ptr);
}
END_TEST

START_TEST(the_output_has_an_absolute_ceiling)
{
	struct decode_limits limits = decode_limits_default;
	struct slice body = pack("gzip", sample_text());
	struct sink sink = {0};

	limits.output_max = 50000;
	ck_assert_int_eq(decode_all("gzip", body, 1460, &limits, &wide, &sink), DECODE_OVER_SIZE);
	ck_assert_uint_le(buffer_len(&sink.text), 50000);
	buffer_release(&sink.text);
	limits.output_max = 100000;
	ck_assert_int_eq(decode_all("gzip", body, 1460, &limits, &wide, &sink), DECODE_DONE);
	buffer_release(&sink.text);
	free((void *)body.ptr);
}
END_TEST

START_TEST(memory_is_counted_before_a_decoder_is_made_by_the_window_that_the_sender_chose)
{
	struct slice text = sample_text(), narrow = pack_brotli(text, 16), broad = pack_brotli(text, 24);
	struct decode_budget small = {.limit = 3 << 20};
	struct sink sink = {0};

	ck_assert_int_eq(decode_all("br", narrow, 1460, &decode_limits_default, &small, &sink), DECODE_DONE);
	buffer_release(&sink.text);
	ck_assert_int_eq(decode_all("br", broad, 1460, &decode_limits_default, &small, &sink), DECODE_OVER_MEMORY);
	ck_assert_uint_eq(buffer_len(&sink.text), 0);
	small.limit = 20 << 20;
	ck_assert_int_eq(decode_all("br", broad, 1460, &decode_limits_default, &small, &sink), DECODE_DONE);
	buffer_release(&sink.text);
	free((void *)narrow.ptr);
	free((void *)broad.ptr);
}
END_TEST

START_TEST(a_zstd_window_above_8_mib_is_refused_and_one_of_8_mib_is_not)
{
	struct slice text = sample_text(), broad = pack_zstd(text, 24), fair = pack_zstd(text, 23);
	struct sink sink = {0};

	ck_assert_int_eq(decode_all("zstd", broad, 1460, &decode_limits_default, &wide, &sink), DECODE_OVER_MEMORY);
	ck_assert_int_eq(decode_all("zstd", fair, 1460, &decode_limits_default, &wide, &sink), DECODE_DONE);
	ck_assert(slice_eq(buffer_slice(&sink.text), text));
	buffer_release(&sink.text);
	/* A content size of 2^60 in the header, window of the same size. */
	ck_assert_int_eq(decode_all("zstd", SLICE("\x28\xb5\x2f\xfd\xe0\0\0\0\0\0\0\0\x10\x01"), 14,
				 &decode_limits_default, &wide, &sink),
		DECODE_OVER_MEMORY);
	free((void *)broad.ptr);
	free((void *)fair.ptr);
}
END_TEST

START_TEST(a_budget_is_shared_and_given_back)
{
	struct decode_budget budget = {.limit = 100 << 10};
	struct slice body = pack("gzip", sample_text());
	struct sink sink = {.text = buffer_make(1 << 20)};
	struct decode *d[3];

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(decode_open(SLICE("gzip"), &decode_limits_default, &budget, &d[i]), DECODE_OK);
		ck_assert_int_eq(decode_push(d[i], slice_sub(body, 0, 100), collect, &sink),
			i < 2 ? DECODE_OK : DECODE_OVER_MEMORY);
	}
	ck_assert_int_eq(decode_finish(d[2]), DECODE_OVER_MEMORY);
	decode_close(d[2]);
	decode_close(d[0]);
	ck_assert_int_eq(decode_open(SLICE("gzip"), &decode_limits_default, &budget, &d[0]), DECODE_OK);
	ck_assert_int_eq(decode_push(d[0], slice_sub(body, 0, 100), collect, &sink), DECODE_OK);
	decode_close(d[0]);
	decode_close(d[1]);
	decode_close(NULL);
	ck_assert_uint_eq(atomic_load(&budget.used), 0);
	buffer_release(&sink.text);
	free((void *)body.ptr);
}
END_TEST

START_TEST(a_sink_that_wants_no_more_ends_the_work)
{
	struct slice body = pack("zstd", sample_text());
	struct sink sink = {.stop_after = 1};

	ck_assert_int_eq(decode_all("zstd", body, 1460, &decode_limits_default, &wide, &sink), DECODE_STOPPED);
	ck_assert_uint_le(buffer_len(&sink.text), 65536);
	buffer_release(&sink.text);
	free((void *)body.ptr);
}
END_TEST

UNIT_SUITE(decode, "decode", every_coding_gives_the_text_back_in_any_segmentation,
	two_codings_are_undone_in_reverse_order_and_three_are_refused, no_coding_passes_bytes_as_they_are,
	names_are_case_blind_and_an_empty_body_is_done, a_body_cut_short_anywhere_is_truncated_and_never_done,
	what_is_not_in_the_coding_is_bad_data, a_second_gzip_member_or_zstd_frame_is_read_and_padding_is_not,
	a_bomb_is_stopped_by_the_ratio_soon_after_the_first_64_kib, a_bomb_in_a_bomb_is_stopped_at_the_outer_coding,
	the_output_has_an_absolute_ceiling,
	memory_is_counted_before_a_decoder_is_made_by_the_window_that_the_sender_chose,
	a_zstd_window_above_8_mib_is_refused_and_one_of_8_mib_is_not, a_budget_is_shared_and_given_back,
	a_sink_that_wants_no_more_ends_the_work)

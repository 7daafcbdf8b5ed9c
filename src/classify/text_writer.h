/* Collects the UTF-8 that a stage of text processing makes, and hands it on in steps.  It lives on the stack of one
 * push; nothing stays in it between two.  For the text stages of this directory. */
#ifndef SLUICE_CLASSIFY_TEXT_WRITER_H
#define SLUICE_CLASSIFY_TEXT_WRITER_H

#include "base/slice.h"

#define TEXT_STEP 16384

/* Called with the next text in UTF-8, borrowed for the call, never empty.  False: wants no more. */
typedef bool (*text_sink)(void *context, struct slice text);

struct text_writer {
	text_sink sink;
	void *context;
	bool has_stopped; /* the sink wanted no more; what comes now is dropped */
	size_t used;
	char step[TEXT_STEP];
};

static inline void
text_writer_start(struct text_writer *w, text_sink sink, void *context)
{
	w->sink = sink;
	w->context = context;
	w->has_stopped = false;
	w->used = 0;
}

/* Hands on what was collected. */
static inline void
text_flush(struct text_writer *w)
{
	if (w->used && !w->has_stopped)
		w->has_stopped = !w->sink(w->context, (struct slice){w->step, w->used});
	w->used = 0;
}

static inline void
text_put_byte(struct text_writer *w, char c)
{
	if (w->used == sizeof w->step)
		text_flush(w);
	w->step[w->used++] = c;
}

/* Text of any length; a long run is not copied. */
static inline void
text_put(struct text_writer *w, struct slice text)
{
	if (text.len == 0)
		return;
	if (w->used + text.len > sizeof w->step) {
		text_flush(w);
		if (text.len > sizeof w->step / 4) {
			if (!w->has_stopped)
				w->has_stopped = !w->sink(w->context, text);
			return;
		}
	}
	memcpy(w->step + w->used, text.ptr, text.len);
	w->used += text.len;
}

/* The UTF-8 of one code point (below 0x110000, RFC 3629) into dst; returns its length. */
static inline size_t
utf8_encode(uint32_t code, char dst[4])
{
	if (code < 0x80) {
		dst[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		dst[0] = (char)(0xc0 | code >> 6);
		dst[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		dst[0] = (char)(0xe0 | code >> 12);
		dst[1] = (char)(0x80 | (code >> 6 & 0x3f));
		dst[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	dst[0] = (char)(0xf0 | code >> 18);
	dst[1] = (char)(0x80 | (code >> 12 & 0x3f));
	dst[2] = (char)(0x80 | (code >> 6 & 0x3f));
	dst[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

static inline void
text_put_code(struct text_writer *w, uint32_t code)
{
	if (w->used + 4 > sizeof w->step)
		text_flush(w);
	w->used += utf8_encode(code, w->step + w->used);
}

#endif

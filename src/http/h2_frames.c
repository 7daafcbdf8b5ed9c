/* A walk over the frames of HTTP/2.  See h2_frames.h. */
#include "http/h2_frames.h"

#define PREFACE_LEN 24
#define TYPE_HEADERS 1
#define TYPE_CONTINUATION 9
#define FLAG_END_HEADERS 4

void
h2_frames_init(struct h2_frames *f, bool is_client)
{
	*f = (struct h2_frames){.preface_left = is_client ? PREFACE_LEN : 0};
}

static void
frame_begun(struct h2_frames *f)
{
	f->left = (uint32_t)f->head[0] << 16 | (uint32_t)f->head[1] << 8 | f->head[2];
	if (f->head[3] != TYPE_HEADERS && f->head[3] != TYPE_CONTINUATION)
		return;
	f->in_section = true;
	f->is_last = (f->head[4] & FLAG_END_HEADERS) != 0;
}

static void
frame_ended(struct h2_frames *f)
{
	f->head_len = 0;
	if (f->is_last) {
		f->in_section = f->is_last = false;
		f->sections++;
	}
}

void
h2_frames_feed(struct h2_frames *f, struct slice bytes)
{
	size_t n = bytes.len < f->preface_left ? bytes.len : f->preface_left;

	f->preface_left = (uint8_t)(f->preface_left - n);
	bytes = slice_sub(bytes, n, bytes.len);
	while (bytes.len) {
		if (f->head_len < sizeof f->head) {
			n = sizeof f->head - f->head_len;
			if (n > bytes.len)
				n = bytes.len;
			memcpy(f->head + f->head_len, bytes.ptr, n);
			f->head_len = (uint8_t)(f->head_len + n);
			if (f->head_len == sizeof f->head)
				frame_begun(f);
		} else {
			n = bytes.len < f->left ? bytes.len : f->left;
			f->left -= (uint32_t)n;
		}
		bytes = slice_sub(bytes, n, bytes.len);
		if (f->head_len == sizeof f->head && f->left == 0)
			frame_ended(f);
	}
}

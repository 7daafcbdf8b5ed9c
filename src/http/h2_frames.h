/* Where one frame ends and the next begins in what a peer sends, without a look inside (RFC 9113 section 4.1).  It
 * tells one thing: whether a header section has begun and not ended, be it in the middle of a frame or between HEADERS
 * and the CONTINUATION that is missing.  nghttp2 knows it and does not say. */
#ifndef SLUICE_HTTP_H2_FRAMES_H
#define SLUICE_HTTP_H2_FRAMES_H

#include <stdint.h>

#include "base/slice.h"

struct h2_frames {
	uint8_t head[9];
	uint8_t head_len;
	uint8_t preface_left; /* octets of the client's preface that are still to come */
	bool in_section;      /* HEADERS came and END_HEADERS has not */
	bool is_last;         /* the frame under way carries END_HEADERS */
	uint32_t left;        /* octets of the frame under way */
	uint32_t sections;    /* that have ended */
};

/* is_client: what is read begins with the preface. */
void h2_frames_init(struct h2_frames *f, bool is_client);
/* Goes over the next octets.  What comes after an error of the peer means nothing. */
void h2_frames_feed(struct h2_frames *f, struct slice bytes);
static inline bool
h2_frames_in_section(const struct h2_frames *f)
{
	return f->in_section;
}

#endif

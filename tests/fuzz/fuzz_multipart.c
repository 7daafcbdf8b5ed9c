/* A multipart body: the first byte says in which pieces it comes.  Any split gives the same parts, and no byte of a
 * part is made up: what comes out is never longer than what went in. */
#include "classify/multipart.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sums {
	uint64_t bytes, hash;
	unsigned parts, ends;
};

static void
on_begin(void *context, const struct multipart_part *part)
{
	struct sums *s = context;

	s->parts++;
	s->hash = s->hash * 31 + part->content_type.len * 7 + part->filename.len;
}

static void
on_data(void *context, struct slice bytes)
{
	struct sums *s = context;

	s->bytes += bytes.len;
	for (size_t i = 0; i < bytes.len; i++)
		s->hash = s->hash * 31 + (uint8_t)bytes.ptr[i];
}

static void
on_end(void *context)
{
	((struct sums *)context)->ends++;
}

static enum parse
run(struct slice body, size_t piece, struct sums *s)
{
	struct multipart_sink sink = {on_begin, on_data, on_end, s};
	struct multipart m;

	*s = (struct sums){0};
	if (!multipart_start(&m, SLICE("multipart/form-data; boundary=b")))
		abort();
	for (size_t at = 0; at < body.len; at += piece)
		if (multipart_push(&m, slice_sub(body, at, at + piece), &sink) == PARSE_BAD)
			return s->parts ? abort(), PARSE_BAD : PARSE_BAD;
	multipart_finish(&m, &sink);
	return PARSE_MORE;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice body = slice_make(data + (size > 0), size ? size - 1 : 0);
	struct sums whole, pieces;
	enum parse a = run(body, body.len + 1, &whole), b = run(body, size ? data[0] % 16 + 1u : 1, &pieces);

	if (a != b || whole.hash != pieces.hash || whole.bytes != pieces.bytes || whole.parts != pieces.parts ||
		whole.ends != pieces.ends)
		abort();
	if (a == PARSE_MORE && (whole.parts != whole.ends || whole.bytes > body.len))
		abort();
	return 0;
}

/* A text whose first line is the value of Content-Type: its encoding is chosen, and it is converted whole and in pieces
 * of one byte.  Both must give the same UTF-8. */
#include "base/buffer.h"
#include "classify/charset.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
collect(void *context, struct slice text)
{
	if (text.len == 0 || !buffer_append(context, text))
		abort();
	return true;
}

static struct buffer
convert(struct slice text, const struct charset *charset, size_t piece)
{
	struct buffer out = buffer_make(1 << 24);
	struct charset_reader r;

	if (!charset_open(&r, charset))
		abort();
	for (size_t at = 0; at < text.len; at += piece)
		charset_push(&r, slice_sub(text, at, at + piece), collect, &out);
	charset_finish(&r, collect, &out);
	charset_close(&r);
	return out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice all = slice_make(data, size);
	size_t end = slice_find(all, '\n');
	struct slice text = slice_sub(all, end + 1, size);
	const struct charset *charset = charset_choose(text, slice_sub(all, 0, end), NULL);
	struct buffer whole = convert(text, charset, text.len + 1), bytes = convert(text, charset, 1);

	if (!slice_eq(buffer_slice(&whole), buffer_slice(&bytes)))
		abort();
	buffer_release(&whole);
	buffer_release(&bytes);
	return 0;
}

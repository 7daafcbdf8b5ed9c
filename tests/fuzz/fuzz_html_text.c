/* Any bytes as HTML (or XML, where the first byte is odd): whole, and in pieces; both must give the same text. */
#include "base/buffer.h"
#include "classify/html_text.h"

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
text_of(struct slice html, size_t piece, bool is_xml)
{
	struct buffer out = buffer_make(1 << 24);
	struct html_text h;

	html_text_start(&h, is_xml);
	for (size_t at = 0; at < html.len; at += piece)
		html_text_push(&h, slice_sub(html, at, at + piece), collect, &out);
	html_text_finish(&h, collect, &out);
	return out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer whole, split;
	struct slice html;
	bool is_xml;

	if (size < 2)
		return 0;
	is_xml = data[0] & 1;
	html = slice_make(data + 2, size - 2);
	whole = text_of(html, html.len + 1, is_xml);
	split = text_of(html, data[1] % 16 + 1, is_xml);
	if (!slice_eq(buffer_slice(&whole), buffer_slice(&split)))
		abort();
	buffer_release(&whole);
	buffer_release(&split);
	return 0;
}

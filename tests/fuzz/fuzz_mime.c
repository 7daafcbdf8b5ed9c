/* The sniffer on any bytes: a NUL-free first line is the label, the rest the body. */
#include "classify/mime.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice all = slice_make(data, size);
	size_t end = slice_find(all, '\n');
	struct mime_hints hints = {slice_sub(all, 0, end), slice_sub(all, 0, end)};
	struct mime_answer answer = mime_sniff(slice_sub(all, end + 1, size), &hints);

	if (answer.type >= MIME_COUNT || mime_type_name(answer.type) == NULL)
		abort();
	return 0;
}

/* Any line either is refused, or its fields lie within it and each text can be had. */
#include "record/entry.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer scratch = buffer_make(size + 1);
	static struct entry e;

	if (!entry_parse(slice_make(data, size), &e))
		goto out;
	for (size_t i = 0; i < e.count; i++) {
		const struct entry_field *f = &e.fields[i];
		struct slice rest = f->value;
		struct entry_field item;

		if (entry_text(f, &scratch).len > size)
			abort();
		while (f->type == ENTRY_LIST && entry_list_next(&rest, &item)) {
			if (entry_text(&item, &scratch).len > size)
				abort();
		}
	}
out:
	buffer_release(&scratch);
	return 0;
}

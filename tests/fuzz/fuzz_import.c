/* The importers: whatever the old configuration says, what comes out can at least be parsed. */
#include "conf/parse.h"
#include "policy/import.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make(data, size);
	struct buffer out = buffer_make(IMPORT_MAX);
	struct problems lost = {0}, problems = {0};
	bool ok = import_is_squidguard(text) ? import_squidguard(text, "old", &out, &lost)
					     : import_squid(text, "old", &out, &lost);

	if (ok) {
		struct conf_source source = {"new", buffer_slice(&out)};
		struct conf_tree *tree = conf_tree_parse(&source, 1, &problems);

		if (tree == NULL)
			abort();
		conf_tree_free(tree);
	}
	buffer_release(&out);
	problems_release(&lost);
	problems_release(&problems);
	return 0;
}

/* Any bytes as a phrase list, and as the text that is scanned with it. */
#include "classify/phrases_scan.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice list = slice_make(data, size);
	struct phrases *set = phrases_new();
	struct problems problems = {0};
	struct phrases_result result;
	struct phrases_scan *scan;

	/* An include would read files of this machine. */
	if (slice_find_slice(list, SLICE(".")) < size || size == 0)
		goto out;
	phrases_read(set, list, "list", (enum phrase_kind)(data[0] % PHRASE_KINDS), &problems);
	if (!phrases_compile(set, PHRASES_AHO))
		abort();
	scan = phrases_scan_open(set, NULL, &phrases_limits_default);
	phrases_scan_push(scan, list);
	phrases_scan_result(scan, &result);
	if (result.hit_count > PHRASES_TOP || result.rules_found > set->rule_count)
		abort();
	for (unsigned i = 0; i < result.hit_count; i++) {
		char text[32];

		phrases_rule_text(set, result.hits[i].rule, text, sizeof text);
	}
	phrases_scan_close(scan);
out:
	problems_release(&problems);
	phrases_free(set);
	return 0;
}

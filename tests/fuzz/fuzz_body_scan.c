/* A body through all stages: the first line is Content-Encoding, the second Content-Type, the rest the body. */
#include "classify/body_scan.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct phrases *
some_phrases(void)
{
	static struct phrases *set;
	struct problems problems = {0};

	if (set == NULL) {
		set = phrases_new();
		if (set == NULL ||
			!phrases_read(
				set, SLICE("< a ><60>\n<b>,<c><50>\n<d><-10>\n"), "list", PHRASE_WEIGHTED, &problems) ||
			!phrases_compile(set, PHRASES_AHO))
			abort();
	}
	return set;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct decode_budget budget = {.limit = 32 << 20};
	struct body_scan_config config = {.stages = BODY_TYPE | BODY_PHRASES | BODY_TITLE,
		.decode_limits = decode_limits_default,
		.budget = &budget,
		.phrases = some_phrases(),
		.phrases_limits = phrases_limits_default};
	struct slice rest = slice_make(data, size), coding, type;
	struct body_answer answer;
	struct body_scan *scan;

	if (!slice_split(&rest, '\n', &coding) || !slice_split(&rest, '\n', &type) || rest.ptr == NULL)
		return 0;
	config.decode_limits.output_max = 1 << 20;
	scan = body_scan_open(&config, &(struct body_labels){coding, type, SLICE("/a.html")});
	for (size_t at = 0; at < rest.len; at += 700)
		if (!body_scan_push(scan, slice_sub(rest, at, at + 700)))
			break;
	body_scan_finish(scan);
	body_scan_answer(scan, &answer);
	if (!answer.is_done || (answer.has_phrases && answer.charset == NULL))
		abort();
	body_scan_close(scan);
	if (atomic_load(&budget.used) != 0)
		abort();
	return 0;
}

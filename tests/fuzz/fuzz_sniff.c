/* Any first bytes: the answer is the same whether they come at once or one by one, and never asks for what is there. */
#include "peek/sniff.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum sniff_kind whole, kind;
	size_t need, have = 0;
	enum parse answer = sniff(slice_make(data, size), &whole, &need);

	if (answer == PARSE_BAD || (answer == PARSE_MORE && need <= size))
		abort();
	for (;;) {
		enum parse part = sniff(slice_make(data, have), &kind, &need);

		if (part == PARSE_DONE) {
			if (answer != PARSE_DONE || kind != whole)
				abort();
			return 0;
		}
		if (need <= have)
			abort();
		if (need > size) {
			if (answer != PARSE_MORE && have == size)
				abort();
			return 0;
		}
		have = need;
	}
}

/* A pattern, a line feed, a text.  Any pattern is refused at a byte of it or compiled within bounds; any text is
 * matched in one pass, whatever the pieces in which it comes, and what is said on the way holds at the end. */
#include "policy/regex.h"

#include <stdlib.h>

#define ARENA_MAX (8u << 20) /* far more than a table of REGEX_STATES_MAX states may take */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
match(const struct regex *regex, struct slice text)
{
	bool whole = regex_matches(regex, text);

	for (size_t piece = 1; piece <= 7; piece += 3) {
		struct regex_state state = regex_begin(regex);
		enum regex_so_far said = REGEX_MAY;

		for (size_t at = 0; at < text.len; at += piece) {
			enum regex_so_far now;

			state = regex_feed(regex, state, slice_sub(text, at, at + piece));
			now = regex_so_far(regex, state);
			/* What is sure stays so. */
			if (said != REGEX_MAY && now != said)
				abort();
			said = now;
		}
		if (regex_end(regex, state) != whole)
			abort();
		if ((said == REGEX_NEVER && whole) || (said == REGEX_ALWAYS && !whole))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = arena_make(ARENA_MAX);
	struct slice rest = slice_make(data, size), pattern;
	const char *error = NULL;
	size_t offset = 0;
	struct regex *regex;

	if (slice_split(&rest, '\n', &pattern)) {
		regex = regex_compile(pattern, &arena, &error, &offset);
		if (regex == NULL && (error == NULL || offset > pattern.len))
			abort();
		if (regex)
			match(regex, rest.ptr ? rest : SLICE_EMPTY);
	}
	arena_release(&arena);
	return 0;
}

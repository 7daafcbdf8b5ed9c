/* The nearest known name.  See suggest.h. */
#include "conf/suggest.h"

#include <stdio.h>

#define LONGEST 40

static unsigned
smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* The number of single insertions, deletions, replacements and swaps of neighbours. */
static unsigned
edit_distance(struct slice a, struct slice b)
{
	unsigned rows[3][LONGEST + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];

	for (unsigned j = 0; j <= b.len; j++)
		above[j] = before[j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		row[0] = i;
		for (unsigned j = 1; j <= b.len; j++) {
			char x = ascii_lower(a.ptr[i - 1]), y = ascii_lower(b.ptr[j - 1]);

			row[j] = smaller(smaller(above[j] + 1, row[j - 1] + 1), above[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == ascii_lower(b.ptr[j - 2]) && ascii_lower(a.ptr[i - 2]) == y)
				row[j] = smaller(row[j], before[j - 2] + 1);
		}
		unsigned *oldest = before;
		before = above;
		above = row;
		row = oldest;
	}
	return above[b.len];
}

void
conf_suggest_offer(struct conf_suggest *search, const char *name)
{
	struct slice known = slice_of(name);
	unsigned most = known.len < 4 ? 1 : known.len < 8 ? 2 : 3;
	unsigned distance;

	if (search->word.len == 0 || search->word.len > LONGEST || known.len > LONGEST)
		return;
	distance = edit_distance(search->word, known);
	if (distance > most || distance >= known.len || (search->best && distance >= search->distance))
		return;
	search->best = name;
	search->distance = distance;
}

const char *
conf_suggest_text(const struct conf_suggest *search, const char *otherwise, char *dst, size_t dst_size)
{
	if (search->best)
		snprintf(dst, dst_size, "did you mean \"%s\"?", search->best);
	else if (otherwise)
		snprintf(dst, dst_size, "%s", otherwise);
	else
		return NULL;
	return dst;
}

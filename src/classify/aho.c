/* The automaton.  See aho.h.  A state is known by where its row of transitions begins in the table.  States in which
 * strings end come behind all others, so one comparison tells them; otherwise short strings come first, so that the
 * rows that most text needs lie close together. */
#include "classify/aho.h"

#include <stdlib.h>

#include "base/not_cleared.h"
#include "base/pages.h"

#define NONE UINT32_MAX
#define ROWS_MAX 0x80000000u
/* Each step waits for the one before it, mostly for the memory.  So a long text is cut in lanes that are walked side by
 * side, each from a few bytes before its start on: as many as the longest string can reach back. */
#define LANES 8u
#define LANE_MAX 1024u /* bytes */
#define LANE_REACH 4u  /* a lane is at least so many times the longest string */

struct aho {
	uint32_t classes; /* of bytes: 0 is every byte that no string has */
	uint32_t states;
	uint32_t first_end; /* the first row of a state in which strings end */
	size_t longest;     /* string, bytes */
	uint16_t class_of[256];
	uint32_t *next;      /* [states][classes], from pages_alloc() */
	uint32_t *tree;      /* the same while building: NONE or a plain state number; then NULL */
	uint32_t *string_at; /* [states]: the string that ends here, or NONE */
	uint32_t *shorter;   /* [states]: the next state on the way of suffixes in which a string ends, or 0 */
};

static void
find_classes(struct aho *a, const struct slice *strings, uint32_t count)
{
	a->classes = 1;
	for (uint32_t i = 0; i < count; i++)
		for (size_t k = 0; k < strings[i].len; k++) {
			uint8_t byte = (uint8_t)strings[i].ptr[k];

			if (a->class_of[byte] == 0)
				a->class_of[byte] = (uint16_t)a->classes++;
		}
}

static uint32_t
add_state(struct aho *a)
{
	uint32_t *row = a->tree + (size_t)a->states * a->classes;

	for (uint32_t k = 0; k < a->classes; k++)
		row[k] = NONE;
	a->string_at[a->states] = NONE;
	return a->states++;
}

static void
add_string(struct aho *a, struct slice s, uint32_t number)
{
	uint32_t state = 0;

	for (size_t k = 0; k < s.len; k++) {
		uint32_t *to = &a->tree[(size_t)state * a->classes + a->class_of[(uint8_t)s.ptr[k]]];

		if (*to == NONE)
			*to = add_state(a);
		state = *to;
	}
	if (a->string_at[state] == NONE)
		a->string_at[state] = number;
}

/* Breadth first: each state's missing transitions are those of its longest suffix that is a state, too.  Returns the
 * states in this order, which are the caller's to free; NULL when memory is out. */
static uint32_t *
add_suffixes(struct aho *a)
{
	uint32_t *queue = malloc(a->states * sizeof *queue);
	uint32_t *suffix = calloc(a->states, sizeof *suffix);
	uint32_t head = 0, tail = 0;

	if (queue == NULL || suffix == NULL) {
		free(queue);
		free(suffix);
		return NULL;
	}
	queue[tail++] = 0;
	while (head < tail) {
		uint32_t state = queue[head++], back = suffix[state];
		uint32_t *row = a->tree + (size_t)state * a->classes;
		const uint32_t *back_row = a->tree + (size_t)back * a->classes;

		a->shorter[state] = state == 0 ? 0 : a->string_at[back] != NONE ? back : a->shorter[back];
		for (uint32_t k = 0; k < a->classes; k++) {
			uint32_t fallback = state == 0 ? 0 : back_row[k];

			if (row[k] == NONE) {
				row[k] = fallback;
				continue;
			}
			suffix[row[k]] = fallback;
			queue[tail++] = row[k];
		}
	}
	free(suffix);
	return queue;
}

static bool
ends_strings(const struct aho *a, uint32_t state)
{
	return a->string_at[state] != NONE || a->shorter[state] != 0;
}

static size_t
table_size(const struct aho *a)
{
	return (size_t)a->states * a->classes * sizeof *a->next;
}

/* Gives every state its place for good, and makes the table of rows. */
static bool
arrange(struct aho *a, const uint32_t *order)
{
	uint32_t *string_at = malloc(a->states * sizeof *string_at), *shorter = malloc(a->states * sizeof *shorter);
	uint32_t *place = malloc(a->states * sizeof *place), placed = 0;
	bool is_done;

	a->next = pages_alloc(table_size(a));
	is_done = string_at && shorter && place && a->next;
	for (int ends = 0; is_done && ends < 2; ends++) {
		a->first_end = placed * a->classes;
		for (uint32_t i = 0; i < a->states; i++)
			if (ends_strings(a, order[i]) == (bool)ends)
				place[order[i]] = placed++;
	}
	for (uint32_t state = 0; is_done && state < a->states; state++) {
		const uint32_t *from = a->tree + (size_t)state * a->classes;
		uint32_t *to = a->next + (size_t)place[state] * a->classes;

		for (uint32_t k = 0; k < a->classes; k++)
			to[k] = place[from[k]] * a->classes;
		string_at[place[state]] = a->string_at[state];
		shorter[place[state]] = place[a->shorter[state]];
	}
	free(place);
	free(is_done ? a->string_at : string_at);
	free(is_done ? a->shorter : shorter);
	if (is_done) {
		a->string_at = string_at;
		a->shorter = shorter;
	}
	return is_done;
}

struct aho *
aho_build(const struct slice *strings, uint32_t count, size_t table_max)
{
	struct aho *a = calloc(1, sizeof *a);
	uint32_t *order = NULL;
	size_t states = 1;
	bool is_built = false;

	if (a == NULL)
		return NULL;
	for (uint32_t i = 0; i < count; i++) {
		states += strings[i].len;
		a->longest = strings[i].len > a->longest ? strings[i].len : a->longest;
		if (strings[i].len == 0 || states > AHO_STATES_MAX)
			goto out;
	}
	find_classes(a, strings, count);
	if ((uint64_t)states * a->classes >= ROWS_MAX || states * a->classes > table_max / sizeof *a->tree)
		goto out;
	a->tree = malloc(states * a->classes * sizeof *a->tree);
	a->string_at = malloc(states * sizeof *a->string_at);
	a->shorter = calloc(states, sizeof *a->shorter);
	if (a->tree == NULL || a->string_at == NULL || a->shorter == NULL)
		goto out;
	add_state(a);
	for (uint32_t i = 0; i < count; i++)
		add_string(a, strings[i], i);
	order = add_suffixes(a);
	is_built = order && arrange(a, order);
out:
	free(order);
	free(a->tree);
	a->tree = NULL;
	if (!is_built) {
		aho_free(a);
		a = NULL;
	}
	return a;
}

/* Every string that ends in a state: the longest first. */
static bool
report(const struct aho *a, uint32_t state, aho_match match, void *context)
{
	if (a->string_at[state] != NONE && !match(context, a->string_at[state]))
		return false;
	for (state = a->shorter[state]; state; state = a->shorter[state])
		if (!match(context, a->string_at[state]))
			return false;
	return true;
}

static inline uint32_t
step(const struct aho *a, uint32_t row, char byte)
{
	return a->next[row + a->class_of[(uint8_t)byte]];
}

/* Scans `lane` bytes in each of the lanes, of which the first continues *row.  What ends is noted for each, and
 * reported when all are done, in the order of the text. */
static bool
scan_lanes(const struct aho *a, uint32_t *row, const char *bytes, size_t lane, aho_match match, void *context)
{
	NOT_CLEARED uint32_t ends[LANES][LANE_MAX + 1];
	uint32_t rows[LANES] = {*row}, first_end = a->first_end;
	size_t end_counts[LANES] = {0};

	for (size_t i = a->longest - 1; i > 0; i--)
		for (unsigned l = 1; l < LANES; l++)
			rows[l] = step(a, rows[l], bytes[l * lane - i]);
	/* What ends is rare, but not rare enough to guess: a step that always writes is faster. */
	for (const char *at = bytes; at < bytes + lane; at++)
#pragma GCC unroll 8
		for (unsigned l = 0; l < LANES; l++) {
			rows[l] = step(a, rows[l], at[l * lane]);
			ends[l][end_counts[l]] = rows[l];
			end_counts[l] += rows[l] >= first_end;
		}
	for (unsigned l = 0; l < LANES; l++)
		for (size_t i = 0; i < end_counts[l]; i++)
			if (!report(a, ends[l][i] / a->classes, match, context))
				return false;
	*row = rows[LANES - 1];
	return true;
}

/* How long the lanes are that so much text is cut in; 0: it is too short for that. */
static size_t
lane_of(const struct aho *a, size_t len)
{
	size_t lane = len / LANES < LANE_MAX ? len / LANES : LANE_MAX;

	return a->longest && lane >= a->longest * LANE_REACH ? lane : 0;
}

bool
aho_scan(const struct aho *a, uint32_t *state, struct slice bytes, aho_match match, void *context)
{
	size_t lane;

	while ((lane = lane_of(a, bytes.len)) > 0) {
		if (!scan_lanes(a, state, bytes.ptr, lane, match, context))
			return false;
		bytes = slice_sub(bytes, lane * LANES, bytes.len);
	}
	for (size_t i = 0; i < bytes.len; i++) {
		*state = step(a, *state, bytes.ptr[i]);
		if (*state >= a->first_end && !report(a, *state / a->classes, match, context))
			return false;
	}
	return true;
}

size_t
aho_size(const struct aho *a)
{
	return sizeof *a + table_size(a) + (size_t)a->states * (sizeof *a->string_at + sizeof *a->shorter);
}

void
aho_free(struct aho *a)
{
	if (a == NULL)
		return;
	pages_free(a->next, table_size(a));
	free(a->string_at);
	free(a->shorter);
	free(a);
}

/* The automaton.  See aho.h.  A transition is a row number (premultiplied by the number of byte classes), with the top
 * bit set where strings end in the state that it leads to. */
#include "classify/aho.h"

#include <stdlib.h>

#define ENDS 0x80000000u
#define NONE UINT32_MAX

struct aho {
	uint32_t classes; /* of bytes: 0 is every byte that no string has */
	uint32_t states;
	uint16_t class_of[256];
	uint32_t *next;      /* [states][classes]; while building, NONE or a plain state number */
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
	uint32_t *row = a->next + (size_t)a->states * a->classes;

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
		uint32_t *to = &a->next[(size_t)state * a->classes + a->class_of[(uint8_t)s.ptr[k]]];

		if (*to == NONE)
			*to = add_state(a);
		state = *to;
	}
	if (a->string_at[state] == NONE)
		a->string_at[state] = number;
}

/* Breadth first: each state's missing transitions are those of its longest suffix that is a state, too. */
static bool
add_suffixes(struct aho *a)
{
	uint32_t *queue = malloc(a->states * sizeof *queue);
	uint32_t *suffix = calloc(a->states, sizeof *suffix);
	uint32_t head = 0, tail = 0;

	if (queue && suffix)
		queue[tail++] = 0;
	while (head < tail) {
		uint32_t state = queue[head++], back = suffix[state];
		uint32_t *row = a->next + (size_t)state * a->classes;
		const uint32_t *back_row = a->next + (size_t)back * a->classes;

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
	free(queue);
	free(suffix);
	return tail == a->states;
}

/* From state numbers to rows, with the mark; room for prefixes that strings share is given back. */
static void
finish_rows(struct aho *a)
{
	size_t cells = (size_t)a->states * a->classes;
	uint32_t *fitted = realloc(a->next, cells * sizeof *fitted);

	if (fitted)
		a->next = fitted;

	for (size_t i = 0; i < cells; i++) {
		uint32_t state = a->next[i];
		bool ends = a->string_at[state] != NONE || a->shorter[state] != 0;

		a->next[i] = state * a->classes | (ends ? ENDS : 0);
	}
}

struct aho *
aho_build(const struct slice *strings, uint32_t count)
{
	struct aho *a = calloc(1, sizeof *a);
	size_t states = 1;
	bool is_built = false;

	if (a == NULL)
		return NULL;
	for (uint32_t i = 0; i < count; i++) {
		states += strings[i].len;
		if (strings[i].len == 0 || states > AHO_STATES_MAX)
			goto out;
	}
	find_classes(a, strings, count);
	if ((uint64_t)states * a->classes >= ENDS)
		goto out;
	a->next = malloc(states * a->classes * sizeof *a->next);
	a->string_at = malloc(states * sizeof *a->string_at);
	a->shorter = calloc(states, sizeof *a->shorter);
	if (a->next == NULL || a->string_at == NULL || a->shorter == NULL)
		goto out;
	add_state(a);
	for (uint32_t i = 0; i < count; i++)
		add_string(a, strings[i], i);
	if (!add_suffixes(a))
		goto out;
	finish_rows(a);
	is_built = true;
out:
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

bool
aho_scan(const struct aho *a, uint32_t *state, struct slice bytes, aho_match match, void *context)
{
	uint32_t row = *state * a->classes;

	for (size_t i = 0; i < bytes.len; i++) {
		row = a->next[row + a->class_of[(uint8_t)bytes.ptr[i]]];
		if (row & ENDS) {
			row &= ~ENDS;
			if (!report(a, row / a->classes, match, context))
				return false;
		}
	}
	*state = row / a->classes;
	return true;
}

size_t
aho_size(const struct aho *a)
{
	return sizeof *a + (size_t)a->states * (a->classes + 2) * sizeof *a->next;
}

void
aho_free(struct aho *a)
{
	if (a == NULL)
		return;
	free(a->next);
	free(a->string_at);
	free(a->shorter);
	free(a);
}

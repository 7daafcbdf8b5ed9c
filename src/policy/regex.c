/* Nondeterministic to deterministic automaton (subset construction), and the walk over its table.  See regex.h. */
#include "policy/regex.h"

#include "base/map.h"
#include "policy/regex_parse.h"

#include <stdlib.h>

#define STATE_DEAD 0
#define STATE_MATCHED 1

struct regex {
	uint8_t class_of[256]; /* bytes that no set tells apart are one class */
	uint16_t classes;
	uint16_t start;
	const uint16_t *next;     /* [state * classes + class] */
	const uint8_t *ends_well; /* [state]: matches if the text ends here */
};

#define SET_WORDS (REGEX_NODES_MAX / 64)

/* A set of nodes: what a state of the table stands for. */
struct node_set {
	uint64_t words[SET_WORDS];
};

struct builder {
	struct regex_program program;
	struct regex_node nodes[REGEX_NODES_MAX];
	struct node_set states[REGEX_STATES_MAX];
	struct map by_set; /* node_set to its address in `states` */
	size_t count;
	uint16_t stack[REGEX_NODES_MAX * 2 + 2];
	struct regex regex;
	unsigned char example[256]; /* a byte of each class */
	uint16_t *next;
	uint8_t *ends_well;
};

static bool
set_has(const struct node_set *set, unsigned node)
{
	return set->words[node / 64] >> (node % 64) & 1;
}

/* Adds a node and all that is reached from it without taking a byte. */
static void
add_closure(struct builder *b, struct node_set *set, uint16_t node, bool at_begin)
{
	size_t depth = 0;

	b->stack[depth++] = node;
	while (depth) {
		uint16_t n = b->stack[--depth];
		const struct regex_node *at = &b->nodes[n];

		if (set_has(set, n))
			continue;
		set->words[n / 64] |= UINT64_C(1) << (n % 64);
		if (at->kind == REGEX_NODE_SPLIT) {
			b->stack[depth++] = at->next;
			b->stack[depth++] = at->other;
		} else if (at->kind == REGEX_NODE_BEGIN && at_begin) {
			b->stack[depth++] = at->next;
		}
	}
}

/* Whether MATCH is in the set, or is reached from its END nodes. */
static bool
set_matches(struct builder *b, const struct node_set *set, bool at_end)
{
	struct node_set reached = *set;

	if (at_end) {
		for (bool grew = true; grew;) {
			grew = false;
			for (uint16_t n = 0; n < b->program.count; n++) {
				if (!set_has(&reached, n) || b->nodes[n].kind != REGEX_NODE_END ||
					set_has(&reached, b->nodes[n].next))
					continue;
				add_closure(b, &reached, b->nodes[n].next, false);
				grew = true;
			}
		}
	}
	/* The MATCH node is the last that was added. */
	return set_has(&reached, (unsigned)b->program.count - 1);
}

static bool
set_is_empty(const struct builder *b, const struct node_set *set)
{
	/* Nodes that take no byte and are no end lead nowhere by themselves. */
	for (unsigned n = 0; n < b->program.count; n++)
		if (set_has(set, n) && b->nodes[n].kind != REGEX_NODE_SPLIT && b->nodes[n].kind != REGEX_NODE_BEGIN)
			return false;
	return true;
}

/* The number of the state that stands for the set, a new one where needed; -1 where there are too many. */
static int
state_of(struct builder *b, const struct node_set *set)
{
	struct node_set *known;

	if (set_matches(b, set, false))
		return STATE_MATCHED;
	known = map_get(&b->by_set, slice_make(set, sizeof *set));
	if (known)
		return (int)(known - b->states);
	if (b->count == REGEX_STATES_MAX)
		return -1;
	known = &b->states[b->count];
	*known = *set;
	if (!map_put(&b->by_set, slice_make(known, sizeof *known), known))
		return -1;
	return (int)b->count++;
}

static void
step_set(struct builder *b, const struct node_set *from, unsigned char byte, struct node_set *to)
{
	*to = (struct node_set){{0}};
	for (unsigned w = 0; w < SET_WORDS; w++) {
		for (uint64_t left = from->words[w]; left; left &= left - 1) {
			const struct regex_node *node = &b->nodes[w * 64 + (unsigned)__builtin_ctzll(left)];

			if (node->kind == REGEX_NODE_SET && regex_set_has(&node->set, byte))
				add_closure(b, to, node->next, false);
		}
	}
	/* The match may begin anywhere. */
	add_closure(b, to, b->program.start, false);
	if (set_is_empty(b, to))
		*to = (struct node_set){{0}};
}

/* Splits every class that has bytes on both sides of the set: those inside get a class of their own. */
static unsigned
split_classes(uint8_t class_of[256], const struct regex_byte_set *set, unsigned count)
{
	bool has_outside[256] = {false};
	int moved_to[256];

	memset(moved_to, -1, sizeof moved_to);
	for (unsigned c = 0; c < 256; c++)
		if (!regex_set_has(set, (unsigned char)c))
			has_outside[class_of[c]] = true;
	for (unsigned c = 0; c < 256; c++) {
		unsigned class = class_of[c];

		if (!regex_set_has(set, (unsigned char)c) || !has_outside[class])
			continue;
		if (moved_to[class] < 0)
			moved_to[class] = (int)count++;
		class_of[c] = (uint8_t)moved_to[class];
	}
	return count;
}

/* Bytes fall into one class where every set has both or neither. */
static void
find_classes(struct builder *b)
{
	unsigned count = 1;

	for (size_t n = 0; n < b->program.count; n++)
		if (b->nodes[n].kind == REGEX_NODE_SET)
			count = split_classes(b->regex.class_of, &b->nodes[n].set, count);
	for (unsigned c = 0; c < 256; c++)
		b->example[b->regex.class_of[c]] = (unsigned char)c;
	b->regex.classes = (uint16_t)count;
}

static bool
build_table(struct builder *b)
{
	struct node_set set = {{0}};
	size_t classes = b->regex.classes;
	int state;

	/* The dead state is the empty set; the matched state stands for every set with MATCH in it. */
	if (state_of(b, &set) != STATE_DEAD)
		return false;
	b->count = STATE_MATCHED + 1;
	add_closure(b, &set, b->program.start, true);
	state = state_of(b, &set);
	if (state < 0)
		return false;
	b->regex.start = (uint16_t)state;
	for (size_t c = 0; c < classes; c++) {
		b->next[STATE_DEAD * classes + c] = STATE_DEAD;
		b->next[STATE_MATCHED * classes + c] = STATE_MATCHED;
	}
	b->ends_well[STATE_MATCHED] = 1;
	for (size_t s = STATE_MATCHED + 1; s < b->count; s++) {
		b->ends_well[s] = set_matches(b, &b->states[s], true);
		for (size_t c = 0; c < classes; c++) {
			step_set(b, &b->states[s], b->example[c], &set);
			state = state_of(b, &set);
			if (state < 0)
				return false;
			b->next[s * classes + c] = (uint16_t)state;
		}
	}
	return true;
}

/* Moves what was built into the arena, at its true size. */
static struct regex *
keep(const struct builder *b, struct arena *arena)
{
	size_t table = b->count * b->regex.classes * sizeof *b->next;
	struct regex *regex = arena_alloc(arena, sizeof *regex);
	uint16_t *next = arena_alloc(arena, table);
	uint8_t *ends_well = arena_alloc(arena, b->count);

	if (regex == NULL || next == NULL || ends_well == NULL)
		return NULL;
	memcpy(next, b->next, table);
	memcpy(ends_well, b->ends_well, b->count);
	*regex = b->regex;
	regex->next = next;
	regex->ends_well = ends_well;
	return regex;
}

struct regex *
regex_compile(struct slice pattern, struct arena *arena, const char **error, size_t *offset)
{
	struct builder *b = NULL;
	struct regex *regex = NULL;

	*error = "out of memory";
	*offset = 0;
	if (pattern.len > REGEX_PATTERN_MAX) {
		*error = "the pattern is longer than 1024 bytes";
		return NULL;
	}
	b = calloc(1, sizeof *b);
	if (b == NULL)
		return NULL;
	map_init(&b->by_set);
	b->program.nodes = b->nodes;
	b->program.capacity = REGEX_NODES_MAX;
	if (!regex_parse(pattern, &b->program)) {
		*error = b->program.error;
		*offset = b->program.offset;
		goto out;
	}
	find_classes(b);
	b->next = calloc((size_t)REGEX_STATES_MAX * b->regex.classes, sizeof *b->next);
	b->ends_well = calloc(REGEX_STATES_MAX, 1);
	if (b->next == NULL || b->ends_well == NULL)
		goto out;
	if (!build_table(b)) {
		*error = "the pattern needs too many states: repeat less, or anchor it with ^";
		goto out;
	}
	regex = keep(b, arena);
out:
	map_release(&b->by_set);
	free(b->next);
	free(b->ends_well);
	free(b);
	return regex;
}

struct regex_state
regex_begin(const struct regex *regex)
{
	return (struct regex_state){regex->start};
}

struct regex_state
regex_feed(const struct regex *regex, struct regex_state state, struct slice piece)
{
	const uint16_t *next = regex->next;
	size_t classes = regex->classes;
	uint16_t at = state.at;

	for (size_t i = 0; i < piece.len && at > STATE_MATCHED; i++)
		at = next[at * classes + regex->class_of[(unsigned char)piece.ptr[i]]];
	return (struct regex_state){at};
}

enum regex_so_far
regex_so_far(const struct regex *regex, struct regex_state state)
{
	return state.at == STATE_DEAD ? REGEX_NEVER : state.at == STATE_MATCHED ? REGEX_ALWAYS : REGEX_MAY;
}

bool
regex_end(const struct regex *regex, struct regex_state state)
{
	return regex->ends_well[state.at];
}

bool
regex_matches(const struct regex *regex, struct slice text)
{
	return regex_end(regex, regex_feed(regex, regex_begin(regex), text));
}

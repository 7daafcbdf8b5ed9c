/* The text of a regular expression to a nondeterministic automaton (Thompson's construction).  For regex.c only. */
#ifndef SLUICE_POLICY_REGEX_PARSE_H
#define SLUICE_POLICY_REGEX_PARSE_H

#include "base/slice.h"

enum regex_node_kind {
	REGEX_NODE_SPLIT, /* goes on at both */
	REGEX_NODE_SET,   /* takes one byte of its set */
	REGEX_NODE_BEGIN, /* only at the start of the text */
	REGEX_NODE_END,   /* only at its end */
	REGEX_NODE_MATCH,
};

struct regex_byte_set {
	uint64_t bits[4];
};

struct regex_node {
	enum regex_node_kind kind;
	uint16_t next;
	uint16_t other; /* of SPLIT */
	struct regex_byte_set set;
};

struct regex_program {
	struct regex_node *nodes; /* the caller's, `capacity` of them */
	size_t capacity;
	size_t count;
	uint16_t start;
	const char *error; /* set where regex_parse() returns false */
	size_t offset;
};

static inline bool
regex_set_has(const struct regex_byte_set *set, unsigned char byte)
{
	return set->bits[byte / 64] >> (byte % 64) & 1;
}

/* Fills the program.  False on a mistake, or where the program has no room. */
bool regex_parse(struct slice pattern, struct regex_program *program);

#endif

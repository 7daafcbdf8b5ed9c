/* A recursive descent over the pattern that emits nodes as it goes, last part first: each part is told what comes
 * after it.  A repeated part is read again for each copy, so nothing but the program is ever built.
 * See regex_parse.h. */
#include "policy/regex_parse.h"

#define NESTING_MAX 32
#define REPEAT_MAX 256

struct reader {
	struct regex_program *program;
	struct slice pattern;
	size_t at;
	unsigned depth;
	bool ignore_case;
};

/* A part of the automaton: where it starts, and a chain of the exits that still lead nowhere. */
struct fragment {
	uint16_t start;
	uint16_t exits; /* 2 * node + (1 for `other`); each exit holds the next of the chain */
};

#define NO_EXIT UINT16_MAX

static bool read_alternatives(struct reader *r, struct fragment *out);

static bool
fail(struct reader *r, size_t offset, const char *error)
{
	if (r->program->error == NULL) {
		r->program->error = error;
		r->program->offset = offset;
	}
	return false;
}

static bool
at_end(const struct reader *r)
{
	return r->at == r->pattern.len;
}

static char
peek(const struct reader *r)
{
	return at_end(r) ? '\0' : r->pattern.ptr[r->at];
}

static bool
take(struct reader *r, char c)
{
	if (at_end(r) || r->pattern.ptr[r->at] != c)
		return false;
	r->at++;
	return true;
}

static bool
add_node(struct reader *r, enum regex_node_kind kind, struct fragment *out)
{
	struct regex_program *program = r->program;

	if (program->count == program->capacity)
		return fail(r, r->at, "the pattern is too large");
	program->nodes[program->count] = (struct regex_node){.kind = kind, .next = NO_EXIT, .other = NO_EXIT};
	out->start = (uint16_t)program->count++;
	out->exits = (uint16_t)(out->start * 2);
	return true;
}

static uint16_t *
exit_of(struct regex_program *program, uint16_t exit)
{
	struct regex_node *node = &program->nodes[exit / 2];

	return exit % 2 ? &node->other : &node->next;
}

/* Lets every exit of the chain lead to the target. */
static void
connect(struct regex_program *program, uint16_t exits, uint16_t target)
{
	while (exits != NO_EXIT) {
		uint16_t *exit = exit_of(program, exits);

		exits = *exit;
		*exit = target;
	}
}

static uint16_t
join_exits(struct regex_program *program, uint16_t a, uint16_t b)
{
	uint16_t last = a;

	if (a == NO_EXIT)
		return b;
	while (*exit_of(program, last) != NO_EXIT)
		last = *exit_of(program, last);
	*exit_of(program, last) = b;
	return a;
}

static void
set_add(struct reader *r, struct regex_byte_set *set, unsigned char byte)
{
	set->bits[byte / 64] |= UINT64_C(1) << (byte % 64);
	if (!r->ignore_case)
		return;
	if (byte >= 'A' && byte <= 'Z')
		byte |= 0x20;
	else if (byte >= 'a' && byte <= 'z')
		byte &= 0xdf;
	set->bits[byte / 64] |= UINT64_C(1) << (byte % 64);
}

static void
set_invert(struct regex_byte_set *set)
{
	for (int i = 0; i < 4; i++)
		set->bits[i] = ~set->bits[i];
}

static void
set_add_all(struct regex_byte_set *set, const struct regex_byte_set *more)
{
	for (int i = 0; i < 4; i++)
		set->bits[i] |= more->bits[i];
}

static bool
is_word_byte(unsigned c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* \d \w \s and their opposites; false where the letter is none of them. */
static bool
class_of(char letter, struct regex_byte_set *set)
{
	char lower = ascii_lower(letter);

	*set = (struct regex_byte_set){{0}};
	if (lower != 'd' && lower != 'w' && lower != 's')
		return false;
	for (unsigned c = 0; c < 256; c++)
		if (lower == 'd'       ? c >= '0' && c <= '9'
			: lower == 'w' ? is_word_byte(c)
				       : c == ' ' || (c >= '\t' && c <= '\r'))
			set->bits[c / 64] |= UINT64_C(1) << (c % 64);
	if (lower != letter)
		set_invert(set);
	return true;
}

/* What follows a backslash: a class into *set, or one byte into *byte. */
static bool
read_escape(struct reader *r, struct regex_byte_set *set, bool *is_class, unsigned char *byte)
{
	char c = peek(r);

	*is_class = false;
	if (at_end(r))
		return fail(r, r->at, "the pattern ends with a backslash");
	r->at++;
	if (class_of(c, set)) {
		*is_class = true;
		return true;
	}
	if (is_word_byte((unsigned char)c) && c != '_')
		return fail(
			r, r->at - 1, "an unknown escape: \\d \\w \\s \\D \\W \\S and \\ before punctuation are known");
	*byte = (unsigned char)c;
	return true;
}

/* One byte or class of a bracket expression. */
static bool
read_bracket_item(struct reader *r, struct regex_byte_set *set, bool *is_class, unsigned char *byte)
{
	*is_class = false;
	if (at_end(r))
		return fail(r, r->at, "a [ without its ]");
	if (take(r, '\\'))
		return read_escape(r, set, is_class, byte);
	if (peek(r) == '[' && r->at + 1 < r->pattern.len && r->pattern.ptr[r->at + 1] == ':')
		return fail(r, r->at, "classes such as [:alpha:] are not known: write \\d \\w \\s, or a range");
	*byte = (unsigned char)r->pattern.ptr[r->at++];
	return true;
}

static bool
read_bracket(struct reader *r, struct regex_byte_set *set)
{
	bool inverted = take(r, '^');
	bool is_first = true;

	while (is_first || peek(r) != ']') {
		struct regex_byte_set class = {{0}};
		unsigned char from = 0, to = 0;
		bool is_class, ends_in_class;
		size_t start = r->at;

		is_first = false;
		if (!read_bracket_item(r, &class, &is_class, &from))
			return false;
		to = from;
		if (!is_class && peek(r) == '-' && r->at + 1 < r->pattern.len && r->pattern.ptr[r->at + 1] != ']') {
			r->at++;
			if (!read_bracket_item(r, &class, &ends_in_class, &to))
				return false;
			if (ends_in_class || to < from)
				return fail(r, start, "a range that runs backwards");
		}
		if (is_class)
			set_add_all(set, &class);
		for (unsigned c = from; !is_class && c <= to; c++)
			set_add(r, set, (unsigned char)c);
		if (at_end(r))
			return fail(r, r->at, "a [ without its ]");
	}
	r->at++;
	if (inverted)
		set_invert(set);
	return true;
}

static bool
read_group(struct reader *r, struct fragment *out)
{
	size_t open = r->at - 1;

	if (take(r, '?') && !take(r, ':'))
		return fail(r, open, "of the (? forms only (?: is known, and (?i) at the very start");
	if (++r->depth > NESTING_MAX)
		return fail(r, open, "groups are nested too deeply");
	if (!read_alternatives(r, out))
		return false;
	r->depth--;
	return take(r, ')') || fail(r, open, "a ( without its )");
}

/* One byte, class, group or anchor. */
static bool
read_atom(struct reader *r, struct fragment *out)
{
	struct regex_byte_set set = {{0}};
	bool is_class = false;
	unsigned char byte;
	char c = r->pattern.ptr[r->at++];

	switch (c) {
	case '(':
		return read_group(r, out);
	case '^':
		return add_node(r, REGEX_NODE_BEGIN, out);
	case '$':
		return add_node(r, REGEX_NODE_END, out);
	case '*':
	case '+':
	case '?':
	case '{':
		return fail(r, r->at - 1, "a repetition of nothing");
	case '[':
		if (!read_bracket(r, &set))
			return false;
		break;
	case '.':
		set_invert(&set);
		break;
	case '\\':
		if (!read_escape(r, &set, &is_class, &byte))
			return false;
		if (!is_class)
			set_add(r, &set, byte);
		break;
	default:
		set_add(r, &set, (unsigned char)c);
	}
	if (!add_node(r, REGEX_NODE_SET, out))
		return false;
	r->program->nodes[out->start].set = set;
	return true;
}

static bool
read_number(struct reader *r, unsigned *value)
{
	size_t start = r->at;

	*value = 0;
	while (ascii_is_digit(peek(r)) && *value <= REPEAT_MAX)
		*value = *value * 10 + (unsigned)(r->pattern.ptr[r->at++] - '0');
	return r->at > start && *value <= REPEAT_MAX;
}

/* * + ? {m} {m,} {m,n} into at least and at most; at most 0 is without end.  False where none is there. */
static bool
read_repetition(struct reader *r, unsigned *least, unsigned *most)
{
	size_t start = r->at;

	*least = *most = 0;
	if (take(r, '*'))
		return true;
	if (take(r, '+')) {
		*least = 1;
		return true;
	}
	if (take(r, '?')) {
		*most = 1;
		return true;
	}
	if (!take(r, '{'))
		return false;
	if (!read_number(r, least))
		return fail(r, start, "a repetition reads {m}, {m,} or {m,n}, with numbers up to 256");
	*most = *least;
	if (take(r, ',')) {
		*most = 0;
		if (peek(r) != '}' && (!read_number(r, most) || *most < *least || *most == 0))
			return fail(r, start, "a repetition reads {m}, {m,} or {m,n}, with numbers up to 256");
	} else if (*most == 0) {
		return fail(r, start, "a repetition of zero times");
	}
	return take(r, '}') || fail(r, start, "a { without its }");
}

static void
append(struct reader *r, struct fragment *whole, bool *is_empty, struct fragment part)
{
	if (*is_empty) {
		*whole = part;
		*is_empty = false;
	} else {
		connect(r->program, whole->exits, part.start);
		whole->exits = part.exits;
	}
}

/* A split in front of the part: around it, and back to it where it repeats. */
static bool
make_optional(struct reader *r, struct fragment *part, bool repeats)
{
	struct fragment split;

	if (!add_node(r, REGEX_NODE_SPLIT, &split))
		return false;
	r->program->nodes[split.start].next = part->start;
	if (repeats) {
		connect(r->program, part->exits, split.start);
		part->exits = NO_EXIT;
	}
	part->exits = join_exits(r->program, part->exits, (uint16_t)(split.start * 2 + 1));
	part->start = split.start;
	return true;
}

/* An atom with its repetition.  For each copy the atom's text is read again. */
static bool
read_piece(struct reader *r, struct fragment *out)
{
	size_t start = r->at, after;
	struct fragment part = {0};
	unsigned least, most, copies;
	bool is_empty = true;

	if (!read_atom(r, &part))
		return false;
	if (!read_repetition(r, &least, &most)) {
		*out = part;
		return r->program->error == NULL;
	}
	after = r->at;
	if (peek(r) == '*' || peek(r) == '+' || peek(r) == '?' || peek(r) == '{')
		return fail(r, r->at, "a repetition of a repetition");
	/* x{2,} is x x x*; x{1,3} is x x? x?. */
	copies = most ? most : least + 1;
	for (unsigned i = 0; i < copies; i++) {
		if (i > 0) {
			r->at = start;
			if (!read_atom(r, &part))
				return false;
		}
		if (i >= least && !make_optional(r, &part, most == 0))
			return false;
		append(r, out, &is_empty, part);
	}
	r->at = after;
	return true;
}

/* What stands between bars; nothing at all is a split whose both ways lead on. */
static bool
read_sequence(struct reader *r, struct fragment *out)
{
	bool is_empty = true;
	struct fragment part = {0};

	while (!at_end(r) && peek(r) != '|' && peek(r) != ')') {
		if (!read_piece(r, &part))
			return false;
		append(r, out, &is_empty, part);
	}
	if (!is_empty)
		return true;
	if (!add_node(r, REGEX_NODE_SPLIT, out))
		return false;
	out->exits = join_exits(r->program, out->exits, (uint16_t)(out->start * 2 + 1));
	return true;
}

static bool
read_alternatives(struct reader *r, struct fragment *out)
{
	struct fragment part, split;

	if (!read_sequence(r, out))
		return false;
	while (take(r, '|')) {
		if (!read_sequence(r, &part) || !add_node(r, REGEX_NODE_SPLIT, &split))
			return false;
		r->program->nodes[split.start].next = out->start;
		r->program->nodes[split.start].other = part.start;
		out->start = split.start;
		out->exits = join_exits(r->program, out->exits, part.exits);
	}
	return true;
}

bool
regex_parse(struct slice pattern, struct regex_program *program)
{
	struct reader r = {.program = program, .pattern = pattern};
	struct fragment whole, match;

	program->count = 0;
	program->error = NULL;
	program->offset = 0;
	if (slice_starts_with(pattern, SLICE("(?i)"))) {
		r.ignore_case = true;
		r.at = 4;
	}
	if (at_end(&r))
		return fail(&r, 0, "an empty pattern matches everything");
	if (!read_alternatives(&r, &whole))
		return false;
	if (!at_end(&r))
		return fail(&r, r.at, "a ) without its (");
	if (!add_node(&r, REGEX_NODE_MATCH, &match))
		return false;
	connect(program, whole.exits, match.start);
	program->start = whole.start;
	return true;
}

/* Regular expressions that cannot explode.  A pattern becomes a table of states once, when the configuration is
 * read; matching is one look-up for each byte and nothing else.  A pattern whose table would be too large is refused
 * then, by name, instead of being slow later.
 *
 *   .  [a-z]  [^a-z]  \d \w \s \D \W \S  \. (any punctuation)  ( )  (?: )  |  *  +  ?  {m}  {m,}  {m,n}  ^  $
 *   (?i) at the very start: ASCII case is ignored
 *
 * Bytes, not characters.  Unanchored: a pattern matches anywhere in the text.  No captures, no back-references. */
#ifndef SLUICE_POLICY_REGEX_H
#define SLUICE_POLICY_REGEX_H

#include "base/arena.h"
#include "base/slice.h"

#define REGEX_PATTERN_MAX 1024 /* bytes of a pattern */
#define REGEX_NODES_MAX 512    /* states before determinisation */
#define REGEX_STATES_MAX 2000  /* states after it */

struct regex; /* immutable; any thread */

/* Compiles into the arena, which owns the result.  NULL on a mistake: *error says what, *offset where. */
struct regex *regex_compile(struct slice pattern, struct arena *arena, const char **error, size_t *offset);
/* Whether the pattern matches somewhere in the text. */
bool regex_matches(const struct regex *regex, struct slice text);

/* For texts that come in pieces. */
enum regex_so_far {
	REGEX_NEVER,  /* whatever follows, it will not match */
	REGEX_MAY,    /* it depends on what follows */
	REGEX_ALWAYS, /* it matches, whatever follows */
};

struct regex_state {
	uint16_t at;
};

struct regex_state regex_begin(const struct regex *regex);
struct regex_state regex_feed(const struct regex *regex, struct regex_state state, struct slice piece);
enum regex_so_far regex_so_far(const struct regex *regex, struct regex_state state);
/* Whether the pattern matches, if the text ends here. */
bool regex_end(const struct regex *regex, struct regex_state state);

#endif

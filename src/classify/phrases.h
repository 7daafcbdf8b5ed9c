/* Phrase lists in e2guardian's format: weighted, banned and exception lists, with combinations, categories and
 *includes, read from files and compiled once into a set that never changes.  Scanning is phrases_scan.h.
 *
 *	#listcategory: "Gambling"            what the lines below count for
 *	< poker >,<jackpot><40>              both on one page: 40 points
 *	<casino><10%>                        10 % of the limit
 *	.Include<other/file>                 absolute, or beside this file
 *
 * Phrases are brought to the form of text_normal.h, as the text will be, so punctuation in them is a space.
 * A line that is none of this is named in the problems and left out; the rest is used. */
#ifndef SLUICE_CLASSIFY_PHRASES_H
#define SLUICE_CLASSIFY_PHRASES_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/map.h"

#define PHRASES_FILE_MAX (64u << 20) /* bytes of one list */
#define PHRASES_LINE_MAX 4096
#define PHRASES_MEMBERS_MAX 16 /* phrases of one combination */
#define PHRASES_INCLUDE_DEPTH 8
#define PHRASES_FILES_MAX 4096
#define PHRASES_PROBLEMS_MAX 100 /* of one load; the rest is counted */
#define PHRASES_WEIGHT_MAX 1000000
#define PHRASES_PERCENT_OF 100 /* what a weight in per cent is per cent of */

enum phrase_kind {
	PHRASE_WEIGHTED,
	PHRASE_BANNED,    /* one is enough to block */
	PHRASE_EXCEPTION, /* one is enough to let through, whatever else was found */
	PHRASE_KINDS
};

/* One line of a list. */
struct phrase_rule {
	int32_t weight; /* points, may be negative; 0 for the other kinds */
	enum phrase_kind kind;
	uint16_t category;     /* index of phrases.categories */
	uint16_t member_count; /* phrases that must all be there */
	uint32_t first_member; /* index of phrases.members */
};

/* A distinct phrase and the rules that it is in. */
struct phrase_pattern {
	struct slice text;               /* in the arena */
	uint32_t first_rule, rule_count; /* into phrases.rules_of; set by phrases_compile() */
};

/* Members are read by the scanner; only phrases.c writes them. */
struct phrases {
	struct phrase_pattern *patterns;
	uint32_t *members;  /* patterns of rules */
	uint32_t *rules_of; /* rules of patterns */
	struct phrase_rule *rules;
	struct slice *categories; /* number 0 is "" */
	uint32_t pattern_count, member_count, rule_count, category_count;
	uint32_t pattern_room, member_room, rule_room, category_room;
	uint64_t negative_sum, positive_sum; /* of all weights: how far a score can still move */
	uint32_t exception_count, banned_count;
	uint32_t files_read, lines_bad;
	struct map pattern_index; /* text to 1 + index */
	struct map rule_index;    /* kind and members to 1 + index */
	struct arena arena;
	struct phrases_engine *engine; /* NULL until compiled */
};

/* Which scanner; they find the same. */
enum phrases_engine_kind {
	PHRASES_BEST, /* the automaton, but for very large sets where Hyperscan or Vectorscan is built in */
	PHRASES_HYPERSCAN,
	PHRASES_AHO
};

/* An empty set; NULL where memory is out.  Owned by the caller. */
struct phrases *phrases_new(void);
/* Reads a list and what it includes.  False where the file itself could not be read (it is named in problems), or
 * memory is out; bad lines are warnings. */
bool phrases_load(struct phrases *set, const char *path, enum phrase_kind kind, struct problems *problems);
/* The same from memory; `name` is what problems call it, and where includes are looked for. */
bool phrases_read(
	struct phrases *set, struct slice text, const char *name, enum phrase_kind kind, struct problems *problems);
/* Makes the set ready to scan, and immutable: from now on any thread may use it.  False where the engine is not built
 * in or memory is out. */
bool phrases_compile(struct phrases *set, enum phrases_engine_kind kind);
/* "hyperscan" or "aho-corasick". */
const char *phrases_engine_name(const struct phrases *set);
/* The rule as its list has it: "< poker >,<jackpot>"; cut where dst is short, always terminated.  Returns dst. */
const char *phrases_rule_text(const struct phrases *set, uint32_t rule, char *dst, size_t size);
void phrases_free(struct phrases *set);

#endif

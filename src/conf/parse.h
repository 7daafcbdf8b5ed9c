/* The configuration as a tree of statements, before anybody asks what they mean.  A statement is the words of one
 * line, with the statements of its block where it has one.  Files named by `include` stand where the line stood;
 * files of conf.d/ that no line names stand at the end.  Nothing is opened here: the caller hands over all bytes,
 * because the process that needs the tree may not read files. */
#ifndef SLUICE_CONF_PARSE_H
#define SLUICE_CONF_PARSE_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/slice.h"

#define CONF_DEPTH_MAX 8         /* blocks within blocks */
#define CONF_WORDS_MAX 65536     /* words of one statement */
#define CONF_TREE_MAX (64 << 20) /* bytes of the tree's arena */

/* A file's name and contents.  The first of a list is the main file; names are as the operator would write them. */
struct conf_source {
	const char *name;
	struct slice bytes;
};

struct conf_word {
	struct slice text;
	unsigned line;
	unsigned column;
	bool is_quoted; /* never a keyword */
};

struct conf_statement {
	struct conf_statement *next;
	const char *file; /* borrows the source's name */
	const struct conf_word *words;
	unsigned count; /* at least 1 */
	bool has_block;
	struct conf_statement *block; /* the first statement of the block; NULL where it is empty */
};

struct conf_tree {
	struct arena arena;
	struct conf_statement *first;
	const struct conf_source *sources; /* borrowed: for those who look for other files by name */
	size_t source_count;
};

/* Reads the first source and what it includes.  The tree borrows the sources, which must outlive it.
 * Mistakes are added to problems; NULL when there was one, or memory is out.  The caller frees. */
struct conf_tree *conf_tree_parse(const struct conf_source *sources, size_t count, struct problems *problems);
void conf_tree_free(struct conf_tree *tree);
/* The contents of the source with this very name; false where there is none. */
bool conf_tree_find_source(const struct conf_tree *tree, const char *name, struct slice *bytes);

/* `key value...`: one setting of a block.  Several may stand on one line: a setting's values end where the next
 * unquoted key of the same block begins. */
struct conf_field {
	const struct conf_statement *statement;
	const struct conf_word *key;
	const struct conf_word *values;
	unsigned count;
};

/* Whether a word is a key of the block that is being read. */
typedef bool conf_is_key(const void *context, struct slice word);

struct conf_fields {
	const struct conf_statement *statement;
	unsigned word;
	conf_is_key *is_key;
	const void *context;
};

static inline struct conf_fields
conf_fields_of(const struct conf_statement *first, conf_is_key *is_key, const void *context)
{
	return (struct conf_fields){first, 0, is_key, context};
}

/* The next field; false at the end. */
bool conf_field_next(struct conf_fields *fields, struct conf_field *field);

/* Adds an error (or a warning) at a word of a statement. */
#define conf_error(problems, statement, word, remedy, ...) \
	problems_add(problems, false, (statement)->file, (word)->line, (word)->column, remedy, __VA_ARGS__)
#define conf_warning(problems, statement, word, remedy, ...) \
	problems_add(problems, true, (statement)->file, (word)->line, (word)->column, remedy, __VA_ARGS__)

#endif

/* Tokens to a tree of statements.  See parse.h. */
#include "conf/parse.h"

#include "conf/token.h"

#include <fnmatch.h>
#include <stdlib.h>

#define SOURCES_MAX 1024

struct parser {
	struct conf_tree *tree;
	struct problems *problems;
	bool included[SOURCES_MAX];
	const char *file;
	struct conf_tokens tokens;
	/* The words of the statement that is being read; owned, reused. */
	struct conf_word *words;
	size_t word_count;
	size_t word_capacity;
};

static bool parse_source(struct parser *p, size_t index, struct conf_statement ***tail);

static bool
fail_memory(struct parser *p)
{
	problems_add(
		p->problems, false, p->file, p->tokens.line, 0, NULL, "out of memory, or a configuration too large");
	return false;
}

static bool
fail_at(struct parser *p, const struct conf_token *token, const char *error, const char *remedy)
{
	problems_add(p->problems, false, p->file, token->line, token->column, remedy, "%s", error);
	return false;
}

static bool
push_word(struct parser *p, const struct conf_token *token)
{
	struct conf_word *word;

	if (p->word_count == CONF_WORDS_MAX)
		return fail_at(p, token, "more than 65536 words in one statement", "use a list file");
	if (p->word_count == p->word_capacity) {
		size_t capacity = p->word_capacity ? p->word_capacity * 2 : 64;
		struct conf_word *grown = realloc(p->words, capacity * sizeof *grown);

		if (grown == NULL)
			return fail_memory(p);
		p->words = grown;
		p->word_capacity = capacity;
	}
	word = &p->words[p->word_count++];
	*word = (struct conf_word){token->text, token->line, token->column, token->kind == CONF_TOKEN_STRING};
	if (word->is_quoted && slice_find(token->text, '\\') < token->text.len) {
		char *text = arena_alloc(&p->tree->arena, token->text.len);

		if (text == NULL)
			return fail_memory(p);
		word->text = slice_make(text, conf_token_unescape(token->text, text));
	}
	return true;
}

/* Makes a statement of the words that were read, and links it in. */
static struct conf_statement *
finish_statement(struct parser *p, struct conf_statement ***tail)
{
	struct conf_statement *statement = arena_zalloc(&p->tree->arena, sizeof *statement);
	struct conf_word *words = arena_alloc(&p->tree->arena, p->word_count * sizeof *words);

	if (statement == NULL || words == NULL) {
		fail_memory(p);
		return NULL;
	}
	memcpy(words, p->words, p->word_count * sizeof *words);
	statement->file = p->file;
	statement->words = words;
	statement->count = (unsigned)p->word_count;
	p->word_count = 0;
	**tail = statement;
	*tail = &statement->next;
	return statement;
}

/* The name of a source relative to the folder of the main file. */
static const char *
relative_name(const struct parser *p, size_t index)
{
	const char *main_name = p->tree->sources[0].name;
	const char *slash = strrchr(main_name, '/');
	size_t folder = slash ? (size_t)(slash - main_name) + 1 : 0;
	const char *name = p->tree->sources[index].name;

	return strncmp(name, main_name, folder) == 0 ? name + folder : name;
}

/* `include PATTERN`: every source that matches and was not read yet, in the order given (which is by name). */
static bool
include_sources(struct parser *p, struct conf_statement ***tail)
{
	struct conf_word word = p->words[1];
	struct conf_token at = {.line = word.line, .column = word.column};
	char pattern[1024];
	size_t found = 0;

	if (p->word_count != 2)
		return fail_at(p, &at, "include takes one file or pattern", "include conf.d/*.conf");
	if (!slice_to_cstr(word.text, pattern, sizeof pattern))
		return fail_at(p, &at, "the pattern is too long", NULL);
	p->word_count = 0;
	for (size_t i = 1; i < p->tree->source_count; i++) {
		const struct conf_source *source = &p->tree->sources[i];

		if (fnmatch(pattern, relative_name(p, i), FNM_PATHNAME | FNM_PERIOD) != 0 &&
			fnmatch(pattern, source->name, FNM_PATHNAME | FNM_PERIOD) != 0)
			continue;
		found++;
		if (!p->included[i] && !parse_source(p, i, tail))
			return false;
	}
	if (found == 0 && strpbrk(pattern, "*?[") == NULL)
		return fail_at(p, &at, "the file to include is not there",
			"only files in conf.d/ beside the main file, ending in .conf, can be included");
	return true;
}

static bool
is_include(const struct parser *p, unsigned depth)
{
	return depth == 0 && p->word_count >= 2 && !p->words[0].is_quoted &&
	       slice_eq(p->words[0].text, SLICE("include"));
}

static bool
end_statement(struct parser *p, unsigned depth, struct conf_statement ***tail)
{
	if (p->word_count == 0)
		return true;
	if (is_include(p, depth))
		return include_sources(p, tail);
	return finish_statement(p, tail) != NULL;
}

/* The statements up to the end of the file, or of the block. */
static bool
parse_statements(struct parser *p, unsigned depth, const struct conf_token *opened, struct conf_statement ***tail)
{
	for (;;) {
		struct conf_token token = conf_token_next(&p->tokens);
		struct conf_statement *statement, **inner;

		switch (token.kind) {
		case CONF_TOKEN_BAD:
			return fail_at(p, &token, token.error, token.remedy);
		case CONF_TOKEN_WORD:
		case CONF_TOKEN_STRING:
			if (!push_word(p, &token))
				return false;
			break;
		case CONF_TOKEN_NEWLINE:
			if (!end_statement(p, depth, tail))
				return false;
			break;
		case CONF_TOKEN_OPEN:
			if (p->word_count == 0)
				return fail_at(p, &token, "a block without a name", "write the name in front of the {");
			if (depth + 1 == CONF_DEPTH_MAX)
				return fail_at(p, &token, "blocks are nested too deeply", "is a } missing above?");
			statement = finish_statement(p, tail);
			if (statement == NULL)
				return false;
			statement->has_block = true;
			inner = &statement->block;
			if (!parse_statements(p, depth + 1, &token, &inner))
				return false;
			break;
		case CONF_TOKEN_CLOSE:
			if (depth == 0)
				return fail_at(p, &token, "a } without a {", "remove it, or is a { missing above?");
			return end_statement(p, depth, tail);
		case CONF_TOKEN_END:
			if (depth > 0)
				return fail_at(p, opened, "the block that begins here is never closed", "add a }");
			return end_statement(p, depth, tail);
		}
	}
}

static bool
parse_source(struct parser *p, size_t index, struct conf_statement ***tail)
{
	const char *outer_file = p->file;
	struct conf_tokens outer_tokens = p->tokens;
	bool ok;

	p->included[index] = true;
	p->file = p->tree->sources[index].name;
	p->tokens = conf_token_start(p->tree->sources[index].bytes);
	ok = parse_statements(p, 0, NULL, tail);
	p->file = outer_file;
	p->tokens = outer_tokens;
	return ok;
}

struct conf_tree *
conf_tree_parse(const struct conf_source *sources, size_t count, struct problems *problems)
{
	struct conf_tree *tree = calloc(1, sizeof *tree);
	struct parser *p = calloc(1, sizeof *p);
	struct conf_statement **tail;
	bool ok;

	if (tree == NULL || p == NULL || count == 0 || count > SOURCES_MAX) {
		problems_add(problems, false, count ? sources[0].name : NULL, 0, 0, NULL, "%s",
			tree && p ? "no configuration file, or more than 1024 of them" : "out of memory");
		free(tree);
		free(p);
		return NULL;
	}
	tree->arena = arena_make(CONF_TREE_MAX);
	tree->sources = sources;
	tree->source_count = count;
	p->tree = tree;
	p->problems = problems;
	tail = &tree->first;
	ok = parse_source(p, 0, &tail);
	for (size_t i = 1; ok && i < count; i++)
		if (!p->included[i] && fnmatch("conf.d/*.conf", relative_name(p, i), FNM_PATHNAME | FNM_PERIOD) == 0)
			ok = parse_source(p, i, &tail);
	free(p->words);
	free(p);
	if (ok)
		return tree;
	conf_tree_free(tree);
	return NULL;
}

void
conf_tree_free(struct conf_tree *tree)
{
	if (tree == NULL)
		return;
	arena_release(&tree->arena);
	free(tree);
}

bool
conf_tree_find_source(const struct conf_tree *tree, const char *name, struct slice *bytes)
{
	for (size_t i = 0; i < tree->source_count; i++) {
		if (strcmp(tree->sources[i].name, name) == 0) {
			*bytes = tree->sources[i].bytes;
			return true;
		}
	}
	return false;
}

bool
conf_field_next(struct conf_fields *fields, struct conf_field *field)
{
	const struct conf_statement *statement = fields->statement;
	unsigned end;

	if (statement == NULL)
		return false;
	/* The word after a key is always its value, whatever it looks like. */
	end = fields->word + 1;
	if (end < statement->count)
		end++;
	if (statement->has_block)
		end = statement->count;
	while (end < statement->count &&
		(statement->words[end].is_quoted || !fields->is_key(fields->context, statement->words[end].text)))
		end++;
	*field = (struct conf_field){
		.statement = statement,
		.key = &statement->words[fields->word],
		.values = &statement->words[fields->word + 1],
		.count = end - fields->word - 1,
	};
	fields->word = end;
	if (end == statement->count) {
		fields->statement = statement->next;
		fields->word = 0;
	}
	return true;
}

/* Names of categories in rules.  See named.h. */
#include "policy/named.h"

#include "policy/rule.h"

#define MEMORY_MAX (256u << 10)

static bool
is_keyword(const struct conf_word *word)
{
	if (word->is_quoted)
		return false;
	for (size_t i = 0; i < rule_option_count; i++)
		if (slice_eq(word->text, slice_of(rule_options[i].name)))
			return true;
	return slice_eq(word->text, SLICE("not")) || condition_kind_find(word->text);
}

static void
add(struct named_categories *named, struct slice name)
{
	struct slice copy;

	for (size_t i = 0; i < named->count; i++)
		if (slice_eq(slice_of(named->items[i]), name))
			return;
	if (named->count == NAMED_CATEGORIES_MAX || (copy = arena_copy(&named->memory, name)).ptr == NULL)
		return;
	named->items[named->count++] = copy.ptr;
}

/* VERB GROUP [not] CONDITION VALUE... */
static void
read_rule(struct named_categories *named, const struct conf_statement *rule)
{
	bool is_category = false;

	for (unsigned i = 2; i < rule->count; i++) {
		const struct conf_word *word = &rule->words[i];

		if (is_keyword(word))
			is_category = slice_eq(word->text, SLICE("category"));
		else if (is_category)
			add(named, word->text);
	}
}

void
named_categories_of(const struct conf_tree *tree, struct named_categories *named)
{
	named->count = 0;
	named->memory = arena_make(MEMORY_MAX);
	for (const struct conf_statement *s = tree->first; s; s = s->next)
		if (s->has_block && slice_eq(s->words[0].text, SLICE("policy")))
			for (const struct conf_statement *rule = s->block; rule; rule = rule->next)
				read_rule(named, rule);
}

void
named_categories_release(struct named_categories *named)
{
	arena_release(&named->memory);
	named->count = 0;
}
